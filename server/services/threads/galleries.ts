import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import type { EntryView, NoteView, Page, PageRequest } from "../../domain/note.ts";
import { findNeighbour, findPreferencesOf, mediaEntries } from "../../store/galleries.ts";
import { preferencesOf } from "../accounts/sessions.ts";
import { toCursor, toPage } from "../pages.ts";
import { entryViews } from "../views.ts";
import { viewNote } from "./threads.ts";

/** A note to look at picture by picture, and its author's notes with pictures before and after it. */
export type GalleryView = {
  readonly note: NoteView;
  readonly older: NoteId | null;
  readonly newer: NoteId | null;
};

/** The pictures of a note, and where they go on. @throws not_found, gone */
export async function viewGallery(app: App, viewer: Viewer | null, id: NoteId): Promise<GalleryView> {
  const note = await viewNote(app, viewer, id);
  const place = { id: note.id, actorId: note.author.id };
  const who = viewer?.actorId ?? null;
  const [older, newer] = await Promise.all([
    findNeighbour(app.db, who, place, "older"),
    findNeighbour(app.db, who, place, "newer"),
  ]);
  return {
    note,
    older: older === null ? null : asId(older),
    newer: newer === null ? null : asId(newer),
  };
}

/** Notes of one actor with pictures, films or sound, newest first, as the viewer may see them. */
export async function mediaTimeline(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
  request: PageRequest,
): Promise<Page<EntryView>> {
  const cursor = toCursor(request);
  const rows = await mediaEntries(app.db, viewer?.actorId ?? null, actorId, cursor);
  return await toPage(rows, cursor, (found) => entryViews(app, viewer, found, "account"));
}

/** How a member wants their own profile to be shown; people elsewhere have not said. */
export async function profileView(app: App, actorId: ActorId): Promise<"list" | "grid"> {
  const kept = await findPreferencesOf(app.db, actorId);
  return kept === null ? "list" : preferencesOf(kept).profileView;
}
