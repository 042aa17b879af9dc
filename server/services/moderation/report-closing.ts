import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ReportId } from "../../domain/ids.ts";
import type { ReportOutcome, ReportState } from "../../domain/report.ts";
import { invalid, notFound } from "../../errors.ts";
import { transaction, type Tx } from "../../store/database.ts";
import { countDecisionsOn } from "../../store/report-queue.ts";
import { findReport, lockReport, type ReportRow, updateReportState } from "../../store/reports.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { notify, untell } from "../notifications/notify.ts";
import { audit } from "./audit.ts";
import { requireReport } from "./report-views.ts";

export type MoveReport = {
  readonly reportId: ReportId;
  readonly state: ReportState;
  /** What came of it; left out: `acted` when something was decided on it, `none` otherwise. */
  readonly outcome?: ReportOutcome | undefined;
};

/**
 * Closes a report, or opens it again. The member who wrote it is told that it was closed. Idempotent.
 * @throws forbidden, not_found (also for reports about oneself), invalid `{ outcome }` for `acted` when nothing was decided
 */
export async function setReportState(app: App, viewer: Viewer, command: MoveReport): Promise<void> {
  await requireReport(app, viewer, command.reportId);
  await move(app, viewer, command);
}

/** The same for the operator. @throws not_found, invalid */
export async function setReportStateByOperator(app: App, command: MoveReport): Promise<void> {
  await move(app, null, command);
}

async function move(app: App, viewer: Viewer | null, command: MoveReport): Promise<void> {
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    await lockReport(tx, command.reportId);
    const row = await findReport(tx, command.reportId);
    if (row === undefined) throw notFound();
    if (command.state === "open") return await reopen(app, tx, viewer, row);
    const decided = await countDecisionsOn(tx, row);
    if (command.outcome === "acted" && decided === 0)
      throw invalid({ outcome: { key: "field.nothing_decided" } });
    const outcome = command.outcome ?? (decided > 0 ? "acted" : "none");
    await closeReport(app, tx, row, { by: viewer, outcome, instanceId });
  });
  app.wake();
}

async function reopen(app: App, tx: Tx, viewer: Viewer | null, row: ReportRow): Promise<void> {
  const change = { state: "open", resolvedAt: null, by: null, outcome: null };
  if (!(await updateReportState(tx, row.id, change))) return;
  await audit(app, tx, viewer, { what: "report.reopened", subject: `report ${row.id}` });
}

/**
 * Closes a report inside the caller's transaction; nothing when it is closed already. Who wrote it hears that it was
 * looked at: one line, new again, that says nothing about whom it was about.
 */
export async function closeReport(
  app: App,
  tx: Tx,
  row: ReportRow,
  command: {
    readonly by: Viewer | null;
    readonly outcome: ReportOutcome;
    readonly instanceId: number;
  },
): Promise<void> {
  const { by, outcome, instanceId } = command;
  const change = { state: "resolved", resolvedAt: app.clock.now(), by: by?.actorId ?? null, outcome };
  if (!(await updateReportState(tx, row.id, change))) return;
  await audit(app, tx, by, {
    what: "report.resolved",
    subject: `report ${row.id}`,
    detail: { outcome },
  });
  if (row.reporter_id === by?.actorId) return;
  await untell(tx, { kinds: ["report_closed"], to: row.reporter_id, actorId: instanceId });
  await notify(app, tx, { kind: "report_closed", to: [row.reporter_id], actorId: instanceId });
}
