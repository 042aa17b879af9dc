import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type AttachmentId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { type AttachmentView, type MediaState, type MediaVariant, NOTE_LIMITS } from "../../domain/note.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { digestMultibase, sha256Of } from "../../media/digest.ts";
import { isFileName } from "../../media/files.ts";
import { type EncodedPhoto, PROXIED_SIDE } from "../../media/images.ts";
import { fromJson, isSet, toJson } from "../../store/codec.ts";
import {
  type AttachmentRow,
  findOwnAttachments,
  insertAttachment,
  listFreeAttachments,
  removeFreeAttachment,
  updateAlt,
} from "../../store/attachments.ts";
import { encoderOf, keepFile } from "./encoder.ts";
import { filmUrl, proxyUrl, THUMBNAIL_WIDTH } from "./proxy.ts";
import { requireRoomForPicture } from "./room.ts";

const FREE_KEPT_MS = 86_400_000;

/**
 * Keeps a picture for a note that is yet to be written: re-encoded, without metadata, in the sizes that pages choose from,
 * with a blurred preview. Nothing of it stays when any of that fails.
 * @throws invalid `{ file }` or `{ alt }`, too_many, unavailable.
 */
export async function uploadImage(
  app: App,
  viewer: Viewer,
  command: { readonly bytes: Uint8Array; readonly alt?: string | undefined },
): Promise<AttachmentView> {
  const alt = checkAlt(command.alt ?? "");
  takeUpload(app, viewer);
  return toAttachmentView(app, await keepImage(app, viewer.actorId, command.bytes, alt));
}

/** The same for what was not sent by anybody just now, so that nobody's turns are counted. @throws invalid `{ file }`, unavailable */
export async function keepImage(
  app: App,
  actorId: ActorId,
  bytes: Uint8Array,
  alt: string,
): Promise<AttachmentRow> {
  await requireRoomForPicture(app, bytes.length);
  const photo = await encoderOf(app).encodePhoto(bytes);
  const kept: string[] = [];
  try {
    const row: AttachmentRow = {
      id: app.ids.next(),
      actor_id: actorId,
      note_id: null,
      position: 0,
      kind: "image",
      remote_url: null,
      alt,
      focus_x: null,
      focus_y: null,
      cover_url: null,
      duration_ms: null,
      created_at: app.clock.now(),
      ...READY,
      ...(await keepPhoto(app, photo, kept)),
      uploaded_sha256: sha256Of(bytes),
    };
    await insertAttachment(app.db, row);
    return row;
  } catch (error) {
    for (const name of kept) await app.files.remove(name).catch(() => undefined);
    throw error;
  }
}

/** Writes a picture and its sizes, and tells `kept` of each file as soon as it is there. Gives the columns that say so. */
export async function keepPhoto(app: App, photo: EncodedPhoto, kept: string[]) {
  const keep = async (bytes: Uint8Array, mediaType: string) => {
    const name = await keepFile(app, bytes, mediaType === "image/avif" ? "avif" : "webp");
    kept.push(name);
    return name;
  };
  const file = await keep(photo.bytes, photo.mediaType);
  const variants: KeptVariant[] = [];
  for (const { bytes, ...size } of photo.sizes)
    variants.push({ file: await keep(bytes, size.mediaType), ...size, size: bytes.length });
  const still = photo.still === null ? null : await keep(photo.still.bytes, photo.still.mediaType);
  return {
    file,
    media_type: photo.mediaType,
    width: photo.width,
    height: photo.height,
    blurhash: photo.blurhash,
    digest: digestMultibase(photo.bytes),
    size: photo.bytes.length,
    variants: toJson(variants),
    cover_file: still,
    animated: photo.still === null ? 0 : 1,
  } as const;
}

/** What an attachment has beside its file once nothing is left to be done. */
export const READY = {
  state: "ready",
  progress: 100,
  fault: null,
  variants: "[]",
  cover_file: null,
  is_cover: 0,
  captions: "[]",
  source_file: null,
  animated: 0,
  uploaded_sha256: null,
} as const;

function takeUpload(app: App, viewer: Viewer): void {
  const taken = app.limiter.take(USE_LIMITS.media, String(viewer.accountId));
  if (!taken.ok)
    throw new CausewayError("too_many", "error.too_many", {
      retryAfterSeconds: Math.ceil(taken.retryAfterMs / 1000),
    });
}

function checkAlt(alt: string): string {
  const text = alt.trim();
  if ([...text].length > NOTE_LIMITS.altCharacters)
    throw invalid({ alt: { key: "field.too_long", params: { max: NOTE_LIMITS.altCharacters } } });
  return text;
}

/** Changes the description of one's own picture, also after it was posted. @throws not_found, invalid `{ alt }`. */
export async function setAlt(
  app: App,
  viewer: Viewer,
  id: AttachmentId,
  alt: string,
): Promise<AttachmentView> {
  const text = checkAlt(alt);
  const [row] = await findOwnAttachments(app.db, viewer.actorId, [id]);
  if (row === undefined) throw notFound();
  await updateAlt(app.db, viewer.actorId, id, text);
  return toAttachmentView(app, { ...row, alt: text });
}

/** A stored file as a door sends it: what it is and how long; `open` gives all of it or a part (`end` is included). */
export type StoredFile = {
  readonly mediaType: string;
  readonly size: number;
  open(range?: { readonly start: number; readonly end: number }): Promise<ReadableStream<Uint8Array> | null>;
};

/** By ending; whatever is not here (sources of films) is for this server alone. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  webp: "image/webp",
  avif: "image/avif",
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  mp4: "video/mp4",
  m4a: "audio/mp4",
  opus: "audio/ogg",
  ogg: "audio/ogg",
  vtt: "text/vtt; charset=utf-8",
};

/**
 * A stored file by its name, or null. Names are unguessable, and whoever knows one may have the file.
 * @throws unavailable when the store does not answer.
 */
export async function findFile(app: App, name: string): Promise<StoredFile | null> {
  const mediaType = MEDIA_TYPES[name.slice(name.lastIndexOf(".") + 1)];
  if (mediaType === undefined || !isFileName(name)) return null;
  const size = await app.files.size(name);
  if (size === null) return null;
  return { mediaType, size, open: async (range) => (await app.files.open(name, range))?.stream ?? null };
}

/** Rows as every door draws them, in the rows' order; those of servers whose pictures are not taken are links alone. */
export function attachmentViews(
  app: App,
  rows: readonly (AttachmentRow & { readonly media_rejected?: 0 | 1 | null })[],
): readonly AttachmentView[] {
  return rows.map((row) =>
    row.media_rejected === 1 && row.file === null
      ? asLink(row, toAttachmentView(app, row))
      : toAttachmentView(app, row),
  );
}

/** A picture that is not shown: where it is, for those who want to go there. */
function asLink({ remote_url: url }: AttachmentRow, view: AttachmentView): AttachmentView {
  const nothing = {
    blurhash: null,
    coverUrl: null,
    remoteCoverUrl: null,
    variants: [],
    captions: [],
  } as const;
  return { ...view, ...nothing, kind: "file", url: url ?? "" };
}

function toAttachmentView(app: App, row: AttachmentRow): AttachmentView {
  const kind = kindOf(row.kind);
  const url = row.file === null ? remoteUrl(app, row) : `/media/${row.file}`;
  return {
    id: asId(row.id),
    kind,
    url,
    mediaType: row.media_type,
    alt: row.alt,
    width: row.width,
    height: row.height,
    blurhash: row.blurhash,
    focus:
      row.focus_x === null || row.focus_y === null ? null : { x: row.focus_x / 1000, y: row.focus_y / 1000 },
    coverUrl: coverOf(app, row),
    durationMs: row.duration_ms,
    size: row.size,
    state: MEDIA_STATES.find((state) => state === row.state) ?? "failed",
    progress: row.progress,
    fault: row.fault,
    variants: variantsOf(app, row),
    captions: filesIn<KeptCaptions>(row.captions).map(({ file, language, label }) => ({
      url: `/media/${file}`,
      language,
      label,
    })),
    isCover: isSet(row.is_cover),
    animated: isSet(row.animated),
    remoteUrl: row.file === null && row.remote_url !== "" ? row.remote_url : null,
    remoteCoverUrl: row.cover_file === null ? row.cover_url : null,
  };
}

const MEDIA_STATES: readonly MediaState[] = ["waiting", "working", "ready", "failed"];

/** How `attachments.variants` and `.captions` are kept. */
export type KeptVariant = {
  readonly file: string;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
  readonly size: number;
};
export type KeptCaptions = { readonly file: string; readonly language: string; readonly label: string };

function coverOf(app: App, row: AttachmentRow): string | null {
  if (row.cover_file !== null) return `/media/${row.cover_file}`;
  return row.cover_url === null ? null : proxyUrl(app, row.cover_url);
}

function kindOf(kind: string): AttachmentView["kind"] {
  return kind === "image" || kind === "video" || kind === "audio" ? kind : "file";
}

/** What can be shown or played comes through the proxy; anything else stays a link that people follow knowingly. */
function remoteUrl(app: App, row: AttachmentRow): string {
  const url = row.remote_url ?? "";
  if (url === "") return "";
  if (row.kind === "image") return proxyUrl(app, url);
  // Playlists name other addresses, which the browser would ask.
  const plays = /^(?:video|audio)\//.test(row.media_type) && !/mpegurl/i.test(row.media_type);
  return plays ? filmUrl(app, url) : url;
}

/** Those of a list that have a file: of a damaged row nothing else is shown. */
function filesIn<T extends { readonly file: string }>(column: string): readonly T[] {
  return fromJson<readonly T[]>(column, []).filter(({ file }) => typeof file === "string");
}

/** Sizes to choose from, smallest first. Of another server's picture the proxy makes two, if they are known to differ. */
function variantsOf(app: App, row: AttachmentRow): readonly MediaVariant[] {
  if (row.file !== null)
    return filesIn<KeptVariant>(row.variants).map(({ file, mediaType, width, height }) => ({
      url: `/media/${file}`,
      mediaType,
      width,
      height,
    }));
  const { remote_url: url, width, height } = row;
  if (row.kind !== "image" || url === null || width === null || height === null) return [];
  const full = Math.min(1, PROXIED_SIDE / Math.max(width, height));
  const small = THUMBNAIL_WIDTH / width;
  if (small >= full) return [];
  return [
    scaled(proxyUrl(app, url, "small"), width, height, small),
    scaled(proxyUrl(app, url), width, height, full),
  ];
}

function scaled(url: string, width: number, height: number, factor: number): MediaVariant {
  const size = (side: number) => Math.max(1, Math.round(side * factor));
  return { url, mediaType: "image/webp", width: size(width), height: size(height) };
}

/** Removes uploads older than a day that neither a note nor a draft took, up to 200, and returns how many. */
export async function removeFreeAttachments(app: App): Promise<number> {
  const rows = await listFreeAttachments(app.db, app.clock.now() - FREE_KEPT_MS, 200);
  let removed = 0;
  for (const row of rows) {
    // The row goes first: a file without a row is waste, a row without its file is a broken picture.
    const names = await removeFreeAttachment(app.db, row.actor_id, row.id);
    if (names === null) continue;
    for (const name of names) await app.files.remove(name);
    removed += 1;
  }
  return removed;
}
