import { sql } from "kysely";
import { Migrator } from "kysely/migration";
import { STEPS } from "../../migrations/index.ts";
import { type Db, dialectOf } from "./database.ts";

export type SchemaStatus = {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Steps in the database that this version does not know: it was written by a newer one. */
  readonly unknown: readonly string[];
};

/** Compares the database's schema with this version's steps, without changing anything. */
export async function schemaStatus(db: Db): Promise<SchemaStatus> {
  const applied = await appliedSteps(db);
  const known = STEPS.map((step) => step.name);
  return {
    applied: applied.filter((name) => known.includes(name)),
    pending: known.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !known.includes(name)),
  };
}

/**
 * Brings the schema up to this version and returns the steps it ran.
 * @throws Error with a sentence for people when the database is from a newer version.
 */
export async function migrate(db: Db, steps = STEPS): Promise<readonly string[]> {
  const status = await schemaStatus(db);
  if (status.unknown.length > 0) throw new NewerDatabaseError(status.unknown);
  const dialect = dialectOf(db);
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: async () =>
        Object.fromEntries(steps.map((step) => [step.name, { up: (tx) => step.up(tx, dialect) }])),
    },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? [])
    .filter((result) => result.status === "Success")
    .map((result) => result.migrationName);
}

/** A database that a newer Causeway wrote; an older one must not touch it. */
export class NewerDatabaseError extends Error {
  constructor(steps: readonly string[]) {
    super(
      `This database was written by a newer version of Causeway (it has ${steps.join(", ")}). ` +
        "Start that version, or restore the backup that was made before the upgrade.",
    );
    this.name = "NewerDatabaseError";
  }
}

async function appliedSteps(db: Db): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === "kysely_migration")) return [];
  const rows = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.rows.map((row) => row.name);
}
