import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import type { Config } from "../config.ts";
import { type Database, openPostgres, openSqlite } from "../store/database.ts";
import { ping } from "../store/operations.ts";
import { codeOf, OperatorFault, reasonOf } from "./fault.ts";
import { pathsOf } from "./folder.ts";

const RETRY_MS = 500;
/** Connection refused, name not yet known, reset, starting up, shutting down, too many clients. */
const PASSING = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT|57P0[123]|53300)$/;

/** How the SQLite file is opened; Deno brings its own. */
export type OpenSqlite = (path: string) => Database;

/**
 * Opens the configured database and waits up to `waitMs` for PostgreSQL to answer: after a reboot both start at once.
 * @throws OperatorFault with a sentence.
 */
export async function openDatabase(
  config: Config,
  waitMs = 30_000,
  open: OpenSqlite = openSqlite,
): Promise<Database> {
  return config.databaseUrl === null
    ? await openFile(pathsOf(config).database, open)
    : await openServer(config, config.databaseUrl, waitMs);
}

/** True when the SQLite file is not there yet; a PostgreSQL database is asked for its schema instead. */
export function isNewFile(config: Config): boolean {
  return config.databaseUrl === null && !existsSync(pathsOf(config).database);
}

async function openFile(path: string, open: OpenSqlite): Promise<Database> {
  try {
    const database = open(path);
    await ping(database.db);
    await chmod(path, 0o600);
    return database;
  } catch (error) {
    throw new OperatorFault(`The database ${path} cannot be opened: ${reasonOf(error)}.`, 1, {
      cause: error,
    });
  }
}

/** Jobs run side by side, each with a connection of its own at times; requests need fewer. */
const CONNECTIONS = { web: 10, worker: 20, all: 20 } as const;

async function openServer(config: Config, url: string, waitMs: number): Promise<Database> {
  const database = openPostgres(url, CONNECTIONS[config.role]);
  const deadline = performance.now() + waitMs;
  for (;;) {
    try {
      await ping(database.db);
      return database;
    } catch (error) {
      if (isPassing(error) && performance.now() < deadline) {
        await new Promise((resume) => setTimeout(resume, RETRY_MS));
        continue;
      }
      await database.close();
      const { host, pathname } = new URL(url);
      throw new OperatorFault(`PostgreSQL at ${host}${pathname} cannot be used: ${reasonOf(error)}.`, 1, {
        cause: error,
      });
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isPassing);
  return PASSING.test(codeOf(error));
}
