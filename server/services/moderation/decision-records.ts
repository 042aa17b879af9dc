import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { isOneAct, type Measure, type WideMeasure } from "../../domain/decision.ts";
import { asId, type DecisionId } from "../../domain/ids.ts";
import type { LogEntry } from "../../domain/moderation-log.ts";
import type { Statement } from "../../domain/statement.ts";
import { flag, fromJson, toJson } from "../../store/codec.ts";
import type { Tx } from "../../store/database.ts";
import {
  type DecisionRow,
  endDecisionRow,
  insertDecision,
  reverseEndedRow,
  setDecisionLine,
} from "../../store/decisions.ts";
import { appendLog } from "./log.ts";
import { audit } from "./audit.ts";

// A decision is a row, a line of the public log and a line of the audit log, in one transaction; what it does to people
// and notes is elsewhere (effects.ts), so that whatever decides about servers can write down its own without a circle.

/** A decision as it is written down. Times in ms. */
export type DecisionRecord = {
  readonly measure: Measure | WideMeasure;
  readonly label?: string | undefined;
  /** Whom it is about, and which of their notes. */
  readonly actorId?: number | undefined;
  readonly noteId?: number | undefined;
  readonly objectUri?: string | undefined;
  /** For whole servers. */
  readonly host?: string | undefined;
  readonly reportId?: number | undefined;
  readonly statement: Statement;
  readonly automated?: boolean | undefined;
  readonly endsAt?: number | undefined;
  /** What was there before, for whoever takes it back. */
  readonly before?: unknown;
  /** Its line of the public log; what the statement says of itself is added. */
  readonly line: Pick<LogEntry, "kind" | "what" | "subject" | "host" | "object" | "count" | "comment">;
};

/**
 * Writes a decision down inside the caller's transaction: the row, its line of the public log, and the audit log. `by`:
 * null for the operator and for what happens by itself. What it does is the caller's.
 */
export async function recordDecision(
  app: App,
  tx: Tx,
  by: Viewer | null,
  record: DecisionRecord,
): Promise<DecisionId> {
  const id = app.ids.next();
  const now = app.clock.now();
  const { statement } = record;
  const isOver = isOneAct(record.measure);
  await insertDecision(tx, {
    id,
    measure: record.measure,
    label: record.label ?? null,
    actor_id: record.actorId ?? null,
    note_id: record.noteId ?? null,
    object_uri: record.objectUri ?? null,
    host: record.host ?? null,
    report_id: record.reportId ?? null,
    by_id: by?.actorId ?? null,
    state: isOver ? "ended" : "in_force",
    statement: toJson(statement),
    before: record.before === undefined ? null : toJson(record.before),
    automated: flag(record.automated === true),
    log_seq: null,
    created_at: now,
    ends_at: record.endsAt ?? null,
    ended_at: isOver ? now : null,
    ended_by_id: null,
  });
  const seq = await appendLog(app, tx, {
    ...record.line,
    ground: statement.ground.slice(0, GROUND_SHOWN),
    category: statement.category,
    ...(statement.territorialScope.length === 0 ? {} : { countries: statement.territorialScope }),
    ...(statement.language === null ? {} : { language: statement.language }),
    // What a program found is said, too, whoever decided.
    ...(record.automated === true || statement.automatedDetection ? { automated: true } : {}),
  });
  await setDecisionLine(tx, id, seq);
  await audit(app, tx, by, {
    what: "decision.made",
    ...subjectOf(record.objectUri ?? record.host),
    detail: { decision: id, measure: record.measure, report: record.reportId ?? null },
  });
  return asId(id);
}

/** Characters of the ground that the public log shows. */
const GROUND_SHOWN = 300;

function subjectOf(subject: string | null | undefined): { readonly subject?: string } {
  return subject === null || subject === undefined ? {} : { subject };
}

/**
 * Takes a decision back inside the caller's transaction: its row, a line of the public log about the first one, and the
 * audit log. False when it was taken back before. What it did is undone by the caller.
 */
export async function recordReversal(
  app: App,
  tx: Tx,
  by: Viewer | null,
  row: DecisionRow,
): Promise<boolean> {
  const end = { at: app.clock.now(), byId: by?.actorId ?? null };
  const isDone = isOneAct(row.measure)
    ? await reverseEndedRow(tx, row.id, end)
    : await endDecisionRow(tx, row.id, { ...end, state: "reversed" });
  if (!isDone) return false;
  await appendLog(app, tx, {
    kind: "reversed",
    what: row.measure,
    subject: subjectKindOf(row),
    ...(row.host === null ? {} : { host: row.host }),
    ...(row.log_seq === null ? {} : { about: row.log_seq }),
  });
  await audit(app, tx, by, {
    what: "decision.reversed",
    ...subjectOf(row.object_uri ?? row.host),
    detail: { decision: row.id, measure: row.measure },
  });
  return true;
}

/** What a decision is about, as the public log says it. */
export function subjectKindOf(row: DecisionRow): LogEntry["subject"] {
  if (row.measure === "wave") return "many";
  if (row.note_id !== null) return "note";
  if (row.actor_id === null) return "server";
  return row.host === null ? "member" : "remote";
}

/** The statement of a row. */
export function statementIn(row: DecisionRow): Statement {
  return { ...DAMAGED, ...fromJson<Partial<Statement>>(row.statement, {}) };
}

/** What is shown of a statement that nobody can read any more, rather than no page at all. */
const DAMAGED: Statement = {
  decisionVisibility: [],
  decisionAccount: null,
  decisionGround: "DECISION_GROUND_INCOMPATIBLE_CONTENT",
  ground: "",
  explanation: "",
  category: "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
  contentType: [],
  contentDate: null,
  contentLanguage: null,
  territorialScope: [],
  applicationDate: 0,
  decisionFacts: "",
  sourceType: "SOURCE_VOLUNTARY",
  automatedDetection: false,
  automatedDecision: "AUTOMATED_DECISION_NOT_AUTOMATED",
  language: null,
};
