// Captions and the cover of one's own films and recordings, before and after they were posted.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type AttachmentId } from "../../domain/ids.ts";
import type { AttachmentView } from "../../domain/note.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { type AttachmentRow, findOwnAttachments } from "../../store/attachments.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { updateCaptions, updateStill } from "../../store/films.ts";
import { CAPTION_LIMITS, readCaptions, writeCaptions } from "../../text/webvtt.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { federate } from "../federation/federate.ts";
import { attachmentViews, type KeptCaptions } from "./attachments.ts";
import { filesOfStill, keepStill } from "./stills.ts";

/** Languages of captions that one film may have. */
export const MOST_CAPTIONS = 20;

/** One's own film or recording with its captions. @throws not_found, also for pictures */
export async function viewOwnFilm(app: App, viewer: Viewer, id: AttachmentId): Promise<AttachmentView> {
  return viewOf(app, await requireFilm(app, viewer, id));
}

/** The note that holds a film of one's own, to go back to; null before it is posted. @throws not_found */
export async function noteOfFilm(app: App, viewer: Viewer, id: AttachmentId): Promise<number | null> {
  return (await requireFilm(app, viewer, id)).note_id;
}

/**
 * Adds captions in a language, in place of those that it had: WebVTT or SubRip, read and written anew.
 * @throws not_found, invalid `{ captions }` or `{ language }`, conflict
 */
export async function saveCaptions(
  app: App,
  viewer: Viewer,
  id: AttachmentId,
  command: { readonly language: string; readonly source: string },
): Promise<AttachmentView> {
  const row = await requireFilm(app, viewer, id);
  const language = canonicalLanguage(command.language);
  if (language === null) throw invalid({ language: { key: "field.language" } });
  const text = cleanCaptions(command.source);
  const before = fromJson<readonly KeptCaptions[]>(row.captions, []);
  const others = before.filter((captions) => captions.language !== language);
  if (others.length >= MOST_CAPTIONS)
    throw invalid({ language: { key: "field.captions_many", params: { max: MOST_CAPTIONS } } });
  const file = `${app.ids.secret(18)}.vtt`;
  await app.files.write(file, new TextEncoder().encode(text));
  const captions = [...others, { file, language, label: "" }];
  try {
    return await replaceCaptions(app, viewer, row, captions);
  } catch (error) {
    await app.files.remove(file);
    throw error;
  }
}

function cleanCaptions(source: string): string {
  if (source.trim() === "") throw invalid({ captions: { key: "field.captions_choose" } });
  const read = readCaptions(source);
  if (read.ok) return writeCaptions(read.cues);
  switch (read.fault) {
    case "form":
      throw invalid({ captions: { key: "field.captions_form", params: { line: read.line } } });
    case "empty":
      throw invalid({ captions: { key: "field.captions_empty" } });
    case "large":
      throw invalid({
        captions: {
          key: "field.captions_large",
          params: { max: CAPTION_LIMITS.bytes / 1024, cues: CAPTION_LIMITS.cues },
        },
      });
  }
}

/** Takes the captions of a language away. @throws not_found, conflict */
export async function removeCaptions(
  app: App,
  viewer: Viewer,
  id: AttachmentId,
  language: string,
): Promise<AttachmentView> {
  const row = await requireFilm(app, viewer, id);
  const before = fromJson<readonly KeptCaptions[]>(row.captions, []);
  return await replaceCaptions(
    app,
    viewer,
    row,
    before.filter((captions) => captions.language !== language),
  );
}

async function replaceCaptions(
  app: App,
  viewer: Viewer,
  row: AttachmentRow,
  captions: readonly KeptCaptions[],
): Promise<AttachmentView> {
  const after = toJson(captions);
  const kept = new Set(captions.map(({ file }) => file));
  const before = fromJson<readonly KeptCaptions[]>(row.captions, []).map(({ file }) => file);
  await transaction(app.db, async (tx) => {
    if (!(await updateCaptions(tx, viewer.actorId, row.id, { before: row.captions, after })))
      throw new CausewayError("conflict", "error.conflict");
    await tellAndTidy(
      app,
      tx,
      row,
      before.filter((file) => !kept.has(file)),
    );
  });
  app.wake();
  return viewOf(app, { ...row, captions: after });
}

/** Shows another picture before a film or a recording plays. @throws not_found, invalid `{ file }` */
export async function replaceCover(
  app: App,
  viewer: Viewer,
  id: AttachmentId,
  bytes: Uint8Array,
): Promise<AttachmentView> {
  const row = await requireFilm(app, viewer, id);
  const still = await keepStill(app, bytes);
  await transaction(app.db, async (tx) => {
    await updateStill(tx, viewer.actorId, row.id, still);
    await tellAndTidy(app, tx, row, filesOfStill({ file: row.cover_file, variants: row.variants }));
  });
  app.wake();
  return viewOf(app, { ...row, cover_file: still.file, blurhash: still.blurhash, variants: still.variants });
}

/** Who has the note already hears of it; what nothing names any more is removed. */
async function tellAndTidy(app: App, tx: Db, row: AttachmentRow, files: readonly string[]): Promise<void> {
  const now = app.clock.now();
  if (files.length > 0)
    await enqueue(tx, { id: app.ids.next(), now, kind: "remove-files", payload: { files } });
  if (row.note_id !== null)
    await federate(app, tx, row.actor_id, {
      type: "note.updated",
      activityId: asId(app.ids.next()),
      noteId: asId(row.note_id),
    });
}

async function requireFilm(app: App, viewer: Viewer, id: AttachmentId): Promise<AttachmentRow> {
  const [row] = await findOwnAttachments(app.db, viewer.actorId, [id]);
  const isOurs = row !== undefined && row.remote_url === null;
  if (!isOurs || (row.kind !== "video" && row.kind !== "audio")) throw notFound();
  return row;
}

function viewOf(app: App, row: AttachmentRow): AttachmentView {
  const [view] = attachmentViews(app, [row]);
  if (view === undefined) throw notFound();
  return view;
}
