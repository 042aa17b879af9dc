import { AsyncLocalStorage } from "node:async_hooks";
import BetterSqlite from "better-sqlite3";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresDialect,
  type QueryResult,
  type SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  sql,
  type Transaction,
} from "kysely";
import pg from "pg";
import type { Dialect } from "../../migrations/dialect.ts";
import { KeepingPostgresAdapter, KeepingSqliteAdapter } from "./adapters.ts";
import { isLockedOut } from "./faults.ts";
import type { Schema } from "./schema.ts";
import { keepStatements } from "./statements.ts";

/** A connection or a transaction: what every query of `store/` takes as its first argument. */
export type Db = Kysely<Schema>;
/** Proof that the caller is inside a transaction. */
export type Tx = Transaction<Schema>;

/** The open database and how to close it. */
export type Database = {
  readonly db: Db;
  readonly dialect: Dialect;
  /** The pool behind PostgreSQL, for the job engine; null on SQLite. */
  readonly pool: pg.Pool | null;
  close(): Promise<void>;
};

/**
 * Set while the current async context is inside `transaction`, where a query outside the tx would hang SQLite for ever;
 * holds what is to be done when it has committed.
 */
const insideTransaction = new AsyncLocalStorage<(() => void)[]>();

/** True while the transaction of the current async context begins and ends as one that does not wait for the disk. */
const isUnhurried = new AsyncLocalStorage<boolean>();

const UNHURRIED = Symbol("unhurried");

/**
 * The same database, with transactions that commit without waiting for the disk: for work whose cause is kept until all
 * of it is done. After a power loss the newest of it may be missing, never a part without what came before it, and the
 * cause is there again; a process that dies loses nothing.
 */
export function withoutSync(db: Db): Db {
  return Object.defineProperty(db.withoutPlugins(), UNHURRIED, { value: true });
}

/**
 * Runs `work` in one transaction. SQLite takes its write lock at once (BEGIN IMMEDIATE), since a read-then-write
 * upgrade cannot be rescued by waiting. Inside, await nothing but `tx`: using the outer `db` throws instead of hanging.
 * On PostgreSQL a serialization failure, a deadlock, a lost connection or a race for a unique value is tried once more. While
 * another process writes to the SQLite file it is tried again for ten seconds, and what only reads goes on meanwhile.
 */
export async function transaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  const run = async () => {
    const after: (() => void)[] = [];
    const outcome = await db.transaction().execute(async (tx) => {
      if (isUnhurried.getStore() === true && dialectOf(tx) === "postgres")
        await sql`set local synchronous_commit = off`.execute(tx);
      return await insideTransaction.run(after, () => work(tx));
    });
    for (const step of after) step();
    return outcome;
  };
  const attempt = () => patiently(() => isUnhurried.run(UNHURRIED in db, run));
  try {
    return await attempt();
  } catch (error) {
    if (!isPassing(error)) throw error;
    return await attempt();
  }
}

/** How long a write waits for another process that writes; each try holds the thread for `busy_timeout` at most. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 200;

/** Tries again while another process holds the write lock, without holding the thread (threats F11). */
async function patiently<T>(work: () => Promise<T>, rest = pause): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (let ms = 10; ; ms = Math.min(ms * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isLockedOut(error) || performance.now() > until) throw error;
      await rest(ms);
    }
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resume) => setTimeout(resume, ms));
}

/**
 * Does something that is nice to have when the transaction of the current async context has committed, and never when it
 * has not; outside of one, at once. `step` must not throw.
 */
export function afterCommit(step: () => void): void {
  const after = insideTransaction.getStore();
  if (after === undefined) step();
  else after.push(step);
}

/**
 * SQLSTATEs after which the same transaction may simply be run again (threats F13). A unique violation (23505) is one of
 * them: either two processes drew the same id, or another transaction wrote the same fact first, which the second run
 * then finds (threats F21). On SQLite only the drawn id can clash, since writers wait for each other.
 */
const PASSING: ReadonlySet<string> = new Set([
  "40001",
  "40P01",
  "57P01",
  "08006",
  "08003",
  "23505",
  "SQLITE_CONSTRAINT_PRIMARYKEY",
]);

function isPassing(error: unknown): boolean {
  return error instanceof Error && "code" in error && PASSING.has(String(error.code));
}

/** Which of the two databases a connection or transaction speaks to. */
export function dialectOf(db: Db): Dialect {
  return db.getExecutor().adapter instanceof PostgresAdapter ? "postgres" : "sqlite";
}

/** Opens SQLite at `path` (`:memory:` for tests) with better-sqlite3: WAL, FULL sync so that a 202 survives power loss. */
export function openSqlite(path: string): Database {
  const sqlite = new BetterSqlite(path, { timeout: 10_000 });
  for (const pragma of SQLITE_PRAGMAS) sqlite.pragma(pragma);
  return fromSqlite(sqlite);
}

/** Settings of a SQLite connection; also used by other drivers. */
export const SQLITE_PRAGMAS: readonly string[] = [
  "journal_mode = WAL",
  "synchronous = FULL",
  "foreign_keys = ON",
  // Held by the only thread there is: short, and tried again by `patiently`.
  "busy_timeout = 50",
  "cache_size = -32000",
  "mmap_size = 268435456",
  "temp_store = MEMORY",
];

/** Wraps any driver with better-sqlite3's shape (`deno-compat/` brings `node:sqlite`). */
export function fromSqlite(sqlite: SqliteDatabase): Database {
  const db = new Kysely<Schema>({ dialect: new GuardedSqliteDialect(keepStatements(sqlite)) });
  return { db, dialect: "sqlite", pool: null, close: () => db.destroy() };
}

/** Opens a PostgreSQL pool of `max` connections. 64-bit integers come back as numbers: our ids are safe integers. */
export function openPostgres(url: string, max = 10): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: (oid: number, format?: "text" | "binary") => parserOf(oid, format) },
  });
  // A connection that dies while idle must not take the process with it; the next query opens another.
  pool.on("error", () => undefined);
  const db = new Kysely<Schema>({ dialect: new GuardedPostgresDialect({ pool }) });
  return { db, dialect: "postgres", pool, close: () => db.destroy() };
}

const INT8_OID = 20;
const NUMERIC_OID = 1700;

function parserOf(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  if (oid === INT8_OID || oid === NUMERIC_OID) return Number;
  return pg.types.getTypeParser(oid, format ?? "text") as (value: string) => unknown;
}

function refuseOutsideQuery(): void {
  if (insideTransaction.getStore() !== undefined)
    throw new Error(
      "A query used the outer db inside a transaction: pass tx down (docs/architecture.md, Transactions).",
    );
}

class GuardedSqliteDialect extends SqliteDialect {
  readonly #sqlite: SqliteDatabase;

  constructor(sqlite: SqliteDatabase) {
    super({ database: sqlite });
    this.#sqlite = sqlite;
  }

  override createDriver(): Driver {
    return new GuardedSqliteDriver({ database: this.#sqlite });
  }

  override createAdapter(): SqliteAdapter {
    return new KeepingSqliteAdapter();
  }
}

class GuardedSqliteDriver extends SqliteDriver {
  /** There is one connection: who does not have it waits here, first come first served. */
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  override async acquireConnection(): Promise<DatabaseConnection> {
    refuseOutsideQuery();
    await this.take();
    return new PatientConnection(this, await super.acquireConnection());
  }

  override async releaseConnection(): Promise<void> {
    this.give();
  }

  async take(): Promise<void> {
    if (this.#isTaken) await new Promise<void>((resume) => this.#waiting.push(resume));
    this.#isTaken = true;
  }

  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }

  /** True while the open transaction is one whose commit does not wait; there is one connection, so one at a time. */
  #isUnhurried = false;

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    this.#isUnhurried = isUnhurried.getStore() === true;
    if (this.#isUnhurried) await connection.executeQuery(CompiledQuery.raw("pragma synchronous = normal"));
    await connection.executeQuery(CompiledQuery.raw(BEGIN));
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    await this.#hurry(connection);
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (error) {
      // On a full disk SQLite has rolled back by itself (sqlite.org/lang_transaction.html, 3.2): why is what has to be told.
      if (!(error instanceof Error && /no transaction is active/.test(error.message))) throw error;
    }
    await this.#hurry(connection);
  }

  /** The next commit waits for the disk again, and so for everything before it. */
  async #hurry(connection: DatabaseConnection): Promise<void> {
    if (!this.#isUnhurried) return;
    this.#isUnhurried = false;
    await connection.executeQuery(CompiledQuery.raw("pragma synchronous = full"));
  }
}

/**
 * A write outside of a transaction waits for other processes too, and gives the one connection away meanwhile. `begin` is tried
 * again by `transaction`, from the start.
 */
class PatientConnection implements DatabaseConnection {
  readonly #driver: GuardedSqliteDriver;
  readonly #connection: DatabaseConnection;

  constructor(driver: GuardedSqliteDriver, connection: DatabaseConnection) {
    this.#driver = driver;
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.#connection.executeQuery<R>(query);
    } catch (error) {
      if (!isLockedOut(error) || query.sql === BEGIN) throw error;
      return await patiently(() => this.#connection.executeQuery<R>(query), this.#rest);
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize);
  }

  readonly #rest = async (ms: number): Promise<void> => {
    this.#driver.give();
    await pause(ms);
    await this.#driver.take();
  };
}

const BEGIN = "begin immediate";

class GuardedPostgresDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new KeepingPostgresAdapter();
  }

  override createDriver(): Driver {
    const driver = super.createDriver();
    const acquire = driver.acquireConnection.bind(driver);
    driver.acquireConnection = async (options) => {
      refuseOutsideQuery();
      return await acquire(options);
    };
    return driver;
  }
}
