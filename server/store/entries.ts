import { sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { EntryRow } from "./timelines.ts";
import { boostVisibleTo, visibleTo } from "./visible.ts";

/**
 * Those of some boosts that `viewer` may know of, with the notes in them, in no order: not of people who are suspended, nor
 * where one blocks the other. Index: entries (id).
 */
export async function findVisibleBoosts(
  db: Db,
  viewer: number | null,
  ids: readonly number[],
): Promise<readonly EntryRow[]> {
  if (ids.length === 0) return [];
  const query = db
    .selectFrom("entries")
    .innerJoin("notes", "notes.id", "entries.note_id")
    .selectAll("entries")
    .where("entries.id", "in", [...new Set(ids)])
    .where("entries.announce", "=", 1)
    .where(visibleTo(viewer))
    .where(boostVisibleTo(viewer))
    .where(
      sql<boolean>`not exists (select 1 from actors booster where booster.id = entries.actor_id
        and (booster.suspended_at is not null or booster.deleted_at is not null))`,
    );
  if (viewer === null) return await query.execute();
  return await query
    .where(
      sql<boolean>`not exists (select 1 from blocks where (blocks.actor_id = ${viewer} and blocks.target_id = entries.actor_id)
        or (blocks.actor_id = entries.actor_id and blocks.target_id = ${viewer}))`,
    )
    .execute();
}

/** The boost of a note by an actor. Index: announces (actor_id, note_id). */
export async function findBoostId(db: Db, actorId: number, noteId: number): Promise<number | null> {
  const row = await db
    .selectFrom("announces")
    .select("id")
    .where("actor_id", "=", actorId)
    .where("note_id", "=", noteId)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Liked notes that are still to be seen; the cursor is the Like. Index: likes_actor. */
export async function likedRows(
  db: Db,
  viewer: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number; readonly note_id: number }>> {
  let query = db
    .selectFrom("likes")
    .innerJoin("notes", "notes.id", "likes.note_id")
    .select(["likes.id", "likes.note_id"])
    .where("likes.actor_id", "=", viewer)
    .where(visibleTo(viewer));
  if (cursor.before !== undefined) query = query.where("likes.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("likes.id", ">", cursor.after);
  const found = await query
    .orderBy("likes.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}
