import { type App, isoTime } from "../../context.ts";
import { handleOf } from "../../domain/actor.ts";
import type { DecisionView } from "../../domain/decision.ts";
import { toTransparency } from "../../domain/statement.ts";
import type { OwnReportView } from "../../domain/report.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { type Concerned, listOwnDecisions } from "./decision-views.ts";
import { listOwnReports } from "./report-views.ts";

/** Decisions, and reports, in a file at most: far more than anybody has. */
const MOST = 2_000;

/**
 * What moderation there was in somebody's life here, as JSON for themselves: decisions about them with the statement in the
 * names of the DSA transparency database, their appeals, and their own reports with what came of them. Times ISO 8601.
 */
export async function exportHistory(app: App, person: Concerned): Promise<string> {
  const decisions = await all((request) => listOwnDecisions(app, person, request));
  const reports = await all((request) => listOwnReports(app, person, request));
  return `${JSON.stringify(
    { version: 1, decisions: decisions.map(toDecision), reports: reports.map(toReport) },
    null,
    2,
  )}\n`;
}

async function all<T>(read: (request: PageRequest) => Promise<Page<T>>): Promise<readonly T[]> {
  const found: T[] = [];
  let before: number | undefined;
  while (found.length < MOST) {
    const page = await read({ before, limit: 80 });
    found.push(...page.items);
    if (page.older === null) break;
    before = page.older;
  }
  return found;
}

function toDecision(decision: DecisionView) {
  const { appeal } = decision;
  const time = (ms: number | null) => (ms === null ? null : isoTime(ms));
  return {
    id: String(decision.id),
    measure: decision.measure,
    label: decision.label,
    state: decision.state,
    object: decision.objectUri,
    decided_at: isoTime(decision.createdAt),
    ends_at: time(decision.endsAt),
    ended_at: time(decision.endedAt),
    statement: toTransparency(decision.statement, decision, isoTime),
    appeal:
      appeal === null
        ? null
        : {
            state: appeal.state,
            comment: appeal.comment,
            language: appeal.language,
            answer: appeal.answer,
            made_at: isoTime(appeal.createdAt),
            decided_at: time(appeal.decidedAt),
          },
  };
}

function toReport(report: OwnReportView) {
  return {
    id: String(report.id),
    about: report.target === null ? null : handleOf(report.target),
    category: report.category,
    comment: report.comment,
    state: report.state,
    outcome: report.outcome,
    made_at: isoTime(report.createdAt),
    resolved_at: report.resolvedAt === null ? null : isoTime(report.resolvedAt),
  };
}
