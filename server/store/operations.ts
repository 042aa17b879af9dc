import type { Insertable } from "kysely";
import { sql } from "kysely";
import { type Db, dialectOf } from "./database.ts";
import { oldestDeliveryMs } from "./delivery-letters.ts";
import type { TokensTable } from "./schema.ts";

/** What the operator sees of an account. */
export type AccountSummaryRow = {
  readonly id: number;
  readonly actor_id: number;
  readonly username: string;
  readonly email: string | null;
  readonly role: string;
  readonly created_at: number;
  readonly suspended_at: number | null;
};

/** Asks the database for nothing, to know that it answers. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

/** Every account, oldest first. */
export async function listAccountRows(db: Db): Promise<readonly AccountSummaryRow[]> {
  return await summaries(db).orderBy("accounts.id").execute();
}

/** The account of a local username. Index: actors (username, host). */
export async function findAccountByUsername(
  db: Db,
  username: string,
): Promise<AccountSummaryRow | undefined> {
  return await summaries(db)
    .where("actors.username", "=", username)
    .where("actors.host", "=", "")
    .executeTakeFirst();
}

function summaries(db: Db) {
  return db
    .selectFrom("accounts")
    .innerJoin("actors", "actors.id", "accounts.actor_id")
    .select([
      "accounts.id",
      "accounts.actor_id",
      "actors.username",
      "accounts.email",
      "accounts.role",
      "accounts.created_at",
      "accounts.suspended_at",
    ]);
}

/** Owners who are not suspended. */
export async function countActiveOwners(db: Db): Promise<number> {
  const row = await db
    .selectFrom("accounts")
    .select((eb) => eb.fn.countAll<number>().as("owners"))
    .where("role", "=", "owner")
    .where("suspended_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.owners);
}

/** Keeps an API token; only its hash. */
export async function insertToken(db: Db, row: Insertable<TokensTable>): Promise<void> {
  await db.insertInto("tokens").values(row).execute();
}

/** Bytes that the database takes on disk. */
export async function databaseBytes(db: Db): Promise<number> {
  const { rows } =
    dialectOf(db) === "sqlite"
      ? await sql<{
          bytes: number;
        }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`.execute(db)
      : await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
  return Number(rows[0]?.bytes ?? 0);
}

/** How long the oldest job or delivery that could run has been waiting, ms; 0 when none waits. */
export async function oldestWaitingMs(db: Db, now: number): Promise<number> {
  const delivery = await oldestDeliveryMs(db, now);
  const { rows } =
    dialectOf(db) === "sqlite"
      ? await sql<{ waited: number | null }>`
          select ${now} - min(run_at) as waited from jobs
          where dead_at is null and run_at <= ${now} and coalesce(lease_until, 0) <= ${now}`.execute(db)
      : await sql<{ waited: number | null }>`
          select extract(epoch from now() - min(run_at)) * 1000 as waited from graphile_worker.jobs
          where run_at <= now() and locked_at is null and attempts < max_attempts`.execute(db);
  return Math.max(0, delivery, Number(rows[0]?.waited ?? 0));
}

/** What SQLite says of the file's structure: "ok", or the first faults. PostgreSQL checks its own pages. */
export async function checkIntegrity(db: Db): Promise<string> {
  if (dialectOf(db) !== "sqlite") return "ok";
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(3)`.execute(db);
  return rows.map((row) => row.quick_check).join("; ");
}

/** The newest id made here; ids are times (`timeOfId`). */
export async function newestId(db: Db): Promise<number> {
  const newest = (table: "notes" | "accounts" | "sessions" | "notifications" | "inbox") =>
    db
      .selectFrom(table)
      .select((eb) => eb.fn.max("id").as("id"))
      .executeTakeFirst();
  const found = [
    await newest("notes"),
    await newest("accounts"),
    await newest("sessions"),
    await newest("notifications"),
    await newest("inbox"),
  ];
  return Math.max(0, ...found.map((row) => Number(row?.id ?? 0)));
}

/** The database's clock, ms. */
export async function clockOfDatabase(db: Db): Promise<number> {
  const { rows } =
    dialectOf(db) === "sqlite"
      ? await sql<{
          now: number;
        }>`select cast((julianday('now') - 2440587.5) * 86400000 as integer) as now`.execute(db)
      : await sql<{ now: number }>`select extract(epoch from clock_timestamp()) * 1000 as now`.execute(db);
  return Number(rows[0]?.now ?? 0);
}

/** The oldest actor's RSA key as it is sealed; undefined when nobody has one. Index: keys (actor_id, kind). */
export async function findSealedKey(
  db: Db,
): Promise<{ readonly actor_id: number; readonly sealed_private: string } | undefined> {
  return await db
    .selectFrom("keys")
    .select(["actor_id", "sealed_private"])
    .where("kind", "=", "rsa")
    .orderBy("actor_id")
    .limit(1)
    .executeTakeFirst();
}

/** How many accounts and notes there are, for who looks whether a backup is what they think it is. */
export async function countAccountsAndNotes(
  db: Db,
): Promise<{ readonly accounts: number; readonly notes: number }> {
  const count = async (table: "accounts" | "notes") => {
    const row = await db
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  };
  return { accounts: await count("accounts"), notes: await count("notes") };
}
