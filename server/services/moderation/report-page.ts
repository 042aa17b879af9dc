import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { DecisionView } from "../../domain/decision.ts";
import { type ActorId, asId, type NoteId, type ReportId } from "../../domain/ids.ts";
import type { NoteView } from "../../domain/note.ts";
import type { ReportComment, ReportOutcome, ReportView } from "../../domain/report.ts";
import { toReportOutcome } from "../../domain/report.ts";
import { countReportsAbout } from "../../store/administration.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import { countReportsOf, listNamedNotes } from "../../store/report-queue.ts";
import { listRules, type Rule } from "../instance/instance.ts";
import { noteViews } from "../views.ts";
import { listDecisions } from "./decision-views.ts";
import { mayActOn, roleOf } from "./decisions.ts";
import { mayForward } from "./report-forwarding.ts";
import { reportComments } from "./report-work.ts";
import { listReports, viewReport } from "./reports.ts";

/** One report with everything that helps to judge it. */
export type ReportPage = {
  readonly report: ReportView;
  /** Those that it names and that the moderator, or the member who reported them, may see. */
  readonly notes: readonly NoteView[];
  /** Those among them that the moderator sees only because the member shows them. */
  readonly shownByReporter: ReadonlySet<NoteId>;
  readonly rules: readonly Rule[];
  readonly comments: readonly ReportComment[];
  /** Taken on this report, newest first. */
  readonly decisions: readonly DecisionView[];
  readonly target: History & { readonly open: number; readonly all: number };
  /** Of who wrote it; `wrote`: what came of all that they ever reported. */
  readonly reporter: History & { readonly wrote: ReadonlyMap<ReportOutcome | "open", number> };
  /** The moderator may decide about whom it is about. */
  readonly mayAct: boolean;
  /** Their own server can still be told. */
  readonly mayForward: boolean;
};

/** Other reports about somebody, as far as they are for the moderator, and what was decided before; the newest. */
export type History = {
  readonly reports: readonly ReportView[];
  readonly decisions: readonly DecisionView[];
};

const SHOWN = 5;
const ALL_DECISIONS = 50;

/**
 * A report as the page of its own shows it, in a fixed number of statements.
 * @throws forbidden below moderator, not_found (also for reports about oneself)
 */
export async function viewReportPage(app: App, viewer: Viewer, id: ReportId): Promise<ReportPage> {
  const report = await viewReport(app, viewer, id);
  const targetId = report.target.id;
  const about = await countReportsAbout(app.db, [targetId]);
  const taken = await listDecisions(app, viewer, { reportId: id, limit: ALL_DECISIONS });
  const role = report.target.host === null ? await roleOf(app.db, targetId) : null;
  const rules = await listRules(app);
  return {
    report,
    ...(await notesOf(app, viewer, report)),
    rules: rules.filter((rule) => report.ruleIds.includes(String(rule.id))),
    comments: await reportComments(app, viewer, id),
    decisions: taken.items,
    target: {
      ...(about.get(targetId) ?? { open: 0, all: 0 }),
      ...(await historyOf(app, viewer, targetId, id)),
    },
    reporter: {
      wrote: await wroteOf(app, report),
      ...(report.reporter === null
        ? { reports: [], decisions: [] }
        : await historyOf(app, viewer, report.reporter.id, id)),
    },
    mayAct: mayActOn(viewer, targetId, role),
    mayForward: await mayForward(app, report),
  };
}

/**
 * A member who reports a note shows it to the moderators, a letter to them included: what they may see themselves is shown,
 * and no more. What another server names is shown only if the moderator may see it.
 */
async function notesOf(
  app: App,
  viewer: Viewer,
  { objectUris, reporter }: ReportView,
): Promise<Pick<ReportPage, "notes" | "shownByReporter">> {
  const noteIds = (await listNamedNotes(app.db, objectUris)).map((id) => asId<NoteId>(id));
  const own = await findVisibleNotes(app.db, viewer.actorId, noteIds);
  const seen = new Set(own.map((row) => row.id));
  const hidden = noteIds.filter((id) => !seen.has(id));
  const shown =
    reporter === null || reporter.host !== null || hidden.length === 0
      ? []
      : await findVisibleNotes(app.db, reporter.id, hidden);
  const rows = new Map([...own, ...shown].map((row) => [row.id, row]));
  const notes = await noteViews(
    app,
    viewer,
    noteIds.flatMap((id) => rows.get(id) ?? []),
  );
  const lent = new Set(shown.map((row) => row.id));
  return { notes, shownByReporter: new Set(noteIds.filter((id) => lent.has(id))) };
}

async function historyOf(app: App, viewer: Viewer, actorId: ActorId, id: ReportId): Promise<History> {
  const reports = await listReports(app, viewer, { targetId: actorId, limit: SHOWN + 1 });
  const decisions = await listDecisions(app, viewer, { actorId, limit: SHOWN });
  return {
    reports: reports.items.filter((one) => one.id !== id).slice(0, SHOWN),
    decisions: actorId === viewer.actorId ? [] : decisions.items.filter((one) => one.reportId !== id),
  };
}

async function wroteOf(app: App, report: ReportView): Promise<ReportPage["reporter"]["wrote"]> {
  const rows = report.reporter === null ? [] : await countReportsOf(app.db, report.reporter.id);
  const found = new Map<ReportOutcome | "open", number>();
  for (const row of rows) {
    const word = row.state === "open" ? "open" : (toReportOutcome(row.outcome) ?? "none");
    found.set(word, (found.get(word) ?? 0) + row.found);
  }
  return found;
}
