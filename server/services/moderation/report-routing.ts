import type { App } from "../../context.ts";
import { textsIn } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  countDecisionsOn,
  listReportsOfGone,
  listUnclaimed,
  markToldAll,
  removeReportNotices,
} from "../../store/report-queue.ts";
import { listStaff, type StaffRow } from "../../store/reports.ts";
import { getInstanceActorId, getSettings } from "../accounts/settings.ts";
import { notify } from "../notifications/notify.ts";
import { closeReport } from "./report-closing.ts";
import { primaryLanguage } from "./report-languages.ts";

/** A report as far as it decides who hears of it. */
export type RoutedReport = {
  readonly id: number;
  readonly targetId: number;
  readonly reporterId: number;
};

const HOUR = 3_600_000;
const BATCH = 50;

/**
 * Staff hear of a new report: those who judge in one of its languages, or all when nobody does. Whom it is about never does,
 * nor who wrote it; about an owner only administrators do. Several about one person are one line, new again.
 */
export async function tellStaff(
  app: App,
  tx: Db,
  report: RoutedReport,
  languages: readonly string[],
): Promise<void> {
  const audience = audienceOf(await listStaff(tx), report);
  const fitting = audience.filter((one) => judgesIn(one, languages));
  if (fitting.length === 0) await markToldAll(tx, report.id, app.clock.now());
  await tell(app, tx, report, fitting.length === 0 ? audience : fitting);
}

async function tell(app: App, tx: Db, report: RoutedReport, staff: readonly StaffRow[]): Promise<void> {
  const to = staff.map((one) => one.actor_id);
  await removeReportNotices(tx, report.targetId, to);
  await notify(app, tx, { kind: "report", to, actorId: report.targetId });
}

function audienceOf(staff: readonly StaffRow[], report: RoutedReport): readonly StaffRow[] {
  const isOwner = staff.some((one) => one.actor_id === report.targetId && one.role === "owner");
  return staff.filter(
    (one) =>
      one.actor_id !== report.targetId &&
      one.actor_id !== report.reporterId &&
      !(isOwner && one.role === "moderator"),
  );
}

function judgesIn({ moderates }: StaffRow, languages: readonly string[]): boolean {
  const own = textsIn(moderates).map(primaryLanguage);
  return languages.some((language) => own.includes(language));
}

/**
 * Tells everybody of the staff of open reports that nobody has taken for as long as the settings allow, and closes those
 * about people who are gone. A step of the maintenance; may run twice at once.
 */
export async function tendReports(app: App): Promise<void> {
  await tellAllOfUnclaimed(app);
  await closeThoseOfGone(app);
}

async function tellAllOfUnclaimed(app: App): Promise<void> {
  const { reportHours } = await getSettings(app);
  const rows = await listUnclaimed(app.db, app.clock.now() - reportHours * HOUR, BATCH);
  for (const row of rows)
    await transaction(app.db, async (tx) => {
      if (!(await markToldAll(tx, row.id, app.clock.now()))) return;
      const report = { id: row.id, targetId: row.target_id, reporterId: row.reporter_id };
      await tell(app, tx, report, audienceOf(await listStaff(tx), report));
    });
  if (rows.length > 0) app.wake();
}

async function closeThoseOfGone(app: App): Promise<void> {
  const rows = await listReportsOfGone(app.db, BATCH);
  if (rows.length === 0) return;
  const instanceId = await getInstanceActorId(app);
  for (const row of rows)
    await transaction(app.db, async (tx) => {
      const outcome = (await countDecisionsOn(tx, row)) > 0 ? "acted" : "gone";
      await closeReport(app, tx, row, { by: null, outcome, instanceId });
    });
  app.wake();
}
