import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import type { ActorId } from "../../domain/ids.ts";
import { NOTE_LIMITS, type ReceivedNote } from "../../domain/note.ts";
import { CausewayError } from "../../errors.ts";
import { isObject } from "../../lifeboat/actor-documents.ts";
import type { Signed } from "../../lifeboat/proofs.ts";
import type { ArrangedMedia } from "../../store/arranged-media.ts";
import { toJson } from "../../store/codec.ts";
import { updateCaptions } from "../../store/films.ts";
import { normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { CAPTION_LIMITS, readCaptions, writeCaptions } from "../../text/webvtt.ts";
import type { KeptCaptions } from "../media/attachments.ts";
import { MOST_CAPTIONS } from "../media/captions.ts";
import { keepMedia } from "../media/uploads.ts";
import type { ArrivingFile, ArrivingNote } from "./source.ts";

type Attachment = ReceivedNote["attachments"][number];

/** Files that are here now, free until their note is written, and how many did not come. */
export type TakenMedia = { readonly media: readonly ArrangedMedia[]; readonly left: number };

/**
 * Keeps the files of a note the way uploads are kept: looked at, without metadata. One that did not come along, or that is
 * not what it says, stays out. `folder` is for files on their way. @throws unavailable when there is no room
 */
export async function takeMedia(
  app: App,
  actorId: ActorId,
  note: ArrivingNote,
  received: ReceivedNote,
  folder: string,
): Promise<TakenMedia> {
  const media: ArrangedMedia[] = [];
  const wanted = received.attachments.slice(0, NOTE_LIMITS.media);
  for (const attachment of wanted) {
    const file = await note.fileAt(attachment.url);
    const id = file === null ? null : await keepFile(app, actorId, file, folder);
    if (id === null) continue;
    if (attachment.kind !== "image") await takeCaptions(app, { id, actorId }, note, attachment, folder);
    const alt = normalizeText(attachment.alt).slice(0, NOTE_LIMITS.altCharacters * 4);
    media.push({ id, alt, focus: attachment.focus, isCover: false });
  }
  return { media, left: received.attachments.length - media.length };
}

/** The id of the attachment; null for what is no picture, film or recording that this server takes. */
async function keepFile(
  app: App,
  actorId: ActorId,
  file: ArrivingFile,
  folder: string,
): Promise<number | null> {
  const path = join(folder, `${app.ids.secret(18)}.file`);
  try {
    if (!(await file.writeTo(path))) return null;
    return (await keepMedia(app, actorId, path)).id;
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "invalid") return null;
    throw error;
  } finally {
    await rm(path, { force: true });
  }
}

/** Captions are read and written anew, as those are that people bring. */
async function takeCaptions(
  app: App,
  { id, actorId }: { readonly id: number; readonly actorId: ActorId },
  note: ArrivingNote,
  attachment: Attachment,
  folder: string,
): Promise<void> {
  const kept: KeptCaptions[] = [];
  for (const { url, language } of captionsIn(note.create, attachment.url).slice(0, MOST_CAPTIONS)) {
    const file = await note.fileAt(url);
    const text = file === null ? null : await captionText(app, file, folder);
    if (text === null || kept.some((one) => one.language === language)) continue;
    const name = `${app.ids.secret(18)}.vtt`;
    await app.files.write(name, new TextEncoder().encode(text));
    kept.push({ file: name, language, label: "" });
  }
  if (kept.length > 0) await updateCaptions(app.db, actorId, id, { before: "[]", after: toJson(kept) });
}

async function captionText(app: App, file: ArrivingFile, folder: string): Promise<string | null> {
  const path = join(folder, `${app.ids.secret(18)}.vtt`);
  try {
    if (!(await file.writeTo(path))) return null;
    const bytes = await readFile(path);
    const read = bytes.length > CAPTION_LIMITS.bytes ? null : readCaptions(bytes.toString("utf8"));
    return read?.ok === true ? writeCaptions(read.cues) : null;
  } finally {
    await rm(path, { force: true });
  }
}

/** Captions of the attachment at `url`, as PeerTube and we write them. */
function captionsIn(
  create: Signed | null,
  url: string,
): readonly { readonly url: string; readonly language: string }[] {
  const object = create?.["object"];
  const list = isObject(object) ? listOf(object["attachment"]) : [];
  const found = list.find((one) => isObject(one) && one["url"] === url);
  const captions = isObject(found) ? listOf(found["subtitleLanguage"]) : [];
  return captions.flatMap((one) => {
    if (!isObject(one) || typeof one["url"] !== "string") return [];
    const language = canonicalLanguage(String(one["identifier"] ?? ""));
    return language === null ? [] : [{ url: one["url"], language }];
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
