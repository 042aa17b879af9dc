import { createPostgresWorker } from "./postgres-worker.ts";
import { createSqliteWorker } from "./sqlite-worker.ts";
import type { Worker, WorkerOptions } from "./worker-types.ts";

export { GiveUp, type JobContext, type JobHandler, RetryLater } from "../store/jobs.ts";
export type { Worker, WorkerOptions } from "./worker-types.ts";

/** The worker that fits the database: claims in this process on SQLite, graphile-worker on PostgreSQL. */
export function createWorker(options: WorkerOptions): Worker {
  return options.database.pool === null
    ? createSqliteWorker(options)
    : createPostgresWorker(options, options.database.pool);
}

/** Two workers as one: for what waits in `jobs`, and for deliveries, which have a table and a sender of their own. */
export function together(first: Worker, second: Worker): Worker {
  return {
    async start() {
      await first.start();
      await second.start();
    },
    async stop(graceMs) {
      await Promise.all([first.stop(graceMs), second.stop(graceMs)]);
    },
    wake() {
      first.wake();
      second.wake();
    },
    async drain(options) {
      for (let count = 0; ;) {
        const ran = (await first.drain(options)) + (await second.drain(options));
        if (ran === 0) return count;
        count += ran;
      }
    },
    alive: () => first.alive() && second.alive(),
  };
}
