import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import { asId, type CollectionId, type Id, type NoteId, type ReportId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import {
  isReportCategory,
  type OwnReportView,
  type ReportCategory,
  type ReportView,
  toReportOutcome,
} from "../../domain/report.ts";
import { forbidden, notFound } from "../../errors.ts";
import { findNoteIdsByUri } from "../../store/administration.ts";
import { fromJson, isSet, textsIn } from "../../store/codec.ts";
import { findReportLanguages } from "../../store/report-languages.ts";
import {
  findLastClosed,
  findLatestReports,
  findReportFor,
  listReportRows,
  type ReportSight,
} from "../../store/report-queue.ts";
import { findCollectionIdsByUri, findReport, type ReportRow } from "../../store/reports.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";

/** What of the reports somebody of the staff sees: none about themselves, none about owners below administrators. @throws forbidden below moderator */
export function sightOf(viewer: Viewer): ReportSight {
  if (!outranks(viewer.role, "member")) throw forbidden();
  return { viewerId: viewer.actorId, seesOwners: outranks(viewer.role, "moderator") };
}

/** @throws forbidden below moderator, not_found (also for those that are not for their eyes) */
export async function requireReport(app: App, viewer: Viewer, id: ReportId): Promise<ReportRow> {
  const row = await findReportFor(app.db, id, sightOf(viewer));
  if (row === undefined) throw notFound();
  return row;
}

/** Rows as views, in their order, in four statements; those about somebody who is gone are left out. */
export async function reportViews(app: App, rows: readonly ReportRow[]): Promise<readonly ReportView[]> {
  if (rows.length === 0) return [];
  const people = rows.flatMap((row) => [row.reporter_id, row.target_id, row.assigned_id, row.resolved_by_id]);
  const ids = [...new Set(people.filter((id) => id !== null))];
  const actors = new Map((await actorViews(app, ids)).map((actor) => [actor.id as number, actor]));
  const named = (row: ReportRow) => textsIn(row.note_uris);
  const uris = [...new Set(rows.flatMap(named))];
  const noteIds = await findNoteIdsByUri(app.db, uris);
  const collectionIds = await findCollectionIdsByUri(app.db, uris);
  const languages = await findReportLanguages(
    app.db,
    rows.map((row) => row.id),
  );
  return rows.flatMap((row) => {
    const target = actors.get(row.target_id);
    if (target === undefined) return [];
    const objectUris = named(row);
    return [
      {
        id: asId<ReportId>(row.id),
        reporter: actors.get(row.reporter_id) ?? null,
        target,
        category: toCategory(row.category),
        comment: row.comment,
        language: row.language,
        objectUris,
        forwarded: isSet(row.forwarded),
        state: row.state === "resolved" ? "resolved" : "open",
        createdAt: row.created_at,
        resolvedAt: row.resolved_at,
        noteIds: objectUris.flatMap((uri) => asIds<NoteId>(noteIds.get(uri))),
        collectionIds: objectUris.flatMap((uri) => asIds<CollectionId>(collectionIds.get(uri))),
        ruleIds: fromJson<string[]>(row.rule_ids, []),
        assignedTo: actors.get(row.assigned_id ?? 0) ?? null,
        resolvedBy: actors.get(row.resolved_by_id ?? 0) ?? null,
        languages: languages.get(row.id) ?? [],
        outcome: toReportOutcome(row.outcome),
        toldAllAt: row.told_all_at,
        forwardedAt: row.forwarded_at,
      } satisfies ReportView,
    ];
  });
}

function asIds<T extends Id>(id: number | undefined): readonly T[] {
  return id === undefined ? [] : [asId(id)];
}

function toCategory(word: string): ReportCategory {
  return isReportCategory(word) ? word : "other";
}

/** The newest report about each of some actors, by actor; five statements. @throws forbidden below moderator */
export async function latestReportsAbout(
  app: App,
  viewer: Viewer,
  actorIds: readonly number[],
): Promise<ReadonlyMap<number, ReportView>> {
  const rows = await findLatestReports(app.db, [...new Set(actorIds)], sightOf(viewer));
  return new Map((await reportViews(app, rows)).map((view) => [Number(view.target.id), view]));
}

/** A report as whoever wrote it sees it. @throws not_found for those of others. */
export async function viewOwnReport(app: App, viewer: Viewer, id: ReportId): Promise<ReportView> {
  const row = await findReport(app.db, id);
  const [view] = row?.reporter_id === viewer.actorId ? await reportViews(app, [row]) : [];
  if (view === undefined) throw notFound();
  return view;
}

/** What somebody reported and what came of it, newest first; two statements. */
export async function listOwnReports(
  app: App,
  viewer: Pick<Viewer, "actorId">,
  request: PageRequest,
): Promise<Page<OwnReportView>> {
  const cursor = toCursor(request);
  const rows = await listReportRows(app.db, { reporterId: viewer.actorId }, null, cursor);
  return await toPage(rows, cursor, (found) => ownReportViews(app, found));
}

/** The report of somebody's that was closed last; null when none was. Two statements. */
export async function lastClosedReport(app: App, viewer: Viewer): Promise<OwnReportView | null> {
  const row = await findLastClosed(app.db, viewer.actorId);
  const [view] = row === undefined ? [] : await ownReportViews(app, [row]);
  return view ?? null;
}

async function ownReportViews(app: App, rows: readonly ReportRow[]): Promise<readonly OwnReportView[]> {
  const targets = await actorViews(app, [...new Set(rows.map((row) => row.target_id))]);
  const byId = new Map(targets.map((actor) => [Number(actor.id), actor]));
  return rows.map((row) => ({
    id: asId<ReportId>(row.id),
    target: byId.get(row.target_id) ?? null,
    category: toCategory(row.category),
    comment: row.comment,
    language: row.language,
    forwarded: isSet(row.forwarded),
    state: row.state === "resolved" ? "resolved" : "open",
    outcome: toReportOutcome(row.outcome),
    createdAt: row.created_at,
    resolvedAt: row.resolved_at,
  }));
}
