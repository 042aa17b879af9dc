import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  type ExploreFilter,
  MEDIA_KINDS,
  mediaBits,
  type Suggestion,
  type TrendingTag,
} from "../../domain/explore.ts";
import type { EntryView, NoteView, Page, PageRequest } from "../../domain/note.ts";
import { fromJson } from "../../store/codec.ts";
import { exploreEntries, type Sieve, sieveNotes } from "../../store/explore.ts";
import { ascending } from "../../store/page.ts";
import { findFollowStates, listTrends, sieveActors } from "../../store/trends.ts";
import type { CardView } from "../../domain/card.ts";
import { cardViews } from "../cards/cards.ts";
import { followedAmong } from "../tags/tag-follows.ts";
import { toCursor } from "../pages.ts";
import { actorViews, entryViews, isShown, visibleNoteViews } from "../views.ts";
import { hiddenTags } from "../moderation/hidden-tags.ts";
import { TREND_RULES } from "./count-trends.ts";

const DAY = 86_400_000;

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
  return await sievedTimeline(app, viewer, sieveOf(request), request);
}

/** What the public timelines of apps show: of members, of others, or of both; with media alone, if wanted. */
export type PublicRequest = PageRequest & {
  readonly from: "known" | "here" | "elsewhere";
  readonly onlyMedia: boolean;
};

/** Public notes that answer nobody and are known here, newest first; pages as those of `exploreTimeline`. */
export async function publicTimeline(
  app: App,
  viewer: Viewer | null,
  request: PublicRequest,
): Promise<Page<EntryView>> {
  const bits = request.onlyMedia ? mediaBits(MEDIA_KINDS) : 0;
  return await sievedTimeline(app, viewer, { from: request.from, bits, languages: [], calm: false }, request);
}

async function sievedTimeline(
  app: App,
  viewer: Viewer | null,
  sieve: Sieve,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const found = await exploreEntries(app.db, viewer?.actorId ?? null, sieve, cursor, app.clock.now());
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

/** A link that many write this week: its card, and its last seven days, today first; `day` in ms. */
export type TrendingLink = {
  readonly card: CardView;
  readonly history: readonly { readonly day: number; readonly uses: number; readonly people: number }[];
};

/** Links that most people wrote this week, as far as their cards are known: a page by rank, beginning at 0. */
export async function trendingLinks(
  app: App,
  page: { readonly from: number; readonly limit: number },
): Promise<{ readonly links: readonly TrendingLink[]; readonly more: boolean }> {
  const all = await listTrends(app.db, "link", TREND_RULES.links);
  const end = page.from + page.limit;
  const rows = all.slice(page.from, end);
  const cards = await cardViews(
    app,
    rows.map((row) => row.subject),
  );
  const today = Math.floor(app.clock.now() / DAY);
  const links = rows.flatMap((row) => {
    const card = cards.get(row.subject);
    if (card === undefined) return [];
    const { days } = fromJson<{ days: readonly (readonly number[])[] }>(row.detail, { days: [] });
    const history = Array.from({ length: TREND_RULES.days }, (_, back) => {
      const [, uses = 0, people = 0] = days.find(([day]) => day === today - back) ?? [];
      return { day: (today - back) * DAY, uses, people };
    });
    return [{ card, history }];
  });
  return { links, more: all.length > end };
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
