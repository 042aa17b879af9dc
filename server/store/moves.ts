import { sql } from "kysely";
import type { Db } from "./database.ts";

/** A batch of rows, oldest first, after an id. */
type Batch = { readonly after: number; readonly limit: number };
export type RelationRow = { readonly id: number; readonly actor_id: number };

/** Follows of an actor by local ones, asked for and accepted. Index: follows (target_id, state, id). */
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
    .where("follows.state", "in", ["pending", "accepted"])
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
    .select(["mutes.id", "mutes.actor_id", "mutes.expires_at"])
    .where("mutes.target_id", "=", from)
    .where("mutes.actor_id", "!=", to)
    .where(
      sql<boolean>`not exists (select 1 from mutes other where other.actor_id = mutes.actor_id and other.target_id = ${to})`,
    )
    .orderBy("mutes.id")
    .limit(limit)
    .execute();
}

/** True when somebody here follows, blocks or mutes an actor, so that its moves concern us. */
export async function hasLocalRelation(db: Db, targetId: number): Promise<boolean> {
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
