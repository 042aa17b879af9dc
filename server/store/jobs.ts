import { sql } from "kysely";
import type { App } from "../context.ts";
import { toJson } from "./codec.ts";
import { type Db, dialectOf } from "./database.ts";
import {
  DELIVER,
  deliveryCounts,
  listDeadDeliveries,
  retryDeadDelivery,
  sweepDeadDeliveries,
} from "./delivery-letters.ts";
import { addEngineJobs, engineCounts, engineDead, retryEngineDead, sweepEngineDead } from "./job-engine.ts";
import type { DeadJob, JobCounts, Lane, NewJob } from "./job-types.ts";

export type { DeadJob, JobCounts, Lane, NewJob };

export type JobContext = {
  /** 1 at the first try. */
  readonly attempt: number;
  readonly createdAt: number;
  /** Aborted when the try takes too long or the server stops. */
  readonly signal: AbortSignal;
};

/** Throw to be tried again with back-off; throw `RetryLater` to choose when, `GiveUp` when trying again is pointless. */
export type JobHandler = (app: App, payload: unknown, context: JobContext) => Promise<void>;

/** Asks for another try after `delayMs`, without using up one of the tries (a closed circuit, a busy host). */
export class RetryLater extends Error {
  readonly delayMs: number;

  constructor(delayMs: number, reason = "asked to be tried later") {
    super(reason);
    this.name = "RetryLater";
    this.delayMs = delayMs;
  }
}

/** Sends the job to the dead letters at once: its reason is what administrators read there. */
export class GiveUp extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "GiveUp";
  }
}

/** Tries of a job that fails by itself; then it is a dead letter. */
export const MAX_TRIES = 10;
/** Claims of a job, counting those that ended with the process: one that kills its process must not do so for ever. */
export const MAX_CLAIMS = 12;

/** Dead letters are kept this long (docs/threats.md, defaults). */
export const DEAD_KEPT_MS = 30 * 86_400_000;

const CHUNK = 500;

/** Writes a job in the caller's transaction: it exists if and only if the transaction commits. Then call `app.wake()`. */
export async function enqueue(tx: Db, job: NewJob): Promise<void> {
  await enqueueMany(tx, [job]);
}

/** Writes many jobs in the caller's transaction, in chunks. Of several with one dedupe key the last counts. */
export async function enqueueMany(tx: Db, jobs: readonly NewJob[]): Promise<void> {
  const distinct = withoutDoubles(jobs);
  const add = dialectOf(tx) === "postgres" ? addEngineJobs : addRows;
  for (let start = 0; start < distinct.length; start += CHUNK)
    await add(tx, distinct.slice(start, start + CHUNK));
}

function withoutDoubles(jobs: readonly NewJob[]): readonly NewJob[] {
  const last = new Map<string, NewJob>();
  for (const job of jobs) if (job.dedupeKey !== undefined) last.set(job.dedupeKey, job);
  return jobs.filter((job) => job.dedupeKey === undefined || last.get(job.dedupeKey) === job);
}

async function addRows(tx: Db, jobs: readonly NewJob[]): Promise<void> {
  const keys = jobs.flatMap((job) => job.dedupeKey ?? []);
  if (keys.length > 0) await freeKeysOfRunning(tx, keys, Math.max(...jobs.map((job) => job.now)));
  await tx
    .insertInto("jobs")
    .values(jobs.map(toRow))
    .onConflict((conflict) =>
      conflict.column("dedupe_key").doUpdateSet({
        kind: (eb) => eb.ref("excluded.kind"),
        payload: (eb) => eb.ref("excluded.payload"),
        lane: (eb) => eb.ref("excluded.lane"),
        ordering_key: (eb) => eb.ref("excluded.ordering_key"),
        // A job that has not been tried keeps its time, so that a stream of new ones cannot put it off for ever.
        run_at: sql<number>`case when jobs.attempts = 0 then jobs.run_at else excluded.run_at end`,
        attempts: 0,
        fault: null,
      }),
    )
    .execute();
}

/** A job that is being run read the world before this change, so the new one may not merge into it. */
async function freeKeysOfRunning(tx: Db, keys: readonly string[], now: number): Promise<void> {
  await tx
    .updateTable("jobs")
    .set({ dedupe_key: null })
    .where("dedupe_key", "in", keys)
    .where((eb) => eb.or([eb("lease_until", ">", now), eb("dead_at", "is not", null)]))
    .execute();
}

function toRow(job: NewJob) {
  return {
    id: job.id,
    kind: job.kind,
    payload: toJson(job.payload ?? null),
    run_at: job.runAt ?? job.now,
    attempts: 0,
    lease_until: null,
    ordering_key: job.orderingKey ?? null,
    dedupe_key: job.dedupeKey ?? null,
    lane: job.lane ?? 1,
    dead_at: null,
    fault: null,
    created_at: job.now,
  };
}

/** How much work waits, deliveries included; one pass over the tables, so callers cache it for seconds. */
export async function jobCounts(db: Db, now: number): Promise<JobCounts> {
  const jobs = dialectOf(db) === "postgres" ? await engineCounts(db) : await rowCounts(db, now);
  const deliveries = await deliveryCounts(db, now);
  return {
    ready: jobs.ready + deliveries.ready,
    delayed: jobs.delayed + deliveries.delayed,
    leased: jobs.leased + deliveries.leased,
    dead: jobs.dead + deliveries.dead,
  };
}

async function rowCounts(db: Db, now: number): Promise<JobCounts> {
  const { rows } = await sql<JobCounts>`
    select
      coalesce(sum(dead_at is null and run_at <= ${now} and coalesce(lease_until, 0) <= ${now}), 0) as ready,
      coalesce(sum(dead_at is null and run_at > ${now} and coalesce(lease_until, 0) <= ${now}), 0) as delayed,
      coalesce(sum(dead_at is null and lease_until > ${now}), 0) as leased,
      coalesce(sum(dead_at is not null), 0) as dead
    from jobs`.execute(db);
  return rows[0] ?? { ready: 0, delayed: 0, leased: 0, dead: 0 };
}

/** The newest dead letters, deliveries included, for the people who run the server. */
export async function listDead(db: Db, limit = 50): Promise<readonly DeadJob[]> {
  const both = [...(await listDeadJobs(db, limit)), ...(await listDeadDeliveries(db, limit))];
  return both.toSorted((a, b) => b.createdAt - a.createdAt).slice(0, limit);
}

/** The newest of them without deliveries. */
export async function listDeadJobs(db: Db, limit: number): Promise<readonly DeadJob[]> {
  return dialectOf(db) === "postgres" ? await engineDead(db, limit) : await deadRows(db, limit);
}

async function deadRows(db: Db, limit: number): Promise<readonly DeadJob[]> {
  const rows = await db
    .selectFrom("jobs")
    .select(["id", "kind", "attempts as tries", "fault", "created_at as createdAt"])
    .where("dead_at", "is not", null)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, fault: row.fault ?? "" }));
}

/**
 * Gives a dead letter all its tries back, from now. Ids of deliveries are counted apart from those of jobs, so their kind
 * has to be said. Answers whether there was such a dead letter.
 */
export async function retryDead(db: Db, id: number, now: number, kind = ""): Promise<boolean> {
  if (kind === DELIVER) return await retryDeadDelivery(db, id, now);
  if (dialectOf(db) === "postgres") return await retryEngineDead(db, id);
  const result = await db
    .updateTable("jobs")
    .set({ dead_at: null, fault: null, attempts: 0, run_at: now, lease_until: null })
    .where("id", "=", id)
    .where("dead_at", "is not", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Removes dead letters older than 30 days. Returns how many. */
export async function sweepJobs(db: Db, now: number): Promise<number> {
  const deliveries = await sweepDeadDeliveries(db, now - DEAD_KEPT_MS);
  if (dialectOf(db) === "postgres") return deliveries + (await sweepEngineDead(db, DEAD_KEPT_MS));
  const result = await db
    .deleteFrom("jobs")
    .where("dead_at", "<", now - DEAD_KEPT_MS)
    .executeTakeFirst();
  return deliveries + Number(result.numDeletedRows);
}
