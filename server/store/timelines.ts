import { type Selectable, type SelectQueryBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import { prepared } from "./prepared.ts";
import type { EntriesTable, Schema } from "./schema.ts";
import { boostVisibleTo, openToStrangers, unmutedBy, visibleTo } from "./visible.ts";

export type EntryRow = Selectable<EntriesTable>;
type EntryQuery = SelectQueryBuilder<Schema, "entries" | "notes", EntryRow>;

function entries(db: Db): EntryQuery {
  return db.selectFrom("entries").innerJoin("notes", "notes.id", "entries.note_id").selectAll("entries");
}

async function page(query: EntryQuery, cursor: Cursor): Promise<Rows<EntryRow>> {
  return cut(await bounded(query, valuesOf(cursor), ascending(cursor)).execute(), cursor);
}

/** A cursor as values of a statement; one row more than wanted says whether there are more. */
function valuesOf({ before, after, limit }: Cursor) {
  return { before: before ?? null, after: after ?? null, rows: limit + 1 };
}

function bounded(
  query: EntryQuery,
  { before, after, rows }: ReturnType<typeof valuesOf>,
  isAscending: boolean,
): EntryQuery {
  let wanted = query;
  if (before !== null) wanted = wanted.where("entries.id", "<", before);
  if (after !== null) wanted = wanted.where("entries.id", ">", after);
  return wanted.orderBy("entries.id", isAscending ? "asc" : "desc").limit(rows);
}

/** Only what somebody's own home and lists leave out: muted and blocked authors, of the note and of the boost. */
function withoutMuted(query: EntryQuery, viewer: number | null, now: number): EntryQuery {
  if (viewer === null) return query;
  return query
    .where(unmutedBy(viewer, "notes.actor_id", now))
    .where(unmutedBy(viewer, "entries.actor_id", now));
}

/** Public local notes that answer nobody, newest first. Index: entries_local (partial). */
export async function localEntries(
  db: Db,
  viewer: number | null,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  const query = entries(db)
    .where("entries.local", "=", sql.lit(1))
    .where("entries.announce", "=", sql.lit(0))
    .where("entries.reply", "=", sql.lit(0))
    .where("entries.visibility", "=", sql.lit("public"))
    .where(visibleTo(viewer))
    .where(openToStrangers(viewer, "notes.actor_id"));
  return await page(withoutMuted(query, viewer, now), cursor);
}

/** Which tags: one of `any`, each of `all`, none of `none`; and of whom, with what. */
export type TagSieve = {
  readonly any: readonly string[];
  readonly all?: readonly string[] | undefined;
  readonly none?: readonly string[] | undefined;
  readonly from?: "known" | "here" | "elsewhere" | undefined;
  readonly onlyMedia?: boolean | undefined;
};

/** Public notes with tags, newest first. Index: note_tags (tag, note_id), note_tags (note_id). */
export async function tagEntries(
  db: Db,
  viewer: number | null,
  { any, all = [], none = [], from = "known", onlyMedia = false }: TagSieve,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  let query = entries(db)
    .where("entries.announce", "=", 0)
    .where("notes.visibility", "=", "public")
    .where("entries.id", "in", (eb) => eb.selectFrom("note_tags").select("note_id").where("tag", "in", any))
    .where(visibleTo(viewer))
    .where(openToStrangers(viewer, "notes.actor_id"));
  const has = (tag: string) =>
    sql<boolean>`exists (select 1 from note_tags t where t.note_id = notes.id and t.tag = ${tag})`;
  for (const tag of all) query = query.where(has(tag));
  for (const tag of none) query = query.where(sql<boolean>`not ${has(tag)}`);
  if (from !== "known") query = query.where("entries.local", "=", from === "here" ? 1 : 0);
  if (onlyMedia) query = query.where("entries.media", ">", 0);
  return await page(withoutMuted(query, viewer, now), cursor);
}

/** Notes and boosts of one actor as `viewer` may see them. Index: entries (actor_id, id). */
export async function profileEntries(
  db: Db,
  viewer: number | null,
  actorId: number,
  cursor: Cursor,
  withReplies: boolean,
): Promise<Rows<EntryRow>> {
  const values = { ...valuesOf(cursor), viewer, actorId };
  const name = `profile entries ${ascending(cursor)} ${withReplies}`;
  const found = await prepared(db, name, values, (on, places) => {
    const query = entries(on)
      .where("entries.actor_id", "=", places.actorId)
      .where(visibleTo(places.viewer))
      .where(boostVisibleTo(places.viewer));
    const wanted = withReplies ? query : query.where("entries.reply", "=", sql.lit(0));
    return bounded(wanted, places, ascending(cursor));
  });
  return cut(found, cursor);
}

/** What an outbox may show anybody: public and unlisted notes, and boosts of such. Index: entries (actor_id, id). */
export async function outboxEntries(db: Db, actorId: number, cursor: Cursor): Promise<Rows<EntryRow>> {
  const query = entries(db)
    .where("entries.actor_id", "=", actorId)
    .where("entries.visibility", "in", ["public", "unlisted"])
    .where(visibleTo(null));
  return await page(query, cursor);
}

/** Bookmarked notes; the cursor is the bookmark's id. Index: bookmarks (actor_id, id). */
export async function bookmarkRows(
  db: Db,
  viewer: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number; readonly note_id: number }>> {
  let query = db
    .selectFrom("bookmarks")
    .innerJoin("notes", "notes.id", "bookmarks.note_id")
    .select(["bookmarks.id", "bookmarks.note_id"])
    .where("bookmarks.actor_id", "=", viewer)
    .where(visibleTo(viewer));
  if (cursor.before !== undefined) query = query.where("bookmarks.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("bookmarks.id", ">", cursor.after);
  const found = await query
    .orderBy("bookmarks.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}
