import { sql } from "kysely";
import type { Db } from "./database.ts";

// What somebody new may do, and when that is over.

/**
 * Those of some actors whom somebody new may name: their followers, and who runs this server. Index: follows (actor_id,
 * target_id), accounts (actor_id).
 */
export async function listAcquainted(
  db: Db,
  actorId: number,
  among: readonly number[],
): Promise<ReadonlySet<number>> {
  if (among.length === 0) return new Set();
  const rows = await db
    .selectFrom("follows")
    .select("actor_id as id")
    .where("target_id", "=", actorId)
    .where("state", "=", "accepted")
    .where("actor_id", "in", [...among])
    .union(
      db
        .selectFrom("accounts")
        .select("actor_id as id")
        .where("role", "!=", "member")
        .where("actor_id", "in", [...among]),
    )
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Pictures and films of somebody's notes, but for one note. Index: notes (actor_id, id), attachments (note_id). */
export async function countAttached(db: Db, actorId: number, exceptNoteId: number): Promise<number> {
  const row = await db
    .selectFrom("attachments")
    .innerJoin("notes", "notes.id", "attachments.note_id")
    .select((eb) => eb.fn.countAll<number>().as("files"))
    .where("notes.actor_id", "=", actorId)
    .where("notes.id", "!=", exceptNoteId)
    .where("notes.deleted_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.files);
}

/**
 * Ends the probation of those whose time is over, and of those whom so many members who joined before `olderThan` (ms) have
 * liked; 0 likes = time alone. Index: accounts_probation (partial), notes (actor_id, id), likes (note_id, id).
 */
export async function endProbations(
  db: Db,
  rule: { readonly now: number; readonly likes: number; readonly olderThan: number },
): Promise<number> {
  const isLiked = sql<boolean>`(select count(distinct likes.actor_id) from notes join likes on likes.note_id = notes.id
    join accounts friends on friends.actor_id = likes.actor_id
    where notes.actor_id = accounts.actor_id and likes.actor_id <> accounts.actor_id
      and friends.created_at < ${rule.olderThan} and friends.probation_until is null
      and friends.suspended_at is null) >= ${rule.likes}`;
  const done = await db
    .updateTable("accounts")
    .set({ probation_until: null })
    .where("probation_until", "is not", null)
    .where((eb) =>
      rule.likes === 0
        ? eb("probation_until", "<=", rule.now)
        : eb.or([eb("probation_until", "<=", rule.now), isLiked]),
    )
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}
