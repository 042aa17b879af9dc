import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { AttachmentId, NoteId } from "../../domain/ids.ts";
import { type AttachmentView, type CreateNote, NOTE_LIMITS } from "../../domain/note.ts";
import { invalid, type Message } from "../../errors.ts";
import { findOwnAttachments } from "../../store/attachments.ts";
import type { Db } from "../../store/database.ts";
import { writeMediaKinds } from "../../store/note-media.ts";
import { attachmentViews } from "../media/attachments.ts";
import { arrangeMedia, dropMedia } from "../../store/arranged-media.ts";

export type Media = NonNullable<CreateNote["attachments"]>;

/**
 * The person's own files among those named, in that order: free ones, or those of the note that is edited. A note never
 * takes files from somebody else or from another note (threats MED-07).
 * @throws invalid `{ attachments }` when there are too many, or when one is not ready to be seen.
 */
export async function ownMedia(
  app: App,
  viewer: Viewer,
  media: Media,
  noteId: NoteId | null = null,
): Promise<Media> {
  if (media.length > NOTE_LIMITS.media)
    throw invalid({ attachments: { key: "field.too_many_media", params: { max: NOTE_LIMITS.media } } });
  const rows = await findOwnAttachments(
    app.db,
    viewer.actorId,
    media.map((item) => item.id),
  );
  const usable = rows.filter((row) => row.note_id === null || row.note_id === noteId);
  const fault = unreadyFault(usable.map((row) => row.state));
  if (fault !== null) throw invalid({ attachments: fault });
  const ids = new Set(usable.map((row) => row.id));
  return media.filter(
    (item, index) => ids.has(item.id) && media.findIndex((one) => one.id === item.id) === index,
  );
}

function unreadyFault(states: readonly string[]): Message | null {
  if (states.includes("failed")) return { key: "field.media_failed" };
  return states.every((state) => state === "ready") ? null : { key: "field.media_unready" };
}

/** Gives a note exactly these files, inside the caller's transaction; of several covers the first counts. */
export async function settleMedia(tx: Db, viewer: Viewer, noteId: NoteId, media: Media): Promise<void> {
  const cover = media.find((item) => item.isCover === true)?.id;
  await dropMedia(
    tx,
    noteId,
    media.map((item) => item.id),
  );
  await arrangeMedia(tx, {
    actorId: viewer.actorId,
    noteId,
    media: media.map((item) => ({ ...item, isCover: item.id === cover })),
  });
  await writeMediaKinds(tx, noteId);
}

/** The person's own files among `ids` that are free or the note's already, in that order. */
export async function listEditMedia(
  app: App,
  viewer: Viewer,
  noteId: NoteId,
  ids: readonly AttachmentId[],
): Promise<readonly AttachmentView[]> {
  const rows = await findOwnAttachments(app.db, viewer.actorId, ids);
  return attachmentViews(
    app,
    rows.filter((row) => row.note_id === null || row.note_id === noteId),
  );
}
