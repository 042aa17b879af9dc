import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { AttachmentId } from "../../domain/ids.ts";
import type { AttachmentView, Focus } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { findOwnAttachments, removeFreeAttachment, updateFocus } from "../../store/attachments.ts";
import { setAlt } from "./attachments.ts";
import { replaceCover } from "./captions.ts";
import { findOwnMedia } from "./uploads.ts";

/** What is said of a file of one's own; what is left out stays. */
export type MediaChange = {
  readonly alt?: string | undefined;
  readonly focus?: Focus | undefined;
  /** A picture that stands for a film or a recording; pictures stand for themselves. */
  readonly cover?: Uint8Array | undefined;
};

/** Changes what is said of a file of one's own, posted or not. @throws not_found, invalid `{ alt }` or `{ file }` */
export async function changeMedia(
  app: App,
  viewer: Viewer,
  id: AttachmentId,
  { alt, focus, cover }: MediaChange,
): Promise<AttachmentView> {
  const found = await findOwnMedia(app, viewer, id);
  if (found === null) throw notFound();
  if (cover !== undefined && found.kind !== "image") await replaceCover(app, viewer, id, cover);
  if (alt !== undefined) await setAlt(app, viewer, id, alt);
  if (focus !== undefined) await updateFocus(app.db, viewer.actorId, id, focus);
  const changed = await findOwnMedia(app, viewer, id);
  if (changed === null) throw notFound();
  return changed;
}

/** Throws a file of one's own away that no note holds. @throws not_found, conflict when a note holds it */
export async function discardMedia(app: App, viewer: Viewer, id: AttachmentId): Promise<void> {
  const [row] = await findOwnAttachments(app.db, viewer.actorId, [id]);
  if (row === undefined) throw notFound();
  const names = row.note_id === null ? await removeFreeAttachment(app.db, viewer.actorId, id) : null;
  if (names === null) throw new CausewayError("conflict", "error.media_posted");
  for (const name of names) await app.files.remove(name);
}

/** Ids among these that are no files of the person's own, or that a note holds: what cannot be posted. One query. */
export async function findForeignMedia(
  app: App,
  viewer: Viewer,
  ids: readonly AttachmentId[],
  noteId: number | null = null,
): Promise<readonly AttachmentId[]> {
  const rows = await findOwnAttachments(app.db, viewer.actorId, ids);
  const usable = new Set(
    rows.filter((row) => row.note_id === null || row.note_id === noteId).map((row) => row.id),
  );
  return ids.filter((id) => !usable.has(id));
}
