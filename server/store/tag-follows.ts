import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { TagFollowsTable } from "./schema.ts";
import { visibleTo } from "./visible.ts";

export type TagFollowRow = Selectable<TagFollowsTable>;

/** Follows a tag; doing it twice is doing it once. */
export async function insertTagFollow(db: Db, row: TagFollowRow): Promise<void> {
  await db
    .insertInto("tag_follows")
    .values(row)
    .onConflict((conflict) => conflict.columns(["actor_id", "tag"]).doNothing())
    .execute();
}

/** Follows a tag no more. */
export async function removeTagFollow(db: Db, actorId: number, tag: string): Promise<void> {
  await db.deleteFrom("tag_follows").where("actor_id", "=", actorId).where("tag", "=", tag).execute();
}

/** Tags that an actor follows, by name. Index: tag_follows (actor_id, tag). */
export async function listTagFollows(
  db: Db,
  actorId: number,
  limit: number,
): Promise<readonly TagFollowRow[]> {
  return await db
    .selectFrom("tag_follows")
    .selectAll()
    .where("actor_id", "=", actorId)
    .orderBy("tag")
    .limit(limit)
    .execute();
}

/** A page of them, last followed first; a few hundred at most, sorted by hand. Index: tag_follows (actor_id, tag). */
export async function listTagFollowPage(
  db: Db,
  actorId: number,
  cursor: Cursor,
): Promise<Rows<TagFollowRow>> {
  let query = db.selectFrom("tag_follows").selectAll().where("actor_id", "=", actorId);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Those of `tags` that an actor follows. Index: tag_follows (actor_id, tag). */
export async function findFollowedTags(
  db: Db,
  actorId: number,
  tags: readonly string[],
): Promise<ReadonlySet<string>> {
  if (tags.length === 0) return new Set();
  const rows = await db
    .selectFrom("tag_follows")
    .select("tag")
    .where("actor_id", "=", actorId)
    .where("tag", "in", [...tags])
    .execute();
  return new Set(rows.map((row) => row.tag));
}

/**
 * Tags that stand beside a tag, the most frequent first, as far as the newest `sample` public notes with it say.
 * Index: note_tags (tag, note_id), note_tags (note_id).
 */
export async function listRelatedTags(
  db: Db,
  tag: string,
  sample: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom((eb) =>
      eb
        .selectFrom("note_tags as beside")
        .select("beside.note_id")
        .where("beside.tag", "=", tag)
        .orderBy("beside.note_id", "desc")
        .limit(sample)
        .as("newest"),
    )
    .innerJoin("notes", "notes.id", "newest.note_id")
    .innerJoin("note_tags", "note_tags.note_id", "newest.note_id")
    .select(["note_tags.tag", (eb) => eb.fn.count("notes.actor_id").distinct().as("people")])
    .where("note_tags.tag", "<>", tag)
    .where("notes.visibility", "=", "public")
    .where(visibleTo(null))
    .groupBy("note_tags.tag")
    .orderBy("people", "desc")
    .orderBy("note_tags.tag")
    .limit(limit)
    .execute();
  return rows.map((row) => row.tag);
}
