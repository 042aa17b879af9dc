import { sql } from "kysely";
import type { Db } from "./database.ts";

/** Ids are added up by their remainders: sums stay exact. */
export const MARK_MODULUS = 1_000_000_007;

/**
 * How many remote actors follow, the sum of the follows' ids (by `MARK_MODULUS`) and the newest. It changes with every
 * follow that comes or goes. Index: follows (target_id, state, id).
 */
export async function markFollowers(
  db: Db,
  actorId: number,
): Promise<{ readonly count: number; readonly sum: number; readonly newest: number }> {
  const row = await remoteFollowers(db, actorId)
    .select([
      sql<number>`count(*)`.as("count"),
      sql<number>`coalesce(sum(follows.id % ${sql.lit(MARK_MODULUS)}), 0)`.as("sum"),
      sql<number>`coalesce(max(follows.id), 0)`.as("newest"),
    ])
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), sum: Number(row.sum), newest: Number(row.newest) };
}

/** Remote followers after a follow's id, in order. Index: follows (target_id, state, id). */
export async function listRemoteFollowers(
  db: Db,
  actorId: number,
  after: number,
  limit: number,
): Promise<readonly { readonly id: number; readonly uri: string }[]> {
  return await remoteFollowers(db, actorId)
    .select(["follows.id", "actors.uri"])
    .where("follows.id", ">", after)
    .orderBy("follows.id")
    .limit(limit)
    .execute();
}

function remoteFollowers(db: Db, actorId: number) {
  return db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .where("follows.target_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .where("actors.host", "!=", "");
}

/** Remote actors whose own inbox this is; few, as a rule one. Index: actors_inbox. */
export async function listActorsOfInbox(
  db: Db,
  inbox: string,
): Promise<readonly { readonly id: number; readonly uri: string }[]> {
  return await db
    .selectFrom("actors")
    .select(["id", "uri"])
    .where("inbox_uri", "=", inbox)
    .where("host", "!=", "")
    .where("deleted_at", "is", null)
    .limit(10)
    .execute();
}

/** Whom an actor follows or asked to. Index: follows (actor_id, state, id). */
export async function listFollowed(db: Db, actorId: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("follows")
    .select("target_id")
    .where("actor_id", "=", actorId)
    .limit(limit)
    .execute();
  return rows.map((row) => row.target_id);
}
