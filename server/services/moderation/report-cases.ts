import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import type { NoteView } from "../../domain/note.ts";
import type { ReportView } from "../../domain/report.ts";
import { getInstanceActorId } from "../accounts/settings.ts";
import { peopleOf, type PersonView } from "../administration/people.ts";
import { requireModerator } from "../administration/roles.ts";
import { listRules, type Rule } from "../instance/instance.ts";
import { actorViews, visibleNoteViews } from "../views.ts";

/** A report with everybody and everything that it names, for apps of moderators. */
export type ReportCase = {
  readonly report: ReportView;
  /** Who wrote it; the server's own actor for somebody who left. */
  readonly reporter: PersonView;
  readonly people: {
    readonly target: PersonView;
    readonly assignedTo: PersonView | null;
    readonly resolvedBy: PersonView | null;
  };
  /** What is here of the notes, the moderator may see and is no direct note. */
  readonly notes: readonly NoteView[];
  readonly rules: readonly Rule[];
};

/** The same for all reports of a page, in a fixed number of statements. @throws forbidden below moderator */
export async function reportCases(
  app: App,
  viewer: Viewer,
  reports: readonly ReportView[],
): Promise<readonly ReportCase[]> {
  requireModerator(viewer);
  if (reports.length === 0) return [];
  const [nobody] = await actorViews(app, [await getInstanceActorId(app)]);
  const named = reports.flatMap((one) => [one.reporter, one.target, one.assignedTo, one.resolvedBy]);
  const people = await peopleOf(
    app,
    viewer,
    named.filter((actor) => actor !== null),
  );
  const noteIds = reports.flatMap((one) => one.noteIds);
  const seen = await visibleNoteViews(app, viewer, [...new Set(noteIds)]);
  const notes = new Map(
    seen.filter((note) => note.visibility !== "direct").map((note) => [Number(note.id), note]),
  );
  const rules = new Map((await listRules(app)).map((rule) => [String(rule.id), rule]));
  const personOf = (actor: ActorView | null) =>
    actor === null ? null : (people.get(Number(actor.id)) ?? strangerOf(actor));
  return reports.flatMap((report) => {
    const reporter = personOf(report.reporter ?? nobody ?? null);
    const target = personOf(report.target);
    if (reporter === null || target === null) return [];
    return [
      {
        report,
        reporter,
        people: {
          target,
          assignedTo: personOf(report.assignedTo),
          resolvedBy: personOf(report.resolvedBy),
        },
        notes: report.noteIds.flatMap((id) => notes.get(Number(id)) ?? []),
        rules: report.ruleIds.flatMap((id) => rules.get(id) ?? []),
      },
    ];
  });
}

/** Somebody who is no person, such as the actor of a server. */
function strangerOf(actor: ActorView): PersonView {
  return { actor, member: null, createdAt: actor.publishedAt, suspended: actor.suspended, request: null };
}
