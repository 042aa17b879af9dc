import type { Insertable, Selectable, Updateable } from "kysely";
import { sql } from "kysely";
import type { Db } from "./database.ts";
import { columns, elements } from "./json-rows.ts";
import type { TransferRowsTable, TransfersTable } from "./lifeboat-schema.ts";

export type TransferRecord = Selectable<TransfersTable>;
export type TransferRowRecord = Selectable<TransferRowsTable>;

const CHUNK = 500;

/** Writes a file that came, with all its rows. */
export async function insertTransfer(
  db: Db,
  row: Insertable<TransfersTable>,
  rows: readonly Insertable<TransferRowsTable>[],
): Promise<void> {
  await db.insertInto("transfers").values(row).execute();
  await insertTransferRows(db, rows);
}

/** Adds rows, many in a statement that stays the same: thousands of them are written while others wait for the lock. */
export async function insertTransferRows(
  db: Db,
  rows: readonly Insertable<TransferRowsTable>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = rows
      .slice(start, start + CHUNK)
      .map((row) => [...NUMBERS, ...TEXTS].map((column) => row[column] ?? null));
    await sql`insert into transfer_rows (${sql.join([...NUMBERS, ...TEXTS].map((name) => sql.ref(name)))})
      select ${columns(NUMBERS, 0)}, ${sql.join(TEXTS.map((_, at) => sql`v.value->>${sql.lit(NUMBERS.length + at)}`))}
      from ${elements(db, chunk)}`.execute(db);
  }
}

const NUMBERS = ["transfer_id", "position", "target_id", "tries", "next_at"] as const;
const TEXTS = ["verb", "subject", "place", "host", "data", "state", "message"] as const;

/** A file that came, for the job that works it off. */
export async function findTransfer(db: Db, id: number): Promise<TransferRecord | undefined> {
  return await db.selectFrom("transfers").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The same for its owner; undefined when it is somebody else's. */
export async function findOwnTransfer(
  db: Db,
  accountId: number,
  id: number,
): Promise<TransferRecord | undefined> {
  return await db
    .selectFrom("transfers")
    .selectAll()
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
}

/** The files of an account, the newest first. Index: transfers (account_id, id). */
export async function listTransferRecords(
  db: Db,
  accountId: number,
  limit: number,
): Promise<readonly TransferRecord[]> {
  return await db
    .selectFrom("transfers")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Changes a transfer that is in one of these states; false when it is not. */
export async function updateTransfer(
  db: Db,
  id: number,
  states: readonly string[],
  change: Updateable<TransfersTable>,
): Promise<boolean> {
  const row = await db
    .updateTable("transfers")
    .set(change)
    .where("id", "=", id)
    .where("state", "in", [...states])
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}

/** Adds to what is to be done. */
export async function addToTotal(db: Db, id: number, more: number): Promise<void> {
  await db
    .updateTable("transfers")
    .set((eb) => ({ total: eb("total", "+", more) }))
    .where("id", "=", id)
    .execute();
}

/** Forgets a file with its rows. */
export async function removeTransfer(db: Db, id: number): Promise<void> {
  await db.deleteFrom("transfer_rows").where("transfer_id", "=", id).execute();
  await db.deleteFrom("transfers").where("id", "=", id).execute();
}

/** Forgets the files of an account that leaves. */
export async function removeTransfersOf(db: Db, accountId: number): Promise<void> {
  const own = db.selectFrom("transfers").select("id").where("account_id", "=", accountId);
  await db.deleteFrom("transfer_rows").where("transfer_id", "in", own).execute();
  await db.deleteFrom("transfers").where("account_id", "=", accountId).execute();
}

/**
 * Rows whose time has come: of those that nobody put off the last first, since files list the newest first and what is taken over
 * last is the newest here. Index: transfer_rows (transfer_id, state, next_at, position).
 */
export async function listDueRows(
  db: Db,
  id: number,
  now: number,
  limit: number,
): Promise<readonly TransferRowRecord[]> {
  return await db
    .selectFrom("transfer_rows")
    .selectAll()
    .where("transfer_id", "=", id)
    .where("state", "=", "waiting")
    .where("next_at", "<=", now)
    .orderBy("next_at")
    .orderBy("position", "desc")
    .limit(limit)
    .execute();
}

/** When the next waiting row is due, ms; null when none waits. Index: transfer_rows (transfer_id, state, next_at, position). */
export async function nextRowAt(db: Db, id: number): Promise<number | null> {
  const row = await db
    .selectFrom("transfer_rows")
    .select("next_at")
    .where("transfer_id", "=", id)
    .where("state", "=", "waiting")
    .orderBy("next_at")
    .limit(1)
    .executeTakeFirst();
  return row?.next_at ?? null;
}

export type RowResult = {
  readonly state: "done" | "already" | "failed";
  /** JSON of a message. */
  readonly message: string | null;
  readonly targetId: number | null;
};

/** Writes what became of a row, and counts it; only once. */
export async function finishRow(db: Db, id: number, position: number, result: RowResult): Promise<void> {
  const { state, message, targetId } = result;
  const row = await db
    .updateTable("transfer_rows")
    .set({ state, message, ...(targetId === null ? {} : { target_id: targetId }) })
    .where("transfer_id", "=", id)
    .where("position", "=", position)
    .where("state", "=", "waiting")
    .returning("position")
    .executeTakeFirst();
  if (row === undefined) return;
  await db
    .updateTable("transfers")
    .set((eb) => ({ [state]: eb(state, "+", 1) }))
    .where("id", "=", id)
    .execute();
}

/** Puts a row off; `tries` counts look-ups that found nothing. */
export async function putOffRow(
  db: Db,
  id: number,
  position: number,
  change: { readonly tries: number; readonly next_at: number },
): Promise<void> {
  await db
    .updateTable("transfer_rows")
    .set(change)
    .where("transfer_id", "=", id)
    .where("position", "=", position)
    .where("state", "=", "waiting")
    .execute();
}

/** Puts all waiting rows off that would have to ask one server. */
export async function putOffHost(db: Db, id: number, host: string, until: number): Promise<void> {
  await db
    .updateTable("transfer_rows")
    .set({ next_at: until })
    .where("transfer_id", "=", id)
    .where("state", "=", "waiting")
    .where("next_at", "<", until)
    .where("host", "=", host)
    .execute();
}

export type RowsRequest = {
  /** Null: all. */
  readonly state: string | null;
  readonly limit: number;
  readonly offset: number;
};

/** Rows in the order of the file. Index: transfer_rows (transfer_id, position) or (transfer_id, state, next_at, position). */
export async function listTransferRows(
  db: Db,
  id: number,
  { state, limit, offset }: RowsRequest,
): Promise<readonly TransferRowRecord[]> {
  let query = db.selectFrom("transfer_rows").selectAll().where("transfer_id", "=", id);
  if (state !== null) query = query.where("state", "=", state);
  return await query.orderBy("position").limit(limit).offset(offset).execute();
}

/** Rows of the file that failed, after a position. Index: transfer_rows (transfer_id, position). */
export async function listFailedRows(
  db: Db,
  id: number,
  after: number,
  limit: number,
): Promise<readonly TransferRowRecord[]> {
  return await db
    .selectFrom("transfer_rows")
    .selectAll()
    .where("transfer_id", "=", id)
    .where("state", "=", "failed")
    .where("verb", "=", "add")
    .where("position", ">", after)
    .orderBy("position")
    .limit(limit)
    .execute();
}

/** How many rows could be worked on later or already wait for another server. Index: transfer_rows (transfer_id, state, next_at, position). */
export async function countPutOff(db: Db, id: number): Promise<number> {
  const row = await db
    .selectFrom("transfer_rows")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("transfer_id", "=", id)
    .where("state", "=", "waiting")
    .where("next_at", ">", 0)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
