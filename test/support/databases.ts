import { randomBytes } from "node:crypto";
import BetterSqlite from "better-sqlite3";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, describe, inject } from "vitest";
import { type Database, fromSqlite, openPostgres, SQLITE_PRAGMAS } from "../../server/store/database.ts";
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
    const shelf = createShelf();
    afterEach(shelf.putBack);
    afterAll(shelf.clear);
    suite("postgres", shelf.take);
  });
}

/** The bytes of an empty, migrated database: made once a process, since the steps take longer than most tests. */
const migrated: { bytes: Buffer | null } = { bytes: null };

/** A new migrated SQLite database in memory; the caller closes it. */
export async function memoryDatabase(): Promise<Database> {
  migrated.bytes ??= await migratedBytes();
  const sqlite = new BetterSqlite(migrated.bytes);
  for (const pragma of SQLITE_PRAGMAS) sqlite.pragma(pragma);
  return fromSqlite(sqlite);
}

async function migratedBytes(): Promise<Buffer> {
  const sqlite = new BetterSqlite(":memory:");
  const database = fromSqlite(sqlite);
  await migrate(database.db);
  const bytes = sqlite.serialize();
  await database.close();
  return bytes;
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

/**
 * Databases that one suite uses again and again: emptying one takes a tenth of the time of copying the template. Whatever
 * the template itself holds (what was migrated) stays.
 */
function createShelf() {
  const free: { readonly url: string; readonly empty: string }[] = [];
  const used: { readonly url: string; readonly empty: string; readonly database: Database }[] = [];
  return {
    async take(): Promise<Database> {
      const kept = free.pop();
      const database = kept === undefined ? null : openPostgres(kept.url, 5);
      if (kept !== undefined && database !== null) {
        await sql.raw(kept.empty).execute(database.db);
        used.push({ ...kept, database });
        return database;
      }
      const own = await createPostgresDatabase();
      used.push({ url: own.url, empty: await emptying(own.database), database: own.database });
      return own.database;
    },
    async putBack(): Promise<void> {
      for (const { url, empty, database } of used.splice(0)) {
        await database.close();
        free.push({ url, empty });
      }
    },
    async clear(): Promise<void> {
      for (const { url } of free.splice(0))
        await administer(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
    },
  };
}

/** The statement that empties every table that is empty now; foreign keys and triggers are not asked meanwhile. */
async function emptying({ db }: Database): Promise<string> {
  const { rows } = await sql<{ name: string; filled: boolean }>`
    select format('%I.%I', schemaname, tablename) as name,
      (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', schemaname, tablename), false, true, '')))[1]::text <> '0' as filled
    from pg_tables where schemaname in ('public', 'graphile_worker')`.execute(db);
  const deletes = rows.filter(({ filled }) => !filled).map(({ name }) => `delete from ${name};`);
  return `do $$ begin set local session_replication_role = replica; ${deletes.join(" ")} end $$`;
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
