import { EventEmitter } from "node:events";
import { getLogger } from "@logtape/logtape";
import { type Job, run, type Runner, runOnce, type TaskList, type WorkerEvents } from "graphile-worker";
import type { Pool } from "pg";
import type { App } from "../context.ts";
import { beat, BEAT_EVERY_MS } from "../store/beats.ts";
import {
  addEngineDead,
  addEngineRetry,
  bringForward,
  BULK_FLAG,
  buryUnknownKinds,
  type Envelope,
  holdCrew,
  releaseDeadPools,
  releasePools,
  releaseStrayPools,
} from "../store/job-engine.ts";
import type { JobHandler } from "../store/jobs.ts";
import { engineLogger, guardConnections, installJobEngine } from "./engine.ts";
import { type Outcome, runAttempt, throwUnexpected } from "./run.ts";
import { bulkSlots, DEFAULT_CONCURRENCY, type Worker, type WorkerOptions } from "./worker-types.ts";

const POLL_MS = 2_000;
/** Every so many beats all jobs are looked through for what nobody will ever run. */
const BEATS_PER_SEARCH = 6;
/** During an upgrade an older worker meets kinds that a newer one will run: they are left alone this long. */
const UNKNOWN_KIND_MS = 3_600_000;
/**
 * Ends of jobs are written in batches. Without, 0.18.0 leaves a refused write (a database restart) to nobody, which ends
 * the process; with them the engine stops instead, and `relaunch` starts it again.
 */
const PRESET = { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
const RESTART_MS = 2_000;
const STUCK_MS = 60_000;

/** Some workers of the engine that share a lock name; a crew that ends is replaced by a new one. */
type Crew = { readonly runner: Runner; readonly poolId: string };
type CrewPlan = { readonly concurrency: number; readonly refuses: readonly string[] };

/** What one worker knows; the functions below read and change it. */
type Engine = {
  readonly app: App;
  readonly pool: Pool;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly kinds: readonly string[];
  readonly plans: readonly CrewPlan[];
  readonly crews: Set<Crew>;
  readonly restarts: Set<NodeJS.Timeout>;
  control: AbortController;
  state: "idle" | "started" | "stopping";
  beats: number;
  beatenAt: number;
  beating: NodeJS.Timeout | undefined;
};

/** A worker on graphile-worker: any number of processes, woken by NOTIFY, jobs locked by SKIP LOCKED. */
export function createPostgresWorker(options: WorkerOptions, pool: Pool): Worker {
  guardConnections(pool);
  const engine: Engine = {
    app: options.app,
    pool,
    handlers: options.handlers,
    kinds: Object.keys(options.handlers),
    plans: plansFor(options.concurrency ?? DEFAULT_CONCURRENCY),
    crews: new Set(),
    restarts: new Set(),
    control: new AbortController(),
    state: "idle",
    beats: 0,
    beatenAt: 0,
    beating: undefined,
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
      engine.crews.size === engine.plans.length &&
      engine.app.clock.now() - engine.beatenAt < STUCK_MS,
  };
}

/** One crew takes anything; a smaller one never takes bulk jobs, so that those cannot fill all slots. */
function plansFor(concurrency: number): readonly CrewPlan[] {
  const bulk = bulkSlots(concurrency);
  return [
    { concurrency: bulk, refuses: [] },
    { concurrency: concurrency - bulk, refuses: [BULK_FLAG] },
  ].filter((plan) => plan.concurrency > 0);
}

async function start(engine: Engine): Promise<void> {
  engine.control = new AbortController();
  engine.state = "started";
  try {
    for (const plan of engine.plans) await launch(engine, plan);
  } catch (error) {
    await stop(engine, 0);
    throw error;
  }
  engine.beating = setInterval(() => void pulse(engine), BEAT_EVERY_MS);
  await pulse(engine);
}

async function stop(engine: Engine, graceMs: number): Promise<void> {
  if (engine.state !== "started") return;
  engine.state = "stopping";
  clearInterval(engine.beating);
  engine.restarts.forEach(clearTimeout);
  engine.restarts.clear();
  const grace = setTimeout(() => engine.control.abort(), graceMs);
  const crews = [...engine.crews];
  await Promise.all(crews.map(({ runner }) => runner.stop()));
  clearTimeout(grace);
  await releasePools(
    engine.app.db,
    crews.map(({ poolId }) => poolId),
  );
  engine.crews.clear();
  engine.state = "idle";
}

async function launch(engine: Engine, plan: CrewPlan): Promise<void> {
  const events: WorkerEvents = new EventEmitter();
  let poolId = "";
  events.once("pool:create", ({ workerPool }) => {
    poolId = workerPool.id;
  });
  // The connection on which the engine listens is there as long as the crew is: when its process dies, others learn of it.
  // It is asked when it has nothing else to do; what it holds of a crew that ended is the name of nobody.
  events.on("pool:listen:success", ({ client, workerPool }) => {
    client.once("drain", () => void holdCrew(client, workerPool.id).catch(sayWhatHappened));
  });
  const runner = await run({
    pgPool: engine.pool,
    taskList: taskList(engine, () => undefined),
    parsedCronItems: [],
    concurrency: plan.concurrency,
    pollInterval: POLL_MS,
    noHandleSignals: true,
    logger: engineLogger(),
    events,
    preset: PRESET,
    forbiddenFlags: [...plan.refuses],
  });
  const crew = { runner, poolId };
  engine.crews.add(crew);
  const ended = () => replace(engine, crew, plan);
  // The runner's promise does not settle in every such case (0.18.0), so its event counts as well.
  events.once("pool:gracefulShutdown:complete", ended);
  runner.promise.then(ended, ended);
  await beat(engine.app.db, "worker", poolId);
}

/** The beats are what counts; with a broken connection its lock is gone as well. */
function sayWhatHappened(error: unknown): void {
  getLogger(["causeway", "jobs"]).debug("The connection of a crew could not be marked: {error}", { error });
}

/** The engine ends a crew when it cannot settle a job (a database restart): its locks are ours to release, then on again. */
function replace(engine: Engine, crew: Crew, plan: CrewPlan): void {
  if (engine.state !== "started" || !engine.crews.delete(crew)) return;
  getLogger(["causeway", "jobs"]).error("The job engine ended and is started again.");
  crew.runner.stop().catch(() => undefined);
  startAgain(engine, plan, [crew.poolId]);
}

function startAgain(engine: Engine, plan: CrewPlan, dead: readonly string[]): void {
  const timer = setTimeout(() => {
    engine.restarts.delete(timer);
    void relaunch(engine, plan, dead);
  }, RESTART_MS);
  engine.restarts.add(timer);
}

async function relaunch(engine: Engine, plan: CrewPlan, dead: readonly string[]): Promise<void> {
  try {
    await releasePools(engine.app.db, dead);
    if (engine.state === "started") await launch(engine, plan);
  } catch (error) {
    getLogger(["causeway", "jobs"]).error("The job engine could not be started: {error}", { error });
    if (engine.state === "started") startAgain(engine, plan, dead);
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
  const attempt = { id, kind, payload: envelope.body, number, createdAt: envelope.createdAt };
  const outcome = await runAttempt(engine.app, engine.handlers, attempt, engine.control.signal);
  const { db, clock } = engine.app;
  if (outcome.type === "dead") await addEngineDead(db, { kind, envelope }, outcome.fault);
  if (outcome.type === "retry")
    await addEngineRetry(db, { id, kind, envelope }, { ...outcome, now: clock.now() });
  return outcome;
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
    for (const { poolId } of engine.crews) await beat(engine.app.db, "worker", poolId);
    engine.beatenAt = engine.app.clock.now();
    await reap(engine, engine.beats % BEATS_PER_SEARCH === 0);
    engine.beats += 1;
  } catch (error) {
    getLogger(["causeway", "jobs"]).error("The worker could not report to the database: {error}", { error });
  }
}

async function reap(engine: Engine, isSearch: boolean): Promise<void> {
  const { db } = engine.app;
  const dead = [...(await releaseDeadPools(db)), ...(isSearch ? await releaseStrayPools(db) : [])];
  if (dead.length > 0)
    getLogger(["causeway", "jobs"]).warning("Jobs of {count} dead workers were released.", {
      count: dead.length,
    });
  if (isSearch) await buryUnknownKinds(db, engine.kinds, UNKNOWN_KIND_MS);
}
