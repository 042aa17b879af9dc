import { CompiledQuery, type RawBuilder, sql } from "kysely";
import { type Db, dialectOf } from "./database.ts";

// Many rows in one statement, as one JSON parameter: the statement stays the same however many there are, so that it is
// prepared once, and neither database's limit on parameters matters.

/** A JSON array of arrays as rows `v.value`. */
export function elements(
  db: Db,
  rows: readonly (readonly (string | number | null)[])[],
): RawBuilder<unknown> {
  const json = JSON.stringify(rows);
  return dialectOf(db) === "sqlite"
    ? sql`json_each(${json}) as v`
    : sql`json_array_elements(${json}::json) as v(value)`;
}

/** A JSON array of plain values as rows `v.value`, texts on PostgreSQL. */
export function texts(db: Db, values: readonly (string | number)[]): RawBuilder<unknown> {
  const json = JSON.stringify(values);
  return dialectOf(db) === "sqlite"
    ? sql`json_each(${json}) as v`
    : sql`json_array_elements_text(${json}::json) as v(value)`;
}

/** What a column holds. */
type Value = string | number | null;
type Row = Readonly<Record<string, Value | undefined>>;

/** Rows of one statement on SQLite: few different texts, so that each is prepared once. */
const PORTIONS = [64, 16, 4, 1] as const;

/**
 * Writes many rows at once. All have the columns of the first one; `more` is what follows the rows, such as `on conflict`,
 * and holds no values.
 */
export async function insertRows<T = unknown>(
  tx: Db,
  table: string,
  rows: readonly Row[],
  more = "",
): Promise<readonly T[]> {
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) return [];
  const columns = names.map((name) => `"${name}"`).join(", ");
  const into = `insert into "${table}" (${columns})`;
  if (dialectOf(tx) === "postgres") {
    const text = `${into} select ${columns} from json_populate_recordset(null::"${table}", $1::json) ${more}`;
    return (await tx.executeQuery<T>(CompiledQuery.raw(text, [JSON.stringify(rows)]))).rows;
  }
  // Each `->>` would read the whole row of a JSON array anew.
  const row = `(${names.map(() => "?").join(", ")})`;
  const found: T[] = [];
  for (let at = 0; at < rows.length;) {
    const size = PORTIONS.find((portion) => portion <= rows.length - at) ?? 1;
    const values = rows.slice(at, at + size).flatMap((one) => names.map((name) => one[name] ?? null));
    const text = `${into} values ${Array.from({ length: size }, () => row).join(", ")} ${more}`;
    found.push(...(await tx.executeQuery<T>(CompiledQuery.raw(text, values))).rows);
    at += size;
  }
  return found;
}

/** Whole numbers of a JSON row by their place in it. */
export function columns(names: readonly string[], from: number): RawBuilder<unknown> {
  return sql.join(
    names.map((name, index) => sql`cast(v.value->>${sql.lit(from + index)} as bigint) as ${sql.ref(name)}`),
  );
}

/** What the smaller and the larger of two values are called. */
export function extremes(db: Db) {
  return dialectOf(db) === "sqlite"
    ? { least: sql`min`, greatest: sql`max` }
    : { least: sql`least`, greatest: sql`greatest` };
}
