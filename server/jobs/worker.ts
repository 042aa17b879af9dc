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
