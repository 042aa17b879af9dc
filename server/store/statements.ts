import type { SqliteDatabase, SqliteStatement } from "kysely";
import { LRUCache } from "lru-cache";

/** Different statements kept; the whole server has a few hundred. */
const KEPT = 500;
const KEEPABLE = /^\s*(?:select|insert|update|delete|with|begin|commit|rollback|pragma synchronous)\b/i;

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
      const statement = sqlite.prepare(text);
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
