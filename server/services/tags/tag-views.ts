import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { idAt, timeOfId, type ActorId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { PROFILE_LIMITS } from "../../domain/actor.ts";
import { notFound } from "../../errors.ts";
import { listFeaturedTagRows } from "../../store/featured-tags.ts";
import { cursorOf } from "../../store/page.ts";
import { countOwnTags, countTagDays, listOwnTags } from "../../store/tag-days.ts";
import { listTagFollowPage } from "../../store/tag-follows.ts";
import { isTag, normalizeTag } from "../../text/entities.ts";
import { toPage } from "../pages.ts";
import { followedAmong } from "./tag-follows.ts";

const DAY = 86_400_000;
/** Days that are told of a tag, today included. */
const DAYS = 7;
/** Own notes that are looked at for tags worth a place on the profile. */
const SAMPLE = 500;

/** A tag with its last week, and what it is to the viewer. */
export type TagView = {
  readonly tag: string;
  /** Today first; `day` is its beginning, ms. */
  readonly history: readonly { readonly day: number; readonly uses: number; readonly people: number }[];
  readonly following: boolean;
  /** It stands on the viewer's profile. */
  readonly featuring: boolean;
};

/** A tag on a profile, and how its owner uses it. */
export type FeaturedTagView = {
  readonly id: number;
  readonly tag: string;
  readonly name: string;
  readonly uses: number;
  /** Time of the last note with it, ms. */
  readonly lastAt: number | null;
};

/** Some tags, in the order asked for: three queries at most, however many they are. */
export async function tagViews(
  app: App,
  viewer: Viewer | null,
  tags: readonly string[],
): Promise<readonly TagView[]> {
  if (tags.length === 0) return [];
  const today = Math.floor(app.clock.now() / DAY);
  const counted = await countTagDays(app.db, tags, idAt((today - DAYS + 1) * DAY));
  const byDay = new Map(counted.map((row) => [`${row.tag} ${row.day}`, row]));
  const followed = await followedAmong(app, viewer, tags);
  const featured =
    viewer === null ? [] : await listFeaturedTagRows(app.db, viewer.actorId, PROFILE_LIMITS.tags);
  return tags.map((tag) => ({
    tag,
    history: Array.from({ length: DAYS }, (_, back) => {
      const found = byDay.get(`${tag} ${today - back}`);
      return { day: (today - back) * DAY, uses: found?.uses ?? 0, people: found?.people ?? 0 };
    }),
    following: followed.has(tag),
    featuring: featured.some((row) => row.tag === tag),
  }));
}

/** One tag by its name, whether anybody wrote it or not. @throws not_found for what can be no tag */
export async function viewTag(app: App, viewer: Viewer | null, name: string): Promise<TagView> {
  const tag = normalizeTag(name);
  const [view] = isTag(tag) ? await tagViews(app, viewer, [tag]) : [];
  if (view === undefined) throw notFound();
  return view;
}

/** A page of the tags that somebody follows, last followed first; the cursor is the follow. At most 200 at once. */
export async function followedTagsPage(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<TagView>> {
  const cursor = cursorOf(request, 100, 200);
  const rows = await listTagFollowPage(app.db, viewer.actorId, cursor);
  return await toPage(rows, cursor, (found) =>
    tagViews(
      app,
      viewer,
      found.map((row) => row.tag),
    ),
  );
}

/** The tags of a profile, oldest first, and how their owner uses them. */
export async function viewFeaturedTags(app: App, actorId: ActorId): Promise<readonly FeaturedTagView[]> {
  const rows = await listFeaturedTagRows(app.db, actorId, PROFILE_LIMITS.tags);
  const uses = await countOwnTags(
    app.db,
    actorId,
    rows.map((row) => row.tag),
  );
  return rows.map(({ id, tag, name }) => {
    const own = uses.find((row) => row.tag === tag);
    return {
      id,
      tag,
      name,
      uses: own?.uses ?? 0,
      lastAt: own === undefined ? null : timeOfId(own.lastNoteId),
    };
  });
}

/** One of the viewer's own featured tags by id. @throws not_found */
export async function findOwnFeaturedTag(app: App, viewer: Viewer, id: number): Promise<FeaturedTagView> {
  const found = (await viewFeaturedTags(app, viewer.actorId)).find((row) => row.id === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Tags that the person writes often and that do not stand on the profile yet, ten at most. */
export async function suggestFeaturedTags(app: App, viewer: Viewer): Promise<readonly TagView[]> {
  const featured = await listFeaturedTagRows(app.db, viewer.actorId, PROFILE_LIMITS.tags);
  const own = await listOwnTags(app.db, viewer.actorId, SAMPLE, 10 + PROFILE_LIMITS.tags);
  const rest = own.filter((tag) => !featured.some((row) => row.tag === tag));
  return await tagViews(app, viewer, rest.slice(0, 10));
}
