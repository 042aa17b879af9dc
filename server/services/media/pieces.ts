// Uploads in pieces, with the words of tus 1.0: a lost connection costs one piece, and a restart of the server nothing.

import { join } from "node:path";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { AttachmentView } from "../../domain/note.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { FILM_HEAD_BYTES, sniffFilm } from "../../media/films.ts";
import { IMAGE_MAX_BYTES, looksLikeImage } from "../../media/images.ts";
import { createIncoming, type Incoming } from "../../media/incoming.ts";
import { lockAccount } from "../../store/accounts.ts";
import { transaction } from "../../store/database.ts";
import {
  advanceUpload,
  findUpload,
  insertUpload,
  knownUploadFiles,
  listUploads,
  missingUploadBytes,
  removeRestingUploads,
  removeUpload,
  type UploadRow,
} from "../../store/uploads.ts";
import { canFilm, requireFilming, requireRoom, requireSize } from "./films.ts";
import { addMedia } from "./uploads.ts";

/** Largest piece, bytes. */
export const PIECE_BYTES = 8 * 1024 * 1024;

const MOST_AT_ONCE = 5;
/** An upload that rested this long makes room for a new one. */
const RESTING_MS = 10 * 60_000;
const KEPT_MS = 86_400_000;
const LONGEST_NAME = 255;

/** An upload on its way. `offset`: bytes that are here. */
export type UploadView = { readonly id: number; readonly offset: number; readonly size: number };

/**
 * Begins an upload of `size` bytes.
 * @throws invalid `{ file }` when it would not be taken anyway, too_many, unavailable when there is no room.
 */
export async function beginUpload(
  app: App,
  viewer: Viewer,
  command: { readonly name: string; readonly size: number; readonly mediaType: string },
): Promise<UploadView> {
  const { size } = command;
  if (!Number.isSafeInteger(size) || size < 1) throw invalid({ file: { key: "film.fault_empty" } });
  if (size > IMAGE_MAX_BYTES) requireFilming(app);
  requireSize(app, size);
  const now = app.clock.now();
  // Room that others were promised a moment ago is not there any more.
  await requireRoom(app, size, await missingUploadBytes(app.db, now - RESTING_MS));
  const row: UploadRow = {
    id: app.ids.next(),
    account_id: viewer.accountId,
    name: command.name.slice(0, LONGEST_NAME),
    media_type: command.mediaType.slice(0, LONGEST_NAME),
    size,
    received: 0,
    file: `${app.ids.secret(18)}.part`,
    created_at: now,
    updated_at: now,
  };
  const given = await insertBeside(app, viewer, row);
  if (given !== null) await incoming(app).remove(given.file);
  return toView(row);
}

/** Writes an upload down among the others of its account; the one that rested for long gives its place, if need be. */
async function insertBeside(app: App, viewer: Viewer, row: UploadRow): Promise<UploadRow | null> {
  return await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const rows = await listUploads(tx, viewer.accountId);
    const oldest = rows.length < MOST_AT_ONCE ? null : (rows[0] ?? null);
    if (oldest !== null && oldest.updated_at > app.clock.now() - RESTING_MS)
      throw new CausewayError("too_many", "upload.at_once", {
        params: { max: MOST_AT_ONCE },
        retryAfterSeconds: 60,
      });
    if (oldest !== null) await removeUpload(tx, oldest.id);
    await insertUpload(tx, row);
    return oldest;
  });
}

/** How far an upload of one's own is. @throws not_found */
export async function getUpload(app: App, viewer: Viewer, id: number): Promise<UploadView> {
  return toView(await requireUpload(app, viewer, id));
}

/**
 * Takes the next piece, at most 8 MiB; with the last one the file becomes an attachment. A piece of no bytes at the end asks
 * once more for that, when it could not be done before.
 * @throws not_found, conflict when it is not the next piece, invalid `{ file }` (then the upload is over), unavailable.
 */
export async function addPiece(
  app: App,
  viewer: Viewer,
  id: number,
  piece: { readonly offset: number; readonly bytes: Uint8Array },
): Promise<{ readonly upload: UploadView; readonly attachment: AttachmentView | null }> {
  const row = await requireUpload(app, viewer, id);
  const { offset, bytes } = piece;
  const end = offset + bytes.length;
  if (offset !== row.received || end > row.size || bytes.length > PIECE_BYTES)
    throw new CausewayError("conflict", "upload.offset");
  if (bytes.length > 0) {
    // The bytes first: what the row says is there is there, also after the power went.
    await incoming(app).write(row.file, offset, bytes);
    if (!(await advanceUpload(app.db, id, { from: offset, to: end, now: app.clock.now() })))
      throw new CausewayError("conflict", "upload.offset");
    if (offset === 0) await requireMedia(app, row);
  }
  const upload = { id, offset: end, size: row.size };
  return { upload, attachment: end < row.size ? null : await finish(app, viewer, row) };
}

/** Nobody uploads for minutes to be told then that it is not a film. */
async function requireMedia(app: App, row: UploadRow): Promise<void> {
  const head = await incoming(app).head(row.file, FILM_HEAD_BYTES);
  const isFilm = sniffFilm(head) !== null;
  if (isFilm ? canFilm(app) : looksLikeImage(head) && row.size <= IMAGE_MAX_BYTES) return;
  await drop(app, row);
  if (isFilm) requireFilming(app);
  if (looksLikeImage(head))
    throw invalid({
      file: { key: "field.image_large", params: { max: IMAGE_MAX_BYTES / 1024 / 1024, unit: "MB" } },
    });
  throw invalid({ file: { key: "upload.unknown" } });
}

async function finish(app: App, viewer: Viewer, row: UploadRow): Promise<AttachmentView> {
  try {
    const path = incoming(app).pathOf(row.file);
    const attachment = await addMedia(app, viewer, { name: row.name, path });
    await drop(app, row);
    return attachment;
  } catch (error) {
    // What no second try can mend is over; anything else (no room, too many) may be asked for again.
    if (error instanceof CausewayError && error.kind === "invalid") await drop(app, row);
    throw error;
  }
}

/** Gives an upload of one's own up. */
export async function cancelUpload(app: App, viewer: Viewer, id: number): Promise<void> {
  const row = await findUpload(app.db, viewer.accountId, id);
  if (row !== null) await drop(app, row);
}

async function drop(app: App, row: UploadRow): Promise<void> {
  await removeUpload(app.db, row.id);
  await incoming(app).remove(row.file);
}

/** Removes uploads that rested for a day, and files that no upload knows. Returns how many files went. */
export async function removeStaleUploads(app: App): Promise<number> {
  const before = app.clock.now() - KEPT_MS;
  const stale = await removeRestingUploads(app.db, before, 500);
  const files = (await incoming(app).list()).filter((file) => file.at < before).map((file) => file.name);
  const known = await knownUploadFiles(app.db, files.slice(0, 500));
  const gone = new Set([...stale, ...files.slice(0, 500).filter((name) => !known.has(name))]);
  for (const name of gone) await incoming(app).remove(name);
  return gone.size;
}

async function requireUpload(app: App, viewer: Viewer, id: number): Promise<UploadRow> {
  const row = await findUpload(app.db, viewer.accountId, id);
  if (row === null) throw notFound();
  const size = row.received === 0 ? 0 : await incoming(app).sizeOf(row.file);
  if (size !== null && size >= row.received) return row;
  // The folder was emptied or is another machine's: the bytes are gone, so it begins anew.
  await drop(app, row);
  throw notFound();
}

function incoming(app: App): Incoming {
  return createIncoming(join(app.config.dataDir, "incoming"));
}

function toView(row: UploadRow): UploadView {
  return { id: row.id, offset: row.received, size: row.size };
}
