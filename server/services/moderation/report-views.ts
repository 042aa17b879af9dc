import type { App } from "../../context.ts";
import { asId, type CollectionId, type Id, type NoteId, type ReportId } from "../../domain/ids.ts";
import { isReportCategory, type ReportView } from "../../domain/report.ts";
import { findNoteIdsByUri } from "../../store/administration.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { findCollectionIdsByUri, findLatestReports, type ReportRow } from "../../store/reports.ts";
import { actorViews } from "../views.ts";

/** Rows as views, in their order, in three statements; those about somebody who is gone are left out. */
export async function reportViews(app: App, rows: readonly ReportRow[]): Promise<readonly ReportView[]> {
  if (rows.length === 0) return [];
  const people = rows.flatMap((row) => [row.reporter_id, row.target_id, row.assigned_id, row.resolved_by_id]);
  const ids = [...new Set(people.filter((id) => id !== null))];
  const actors = new Map((await actorViews(app, ids)).map((actor) => [actor.id as number, actor]));
  const named = (row: ReportRow) => fromJson<string[]>(row.note_uris, []);
  const noteIds = await findNoteIdsByUri(app.db, [...new Set(rows.flatMap(named))]);
  const others = [...new Set(rows.flatMap(named))].filter((uri) => !noteIds.has(uri));
  const collectionIds = await findCollectionIdsByUri(app.db, others);
  return rows.flatMap((row) => {
    const target = actors.get(row.target_id);
    if (target === undefined) return [];
    const objectUris = named(row);
    return [
      {
        id: asId<ReportId>(row.id),
        reporter: actors.get(row.reporter_id) ?? null,
        target,
        category: isReportCategory(row.category) ? row.category : "other",
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
      } satisfies ReportView,
    ];
  });
}

function asIds<T extends Id>(id: number | undefined): readonly T[] {
  return id === undefined ? [] : [asId(id)];
}

/** The newest report about each of some actors, by actor; four statements. */
export async function latestReportsAbout(
  app: App,
  actorIds: readonly number[],
): Promise<ReadonlyMap<number, ReportView>> {
  const views = await reportViews(app, await findLatestReports(app.db, [...new Set(actorIds)]));
  return new Map(views.map((view) => [Number(view.target.id), view]));
}
