// The same server on Deno: an entry and SQLite by node:sqlite, so that no native module of the database is needed.
// May import server/; nothing imports this folder but its smoke test.

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqliteDatabase } from "kysely";
import { type Database, fromSqlite, SQLITE_PRAGMAS } from "../server/store/database.ts";

/** Opens SQLite at `path` by node:sqlite, with the settings of better-sqlite3's connection. */
export function openNodeSqlite(path: string): Database {
  const sqlite = new DatabaseSync(path);
  for (const pragma of SQLITE_PRAGMAS) sqlite.exec(`PRAGMA ${pragma}`);
  return fromSqlite(asBetterSqlite(sqlite));
}

/** The few methods of better-sqlite3 that Kysely calls: parameters come as one array there, spread here. */
export function asBetterSqlite(sqlite: DatabaseSync): SqliteDatabase {
  return {
    close: () => sqlite.close(),
    prepare: (text) => {
      const statement = sqlite.prepare(text);
      const spread = (values: readonly unknown[]) => values.map(toInput);
      return {
        reader: statement.columns().length > 0,
        all: (values) => statement.all(...spread(values)),
        iterate: (values) => statement.iterate(...spread(values)) as IterableIterator<unknown>,
        run: (values) => {
          const done = statement.run(...spread(values));
          return { changes: done.changes, lastInsertRowid: done.lastInsertRowid };
        },
      };
    },
  };
}

/** Columns are text, integers and bytes only (server/store/codec.ts); anything else is a fault of ours. */
function toInput(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite cannot store a value of type ${typeof value}.`);
}
