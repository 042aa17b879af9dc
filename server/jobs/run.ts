// Jobs that are done later: claiming, leases, back-off, dead letters, and maintenance on a schedule.
// May import store/, context and errors; the handlers are handed in. Imported by app.ts and main.ts only.
// SQLite claims in this process; on PostgreSQL graphile-worker does, for any number of processes.

import { getLogger } from "@logtape/logtape";
import type { App } from "../context.ts";
import { backOffMs, fractionOf } from "../store/back-off.ts";
import { GiveUp, type JobHandler, MAX_TRIES, RetryLater } from "../store/jobs.ts";

/** A try that takes longer is aborted and counts as failed: a hung handler may not hold its slot (threats F07). */
export const TRY_LIMIT_MS = 5 * 60_000;
/** Work that takes longer by its nature, and that watches itself. */
const LONG_TRIES_MS: Readonly<Record<string, number>> = {
  film: 180 * 60_000,
  chore: 180 * 60_000,
  lifeboat: 180 * 60_000,
  arrival: 180 * 60_000,
};

/** A job whose handler keeps asking for later is given up after this (held deliveries: docs/threats.md, defaults). */
const HELD_LIMIT_MS = 7 * 86_400_000;

export type Attempt = {
  readonly id: number;
  readonly kind: string;
  /** `undefined`, which is no JSON, of a row that is damaged. */
  readonly payload: unknown;
  /** 1 at the first try. */
  readonly number: number;
  readonly createdAt: number;
};

export type Outcome =
  | { readonly type: "done" }
  | {
      readonly type: "retry";
      readonly delayMs: number;
      readonly fault: string;
      readonly countsTry: boolean;
      readonly error: unknown;
    }
  | { readonly type: "dead"; readonly fault: string; readonly error: unknown };

/** Runs one try of a job and says what becomes of it; never throws. `stop` aborts the try when the server stops. */
export async function runAttempt(
  app: App,
  handlers: Readonly<Record<string, JobHandler>>,
  attempt: Attempt,
  stop: AbortSignal,
): Promise<Outcome> {
  const handler = Object.hasOwn(handlers, attempt.kind) ? handlers[attempt.kind] : undefined;
  // After a downgrade there may be kinds of a newer version: parked and shown, not a crash (threats F38).
  if (handler === undefined)
    return { type: "dead", fault: "No part of this version runs this kind of job.", error: null };
  if (attempt.payload === undefined)
    return { type: "dead", fault: "What was to be done is not readable any more.", error: null };
  try {
    await withinLimit(stop, LONG_TRIES_MS[attempt.kind] ?? TRY_LIMIT_MS, (signal) =>
      handler(app, attempt.payload, { attempt: attempt.number, createdAt: attempt.createdAt, signal }),
    );
    return { type: "done" };
  } catch (error) {
    // A try that we cut short says nothing about the job: it is given back as it was.
    if (stop.aborted && !(error instanceof GiveUp))
      return { type: "retry", delayMs: 0, fault: faultText(error), countsTry: false, error };
    return outcomeOf(app, attempt, error);
  }
}

/** Throws what a handler threw, unless it asked for another time or gave up. */
export function throwUnexpected(outcome: Outcome): void {
  if (outcome.type === "done" || outcome.error === null) return;
  if (outcome.error instanceof RetryLater || outcome.error instanceof GiveUp) return;
  throw outcome.error;
}

function outcomeOf(app: App, attempt: Attempt, error: unknown): Outcome {
  const fault = faultText(error);
  const log = getLogger(["causeway", "jobs"]);
  const facts = { job: attempt.id, kind: attempt.kind, attempt: attempt.number, fault };
  if (error instanceof RetryLater) {
    const held = app.clock.now() - attempt.createdAt;
    if (held > HELD_LIMIT_MS) return { type: "dead", fault: `Held for 7 days: ${fault}`, error };
    return { type: "retry", delayMs: Math.max(0, error.delayMs), fault, countsTry: false, error };
  }
  if (error instanceof GiveUp || attempt.number >= MAX_TRIES) {
    log.warning("Job {job} ({kind}) is given up after {attempt} tries: {fault}", facts);
    return { type: "dead", fault, error };
  }
  log.info("Job {job} ({kind}) failed at try {attempt}: {fault}", facts);
  return {
    type: "retry",
    delayMs: backOffMs(attempt.number, fractionOf(app.ids)),
    fault,
    countsTry: true,
    error,
  };
}

/** What is kept of a fault: its message, cut; stacks and causes may hold bodies. */
function faultText(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500);
}

async function withinLimit(
  stop: AbortSignal,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const control = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (reason: string) => {
    control.abort(new Error(reason));
    reject(new Error(reason));
  };
  const onStop = () => abort("The server is stopping.");
  const timer = setTimeout(() => abort(`Took longer than ${limitMs / 60_000} minutes.`), limitMs);
  timer.unref();
  stop.addEventListener("abort", onStop, { once: true });
  aborted.catch(() => undefined);
  try {
    if (stop.aborted) onStop();
    await Promise.race([work(control.signal), aborted]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", onStop);
  }
}
