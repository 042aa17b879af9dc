// What is popular: counted from time to time by simple rules that a page explains. Part of services/.

import type { App } from "../../context.ts";
import { idAt } from "../../domain/ids.ts";
import { toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import {
  type CountedLink,
  type CountedNote,
  countLinkDays,
  countLinks,
  countPeople,
  type CountedTag,
  countTags,
  listActiveActors,
  listReactedNotes,
  replaceTrends,
  type TrendKind,
} from "../../store/trends.ts";

const DAY = 86_400_000;

/** The rules, as `/explore/about` says them. */
export const TREND_RULES = {
  /** Days that count. */
  days: 7,
  /** Days within which somebody wrote who is suggested. */
  activeDays: 14,
  notes: 200,
  /** Notes of one author; tags that one person alone writes. */
  each: 3,
  tags: 60,
  links: 40,
  people: 60,
  everyMinutes: 15,
} as const;

/** Notes looked at, and how many of them by one query. */
const CANDIDATES = 1000;
const BATCH = 250;

/** Counts anew which notes, tags and people are popular. Nothing is kept of who did what. */
export async function countTrends(app: App): Promise<void> {
  const now = app.clock.now();
  const sinceId = idAt(now - TREND_RULES.days * DAY);
  const counted = await countNotes(app, sinceId);
  const tags = await countTags(app.db, {
    sinceId: idAt(now - 2 * TREND_RULES.days * DAY),
    midId: sinceId,
    limit: TREND_RULES.tags * 5,
  });
  const links = await countLinks(app.db, sinceId, TREND_RULES.links);
  const days = await countLinkDays(
    app.db,
    links.map((link) => link.key),
    sinceId,
  );
  const actors = await listActiveActors(app.db, idAt(now - TREND_RULES.activeDays * DAY), 500);
  await transaction(app.db, async (tx) => {
    await replaceTrends(tx, "note", noteRows(counted, now));
    await replaceTrends(tx, "tag", tagRows(tags, now));
    await replaceTrends(tx, "actor", actorRows(actors, counted, now));
    await replaceTrends(tx, "link", linkRows(links, days, now));
  });
}

async function countNotes(app: App, sinceId: number): Promise<readonly CountedNote[]> {
  const ids = await listReactedNotes(app.db, sinceId, CANDIDATES);
  const counted: CountedNote[] = [];
  for (let start = 0; start < ids.length; start += BATCH)
    counted.push(...(await countPeople(app.db, ids.slice(start, start + BATCH), sinceId)));
  return counted.toSorted((a, b) => b.people - a.people || b.id - a.id);
}

/** Most people first; of one author only a few, so that nobody fills the page. */
function noteRows(counted: readonly CountedNote[], now: number) {
  const taken = new Map<number, number>();
  return counted
    .filter((note) => isStillFew(taken, note.actor_id))
    .slice(0, TREND_RULES.notes)
    .map((note) => trend("note", note.id, note.people, { people: note.people }, now));
}

/** Twice the people of this week less those of the week before: what grows comes first, what always is comes last. */
function tagRows(tags: readonly CountedTag[], now: number) {
  const alone = new Map<number, number>();
  return tags
    .filter((tag) => tag.people > 1 || isStillFew(alone, tag.one))
    .map((tag) => ({ ...tag, score: 2 * tag.people - tag.before }))
    .filter((tag) => tag.score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, TREND_RULES.tags)
    .map(({ tag, people, before, score }) => trend("tag", tag, score, { people, before }, now));
}

/** Who wrote lately, those first whose notes reached most people. */
function actorRows(actors: readonly number[], counted: readonly CountedNote[], now: number) {
  const reached = new Map<number, number>();
  for (const note of counted) reached.set(note.actor_id, (reached.get(note.actor_id) ?? 0) + note.people);
  return actors
    .map((id) => ({ id, score: reached.get(id) ?? 0 }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, TREND_RULES.people)
    .map(({ id, score }) => trend("actor", id, score, {}, now));
}

/** Links by how many people wrote them, each with its days. */
function linkRows(
  links: readonly CountedLink[],
  days: Awaited<ReturnType<typeof countLinkDays>>,
  now: number,
) {
  return links.map(({ key, people }) => {
    const own = days.filter((row) => row.key === key);
    const detail = { people, days: own.map((row) => [row.day, row.uses, row.people]) };
    return trend("link", key, people, detail, now);
  });
}

function isStillFew(taken: Map<number, number>, of: number): boolean {
  const count = (taken.get(of) ?? 0) + 1;
  taken.set(of, count);
  return count <= TREND_RULES.each;
}

function trend(kind: TrendKind, subject: number | string, score: number, detail: object, now: number) {
  return { kind, subject: String(subject), score, detail: toJson(detail), updated_at: now };
}
