import { sql } from "kysely";
import { type Db, dialectOf } from "../../server/store/database.ts";

/**
 * Names of the tables in which a text is found, whatever the column: every table of the schema and of the job engine.
 * The full-text index of SQLite is left out: it holds no text, and lets go of a deleted note's words when it merges.
 */
export async function tablesHolding(db: Db, text: string): Promise<readonly string[]> {
  const holding: string[] = [];
  for (const name of await tableNames(db)) {
    const { rows } = await sql`select * from ${sql.raw(name)}`.execute(db);
    if (rows.some((row) => spelled(row).includes(text.toLowerCase()))) holding.push(name);
  }
  return holding;
}

/** How many rows each table has; what "nothing was written" is measured by. */
export async function rowCounts(db: Db): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const name of await tableNames(db)) {
    const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.raw(name)}`.execute(db);
    counts[name] = Number(rows[0]?.count ?? 0);
  }
  return counts;
}

async function tableNames(db: Db): Promise<readonly string[]> {
  const { rows } =
    dialectOf(db) === "sqlite"
      ? await sql<{ name: string }>`select name from sqlite_master
          where type = 'table' and name not like 'sqlite_%' and name not like 'search%'`.execute(db)
      : await sql<{ name: string }>`select quote_ident(table_schema) || '.' || quote_ident(table_name) as name
          from information_schema.tables
          where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(
          db,
        );
  return rows.map((row) => row.name);
}

function spelled(row: unknown): string {
  const text = JSON.stringify(row, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value,
  );
  return text.toLowerCase();
}
