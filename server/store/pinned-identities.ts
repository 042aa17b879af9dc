import { sql } from "kysely";
import { type ActorRow, addToActorCounts } from "./actors.ts";
import type { Db } from "./database.ts";

// What is remembered of who remote actors were, and what people here decide when that changes.

const CHUNK = 500;

/** What an actor was seen with. */
export type PinRow = {
  readonly id: number;
  readonly host: string;
  readonly did: string | null;
  readonly did_keys: string | null;
  readonly deleted_at: number | null;
  readonly frozen_at: number | null;
};

/** What an actor was seen with, by its uri. Index: actors (uri). */
export async function findPin(db: Db, uri: string): Promise<PinRow | undefined> {
  return await db
    .selectFrom("actors")
    .select(["id", "host", "did", "did_keys", "deleted_at", "frozen_at"])
    .where("uri", "=", uri)
    .executeTakeFirst();
}

/** An actor that nobody else decides about until this transaction is over. */
export async function lockActor(tx: Db, id: number): Promise<ActorRow | undefined> {
  return await tx
    .updateTable("actors")
    .set((eb) => ({ id: eb.ref("id") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** True when somebody here follows an actor, asked to, or did until they have to decide. Index: follows (target_id, state, id). */
export async function hasLocalFollow(db: Db, targetId: number): Promise<boolean> {
  const row = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select("follows.id")
    .where("follows.target_id", "=", targetId)
    .where("follows.state", "in", ["pending", "accepted", "held"])
    .where("actors.host", "=", "")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Which of these actors, by uri, somebody here follows or asked to. Index: actors (uri), follows (target_id, state, id). */
export async function listFollowedHere(db: Db, uris: readonly string[]): Promise<ReadonlySet<string>> {
  if (uris.length === 0) return new Set();
  const rows = await db
    .selectFrom("actors")
    .select("uri")
    .where("uri", "in", uris)
    .where(
      sql<boolean>`exists (select 1 from follows join actors as people on people.id = follows.actor_id
        where follows.target_id = actors.id and follows.state in ('pending', 'accepted', 'held') and people.host = '')`,
    )
    .execute();
  return new Set(rows.map((row) => row.uri));
}

/**
 * Sets the accepted follows of an actor by people here aside, but for one person's: they get nothing of it until they decide.
 * They are no longer counted. Index: follows (target_id, state, id).
 */
export async function holdFollows(db: Db, targetId: number, but: number): Promise<void> {
  const held = await db
    .updateTable("follows")
    .set({ state: "held" })
    .where("target_id", "=", targetId)
    .where("actor_id", "!=", but)
    .where("state", "=", "accepted")
    .where("actor_id", "in", (eb) => eb.selectFrom("actors").select("id").where("host", "=", ""))
    .returning("actor_id")
    .execute();
  if (held.length === 0) return;
  for (let from = 0; from < held.length; from += CHUNK)
    await db
      .updateTable("actors")
      .set({ following_count: sql`case when following_count > 0 then following_count - 1 else 0 end` })
      .where(
        "id",
        "in",
        held.slice(from, from + CHUNK).map((row) => row.actor_id),
      )
      .execute();
  await addToActorCounts(db, targetId, { followers: -held.length });
}

/** Lets a follow that was set aside wait for its acceptance again; false when it was not. */
export async function resumeFollow(db: Db, id: number): Promise<boolean> {
  const row = await db
    .updateTable("follows")
    .set({ state: "pending" })
    .where("id", "=", id)
    .where("state", "=", "held")
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * The actors about whom somebody has to decide, the newest here first: those they follow that are frozen (index: actors_frozen), and
 * those whose follow was set aside (index: follows (actor_id, state, id)).
 */
export async function listFrozenOf(db: Db, viewerId: number, limit: number) {
  const frozen = db
    .selectFrom("actors")
    .innerJoin("follows", "follows.target_id", "actors.id")
    .select(["actors.id", "follows.state"])
    .where("actors.frozen_at", "is not", null)
    .where("actors.deleted_at", "is", null)
    .where("follows.actor_id", "=", viewerId)
    .where("follows.state", "in", ["pending", "accepted"]);
  const held = db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.target_id")
    .select(["actors.id", "follows.state"])
    .where("follows.actor_id", "=", viewerId)
    .where("follows.state", "=", "held")
    .where("actors.deleted_at", "is", null);
  const rows = await frozen.unionAll(held).limit(limit).execute();
  return rows.toSorted((a, b) => b.id - a.id);
}

/** Actors whose move is in doubt, those who wait longest first. Index: actors_frozen. */
export async function listFrozenMoves(db: Db, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("actors")
    .select("id")
    .where("frozen_at", "is not", null)
    .where("frozen_reason", "=", "move")
    .where("moved_to_uri", "is", null)
    .where("deleted_at", "is", null)
    .orderBy("frozen_at")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** The did:key of somebody here; null when they have none. */
export async function findLocalDid(db: Db, actorId: number): Promise<string | null> {
  const row = await db
    .selectFrom("identities")
    .select("did")
    .where("actor_id", "=", actorId)
    .executeTakeFirst();
  return row?.did ?? null;
}

/** The successor notice that this server publishes for an actor that left; null when it has none. */
export async function findOwnNotice(db: Db, oldUri: string): Promise<string | null> {
  const row = await db
    .selectFrom("successors")
    .select("notice")
    .where("old_uri", "=", oldUri)
    .executeTakeFirst();
  return row?.notice ?? null;
}

/** Takes back what people were told about a frozen actor. Reads all notifications: seldom. */
export async function removeFrozenNotices(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("notifications").where("actor_id", "=", actorId).where("kind", "=", "frozen").execute();
}
