import { sql } from "kysely";
import type { Db } from "./database.ts";

// At the home: segments on their way, and what they are made of.

/** Keeps a segment until it was taken. */
export async function insertSegment(
  db: Db,
  row: {
    readonly agreement_id: number;
    readonly seq: number;
    readonly hash: string;
    readonly body: string;
    readonly created_at: number;
  },
): Promise<void> {
  await db.insertInto("standby_segments").values(row).execute();
}

/** The first segment that was not taken yet. Index: primary key of standby_segments. */
export async function findWaitingSegment(
  db: Db,
  agreementId: number,
): Promise<{ readonly seq: number; readonly hash: string; readonly body: string } | null> {
  const row = await db
    .selectFrom("standby_segments")
    .select(["seq", "hash", "body"])
    .where("agreement_id", "=", agreementId)
    .where("body", "is not", null)
    .orderBy("seq")
    .limit(1)
    .executeTakeFirst();
  return row === undefined || row.body === null ? null : { seq: row.seq, hash: row.hash, body: row.body };
}

/** How many segments after one are still here in words. */
export async function countWaitingAfter(db: Db, agreementId: number, seq: number): Promise<number> {
  const row = await db
    .selectFrom("standby_segments")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("agreement_id", "=", agreementId)
    .where("seq", ">", seq)
    .where("body", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The SHA-256 of a segment, and whether it was not taken yet; null when there was none of this number. */
export async function findSegment(
  db: Db,
  agreementId: number,
  seq: number,
): Promise<{ readonly hash: string; readonly waits: boolean } | null> {
  const row = await db
    .selectFrom("standby_segments")
    .select(["hash", (eb) => eb("body", "is not", null).as("waits")])
    .where("agreement_id", "=", agreementId)
    .where("seq", "=", seq)
    .executeTakeFirst();
  return row === undefined ? null : { hash: row.hash, waits: Boolean(row.waits) };
}

/** Hashes of this many segments that were taken are remembered, to know a standby again that was restored from a backup. */
const REMEMBERED = 2_000;

/** Segments up to this one were taken: their words go, the hashes of the last ones stay. */
export async function emptySegments(db: Db, agreementId: number, upTo: number): Promise<void> {
  await db
    .updateTable("standby_segments")
    .set({ body: null })
    .where("agreement_id", "=", agreementId)
    .where("seq", "<=", upTo)
    .where("body", "is not", null)
    .execute();
  await db
    .deleteFrom("standby_segments")
    .where("agreement_id", "=", agreementId)
    .where("seq", "<=", upTo - REMEMBERED)
    .execute();
}

/** Forgets segments after one, which are made anew. */
export async function removeSegmentsAfter(db: Db, agreementId: number, seq: number): Promise<void> {
  await db
    .deleteFrom("standby_segments")
    .where("agreement_id", "=", agreementId)
    .where("seq", ">", seq)
    .execute();
}

/** A note as far as it is decided whether it is told of. */
export type WalkedNote = { readonly id: number; readonly visibility: string; readonly isGone: boolean };

/**
 * A member's notes in the order they were written, never direct ones. Index: notes (actor_id, id). `withGone`: deleted ones
 * too, for a standby that may have missed their end.
 */
export async function walkNotes(
  db: Db,
  actorId: number,
  from: { readonly after: number; readonly limit: number; readonly withGone: boolean },
): Promise<readonly WalkedNote[]> {
  let query = db
    .selectFrom("notes")
    .select(["id", "visibility", "deleted_at"])
    .where("actor_id", "=", actorId)
    .where("local", "=", 1)
    .where("visibility", "!=", "direct")
    .where("id", ">", from.after);
  if (!from.withGone) query = query.where("deleted_at", "is", null);
  const rows = await query.orderBy("id").limit(from.limit).execute();
  return rows.map((row) => ({ id: row.id, visibility: row.visibility, isGone: row.deleted_at !== null }));
}

/** The next member after one whose notes were not all walked over. Index: standby_consents (agreement_id). */
export async function findUnwalked(
  db: Db,
  agreementId: number,
  after: number,
): Promise<{ readonly actorId: number; readonly walkedId: number } | null> {
  const row = await db
    .selectFrom("standby_consents")
    .select(["actor_id", "walked_id"])
    .where("agreement_id", "=", agreementId)
    .where("walked", "=", 0)
    .where("actor_id", ">", after)
    .orderBy("actor_id")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { actorId: row.actor_id, walkedId: row.walked_id };
}

/** A kit that is newer than what was sent. Index: standby_consents (agreement_id). */
export async function findFreshKit(
  db: Db,
  agreementId: number,
  after: number,
): Promise<{ readonly actorId: number; readonly kit: string; readonly changedAt: number } | null> {
  // Whoever follows from a new server changes the list, not the seals.
  const changed = sql<number>`case when changed_at > sealed_at then changed_at else sealed_at end`;
  const row = await db
    .selectFrom("standby_consents")
    .innerJoin("escape_kits", "escape_kits.actor_id", "standby_consents.actor_id")
    .select(["escape_kits.actor_id", "escape_kits.kit", changed.as("changed_at")])
    .where("standby_consents.agreement_id", "=", agreementId)
    .where("standby_consents.standby_uri", "is not", null)
    .where("standby_consents.actor_id", ">", after)
    .where(sql<boolean>`${changed} > standby_consents.kit_at`)
    .orderBy("escape_kits.actor_id")
    .limit(1)
    .executeTakeFirst();
  return row === undefined
    ? null
    : { actorId: row.actor_id, kit: row.kit, changedAt: Number(row.changed_at) };
}

/** A member who approves their followers and whose followers were not looked at since. Index: standby_consents (agreement_id). */
export async function findUnlistedFollowers(
  db: Db,
  agreementId: number,
  { before, after }: { readonly before: number; readonly after: number },
): Promise<{ readonly actorId: number; readonly mark: string | null } | null> {
  const row = await db
    .selectFrom("standby_consents")
    .innerJoin("actors", "actors.id", "standby_consents.actor_id")
    .select(["standby_consents.actor_id", "standby_consents.followers_mark"])
    .where("standby_consents.agreement_id", "=", agreementId)
    .where("standby_consents.followers_at", "<", before)
    .where("standby_consents.actor_id", ">", after)
    .where("actors.locked", "=", 1)
    .orderBy("standby_consents.actor_id")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { actorId: row.actor_id, mark: row.followers_mark };
}

/** The uris of everybody who follows an actor, in order. Index: follows (target_id, …). */
export async function listFollowerUris(db: Db, actorId: number, most: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select("actors.uri")
    .where("follows.target_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .orderBy("actors.uri")
    .limit(most)
    .execute();
  return rows.map((row) => row.uri);
}

/** Who somebody here is beyond this server, as far as a standby is told; null without a recovery phrase. */
export async function findIdentityFor(
  db: Db,
  actorId: number,
): Promise<{ readonly statement: string; readonly recipient: string } | null> {
  const row = await db
    .selectFrom("identities")
    .select(["statement", "recipient"])
    .where("actor_id", "=", actorId)
    .executeTakeFirst();
  return row ?? null;
}
