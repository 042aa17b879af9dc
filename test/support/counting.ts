import BetterSqlite from "better-sqlite3";
import type { SqliteDatabase } from "kysely";
import { type Database, fromSqlite } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";

/** A migrated database in memory that counts what it runs; the caller closes it. */
export async function countingDatabase(): Promise<{
  readonly database: Database;
  /** How many statements some work takes. */
  statementsOf(work: () => Promise<unknown>): Promise<number>;
}> {
  const counted = { statements: 0 };
  const database = fromSqlite(counting(new BetterSqlite(":memory:"), counted));
  await migrate(database.db);
  return {
    database,
    statementsOf: async (work) => {
      const before = counted.statements;
      await work();
      return counted.statements - before;
    },
  };
}

/** A driver that counts what it runs. */
function counting(sqlite: SqliteDatabase, counted: { statements: number }): SqliteDatabase {
  return {
    close: () => sqlite.close(),
    prepare: (text) => {
      const statement = sqlite.prepare(text);
      const count =
        <T>(run: (values: readonly unknown[]) => T) =>
        (values: readonly unknown[]): T => {
          counted.statements += 1;
          return run(values);
        };
      return {
        reader: statement.reader,
        all: count((values) => statement.all(values)),
        run: count((values) => statement.run(values)),
        iterate: (values) => statement.iterate(values),
      };
    },
  };
}
