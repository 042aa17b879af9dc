import { type RawBuilder, sql } from "kysely";
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
