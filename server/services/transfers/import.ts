import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { TransferId, TransferMode, TransferRow } from "../../domain/transfer.ts";
import { CausewayError, type Message } from "../../errors.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { lockAccount } from "../../store/accounts.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  findTransfer,
  insertTransfer,
  listTransferRecords,
  removeTransfer,
  updateTransfer,
} from "../../store/transfers.ts";
import { takeLimit } from "../accounts/limits.ts";
import { requireAtHome } from "../moves/moved.ts";
import { type ComingFile, readFile } from "./read-file.ts";
import { MOST_KEPT, ownTransfer } from "./results.ts";
import { subjectOf } from "./subjects.ts";
import { sweepFirst } from "./sweep.ts";
import { requestWork } from "./work.ts";

const DAY = 86_400_000;
/** How long a file and its results are kept, from when it came. */
export const TRANSFER_KEPT_MS = 14 * DAY;

/** Reads a file and keeps its rows; nothing is changed before `startImport`. @throws invalid with fields, too_many */
export async function beginImport(app: App, viewer: Viewer, file: ComingFile): Promise<TransferId> {
  takeLimit(app, USE_LIMITS.transfers, String(viewer.actorId));
  const { kind, rows } = await readFile(file);
  const id: TransferId = asId(app.ids.next());
  const now = app.clock.now();
  const failed = rows.filter(({ isSound }) => !isSound).length;
  const records = rows.map(({ row, isSound }, at) => toRecord(app, id, at + 1, row, isSound));
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    await forgetOldest(tx, viewer);
    await insertTransfer(
      tx,
      {
        id,
        account_id: viewer.accountId,
        kind,
        mode: "none",
        state: "review",
        name: nameOf(file.name),
        total: rows.length,
        done: 0,
        already: 0,
        failed,
        swept: 0,
        created_at: now,
        finished_at: null,
      },
      records,
    );
    await requestForgetting(app, tx, id);
  });
  app.wake();
  return id;
}

function toRecord(app: App, transferId: number, position: number, row: TransferRow, isSound: boolean) {
  const { kind: _kind, ...data } = row;
  return {
    transfer_id: transferId,
    position,
    verb: "add",
    ...subjectOf(app, row),
    target_id: null,
    data: toJson(data),
    state: isSound ? "waiting" : "failed",
    tries: 0,
    next_at: 0,
    message: isSound ? null : toJson({ key: "transfer_row.unreadable" } satisfies Message),
  };
}

/** The last part of a name, without what could be mistaken on a page. */
function nameOf(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  return last
    .replace(/[\p{C}]/gu, "")
    .trim()
    .slice(0, 120);
}

/** The oldest make room; what is being worked on stays. */
async function forgetOldest(tx: Db, viewer: Viewer): Promise<void> {
  const rows = await listTransferRecords(tx, viewer.accountId, 10 * MOST_KEPT);
  const settled = rows.slice(MOST_KEPT - 1).filter(({ state }) => state !== "running");
  for (const row of settled) await removeTransfer(tx, row.id);
}

async function requestForgetting(app: App, tx: Db, id: number): Promise<void> {
  const now = app.clock.now();
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt: now + TRANSFER_KEPT_MS,
    kind: "forget-transfer",
    payload: { transferId: id },
    dedupeKey: `forget-transfer:${id}`,
    lane: 2,
  });
}

/** Forgets a file whose time is over, once nobody works on it. The job `forget-transfer`. */
export async function forgetTransfer(app: App, id: number): Promise<void> {
  await transaction(app.db, async (tx) => {
    const transfer = await findTransfer(tx, id);
    if (transfer?.state === "running") return await requestForgetting(app, tx, id);
    if (transfer !== undefined) await removeTransfer(tx, id);
  });
}

/**
 * Has a file worked off: `merge` adds, `overwrite` also takes away what the file does not have.
 * @throws not_found, conflict when it was begun already, forbidden for those who moved away
 */
export async function startImport(
  app: App,
  viewer: Viewer,
  id: TransferId,
  mode: TransferMode,
): Promise<void> {
  const found = await ownTransfer(app.db, viewer, id);
  if (found.kind === "follows" || found.kind === "lists") await requireAtHome(app, viewer);
  await transaction(app.db, async (tx) => {
    if (!(await updateTransfer(tx, id, ["review"], { state: "running", mode })))
      throw new CausewayError("conflict", "error.import_begun");
    if (mode === "overwrite") await sweepFirst(tx, viewer, await ownTransfer(tx, viewer, id));
    await requestWork(app, tx, id, app.clock.now());
  });
  app.wake();
}

/** Stops the work; what was done stays. Idempotent. @throws not_found */
export async function stopImport(app: App, viewer: Viewer, id: TransferId): Promise<void> {
  await ownTransfer(app.db, viewer, id);
  await updateTransfer(app.db, id, ["running"], { state: "stopped", finished_at: app.clock.now() });
}

/** Goes on with what was stopped, or is stuck. Idempotent. @throws not_found */
export async function continueImport(app: App, viewer: Viewer, id: TransferId): Promise<void> {
  await ownTransfer(app.db, viewer, id);
  await transaction(app.db, async (tx) => {
    if (await updateTransfer(tx, id, ["stopped", "running"], { state: "running", finished_at: null }))
      await requestWork(app, tx, id, app.clock.now());
  });
  app.wake();
}

/** Forgets a file and its results; what was taken over stays. @throws not_found, conflict while it is worked on */
export async function removeImport(app: App, viewer: Viewer, id: TransferId): Promise<void> {
  await transaction(app.db, async (tx) => {
    if ((await ownTransfer(tx, viewer, id)).state === "running")
      throw new CausewayError("conflict", "error.import_running");
    await removeTransfer(tx, id);
  });
}
