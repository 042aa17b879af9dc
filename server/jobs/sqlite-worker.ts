import { getLogger } from "@logtape/logtape";
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
import { GiveUp, MAX_CLAIMS, RetryLater } from "../store/jobs.ts";
import { type Outcome, runAttempt } from "./run.ts";
import { bulkSlots, DEFAULT_CONCURRENCY, type Worker, type WorkerOptions } from "./worker-types.ts";

/** Looks for work at least this often, in case a wake was missed. */
const POLL_MS = 2_000;
const HEARTBEAT_MS = LEASE_MS / 3;
/** Longer without a completed look and the worker counts as stuck. */
const STUCK_MS = 30_000;

/** A worker that claims from the `jobs` table in this process, the only one that has the SQLite file. */
export function createSqliteWorker(options: WorkerOptions): Worker {
  const { app, handlers } = options;
  const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
  const log = getLogger(["causeway", "jobs"]);
  const running = new Map<number, { readonly job: ClaimedJob; readonly end: Promise<void> }>();
  let done: number[] = [];
  let control = new AbortController();
  let state: "idle" | "started" | "stopping" = "idle";
  let step: Promise<void> | null = null;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let heartbeat: NodeJS.Timeout | undefined;
  let lookedAt = 0;

  const attemptOf = (job: ClaimedJob) => ({
    id: job.id,
    kind: job.kind,
    payload: fromJson<unknown>(job.payload, null),
    number: job.attempt,
    createdAt: job.createdAt,
  });

  /** Done jobs are collected and removed together at the next step: one commit for many. */
  const settle = async (job: ClaimedJob, outcome: Outcome): Promise<void> => {
    const now = app.clock.now();
    if (outcome.type === "done") done.push(job.id);
    else if (outcome.type === "dead") await buryJob(app.db, job.id, now, outcome.fault);
    else if (control.signal.aborted) await retryJob(app.db, job.id, { runAt: now, fault: outcome.fault, countsTry: false });
    else
      await retryJob(app.db, job.id, { runAt: now + outcome.delayMs, fault: outcome.fault, countsTry: outcome.countsTry });
  };

  const begin = (job: ClaimedJob): void => {
    const work = async () => {
      try {
        await settle(job, await runAttempt(app, handlers, attemptOf(job), control.signal));
      } catch (error) {
        // The database refused: the lease ends by itself and the job runs again.
        log.error("Job {job} could not be settled: {error}", { job: job.id, error });
      } finally {
        running.delete(job.id);
        wake();
      }
    };
    running.set(job.id, { job, end: Promise.resolve().then(work) });
  };

  const flush = async (): Promise<void> => {
    const ids = done;
    done = [];
    try {
      await finishJobs(app.db, ids);
    } catch (error) {
      done.push(...ids);
      throw error;
    }
  };

  const look = async (): Promise<void> => {
    await flush();
    if (state !== "started") return;
    const now = app.clock.now();
    const bulk = [...running.values()].filter(({ job }) => job.lane === 2).length;
    const room = { limit: concurrency - running.size, bulkLimit: Math.max(0, bulkSlots(concurrency) - bulk) };
    const jobs = await claimJobs(app.db, now, room);
    for (const job of jobs) begin(job);
    lookedAt = now;
    const next = jobs.length > 0 ? null : await nextRunAt(app.db, now);
    sleepUntil(next === null ? POLL_MS : Math.min(POLL_MS, Math.max(1, next - now)));
  };

  const sleepUntil = (ms: number): void => {
    clearTimeout(timer);
    if (state === "started") timer = setTimeout(wake, ms);
  };

  /** At most one step runs at a time; a wake during a step asks for one more. */
  const wake = (): void => {
    if (state === "idle") return;
    again = true;
    step ??= run();
  };

  const run = async (): Promise<void> => {
    // One turn of the event loop, so that the ends of many jobs and many wakes make one step.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (again) {
        again = false;
        await look();
      }
    } catch (error) {
      log.error("Jobs could not be claimed: {error}", { error });
      sleepUntil(POLL_MS);
    } finally {
      step = null;
    }
    if (again && state === "started") wake();
  };

  const extend = async (): Promise<void> => {
    try {
      await extendLeases(app.db, [...running.keys()], app.clock.now());
    } catch (error) {
      log.error("Leases could not be extended: {error}", { error });
    }
  };

  return {
    async start() {
      if (state !== "idle") throw new Error("The worker is started already.");
      await releaseAllLeases(app.db, app.clock.now(), MAX_CLAIMS);
      control = new AbortController();
      state = "started";
      lookedAt = app.clock.now();
      heartbeat = setInterval(() => void extend(), HEARTBEAT_MS);
      wake();
    },
    async stop(graceMs) {
      if (state !== "started") return;
      state = "stopping";
      clearTimeout(timer);
      clearInterval(heartbeat);
      await step;
      const ends = () => Promise.all([...running.values()].map(({ end }) => end));
      const grace = setTimeout(() => control.abort(), graceMs);
      await ends();
      clearTimeout(grace);
      await step;
      await flush();
      state = "idle";
    },
    wake,
    async drain(drainOptions = {}) {
      for (let count = 0; ; count += 1) {
        const [job] = await claimJobs(app.db, app.clock.now(), { limit: 1, bulkLimit: 1 });
        if (job === undefined) return count;
        const outcome = await runAttempt(app, handlers, attemptOf(job), control.signal);
        await settle(job, outcome);
        await flush();
        if (drainOptions.failFast === true) throwUnexpected(outcome);
      }
    },
    alive: () => state === "started" && app.clock.now() - lookedAt < STUCK_MS,
  };
}

/** Throws what a handler threw, unless it asked for another time or gave up. */
export function throwUnexpected(outcome: Outcome): void {
  if (outcome.type === "done" || outcome.error === null) return;
  if (outcome.error instanceof RetryLater || outcome.error instanceof GiveUp) return;
  throw outcome.error;
}
