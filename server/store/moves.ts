import { sql } from "kysely";
import type { Db } from "./database.ts";

/** A batch of rows, oldest first, after an id. */
type Batch = { readonly after: number; readonly limit: number };
export type RelationRow = { readonly id: number; readonly actor_id: number };

/** Follows of an actor by local ones: asked for, accepted, and set aside until they decide. Index: follows (target_id, state, id). */
export async function listLocalFollows(
  db: Db,
  targetId: number,
  batch: Batch,
): Promise<readonly RelationRow[]> {
  return await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select(["follows.id", "follows.actor_id"])
    .where("follows.target_id", "=", targetId)
    .where("follows.state", "in", ["pending", "accepted", "held"])
    .where("follows.id", ">", batch.after)
    .where("actors.host", "=", "")
    .where("actors.deleted_at", "is", null)
    .orderBy("follows.id")
    .limit(batch.limit)
    .execute();
}

/** Blocks of an actor by local ones who do not block the other one yet. Index: blocks (target_id). */
export async function listLocalBlocks(
  db: Db,
  from: number,
  to: number,
  limit: number,
): Promise<readonly RelationRow[]> {
  return await db
    .selectFrom("blocks")
    .innerJoin("actors", "actors.id", "blocks.actor_id")
    .select(["blocks.id", "blocks.actor_id"])
    .where("blocks.target_id", "=", from)
    .where("blocks.actor_id", "!=", to)
    .where("actors.host", "=", "")
    .where("actors.deleted_at", "is", null)
    .where(
      sql<boolean>`not exists (select 1 from blocks other where other.actor_id = blocks.actor_id and other.target_id = ${to})`,
    )
    .orderBy("blocks.id")
    .limit(limit)
    .execute();
}

/** Mutes of an actor by those who do not mute the other one yet. Index: mutes (target_id). */
export async function listMutes(db: Db, from: number, to: number, limit: number) {
  return await db
    .selectFrom("mutes")
    .select(["mutes.id", "mutes.actor_id", "mutes.expires_at", "mutes.hide_notifications"])
    .where("mutes.target_id", "=", from)
    .where("mutes.actor_id", "!=", to)
    .where(
      sql<boolean>`not exists (select 1 from mutes other where other.actor_id = mutes.actor_id and other.target_id = ${to})`,
    )
    .orderBy("mutes.id")
    .limit(limit)
    .execute();
}

/**
 * What people noted down about an actor, and about the other one, after an id of theirs. Index: actor_comments (target_id).
 */
export async function listCommentsToCopy(
  db: Db,
  from: number,
  to: number,
  { after, limit }: Batch,
): Promise<
  readonly { readonly actor_id: number; readonly comment: string; readonly other: string | null }[]
> {
  return await db
    .selectFrom("actor_comments as mine")
    .leftJoin("actor_comments as other", (join) =>
      join.onRef("other.actor_id", "=", "mine.actor_id").on("other.target_id", "=", to),
    )
    .select(["mine.actor_id", "mine.comment", "other.comment as other"])
    .where("mine.target_id", "=", from)
    .where("mine.actor_id", "!=", to)
    .where("mine.actor_id", ">", after)
    .orderBy("mine.actor_id")
    .limit(limit)
    .execute();
}

/** Puts an actor on the lists of somebody where another one is, in its place. Index: list_members (actor_id). */
export async function replaceOnLists(db: Db, ownerId: number, from: number, to: number): Promise<void> {
  const lists = await db
    .selectFrom("list_members")
    .innerJoin("lists", "lists.id", "list_members.list_id")
    .select("lists.id")
    .where("list_members.actor_id", "=", from)
    .where("lists.actor_id", "=", ownerId)
    .execute();
  const ids = lists.map(({ id }) => id);
  if (ids.length === 0) return;
  await db
    .insertInto("list_members")
    .values(ids.map((list_id) => ({ list_id, actor_id: to })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db.deleteFrom("list_members").where("actor_id", "=", from).where("list_id", "in", ids).execute();
}

/** Owners of lists where an actor is, after an id of theirs. Index: list_members (actor_id). */
export async function listOwnersWith(
  db: Db,
  memberId: number,
  { after, limit }: Batch,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("list_members")
    .innerJoin("lists", "lists.id", "list_members.list_id")
    .select("lists.actor_id")
    .distinct()
    .where("list_members.actor_id", "=", memberId)
    .where("lists.actor_id", ">", after)
    .orderBy("lists.actor_id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.actor_id);
}

/** Distinct inboxes of actors elsewhere who block one of ours, shared ones preferred. Index: blocks (target_id). */
export async function listBlockerInboxes(db: Db, targetId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("blocks")
    .innerJoin("actors", "actors.id", "blocks.actor_id")
    .select(sql<string>`coalesce(actors.shared_inbox_uri, actors.inbox_uri)`.as("inbox"))
    .distinct()
    .where("blocks.target_id", "=", targetId)
    .where("actors.host", "!=", "")
    .where("actors.deleted_at", "is", null)
    .where("actors.suspended_at", "is", null)
    .execute();
  return rows.map((row) => row.inbox);
}

/** True when somebody here follows, blocks, mutes or noted something about an actor, so that its moves concern us. */
export async function hasLocalRelation(db: Db, targetId: number): Promise<boolean> {
  const noted = await db
    .selectFrom("actor_comments")
    .select("actor_id")
    .where("target_id", "=", targetId)
    .limit(1)
    .executeTakeFirst();
  if (noted !== undefined) return true;
  for (const table of ["follows", "blocks", "mutes"] as const) {
    const row = await db
      .selectFrom(table)
      .innerJoin("actors", "actors.id", `${table}.actor_id`)
      .select(`${table}.id`)
      .where(`${table}.target_id`, "=", targetId)
      .where("actors.host", "=", "")
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}

/** Deliveries of one activity that are still to be made, and those given up. Reads the whole queue: for one page, seldom. */
export async function countDeliveriesOf(
  db: Db,
  activityId: number,
): Promise<{ readonly waiting: number; readonly failed: number }> {
  const row = await db
    .selectFrom("deliveries")
    .select([
      sql<number>`coalesce(sum(case when dead_at is null then 1 else 0 end), 0)`.as("waiting"),
      sql<number>`coalesce(sum(case when dead_at is null then 0 else 1 end), 0)`.as("failed"),
    ])
    .where("activity_id", "=", activityId)
    .executeTakeFirstOrThrow();
  return { waiting: Number(row.waiting), failed: Number(row.failed) };
}
