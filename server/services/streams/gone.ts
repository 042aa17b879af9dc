import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { findNoteById } from "../../store/notes.ts";
import { listBereaved } from "../../store/streams.ts";

/** Who of those that are connected may have had what is gone now. */
export type Bereaved = {
  /** It stood where everybody reads. */
  readonly isPublic: boolean;
  readonly actors: ReadonlySet<number>;
  readonly lists: ReadonlySet<number>;
};

/**
 * Who hears that a note or a boost is gone; nothing but its id is told. What was said to some is told to those alone. Three
 * statements.
 */
export async function findBereaved(
  app: App,
  gone: { readonly id: number; readonly noteId: number; readonly actorId: number },
  viewers: readonly Viewer[],
  listIds: readonly number[],
): Promise<Bereaved> {
  const row = await findNoteById(app.db, gone.noteId);
  const visibility = row?.visibility ?? "direct";
  const found = await listBereaved(
    app.db,
    { noteId: gone.noteId, actorId: gone.actorId, isForFollowers: visibility !== "direct" },
    viewers.map(({ actorId }) => actorId),
    listIds,
  );
  return { ...found, isPublic: visibility === "public" && gone.id === gone.noteId };
}
