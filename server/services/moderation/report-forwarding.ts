import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type ReportId } from "../../domain/ids.ts";
import { countCharacters } from "../../domain/note.ts";
import { REPORT_LIMITS, type ReportView } from "../../domain/report.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { findActorById } from "../../store/actors.ts";
import { textsIn } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { findReport, markForwarded } from "../../store/reports.ts";
import { normalizeText } from "../../text/entities.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { federate } from "../federation/federate.ts";
import { type Inboxes, inboxOf } from "../federation/federation-records.ts";
import { audit } from "./audit.ts";
import { isBlockedHost } from "./domains.ts";
import { languageOf } from "./report-languages.ts";
import { requireReport } from "./report-views.ts";

/** What leaves when a moderator forwards a report. */
export type ForwardedContent = {
  readonly comment: string;
  readonly language: string | null;
  readonly objectUris: readonly string[];
};

/** True when the server of whom a report is about can still be told of it, and has not been. */
export async function mayForward(app: App, report: ReportView): Promise<boolean> {
  const { host } = report.target;
  return host !== null && !report.forwarded && !(await isBlockedHost(app, host));
}

/**
 * Tells the server of whom a report is about, in the name of this one: the words and the notes that the moderator chose, and
 * nothing about who wrote it. Once for each report, wherever it came from.
 * @throws forbidden, not_found, conflict when it was told or is not talked to, invalid `{ comment }`
 */
export async function forwardReport(
  app: App,
  viewer: Viewer,
  command: {
    readonly reportId: ReportId;
    readonly comment: string;
    readonly objectUris: readonly string[];
  },
): Promise<void> {
  const row = await requireReport(app, viewer, command.reportId);
  const target = await findActorById(app.db, row.target_id);
  if (target === undefined || target.deleted_at !== null || target.host === "") throw notFound();
  if (await isBlockedHost(app, target.host)) throw new CausewayError("conflict", "error.report_blocked_host");
  const comment = normalizeText(command.comment).trim();
  if (countCharacters(comment) > REPORT_LIMITS.comment)
    throw invalid({ comment: { key: "field.too_long", params: { max: REPORT_LIMITS.comment } } });
  const named = textsIn(row.note_uris);
  const content: ForwardedContent = {
    comment,
    language: languageOf({ text: comment, language: comment === row.comment ? row.language : null }),
    objectUris: named.filter((uri) => command.objectUris.includes(uri)),
  };
  const instanceId = await getInstanceActorId(app);
  await transaction(app.db, async (tx) => {
    if (!(await markForwarded(tx, row.id, app.clock.now())))
      throw new CausewayError("conflict", "error.report_forwarded");
    await federate(app, tx, instanceId, {
      type: "report.forwarded",
      activityId: asId(app.ids.next()),
      reportId: command.reportId,
      content,
    });
    await audit(app, tx, viewer, {
      what: "report.forwarded",
      subject: `report ${row.id}`,
      detail: { host: target.host, notes: content.objectUris.length },
    });
  });
  app.wake();
}

/** A report as it is told to the target's server: nothing about who wrote it. */
export type FederatedReport = ForwardedContent & {
  readonly instanceActorId: ActorId;
  readonly targetUri: string;
  readonly targetInboxes: Inboxes;
};

/** A report for the wire; null when it is gone or about a member. `content`: what a moderator chose to send of it. */
export async function reportForFederation(
  app: App,
  id: ReportId,
  content: ForwardedContent | undefined,
): Promise<FederatedReport | null> {
  const row = await findReport(app.db, id);
  const target = row === undefined ? undefined : await findActorById(app.db, row.target_id);
  if (row === undefined || target === undefined || target.host === "") return null;
  return {
    instanceActorId: await getInstanceActorId(app),
    targetUri: target.uri,
    targetInboxes: await inboxOf(app, asId(target.id)),
    objectUris: content?.objectUris ?? [...textsIn(row.note_uris)],
    comment: content?.comment ?? row.comment,
    language: content === undefined ? row.language : content.language,
  };
}
