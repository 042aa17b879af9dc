import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { installJobEngine } from "../jobs/engine.ts";
import type { Database } from "../store/database.ts";
import { migrate, NewerDatabaseError, type SchemaStatus, schemaStatus } from "../store/migrate.ts";
import { snapshotTo } from "../store/snapshot.ts";
import { OperatorFault } from "./fault.ts";
import { pathsOf } from "./folder.ts";

/** What bringing the schema up to date did. */
export type SchemaChange = {
  readonly ran: readonly string[];
  /** Path of the copy of the database that was made first; null when nothing was pending, it was new, or PostgreSQL. */
  readonly snapshot: string | null;
};

/**
 * Brings the schema up to this version. An SQLite database that has data is copied to `backups/` first, so that the
 * way back from an upgrade is a copy of one file.
 * @throws OperatorFault for a database from a newer version.
 */
export async function upgradeSchema(config: Config, database: Database): Promise<SchemaChange> {
  try {
    const status = await schemaStatus(database.db);
    const snapshot = needsSnapshot(database, status) ? await takeSnapshot(config, database, status) : null;
    const ran = await migrate(database.db);
    await installJobEngine(database);
    return { ran, snapshot };
  } catch (error) {
    if (error instanceof NewerDatabaseError) throw new OperatorFault(error.message, 1, { cause: error });
    throw error;
  }
}

/** @throws OperatorFault when the schema is not this version's; a database without any schema is brought up. */
export async function requireSchema(config: Config, database: Database): Promise<void> {
  const status = await schemaStatus(database.db);
  if (status.unknown.length > 0) throw new OperatorFault(new NewerDatabaseError(status.unknown).message);
  if (status.pending.length === 0) return;
  if (status.applied.length > 0)
    throw new OperatorFault(
      "The database is from an older version of Causeway: start the server or run `causeway migrate up` first.",
    );
  await upgradeSchema(config, database);
}

function needsSnapshot(database: Database, status: SchemaStatus): boolean {
  return (
    database.dialect === "sqlite" &&
    status.applied.length > 0 &&
    status.pending.length > 0 &&
    status.unknown.length === 0
  );
}

/** Named after the last step it holds, so that a crash loop during an upgrade keeps one copy and not a thousand. */
async function takeSnapshot(config: Config, database: Database, status: SchemaStatus): Promise<string> {
  const folder = pathsOf(config).backups;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `before-upgrade-from-${status.applied.at(-1) ?? "empty"}.db`);
  await snapshotTo(database.db, path);
  await chmod(path, 0o600);
  return path;
}
