import type { AttachmentRow } from "./attachments.ts";
import type { Db } from "./database.ts";
import { writeMediaKinds } from "./note-media.ts";

/** An uploaded film or recording that is still to be worked on, with its source. */
export async function findUnreadyFilm(db: Db, id: number): Promise<AttachmentRow | null> {
  const row = await db
    .selectFrom("attachments")
    .selectAll()
    .where("id", "=", id)
    .where("state", "in", ["waiting", "working"])
    .where("source_file", "is not", null)
    .executeTakeFirst();
  return row ?? null;
}

/** Writes down how far the work is, percent. A film that is done or gone stays as it is. */
export async function writeFilmProgress(db: Db, id: number, progress: number): Promise<void> {
  await db
    .updateTable("attachments")
    .set({ state: "working", progress })
    .where("id", "=", id)
    .where("source_file", "is not", null)
    .where("state", "in", ["waiting", "working"])
    .execute();
}

export type FinishedFilm = {
  readonly file: string;
  readonly kind: "video" | "audio";
  readonly mediaType: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly durationMs: number;
  readonly size: number;
  readonly digest: string;
  /** Of what was uploaded, hex. */
  readonly sha256: string;
  readonly animated: boolean;
  readonly still: Still | null;
};

/** What is shown before something plays; `variants` (JSON) are other sizes of it. */
export type Still = { readonly file: string; readonly blurhash: string; readonly variants: string };

/** Makes a film ready; its own cover stays if its author chose one meanwhile. False when it is gone or was done before. */
export async function finishFilm(
  db: Db,
  of: { readonly id: number; readonly source: string; readonly hasCover: boolean },
  film: FinishedFilm,
): Promise<boolean> {
  const still =
    of.hasCover || film.still === null
      ? {}
      : { cover_file: film.still.file, blurhash: film.still.blurhash, variants: film.still.variants };
  const result = await db
    .updateTable("attachments")
    .set({
      state: "ready",
      progress: 100,
      fault: null,
      source_file: null,
      file: film.file,
      kind: film.kind,
      media_type: film.mediaType,
      width: film.width,
      height: film.height,
      duration_ms: film.durationMs,
      size: film.size,
      digest: film.digest,
      uploaded_sha256: film.sha256,
      animated: film.animated ? 1 : 0,
      ...still,
    })
    .where("id", "=", of.id)
    .where("source_file", "=", of.source)
    .executeTakeFirst();
  if (result.numUpdatedRows === 0n) return false;
  // A note that holds it already can be found by it from now on.
  const row = await db.selectFrom("attachments").select("note_id").where("id", "=", of.id).executeTakeFirst();
  if (typeof row?.note_id === "number") await writeMediaKinds(db, row.note_id);
  return true;
}

/** True when a film that is ready has this file. */
export async function hasFilmFile(db: Db, id: number, file: string): Promise<boolean> {
  const row = await db
    .selectFrom("attachments")
    .select("id")
    .where("id", "=", id)
    .where("file", "=", file)
    .executeTakeFirst();
  return row !== undefined;
}

/** Says that a film cannot be used, and why. False when it is gone or was done before. */
export async function failFilm(
  db: Db,
  of: { readonly id: number; readonly source: string },
  fault: string,
): Promise<boolean> {
  const result = await db
    .updateTable("attachments")
    .set({ state: "failed", fault, source_file: null })
    .where("id", "=", of.id)
    .where("source_file", "=", of.source)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Replaces the still of an actor's own film or recording. */
export async function updateStill(db: Db, actorId: number, id: number, still: Still): Promise<void> {
  await db
    .updateTable("attachments")
    .set({ cover_file: still.file, blurhash: still.blurhash, variants: still.variants })
    .where("id", "=", id)
    .where("actor_id", "=", actorId)
    .execute();
}

/** Replaces the list of captions (JSON) of an actor's own film, if it is still as it was read. False when it changed meanwhile. */
export async function updateCaptions(
  db: Db,
  actorId: number,
  id: number,
  captions: { readonly before: string; readonly after: string },
): Promise<boolean> {
  const result = await db
    .updateTable("attachments")
    .set({ captions: captions.after })
    .where("id", "=", id)
    .where("actor_id", "=", actorId)
    .where("captions", "=", captions.before)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
