import type { Compilable, CompiledQuery, QueryId } from "kysely";
import { KeepingPostgresAdapter, KeepingSqliteAdapter } from "./adapters.ts";
import type { Db } from "./database.ts";

/** What a statement is asked with; null says that a condition is left away, and so makes a statement of its own. */
type Values = Readonly<Record<string, number | string | null | readonly number[] | readonly string[]>>;

/** The place of a value in a statement that is built before the value is known. */
class Slot {
  readonly name: string;
  /** In a list; null for a value of its own. */
  readonly index: number | null;

  constructor(name: string, index: number | null) {
    this.name = name;
    this.index = index;
  }
}

/**
 * Runs a statement whose text is built once for each shape of its values, since building one costs as much as most of our
 * queries. `build` must look at nothing but which values are null and how many a list has: it is handed places for them.
 * For what pages ask all the time; reading only, since lists are filled up by repeating their last value.
 */
export async function prepared<V extends Values, R>(
  db: Db,
  name: string,
  values: V,
  build: (db: Db, places: V) => Compilable<R>,
): Promise<R[]> {
  const whole = new Map(Object.entries(values).map(([key, value]) => [key, filledUp(value)]));
  const { adapter } = db.getExecutor();
  const kept =
    adapter instanceof KeepingSqliteAdapter || adapter instanceof KeepingPostgresAdapter
      ? adapter.compiled
      : null;
  const key = `${name} ${[...whole.values()].map(shapeOf).join(" ")}`;
  const known = kept?.get(key);
  // The places stand where the values will: the database is only ever handed the values.
  const query = known ?? planned(db, build(db, Object.fromEntries([...whole].map(placesOf)) as V).compile());
  if (known === undefined) kept?.set(key, query);
  const parameters = query.parameters.map((given) => (given instanceof Slot ? valueAt(whole, given) : given));
  const { sql, query: node } = query;
  const { rows } = await db.executeQuery<R>({ sql, query: node, queryId: ONE_OF_MANY, parameters });
  return rows;
}

/** Plugins tell statements apart by it; we have none. */
const ONE_OF_MANY: QueryId = { queryId: "prepared" };

/**
 * SQLite (as better-sqlite3 builds it, with STAT4) looks at what is bound while it plans, and so parses and plans nearly every
 * statement anew with every new value: five times the cost of running it. `+?` means the same and is not looked at; what is
 * always the same stands in the text, where the planner sees it.
 */
function planned<R>(db: Db, query: CompiledQuery<R>): CompiledQuery<R> {
  if (!(db.getExecutor().adapter instanceof KeepingSqliteAdapter)) return query;
  const places: unknown[] = [];
  let index = 0;
  const text = query.sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, (piece) => {
    if (piece !== "?") return piece;
    const given = query.parameters[index++];
    const literal = literalOf(given);
    if (literal === null) places.push(given);
    return literal ?? "+?";
  });
  return { ...query, sql: text, parameters: places };
}

/** What can stand in a statement as it is; null for what has to be bound. */
function literalOf(value: unknown): string | null {
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return typeof value === "string" && !value.includes("\0") ? `'${value.replaceAll("'", "''")}'` : null;
}

type Value = Values[string];

/** Lists of nearly the same length share a statement: up to four values as they are, then in steps of four. */
function filledUp(value: Value): Value {
  if (!Array.isArray(value) || value.length <= 4 || value.length % 4 === 0) return value;
  return [...value, ...Array.from({ length: 4 - (value.length % 4) }, () => value.at(-1))];
}

function shapeOf(value: Value): string {
  if (value === null) return "-";
  return typeof value === "object" ? String(value.length) : "?";
}

function placesOf([name, value]: readonly [string, Value]): [string, unknown] {
  if (value === null) return [name, null];
  return typeof value === "object"
    ? [name, value.map((_, index) => new Slot(name, index))]
    : [name, new Slot(name, null)];
}

function valueAt(values: ReadonlyMap<string, Value>, { name, index }: Slot): unknown {
  const value = values.get(name);
  return index !== null && typeof value === "object" ? value?.[index] : value;
}
