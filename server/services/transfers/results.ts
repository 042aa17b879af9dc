import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import {
  type RowState,
  TRANSFER_KINDS,
  type TransferId,
  type TransferKind,
  type TransferMode,
  type TransferRow,
  type TransferState,
} from "../../domain/transfer.ts";
import { type Message, notFound } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import {
  countPutOff,
  findOwnTransfer,
  listFailedRows,
  listTransferRecords,
  listTransferRows,
  type TransferRecord,
  type TransferRowRecord,
} from "../../store/transfers.ts";
import { csvLine } from "../../text/csv.ts";
import { headerOf, toCells } from "../../text/csv-lists.ts";
import { toFilterInFile } from "../../text/filters-file.ts";
import { countSweep } from "./sweep.ts";
import { rowOf } from "./work.ts";

// What is in a file that somebody brought, and what came of it.

/** Files of one person that are kept. */
export const MOST_KEPT = 20;
/** Rows on a page of results. */
const PAGE = 50;

/** A file that came. */
export type TransferView = {
  readonly id: TransferId;
  readonly kind: TransferKind;
  readonly state: TransferState;
  /** Null until it is chosen. */
  readonly mode: TransferMode | null;
  /** As it was called. */
  readonly name: string;
  readonly total: number;
  readonly done: number;
  readonly already: number;
  readonly failed: number;
  /** Rows that nobody has looked at yet. */
  readonly waiting: number;
  /** Ms. */
  readonly createdAt: number;
  readonly finishedAt: number | null;
};

/** One row and what became of it. */
export type RowView = {
  /** 1 is the first one of the file, without its header. */
  readonly position: number;
  /** Something that is not in the file, and that goes. */
  readonly isRemoval: boolean;
  /** What it is about, as the file has it, or as it is called here. */
  readonly label: string;
  /** The list that somebody joins or leaves. */
  readonly list: string | null;
  readonly state: RowState;
  readonly message: Message | null;
};

/** The files that somebody brought, the newest first. */
export async function listImports(app: App, viewer: Viewer): Promise<readonly TransferView[]> {
  return (await listTransferRecords(app.db, viewer.accountId, MOST_KEPT)).map(toView);
}

/** One of them. @throws not_found */
export async function getImport(app: App, viewer: Viewer, id: TransferId): Promise<TransferView> {
  return toView(await ownTransfer(app.db, viewer, id));
}

/** How much overwriting would take away now: whole lists, and whatever else. @throws not_found */
export async function countGoing(
  app: App,
  viewer: Viewer,
  id: TransferId,
): Promise<{ readonly whole: number; readonly others: number }> {
  return await countSweep(app.db, viewer, await ownTransfer(app.db, viewer, id));
}

/** How many rows wait for another server, or its turn. @throws not_found */
export async function countWaitingElsewhere(app: App, viewer: Viewer, id: TransferId): Promise<number> {
  return await countPutOff(app.db, (await ownTransfer(app.db, viewer, id)).id);
}

/** A page of rows in the order of the file; `page` counts from 1. @throws not_found */
export async function listImportRows(
  app: App,
  viewer: Viewer,
  id: TransferId,
  request: { readonly state: RowState | null; readonly page: number },
): Promise<{ readonly rows: readonly RowView[]; readonly hasMore: boolean }> {
  const transfer = await ownTransfer(app.db, viewer, id);
  const found = await listTransferRows(app.db, id, {
    state: request.state,
    limit: PAGE + 1,
    offset: (request.page - 1) * PAGE,
  });
  return { rows: found.slice(0, PAGE).map((row) => toRowView(transfer, row)), hasMore: found.length > PAGE };
}

/** The rows that failed, as a file of the same kind, to be mended and brought once more. @throws not_found */
export async function openFailedRows(
  app: App,
  viewer: Viewer,
  id: TransferId,
): Promise<{ readonly kind: TransferKind; readonly text: AsyncGenerator<string> }> {
  const transfer = await ownTransfer(app.db, viewer, id);
  return { kind: kindOf(transfer), text: failedText(app, transfer) };
}

async function* failedText(app: App, transfer: TransferRecord): AsyncGenerator<string> {
  const kind = kindOf(transfer);
  const filters: unknown[] = [];
  if (kind !== "filters") yield csvLine(headerOf(kind) ?? []).replace(/^\n$/, "");
  for (let after = 0; ;) {
    const rows = await listFailedRows(app.db, transfer.id, after, 500);
    for (const record of rows) {
      const row = rowOf(transfer, record);
      if (row.kind === "filters") filters.push(toFilterInFile(row));
      else yield lineOf(row);
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.position;
  }
  if (kind === "filters") yield `${JSON.stringify({ custom_filters: filters }, null, 2)}\n`;
}

function lineOf(row: Exclude<TransferRow, { readonly kind: "filters" }>): string {
  switch (row.kind) {
    case "follows":
      return csvLine(toCells("follows", row));
    case "mutes":
      return csvLine(toCells("mutes", row));
    case "blocks":
      return csvLine(toCells("blocks", row));
    case "lists":
      return csvLine(toCells("lists", row));
    case "domains":
      return csvLine(toCells("domains", row));
    case "bookmarks":
      return csvLine(toCells("bookmarks", row));
    default: {
      const unknown: never = row;
      return unknown;
    }
  }
}

/** A file of the person. @throws not_found */
export async function ownTransfer(db: Db, viewer: Viewer, id: TransferId): Promise<TransferRecord> {
  const row = await findOwnTransfer(db, viewer.accountId, id);
  if (row === undefined) throw notFound();
  return row;
}

function kindOf(row: TransferRecord): TransferKind {
  return TRANSFER_KINDS.find((kind) => kind === row.kind) ?? "follows";
}

const STATES: readonly TransferState[] = ["review", "running", "done", "stopped"];

function toView(row: TransferRecord): TransferView {
  return {
    id: asId(row.id),
    kind: kindOf(row),
    state: STATES.find((state) => state === row.state) ?? "stopped",
    mode: row.mode === "merge" || row.mode === "overwrite" ? row.mode : null,
    name: row.name,
    total: row.total,
    done: row.done,
    already: row.already,
    failed: row.failed,
    waiting: Math.max(0, row.total - row.done - row.already - row.failed),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

const ROW_STATES: readonly RowState[] = ["waiting", "done", "already", "failed"];

function toRowView(transfer: TransferRecord, record: TransferRowRecord): RowView {
  const isRemoval = record.verb === "remove";
  return {
    position: record.position,
    isRemoval,
    label: isRemoval ? record.subject.replace(/@$/, "") : labelOf(rowOf(transfer, record)),
    list: record.place,
    state: ROW_STATES.find((state) => state === record.state) ?? "waiting",
    message: record.message === null ? null : fromJson<Message | null>(record.message, null),
  };
}

function labelOf(row: TransferRow): string {
  switch (row.kind) {
    case "follows":
    case "mutes":
    case "blocks":
    case "lists":
      return row.handle;
    case "domains":
      return row.domain;
    case "bookmarks":
      return row.uri;
    case "filters":
      return row.title === "" ? (row.keywords[0]?.keyword ?? "") : row.title;
    default: {
      const unknown: never = row;
      return unknown;
    }
  }
}
