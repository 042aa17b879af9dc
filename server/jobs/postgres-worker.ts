import { getLogger } from "@logtape/logtape";
import { EventEmitter } from "node:events";
import { type Job, makeWorkerUtils, run, type Runner, runOnce, type TaskList, type WorkerEvents } from "graphile-worker";
import type { Pool } from "pg";
import {
  addEngineDead,
  addEngineRetry,
  beat,
  bringForward,
  BULK_FLAG,
  buryUnknownKinds,
  type Envelope,
  releaseDeadPools,
  releasePools,
} from "../store/job-engine.ts";
import { engineLogger, guardConnections, installJobEngine } from "./engine.ts";
import { type Outcome, runAttempt } from "./run.ts";
import { throwUnexpected } from "./sqlite-worker.ts";
import { bulkSlots, DEFAULT_CONCURRENCY, type Worker, type WorkerOptions } from "./worker-types.ts";

const POLL_MS = 2_000;
const BEAT_EVERY_MS = 15_000;
/** Every so many beats, jobs of dead processes are released: at most 60 + 30 + some seconds after their death. */
const BEATS_PER_REAP = 2;
/** Every so many beats (about an hour), queues without jobs are removed: their names are many. */
const BEATS_PER_CLEANUP = 240;
const UNKNOWN_KIND_MS = 3_600_000;
const RESTART_MS = 2_000;
const STUCK_MS = 60_000;

/** A worker on graphile-worker: any number of processes, woken by NOTIFY, jobs locked by SKIP LOCKED. */
export function createPostgresWorker(options: WorkerOptions, pool: Pool): Worker {
  const { app, handlers } = options;
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  const log = getLogger(["causeway", "jobs"]);
  const kinds = Object.keys(handlers);
  guardConnections(pool);
  let control = new AbortController();
  let state: "idle" | "started" | "stopping" = "idle";
  let runner: Runner | null = null;
  let poolId: string | null = null;
  let bulkRunning = 0;
  let beats = 0;
  let beatenAt = 0;
  let beating: NodeJS.Timeout | undefined;
  let restart: NodeJS.Timeout | undefined;

  /** Never throws for the handler's sake: retries and dead letters are written by us, before the engine removes the job. */
  const execute = async (payload: unknown, job: Job): Promise<Outcome> => {
    const envelope = payload as Envelope;
    const id = Number(job.id);
    // Attempts of the engine beyond the first are claims that ended with their process.
    const number = envelope.tries + job.attempts;
    const attempt = { id, kind: job.task_identifier, payload: envelope.body, number, createdAt: envelope.createdAt };
    const bulk = envelope.lane === 2 ? 1 : 0;
    bulkRunning += bulk;
    try {
      const outcome = await runAttempt(app, handlers, attempt, control.signal);
      await settle({ id, kind: attempt.kind, envelope }, outcome);
      return outcome;
    } finally {
      bulkRunning -= bulk;
    }
  };

  const settle = async (job: { id: number; kind: string; envelope: Envelope }, outcome: Outcome): Promise<void> => {
    const now = app.clock.now();
    if (outcome.type === "dead") await addEngineDead(app.db, job, outcome.fault);
    if (outcome.type !== "retry") return;
    const stopped = control.signal.aborted;
    await addEngineRetry(app.db, job, {
      now,
      delayMs: stopped ? 0 : outcome.delayMs,
      countsTry: outcome.countsTry && !stopped,
    });
  };

  const tasks = (after: (outcome: Outcome) => void): TaskList =>
    Object.fromEntries(
      kinds.map((kind) => [kind, async (payload, helpers) => after(await execute(payload, helpers.job))]),
    );

  const launch = async (): Promise<void> => {
    const events: WorkerEvents = new EventEmitter();
    events.once("pool:create", ({ workerPool }) => {
      poolId = workerPool.id;
    });
    runner = await run({
      pgPool: pool,
      taskList: tasks(() => undefined),
      parsedCronItems: [],
      concurrency,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      logger: engineLogger(),
      events,
      forbiddenFlags: () => (bulkRunning >= bulkSlots(concurrency) ? [BULK_FLAG] : null),
    });
    const launched = runner;
    const ended = (error: unknown) => {
      if (state === "started" && runner === launched) relaunch(error);
    };
    launched.promise.then(() => ended(null), ended);
    await pulse();
  };

  /** The engine ends when it cannot settle a job (a database restart): its locks are ours to release, then on again. */
  const relaunch = (error: unknown): void => {
    log.error("The job engine ended and is started again: {error}", { error });
    const dead = poolId === null ? [] : [poolId];
    poolId = null;
    runner = null;
    restart = setTimeout(() => {
      if (state !== "started") return;
      releasePools(app.db, dead).then(launch).catch(relaunch);
    }, RESTART_MS);
  };

  /** Says that we live, and takes over from those that stopped saying so. */
  const pulse = async (): Promise<void> => {
    try {
      if (poolId !== null) await beat(app.db, poolId);
      beatenAt = app.clock.now();
      if (beats % BEATS_PER_REAP === 0) await reap();
      if (beats % BEATS_PER_CLEANUP === 0) await cleanUp();
      beats += 1;
    } catch (error) {
      log.error("The worker could not report to the database: {error}", { error });
    }
  };

  const reap = async (): Promise<void> => {
    const dead = await releaseDeadPools(app.db);
    if (dead.length > 0) log.warning("Jobs of {count} dead workers were released.", { count: dead.length });
    await buryUnknownKinds(app.db, kinds, UNKNOWN_KIND_MS);
  };

  const cleanUp = async (): Promise<void> => {
    const utils = await makeWorkerUtils({ pgPool: pool, logger: engineLogger() });
    try {
      await utils.cleanup({ tasks: ["GC_JOB_QUEUES"] });
    } finally {
      await utils.release();
    }
  };

  return {
    async start() {
      if (state !== "idle") throw new Error("The worker is started already.");
      await installJobEngine(options.database);
      control = new AbortController();
      state = "started";
      await launch();
      beating = setInterval(() => void pulse(), BEAT_EVERY_MS);
    },
    async stop(graceMs) {
      if (state !== "started") return;
      state = "stopping";
      clearInterval(beating);
      clearTimeout(restart);
      const grace = setTimeout(() => control.abort(), graceMs);
      await runner?.stop();
      clearTimeout(grace);
      if (poolId !== null) await releasePools(app.db, [poolId]);
      runner = null;
      poolId = null;
      state = "idle";
    },
    wake: () => undefined,
    async drain(drainOptions = {}) {
      let count = 0;
      let unexpected: Outcome | null = null;
      const taskList = tasks((outcome) => {
        count += 1;
        if (outcome.type !== "done" && unexpected === null) unexpected = outcome;
      });
      for (let before = -1; before !== count; ) {
        before = count;
        await bringForward(app.db, app.clock.now());
        await runOnce({ pgPool: pool, taskList, noHandleSignals: true, logger: engineLogger() });
        count += await buryUnknownKinds(app.db, kinds, 0);
        if (drainOptions.failFast === true && unexpected !== null) throwUnexpected(unexpected);
      }
      return count;
    },
    alive: () => state === "started" && runner !== null && app.clock.now() - beatenAt < STUCK_MS,
  };
}
