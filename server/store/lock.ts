import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { isLockedOut } from "./faults.ts";

/** Held by the one server that runs on a data folder; `release` gives it up, and so does the end of the process. */
export type FolderLock = { release(): void };

/**
 * Takes the data folder for this process, or returns null when another one has it. The lock is the operating system's
 * lock on an own SQLite file, so it is gone with its process even after kill -9, and needs no pid that could be reused.
 */
export function lockFolder(folder: string): FolderLock | null {
  const sqlite = new BetterSqlite(join(folder, "lock.db"), { timeout: 0 });
  try {
    sqlite.pragma("journal_mode = DELETE");
    sqlite.pragma("locking_mode = EXCLUSIVE");
    sqlite.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    sqlite.close();
    if (isLockedOut(error)) return null;
    throw error;
  }
  return { release: () => void sqlite.close() };
}
