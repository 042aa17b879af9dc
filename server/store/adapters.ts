import { type CompiledQuery, PostgresAdapter, SqliteAdapter } from "kysely";
import { LRUCache } from "lru-cache";

/** Shapes of statements kept for each database. */
const KEPT = 500;

type Kept = LRUCache<string, CompiledQuery>;

/** The adapter lives as long as its database and is the same inside transactions: it holds what was built for it. */
export class KeepingSqliteAdapter extends SqliteAdapter {
  readonly compiled: Kept = new LRUCache({ max: KEPT });

  /** SQLite's DDL is transactional; Kysely's default says no and would leave a half-migrated file after a crash. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }

  /** There is one; whose turn it is, our driver says, since who waits for another process lets the others go first. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** As `KeepingSqliteAdapter`. */
export class KeepingPostgresAdapter extends PostgresAdapter {
  readonly compiled: Kept = new LRUCache({ max: KEPT });
}
