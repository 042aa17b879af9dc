import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, describe, inject } from "vitest";
import { type Database, openPostgres, openSqlite } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";
import { databaseAddress, TEMPLATE } from "./postgres.ts";

/**
 * Describes the same suite once for SQLite (in memory) and once for a real PostgreSQL. Each call of `open` gives a new,
 * empty, migrated database that is closed (and dropped) after the test that opened it.
 */
export function eachDatabase(
  suite: (name: "sqlite" | "postgres", open: () => Promise<Database>) => void,
): void {
  describe("on SQLite", () => {
    const opened: Database[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((database) => database.close()));
    });
    suite("sqlite", async () => {
      const database = await memoryDatabase();
      opened.push(database);
      return database;
    });
  });
  describe("on PostgreSQL", () => {
    const opened: OwnDatabase[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((own) => own.drop()));
    });
    suite("postgres", async () => {
      const own = await createPostgresDatabase();
      opened.push(own);
      return own.database;
    });
  });
}

/** A new migrated SQLite database in memory; the caller closes it. */
export async function memoryDatabase(): Promise<Database> {
  const database = openSqlite(":memory:");
  await migrate(database.db);
  return database;
}

export type OwnDatabase = {
  readonly database: Database;
  /** For other processes and further pools. */
  readonly url: string;
  /** Closes the pool and drops the database, whoever else is still connected. */
  drop(): Promise<void>;
};

/** A copy of the migrated template, with graphile-worker's schema in it; the caller drops it. */
export async function createPostgresDatabase(max = 5): Promise<OwnDatabase> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(`create database ${name} template ${TEMPLATE} strategy file_copy`);
  const url = databaseAddress(inject("postgresUrl"), name);
  const database = openPostgres(url, max);
  return {
    database,
    url,
    drop: async () => {
      await database.close();
      await administer(`drop database ${name} with (force)`);
    },
  };
}

/** An empty PostgreSQL database without our schema, for tests of migrations; dropped after the suite. */
export async function emptyPostgresDatabase(): Promise<Database> {
  const name = `test_${randomBytes(8).toString("hex")}`;
  await administer(`create database ${name}`);
  const database = openPostgres(databaseAddress(inject("postgresUrl"), name), 5);
  afterAll(async () => {
    await database.close();
    await administer(`drop database ${name} with (force)`);
  });
  return database;
}

/** Copies of one template are made one at a time: PostgreSQL locks it, and a second asker is told to come again. */
async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock(1)");
    await client.query(statement);
  } finally {
    await client.end();
  }
}
