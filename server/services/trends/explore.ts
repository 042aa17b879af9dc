import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ExploreFilter, mediaBits, type Suggestion, type TrendingTag } from "../../domain/explore.ts";
import type { EntryView, NoteView, Page, PageRequest } from "../../domain/note.ts";
import { fromJson } from "../../store/codec.ts";
import { exploreEntries, sieveNotes } from "../../store/explore.ts";
import { ascending } from "../../store/page.ts";
import { findFollowStates, listTrends, sieveActors } from "../../store/trends.ts";
import { followedAmong } from "../tags/tag-follows.ts";
import { toCursor } from "../pages.ts";
import { actorViews, entryViews, isShown, visibleNoteViews } from "../views.ts";
import { hiddenTags } from "../moderation/hidden-tags.ts";
import { TREND_RULES } from "./count-trends.ts";

/** How a page of Explore is drawn: `calm` leaves out what its author closed, for covers that strangers see. */
export type ExploreRequest = PageRequest & { readonly filter: ExploreFilter; readonly calm?: boolean };

/**
 * Public notes that answer nobody, newest first. A page may be short, or empty, and still have an older one: the search
 * for something rare stops after a while and goes on where it stopped.
 */
export async function exploreTimeline(
  app: App,
  viewer: Viewer | null,
  request: ExploreRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const found = await exploreEntries(
    app.db,
    viewer?.actorId ?? null,
    sieveOf(request),
    cursor,
    app.clock.now(),
  );
  const items = await entryViews(app, viewer, found.rows, "public");
  const [first, last] = [found.rows[0], found.rows.at(-1)];
  if (ascending(cursor))
    return {
      items,
      older: last?.id ?? cursor.after ?? null,
      newer: found.edge === null ? null : (first?.id ?? found.edge),
      first: first?.id ?? null,
    };
  return {
    items,
    older: found.edge,
    newer: cursor.before === undefined ? null : (first?.id ?? cursor.before),
    first: first?.id ?? null,
  };
}

/** Popular notes of the week, a page of them by rank, beginning at 0. */
export async function popularNotes(
  app: App,
  viewer: Viewer | null,
  request: Omit<ExploreRequest, "before" | "after"> & { readonly from: number },
): Promise<{ readonly notes: readonly NoteView[]; readonly next: number | null }> {
  const trends = await listTrends(app.db, "note", TREND_RULES.notes);
  const ids = trends.map((row) => Number(row.subject));
  const passing = await sieveNotes(app.db, viewer?.actorId ?? null, sieveOf(request), ids, app.clock.now());
  const ranked = ids.filter((id) => passing.has(id));
  const limit = request.limit ?? 20;
  const shown = ranked.slice(request.from, request.from + limit);
  const notes = await visibleNoteViews(app, viewer, shown, "public");
  const next = request.from + limit;
  return { notes: notes.filter(isShown), next: next < ranked.length ? next : null };
}

function sieveOf({ filter, calm }: { readonly filter: ExploreFilter; readonly calm?: boolean | undefined }) {
  return {
    from: filter.from,
    bits: mediaBits(filter.media),
    languages: filter.languages,
    calm: calm === true,
  };
}

/** Tags that many people write this week, what grows first. */
export async function trendingTags(app: App, viewer: Viewer | null): Promise<readonly TrendingTag[]> {
  const hidden = await hiddenTags(app);
  const rows = (await listTrends(app.db, "tag", TREND_RULES.tags)).filter((row) => !hidden.has(row.subject));
  const followed = await followedAmong(
    app,
    viewer,
    rows.map((row) => row.subject),
  );
  return rows.map((row) => {
    const { people, before } = fromJson<{ people: number; before: number }>(row.detail, {
      people: 0,
      before: 0,
    });
    return { tag: row.subject, people, before, following: followed.has(row.subject) };
  });
}

/** People who want to be found and wrote lately; the reader, and whom they hide, left out; those not followed first. */
export async function suggestPeople(
  app: App,
  viewer: Viewer | null,
  limit = 30,
): Promise<readonly Suggestion[]> {
  const ids = (await listTrends(app.db, "actor", TREND_RULES.people)).map((row) => Number(row.subject));
  const open = await sieveActors(app.db, viewer?.actorId ?? null, ids, app.clock.now());
  const states = viewer === null ? new Map() : await findFollowStates(app.db, viewer.actorId, ids);
  const isNew = (id: number) => !states.has(id);
  const shown = ids
    .filter((id) => open.has(id))
    .toSorted((a, b) => Number(isNew(b)) - Number(isNew(a)))
    .slice(0, limit);
  return (await actorViews(app, shown)).map((actor) => ({
    actor,
    following: stateOf(states.get(actor.id)),
  }));
}

function stateOf(state: string | undefined): Suggestion["following"] {
  if (state === undefined) return "no";
  return state === "accepted" ? "accepted" : "pending";
}
