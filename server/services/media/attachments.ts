import { timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type AttachmentId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import { type AttachmentView, type MediaState, NOTE_LIMITS } from "../../domain/note.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { digestMultibase } from "../../media/digest.ts";
import { isFileName } from "../../media/files.ts";
import {
  createImages,
  type EncodedImage,
  IMAGE_MAX_BYTES,
  type ImageKind,
  type Images,
  looksLikeImage,
} from "../../media/images.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import {
  type AttachmentRow,
  findOwnAttachments,
  insertAttachment,
  listFreeAttachments,
  removeFreeAttachment,
  updateAlt,
} from "../../store/attachments.ts";

/** A file as a door sends it. */
export type ServedFile = { readonly bytes: Uint8Array; readonly mediaType: string };

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  webp: "image/webp",
  avif: "image/avif",
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  mp4: "video/mp4",
};

const PROXY_CACHE_BYTES = 64 * 1024 * 1024;
/** A picture that could not be had is not asked for again this long. */
const MISS_MS = 10 * 60_000;
const LONGEST_URL = 2_048;
const FREE_KEPT_MS = 86_400_000;

type Desk = {
  readonly images: Images;
  readonly proxied: LRUCache<string, ServedFile>;
  readonly missing: LRUCache<string, number>;
  readonly underway: Map<string, Promise<ServedFile | null>>;
};

/** By app, so that two instances in one process share nothing. */
const desks = new WeakMap<App, Desk>();

function deskOf(app: App): Desk {
  const desk = desks.get(app) ?? {
    images: createImages(),
    // In memory: proxied pictures carry a long Cache-Control, so browsers and the proxy in front keep them as well.
    proxied: new LRUCache<string, ServedFile>({
      maxSize: PROXY_CACHE_BYTES,
      sizeCalculation: (file) => file.bytes.length + 200,
    }),
    missing: new LRUCache<string, number>({ max: 10_000 }),
    underway: new Map(),
  };
  desks.set(app, desk);
  return desk;
}

/**
 * Keeps a picture for a note that is yet to be written: re-encoded, without metadata, with a blurred preview.
 * @throws invalid `{ file }` or `{ alt }`, too_many.
 */
export async function uploadImage(
  app: App,
  viewer: Viewer,
  command: { readonly bytes: Uint8Array; readonly alt?: string | undefined },
): Promise<AttachmentView> {
  const alt = checkAlt(command.alt ?? "");
  takeUpload(app, viewer);
  const { name, image } = await storeImage(app, command.bytes, "attachment");
  const row: AttachmentRow = {
    id: app.ids.next(),
    actor_id: viewer.actorId,
    note_id: null,
    position: 0,
    kind: "image",
    file: name,
    remote_url: null,
    media_type: image.mediaType,
    alt,
    width: image.width,
    height: image.height,
    blurhash: image.blurhash,
    focus_x: null,
    focus_y: null,
    cover_url: null,
    duration_ms: null,
    digest: digestMultibase(image.bytes),
    size: image.bytes.length,
    created_at: app.clock.now(),
    ...READY,
  };
  try {
    await insertAttachment(app.db, row);
  } catch (error) {
    await app.files.remove(name);
    throw error;
  }
  return toAttachmentView(app, row);
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
} as const;

/** Re-encodes a picture and keeps it under a new unguessable name: attachments, avatars, headers. @throws invalid `{ file }`. */
export async function storeImage(
  app: App,
  bytes: Uint8Array,
  kind: ImageKind,
): Promise<{ readonly name: string; readonly image: EncodedImage }> {
  const image = await deskOf(app).images.encode(bytes, { kind });
  const name = `${app.ids.secret(18)}.webp`;
  await app.files.write(name, image.bytes);
  return { name, image };
}

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

/** A stored file by its name, or null. Names are unguessable, and whoever knows one may have the file. */
export async function openFile(app: App, name: string): Promise<ServedFile | null> {
  if (!isFileName(name)) return null;
  const bytes = await app.files.read(name);
  const mediaType = MEDIA_TYPES[name.slice(name.lastIndexOf(".") + 1)];
  return bytes === null || mediaType === undefined ? null : { bytes, mediaType };
}

/** Rows as every door draws them, in the rows' order. */
export function attachmentViews(app: App, rows: readonly AttachmentRow[]): readonly AttachmentView[] {
  return rows.map((row) => toAttachmentView(app, row));
}

function toAttachmentView(app: App, row: AttachmentRow): AttachmentView {
  const kind = kindOf(row.kind);
  const url = row.file === null ? remoteUrl(app, row.remote_url ?? "", kind) : `/media/${row.file}`;
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
    variants: fromJson<readonly KeptVariant[]>(row.variants, []).map(
      ({ file, mediaType, width, height }) => ({
        url: `/media/${file}`,
        mediaType,
        width,
        height,
      }),
    ),
    captions: fromJson<readonly KeptCaptions[]>(row.captions, []).map(({ file, language, label }) => ({
      url: `/media/${file}`,
      language,
      label,
    })),
    isCover: isSet(row.is_cover),
    animated: isSet(row.animated),
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

/** Pictures come through the proxy; anything else stays a link that people follow knowingly. */
function remoteUrl(app: App, url: string, kind: AttachmentView["kind"]): string {
  return kind === "image" ? proxyUrl(app, url) : url;
}

/**
 * The address on this server of a remote picture, `/proxy/<mac>/<url in base64url>`: readers' addresses stay hidden from
 * other servers, and the MAC keeps strangers from fetching through us.
 */
export function proxyUrl(app: App, remoteUrl: string): string {
  return `/proxy/${app.vault.mac(remoteUrl, "proxy")}/${Buffer.from(remoteUrl).toString("base64url")}`;
}

/**
 * The picture behind an address that `proxyUrl` made, re-encoded; null when the MAC is wrong or there is no picture that
 * we take. @throws too_many when too many pictures wait.
 */
export async function openProxied(app: App, mac: string, encodedUrl: string): Promise<ServedFile | null> {
  if (encodedUrl.length > LONGEST_URL * 2) return null;
  const url = Buffer.from(encodedUrl, "base64url").toString();
  if (!sameText(mac, app.vault.mac(url, "proxy"))) return null;
  const desk = deskOf(app);
  const kept = desk.proxied.get(url);
  if (kept !== undefined) return kept;
  if ((desk.missing.get(url) ?? 0) > app.clock.now()) return null;
  const underway =
    desk.underway.get(url) ?? fetchProxied(app, desk, url).finally(() => desk.underway.delete(url));
  desk.underway.set(url, underway);
  return await underway;
}

async function fetchProxied(app: App, desk: Desk, url: string): Promise<ServedFile | null> {
  try {
    const answer = await app.http.fetch({ url, maxBytes: IMAGE_MAX_BYTES, headers: { accept: "image/*" } });
    if (answer.status !== 200 || !looksLikeImage(answer.body)) return miss(app, desk, url);
    const { bytes, mediaType } = await desk.images.encode(answer.body, { kind: "proxied" });
    const file: ServedFile = { bytes, mediaType };
    desk.proxied.set(url, file);
    return file;
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "too_many") throw error;
    // Another server's failure is never an error of ours: the page shows the description instead.
    return miss(app, desk, url);
  }
}

function miss(app: App, desk: Desk, url: string): null {
  desk.missing.set(url, app.clock.now() + MISS_MS);
  return null;
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Removes uploads older than a day that neither a note nor a draft took, up to 200, and returns how many. */
export async function removeFreeAttachments(app: App): Promise<number> {
  const rows = await listFreeAttachments(app.db, app.clock.now() - FREE_KEPT_MS, 200);
  let removed = 0;
  for (const row of rows) {
    // The row goes first: a file without a row is waste, a row without its file is a broken picture.
    const name = await removeFreeAttachment(app.db, row.actor_id, row.id);
    if (name === null) continue;
    await app.files.remove(name);
    removed += 1;
  }
  return removed;
}
