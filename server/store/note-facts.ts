import { sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import { prepared } from "./prepared.ts";
import { visibleTo } from "./visible.ts";

/** How many open quotes notes have that were agreed to; those without are left out. Index: notes_quote (partial). */
export async function countQuotes(db: Db, noteIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (noteIds.length === 0) return new Map();
  const ids = [...new Set(noteIds)];
  const rows = await prepared(db, "quotes", { ids }, (on, places) =>
    on
      .selectFrom("notes")
      .select((eb) => ["quote_id", eb.fn.countAll<number>().as("count")])
      .where("quote_id", "in", places.ids)
      .where("quote_id", "is not", null)
      .where("quote_state", "=", sql.lit("accepted"))
      .where(sql<boolean>`visibility in ('public', 'unlisted')`)
      .where("deleted_at", "is", null)
      .groupBy("quote_id"),
  );
  return new Map(rows.map((row) => [row.quote_id ?? 0, Number(row.count)]));
}

/** Notes that quote one with its author's consent, as far as `viewer` may see them, newest first. Index: notes_quote (partial). */
export async function listQuotes(
  db: Db,
  viewer: number | null,
  noteId: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number }>> {
  let query = db
    .selectFrom("notes")
    .select("id")
    .where("quote_id", "=", noteId)
    .where("quote_state", "=", "accepted")
    .where(visibleTo(viewer));
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Names and addresses of apps; no query for none. */
export async function findAppNames(
  db: Db,
  ids: readonly number[],
): Promise<ReadonlyMap<number, { readonly name: string; readonly website: string | null }>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("apps").select(["id", "name", "website"]).where("id", "in", ids).execute();
  return new Map(rows.map(({ id, name, website }) => [id, { name, website }]));
}
