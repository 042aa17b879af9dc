import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { dialectOf } from "./database.ts";
import { hostShownTo, openToStrangers, visibleTo } from "./visible.ts";

/** Indexes a note under segmented words (`text/words.ts`), over an earlier version. A fork by dialect: FTS5 and tsvector. */
export async function indexNote(db: Db, noteId: number, words: string): Promise<void> {
  if (dialectOf(db) === "sqlite") {
    await sql`delete from search where rowid = ${noteId}`.execute(db);
    await sql`insert into search (rowid, words) values (${noteId}, ${words})`.execute(db);
    return;
  }
  await sql`insert into search (note_id, words) values (${noteId}, to_tsvector('simple', ${words}))
    on conflict (note_id) do update set words = excluded.words`.execute(db);
}

/** Takes a note out of the index. */
export async function unindexNote(db: Db, noteId: number): Promise<void> {
  const key = sql.raw(dialectOf(db) === "sqlite" ? "rowid" : "note_id");
  await sql`delete from search where ${key} = ${noteId}`.execute(db);
}

/** Lets the index forget the words of deleted notes; SQLite keeps them in old segments until these are merged. */
export async function tidyIndex(db: Db): Promise<void> {
  if (dialectOf(db) === "sqlite")
    await sql`insert into search (search, rank) values ('merge', -500)`.execute(db);
}

/**
 * True when words may find the row of `notes` in scope: its author agreed to full-text search (FEP-5feb), or it is the
 * viewer's own business: written by them, naming them, or kept, liked or boosted by them; and its server is not one that
 * the viewer hides.
 */
function searchableBy(viewer: number | null): RawBuilder<boolean> {
  const agreed = sql<boolean>`(exists (select 1 from actors a where a.id = notes.actor_id and a.indexable = 1)
    and ${openToStrangers(viewer, "notes.actor_id")})`;
  if (viewer === null) return agreed;
  return sql<boolean>`(${hostShownTo(viewer, "notes.actor_id")} and (notes.actor_id = ${viewer} or ${agreed}
    or exists (select 1 from mentions m where m.note_id = notes.id and m.actor_id = ${viewer})
    or exists (select 1 from bookmarks b where b.note_id = notes.id and b.actor_id = ${viewer})
    or exists (select 1 from likes l where l.note_id = notes.id and l.actor_id = ${viewer})
    or exists (select 1 from announces n where n.note_id = notes.id and n.actor_id = ${viewer})))`;
}

/** What is looked for beside words; `bits` as in `domain/explore.ts`, 0 = anything; `before` an id. */
export type WordSieve = {
  readonly bits?: number;
  readonly languages?: readonly string[];
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  /** Of one author alone. */
  readonly authorId?: number | undefined;
};

/** True for the row of `notes` in scope; media and language stand at its own entry. */
function passes({ bits = 0, languages = [], before, after, authorId }: WordSieve): RawBuilder<boolean> {
  const parts: RawBuilder<boolean>[] = [sql`1 = 1`];
  if (before !== undefined) parts.push(sql`notes.id < ${before}`);
  if (after !== undefined) parts.push(sql`notes.id > ${after}`);
  if (authorId !== undefined) parts.push(sql`notes.actor_id = ${authorId}`);
  if (bits !== 0) parts.push(sql`(notes.media & ${sql.lit(bits)}) <> 0`);
  if (languages.length > 0)
    parts.push(
      sql`exists (select 1 from entries own where own.id = notes.id and own.language in (${sql.join(languages)}))`,
    );
  return sql<boolean>`(${sql.join(parts, sql` and `)})`;
}

/** Notes that hold all terms, that `viewer` may see and that may be searched, newest first. Index: the full-text index of each database. */
export async function findNotesByWords(
  db: Db,
  viewer: number | null,
  terms: readonly string[],
  limit: number,
  sieve: WordSieve = {},
): Promise<readonly number[]> {
  if (terms.length === 0) return [];
  const found =
    dialectOf(db) === "sqlite"
      ? await sql<{ id: number }>`
          select notes.id from search join notes on notes.id = search.rowid
          where search match ${terms.map(quoteTerm).join(" ")} and ${passes(sieve)} and ${visibleTo(viewer)} and ${searchableBy(viewer)}
          order by search.rowid desc limit ${limit}`.execute(db)
      : await sql<{ id: number }>`
          select notes.id from search join notes on notes.id = search.note_id
          where search.words @@ (${sql.join(
            terms.map((term) => sql`plainto_tsquery('simple', ${term})`),
            sql` && `,
          )}) and ${passes(sieve)} and ${visibleTo(viewer)} and ${searchableBy(viewer)}
          order by notes.id desc limit ${limit}`.execute(db);
  return found.rows.map((row) => row.id);
}

/** Notes of the sieve's author that `viewer` may see and that may be searched, newest first. Index: notes (actor_id, id). */
export async function findNotesOfAuthor(
  db: Db,
  viewer: number | null,
  limit: number,
  sieve: WordSieve & { readonly authorId: number },
): Promise<readonly number[]> {
  const found = await sql<{ id: number }>`
    select notes.id from notes where ${passes(sieve)} and ${visibleTo(viewer)} and ${searchableBy(viewer)}
    order by notes.id desc limit ${limit}`.execute(db);
  return found.rows.map((row) => row.id);
}

/** An FTS5 string: everything inside the quotes is text, never an operator. */
function quoteTerm(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}

/** Tags that start with a prefix, the most used first. Index: note_tags (tag, note_id). */
export async function findTagsByPrefix(db: Db, prefix: string, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("note_tags")
    .innerJoin("notes", "notes.id", "note_tags.note_id")
    .select(["tag", (eb) => eb.fn.countAll<number>().as("uses")])
    .where("tag", ">=", prefix)
    .where("tag", "<", `${prefix}\uffff`)
    .where(visibleTo(null))
    .where(openToStrangers(null, "notes.actor_id"))
    .groupBy("tag")
    .orderBy("uses", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.tag);
}
