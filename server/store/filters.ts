import type { Insertable, Selectable, Updateable } from "kysely";
import type { Db } from "./database.ts";
import type { FilterKeywordsTable, FilterNotesTable, FiltersTable } from "./schema.ts";

export type FilterRow = Selectable<FiltersTable>;
export type FilterKeywordRow = Selectable<FilterKeywordsTable>;

/** The filters of an account, oldest first; with `now` only those that are not over. Index: filters (account_id, id). */
export async function listFilterRows(
  db: Db,
  accountId: number,
  now: number | null = null,
): Promise<readonly FilterRow[]> {
  let query = db.selectFrom("filters").selectAll().where("account_id", "=", accountId);
  if (now !== null)
    query = query.where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]));
  return await query.orderBy("id").execute();
}

/** One filter of an account. */
export async function findFilterRow(db: Db, accountId: number, id: number): Promise<FilterRow | undefined> {
  return await db
    .selectFrom("filters")
    .selectAll()
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
}

/** The words of filters. Index: filter_keywords (filter_id). */
export async function listFilterKeywords(
  db: Db,
  filterIds: readonly number[],
): Promise<readonly FilterKeywordRow[]> {
  if (filterIds.length === 0) return [];
  return await db
    .selectFrom("filter_keywords")
    .selectAll()
    .where("filter_id", "in", filterIds)
    .orderBy("id")
    .execute();
}

/** Which of some notes are filtered one by one. Index: filter_notes (filter_id, note_id). */
export async function listFilterNotes(
  db: Db,
  filterIds: readonly number[],
  noteIds: readonly number[],
): Promise<readonly { readonly filter_id: number; readonly note_id: number }[]> {
  if (filterIds.length === 0 || noteIds.length === 0) return [];
  return await db
    .selectFrom("filter_notes")
    .select(["filter_id", "note_id"])
    .where("filter_id", "in", filterIds)
    .where("note_id", "in", noteIds)
    .execute();
}

/** The single notes of filters. Index: filter_notes (filter_id, note_id). */
export async function listNotesOfFilters(
  db: Db,
  filterIds: readonly number[],
): Promise<readonly Selectable<FilterNotesTable>[]> {
  if (filterIds.length === 0) return [];
  return await db
    .selectFrom("filter_notes")
    .selectAll()
    .where("filter_id", "in", filterIds)
    .orderBy("id")
    .execute();
}

/** The filter of an account that a word, or a single note, belongs to (primary keys). */
export async function findFilterOf(
  db: Db,
  accountId: number,
  table: "filter_keywords" | "filter_notes",
  id: number,
): Promise<number | undefined> {
  const row = await db
    .selectFrom(table)
    .innerJoin("filters", "filters.id", `${table}.filter_id`)
    .select("filters.id")
    .where(`${table}.id`, "=", id)
    .where("filters.account_id", "=", accountId)
    .executeTakeFirst();
  return row?.id;
}

/** Takes one note off a filter. */
export async function removeFilterNote(db: Db, id: number): Promise<void> {
  await db.deleteFrom("filter_notes").where("id", "=", id).execute();
}

/** How many single notes each filter is about. */
export async function countFilterNotes(
  db: Db,
  filterIds: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (filterIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("filter_notes")
    .select((eb) => ["filter_id", eb.fn.countAll<number>().as("count")])
    .where("filter_id", "in", filterIds)
    .groupBy("filter_id")
    .execute();
  return new Map(rows.map((row) => [row.filter_id, Number(row.count)]));
}

/** How many filters an account has, those that are over included. */
export async function countFilters(db: Db, accountId: number): Promise<number> {
  const row = await db
    .selectFrom("filters")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Inserts a filter. */
export async function insertFilter(db: Db, row: Insertable<FiltersTable>): Promise<void> {
  await db.insertInto("filters").values(row).execute();
}

/** Changes a filter of an account. */
export async function updateFilter(
  db: Db,
  accountId: number,
  id: number,
  change: Updateable<FiltersTable>,
): Promise<void> {
  await db
    .updateTable("filters")
    .set(change)
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .execute();
}

/** Puts these words in the place of a filter's old ones. */
export async function replaceFilterKeywords(
  db: Db,
  filterId: number,
  rows: readonly Insertable<FilterKeywordsTable>[],
): Promise<void> {
  await db.deleteFrom("filter_keywords").where("filter_id", "=", filterId).execute();
  if (rows.length > 0)
    await db
      .insertInto("filter_keywords")
      .values([...rows])
      .execute();
}

/** Adds a single note to a filter; twice is once. */
export async function insertFilterNote(
  db: Db,
  row: { readonly id: number; readonly filter_id: number; readonly note_id: number },
): Promise<void> {
  await db
    .insertInto("filter_notes")
    .values(row)
    .onConflict((conflict) => conflict.columns(["filter_id", "note_id"]).doNothing())
    .execute();
}

/** Takes all single notes off a filter. */
export async function removeFilterNotes(db: Db, filterId: number): Promise<void> {
  await db.deleteFrom("filter_notes").where("filter_id", "=", filterId).execute();
}

/** Removes a filter of an account with its words and notes; false when there was none. */
export async function removeFilter(db: Db, accountId: number, id: number): Promise<boolean> {
  if ((await findFilterRow(db, accountId, id)) === undefined) return false;
  for (const table of ["filter_keywords", "filter_notes"] as const)
    await db.deleteFrom(table).where("filter_id", "=", id).execute();
  await db.deleteFrom("filters").where("id", "=", id).execute();
  return true;
}

/** Removes all filters of an account that leaves. */
export async function removeFiltersOf(db: Db, accountId: number): Promise<void> {
  const own = db.selectFrom("filters").select("id").where("account_id", "=", accountId);
  for (const table of ["filter_keywords", "filter_notes"] as const)
    await db.deleteFrom(table).where("filter_id", "in", own).execute();
  await db.deleteFrom("filters").where("account_id", "=", accountId).execute();
}
