import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { LOG_KINDS, type LogKind, type LogLine, type LogView } from "../../domain/moderation-log.ts";
import { invalid, notFound } from "../../errors.ts";
import { fromJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import {
  findLine,
  findLoggedNote,
  forgetGoneObjects,
  linesAbout,
  listHeads,
  listLines,
  type LogRow,
  newestLine,
  walkLines,
} from "../../store/moderation-log.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { audit } from "./audit.ts";
import { appendLog } from "./log.ts";
import { logAddress, logKey } from "./log-heads.ts";

const SHOWN = 40;
/** Lines read at a time for the whole log. */
const PORTION = 500;
const COMMENT_MAX = 500;
const MONTH = /^\d{4}-(?:0[1-9]|1[0-2])$/;

/** What is asked of the log: a kind, a month (`2026-05`, UTC), lines below a number. */
export type LogRequest = {
  readonly kind?: LogKind | undefined;
  readonly month?: string | undefined;
  readonly before?: number | undefined;
};

/** A page of the public log, newest first; `older` is where the next one begins. @throws not_found for no month */
export async function listLog(
  app: App,
  request: LogRequest,
): Promise<{ readonly lines: readonly LogView[]; readonly older: number | null }> {
  const rows = await listLines(
    app.db,
    { kind: request.kind, ...spanOf(request.month) },
    { before: request.before, limit: SHOWN + 1 },
  );
  const shown = rows.slice(0, SHOWN);
  return { lines: shown.map(toView), older: rows.length > SHOWN ? (shown.at(-1)?.seq ?? null) : null };
}

/** Beginning and end of a month in ms. */
function spanOf(month: string | undefined): { readonly from?: number; readonly to?: number } {
  if (month === undefined) return {};
  if (!MONTH.test(month)) throw notFound();
  const [year, number] = month.split("-").map(Number);
  return { from: Date.UTC(year ?? 0, (number ?? 1) - 1), to: Date.UTC(year ?? 0, number ?? 1) };
}

/** True for a word that lines are filtered by. */
export function isLogKind(text: string | undefined): text is LogKind {
  return LOG_KINDS.some((one) => one === text);
}

/** One line with what was said about it later. @throws not_found */
export async function viewLine(
  app: App,
  seq: number,
): Promise<{ readonly entry: LogView; readonly later: readonly LogView[] }> {
  const row = await findLine(app.db, seq);
  if (row === undefined) throw notFound();
  return { entry: toView(row), later: (await linesAbout(app.db, seq)).map(toView) };
}

/** The note that a line is about, while everybody may see it. @throws not_found */
export async function loggedNote(app: App, seq: number): Promise<NoteId> {
  const id = await findLoggedNote(app.db, seq);
  if (id === null) throw notFound();
  return asId(id);
}

/**
 * Adds a word to an earlier line: what was wrong about it, or what came of it. Nothing that stands in the log is ever
 * changed. @throws forbidden below administrator, not_found, invalid `{ comment }`
 */
export async function annotateLine(
  app: App,
  viewer: Viewer,
  command: { readonly seq: number; readonly comment: string },
): Promise<number> {
  requireAdministrator(viewer);
  const comment = command.comment.trim();
  if (comment === "") throw invalid({ comment: { key: "field.required" } });
  if (comment.length > COMMENT_MAX)
    throw invalid({ comment: { key: "field.too_long", params: { max: COMMENT_MAX } } });
  return await transaction(app.db, async (tx) => {
    const about = await findLine(tx, command.seq);
    if (about === undefined) throw notFound();
    const { subject } = toView(about).line;
    const seq = await appendLog(app, tx, {
      kind: "note",
      what: "correction",
      subject,
      about: command.seq,
      comment,
    });
    await audit(app, tx, viewer, {
      what: "log.corrected",
      subject: String(command.seq),
      detail: { line: seq },
    });
    return seq;
  });
}

/**
 * The whole log as lines of JSON, oldest first, with the signed heads between them: everything that is needed to verify it
 * elsewhere. As of one moment: what is written meanwhile is in the next one.
 */
export async function* exportLog(app: App): AsyncGenerator<string> {
  const end = (await newestLine(app.db))?.seq ?? 0;
  const log = logAddress(app);
  yield jsonLine({ type: "log", v: 1, log, ...(await logKey(app)), lines: end });
  let after = 0;
  while (after < end) {
    const rows = (await walkLines(app.db, after, PORTION)).filter(({ seq }) => seq <= end);
    const last = rows.at(-1)?.seq ?? end;
    const heads = new Map(
      (await listHeads(app.db, { after, upTo: last })).map((head) => [head.seq, head.document]),
    );
    for (const row of rows) {
      yield lineOfJson(log, row);
      const head = heads.get(row.seq);
      if (head !== undefined) yield `${head}\n`;
    }
    after = last;
  }
}

function lineOfJson(log: string, row: LogRow): string {
  const { salt, seq } = row;
  const object = salt === null ? undefined : { address: `${log}/${seq}/object`, salt };
  return jsonLine({
    type: "line",
    line: fromJson<unknown>(row.body, null) ?? row.body,
    hash: row.hash,
    ...(object === undefined ? {} : { object }),
  });
}

function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Forgets the salts of what is gone for good: then nobody can tell any more what a line was about. */
export async function forgetLoggedObjects(app: App): Promise<void> {
  await forgetGoneObjects(app.db);
}

function toView(row: LogRow): LogView {
  return {
    line: { ...DAMAGED(row), ...fromJson<Partial<LogLine>>(row.body, {}) },
    hash: row.hash,
    salt: row.salt,
  };
}

/** A line that is no JSON any more still has a place; `causeway log verify` names it. */
const DAMAGED = (row: LogRow): LogLine => ({
  v: 1,
  seq: row.seq,
  at: "1970-01-01T00:00:00.000Z",
  previous: row.previous,
  kind: "note",
  what: "damaged",
  subject: "many",
});
