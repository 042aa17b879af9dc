import { type Selectable, type SelectQueryBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { dialectOf } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { EntriesTable, Schema } from "./schema.ts";
import { unmutedBy, visibleTo } from "./visible.ts";

export type EntryRow = Selectable<EntriesTable>;
type EntryQuery = SelectQueryBuilder<Schema, "entries" | "notes", EntryRow>;

function entries(db: Db): EntryQuery {
  return db.selectFrom("entries").innerJoin("notes", "notes.id", "entries.note_id").selectAll("entries");
}

async function page(query: EntryQuery, cursor: Cursor): Promise<Rows<EntryRow>> {
  let bounded = query;
  if (cursor.before !== undefined) bounded = bounded.where("entries.id", "<", cursor.before);
  if (cursor.after !== undefined) bounded = bounded.where("entries.id", ">", cursor.after);
  const found = await bounded
    .orderBy("entries.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Only what somebody's own home and lists leave out: muted and blocked authors, of the note and of the boost. */
function withoutMuted(query: EntryQuery, viewer: number | null, now: number): EntryQuery {
  if (viewer === null) return query;
  return query.where(unmutedBy(viewer, "notes.actor_id", now)).where(unmutedBy(viewer, "entries.actor_id", now));
}

/** Public local notes, newest first. Index: entries_local (partial). */
export async function localEntries(db: Db, viewer: number | null, cursor: Cursor, now: number): Promise<Rows<EntryRow>> {
  const query = entries(db)
    .where("entries.local", "=", sql.lit(1))
    .where("entries.announce", "=", sql.lit(0))
    .where("entries.visibility", "=", sql.lit("public"))
    .where(visibleTo(viewer));
  return await page(withoutMuted(query, viewer, now), cursor);
}

/** Public notes with a tag, newest first. Index: note_tags (tag, note_id). */
export async function tagEntries(
  db: Db,
  viewer: number | null,
  tag: string,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  const query = entries(db)
    .where("entries.announce", "=", 0)
    .where("notes.visibility", "=", "public")
    .where("entries.id", "in", (eb) => eb.selectFrom("note_tags").select("note_id").where("tag", "=", tag))
    .where(visibleTo(viewer));
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
  let query = entries(db).where("entries.actor_id", "=", actorId).where(visibleTo(viewer));
  if (!withReplies) query = query.where("entries.reply", "=", 0);
  return await page(query, cursor);
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

/** Following nobody who ever posts must not make a page walk the whole table: each followee is asked by its own index. */
export async function homeEntries(db: Db, viewer: number, cursor: Cursor, now: number): Promise<Rows<EntryRow>> {
  return dialectOf(db) === "sqlite" ? await homeOfSqlite(db, viewer, cursor, now) : await homeOfPostgres(db, viewer, cursor, now);
}

/** Actors whose entries make a home: accepted followees that ever posted, and oneself. */
function homeAuthors(viewer: number) {
  return sql`select follows.target_id as id from follows join actors on actors.id = follows.target_id
      where follows.actor_id = ${viewer} and follows.state = 'accepted' and actors.last_entry_id > 0
    union all select ${viewer} as id`;
}

/** SQLite walks (actor_id, id) once an author and stops each walk that cannot beat the page so far. Index: entries (actor_id, id). */
async function homeOfSqlite(db: Db, viewer: number, cursor: Cursor, now: number): Promise<Rows<EntryRow>> {
  const query = entries(db)
    .where(sql<boolean>`entries.actor_id in (${homeAuthors(viewer)})`)
    .where(visibleTo(viewer));
  return await page(withoutMuted(query, viewer, now), cursor);
}

/** PostgreSQL does not merge an IN list by order; a lateral walk asks each author for at most one page. Index: entries (actor_id, id). */
async function homeOfPostgres(db: Db, viewer: number, cursor: Cursor, now: number): Promise<Rows<EntryRow>> {
  const order = sql.raw(ascending(cursor) ? "asc" : "desc");
  const before = cursor.before === undefined ? sql`` : sql`and entries.id < ${cursor.before}`;
  const after = cursor.after === undefined ? sql`` : sql`and entries.id > ${cursor.after}`;
  const limit = cursor.limit + 1;
  const found = await sql<EntryRow>`
    select entries.* from (${homeAuthors(viewer)}) authors cross join lateral (
      select entries.* from entries join notes on notes.id = entries.note_id
      where entries.actor_id = authors.id ${before} ${after} and ${visibleTo(viewer)}
        and ${unmutedBy(viewer, "notes.actor_id", now)} and ${unmutedBy(viewer, "entries.actor_id", now)}
      order by entries.id ${order} limit ${limit}) entries
    order by entries.id ${order} limit ${limit}`.execute(db);
  return cut(found.rows, cursor);
}
