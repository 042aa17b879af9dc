import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type CollectionId, type NoteId, type ReportId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { countCharacters, type Page, type PageRequest } from "../../domain/note.ts";
import {
  REPORT_LIMITS,
  type ReportCategory,
  type ReportState,
  type ReportView,
} from "../../domain/report.ts";
import { CausewayError, forbidden, invalid, notFound } from "../../errors.ts";
import { findActorById } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import type { Rows } from "../../store/page.ts";
import {
  findReport,
  findReportedActors,
  findReportedCollections,
  findReportedNotes,
  insertReport,
  listCollectionUris,
  listReportRows,
  listStaff,
  type ReportRow,
  type ReportSieve,
  updateReportAssignment,
  updateReportState,
} from "../../store/reports.ts";
import { normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { plainText } from "../../text/markup.ts";
import { takeLimit } from "../accounts/limits.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { isBlockedHost } from "./domains.ts";
import { federate } from "../federation/federate.ts";
import { type Inboxes, inboxOf } from "../federation/federation-records.ts";
import { listRules } from "../instance/instance.ts";
import { notify, untell } from "../notifications/notify.ts";
import { toCursor, toPage } from "../pages.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { reportViews } from "./report-views.ts";

export type ReportActor = {
  readonly targetId: ActorId;
  readonly noteIds: readonly NoteId[];
  readonly category: ReportCategory;
  readonly comment: string;
  readonly language?: string | undefined;
  /** Tell the target's own server too, in the name of this one and without the reporter's. */
  readonly forward: boolean;
  /** Collections of the target (FEP-7aa9). */
  readonly collectionIds?: readonly CollectionId[] | undefined;
  /** Rules of this server that were broken, as the reporter says. */
  readonly ruleIds?: readonly string[] | undefined;
};

/**
 * A member tells the moderators of somebody, here or elsewhere. Notes that are not the target's, or that the member may
 * not see, are left out. The target is never told. @throws not_found, invalid with fields, too_many
 */
export async function reportActor(app: App, viewer: Viewer, command: ReportActor): Promise<ReportId> {
  if (command.targetId === viewer.actorId) throw new CausewayError("invalid", "error.report_self");
  const target = await findActorById(app.db, command.targetId);
  if (target === undefined || target.deleted_at !== null) throw notFound();
  const comment = normalizeText(command.comment).trim();
  if (countCharacters(comment) > REPORT_LIMITS.comment)
    throw invalid({ comment: { key: "field.too_long", params: { max: REPORT_LIMITS.comment } } });
  const noteIds = command.noteIds.slice(0, REPORT_LIMITS.objects);
  const notes = await findVisibleNotes(app.db, viewer.actorId, noteIds);
  const collectionIds = (command.collectionIds ?? []).slice(0, REPORT_LIMITS.objects);
  const collections = await listCollectionUris(app.db, target.id, collectionIds);
  const ruleIds = await knownRules(app, command.ruleIds ?? []);
  takeLimit(app, USE_LIMITS.reports, String(viewer.actorId));
  const instanceId = await getInstanceActorId(app);
  const id = app.ids.next();
  const activityId = app.ids.next();
  const forwarded = command.forward && target.host !== "" && !(await isBlockedHost(app, target.host));
  await transaction(app.db, async (tx) => {
    await insertReport(tx, {
      id,
      uri: app.uris.activity(activityId),
      reporter_id: viewer.actorId,
      target_id: target.id,
      category: command.category,
      comment,
      language: command.language === undefined ? null : canonicalLanguage(command.language),
      note_uris: toJson([
        ...notes.filter((note) => note.actor_id === target.id).map((note) => note.uri),
        ...collections,
      ]),
      rule_ids: toJson(ruleIds),
      forwarded: forwarded ? 1 : 0,
      state: "open",
      created_at: app.clock.now(),
      resolved_at: null,
    });
    await tellStaff(app, tx, target.id);
    if (forwarded)
      await federate(app, tx, instanceId, {
        type: "report.forwarded",
        activityId: asId(activityId),
        reportId: asId(id),
      });
  });
  app.wake();
  return asId(id);
}

/** @throws invalid `{ rule_ids }` for a rule that this server does not have */
async function knownRules(app: App, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const known = (await listRules(app)).map((rule) => String(rule.id));
  if (!ids.every((id) => known.includes(id))) throw invalid({ rule_ids: { key: "error.invalid" } });
  return [...new Set(ids)];
}

/** Staff hear of a report, except whom it is about; several about one person are one line, new again. */
async function tellStaff(app: App, tx: Db, targetId: number): Promise<void> {
  const staff = (await listStaff(tx)).filter((actorId) => actorId !== targetId);
  for (const actorId of staff) await untell(tx, { kinds: ["report"], to: actorId, actorId: targetId });
  await notify(app, tx, { kind: "report", to: staff, actorId: targetId });
}

/** A Flag as it came; everything in it is a claim. */
export type ReceivedReport = {
  readonly uri: string;
  /** Who signed it, mostly the actor of a whole server. */
  readonly actorUri: string;
  readonly objectUris: readonly string[];
  readonly content: string;
  readonly language: string | null;
};

/**
 * Another server reports a member. The first member that it names is meant, or else the author of the first note; notes
 * and collections of others are left out. @throws too_many beyond the budget of its host
 */
export async function receiveReport(app: App, received: ReceivedReport): Promise<void> {
  const uris = received.objectUris.slice(0, REPORT_LIMITS.objects);
  const things = [
    ...(await findReportedNotes(app.db, uris)),
    ...(await findReportedCollections(app.db, uris)),
  ];
  const targetId = (await findReportedActors(app.db, uris))[0] ?? things[0]?.actor_id;
  if (targetId === undefined) return;
  takeLimit(app, USE_LIMITS.reportsByHost, new URL(received.actorUri).host);
  const reporterId = await findOrFetchActor(app, received.actorUri);
  if (reporterId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  await transaction(app.db, async (tx) => {
    const isNew = await insertReport(tx, {
      id: app.ids.next(),
      uri: received.uri,
      reporter_id: reporterId,
      target_id: targetId,
      category: "other",
      comment: commentOf(received.content),
      language: received.language === null ? null : canonicalLanguage(received.language),
      note_uris: toJson(things.filter((thing) => thing.actor_id === targetId).map((thing) => thing.uri)),
      forwarded: 0,
      state: "open",
      created_at: app.clock.now(),
      resolved_at: null,
    });
    if (isNew) await tellStaff(app, tx, targetId);
  });
}

/** Servers send plain text; some send markup. What looks like neither tag nor entity stays as it was typed. */
function commentOf(content: string): string {
  const isMarkup = /<\/?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|blockquote)\b[^<>]*>/i.test(content);
  const text = normalizeText(isMarkup ? plainText(content) : content).trim();
  return [...text].slice(0, REPORT_LIMITS.comment).join("");
}

/** Reports in a state, newest first. Nobody sees those about themselves. @throws forbidden below moderator. */
export async function listReports(
  app: App,
  viewer: Viewer,
  request: PageRequest & Omit<ReportSieve, "state"> & { readonly state: ReportState },
): Promise<Page<ReportView>> {
  if (!outranks(viewer.role, "member")) throw forbidden();
  const cursor = toCursor(request);
  const rows = await listReportRows(app.db, request, viewer.actorId, cursor);
  return await toPage(rows, cursor, (found) => reportViews(app, found));
}

/** The same for the operator at the command line, who has no account. */
export async function listAllReports(
  app: App,
  state: ReportState,
  limit: number,
): Promise<readonly ReportView[]> {
  const found: Rows<ReportRow> = await listReportRows(app.db, { state }, null, { limit });
  return await reportViews(app, found.rows);
}

/** Closes a report, or opens it again. Idempotent. @throws forbidden, not_found (also for reports about oneself). */
export async function setReportState(
  app: App,
  viewer: Viewer,
  command: { readonly reportId: ReportId; readonly state: ReportState },
): Promise<void> {
  await requireReport(app, viewer, command.reportId);
  await move(app, command.reportId, command.state, viewer.actorId);
}

/** @throws forbidden, not_found (also for reports about oneself) */
async function requireReport(app: App, viewer: Viewer, id: ReportId): Promise<ReportRow> {
  if (!outranks(viewer.role, "member")) throw forbidden();
  const row = await findReport(app.db, id);
  if (row === undefined || row.target_id === viewer.actorId) throw notFound();
  return row;
}

/** One report. @throws forbidden below moderator, not_found (also for reports about oneself). */
export async function viewReport(app: App, viewer: Viewer, id: ReportId): Promise<ReportView> {
  const [view] = await reportViews(app, [await requireReport(app, viewer, id)]);
  if (view === undefined) throw notFound();
  return view;
}

/** A report as whoever wrote it sees it. @throws not_found for those of others. */
export async function viewOwnReport(app: App, viewer: Viewer, id: ReportId): Promise<ReportView> {
  const row = await findReport(app.db, id);
  const [view] = row?.reporter_id === viewer.actorId ? await reportViews(app, [row]) : [];
  if (view === undefined) throw notFound();
  return view;
}

/** Takes care of a report, or leaves it to others. @throws forbidden, not_found (also for reports about oneself). */
export async function assignReport(
  app: App,
  viewer: Viewer,
  command: { readonly reportId: ReportId; readonly toSelf: boolean },
): Promise<void> {
  await requireReport(app, viewer, command.reportId);
  await updateReportAssignment(app.db, command.reportId, command.toSelf ? viewer.actorId : null);
}

/** The same for the operator. @throws not_found */
export async function setReportStateByOperator(
  app: App,
  command: { readonly reportId: ReportId; readonly state: ReportState },
): Promise<void> {
  if ((await findReport(app.db, command.reportId)) === undefined) throw notFound();
  await move(app, command.reportId, command.state);
}

async function move(app: App, id: ReportId, state: ReportState, by: number | null = null): Promise<void> {
  const isDone = state === "resolved";
  await updateReportState(app.db, id, state, isDone ? app.clock.now() : null, isDone ? by : null);
}

/** A report as it is told to the target's server: nothing about who wrote it. */
export type FederatedReport = {
  readonly instanceActorId: ActorId;
  readonly targetUri: string;
  readonly targetInboxes: Inboxes;
  readonly objectUris: readonly string[];
  readonly comment: string;
  readonly language: string | null;
};

/** A report for the wire; null when it is gone or about a member. */
export async function reportForFederation(app: App, id: ReportId): Promise<FederatedReport | null> {
  const row = await findReport(app.db, id);
  const target = row === undefined ? undefined : await findActorById(app.db, row.target_id);
  if (row === undefined || target === undefined || target.host === "") return null;
  return {
    instanceActorId: await getInstanceActorId(app),
    targetUri: target.uri,
    targetInboxes: await inboxOf(app, asId(target.id)),
    objectUris: fromJson<string[]>(row.note_uris, []),
    comment: row.comment,
    language: row.language,
  };
}
