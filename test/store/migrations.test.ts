import { sql } from "kysely";
import { afterEach, describe, expect, test } from "vitest";
import { STEPS } from "../../migrations/index.ts";
import { type Database, type Db, openSqlite } from "../../server/store/database.ts";
import { DUMPED } from "../../server/store/dump.ts";
import { migrate, NewerDatabaseError, schemaStatus } from "../../server/store/migrate.ts";
import { emptyPostgresDatabase } from "../support/databases.ts";

type Row = Readonly<Record<string, unknown>>;

const opened: Database[] = [];
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

function emptySqlite(): Promise<Database> {
  const database = openSqlite(":memory:");
  opened.push(database);
  return Promise.resolve(database);
}

const DATABASES = [
  ["SQLite", emptySqlite],
  ["PostgreSQL", emptyPostgresDatabase],
] as const;

/** Every version that was ever released, and the empty database before the first. */
const VERSIONS = STEPS.map((_, version) => version);

describe.each(DATABASES)("on %s", (_name, open) => {
  test.each(VERSIONS)(
    "a filled database of schema %i is brought up without losing a row",
    async (version) => {
      const { db } = await open();
      await migrate(db, STEPS.slice(0, version));
      const tables = await tablesOf(db);
      for (const table of tables) await fill(db, table);
      const before = await contents(db, tables);
      expect(await migrate(db)).toEqual(STEPS.slice(version).map((step) => step.name));
      const after = await contents(db, tables);
      for (const [table, rows] of Object.entries(before)) expect(after[table], table).toMatchObject(rows);
      expect((await schemaStatus(db)).pending).toEqual([]);
    },
  );

  test.each(VERSIONS)("schema %i ends as the one that was made anew", async (version) => {
    const upgraded = await open();
    await migrate(upgraded.db, STEPS.slice(0, version));
    await migrate(upgraded.db);
    const fresh = await open();
    await migrate(fresh.db);
    expect(await shape(upgraded.db)).toEqual(await shape(fresh.db));
  });

  test("every table is in the dump, and the dump names no other", async () => {
    const { db } = await open();
    await migrate(db);
    const names = (await db.introspection.getTables()).map((table) => table.name);
    const ours = names.filter((name) => !/^(?:search|kysely_|sqlite_)/.test(name) && name !== "jobs");
    expect(ours.toSorted()).toEqual(Object.keys(DUMPED).toSorted());
  });

  test("a database of a newer version is left alone", async () => {
    const { db } = await open();
    const later = { name: "9999-later", up: () => Promise.resolve() };
    await migrate(db, [...STEPS, later]);
    await expect(migrate(db)).rejects.toThrow(NewerDatabaseError);
  });
});

/** The tables of ours that are there already, parents first. */
async function tablesOf(db: Db): Promise<readonly string[]> {
  const names = new Set((await db.introspection.getTables()).map((table) => table.name));
  return Object.keys(DUMPED).filter((table) => names.has(table));
}

/** One row with 1 in every number and a word in every text: it refers to the row 1 of every other table. */
async function fill(db: Db, table: string): Promise<void> {
  const found = (await db.introspection.getTables()).find((one) => one.name === table);
  const columns = found?.columns ?? [];
  const names = sql.join(columns.map((column) => sql.ref(column.name)));
  const values = sql.join(columns.map((column) => (/int/i.test(column.dataType) ? 1 : `${column.name} é`)));
  await sql`insert into ${sql.table(table)} (${names}) values (${values})`.execute(db);
}

async function contents(
  db: Db,
  tables: readonly string[],
): Promise<Readonly<Record<string, readonly Row[]>>> {
  const found: Record<string, readonly Row[]> = {};
  for (const table of tables)
    found[table] = (await sql<Row>`select * from ${sql.table(table)}`.execute(db)).rows;
  return found;
}

async function shape(db: Db): Promise<unknown> {
  const tables = await db.introspection.getTables();
  return tables
    .map(({ name, columns }) => ({
      name,
      columns: columns.map(({ name: column, dataType, isNullable, hasDefaultValue }) => ({
        column,
        dataType,
        isNullable,
        hasDefaultValue,
      })),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
