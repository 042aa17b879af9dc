import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteView } from "../../domain/note.ts";
import { findTagCovers } from "../../store/welcome.ts";
import { visibleNoteViews } from "../views.ts";

/** The newest public note with a picture of each of some tags, by tag; tags without one are left out. */
export async function tagCovers(
  app: App,
  viewer: Viewer | null,
  tags: readonly string[],
): Promise<ReadonlyMap<string, NoteView>> {
  const covers = await findTagCovers(app.db, tags);
  const notes = await visibleNoteViews(app, viewer, [...new Set(covers.values())]);
  const byId = new Map(notes.map((note) => [note.id as number, note]));
  return new Map(
    [...covers].flatMap(([tag, id]) => {
      const note = byId.get(id);
      return note === undefined ? [] : [[tag, note] as const];
    }),
  );
}
