import { MOST_FILE_BYTES } from "./tar.ts";

/** Names of what is in a lifeboat (FEP-6fcd, and what that leaves open), in this order. */
export const PLACES = {
  /** FEP-6fcd's own list: readable, and believed in nothing. */
  readable: "manifest.yml",
  manifest: "manifest.json",
  actor: "activitypub/actor.json",
  /** The actor of the server that made it, which signed too. */
  instance: "activitypub/instance.json",
  outbox: "activitypub/outbox.ndjson",
  media: "media/media.json",
  kit: "escape/kit.json",
  rsaKey: "key/main-key.json",
  ed25519Key: "key/ed25519-key.json",
} as const;

/** Lists of people and notes, as Mastodon writes them. */
export const LISTS = [
  "following_accounts.csv",
  "lists.csv",
  "blocked_accounts.csv",
  "muted_accounts.csv",
  "blocked_domains.csv",
  "bookmarks.csv",
  "custom_filters.json",
  "followers.csv",
] as const;
export type ListName = (typeof LISTS)[number];

/** Caps on what is read; nothing in a lifeboat is compressed, so what is announced is what comes. */
export const LIFEBOAT_LIMITS = {
  manifestBytes: 32 * 1024 * 1024,
  files: 100_000,
  documentBytes: 1024 * 1024,
  listBytes: 64 * 1024 * 1024,
  mediaListBytes: 64 * 1024 * 1024,
  /** One line of the outbox. */
  lineBytes: 1024 * 1024,
  fileBytes: MOST_FILE_BYTES,
} as const;

/** Endings of media by their type; anything else ends with `.bin`. */
const ENDINGS: Readonly<Record<string, string>> = {
  "image/webp": "webp",
  "image/avif": "avif",
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "video/mp4": "mp4",
  "video/webm": "webm",
  "audio/mp4": "m4a",
  "audio/mpeg": "mp3",
  "audio/ogg": "ogg",
  "text/vtt": "vtt",
};

/** Where a media file lies: named by what it is. `sha256` in hex. */
export function placeOfMedia(sha256: string, mediaType: string): string {
  return `media/${sha256}.${ENDINGS[mediaType] ?? "bin"}`;
}

/** Where a list lies. */
export function placeOfList(name: ListName): string {
  return `activitypub/${name}`;
}

const MEDIA = /^media\/([0-9a-f]{64})\.[a-z0-9]{2,5}$/;

/** The hash that a media file is named by; null for other files. */
export function hashInPlace(path: string): string | null {
  return MEDIA.exec(path)?.[1] ?? null;
}

/** How large a file at this place may be, bytes; null where no lifeboat has a file. */
export function mostBytesAt(path: string): number | null {
  if (MEDIA.test(path) || path === PLACES.outbox) return LIFEBOAT_LIMITS.fileBytes;
  if (LISTS.some((name) => placeOfList(name) === path)) return LIFEBOAT_LIMITS.listBytes;
  switch (path) {
    case PLACES.manifest:
      return LIFEBOAT_LIMITS.manifestBytes;
    case PLACES.media:
    case PLACES.kit:
      return LIFEBOAT_LIMITS.mediaListBytes;
    case PLACES.readable:
    case PLACES.actor:
    case PLACES.instance:
    case PLACES.rsaKey:
    case PLACES.ed25519Key:
      return LIFEBOAT_LIMITS.documentBytes;
    default:
      return null;
  }
}
