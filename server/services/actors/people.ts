import type { App } from "../../context.ts";
import { type ActorView, parseHandle, type Viewer } from "../../domain/actor.ts";
import type { ActorId } from "../../domain/ids.ts";
import type { ListView } from "../../domain/list.ts";
import type { EntryView, NoteView, Page, PageRequest } from "../../domain/note.ts";
import { notFound } from "../../errors.ts";
import { type ActorRow, findActorById, findActorsByUri } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { findLastNotes, listDirectory } from "../../store/directory.ts";
import { type ProfileSieve, sievedProfileEntries } from "../../store/profile-entries.ts";
import { findPeopleToName } from "../../store/suggestions.ts";
import { normalizeTag } from "../../text/entities.ts";
import { listLists, listsWith } from "../lists/lists.ts";
import { toCursor, toPage } from "../pages.ts";
import { search } from "../search.ts";
import { type FeaturedTagView, viewFeaturedTags } from "../tags/tag-views.ts";
import { actorView, actorViews, entryViews } from "../views.ts";
import { listFollowers, listFollowing, lookUpActor } from "./actors.ts";
import { requestFeatured } from "./featured.ts";
import { listPinned } from "./pins.ts";

/** What is known of somebody beside their profile. */
export type AboutActor = {
  readonly actor: ActorView;
  /** Where they live now, as far as that is known here. */
  readonly moved: ActorView | null;
  /** When they last wrote something for everybody, ms. */
  readonly lastNoteAt: number | null;
};

/** Adds to each actor what stands in other tables: two statements, however many they are. In the order given. */
export async function aboutActors(app: App, actors: readonly ActorView[]): Promise<readonly AboutActor[]> {
  const shown = actors.filter((actor) => !actor.suspended);
  const notes = await findLastNotes(
    app.db,
    shown.map((actor) => actor.id),
  );
  const homes = await findActorsByUri(app.db, [...new Set(shown.flatMap((actor) => actor.movedToUri ?? []))]);
  const open = homes.filter((row) => row.deleted_at === null && row.suspended_at === null);
  const homeOf = new Map(open.map((row) => [row.uri, actorView(app, row)]));
  const at = new Map(notes.map((row) => [row.actor_id, row.at]));
  return actors.map((actor) => ({
    actor,
    moved: actor.movedToUri === null ? null : (homeOf.get(actor.movedToUri) ?? null),
    lastNoteAt: at.get(actor.id) ?? null,
  }));
}

/** The same of a page. */
export async function aboutPage(app: App, page: Page<ActorView>): Promise<Page<AboutActor>> {
  return { ...page, items: await aboutActors(app, page.items) };
}

/** Somebody by id. @throws not_found, also for whoever has left */
export async function viewPerson(app: App, actorId: ActorId): Promise<AboutActor> {
  const [about] = await aboutActors(app, await actorViews(app, [actorId]));
  if (about === undefined) throw notFound();
  return about;
}

/** Somebody who is known here by handle; nobody is asked elsewhere. @throws not_found */
export async function lookUpPerson(app: App, viewer: Viewer | null, text: string): Promise<AboutActor> {
  const handle = parseHandle(text);
  const actor = handle === null ? null : await lookUpActor(app, viewer, handle);
  if (actor === null) throw notFound();
  return await viewPerson(app, actor.id);
}

/** Some people by id, in the order asked for; unknown ones are left out. */
export async function viewPeople(app: App, actorIds: readonly ActorId[]): Promise<readonly AboutActor[]> {
  return await aboutActors(app, await actorViews(app, [...new Set(actorIds)]));
}

/** What is looked for among people. */
export type PeopleSearch = {
  readonly words: string;
  readonly limit: number;
  readonly offset: number;
  /** Whole handles and addresses that are not known here are looked up at their servers. */
  readonly asksElsewhere: boolean;
  readonly followedOnly: boolean;
};

const LONGEST = 200;

/**
 * People by the beginning of their name or handle, those one follows first; a whole handle or an address finds exactly one.
 * @throws too_many for too many look-ups elsewhere
 */
export async function searchPeople(
  app: App,
  viewer: Viewer,
  { words, limit, offset, asksElsewhere, followedOnly }: PeopleSearch,
): Promise<readonly AboutActor[]> {
  const typed = words.normalize("NFKC").trim().slice(0, LONGEST);
  const isExact = /^https?:\/\//i.test(typed) || /^(?:acct:)?@?[^\s@]+@[^\s@]+\.[^\s@]+$/.test(typed);
  if (isExact && asksElsewhere && offset === 0 && !followedOnly) {
    const { actors } = await search(app, viewer, typed, { kind: "people" });
    if (actors.length > 0) return await aboutActors(app, actors.slice(0, limit));
  }
  const [prefix = "", host = ""] = typed
    .replace(/^(?:acct:)?@/, "")
    .toLowerCase()
    .split("@");
  if (prefix === "") return [];
  const rows = await findPeopleToName(app.db, viewer.actorId, {
    prefix,
    host,
    limit: offset + limit,
    now: app.clock.now(),
    followedOnly,
    withSelf: true,
  });
  return await aboutActors(
    app,
    rows.slice(offset).map((row) => actorView(app, row)),
  );
}

/** People who want to be found, those who wrote last or came last first. */
export async function listPeople(
  app: App,
  viewer: Viewer | null,
  choice: {
    readonly localOnly: boolean;
    readonly order: "active" | "new";
    readonly from: number;
    readonly limit: number;
  },
): Promise<readonly AboutActor[]> {
  const ids = await listDirectory(app.db, {
    ...choice,
    viewer: viewer?.actorId ?? null,
    now: app.clock.now(),
  });
  return await aboutActors(app, await actorViews(app, ids));
}

/** Who follows somebody, or whom they follow, newest first; nobody where they keep that to themselves. @throws not_found */
export async function listPersonRelations(
  app: App,
  viewer: Viewer | null,
  side: "followers" | "following",
  actorId: ActorId,
  request: PageRequest,
): Promise<Page<AboutActor>> {
  await requireKnown(app, actorId);
  const list = side === "followers" ? listFollowers : listFollowing;
  return await aboutPage(app, await list(app, viewer, actorId, request));
}

/** What somebody has pinned, as far as the viewer may see it; another server's is read again when somebody looks. @throws not_found */
export async function listPersonPinned(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
): Promise<readonly NoteView[]> {
  const row = await requireKnown(app, actorId);
  if (row.host !== "") await requestFeatured(app, actorId, "seen");
  return isSet(row.show_featured) ? await listPinned(app, viewer, actorId) : [];
}

/** Tags on somebody's profile. @throws not_found */
export async function listPersonTags(app: App, actorId: ActorId): Promise<readonly FeaturedTagView[]> {
  const row = await requireKnown(app, actorId);
  return isSet(row.show_featured) ? await viewFeaturedTags(app, actorId) : [];
}

/** The viewer's lists that somebody is on, oldest first. @throws not_found */
export async function listPersonLists(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
): Promise<readonly ListView[]> {
  await requireKnown(app, actorId);
  const held = await listsWith(app, viewer, actorId);
  return (await listLists(app, viewer)).filter((list) => held.has(list.id));
}

async function requireKnown(app: App, actorId: ActorId): Promise<ActorRow> {
  const row = await findActorById(app.db, actorId);
  if (row === undefined || row.deleted_at !== null) throw notFound();
  return row;
}

/**
 * Notes and boosts of somebody as the viewer may see them, newest first; nothing of whoever is suspended.
 * @throws not_found for unknown people
 */
export async function personTimeline(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
  request: PageRequest & ProfileSieve,
): Promise<Page<EntryView>> {
  await requireKnown(app, actorId);
  const cursor = toCursor(request);
  const rows = await sievedProfileEntries(app.db, viewer?.actorId ?? null, actorId, cursor, {
    ...request,
    tag: request.tag === undefined ? undefined : normalizeTag(request.tag),
  });
  return await toPage(rows, cursor, (found) => entryViews(app, viewer, found, "account"));
}
