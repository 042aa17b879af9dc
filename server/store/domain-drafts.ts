import { type Insertable, type Selectable, sql } from "kysely";
import type { DraftState } from "../domain/domain-draft.ts";
import type { Db } from "./database.ts";
import { elements, texts } from "./json-rows.ts";
import type { DomainDraftsTable, DomainImportsTable } from "./safety-schema.ts";

export type DraftRow = Selectable<DomainDraftsTable>;
export type ImportRow = Selectable<DomainImportsTable>;

const CHUNK = 500;
const NUMBERS = ["id", "reject_media", "reject_reports", "obfuscated", "created_at"] as const;
const TEXTS = ["host", "source", "severity", "public_comment", "private_comment", "state", "fault"] as const;

/**
 * Writes drafts, many in a statement; one of the same source and domain is written over: a list says something else now,
 * and who decided before decides again.
 */
export async function putDrafts(
  db: Db,
  rows: readonly Omit<Insertable<DomainDraftsTable>, "before" | "decided_at">[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += CHUNK) {
    const cells = rows
      .slice(start, start + CHUNK)
      .map((row) => [...NUMBERS, ...TEXTS].map((column) => row[column] ?? null));
    const names = [...NUMBERS, ...TEXTS];
    const changed = names.filter((name) => name !== "id" && name !== "host" && name !== "source");
    await sql`insert into domain_drafts (${sql.join(names.map((name) => sql.ref(name)))})
      select ${sql.join(NUMBERS.map((_, at) => sql`cast(v.value->>${sql.lit(at)} as bigint)`))},
        ${sql.join(TEXTS.map((_, at) => sql`v.value->>${sql.lit(NUMBERS.length + at)}`))}
      from ${elements(db, cells)} where true
      on conflict (source, host) do update set decided_at = null,
        ${sql.join(changed.map((name) => sql`${sql.ref(name)} = excluded.${sql.ref(name)}`))}`.execute(db);
  }
}

/** Drafts of a source in a state (all with null), by id: one more than `limit` when there are more. Index: domain_drafts (source, state, id). */
export async function listDrafts(
  db: Db,
  source: string,
  page: { readonly states: readonly DraftState[]; readonly after: number; readonly limit: number },
): Promise<readonly DraftRow[]> {
  return await db
    .selectFrom("domain_drafts")
    .selectAll()
    .where("source", "=", source)
    .where("state", "in", [...page.states])
    .where("id", ">", page.after)
    .orderBy("id")
    .limit(page.limit)
    .execute();
}

/** All drafts of a source as they compare with a list, by domain. Index: domain_drafts (source, host). */
export async function draftsBySource(db: Db, source: string): Promise<ReadonlyMap<string, DraftRow>> {
  const rows = await db.selectFrom("domain_drafts").selectAll().where("source", "=", source).execute();
  return new Map(rows.map((row) => [row.host, row]));
}

/** How many drafts are in each state, by source. One pass over the table. */
export async function countDrafts(
  db: Db,
): Promise<readonly { readonly source: string; readonly state: string; readonly found: number }[]> {
  const rows = await db
    .selectFrom("domain_drafts")
    .select((eb) => ["source", "state", eb.fn.countAll<number>().as("found")])
    .groupBy(["source", "state"])
    .execute();
  return rows.map((row) => ({ ...row, found: Number(row.found) }));
}

/** How many wait, of all sources. Reads the table once; it is small, or somebody is at it. */
export async function countWaiting(db: Db): Promise<number> {
  const row = await db
    .selectFrom("domain_drafts")
    .select((eb) => eb.fn.countAll<number>().as("found"))
    .where("state", "=", "waiting")
    .executeTakeFirst();
  return Number(row?.found ?? 0);
}

/** Moves drafts of a source from some states to another one, those with `ids` or all of them. Returns how many. */
export async function moveDrafts(
  db: Db,
  source: string,
  move: {
    readonly from: readonly DraftState[];
    readonly to: DraftState;
    readonly ids: readonly number[] | null;
    readonly at: number | null;
  },
): Promise<number> {
  let query = db
    .updateTable("domain_drafts")
    .set({ state: move.to, ...(move.at === null ? {} : { decided_at: move.at }) })
    .where("source", "=", source)
    .where("state", "in", [...move.from]);
  const { ids } = move;
  if (ids !== null)
    query = query.where("id", "in", sql<number>`(select cast(v.value as bigint) from ${texts(db, ids)})`);
  return Number((await query.executeTakeFirst()).numUpdatedRows);
}

/** Moves one draft on, with the rule that was there before (JSON), if it still is where it was. */
export async function finishDraft(
  db: Db,
  id: number,
  end: { readonly from: DraftState; readonly to: DraftState; readonly before?: string; readonly at: number },
): Promise<boolean> {
  const done = await db
    .updateTable("domain_drafts")
    .set({
      state: end.to,
      decided_at: end.at,
      ...(end.before === undefined ? {} : { before: end.before }),
    })
    .where("id", "=", id)
    .where("state", "=", end.from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Forgets drafts of a source in these states, of these domains or of all. */
export async function removeDrafts(
  db: Db,
  source: string,
  states: readonly DraftState[] | null,
  hosts: readonly string[] | null = null,
): Promise<void> {
  let query = db.deleteFrom("domain_drafts").where("source", "=", source);
  if (states !== null) query = query.where("state", "in", [...states]);
  if (hosts !== null)
    query = query.where("host", "in", sql<string>`(select v.value from ${texts(db, hosts)})`);
  await query.execute();
}

/** Remembers that a file was brought. */
export async function insertImport(db: Db, row: Insertable<DomainImportsTable>): Promise<void> {
  await db.insertInto("domain_imports").values(row).execute();
}

/** Files that were brought, the newest first. Index: primary key. */
export async function listImportRows(db: Db, limit: number): Promise<readonly ImportRow[]> {
  return await db.selectFrom("domain_imports").selectAll().orderBy("id", "desc").limit(limit).execute();
}

export async function findImportRow(db: Db, id: number): Promise<ImportRow | undefined> {
  return await db.selectFrom("domain_imports").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Forgets a file. */
export async function removeImport(db: Db, id: number): Promise<void> {
  await db.deleteFrom("domain_imports").where("id", "=", id).execute();
}
