import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type CollectionId, type NoteId, type ReportId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { countCharacters, type Page, type PageRequest } from "../../domain/note.ts";
import {
  REPORT_LIMITS,
  type ReportCategory,
  type ReportState,
  type ReportView,
} from "../../domain/report.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { findActorById } from "../../store/actors.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import { countReportLanguages, insertReportLanguages } from "../../store/report-languages.ts";
import { listReportRows, type ReportSieve } from "../../store/report-queue.ts";
import {
  findReportedActors,
  findReportedCollections,
  findReportedNotes,
  insertReport,
  listCollectionUris,
} from "../../store/reports.ts";
import { normalizeText } from "../../text/entities.ts";
import { plainText } from "../../text/markup.ts";
import { takeLimit } from "../accounts/limits.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { federate } from "../federation/federate.ts";
import { listRules } from "../instance/instance.ts";
import { toCursor, toPage } from "../pages.ts";
import { findHostRule, isBlockedHost } from "./domains.ts";
import { languageOf, languagesOf, likelyLanguage, type Written } from "./report-languages.ts";
import { tellStaff } from "./report-routing.ts";
import { reportViews, requireReport, sightOf } from "./report-views.ts";

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
  const instanceId = await getInstanceActorId(app);
  if (target === undefined || target.deleted_at !== null || target.id === instanceId) throw notFound();
  const comment = normalizeText(command.comment).trim();
  if (countCharacters(comment) > REPORT_LIMITS.comment)
    throw invalid({ comment: { key: "field.too_long", params: { max: REPORT_LIMITS.comment } } });
  const noteIds = [...new Set(command.noteIds)].slice(0, REPORT_LIMITS.objects);
  const seen = new Map(
    (await findVisibleNotes(app.db, viewer.actorId, noteIds)).map((note) => [note.id, note]),
  );
  const notes = noteIds.flatMap((id) => seen.get(id) ?? []).filter((note) => note.actor_id === target.id);
  const collectionIds = (command.collectionIds ?? []).slice(0, REPORT_LIMITS.objects);
  const collections = await listCollectionUris(app.db, target.id, collectionIds);
  const ruleIds = await knownRules(app, command.ruleIds ?? []);
  takeLimit(app, USE_LIMITS.reports, String(viewer.actorId));
  const id = app.ids.next();
  const activityId = app.ids.next();
  const forwarded = command.forward && target.host !== "" && !(await isBlockedHost(app, target.host));
  const own = [...viewer.languages, ...(viewer.locale === null ? [] : [viewer.locale])];
  const words = { text: comment, language: command.language ?? likelyLanguage(comment, own) };
  await transaction(app.db, async (tx) => {
    await insertReport(tx, {
      id,
      uri: app.uris.activity(activityId),
      reporter_id: viewer.actorId,
      target_id: target.id,
      category: command.category,
      comment,
      language: languageOf(words),
      note_uris: toJson([...notes.map((note) => note.uri), ...collections]),
      rule_ids: toJson(ruleIds),
      forwarded: forwarded ? 1 : 0,
      forwarded_at: forwarded ? app.clock.now() : null,
      state: "open",
      created_at: app.clock.now(),
      resolved_at: null,
    });
    const languages = languagesOf([...saidIn(words), ...notes.map(writtenOf)]);
    await insertReportLanguages(tx, id, languages);
    await tellStaff(app, tx, { id, targetId: target.id, reporterId: viewer.actorId }, languages);
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

/** Numbers of rules, each once. @throws invalid `{ rule_ids }` for a rule that this server does not have */
export async function knownRules(app: App, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const known = (await listRules(app)).map((rule) => String(rule.id));
  if (!ids.every((id) => known.includes(id))) throw invalid({ rule_ids: { key: "error.invalid" } });
  return [...new Set(ids)];
}

/** A form says a language also where nothing was written in it. */
function saidIn(words: Written): readonly Written[] {
  return words.text === "" ? [] : [words];
}

function writtenOf(note: { readonly content_html: string; readonly language: string | null }): Written {
  return { text: plainText(note.content_html), language: note.language };
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
  const notes = await findReportedNotes(app.db, uris);
  const things = [...notes, ...(await findReportedCollections(app.db, uris))];
  const targetId = (await findReportedActors(app.db, uris))[0] ?? things[0]?.actor_id;
  if (targetId === undefined) return;
  const { host } = new URL(received.actorUri);
  if ((await findHostRule(app, host))?.rejectReports === true) return;
  takeLimit(app, USE_LIMITS.reportsByHost, host);
  const reporterId = await findOrFetchActor(app, received.actorUri);
  if (reporterId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  const words = { text: commentOf(received.content), language: received.language };
  const isTheirs = (thing: { readonly actor_id: number }) => thing.actor_id === targetId;
  const languages = languagesOf([...saidIn(words), ...notes.filter(isTheirs).map(writtenOf)]);
  const id = app.ids.next();
  await transaction(app.db, async (tx) => {
    const isNew = await insertReport(tx, {
      id,
      uri: received.uri,
      reporter_id: reporterId,
      target_id: targetId,
      category: "other",
      comment: words.text,
      language: languageOf(words),
      note_uris: toJson(things.filter(isTheirs).map((thing) => thing.uri)),
      forwarded: 0,
      state: "open",
      created_at: app.clock.now(),
      resolved_at: null,
    });
    if (!isNew) return;
    await insertReportLanguages(tx, id, languages);
    await tellStaff(app, tx, { id, targetId, reporterId }, languages);
  });
}

/** Servers send plain text; some send markup. What looks like neither tag nor entity stays as it was typed. */
function commentOf(content: string): string {
  const isMarkup = /<\/?(?:p|br|div|span|a|b|i|em|strong|ul|ol|li|blockquote)\b[^<>]*>/i.test(content);
  const text = normalizeText(isMarkup ? plainText(content) : content).trim();
  return [...text].slice(0, REPORT_LIMITS.comment).join("");
}

/** Which reports; `state` left out = all. */
export type ReportRequest = PageRequest &
  Omit<ReportSieve, "before"> & { readonly writtenBefore?: number | undefined };

/**
 * Reports, newest first. Nobody sees those about themselves, and those about owners are for administrators.
 * @throws forbidden below moderator
 */
export async function listReports(
  app: App,
  viewer: Viewer,
  { before, after, limit, writtenBefore, ...sieve }: ReportRequest,
): Promise<Page<ReportView>> {
  const cursor = toCursor({ before, after, limit });
  const rows = await listReportRows(app.db, { ...sieve, before: writtenBefore }, sightOf(viewer), cursor);
  return await toPage(rows, cursor, (found) => reportViews(app, found));
}

/** The same for the operator at the command line, who has no account. */
export async function listAllReports(
  app: App,
  state: ReportState,
  limit: number,
): Promise<readonly ReportView[]> {
  const found = await listReportRows(app.db, { state }, null, { limit });
  return await reportViews(app, found.rows);
}

/** Languages of the reports in a state, with how many there are in each. @throws forbidden below moderator */
export async function reportLanguages(
  app: App,
  viewer: Viewer,
  state: ReportState,
): Promise<readonly { readonly language: string; readonly found: number }[]> {
  return await countReportLanguages(app.db, state, sightOf(viewer));
}

/** One report. @throws forbidden below moderator, not_found (also for reports about oneself). */
export async function viewReport(app: App, viewer: Viewer, id: ReportId): Promise<ReportView> {
  const [view] = await reportViews(app, [await requireReport(app, viewer, id)]);
  if (view === undefined) throw notFound();
  return view;
}
