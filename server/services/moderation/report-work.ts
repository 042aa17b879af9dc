import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ReportId } from "../../domain/ids.ts";
import { countCharacters } from "../../domain/note.ts";
import { REPORT_LIMITS, type ReportCategory, type ReportComment } from "../../domain/report.ts";
import { invalid } from "../../errors.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { insertReportComment, listReportComments } from "../../store/report-comments.ts";
import { updateReportAssignment, updateReportKind } from "../../store/reports.ts";
import { normalizeText } from "../../text/entities.ts";
import { actorViews } from "../views.ts";
import { audit } from "./audit.ts";
import { requireReport } from "./report-views.ts";
import { knownRules } from "./reports.ts";

/** The newest that a page shows. */
const COMMENTS_SHOWN = 200;

/** Takes care of a report, or leaves it to others. @throws forbidden, not_found (also for reports about oneself). */
export async function assignReport(
  app: App,
  viewer: Viewer,
  command: { readonly reportId: ReportId; readonly toSelf: boolean },
): Promise<void> {
  await requireReport(app, viewer, command.reportId);
  const to = command.toSelf ? viewer.actorId : null;
  await transaction(app.db, async (tx) => {
    if (!(await updateReportAssignment(tx, command.reportId, to))) return;
    await audit(app, tx, viewer, {
      what: command.toSelf ? "report.assigned" : "report.unassigned",
      subject: `report ${command.reportId}`,
    });
  });
}

/**
 * Corrects what kind of report it is, and which rules it is about; what is left out stays.
 * @throws forbidden, not_found (also for reports about oneself), invalid `{ rule_ids }`
 */
export async function reviseReport(
  app: App,
  viewer: Viewer,
  command: {
    readonly reportId: ReportId;
    readonly category?: ReportCategory | undefined;
    readonly ruleIds?: readonly string[] | undefined;
  },
): Promise<void> {
  const row = await requireReport(app, viewer, command.reportId);
  const category = command.category ?? row.category;
  const ruleIds =
    command.ruleIds === undefined ? row.rule_ids : toJson(await knownRules(app, command.ruleIds));
  if (category === row.category && ruleIds === row.rule_ids) return;
  await transaction(app.db, async (tx) => {
    await updateReportKind(tx, row.id, { category, rule_ids: ruleIds });
    await audit(app, tx, viewer, {
      what: "report.revised",
      subject: `report ${row.id}`,
      detail: { before: row.category, category },
    });
  });
}

/**
 * A moderator says something about a report to the others who work on it.
 * @throws forbidden, not_found (also for reports about oneself), invalid `{ word }`
 */
export async function commentReport(
  app: App,
  viewer: Viewer,
  command: { readonly reportId: ReportId; readonly comment: string },
): Promise<void> {
  await requireReport(app, viewer, command.reportId);
  const comment = normalizeText(command.comment).trim();
  if (comment === "") throw invalid({ word: { key: "field.required" } });
  if (countCharacters(comment) > REPORT_LIMITS.word)
    throw invalid({ word: { key: "field.too_long", params: { max: REPORT_LIMITS.word } } });
  await transaction(app.db, async (tx) => {
    await insertReportComment(tx, {
      id: app.ids.next(),
      report_id: command.reportId,
      actor_id: viewer.actorId,
      comment,
      created_at: app.clock.now(),
    });
    await audit(app, tx, viewer, { what: "report.commented", subject: `report ${command.reportId}` });
  });
}

/** What moderators said about a report, oldest first; the newest 200. @throws forbidden, not_found (also about oneself) */
export async function reportComments(
  app: App,
  viewer: Viewer,
  reportId: ReportId,
): Promise<readonly ReportComment[]> {
  await requireReport(app, viewer, reportId);
  const rows = await listReportComments(app.db, reportId, COMMENTS_SHOWN);
  const people = await actorViews(app, [...new Set(rows.map((row) => row.actor_id))]);
  const byId = new Map(people.map((actor) => [Number(actor.id), actor]));
  return rows.map((row) => ({
    by: byId.get(row.actor_id) ?? null,
    comment: row.comment,
    at: row.created_at,
  }));
}
