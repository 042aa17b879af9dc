import type { App } from "../context.ts";
import type { ActorView, Viewer } from "../domain/actor.ts";
import type { FilterContext } from "../domain/filter.ts";
import { type ActorId, type AnnounceId, asId, type NoteId } from "../domain/ids.ts";
import type { EntryView, Page, PageRequest } from "../domain/note.ts";
import type { Visibility } from "../domain/visibility.ts";
import { isSet } from "../store/codec.ts";
import { findNotes, findVisibleNotes } from "../store/notes.ts";
import { cursorOf, type Cursor, type Rows } from "../store/page.ts";
import { findActorById, findActors } from "../store/actors.ts";
import { findAnnounces, listReactors } from "../store/reactions.ts";
import { followedTagEntries, homeEntries } from "../store/home.ts";
import {
  bookmarkRows,
  type EntryRow,
  localEntries,
  outboxEntries,
  profileEntries,
  tagEntries,
  type TagSieve,
} from "../store/timelines.ts";
import { normalizeTag } from "../text/entities.ts";
import { notFound } from "../errors.ts";
import { toCursor, toPage } from "./pages.ts";
import { actorViews, entryViews, visibleNoteViews } from "./views.ts";

async function draw(
  app: App,
  viewer: Viewer | null,
  rows: Rows<EntryRow>,
  cursor: Cursor,
  context: FilterContext,
): Promise<Page<EntryView>> {
  return await toPage(rows, cursor, (found) => entryViews(app, viewer, found, context));
}

/** Notes and boosts of those the person follows, their own, and public notes with tags they follow, newest first. */
export async function homeTimeline(app: App, viewer: Viewer, request: PageRequest): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const rows = await homeEntries(app.db, viewer.actorId, cursor, app.clock.now());
  return await draw(app, viewer, rows, cursor, "home");
}

/** Public notes with tags that the person follows, newest first. */
export async function followedTagsTimeline(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const rows = await followedTagEntries(app.db, viewer.actorId, cursor, app.clock.now());
  return await draw(app, viewer, rows, cursor, "home");
}

/** Public notes of members that answer nobody, newest first. */
export async function localTimeline(
  app: App,
  viewer: Viewer | null,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  return await draw(
    app,
    viewer,
    await localEntries(app.db, viewer?.actorId ?? null, cursor, app.clock.now()),
    cursor,
    "public",
  );
}

/** What else a timeline of a tag asks for: further tags, of which one, each or none has to stand there; of whom; with what. */
export type TagRequest = PageRequest & Partial<Omit<TagSieve, "any">> & { readonly any?: readonly string[] };

/** Public notes with a tag, newest first. */
export async function tagTimeline(
  app: App,
  viewer: Viewer | null,
  tag: string,
  request: TagRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const { any = [], all = [], none = [], from, onlyMedia } = request;
  const normal = (tags: readonly string[]) => [...new Set(tags.map(normalizeTag))];
  const sieve = { any: normal([tag, ...any]), all: normal(all), none: normal(none), from, onlyMedia };
  const rows = await tagEntries(app.db, viewer?.actorId ?? null, sieve, cursor, app.clock.now());
  return await draw(app, viewer, rows, cursor, "public");
}

/** Notes and boosts of one actor as the viewer may see them, newest first. */
export async function profileTimeline(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
  request: PageRequest & { readonly withReplies?: boolean | undefined },
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const rows = await profileEntries(
    app.db,
    viewer?.actorId ?? null,
    actorId,
    cursor,
    request.withReplies === true,
  );
  return await draw(app, viewer, rows, cursor, "account");
}

/** What the person kept for later, last kept first; the cursor is the bookmark. */
export async function bookmarksTimeline(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const rows = await bookmarkRows(app.db, viewer.actorId, cursor);
  return await toPage(rows, cursor, async (found) => {
    const notes = new Map(
      (
        await visibleNoteViews(
          app,
          viewer,
          found.map((row) => row.note_id),
        )
      ).map((note) => [note.id as number, note]),
    );
    return found.flatMap((row) => {
      const note = notes.get(row.note_id);
      return note === undefined ? [] : [{ id: row.id, note, announcedBy: null, at: note.publishedAt }];
    });
  });
}

/** Who liked a note the viewer may see, newest first. @throws not_found */
export async function listLikers(
  app: App,
  viewer: Viewer | null,
  noteId: NoteId,
  request: PageRequest,
): Promise<Page<ActorView>> {
  return await listWho(app, viewer, "likes", noteId, request);
}

/** Who boosted a note the viewer may see, newest first. @throws not_found */
export async function listAnnouncers(
  app: App,
  viewer: Viewer | null,
  noteId: NoteId,
  request: PageRequest,
): Promise<Page<ActorView>> {
  return await listWho(app, viewer, "announces", noteId, request);
}

async function listWho(
  app: App,
  viewer: Viewer | null,
  table: "likes" | "announces",
  noteId: NoteId,
  request: PageRequest,
): Promise<Page<ActorView>> {
  if ((await findVisibleNotes(app.db, viewer?.actorId ?? null, [noteId])).length === 0) throw notFound();
  const cursor = toCursor(request);
  const rows = await listReactors(app.db, table, noteId, cursor);
  return await toPage(rows, cursor, async (found) => {
    const actors = await actorViews(
      app,
      found.map((row) => row.actor_id),
    );
    // Whoever is hidden is not named either (threats MOD-05).
    return actors.filter((actor) => !actor.suspended);
  });
}

export type OutboxItem =
  | { readonly type: "note"; readonly noteId: NoteId }
  | {
      readonly type: "announce";
      readonly announceId: AnnounceId;
      readonly objectUri: string;
      readonly authorUri: string | null;
      readonly visibility: Visibility;
      readonly at: number;
    };

/** One page of what an actor shows to anybody, newest first. */
export async function outboxPage(
  app: App,
  actorId: ActorId,
  request: PageRequest,
): Promise<{ readonly total: number; readonly items: readonly OutboxItem[]; readonly older: number | null }> {
  const cursor = cursorOf(request, 20, 40);
  const actor = await findActorById(app.db, actorId);
  const found = await outboxEntries(app.db, actorId, cursor);
  const last = found.rows.at(-1);
  const announces = await announceItems(
    app,
    found.rows.filter((entry) => isSet(entry.announce)),
  );
  const items = found.rows.flatMap((entry): readonly OutboxItem[] => {
    if (!isSet(entry.announce)) return [{ type: "note", noteId: asId(entry.note_id) }];
    const item = announces.get(entry.id);
    return item === undefined ? [] : [item];
  });
  return { total: actor?.notes_count ?? 0, items, older: found.more && last !== undefined ? last.id : null };
}

async function announceItems(
  app: App,
  entries: readonly EntryRow[],
): Promise<ReadonlyMap<number, OutboxItem>> {
  const announces = await findAnnounces(
    app.db,
    entries.map((entry) => entry.id),
  );
  const rows = await findNotes(app.db, [...new Set(announces.map((row) => row.note_id))]);
  const authors = await findActors(app.db, [...new Set(rows.map((row) => row.actor_id))]);
  const uris = new Map(authors.map((row) => [row.id, row.uri]));
  const notes = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    announces.flatMap((row) => {
      const note = notes.get(row.note_id);
      if (note === undefined) return [];
      const item: OutboxItem = {
        type: "announce",
        announceId: asId(row.id),
        objectUri: note.uri,
        authorUri: uris.get(note.actor_id) ?? null,
        visibility: row.visibility as Visibility,
        at: row.created_at,
      };
      return [[row.id, item] as const];
    }),
  );
}
