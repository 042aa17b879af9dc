import type { TransferKind } from "../../domain/transfer.ts";
import { toJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  addToTotal,
  insertTransferRows,
  type TransferRecord,
  updateTransfer,
} from "../../store/transfers.ts";
import { countGone, type GonePart, type GoneRow, listGone, type Owner } from "../../store/transfers-gone.ts";

// Overwriting: what somebody has and the file has not goes, each thing as a row of its own.

/** Where there may only be so many, what goes makes room first. */
const BEFORE: Readonly<Record<TransferKind, readonly GonePart[]>> = {
  follows: [],
  mutes: [],
  blocks: [],
  lists: ["titles"],
  domains: ["domains"],
  bookmarks: [],
  filters: ["filters"],
};
/** Whom a handle means is known only when their server was asked, so that the rest goes at the end. */
const AFTER: Readonly<Record<TransferKind, readonly GonePart[]>> = {
  follows: ["follows"],
  mutes: ["mutes"],
  blocks: ["blocks"],
  lists: ["lists"],
  domains: [],
  bookmarks: ["bookmarks"],
  filters: [],
};

/** How much would go with what is known now: `whole` lists, and whatever else. */
export async function countSweep(
  db: Db,
  owner: Owner,
  { id, kind }: Pick<TransferRecord, "id" | "kind">,
): Promise<{ readonly whole: number; readonly others: number }> {
  let [whole, others] = [0, 0];
  for (const part of [...BEFORE[kind as TransferKind], ...AFTER[kind as TransferKind]]) {
    const count = await countGone(db, part, owner, id);
    if (part === "titles") whole += count;
    else others += count;
  }
  return { whole, others };
}

/** Writes down what goes first, inside the caller's transaction. */
export async function sweepFirst(tx: Db, owner: Owner, transfer: TransferRecord): Promise<void> {
  await sweep(tx, owner, transfer, BEFORE[transfer.kind as TransferKind]);
}

/** Writes down what goes at the end; false when there is nothing more to do. Inside the caller's transaction. */
export async function sweepAfterwards(tx: Db, owner: Owner, transfer: TransferRecord): Promise<boolean> {
  if (transfer.mode !== "overwrite" || transfer.swept === 1) return false;
  await updateTransfer(tx, transfer.id, ["running"], { swept: 1 });
  return (await sweep(tx, owner, transfer, AFTER[transfer.kind as TransferKind])) > 0;
}

async function sweep(
  tx: Db,
  owner: Owner,
  transfer: TransferRecord,
  parts: readonly GonePart[],
): Promise<number> {
  const gone: GoneRow[] = [];
  for (const part of parts) gone.push(...(await listGone(tx, part, owner, transfer.id)));
  const rows = gone.map((row, at) => ({
    transfer_id: transfer.id,
    position: transfer.total + at + 1,
    verb: "remove",
    subject: row.subject,
    // Also tells people who leave a list from lists that go.
    place: row.place,
    host: null,
    target_id: row.target_id,
    data: toJson({}),
    state: "waiting",
    tries: 0,
    next_at: 0,
    message: null,
  }));
  await insertTransferRows(tx, rows);
  if (rows.length > 0) await addToTotal(tx, transfer.id, rows.length);
  return rows.length;
}
