import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import type { EntryView, NoteView, Page, PageRequest } from "../../domain/note.ts";
import { notFound } from "../../errors.ts";
import { findBoostId, findVisibleBoosts, likedRows } from "../../store/entries.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import { listQuotes } from "../../store/note-facts.ts";
import { toCursor, toPage } from "../pages.ts";
import { entryViews, visibleNoteViews } from "../views.ts";

/** What stands behind a line of a timeline, told apart by ids: a note has its own, and each boost of it another. */
export type Line = {
  readonly noteId: NoteId;
  /** Whose boost it is; null for the note itself. */
  readonly boosterId: number | null;
};

/** The note behind the id of a note or of a boost. Whether it may be seen is for whoever uses it. @throws not_found */
export async function findLine(app: App, viewer: Viewer | null, id: number): Promise<Line> {
  const [boost] = await findVisibleBoosts(app.db, viewer?.actorId ?? null, [id]);
  return boost === undefined
    ? { noteId: asId(id), boosterId: null }
    : { noteId: asId(boost.note_id), boosterId: boost.actor_id };
}

/** A note, or a boost with the note in it. @throws not_found */
export async function viewLine(app: App, viewer: Viewer | null, id: number): Promise<EntryView> {
  const [line] = await viewLines(app, viewer, [id]);
  if (line === undefined) throw notFound();
  return line;
}

/** Those of some notes and boosts that the viewer may see, in the order asked for, each once. */
export async function viewLines(
  app: App,
  viewer: Viewer | null,
  ids: readonly number[],
): Promise<readonly EntryView[]> {
  const boosts = await entryViews(app, viewer, await findVisibleBoosts(app.db, viewer?.actorId ?? null, ids));
  const notes = await visibleNoteViews(app, viewer, [...new Set(ids)]);
  const lines = new Map([...notes.map(entryOf), ...boosts].map((line) => [line.id, line]));
  return [...new Set(ids)].flatMap((id) => lines.get(id) ?? []);
}

/** A person's own boost of a note; null while its author has not agreed to it. */
export async function findOwnBoost(app: App, viewer: Viewer, noteId: NoteId): Promise<EntryView | null> {
  const id = await findBoostId(app.db, viewer.actorId, noteId);
  if (id === null) return null;
  const [boost] = await viewLines(app, viewer, [id]);
  return boost ?? null;
}

function entryOf(note: NoteView): EntryView {
  return { id: note.id, note, announcedBy: null, at: note.publishedAt };
}

/** What the person liked, last liked first; the cursor is the Like. */
export async function likesTimeline(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const rows = await likedRows(app.db, viewer.actorId, cursor);
  return await toPage(rows, cursor, async (found) => {
    const ids = found.map((row) => row.note_id);
    return (await visibleNoteViews(app, viewer, ids)).map(entryOf);
  });
}

/** Notes that quote a note with its author's consent, newest first. @throws not_found */
export async function quotesTimeline(
  app: App,
  viewer: Viewer | null,
  noteId: NoteId,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const who = viewer?.actorId ?? null;
  if ((await findVisibleNotes(app.db, who, [noteId])).length === 0) throw notFound();
  const cursor = toCursor(request);
  const rows = await listQuotes(app.db, who, noteId, cursor);
  return await toPage(rows, cursor, async (found) => {
    const ids = found.map((row) => row.id);
    return (await visibleNoteViews(app, viewer, ids)).map(entryOf);
  });
}
