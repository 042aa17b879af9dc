import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { addToNoteCount, insertEntry } from "./notes.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { AnnouncesTable, LikesTable } from "./schema.ts";

export type LikeRow = Selectable<LikesTable>;
export type AnnounceRow = Selectable<AnnouncesTable>;

/** Adds a Like once per (actor, note) and counts it; false when it was there already. */
export async function insertLike(db: Db, row: Insertable<LikesTable>): Promise<boolean> {
  const done = await db
    .insertInto("likes")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (done === undefined) return false;
  await addToNoteCount(db, row.note_id, "likes_count", 1);
  return true;
}

/** Takes a Like back; the removed row, or undefined. */
export async function removeLike(db: Db, actorId: number, noteId: number): Promise<LikeRow | undefined> {
  const row = await db
    .deleteFrom("likes")
    .where("actor_id", "=", actorId)
    .where("note_id", "=", noteId)
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) await addToNoteCount(db, noteId, "likes_count", -1);
  return row;
}

/** Adds an Announce once per (actor, note), its timeline entry, and counts it; false when it was there already. */
export async function insertAnnounce(
  db: Db,
  row: Insertable<AnnouncesTable>,
  entry: { readonly local: boolean },
): Promise<boolean> {
  const done = await db
    .insertInto("announces")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  if (done === undefined) return false;
  await addToNoteCount(db, row.note_id, "announces_count", 1);
  await insertEntry(db, {
    id: row.id,
    actorId: row.actor_id,
    noteId: row.note_id,
    announce: true,
    visibility: row.visibility,
    local: entry.local,
    reply: false,
  });
  return true;
}

/**
 * Gives a Like or boost the uri it was told of by last, so that its Undo finds it: an Undo before may have been lost.
 * Only one that nothing else has.
 */
export async function renameReaction(
  db: Db,
  table: "likes" | "announces",
  row: { readonly uri: string; readonly actor_id: number; readonly note_id: number },
): Promise<void> {
  await db
    .updateTable(table)
    .set({ uri: row.uri })
    .where("actor_id", "=", row.actor_id)
    .where("note_id", "=", row.note_id)
    .where(sql<boolean>`not exists (select 1 from ${sql.table(table)} as other where other.uri = ${row.uri})`)
    .execute();
}

/** Takes an Announce back with its entry; the removed row, or undefined. */
export async function removeAnnounce(
  db: Db,
  actorId: number,
  noteId: number,
): Promise<AnnounceRow | undefined> {
  const row = await db
    .deleteFrom("announces")
    .where("actor_id", "=", actorId)
    .where("note_id", "=", noteId)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await db.deleteFrom("entries").where("id", "=", row.id).where("announce", "=", 1).execute();
  await addToNoteCount(db, noteId, "announces_count", -1);
  return row;
}

/** A Like by id. */
export async function findLike(db: Db, id: number): Promise<LikeRow | undefined> {
  return await db.selectFrom("likes").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A Like by uri. Index: likes (uri). */
export async function findLikeByUri(db: Db, uri: string): Promise<LikeRow | undefined> {
  return await db.selectFrom("likes").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** An Announce by id. */
export async function findAnnounce(db: Db, id: number): Promise<AnnounceRow | undefined> {
  return await db.selectFrom("announces").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Announces by id, in no order. */
export async function findAnnounces(db: Db, ids: readonly number[]): Promise<readonly AnnounceRow[]> {
  if (ids.length === 0) return [];
  return await db
    .selectFrom("announces")
    .selectAll()
    .where("id", "in", [...ids])
    .execute();
}

/** An Announce by uri. Index: announces (uri). */
export async function findAnnounceByUri(db: Db, uri: string): Promise<AnnounceRow | undefined> {
  return await db.selectFrom("announces").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Bookmarks a note; doing it twice is doing it once. */
export async function insertBookmark(db: Db, id: number, actorId: number, noteId: number): Promise<void> {
  await db
    .insertInto("bookmarks")
    .values({ id, actor_id: actorId, note_id: noteId })
    .onConflict((conflict) => conflict.columns(["actor_id", "note_id"]).doNothing())
    .execute();
}

/** Removes a bookmark. */
export async function removeBookmark(db: Db, actorId: number, noteId: number): Promise<void> {
  await db.deleteFrom("bookmarks").where("actor_id", "=", actorId).where("note_id", "=", noteId).execute();
}

export type ReactionMarks = {
  readonly liked: ReadonlySet<number>;
  readonly announced: ReadonlySet<number>;
  readonly bookmarked: ReadonlySet<number>;
};

/** Which of these notes an actor liked, boosted and bookmarked: three queries, whatever the page holds. */
export async function findMarks(db: Db, actorId: number, noteIds: readonly number[]): Promise<ReactionMarks> {
  const of = async (table: "likes" | "announces" | "bookmarks") => {
    if (noteIds.length === 0) return new Set<number>();
    const rows = await db
      .selectFrom(table)
      .select("note_id")
      .where("actor_id", "=", actorId)
      .where("note_id", "in", noteIds)
      .execute();
    return new Set(rows.map((row) => row.note_id));
  };
  return { liked: await of("likes"), announced: await of("announces"), bookmarked: await of("bookmarks") };
}

/** Who liked or openly boosted a note, newest first; `id` is the cursor. Index: likes/announces (note_id, id). */
export async function listReactors(
  db: Db,
  table: "likes" | "announces",
  noteId: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number; readonly actor_id: number }>> {
  let query = db.selectFrom(table).select(["id", "actor_id"]).where("note_id", "=", noteId);
  if (table === "announces") query = query.where(sql<boolean>`visibility in ('public', 'unlisted')`);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}
