import { sql } from "kysely";
import { beatKey, forgetBeats, listQuiet, QUIET_MS } from "./beats.ts";
import { type Db, transaction } from "./database.ts";
import type { DeadJob, JobCounts, NewJob } from "./job-types.ts";

// PostgreSQL: jobs live in graphile-worker's own tables, written through its SQL functions in the caller's transaction.
// Times are handed over as distances from now, so that PostgreSQL's clock alone decides and clocks of machines may differ.

/** What travels in the engine's payload column, so that a retry can be written as a new job. */
export type Envelope = {
  readonly body: unknown;
  readonly createdAt: number;
  /** On the clock of the instance, ms. */
  readonly runAt: number;
  /** Tries that ended with a fault. */
  readonly tries: number;
  readonly lane: number;
  readonly orderingKey: string | null;
  readonly dedupeKey: string | null;
};

/** Bulk jobs carry this flag, so that workers can keep slots free for people who wait. */
export const BULK_FLAG = "bulk";

const ENGINE_MAX_ATTEMPTS = 12;
const QUEUES = 128;

/** Adds up to a few hundred jobs in the caller's transaction; the engine notifies all workers at commit. */
export async function addEngineJobs(tx: Db, jobs: readonly NewJob[]): Promise<void> {
  const delayed = jobs.flatMap((job) => (job.runAt === undefined ? [] : (job.dedupeKey ?? [])));
  const kept = delayed.length === 0 ? new Map<string, number>() : await timesOfWaiting(tx, delayed);
  const specs = jobs.map((job) => ({
    kind: job.kind,
    delay: Math.max(0, (job.runAt ?? job.now) - job.now),
    envelope: toEnvelope(job, kept.get(job.dedupeKey ?? "")),
  }));
  await addSpecs(tx, specs);
}

/** The engine keeps the time of an untried job that is replaced; the envelope has to say the same. */
async function timesOfWaiting(tx: Db, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ key: string; due: number }>`
    select key, (payload ->> 'runAt')::bigint as due from graphile_worker._private_jobs
    where key = any(${keys}::text[]) and locked_at is null and attempts = 0`.execute(tx);
  return new Map(rows.map((row) => [row.key, row.due]));
}

type Spec = { readonly kind: string; readonly delay: number; readonly envelope: Envelope };

function toEnvelope(job: NewJob, keptTime: number | undefined): Envelope {
  return {
    body: job.payload ?? null,
    createdAt: job.now,
    runAt: keptTime ?? job.runAt ?? job.now,
    tries: 0,
    lane: job.lane ?? 1,
    orderingKey: job.orderingKey ?? null,
    dedupeKey: job.dedupeKey ?? null,
  };
}

/**
 * Looking for a job, the engine locks the row of every free queue, so queues are few: ordering keys share them by hash
 * (FNV-1a). Measured with 5,000 keys of their own: 530 jobs a second; in 128 queues about 1,800.
 */
function queueOf(orderingKey: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(orderingKey)) hash = Math.imul(hash ^ byte, 0x01000193);
  return `order-${(hash >>> 0) % QUEUES}`;
}

/**
 * The engine orders by time alone, so rows of one call are set a microsecond apart, the last at the clock's now: first in
 * stays first out, and none is in the future when the notification arrives.
 */
async function addSpecs(db: Db, specs: readonly Spec[]): Promise<readonly number[]> {
  const input = specs.map((spec, index) => ({
    identifier: spec.kind,
    payload: spec.envelope,
    queue_name: spec.envelope.orderingKey === null ? null : queueOf(spec.envelope.orderingKey),
    delay_ms: spec.delay,
    back_us: specs.length - index,
    job_key: spec.envelope.dedupeKey,
    priority: spec.envelope.lane,
    bulk: spec.envelope.lane === 2,
  }));
  const { rows } = await sql<{ id: number }>`
    select id from graphile_worker.add_jobs(
      array(select row(
          identifier, payload, queue_name,
          clock_timestamp() + delay_ms * interval '1 millisecond' - back_us * interval '1 microsecond',
          ${ENGINE_MAX_ATTEMPTS}::smallint, job_key, priority::smallint,
          case when bulk then array[${BULK_FLAG}::text] end
        )::graphile_worker.job_spec
        from json_to_recordset(${JSON.stringify(input)}::json) as given(identifier text, payload json, queue_name text,
          delay_ms float8, back_us int, job_key text, priority int, bulk boolean)),
      true)`.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Writes the next try of a job whose handler failed, before the engine removes the failed one: a crash between the two
 * runs it once more, never not at all. A keyed job that was replaced meanwhile needs no other try.
 */
export async function addEngineRetry(
  db: Db,
  job: { readonly id: number; readonly kind: string; readonly envelope: Envelope },
  again: { readonly now: number; readonly delayMs: number; readonly countsTry: boolean },
): Promise<void> {
  if (job.envelope.dedupeKey !== null && (await wasReplaced(db, job.id))) return;
  const envelope = {
    ...job.envelope,
    runAt: again.now + again.delayMs,
    tries: job.envelope.tries + (again.countsTry ? 1 : 0),
  };
  await addSpecs(db, [{ kind: job.kind, delay: again.delayMs, envelope }]);
}

async function wasReplaced(db: Db, id: number): Promise<boolean> {
  const { rows } = await sql<{
    key: string | null;
  }>`select key from graphile_worker.jobs where id = ${id}`.execute(db);
  return rows[0] !== undefined && rows[0].key === null;
}

/** Writes a job that failed for good as a dead letter; the engine then removes the one that was running. */
export async function addEngineDead(
  db: Db,
  job: { readonly kind: string; readonly envelope: Envelope },
  fault: string,
): Promise<void> {
  await transaction(db, async (tx) => {
    const envelope = { ...job.envelope, dedupeKey: null, orderingKey: null };
    const ids = await addSpecs(tx, [{ kind: job.kind, delay: 0, envelope }]);
    await sql`select 1 from graphile_worker.permanently_fail_jobs(${ids}::bigint[], ${fault})`.execute(tx);
  });
}

/** Buries jobs of kinds nobody runs once they were ready for `olderThanMs`. Returns how many. */
export async function buryUnknownKinds(
  db: Db,
  known: readonly string[],
  olderThanMs: number,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from graphile_worker.permanently_fail_jobs(
      array(select id from graphile_worker.jobs
        where locked_at is null and attempts < max_attempts and task_identifier <> all(${known}::text[])
          and run_at <= now() - ${olderThanMs}::float8 * interval '1 millisecond' limit 1000),
      'No part of this version runs this kind of job.')`.execute(db);
  return rows.length;
}

/** For `drain`: what is due on the instance's clock becomes due on PostgreSQL's, in the same order. */
export async function bringForward(db: Db, now: number): Promise<void> {
  await sql`
    select 1 from (select id, (payload ->> 'runAt')::bigint as due from graphile_worker._private_jobs
        where locked_at is null and attempts < max_attempts and run_at > now()) as waiting,
      lateral graphile_worker.reschedule_jobs(array[waiting.id], now() + (waiting.due - ${now}) * interval '1 millisecond')
    where waiting.due <= ${now}`.execute(db);
}

/** How much work waits, on PostgreSQL's clock. */
export async function engineCounts(db: Db): Promise<JobCounts> {
  const { rows } = await sql<JobCounts>`
    select
      count(*) filter (where locked_at is null and attempts < max_attempts and run_at <= now()) as ready,
      count(*) filter (where locked_at is null and attempts < max_attempts and run_at > now()) as delayed,
      count(*) filter (where locked_at is not null) as leased,
      count(*) filter (where locked_at is null and attempts >= max_attempts) as dead
    from graphile_worker.jobs`.execute(db);
  return rows[0] ?? { ready: 0, delayed: 0, leased: 0, dead: 0 };
}

/** The newest dead letters. */
export async function engineDead(db: Db, limit: number): Promise<readonly DeadJob[]> {
  const { rows } = await sql<DeadJob>`
    select dead.id, tasks.identifier as kind, coalesce((dead.payload ->> 'tries')::int, 0) as tries,
      coalesce(dead.last_error, '') as fault, (dead.payload ->> 'createdAt')::bigint as "createdAt"
    from graphile_worker._private_jobs as dead join graphile_worker._private_tasks as tasks on tasks.id = dead.task_id
    where dead.locked_at is null and dead.attempts >= dead.max_attempts
    order by dead.id desc limit ${limit}`.execute(db);
  return rows;
}

/** Writes a dead letter anew with all its tries. */
export async function retryEngineDead(db: Db, id: number): Promise<boolean> {
  return await transaction(db, async (tx) => {
    const { rows } = await sql<{ kind: string; payload: Envelope }>`
      select tasks.identifier as kind, dead.payload
      from graphile_worker._private_jobs as dead join graphile_worker._private_tasks as tasks on tasks.id = dead.task_id
      where dead.id = ${id} and dead.locked_at is null and dead.attempts >= dead.max_attempts`.execute(tx);
    const dead = rows[0];
    if (dead === undefined) return false;
    await addSpecs(tx, [{ kind: dead.kind, delay: 0, envelope: { ...dead.payload, tries: 0 } }]);
    await sql`select 1 from graphile_worker.complete_jobs(${[id]}::bigint[])`.execute(tx);
    return true;
  });
}

/** Removes dead letters older than `keptMs`. */
export async function sweepEngineDead(db: Db, keptMs: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    select id from graphile_worker.complete_jobs(
      array(select id from graphile_worker.jobs where locked_at is null and attempts >= max_attempts
        and updated_at < now() - ${keptMs}::float8 * interval '1 millisecond' limit 1000))`.execute(db);
  return rows.length;
}

/** A crew that beats no more though its connection is there is not thought dead before this: its process may be busy. */
export const FROZEN_MS = 60_000;

/** What a connection is asked with. */
type Connection = { query(text: string, values: readonly unknown[]): Promise<unknown> };

/**
 * Binds the life of a crew to a connection that stays open as long as the crew does: PostgreSQL lets go of the lock when
 * the process ends, however it ends. A lock that is not got, since the last connection is not known to be dead yet,
 * changes nothing: then the beats decide.
 */
export async function holdCrew(connection: Connection, poolId: string): Promise<void> {
  await connection.query("select pg_try_advisory_lock(hashtextextended($1, 0))", [crewLock(poolId)]);
}

function crewLock(poolId: string): string {
  return `causeway worker ${poolId}`;
}

/**
 * Unlocks the jobs of crews that stopped beating: graphile-worker itself waits four hours. Whose connection is gone has
 * `QUIET_MS`, others `FROZEN_MS`. A crew that is alive after all (its process was frozen) loses nothing: the job runs twice
 * at most, which handlers allow for.
 * @returns the ids of the crews that were found dead.
 */
export async function releaseDeadPools(db: Db): Promise<readonly string[]> {
  const quiet = await listQuiet(db, "worker", QUIET_MS);
  if (quiet.length === 0) return [];
  const frozen = await listQuiet(db, "worker", FROZEN_MS);
  const { rows } = await sql<{ pool: string }>`
    select pool from unnest(${quiet.map(crewLock)}::text[], ${quiet}::text[]) as quiet (lock, pool)
    where pg_try_advisory_xact_lock(hashtextextended(lock, 0))`.execute(db);
  const dead = [...new Set([...frozen, ...rows.map(({ pool }) => pool)])];
  await releasePools(db, dead);
  return dead;
}

/** The same for those that have never beaten, or of which others forgot it. Reads all jobs. */
export async function releaseStrayPools(db: Db): Promise<readonly string[]> {
  const { rows } = await sql<{ pool: string }>`
    select distinct jobs.locked_by as pool from graphile_worker.jobs as jobs
    where jobs.locked_at < clock_timestamp() - ${FROZEN_MS}::float8 * interval '1 millisecond'
      and not exists (select 1 from kv where kv.key = ${beatKey("worker", sql`jobs.locked_by`)})`.execute(db);
  const pools = rows.map((row) => row.pool);
  await releasePools(db, pools);
  return pools;
}

/** Unlocks all jobs of the given crews and forgets their beats: for crews known to be gone. */
export async function releasePools(db: Db, pools: readonly string[]): Promise<void> {
  if (pools.length === 0) return;
  await sql`select graphile_worker.force_unlock_workers(${pools}::text[])`.execute(db);
  await forgetBeats(db, "worker", pools);
}
