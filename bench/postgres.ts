import { installJobEngine } from "../server/jobs/engine.ts";
import { type Database, openPostgres } from "../server/store/database.ts";
import { migrate } from "../server/store/migrate.ts";
import { startPostgres } from "../test/support/postgres.ts";

/** Runs `work` on a fresh, migrated PostgreSQL that is thrown away afterwards. */
export async function withPostgres<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const server = await startPostgres();
  const database = openPostgres(server.url);
  try {
    await migrate(database.db);
    await installJobEngine(database);
    return await work(database);
  } finally {
    await database.close();
    await server.stop();
  }
}
