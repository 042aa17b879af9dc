import { EventEmitter } from "node:events";
import { getLogger } from "@logtape/logtape";
import {
  type Job,
  run,
  type Runner,
  runOnce,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import type { Pool } from "pg";
import type { App } from "../context.ts";
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
import type { JobHandler } from "../store/jobs.ts";
import { engineLogger, guardConnections, installJobEngine } from "./engine.ts";
import { type Outcome, runAttempt, throwUnexpected } from "./run.ts";
import { bulkSlots, DEFAULT_CONCURRENCY, type Worker, type WorkerOptions } from "./worker-types.ts";

const POLL_MS = 2_000;
const BEAT_EVERY_MS = 15_000;
/** Every so many beats, jobs of dead processes are released: at most 60 + 30 + some seconds after their death. */
const BEATS_PER_REAP = 2;
/** During an upgrade an older worker meets kinds that a newer one will run: they are left alone this long. */
const UNKNOWN_KIND_MS = 3_600_000;
/**
 * Ends of jobs are written in batches. Without, 0.18.0 leaves a refused write (a database restart) to nobody, which ends
 * the process; with them the engine stops instead, and `relaunch` starts it again.
 */
const PRESET = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
const RESTART_MS = 2_000;
const STUCK_MS = 60_000;

/** What one worker knows; the functions below read and change it. */
type Engine = {
  readonly app: App;
  readonly pool: Pool;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly kinds: readonly string[];
  readonly concurrency: number;
  control: AbortController;
  state: "idle" | "started" | "stopping";
  runner: Runner | null;
  /** What the engine writes into `locked_by` of our jobs; a new one with each launch. */
  poolId: string | null;
  bulkRunning: number;
  beats: number;
  beatenAt: number;
  beating: NodeJS.Timeout | undefined;
  restart: NodeJS.Timeout | undefined;
};

/** A worker on graphile-worker: any number of processes, woken by NOTIFY, jobs locked by SKIP LOCKED. */
export function createPostgresWorker(options: WorkerOptions, pool: Pool): Worker {
  guardConnections(pool);
  const engine: Engine = {
    app: options.app,
    pool,
    handlers: options.handlers,
    kinds: Object.keys(options.handlers),
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    control: new AbortController(),
    state: "idle",
    runner: null,
    poolId: null,
    bulkRunning: 0,
    beats: 0,
    beatenAt: 0,
    beating: undefined,
    restart: undefined,
  };
  return {
    async start() {
      if (engine.state !== "idle") throw new Error("The worker is started already.");
      await installJobEngine(options.database);
      await start(engine);
    },
    stop: async (graceMs) => await stop(engine, graceMs),
    // The database notifies all workers at commit.
    wake: () => undefined,
    drain: async (drainOptions = {}) => await drain(engine, drainOptions.failFast === true),
    alive: () =>
      engine.state === "started" &&
      engine.runner !== null &&
      engine.app.clock.now() - engine.beatenAt < STUCK_MS,
  };
}

async function start(engine: Engine): Promise<void> {
  engine.control = new AbortController();
  engine.state = "started";
  try {
    await launch(engine);
  } catch (error) {
    engine.state = "idle";
    throw error;
  }
  engine.beating = setInterval(() => void pulse(engine), BEAT_EVERY_MS);
}

async function stop(engine: Engine, graceMs: number): Promise<void> {
  if (engine.state !== "started") return;
  engine.state = "stopping";
  clearInterval(engine.beating);
  clearTimeout(engine.restart);
  const grace = setTimeout(() => engine.control.abort(), graceMs);
  await engine.runner?.stop();
  clearTimeout(grace);
  if (engine.poolId !== null) await releasePools(engine.app.db, [engine.poolId]);
  engine.runner = null;
  engine.poolId = null;
  engine.state = "idle";
}

async function launch(engine: Engine): Promise<void> {
  const events: WorkerEvents = new EventEmitter();
  events.once("pool:create", ({ workerPool }) => {
    engine.poolId = workerPool.id;
  });
  const runner = await run({
    pgPool: engine.pool,
    taskList: taskList(engine, () => undefined),
    parsedCronItems: [],
    concurrency: engine.concurrency,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: engineLogger(),
    events,
    preset: PRESET,
    forbiddenFlags: () => (engine.bulkRunning >= bulkSlots(engine.concurrency) ? [BULK_FLAG] : null),
  });
  engine.runner = runner;
  const ended = (error: unknown) => {
    if (engine.state === "started" && engine.runner === runner) relaunch(engine, error);
  };
  runner.promise.then(() => ended(null), ended);
  await pulse(engine);
}

/** The engine ends when it cannot settle a job (a database restart): its locks are ours to release, then on again. */
function relaunch(engine: Engine, error: unknown): void {
  getLogger(["causeway", "jobs"]).error("The job engine ended and is started again: {error}", { error });
  const dead = engine.poolId === null ? [] : [engine.poolId];
  engine.runner = null;
  engine.restart = setTimeout(() => void again(engine, dead), RESTART_MS);
}

async function again(engine: Engine, dead: readonly string[]): Promise<void> {
  if (engine.state !== "started") return;
  try {
    await releasePools(engine.app.db, dead);
    engine.poolId = null;
    await launch(engine);
  } catch (error) {
    relaunch(engine, error);
  }
}

/** The engine runs one task for each kind of job; `after` sees what became of each try. */
function taskList(engine: Engine, after: (outcome: Outcome) => void): TaskList {
  return Object.fromEntries(
    engine.kinds.map((kind) => [
      kind,
      async (payload, helpers) => after(await execute(engine, payload, helpers.job)),
    ]),
  );
}

/** Retries and dead letters are written by us, before the engine removes the job: its own back-off is not ours. */
async function execute(engine: Engine, payload: unknown, job: Job): Promise<Outcome> {
  const envelope = payload as Envelope;
  const id = Number(job.id);
  const kind = job.task_identifier;
  // Attempts of the engine beyond the first are claims that ended with their process.
  const number = envelope.tries + job.attempts;
  const bulk = envelope.lane === 2 ? 1 : 0;
  engine.bulkRunning += bulk;
  try {
    const attempt = { id, kind, payload: envelope.body, number, createdAt: envelope.createdAt };
    const outcome = await runAttempt(engine.app, engine.handlers, attempt, engine.control.signal);
    const { db, clock } = engine.app;
    if (outcome.type === "dead") await addEngineDead(db, { kind, envelope }, outcome.fault);
    if (outcome.type === "retry")
      await addEngineRetry(db, { id, kind, envelope }, { ...outcome, now: clock.now() });
    return outcome;
  } finally {
    engine.bulkRunning -= bulk;
  }
}

async function drain(engine: Engine, failFast: boolean): Promise<number> {
  const { db, clock } = engine.app;
  const outcomes: Outcome[] = [];
  const tasks = taskList(engine, (outcome) => outcomes.push(outcome));
  let buried = 0;
  for (let before = -1; before < outcomes.length + buried;) {
    before = outcomes.length + buried;
    await bringForward(db, clock.now());
    await runOnce({
      pgPool: engine.pool,
      taskList: tasks,
      noHandleSignals: true,
      logger: engineLogger(),
      preset: PRESET,
    });
    buried += await buryUnknownKinds(db, engine.kinds, 0);
    if (failFast) outcomes.forEach(throwUnexpected);
  }
  return outcomes.length + buried;
}

/** Says that we live, and takes over from those that stopped saying so. */
async function pulse(engine: Engine): Promise<void> {
  try {
    if (engine.poolId !== null) await beat(engine.app.db, engine.poolId);
    engine.beatenAt = engine.app.clock.now();
    if (engine.beats % BEATS_PER_REAP === 0) await reap(engine);
    engine.beats += 1;
  } catch (error) {
    getLogger(["causeway", "jobs"]).error("The worker could not report to the database: {error}", { error });
  }
}

async function reap(engine: Engine): Promise<void> {
  const dead = await releaseDeadPools(engine.app.db);
  if (dead.length > 0)
    getLogger(["causeway", "jobs"]).warning("Jobs of {count} dead workers were released.", {
      count: dead.length,
    });
  await buryUnknownKinds(engine.app.db, engine.kinds, UNKNOWN_KIND_MS);
}
