import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId } from "../../domain/ids.ts";
import type { NoteView } from "../../domain/note.ts";
import type { ReportView } from "../../domain/report.ts";
import { countReportsAbout, findNoteIdsByUri } from "../../store/administration.ts";
import { requireModerator } from "../administration/roles.ts";
import { visibleNoteViews } from "../views.ts";

/** Notes of one report that are shown; the others are links. */
const SHOWN = 3;

/** What helps to judge a report. */
export type ReportContext = {
  /** Of those that it names: what is here, the moderator may see and is no direct note; at most 3. */
  readonly notes: readonly NoteView[];
  /** About the same person: reports that are open, and all there ever were, this one included. */
  readonly about: { readonly open: number; readonly all: number };
};

/** The same for all reports of a page, in a fixed number of queries. @throws forbidden below moderator */
export async function reportContexts(
  app: App,
  viewer: Viewer,
  reports: readonly ReportView[],
): Promise<ReadonlyMap<number, ReportContext>> {
  requireModerator(viewer);
  const named = (report: ReportView) => report.objectUris.slice(0, SHOWN);
  const ids = await findNoteIdsByUri(app.db, [...new Set(reports.flatMap(named))]);
  const shown = await visibleNoteViews(
    app,
    viewer,
    [...new Set(ids.values())].map((id) => asId(id)),
  );
  const notes = new Map(
    shown.filter((note) => note.visibility !== "direct").map((note) => [Number(note.id), note]),
  );
  const about = await countReportsAbout(app.db, [...new Set(reports.map((one) => Number(one.target.id)))]);
  return new Map(
    reports.map((report) => [
      Number(report.id),
      {
        notes: named(report).flatMap((uri) => notes.get(ids.get(uri) ?? 0) ?? []),
        about: about.get(Number(report.target.id)) ?? { open: 0, all: 0 },
      },
    ]),
  );
}
