// Files that people send: the one way in for pictures, films and recordings, whole or in pieces.

import { open, readFile, stat } from "node:fs/promises";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { ActorId, AttachmentId } from "../../domain/ids.ts";
import type { AttachmentView } from "../../domain/note.ts";
import { FILM_HEAD_BYTES, sniffFilm } from "../../media/films.ts";
import { IMAGE_MAX_BYTES } from "../../media/images.ts";
import { invalid } from "../../errors.ts";
import { type AttachmentRow, findOwnAttachments } from "../../store/attachments.ts";
import { attachmentViews, keepImage, uploadImage } from "./attachments.ts";
import { keepFilm, uploadFilm } from "./films.ts";

/** A file as it came: in memory, or under a path on this machine that is ours to move away. */
export type NewMedia = {
  /** As the person's device calls it; it is never shown and never kept. */
  readonly name: string;
  readonly alt?: string | undefined;
} & (
  | { readonly bytes: Uint8Array; readonly path?: undefined }
  | { readonly path: string; readonly bytes?: undefined }
);

/**
 * Keeps a picture, a film or a recording for a note that is yet to be written. What it is, its bytes say and never its
 * name. Pictures are ready at once; films and recordings begin as `waiting` and are worked on by the job `film`.
 * @throws invalid `{ file }` or `{ alt }`, too_many, unavailable (no room, or films are not worked on here).
 */
export async function addMedia(app: App, viewer: Viewer, media: NewMedia): Promise<AttachmentView> {
  const { bytes, path, alt } = media;
  const film = sniffFilm(bytes ?? (await headOf(path)));
  if (film === null) return await uploadImage(app, viewer, { bytes: bytes ?? (await pictureAt(path)), alt });
  return bytes === undefined
    ? await uploadFilm(app, viewer, {
        film,
        alt,
        size: (await stat(path)).size,
        keep: async (name) => await app.files.take(name, path),
      })
    : await uploadFilm(app, viewer, {
        film,
        alt,
        size: bytes.length,
        keep: async (name) => await app.files.write(name, bytes),
      });
}

/**
 * Keeps a file that is on this machine already, as if it had been uploaded, but without counting anybody's turns. The file is
 * moved away when it is a film. @throws invalid `{ file }`, unavailable
 */
export async function keepMedia(app: App, actorId: ActorId, path: string): Promise<AttachmentRow> {
  const film = sniffFilm(await headOf(path));
  if (film === null) return await keepImage(app, actorId, await pictureAt(path), "");
  return await keepFilm(app, actorId, {
    film,
    alt: "",
    size: (await stat(path)).size,
    keep: async (name) => await app.files.take(name, path),
  });
}

async function headOf(path: string): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(FILM_HEAD_BYTES), 0, FILM_HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function pictureAt(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > IMAGE_MAX_BYTES)
    throw invalid({
      file: { key: "field.image_large", params: { max: IMAGE_MAX_BYTES / 1024 / 1024, unit: "MB" } },
    });
  return await readFile(path);
}

/** An attachment of one's own, posted or not; null when there is none. */
export async function findOwnMedia(
  app: App,
  viewer: Viewer,
  id: AttachmentId,
): Promise<AttachmentView | null> {
  const rows = await findOwnAttachments(app.db, viewer.actorId, [id]);
  return attachmentViews(app, rows)[0] ?? null;
}
