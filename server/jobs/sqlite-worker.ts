import { getLogger } from "@logtape/logtape";
import type { App } from "../context.ts";
import { fromJson } from "../store/codec.ts";
import {
  buryJob,
  claimJobs,
  type ClaimedJob,
  extendLeases,
  finishJobs,
  LEASE_MS,
  nextRunAt,
  releaseAllLeases,
  retryJob,
} from "../store/job-leases.ts";
import { type JobHandler, MAX_CLAIMS } from "../store/jobs.ts";
import { type Outcome, runAttempt, throwUnexpected } from "./run.ts";
import { bulkSlots, type Worker, type WorkerOptions } from "./worker-types.ts";

/** Looks for work at least this often, in case a wake was missed. */
const POLL_MS = 2_000;
const GATHER_MS = 5;
/** Jobs at once. */
const CONCURRENCY = 128;
/** A job of the middle lane that runs longer waits for another server. */
const WAITING_MS = 100;
/** Waiting ones included. */
const MOST_RUNNING = 1_000;
const HEARTBEAT_MS = LEASE_MS / 3;
/** Longer without a completed look and the worker counts as stuck. */
const STUCK_MS = 30_000;

type Running = { readonly job: ClaimedJob; readonly end: Promise<void>; readonly since: number };

/** What one worker knows; the functions below read and change it. */
type Loop = {
  readonly app: App;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly concurrency: number;
  readonly running: Map<number, Running>;
  /** Done and not yet removed: collected, so that one commit removes many. */
  done: number[];
  control: AbortController;
  state: "idle" | "started" | "stopping";
  /** The look that is under way, and whether somebody asked for one more meanwhile. */
  step: Promise<void> | null;
  again: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Set while the ends of some jobs wait for those of others. */
  gathering: NodeJS.Timeout | undefined;
  heartbeat: NodeJS.Timeout | undefined;
  lookedAt: number;
};

/** A worker that claims from the `jobs` table in this process, the only one that has the SQLite file. */
export function createSqliteWorker(options: WorkerOptions): Worker {
  const loop: Loop = {
    app: options.app,
    handlers: options.handlers,
    concurrency: options.concurrency ?? CONCURRENCY,
    running: new Map(),
    done: [],
    control: new AbortController(),
    state: "idle",
    step: null,
    again: false,
    timer: undefined,
    gathering: undefined,
    heartbeat: undefined,
    lookedAt: 0,
  };
  return {
    start: async () => await start(loop),
    stop: async (graceMs) => await stop(loop, graceMs),
    wake: () => wake(loop),
    drain: async (drainOptions = {}) => await drain(loop, drainOptions.failFast === true),
    alive: () => loop.state === "started" && loop.app.clock.now() - loop.lookedAt < STUCK_MS,
  };
}

async function start(loop: Loop): Promise<void> {
  if (loop.state !== "idle") throw new Error("The worker is started already.");
  await releaseAllLeases(loop.app.db, loop.app.clock.now(), MAX_CLAIMS);
  loop.control = new AbortController();
  loop.state = "started";
  loop.lookedAt = loop.app.clock.now();
  loop.heartbeat = setInterval(() => void keepLeases(loop), HEARTBEAT_MS);
  wake(loop);
}

async function stop(loop: Loop, graceMs: number): Promise<void> {
  if (loop.state !== "started") return;
  loop.state = "stopping";
  clearTimeout(loop.timer);
  clearTimeout(loop.gathering);
  loop.gathering = undefined;
  clearInterval(loop.heartbeat);
  await loop.step;
  const grace = setTimeout(() => loop.control.abort(), graceMs);
  await Promise.all([...loop.running.values()].map(({ end }) => end));
  clearTimeout(grace);
  await loop.step;
  await removeDone(loop);
  loop.state = "idle";
}

async function drain(loop: Loop, failFast: boolean): Promise<number> {
  for (let count = 0; ; count += 1) {
    const [job] = await claimJobs(loop.app.db, loop.app.clock.now(), { limit: 1, bulkLimit: 1 });
    if (job === undefined) return count;
    const outcome = await runAttempt(loop.app, loop.handlers, attemptOf(job), loop.control.signal);
    await settle(loop, job, outcome);
    await removeDone(loop);
    if (failFast) throwUnexpected(outcome);
  }
}

/** At most one look runs at a time; a wake during one asks for another. */
function wake(loop: Loop): void {
  if (loop.state === "idle") return;
  loop.again = true;
  loop.step ??= lookUntilQuiet(loop);
}

/** Ends come in showers while many jobs run: waiting a moment removes and claims many at once, for one commit each. */
function wakeAfterAnEnd(loop: Loop): void {
  if (loop.running.size === 0 || loop.done.length >= loop.concurrency / 4) return wake(loop);
  loop.gathering ??= setTimeout(() => {
    loop.gathering = undefined;
    wake(loop);
  }, GATHER_MS);
}

async function lookUntilQuiet(loop: Loop): Promise<void> {
  // One turn of the event loop, so that the ends of many jobs and many wakes make one look.
  await new Promise((resolve) => setImmediate(resolve));
  try {
    while (loop.again) {
      loop.again = false;
      await look(loop);
    }
  } catch (error) {
    getLogger(["causeway", "jobs"]).error("Jobs could not be claimed: {error}", { error });
    sleep(loop, POLL_MS);
  } finally {
    loop.step = null;
  }
}

async function look(loop: Loop): Promise<void> {
  await removeDone(loop);
  if (loop.state !== "started") return;
  const now = loop.app.clock.now();
  const room = roomAt(loop, now);
  const jobs = await claimJobs(loop.app.db, now, room);
  for (const job of jobs) loop.running.set(job.id, { job, end: runClaimed(loop, job), since: now });
  loop.lookedAt = now;
  // All slots are taken: look again when some of those who hold them turn out to be waiting.
  if (jobs.length >= room.limit) return sleep(loop, WAITING_MS);
  const next = jobs.length > 0 ? null : await nextRunAt(loop.app.db, now);
  sleep(loop, next === null ? POLL_MS : Math.min(POLL_MS, Math.max(1, next - now)));
}

/**
 * How many jobs more may run. A job that takes long waits for a slow server and costs us nothing: it leaves its
 * slot to the next one, so that a fifth of the world being slow does not slow the rest.
 */
function roomAt(loop: Loop, now: number): { readonly limit: number; readonly bulkLimit: number } {
  const running = [...loop.running.values()];
  const busy = running.filter(({ job, since }) => job.lane !== 1 || now - since < WAITING_MS).length;
  const bulk = running.filter(({ job }) => job.lane === 2).length;
  return {
    limit: Math.max(0, Math.min(loop.concurrency - busy, MOST_RUNNING - running.length)),
    bulkLimit: Math.max(0, bulkSlots(loop.concurrency) - bulk),
  };
}

function sleep(loop: Loop, ms: number): void {
  clearTimeout(loop.timer);
  if (loop.state === "started") loop.timer = setTimeout(() => wake(loop), ms);
}

async function runClaimed(loop: Loop, job: ClaimedJob): Promise<void> {
  try {
    await settle(loop, job, await runAttempt(loop.app, loop.handlers, attemptOf(job), loop.control.signal));
  } catch (error) {
    // The database refused: the lease ends by itself and the job runs again.
    getLogger(["causeway", "jobs"]).error("Job {job} could not be settled: {error}", { job: job.id, error });
  } finally {
    loop.running.delete(job.id);
    wakeAfterAnEnd(loop);
  }
}

function attemptOf(job: ClaimedJob) {
  const payload = fromJson<unknown>(job.payload, undefined);
  return { id: job.id, kind: job.kind, payload, number: job.attempt, createdAt: job.createdAt };
}

async function settle(loop: Loop, job: ClaimedJob, outcome: Outcome): Promise<void> {
  const { db, clock } = loop.app;
  if (outcome.type === "done") loop.done.push(job.id);
  else if (outcome.type === "dead") await buryJob(db, job.id, clock.now(), outcome.fault);
  else await retryJob(db, job.id, { ...outcome, runAt: clock.now() + outcome.delayMs });
}

async function removeDone(loop: Loop): Promise<void> {
  const ids = loop.done;
  loop.done = [];
  try {
    await finishJobs(loop.app.db, ids);
  } catch (error) {
    loop.done.push(...ids);
    throw error;
  }
}

async function keepLeases(loop: Loop): Promise<void> {
  try {
    await extendLeases(loop.app.db, [...loop.running.keys(), ...loop.done], loop.app.clock.now());
  } catch (error) {
    getLogger(["causeway", "jobs"]).error("Leases could not be extended: {error}", { error });
  }
}
