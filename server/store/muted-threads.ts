import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";

/** Notes are looked for upwards this far; `findThreadRootId` goes as far. */
const DEEPEST = 500;

/** Mutes a thread by the first note of it; twice is once. */
export async function insertMutedThread(
  db: Db,
  row: { readonly account_id: number; readonly root_id: number; readonly created_at: number },
): Promise<void> {
  await db
    .insertInto("muted_threads")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account_id", "root_id"]).doNothing())
    .execute();
}

/** Hears a thread again: no note that stands above one is muted any more, whichever of them was. */
export async function removeMutedThread(db: Db, accountId: number, noteId: number): Promise<void> {
  const above = await sql<{ id: number }>`
    with recursive above (id, parent, depth) as (
      select notes.id, notes.reply_to_id, 0 from notes where notes.id = ${noteId}
      union all
      select notes.id, notes.reply_to_id, above.depth + 1 from above join notes on notes.id = above.parent
        where above.depth < ${DEEPEST})
    select id from above`.execute(db);
  await db
    .deleteFrom("muted_threads")
    .where("account_id", "=", accountId)
    .where("root_id", "in", [noteId, ...above.rows.map((row) => row.id)])
    .execute();
}

/**
 * Those of some notes that stand in a thread which an account has muted. What is muted is a note and all below it, so that a
 * thread stays muted when an earlier note of it comes later. One statement, and no walk for who mutes none. Index: the
 * primary keys of muted_threads and notes.
 */
export async function findInMutedThreads(
  db: Db,
  accountId: number,
  noteIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (noteIds.length === 0) return new Set();
  const found = await sql<{ start: number }>`
    with recursive above (start, id, parent, depth) as (
      select notes.id, notes.id, notes.reply_to_id, 0 from notes where notes.id in (${sql.join(noteIds)})
        and exists (select 1 from muted_threads where account_id = ${accountId})
      union all
      select above.start, notes.id, notes.reply_to_id, above.depth + 1 from above
        join notes on notes.id = above.parent where above.depth < ${DEEPEST})
    select distinct start from above where ${isMuted(accountId, "above.id")}`.execute(db);
  return new Set(found.rows.map((row) => row.start));
}

/** Those of some accounts that have muted the thread of a note: one statement. */
export async function findAccountsMuting(
  db: Db,
  accountIds: readonly number[],
  noteId: number,
): Promise<ReadonlySet<number>> {
  if (accountIds.length === 0) return new Set();
  const found = await sql<{ account_id: number }>`
    with recursive above (id, parent, depth) as (
      select notes.id, notes.reply_to_id, 0 from notes where notes.id = ${noteId}
        and exists (select 1 from muted_threads where account_id in (${sql.join(accountIds)}))
      union all
      select notes.id, notes.reply_to_id, above.depth + 1 from above join notes on notes.id = above.parent
        where above.depth < ${DEEPEST})
    select distinct muted_threads.account_id from above join muted_threads on muted_threads.root_id = above.id
      where muted_threads.account_id in (${sql.join(accountIds)})`.execute(db);
  return new Set(found.rows.map((row) => row.account_id));
}

function isMuted(accountId: number, column: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from muted_threads where account_id = ${accountId} and root_id = ${sql.ref(column)})`;
}
