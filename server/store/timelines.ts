import { type Selectable, type SelectQueryBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { EntriesTable, Schema } from "./schema.ts";
import { boostVisibleTo, unmutedBy, visibleTo } from "./visible.ts";

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
  let query = entries(db)
    .where("entries.actor_id", "=", actorId)
    .where(visibleTo(viewer))
    .where(boostVisibleTo(viewer));
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

/** Rounds of candidates at most: filters (mutes, blocks, visibility) drop some of each. */
const ROUNDS = 8;

/**
 * Notes and boosts of the viewer's followees and their own, newest first. Cost grows with the number of followees (one
 * index probe each), never with the number of notes, also when the followees are silent: see docs/adr on home timelines.
 * Index: follows (actor_id, state, id), entries (actor_id, id).
 */
export async function homeEntries(
  db: Db,
  viewer: number,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  const found: EntryRow[] = [];
  let at = cursor;
  for (let round = 0; round < ROUNDS && found.length <= cursor.limit; round++) {
    const ids = await homeCandidates(db, viewer, at, (cursor.limit + 1) * (round + 1));
    const last = ids.at(-1);
    if (last === undefined) break;
    found.push(...(await showable(db, viewer, ids, cursor, now)));
    at = ascending(cursor) ? { ...at, after: last } : { ...at, before: last };
  }
  return cut(found, cursor);
}

/**
 * The next `count` entry ids below (or above) the cursor. Each author is asked for the nearest entry; only the `count`
 * nearest authors can have entries among the nearest `count`, and only those are asked for more.
 */
async function homeCandidates(
  db: Db,
  viewer: number,
  cursor: Cursor,
  count: number,
): Promise<readonly number[]> {
  const up = ascending(cursor);
  const [nearest, farthest] = up ? [sql.raw("min"), sql.raw("max")] : [sql.raw("max"), sql.raw("min")];
  const upTo = sql.raw(up ? "<=" : ">=");
  const order = sql.raw(up ? "asc" : "desc");
  const bound = (column: string) => sql`${sql.ref(column)} < ${cursor.before ?? Number.MAX_SAFE_INTEGER}
    and ${sql.ref(column)} > ${cursor.after ?? 0}`;
  const found = await sql<{ id: number }>`
    with authors as (
      select target_id as id from follows where actor_id = ${viewer} and state = 'accepted' union all select ${sql.lit(viewer)}),
    nearest as (
      select author from (select authors.id as author, (
        select ${nearest}(e.id) from entries e where e.actor_id = authors.id and ${bound("e.id")}) as top from authors) found
      where top is not null order by top ${order} limit ${count}),
    reach as (
      select author, (select ${farthest}(x.id) from (
        select e.id from entries e where e.actor_id = nearest.author and ${bound("e.id")}
        order by e.id ${order} limit ${count}) x) as edge from nearest)
    select e.id from reach join entries e
      on e.actor_id = reach.author and e.id ${upTo} reach.edge and ${bound("e.id")}
    order by e.id ${order} limit ${count}`.execute(db);
  return found.rows.map((row) => row.id);
}

async function showable(
  db: Db,
  viewer: number,
  ids: readonly number[],
  cursor: Cursor,
  now: number,
): Promise<readonly EntryRow[]> {
  const query = entries(db)
    .where("entries.id", "in", ids)
    .where(visibleTo(viewer))
    .where(boostVisibleTo(viewer));
  return await withoutMuted(query, viewer, now)
    .orderBy("entries.id", ascending(cursor) ? "asc" : "desc")
    .execute();
}
