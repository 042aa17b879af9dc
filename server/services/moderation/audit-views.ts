import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { GENESIS } from "../../domain/moderation-log.ts";
import { fromJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import {
  type AuditRow,
  auditWords,
  foldAuditTo,
  lastAuditBefore,
  lastFold,
  listAudit,
  walkAudit,
} from "../../store/audit.ts";
import { listHeads, lockLogs } from "../../store/moderation-log.ts";
import { requireAdministrator } from "../administration/roles.ts";
import { auditHash } from "./audit.ts";
import { auditMark } from "./log-heads.ts";

const SHOWN = 50;
const PORTION = 500;
const KEPT_MS = 365 * 86_400_000;

/** A line of the audit log; times in ms. */
export type AuditView = {
  readonly seq: number;
  readonly at: number;
  /** Name at that time, or `operator`. */
  readonly who: string;
  readonly isOperator: boolean;
  readonly what: string;
  readonly subject: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
};

/** Which lines: of somebody, of a noun (`role`), below a number. */
export type AuditRequest = {
  readonly who?: string | undefined;
  readonly noun?: string | undefined;
  readonly before?: number | undefined;
};

/** A page of the audit log, newest first, with what it can be filtered by. @throws forbidden below administrator */
export async function listAuditLines(
  app: App,
  viewer: Viewer,
  request: AuditRequest,
): Promise<{
  readonly lines: readonly AuditView[];
  readonly older: number | null;
  readonly people: readonly string[];
  readonly nouns: readonly string[];
  /** Number of the last line that is gone for its age. */
  readonly folded: number | null;
}> {
  requireAdministrator(viewer);
  const rows = await listAudit(app.db, request, { before: request.before, limit: SHOWN + 1 });
  const { people, words } = await auditWords(app.db);
  const shown = rows.slice(0, SHOWN);
  return {
    lines: shown.map(toView),
    older: rows.length > SHOWN ? (shown.at(-1)?.seq ?? null) : null,
    people,
    nouns: [...new Set(words.map((word) => word.split(".")[0] ?? word))],
    folded: (await lastFold(app.db))?.seq ?? null,
  };
}

/** All lines as JSON, oldest first, with hashes; the first line says what was folded away. @throws forbidden */
export function exportAudit(app: App, viewer: Viewer): AsyncGenerator<string> {
  requireAdministrator(viewer);
  return exportAuditLines(app);
}

/** The newest 50 lines, for the operator. */
export async function newestAudit(app: App): Promise<readonly AuditView[]> {
  return (await listAudit(app.db, {}, { limit: SHOWN })).map(toView);
}

/** The same for the operator at the command line. */
export async function* exportAuditLines(app: App): AsyncGenerator<string> {
  const fold = await lastFold(app.db);
  yield `${JSON.stringify({ type: "audit", v: 1, origin: app.config.origin, folded: fold ?? null })}\n`;
  let after = fold?.seq ?? 0;
  for (;;) {
    const rows = await walkAudit(app.db, after, PORTION);
    for (const row of rows) {
      const { detail, actor_id: actor, ...rest } = row;
      yield `${JSON.stringify({ type: "line", ...rest, actor, detail: fromJson<unknown>(detail, null) })}\n`;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PORTION) return;
    after = last.seq;
  }
}

/** What an examination of the audit log found. */
export type AuditVerdict = {
  readonly lines: number;
  readonly folded: number;
  readonly fault: { readonly seq: number; readonly sentence: string } | null;
};

/**
 * Reads the audit log of the database from its fold on: order, hashes, and what the signed heads of the public log say
 * about it.
 */
export async function verifyAudit(app: App): Promise<AuditVerdict> {
  const fold = await lastFold(app.db);
  const folded = fold?.seq ?? 0;
  const marks = await marksOf(app);
  let seq = folded;
  let previous = fold?.hash ?? GENESIS;
  let lines = 0;
  const verdict = (at: number, sentence: string): AuditVerdict => ({
    lines,
    folded,
    fault: { seq: at, sentence },
  });
  for (;;) {
    const rows = await walkAudit(app.db, seq, PORTION);
    for (const row of rows) {
      const sentence = faultOfLine(row, { seq, previous });
      if (sentence !== null) return verdict(seq + 1, sentence);
      seq = row.seq;
      previous = row.hash;
      lines += 1;
      const mark = marks.get(seq);
      if (mark !== undefined && mark !== auditMark(app, row))
        return verdict(seq, `line ${seq}, or one before it, was changed after a head was signed`);
    }
    if (rows.length < PORTION) break;
  }
  const signed = Math.max(0, ...marks.keys());
  if (signed > seq)
    return verdict(
      seq + 1,
      `lines ${seq + 1} to ${signed} are missing: a signed head says that there were ${signed}`,
    );
  return { lines, folded, fault: null };
}

function faultOfLine(
  row: AuditRow,
  before: { readonly seq: number; readonly previous: string },
): string | null {
  if (row.seq !== before.seq + 1) return `line ${before.seq + 1} is missing`;
  if (row.previous !== before.previous)
    return `line ${before.seq} is not the one that line ${row.seq} was written after`;
  return auditHash(row) === row.hash ? null : `line ${row.seq} was changed: its hash does not fit`;
}

/** What the heads of the public log say of the audit log: number of a line → its mark. */
async function marksOf(app: App): Promise<ReadonlyMap<number, string>> {
  const marks = new Map<number, string>();
  let after = 0;
  for (;;) {
    const heads = await listHeads(app.db, { after, upTo: Number.MAX_SAFE_INTEGER }, PORTION);
    for (const { document } of heads) {
      const { audit } = fromJson<{ readonly audit?: unknown }>(document, {});
      if (typeof audit === "string") marks.set(Number(audit.split(":")[0]), audit);
    }
    const last = heads.at(-1);
    if (last === undefined || heads.length < PORTION) return marks;
    after = last.seq;
  }
}

/** Removes lines that are older than a year; the hash of the last of them stays, so that the rest can still be verified. */
export async function foldAudit(app: App): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    await lockLogs(tx);
    const last = await lastAuditBefore(tx, now - KEPT_MS);
    if (last !== undefined) await foldAuditTo(tx, { ...last, created_at: now });
  });
}

function toView(row: AuditRow): AuditView {
  return {
    seq: row.seq,
    at: row.at,
    who: row.who,
    isOperator: row.actor_id === null,
    what: row.what,
    subject: row.subject,
    detail: fromJson(row.detail, {}),
  };
}
