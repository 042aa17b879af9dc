import { sql } from "kysely";
import type { Db } from "./database.ts";
import { dialectOf } from "./database.ts";
import { visibleTo } from "./visible.ts";

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

/** Notes that hold all terms and that `viewer` may see, newest first. Index: the full-text index of each database. */
export async function findNotesByWords(
  db: Db,
  viewer: number | null,
  terms: readonly string[],
  limit: number,
): Promise<readonly number[]> {
  if (terms.length === 0) return [];
  const found =
    dialectOf(db) === "sqlite"
      ? await sql<{ id: number }>`
          select notes.id from search join notes on notes.id = search.rowid
          where search match ${terms.map(quoteTerm).join(" ")} and ${visibleTo(viewer)}
          order by search.rowid desc limit ${limit}`.execute(db)
      : await sql<{ id: number }>`
          select notes.id from search join notes on notes.id = search.note_id
          where search.words @@ ${sql.join(
            terms.map((term) => sql`plainto_tsquery('simple', ${term})`),
            sql` && `,
          )} and ${visibleTo(viewer)}
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
    .groupBy("tag")
    .orderBy("uses", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.tag);
}
