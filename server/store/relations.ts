import { sql } from "kysely";
import type { Db } from "./database.ts";
import { type FollowRow, listBlocksBetween } from "./follows.ts";

/** What lies between one actor and some others, each part by the id of the other. */
export type Relations = {
  readonly follows: ReadonlyMap<number, FollowRow>;
  /** Follows of the others. */
  readonly back: ReadonlyMap<number, FollowRow>;
  readonly blocking: ReadonlySet<number>;
  readonly blockedBy: ReadonlySet<number>;
  readonly mutes: ReadonlyMap<
    number,
    { readonly expires_at: number | null; readonly hide_notifications: number }
  >;
  readonly comments: ReadonlyMap<number, string>;
  /** Others whose whole server is hidden. */
  readonly hidden: ReadonlySet<number>;
};

/**
 * What one actor is to some others: the same number of statements however many there are.
 * Indexes: follows, mutes (actor_id, target_id), blocks (actor_id, target_id | target_id), actor_comments (actor_id, target_id),
 * personal_domain_blocks (actor_id, host).
 */
export async function findRelations(
  db: Db,
  me: number,
  others: readonly number[],
  now: number,
): Promise<Relations> {
  const ids = [...new Set(others)];
  if (ids.length === 0) return NONE;
  const follows = await db
    .selectFrom("follows")
    .selectAll()
    .where((eb) =>
      eb.or([
        eb.and([eb("actor_id", "=", me), eb("target_id", "in", ids)]),
        eb.and([eb("target_id", "=", me), eb("actor_id", "in", ids)]),
      ]),
    )
    .execute();
  const blocks = await listBlocksBetween(db, [me], ids);
  const mutes = await db
    .selectFrom("mutes")
    .select(["target_id", "expires_at", "hide_notifications"])
    .where("actor_id", "=", me)
    .where("target_id", "in", ids)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]))
    .execute();
  return {
    follows: new Map(follows.filter((row) => row.actor_id === me).map((row) => [row.target_id, row])),
    back: new Map(follows.filter((row) => row.target_id === me).map((row) => [row.actor_id, row])),
    blocking: new Set(blocks.filter((row) => row.actor_id === me).map((row) => row.target_id)),
    blockedBy: new Set(blocks.filter((row) => row.target_id === me).map((row) => row.actor_id)),
    mutes: new Map(mutes.map((row) => [row.target_id, row])),
    comments: await findComments(db, me, ids),
    hidden: await findOfHiddenHosts(db, me, ids),
  };
}

const NONE: Relations = {
  follows: new Map(),
  back: new Map(),
  blocking: new Set(),
  blockedBy: new Set(),
  mutes: new Map(),
  comments: new Map(),
  hidden: new Set(),
};

async function findComments(
  db: Db,
  me: number,
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .selectFrom("actor_comments")
    .select(["target_id", "comment"])
    .where("actor_id", "=", me)
    .where("target_id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.target_id, row.comment]));
}

async function findOfHiddenHosts(db: Db, me: number, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom("personal_domain_blocks as hidden")
    .innerJoin("actors", "actors.host", "hidden.host")
    .select("actors.id")
    .where("hidden.actor_id", "=", me)
    .where("actors.id", "in", ids)
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Writes down what somebody keeps in mind about somebody else; an empty text forgets it. */
export async function writeComment(
  db: Db,
  row: {
    readonly actorId: number;
    readonly targetId: number;
    readonly comment: string;
    readonly now: number;
  },
): Promise<void> {
  if (row.comment === "") {
    await db
      .deleteFrom("actor_comments")
      .where("actor_id", "=", row.actorId)
      .where("target_id", "=", row.targetId)
      .execute();
    return;
  }
  const { comment, now: updated_at } = row;
  await db
    .insertInto("actor_comments")
    .values({ actor_id: row.actorId, target_id: row.targetId, comment, updated_at })
    .onConflict((conflict) =>
      conflict.columns(["actor_id", "target_id"]).doUpdateSet({ comment, updated_at }),
    )
    .execute();
}

/** Removes what a departed actor wrote about others, what others wrote about them, and the servers that they hid. */
export async function removePersonalTraces(db: Db, actorId: number): Promise<void> {
  await db
    .deleteFrom("actor_comments")
    .where((eb) => eb.or([eb("actor_id", "=", actorId), eb("target_id", "=", actorId)]))
    .execute();
  await db
    .deleteFrom("suggestion_refusals")
    .where((eb) => eb.or([eb("actor_id", "=", actorId), eb("target_id", "=", actorId)]))
    .execute();
  await db.deleteFrom("personal_domain_blocks").where("actor_id", "=", actorId).execute();
}

export type FamiliarRow = { readonly target_id: number; readonly actor_id: number };

/**
 * Whom `me` follows among the followers of each of some actors, the newest first, `limit` for each. People who keep their
 * relations to themselves are neither named nor asked about.
 * Index: follows (target_id, state, id) for each of them, follows (actor_id, target_id) for each follower.
 */
export async function listFamiliar(
  db: Db,
  me: number,
  ids: readonly number[],
  limit: number,
): Promise<readonly FamiliarRow[]> {
  if (ids.length === 0) return [];
  const found = await sql<FamiliarRow>`
    select target_id, actor_id from (
      select theirs.target_id as target_id, theirs.actor_id as actor_id,
        row_number() over (partition by theirs.target_id order by theirs.id desc) as place
      from follows mine
        join follows theirs on theirs.actor_id = mine.target_id and theirs.state = 'accepted'
        join actors between_us on between_us.id = theirs.actor_id
        join actors asked on asked.id = theirs.target_id
      where mine.actor_id = ${me} and mine.state = 'accepted' and theirs.target_id in (${sql.join([...ids])})
        and theirs.target_id <> ${me} and asked.hide_collections = 0 and between_us.hide_collections = 0
        and between_us.deleted_at is null and between_us.suspended_at is null) familiar
    where place <= ${limit} order by target_id, place`.execute(db);
  return found.rows;
}

/** Remembers that somebody is not to be suggested again. Idempotent. */
export async function insertRefusal(db: Db, actorId: number, targetId: number, now: number): Promise<void> {
  await db
    .insertInto("suggestion_refusals")
    .values({ actor_id: actorId, target_id: targetId, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
