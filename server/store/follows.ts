import type { Insertable, Selectable, Updateable } from "kysely";
import { sql } from "kysely";
import { addToActorCounts } from "./actors.ts";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { BlocksTable, FollowsTable } from "./schema.ts";

export type FollowRow = Selectable<FollowsTable>;
export type BlockRow = Selectable<BlocksTable>;
export type FollowState = "pending" | "accepted";

/** The follow from one actor to another. Index: follows (actor_id, target_id). */
export async function findFollow(db: Db, actorId: number, targetId: number): Promise<FollowRow | undefined> {
  return await db
    .selectFrom("follows")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("target_id", "=", targetId)
    .executeTakeFirst();
}

/** A follow by id. */
export async function findFollowById(db: Db, id: number): Promise<FollowRow | undefined> {
  return await db.selectFrom("follows").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A follow by uri. Index: follows (uri). */
export async function findFollowByUri(db: Db, uri: string): Promise<FollowRow | undefined> {
  return await db.selectFrom("follows").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Adds a follow; an accepted one is counted on both sides. */
export async function insertFollow(db: Db, row: Insertable<FollowsTable>): Promise<void> {
  await db.insertInto("follows").values(row).execute();
  if (row.state === "accepted") await countFollow(db, row.actor_id, row.target_id, 1);
}

/** Turns a pending follow into an accepted one; false when it was not pending. */
export async function acceptFollow(db: Db, id: number): Promise<boolean> {
  const row = await db
    .updateTable("follows")
    .set({ state: "accepted" })
    .where("id", "=", id)
    .where("state", "=", "pending")
    .returning(["actor_id", "target_id"])
    .executeTakeFirst();
  if (row === undefined) return false;
  await countFollow(db, row.actor_id, row.target_id, 1);
  return true;
}

/** Gives a follow the uri of a repeated Follow activity, so that a later Undo of either finds it. */
export async function renameFollow(db: Db, id: number, uri: string): Promise<void> {
  await db.updateTable("follows").set({ uri }).where("id", "=", id).execute();
}

export type FollowChange = Pick<Updateable<FollowsTable>, "notify" | "show_announces" | "languages">;

/** Changes what a follow brings; false when there is none. */
export async function updateFollow(
  db: Db,
  actorId: number,
  targetId: number,
  change: FollowChange,
): Promise<boolean> {
  const row = await db
    .updateTable("follows")
    .set(change)
    .where("actor_id", "=", actorId)
    .where("target_id", "=", targetId)
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** Removes a follow; the removed row, or undefined. */
export async function removeFollow(
  db: Db,
  actorId: number,
  targetId: number,
): Promise<FollowRow | undefined> {
  const row = await db
    .deleteFrom("follows")
    .where("actor_id", "=", actorId)
    .where("target_id", "=", targetId)
    .returningAll()
    .executeTakeFirst();
  if (row?.state === "accepted") await countFollow(db, actorId, targetId, -1);
  return row;
}

async function countFollow(db: Db, actorId: number, targetId: number, by: 1 | -1): Promise<void> {
  await addToActorCounts(db, actorId, { following: by });
  await addToActorCounts(db, targetId, { followers: by });
}

/** One side of the follows of an actor, newest first; `id` is the cursor. Index: follows (target_id | actor_id, state, id). */
export async function listFollows(
  db: Db,
  side: "followers" | "following",
  actorId: number,
  state: FollowState,
  cursor: Cursor,
  words = "",
): Promise<Rows<{ readonly id: number; readonly actor_id: number; readonly uri: string }>> {
  const [mine, theirs] =
    side === "followers" ? (["target_id", "actor_id"] as const) : (["actor_id", "target_id"] as const);
  let query = db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", `follows.${theirs}`)
    .select(["follows.id", "actors.id as actor_id", "actors.uri"])
    .where(`follows.${mine}`, "=", actorId)
    .where("follows.state", "=", state)
    .where("actors.deleted_at", "is", null);
  if (cursor.before !== undefined) query = query.where("follows.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("follows.id", ">", cursor.after);
  // One actor's follows at most are looked through, and a page of them is found soon.
  if (words !== "") query = query.where(nameHolds(words));
  return cut(
    await query
      .orderBy("follows.id", ascending(cursor) ? "asc" : "desc")
      .limit(cursor.limit + 1)
      .execute(),
    cursor,
  );
}

/** The handle or the name of the row of `actors` in scope holds these words; ASCII letters in either case. */
function nameHolds(words: string) {
  const pattern = `%${words.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
  return sql<boolean>`(lower(actors.name) like ${pattern} escape '\\'
    or lower(actors.username || '@' || actors.host) like ${pattern} escape '\\')`;
}

/** Distinct inboxes of an actor's accepted remote followers, shared ones preferred. Index: follows (target_id, state, id). */
export async function listFollowerInboxes(db: Db, actorId: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select(sql<string>`coalesce(actors.shared_inbox_uri, actors.inbox_uri)`.as("inbox"))
    .distinct()
    .where("follows.target_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .where("actors.host", "!=", "")
    .where("actors.deleted_at", "is", null)
    .where("actors.suspended_at", "is", null)
    .execute();
  return rows.map((row) => row.inbox);
}

/** True when somebody here follows this actor. Index: follows (target_id, state, id). */
export async function hasLocalFollower(db: Db, targetId: number): Promise<boolean> {
  const row = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select("follows.id")
    .where("follows.target_id", "=", targetId)
    .where("follows.state", "=", "accepted")
    .where("actors.host", "=", "")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** True when either actor blocks the other. */
export async function blockedEitherWay(db: Db, a: number, b: number): Promise<boolean> {
  const row = await db
    .selectFrom("blocks")
    .select("id")
    .where((eb) =>
      eb.or([
        eb.and([eb("actor_id", "=", a), eb("target_id", "=", b)]),
        eb.and([eb("actor_id", "=", b), eb("target_id", "=", a)]),
      ]),
    )
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Blocks, either way, between some actors and some others. Index: blocks (actor_id, target_id), blocks (target_id). */
export async function listBlocksBetween(
  db: Db,
  actorIds: readonly number[],
  others: readonly number[],
): Promise<readonly { readonly actor_id: number; readonly target_id: number }[]> {
  if (actorIds.length === 0 || others.length === 0) return [];
  return await db
    .selectFrom("blocks")
    .select(["actor_id", "target_id"])
    .where((eb) =>
      eb.or([
        eb.and([eb("actor_id", "in", [...actorIds]), eb("target_id", "in", [...others])]),
        eb.and([eb("target_id", "in", [...actorIds]), eb("actor_id", "in", [...others])]),
      ]),
    )
    .execute();
}

/** The block from one actor to another. */
export async function findBlock(db: Db, actorId: number, targetId: number): Promise<BlockRow | undefined> {
  return await db
    .selectFrom("blocks")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("target_id", "=", targetId)
    .executeTakeFirst();
}

/** A block by id. */
export async function findBlockById(db: Db, id: number): Promise<BlockRow | undefined> {
  return await db.selectFrom("blocks").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A block by uri. Index: blocks (uri). */
export async function findBlockByUri(db: Db, uri: string): Promise<BlockRow | undefined> {
  return await db.selectFrom("blocks").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Adds a block; false when it was there already. */
export async function insertBlock(db: Db, row: Insertable<BlocksTable>): Promise<boolean> {
  const done = await db
    .insertInto("blocks")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Removes a block; the removed row, or undefined. */
export async function removeBlock(db: Db, actorId: number, targetId: number): Promise<BlockRow | undefined> {
  return await db
    .deleteFrom("blocks")
    .where("actor_id", "=", actorId)
    .where("target_id", "=", targetId)
    .returningAll()
    .executeTakeFirst();
}

/** Mutes an actor, or changes how; `expiresAt` in ms, null = for good. Left out, notifications are hidden too. */
export async function insertMute(
  db: Db,
  row: {
    readonly id: number;
    readonly actorId: number;
    readonly targetId: number;
    readonly now: number;
    readonly expiresAt: number | null;
    readonly hidesNotifications?: boolean | undefined;
  },
): Promise<void> {
  const hide_notifications = row.hidesNotifications === false ? 0 : 1;
  await db
    .insertInto("mutes")
    .values({
      id: row.id,
      actor_id: row.actorId,
      target_id: row.targetId,
      created_at: row.now,
      expires_at: row.expiresAt,
      hide_notifications,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["actor_id", "target_id"])
        .doUpdateSet({ expires_at: row.expiresAt, hide_notifications }),
    )
    .execute();
}

/** Those of some actors whom an actor mutes at this time. Index: mutes (actor_id, target_id). */
export async function findMuted(
  db: Db,
  actorId: number,
  targetIds: readonly number[],
  now: number,
): Promise<readonly number[]> {
  if (targetIds.length === 0) return [];
  const rows = await db
    .selectFrom("mutes")
    .select("target_id")
    .where("actor_id", "=", actorId)
    .where("target_id", "in", [...targetIds])
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .execute();
  return rows.map((row) => row.target_id);
}

/** Removes a mute. */
export async function removeMute(db: Db, actorId: number, targetId: number): Promise<void> {
  await db.deleteFrom("mutes").where("actor_id", "=", actorId).where("target_id", "=", targetId).execute();
}

/** Whom an actor blocks or mutes, newest first. */
export async function listBlocked(
  db: Db,
  table: "blocks" | "mutes",
  actorId: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number; readonly actor_id: number }>> {
  let query = db.selectFrom(table).select(["id", "target_id as actor_id"]).where("actor_id", "=", actorId);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  return cut(
    await query
      .orderBy("id", ascending(cursor) ? "asc" : "desc")
      .limit(cursor.limit + 1)
      .execute(),
    cursor,
  );
}

/** Both directions between two actors in one go. */
export async function findRelation(db: Db, me: number, other: number, now: number) {
  const [follow, back, block, blockedBy, mute] = [
    await findFollow(db, me, other),
    await findFollow(db, other, me),
    await findBlock(db, me, other),
    await findBlock(db, other, me),
    await db
      .selectFrom("mutes")
      .select(["id", "expires_at"])
      .where("actor_id", "=", me)
      .where("target_id", "=", other)
      .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
      .executeTakeFirst(),
  ];
  return { follow, back, block, blockedBy, mute };
}
