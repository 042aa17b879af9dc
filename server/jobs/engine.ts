import { getLogger } from "@logtape/logtape";
import { Logger, runMigrations } from "graphile-worker";
import type { Pool, PoolClient } from "pg";
import type { Database } from "../store/database.ts";

/**
 * Creates or upgrades graphile-worker's tables; nothing to do on SQLite. Every process calls it after `migrate`, since a
 * web process enqueues too.
 */
export async function installJobEngine(database: Database): Promise<void> {
  if (database.pool === null) return;
  guardConnections(database.pool);
  await runMigrations({ pgPool: database.pool, logger: engineLogger() });
}

/**
 * A connection that is lost while it is checked out emits an error, which would otherwise end the process; the query that
 * ran on it fails as well, and that is where it is answered. Connections made earlier are met when they are taken again.
 */
export function guardConnections(pool: Pool): void {
  if (pool.listeners("connect").includes(guardClient)) return;
  pool.on("connect", guardClient);
  pool.on("acquire", guardClient);
}

function guardClient(client: PoolClient): void {
  if (!client.listeners("error").includes(ignore)) client.on("error", ignore);
}

function ignore(): void {}

/** The engine's log lines in ours; it reports each success as info, which is detail here. */
export function engineLogger(): Logger {
  const log = getLogger(["causeway", "jobs", "engine"]);
  return new Logger(() => (level, message) => {
    if (level === "error") log.error("{message}", { message });
    else if (level === "warning") log.warning("{message}", { message });
    else log.debug("{message}", { message });
  });
}
