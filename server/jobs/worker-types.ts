import type { App } from "../context.ts";
import type { Database } from "../store/database.ts";
import type { JobHandler } from "../store/jobs.ts";

export type WorkerOptions = {
  readonly app: App;
  readonly database: Database;
  /** By kind of job. */
  readonly handlers: Readonly<Record<string, JobHandler>>;
  /** Jobs run at the same time in this process, default 64 on SQLite and 16 on PostgreSQL; bulk jobs get three quarters. */
  readonly concurrency?: number;
};

export type Worker = {
  /** Takes over what dead processes left and begins to run jobs. */
  start(): Promise<void>;
  /** Takes no more jobs, gives the running ones `graceMs`, then aborts them and gives them back. */
  stop(graceMs: number): Promise<void>;
  /** Call after a commit that wrote jobs. */
  wake(): void;
  /**
   * For tests, instead of `start`: runs one job after another until none is ready at `app.clock.now()`, those that
   * they enqueue included, and returns how many ran. @throws with `failFast`, the first unexpected error of a handler.
   */
  drain(options?: { readonly failFast?: boolean }): Promise<number>;
  /** False when jobs are not being claimed though they should be: the server is not ready. */
  alive(): boolean;
};

export const DEFAULT_CONCURRENCY = 16;

/** Of `concurrency` slots, how many bulk jobs may fill: the rest stays free for people who wait. */
export function bulkSlots(concurrency: number): number {
  return Math.max(1, Math.floor(concurrency * 0.75));
}
