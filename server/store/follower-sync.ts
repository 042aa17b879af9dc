import type { Db } from "./database.ts";

/** A follow seen from the followed: who follows, by uri. */
export type FollowerRow = { readonly follow_id: number; readonly actor_id: number; readonly uri: string };

/**
 * Accepted followers of an actor whose uris are on one origin, such as `https://far.test`. Index: follows_target.
 */
export async function listFollowersOnOrigin(
  db: Db,
  targetId: number,
  origin: string,
): Promise<readonly FollowerRow[]> {
  return await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select(["follows.id as follow_id", "actors.id as actor_id", "actors.uri"])
    .where("follows.target_id", "=", targetId)
    .where("follows.state", "=", "accepted")
    // Every uri on the origin, and no other: `0` is the character after `/`.
    .where("actors.uri", ">=", `${origin}/`)
    .where("actors.uri", "<", `${origin}0`)
    .where("actors.deleted_at", "is", null)
    .execute();
}
