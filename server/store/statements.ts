import type { SqliteDatabase, SqliteStatement } from "kysely";
import { LRUCache } from "lru-cache";

/** Different statements kept; the whole server has a few hundred. */
const KEPT = 500;
const KEEPABLE = /^\s*(?:select|insert|update|delete|with|begin|commit|rollback|pragma synchronous)\b/i;

/**
 * SQLite (as better-sqlite3 builds it, with STAT4) looks at what is bound while it plans, and so parses and plans nearly every
 * statement anew with every new value: several times the cost of running it. `+?` means the same and is not looked at.
 */
export function unwatched(text: string): string {
  return text.replace(PLACES, (piece) => (piece === "?" ? "+?" : piece));
}

/** Places of values; texts, names and places that are marked already are passed over. */
const PLACES = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\+\?|\?/g;

/**
 * Keeps prepared statements by their text: preparing costs more than most of our queries. A change of the schema forgets
 * them all; a statement that is walked row by row is busy meanwhile, so it is given away and not shared.
 */
export function keepStatements(sqlite: SqliteDatabase): SqliteDatabase {
  const kept = new LRUCache<string, SqliteStatement>({ max: KEPT });
  return {
    close: () => {
      kept.clear();
      sqlite.close();
    },
    prepare: (text) => {
      if (!KEEPABLE.test(text)) {
        kept.clear();
        return sqlite.prepare(text);
      }
      const known = kept.get(text);
      if (known !== undefined) return known;
      const statement = sqlite.prepare(unwatched(text));
      const shared: SqliteStatement = {
        reader: statement.reader,
        all: (values) => statement.all(values),
        run: (values) => statement.run(values),
        iterate: (values) => {
          kept.delete(text);
          return statement.iterate(values);
        },
      };
      kept.set(text, shared);
      return shared;
    },
  };
}
