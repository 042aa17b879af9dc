import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { JudgedMedia, JudgedObject } from "../../domain/classifier.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import { timeOfId } from "../../domain/ids.ts";
import { sha256OfMultibase } from "../../media/digest.ts";
import {
  findJudgedNote,
  type JudgedNoteRow,
  listJudgedMedia,
  listJudgedParts,
  listMediaToJudge,
} from "../../store/classifier-rules.ts";
import type { Db } from "../../store/database.ts";
import { webLinks } from "../../text/first-link.ts";
import { plainText } from "../../text/markup.ts";

/** Links of a note that are looked at. */
const MOST_LINKS = 50;

/** All words of a note, a line each (threats MOD-07: no field is left out). */
export type Words = {
  readonly title: string | null;
  readonly summary: string | null;
  readonly html: string;
  readonly options: readonly string[];
  readonly alts: readonly string[];
};

/** All words as one plain text. */
export function textOf({ title, summary, html, options, alts }: Words): string {
  return [title ?? "", summary ?? "", plainText(html), ...options, ...alts]
    .filter((line) => line.trim() !== "")
    .join("\n");
}

/** Addresses that a text leads to. */
export function linksIn(html: string): readonly string[] {
  return webLinks(html, MOST_LINKS);
}

/** A note of a member before it is stored. */
export type DraftToJudge = {
  readonly noteId: number;
  readonly title: string | null;
  readonly options: readonly string[];
  readonly composed: {
    readonly html: string;
    readonly summary: string | null;
    readonly language: string | null;
    readonly mentionIds: readonly number[];
  };
  readonly mediaIds: readonly number[];
};

/** The same as it is judged. At most one statement. */
export async function judgedDraft(app: App, viewer: Viewer, draft: DraftToJudge): Promise<JudgedObject> {
  const { composed } = draft;
  const { media, alts } = await mediaToJudge(app, draft.mediaIds);
  return {
    type: "note",
    uri: app.uris.note(draft.noteId),
    text: textOf({ ...draft, ...composed, alts }),
    language: composed.language,
    links: linksIn(composed.html),
    media,
    mentions: composed.mentionIds.length,
    actor: { uri: app.uris.actor(viewer.actorId), since: timeOfId(viewer.actorId), local: true },
  };
}

/** A note of another server as it came, with its cleaned words. */
export function judgedReceived(
  received: ReceivedNote,
  author: { readonly id: number; readonly uri: string },
  words: { readonly title: string | null; readonly summary: string | null; readonly html: string },
): JudgedObject {
  return {
    type: "note",
    uri: received.uri,
    text: textOf({
      ...words,
      options: (received.poll?.options ?? []).map((option) => option.title),
      alts: received.attachments.map((attachment) => attachment.alt ?? ""),
    }),
    language: received.language,
    links: linksIn(words.html),
    media: received.attachments.map((attachment) => ({
      sha256: attachment.digest === null ? null : sha256OfMultibase(attachment.digest),
      url: attachment.url,
      type: attachment.mediaType ?? "application/octet-stream",
    })),
    mentions: received.mentionUris.length,
    actor: { uri: author.uri, since: timeOfId(author.id), local: false },
  };
}

type MediaRow = Awaited<ReturnType<typeof listJudgedMedia>>[number];

/** A stored file as it is judged: by what was uploaded, or by what its server says of it. */
export function toJudgedMedia(app: App, row: MediaRow): JudgedMedia {
  return {
    sha256: row.uploaded_sha256 ?? (row.digest === null ? null : sha256OfMultibase(row.digest)),
    url: row.file === null ? row.remote_url : app.uris.file(row.file),
    type: row.media_type,
  };
}

/** Files that are about to be attached. One statement. */
export async function mediaToJudge(
  app: App,
  ids: readonly number[],
): Promise<{ readonly media: readonly JudgedMedia[]; readonly alts: readonly string[] }> {
  const rows = await listMediaToJudge(app.db, ids);
  return { media: rows.map((row) => toJudgedMedia(app, row)), alts: rows.map((row) => row.alt) };
}

/** Stored notes as they are judged: three statements for any number of them. */
export async function toJudgedNotes(
  app: App,
  db: Db,
  rows: readonly JudgedNoteRow[],
): Promise<readonly JudgedObject[]> {
  const ids = rows.map((row) => row.id);
  const media = Map.groupBy(await listJudgedMedia(db, ids), (row) => row.note_id);
  const parts = await listJudgedParts(db, ids);
  const options = Map.groupBy(parts.options, (row) => row.note_id);
  const mentions = new Map(parts.mentions.map((row) => [row.note_id, Number(row.count)]));
  return rows.map((row) => {
    const files = media.get(row.id) ?? [];
    return {
      type: "note",
      uri: row.uri,
      text: textOf({
        title: row.title,
        summary: row.summary,
        html: row.content_html,
        options: (options.get(row.id) ?? []).map((option) => option.title),
        alts: files.map((file) => file.alt),
      }),
      language: row.language,
      links: linksIn(row.content_html),
      media: files.map((file) => toJudgedMedia(app, file)),
      mentions: mentions.get(row.id) ?? 0,
      actor: { uri: row.actor_uri, since: timeOfId(row.actor_id), local: row.actor_host === "" },
    };
  });
}

/** One stored open note as it is judged; null for any other. */
export async function judgedNote(app: App, noteId: number): Promise<JudgedObject | null> {
  const row = await findJudgedNote(app.db, noteId);
  if (row === undefined) return null;
  return (await toJudgedNotes(app, app.db, [row]))[0] ?? null;
}
