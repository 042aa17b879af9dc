import { rename, rm } from "node:fs/promises";
import { sql } from "kysely";
import type { Db } from "./database.ts";

/**
 * Copies an SQLite database to `path` as it is at one moment, while others go on writing: VACUUM INTO reads one
 * snapshot of the WAL. A half-written copy never has the final name; one that was there is replaced.
 */
export async function snapshotTo(db: Db, path: string): Promise<void> {
  const unfinished = `${path}.part`;
  await rm(unfinished, { force: true });
  await sql`vacuum into ${unfinished}`.execute(db);
  await rename(unfinished, path);
}
