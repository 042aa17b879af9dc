import { getLogger } from "@logtape/logtape";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import type { TransferKind, TransferMode, TransferRow } from "../../domain/transfer.ts";
import { CausewayError, type Message } from "../../errors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue, type JobContext } from "../../store/jobs.ts";
import {
  findTransfer,
  finishRow,
  listDueRows,
  nextRowAt,
  putOffHost,
  putOffRow,
  type RowResult,
  type TransferRecord,
  type TransferRowRecord,
  updateTransfer,
} from "../../store/transfers.ts";
import { findViewerOfAccount } from "../accounts/viewers.ts";
import { applyRow, findTarget, type Target } from "./apply.ts";
import { dropRow } from "./drop.ts";
import type { Found } from "./found.ts";
import { sweepAfterwards } from "./sweep.ts";

const MINUTE = 60_000;
/** A turn of the job; then others of the same lane have one. */
const TURN_MS = 20_000;
/** Rows read at a time, and how many of them ask other servers at once: most of that is waiting. */
const BATCH = 48;
const AT_ONCE = 8;
/** When a server is asked once more that had nobody, or did not answer. */
const RETRIES_MS: readonly number[] = [3 * MINUTE, 30 * MINUTE];
/** A fault of ours or of the moment. */
const FAULT_MS = 5 * MINUTE;

/** Has a file worked off from a time on, inside the caller's transaction. */
export async function requestWork(app: App, tx: Db, id: number, runAt: number): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    runAt,
    kind: "transfer",
    payload: { transferId: id },
    dedupeKey: `transfer:${id}`,
    lane: 2,
  });
}

/**
 * The job `transfer`: works off some rows of a file and asks for another turn. The rows are the state, so that it goes on
 * where it was after any stop; a row that was done just before a crash says that it was so already.
 */
export async function workOnTransfer(app: App, id: number, { signal }: JobContext): Promise<void> {
  const transfer = await findTransfer(app.db, id);
  if (transfer === undefined || transfer.state !== "running") return;
  const viewer = await findViewerOfAccount(app, asId(transfer.account_id));
  if (viewer === null) return void (await updateTransfer(app.db, id, ["running"], { state: "stopped" }));
  const pause = await takeATurn(app, viewer, transfer, signal);
  await transaction(app.db, (tx) => goOn(app, tx, viewer, id, pause));
  app.wake();
}

/** Rows until the turn is over, nothing is due, or it was stopped. Answers how long to pause, in ms. */
async function takeATurn(
  app: App,
  viewer: Viewer,
  transfer: TransferRecord,
  signal: AbortSignal,
): Promise<number> {
  const end = app.clock.now() + TURN_MS;
  for (;;) {
    const rows = await listDueRows(app.db, transfer.id, app.clock.now(), BATCH);
    if (rows.length === 0) return 0;
    for (let start = 0; start < rows.length; start += AT_ONCE) {
      if (signal.aborted || app.clock.now() > end) return 0;
      if ((await findTransfer(app.db, transfer.id))?.state !== "running") return 0;
      const pause = await workOnRows(app, viewer, transfer, rows.slice(start, start + AT_ONCE));
      if (pause > 0) return pause;
    }
  }
}

async function workOnRows(
  app: App,
  viewer: Viewer,
  transfer: TransferRecord,
  rows: readonly TransferRowRecord[],
): Promise<number> {
  const found = await Promise.all(rows.map((row) => look(app, viewer, transfer, row)));
  let pause = 0;
  for (const [at, row] of rows.entries()) {
    const target = found[at];
    if (target !== undefined) pause = Math.max(pause, await settle(app, viewer, transfer, row, target));
  }
  return pause;
}

type Looked = Found<Target> | { readonly type: "fault"; readonly error: unknown };

async function look(
  app: App,
  viewer: Viewer,
  transfer: TransferRecord,
  row: TransferRowRecord,
): Promise<Looked> {
  if (row.verb === "remove") return { type: "found", value: null };
  try {
    return await findTarget(app, viewer, rowOf(transfer, row), row.tries);
  } catch (error) {
    return { type: "fault", error };
  }
}

/** Writes what became of a row. Answers how long the whole file has to pause, in ms. */
async function settle(
  app: App,
  viewer: Viewer,
  transfer: TransferRecord,
  row: TransferRowRecord,
  looked: Looked,
): Promise<number> {
  switch (looked.type) {
    case "found":
      await carryOut(app, viewer, transfer, row, looked.value);
      return 0;
    case "never":
      await finish(app, row, { state: "failed", targetId: null, message: looked.why });
      return 0;
    case "nothing":
      await tryAgain(app, row, RETRIES_MS[row.tries], { key: "transfer_row.not_found" });
      return 0;
    case "later":
      return await putOff(app, row, looked);
    case "fault":
      await fail(app, row, looked.error);
      return 0;
    default: {
      const unknown: never = looked;
      return unknown;
    }
  }
}

async function putOff(
  app: App,
  row: TransferRowRecord,
  { host, delayMs }: { readonly host: string | null; readonly delayMs: number },
): Promise<number> {
  const until = app.clock.now() + delayMs;
  // A filter asks several servers, all of them once more at the next try: that has to end.
  if (row.host === null)
    await putOffRow(app.db, row.transfer_id, row.position, { tries: row.tries + 1, next_at: until });
  else if (host === null) return delayMs;
  else await putOffHost(app.db, row.transfer_id, row.host, until);
  return 0;
}

async function carryOut(
  app: App,
  viewer: Viewer,
  transfer: TransferRecord,
  row: TransferRowRecord,
  target: Target,
): Promise<void> {
  try {
    if (row.verb === "remove") {
      await dropRow(app, viewer, transfer.kind as TransferKind, row);
      return await finish(app, row, { state: "done", targetId: null });
    }
    const mode: TransferMode = transfer.mode === "overwrite" ? "overwrite" : "merge";
    await finish(app, row, await applyRow(app, viewer, rowOf(transfer, row), target, mode));
  } catch (error) {
    await fail(app, row, error);
  }
}

/** A refusal is the answer for this row; anything else may be better later, and then is a fault of ours. */
async function fail(app: App, row: TransferRowRecord, error: unknown): Promise<void> {
  const message = error instanceof CausewayError ? messageOf(error) : null;
  if (message !== null) return await finish(app, row, { state: "failed", targetId: null, message });
  const facts = { transfer: row.transfer_id, position: row.position, error };
  getLogger(["causeway", "transfers"]).warn("Row {position} of transfer {transfer} failed: {error}", facts);
  await tryAgain(app, row, row.tries < RETRIES_MS.length ? FAULT_MS : undefined, {
    key: "transfer_row.fault",
  });
}

/** Null for what may pass: too much at once, a server that does not answer. */
function messageOf(error: CausewayError): Message | null {
  if (["too_many", "remote_failed", "unavailable"].includes(error.kind)) return null;
  if (error.kind === "not_found" || error.kind === "gone") return { key: "transfer_row.left" };
  // `canonicalDomain` has no more to say about our own name.
  if (error.fields["domain"]?.key === "error.invalid") return { key: "transfer_row.own_server" };
  const [field] = Object.values(error.fields);
  return field ?? { key: error.key, params: error.params };
}

/** Undefined delay: that was the last try. */
async function tryAgain(
  app: App,
  row: TransferRowRecord,
  delayMs: number | undefined,
  message: Message,
): Promise<void> {
  if (delayMs === undefined) return await finish(app, row, { state: "failed", targetId: null, message });
  const next_at = app.clock.now() + delayMs;
  await putOffRow(app.db, row.transfer_id, row.position, { tries: row.tries + 1, next_at });
}

async function finish(
  app: App,
  row: TransferRowRecord,
  result: Omit<RowResult, "message"> & { readonly message?: Message | undefined },
): Promise<void> {
  const message = result.message === undefined ? null : toJson(result.message);
  await transaction(app.db, (tx) => finishRow(tx, row.transfer_id, row.position, { ...result, message }));
}

/** The next turn, what is to go once all rows were looked at, or the end. */
async function goOn(app: App, tx: Db, viewer: Viewer, id: number, pause: number): Promise<void> {
  const transfer = await findTransfer(tx, id);
  if (transfer === undefined || transfer.state !== "running") return;
  const now = app.clock.now();
  const next = await nextRowAt(tx, id);
  if (next !== null) return await requestWork(app, tx, id, Math.max(now + pause, next));
  if (await sweepAfterwards(tx, viewer, transfer)) return await requestWork(app, tx, id, now);
  await updateTransfer(tx, id, ["running"], { state: "done", finished_at: now });
}

/** What a stored row of a file says. */
export function rowOf(transfer: Pick<TransferRecord, "kind">, row: TransferRowRecord): TransferRow {
  return { ...fromJson<TransferRow>(row.data, {} as TransferRow), kind: transfer.kind } as TransferRow;
}
