import { sql } from "kysely";
import type { Db } from "./database.ts";
import type { Lane } from "./job-types.ts";

/** A claimed job is ours until its lease ends; a process that dies leaves nothing else behind. */
export const LEASE_MS = 120_000;

export type ClaimedJob = {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
  readonly attempt: number;
  readonly lane: Lane;
  readonly createdAt: number;
};

type ClaimedRow = {
  id: number;
  kind: string;
  payload: string;
  attempts: number;
  lane: Lane;
  run_at: number;
  created_at: number;
};

/**
 * Leases up to `limit` ready jobs, interactive lanes first, at most `bulkLimit` of them bulk. SQLite only: one statement,
 * and SQLite has a single writer, so two claims never meet. Of each ordering key only the oldest ready job is taken, and
 * none while one of that key is leased.
 */
export async function claimJobs(
  db: Db,
  now: number,
  room: { readonly limit: number; readonly bulkLimit: number },
): Promise<readonly ClaimedJob[]> {
  if (room.limit <= 0) return [];
  const { rows } = await sql<ClaimedRow>`
    update jobs set lease_until = ${now + LEASE_MS}, attempts = attempts + 1
    where id in (
      select id from (
        select * from (${readyOfLane(0, now, room.limit)})
        union all select * from (${readyOfLane(1, now, room.limit)})
        union all select * from (${readyOfLane(2, now, Math.min(room.limit, room.bulkLimit))})
      ) order by lane, run_at, id limit ${room.limit}
    )
    returning id, kind, payload, attempts, lane, run_at, created_at`.execute(db);
  const inOrder = rows.toSorted((a, b) => a.lane - b.lane || a.run_at - b.run_at || a.id - b.id);
  return inOrder.map((row) => ({
    id: row.id,
    kind: row.kind,
    payload: row.payload,
    attempt: row.attempts,
    lane: row.lane,
    createdAt: row.created_at,
  }));
}

/** One lane's ready jobs in order. Indexes: jobs_ready (lane, run_at, id); jobs_order (ordering_key, id). */
function readyOfLane(lane: Lane, now: number, limit: number) {
  return sql`
    select id, lane, run_at from jobs as candidate
    where dead_at is null and lane = ${lane} and run_at <= ${now} and (lease_until is null or lease_until <= ${now})
      and (ordering_key is null or not exists (
        select 1 from jobs as other
        where other.ordering_key = candidate.ordering_key and other.id <> candidate.id and other.dead_at is null
          and (other.lease_until > ${now} or (other.id < candidate.id and other.run_at <= ${now}))))
    order by run_at, id limit ${limit}`;
}

/** Keeps the leases of running jobs alive. */
export async function extendLeases(db: Db, ids: readonly number[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable("jobs")
    .set({ lease_until: now + LEASE_MS })
    .where("id", "in", ids)
    .execute();
}

/** Removes jobs that are done. */
export async function finishJobs(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db.deleteFrom("jobs").where("id", "in", ids).execute();
}

/** Gives a job back to be claimed at `runAt`; `countsTry: false` gives back the try as well. */
export async function retryJob(
  db: Db,
  id: number,
  again: { readonly runAt: number; readonly fault: string; readonly countsTry: boolean },
): Promise<void> {
  await db
    .updateTable("jobs")
    .set((eb) => ({
      lease_until: null,
      run_at: again.runAt,
      fault: again.fault,
      attempts: again.countsTry ? eb.ref("attempts") : eb("attempts", "-", 1),
    }))
    .where("id", "=", id)
    .execute();
}

/** Makes a job a dead letter: kept and shown, its dedupe key free for a new one. */
export async function buryJob(db: Db, id: number, now: number, fault: string): Promise<void> {
  await db
    .updateTable("jobs")
    .set({ dead_at: now, fault, lease_until: null, dedupe_key: null })
    .where("id", "=", id)
    .execute();
}

/**
 * At the start of the single process that owns a SQLite file: every lease is a dead process's, so all are released at
 * once, and jobs that were claimed `maxClaims` times without an end are dead letters: they may be what kills it.
 */
export async function releaseAllLeases(db: Db, now: number, maxClaims: number): Promise<void> {
  await db
    .updateTable("jobs")
    .set({ dead_at: now, fault: "The server ended each time it ran this.", dedupe_key: null })
    .where("lease_until", "is not", null)
    .where("dead_at", "is", null)
    .where("attempts", ">=", maxClaims)
    .execute();
  await db.updateTable("jobs").set({ lease_until: null }).where("lease_until", "is not", null).execute();
}

/** When the next delayed job becomes ready, ms; null when none is delayed. Index: jobs_ready, one probe a lane. */
export async function nextRunAt(db: Db, now: number): Promise<number | null> {
  const probe = (lane: Lane) => sql`
    select run_at from (select run_at from jobs where dead_at is null and lane = ${lane} and run_at > ${now}
      order by run_at limit 1)`;
  const { rows } = await sql<{ next: number | null }>`
    select min(run_at) as next from (${probe(0)} union all ${probe(1)} union all ${probe(2)})`.execute(db);
  return rows[0]?.next ?? null;
}
