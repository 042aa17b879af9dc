import type { Db } from "./database.ts";
import type { KeptLogHeadsTable } from "./safety-schema.ts";

export type KeptHeadRow = KeptLogHeadsTable;

/** Keeps what a home signed about its log; false when it is here already. Nothing that was kept is ever changed. */
export async function keepLogHead(db: Db, row: KeptHeadRow): Promise<boolean> {
  const done = await db
    .insertInto("kept_log_heads")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("seq")
    .executeTakeFirst();
  return done !== undefined;
}

/** How many heads of a home came since a time, ms. By primary key. */
export async function countKeptSince(db: Db, agreementId: number, since: number): Promise<number> {
  const row = await db
    .selectFrom("kept_log_heads")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("agreement_id", "=", agreementId)
    .where("received_at", ">=", since)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** What was kept for a home, by number of the line; at most 100,000. By primary key. */
export async function listKeptHeads(
  db: Db,
  agreementIds: readonly number[],
): Promise<readonly KeptHeadRow[]> {
  if (agreementIds.length === 0) return [];
  return await db
    .selectFrom("kept_log_heads")
    .selectAll()
    .where("agreement_id", "in", agreementIds)
    .orderBy("seq")
    .orderBy("received_at")
    .limit(100_000)
    .execute();
}
