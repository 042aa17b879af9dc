import { timingSafeEqual } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type App, type HttpStream, isBusy } from "../../context.ts";
import { CausewayError } from "../../errors.ts";
import { IMAGE_MAX_BYTES, looksLikeImage } from "../../media/images.ts";
import {
  findProxied,
  keptProxied,
  listIdleProxied,
  listProxiedBefore,
  proxiedBytes,
  type ProxiedRow,
  removeProxied,
  touchProxied,
  writeProxied,
} from "../../store/proxied.ts";
import { isMediaRejected } from "../moderation/domains.ts";
import { encoderOf } from "./encoder.ts";

/** A proxied picture as a door sends it. */
export type ProxiedPicture = { readonly bytes: Uint8Array; readonly mediaType: string };

/** Width of the small pictures; the only one that the proxy makes. */
export const THUMBNAIL_WIDTH = 480;

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** A picture that could not be had is not asked for again this long. */
const MISS_MS = 10 * MINUTE;
/** Copies of what others may have taken away meanwhile (docs/threats.md, retention). */
const KEPT_MS = 14 * DAY;
const TOUCHED_MS = 60 * MINUTE;
const LONGEST_URL = 2_048;
const BUSY_SECONDS = 5;
/** A server that failed so often in a row is left alone for a while: each try holds a reader for seconds. */
const HOST_FAILURES = 3;
/** Trimming goes a little further than it must, so that it is not needed at each picture. */
const TRIMMED_SHARE = 0.9;
const BATCH = 100;

/** What a film may have in all; more is for the page it came from. */
const FILM_MAX_BYTES = 512 * 1024 * 1024;

type Desk = {
  readonly underway: Map<string, Promise<ProxiedPicture | null>>;
  readonly missingFilms: LRUCache<string, number>;
  readonly hosts: LRUCache<string, { readonly failures: number; readonly until: number }>;
  /** Of the kept pictures, as far as this process knows; null before the first look. */
  bytes: number | null;
  trimming: Promise<void> | null;
};

/** By app, so that two instances in one process share nothing. */
const desks = new WeakMap<App, Desk>();

function deskOf(app: App): Desk {
  const desk = desks.get(app) ?? {
    underway: new Map(),
    missingFilms: new LRUCache<string, number>({ max: 10_000 }),
    hosts: new LRUCache<string, { failures: number; until: number }>({ max: 10_000 }),
    bytes: null,
    trimming: null,
  };
  desks.set(app, desk);
  return desk;
}

/**
 * The address on this server of a remote picture, `/proxy/<mac>/<url in base64url>`: readers' addresses stay hidden from
 * other servers, and the MAC keeps strangers from fetching through us. With `small` it is at most 480 pixels wide
 * (`?w=480`, part of what the MAC is over).
 */
export function proxyUrl(app: App, remoteUrl: string, size: "full" | "small" = "full"): string {
  const address = `/proxy/${keyOf(app, remoteUrl, size)}/${Buffer.from(remoteUrl).toString("base64url")}`;
  return size === "small" ? `${address}?w=${THUMBNAIL_WIDTH}` : address;
}

/** The address on this server of a remote film or recording, `/proxy/film/<mac>/<url in base64url>`: streamed, never kept. */
export function filmUrl(app: App, remoteUrl: string): string {
  return `/proxy/film/${app.vault.mac(remoteUrl, "proxy-film")}/${Buffer.from(remoteUrl).toString("base64url")}`;
}

function keyOf(app: App, url: string, size: "full" | "small"): string {
  return app.vault.mac(url, size === "small" ? `proxy-${THUMBNAIL_WIDTH}` : "proxy");
}

/**
 * The picture behind an address that `proxyUrl` made, re-encoded; null when the MAC is wrong or there is no picture that
 * we take. @throws too_many when too many pictures wait.
 */
export async function openProxied(
  app: App,
  mac: string,
  encodedUrl: string,
  size: "full" | "small" = "full",
): Promise<ProxiedPicture | null> {
  const url = urlOf(encodedUrl);
  if (url === null || !sameText(mac, keyOf(app, url, size)) || (await isMediaRejected(app, url))) return null;
  const desk = deskOf(app);
  const underway =
    desk.underway.get(mac) ??
    findOrFetch(app, desk, { key: mac, url, size }).finally(() => desk.underway.delete(mac));
  desk.underway.set(mac, underway);
  return await underway;
}

type Wanted = { readonly key: string; readonly url: string; readonly size: "full" | "small" };

async function findOrFetch(app: App, desk: Desk, wanted: Wanted): Promise<ProxiedPicture | null> {
  const now = app.clock.now();
  const row = await findProxied(app.db, wanted.key);
  if (row !== undefined && row.file === null && row.fetched_at > now - MISS_MS) return null;
  if (row !== undefined && row.file !== null && row.fetched_at > now - KEPT_MS) {
    // The cache of another machine, or one that was emptied by hand, has no such file: it is fetched again.
    const bytes = await app.cache.read(row.file);
    if (bytes !== null) {
      await touchProxied(app.db, row.key, { now, since: now - TOUCHED_MS });
      return { bytes, mediaType: row.media_type };
    }
  }
  if (isResting(app, desk, wanted.url)) return null;
  return await fetchPicture(app, desk, wanted);
}

async function fetchPicture(app: App, desk: Desk, wanted: Wanted): Promise<ProxiedPicture | null> {
  const picture = await askForPicture(app, desk, wanted);
  if (picture === null) {
    const now = app.clock.now();
    const { key, url } = wanted;
    await writeProxied(app.db, {
      key,
      url,
      file: null,
      media_type: "",
      size: 0,
      fetched_at: now,
      used_at: now,
    });
    return null;
  }
  await keepPicture(app, desk, wanted, picture);
  return picture;
}

/**
 * Too many of our own requests are no failure of the other server: whoever has many films open must not make all its
 * pictures disappear for everybody. @throws too_many
 */
function nothingUnlessBusy(error: unknown): null {
  if (!isBusy(error)) return null;
  throw new CausewayError("too_many", "error.too_many", { retryAfterSeconds: BUSY_SECONDS });
}

/** Another server's failure is never an error of ours: the page shows the description instead. */
async function askForPicture(app: App, desk: Desk, wanted: Wanted): Promise<ProxiedPicture | null> {
  const request = { url: wanted.url, maxBytes: IMAGE_MAX_BYTES, headers: { accept: "image/*" } };
  const answer = await app.http.fetch(request).catch(nothingUnlessBusy);
  noteHost(app, desk, wanted.url, answer !== null && answer.status < 500);
  if (answer === null || answer.status !== 200 || !looksLikeImage(answer.body)) return null;
  try {
    const kind = wanted.size === "small" ? "thumbnail" : "proxied";
    return await encoderOf(app).encode(answer.body, { kind });
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "too_many") throw error;
    return null;
  }
}

/** A full disk takes the cache away, not the picture. */
async function keepPicture(app: App, desk: Desk, wanted: Wanted, picture: ProxiedPicture): Promise<void> {
  const size = picture.bytes.length;
  if (size > app.config.proxyCacheBytes) return;
  const file = `${wanted.key}.webp`;
  try {
    await app.cache.write(file, picture.bytes);
  } catch (error) {
    if (error instanceof CausewayError && error.kind === "unavailable") return;
    throw error;
  }
  const now = app.clock.now();
  const { key, url } = wanted;
  await writeProxied(app.db, {
    key,
    url,
    file,
    media_type: picture.mediaType,
    size,
    fetched_at: now,
    used_at: now,
  });
  desk.bytes = desk.bytes === null ? await proxiedBytes(app.db) : desk.bytes + size;
  if (desk.bytes > app.config.proxyCacheBytes) await trimOnce(app, desk);
}

async function trimOnce(app: App, desk: Desk): Promise<void> {
  desk.trimming ??= trimProxied(app, desk).finally(() => (desk.trimming = null));
  await desk.trimming;
}

/** Lets those go that were not looked at for longest, until the rest fits. */
async function trimProxied(app: App, desk: Desk): Promise<void> {
  const budget = app.config.proxyCacheBytes * TRIMMED_SHARE;
  let bytes = await proxiedBytes(app.db);
  while (bytes > budget) {
    const idle = await listIdleProxied(app.db, BATCH);
    const going: ProxiedRow[] = [];
    for (const row of idle) {
      if (bytes <= budget) break;
      going.push(row);
      bytes -= row.size;
    }
    if (going.length === 0) break;
    await forgetRows(
      app,
      going.map((row) => row.key),
    );
  }
  desk.bytes = bytes;
}

/** The row goes first: a file without a row is waste that the sweep finds. */
async function forgetRows(app: App, keys: readonly string[]): Promise<void> {
  for (const file of await removeProxied(app.db, keys)) await app.cache.remove(file);
}

/** What the copies of pictures are kept under: a job that forgets them must not hold on to words of what was deleted. */
export function keysOfProxied(app: App, urls: readonly string[]): readonly string[] {
  return urls.flatMap((url) => [keyOf(app, url, "full"), keyOf(app, url, "small")]);
}

/** Forgets the copies of pictures whose note or person is gone, by their keys. */
export async function forgetProxied(app: App, keys: readonly string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) await forgetRows(app, keys.slice(at, at + BATCH));
}

/** Lets go what nobody looked at for two weeks, what is over the budget, and files that no row knows. */
export async function sweepProxied(app: App): Promise<void> {
  const before = app.clock.now() - KEPT_MS;
  for (;;) {
    const rows = await listProxiedBefore(app.db, before, BATCH);
    await forgetRows(
      app,
      rows.map((row) => row.key),
    );
    if (rows.length < BATCH) break;
  }
  await trimOnce(app, deskOf(app));
  await sweepStrays(app);
}

async function sweepStrays(app: App): Promise<void> {
  let names: string[] = [];
  const check = async () => {
    const kept = await keptProxied(
      app.db,
      names.map((name) => name.replace(/\.webp$/, "")),
    );
    for (const name of names) if (!kept.has(name)) await app.cache.remove(name);
    names = [];
  };
  for await (const { name, changedAt } of app.cache.list()) {
    // One that is being written has no row yet.
    if (changedAt < app.clock.now() - DAY) names.push(name);
    if (names.length >= BATCH) await check();
  }
  await check();
  await app.cache.sweep(app.clock.now() - DAY);
}

/** A film of another server as a door hands it on; `body` is to be cancelled when nobody wants it. */
export type ProxiedFilm = {
  readonly status: 200 | 206 | 416;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array> | null;
};

/**
 * The film or recording behind an address that `filmUrl` made, or the part of it that was asked for, while it comes. Null when
 * the MAC is wrong, the other server has nothing, or what it has is no film or larger than 512 MiB.
 * @throws too_many when too many of that server's films are being looked at.
 */
export async function openFilm(
  app: App,
  mac: string,
  encodedUrl: string,
  wish: { readonly range?: string | undefined; readonly ifRange?: string | undefined },
): Promise<ProxiedFilm | null> {
  const url = urlOf(encodedUrl);
  if (url === null || !sameText(mac, app.vault.mac(url, "proxy-film"))) return null;
  if (await isMediaRejected(app, url)) return null;
  const desk = deskOf(app);
  const isMissing = (desk.missingFilms.get(mac) ?? 0) > app.clock.now();
  if (isMissing || isResting(app, desk, url)) return null;
  const headers = {
    accept: "video/*, audio/*",
    ...(wish.range === undefined ? {} : { range: wish.range }),
    ...(wish.ifRange === undefined ? {} : { "if-range": wish.ifRange }),
  };
  const answer = await app.http.stream({ url, headers, maxBytes: FILM_MAX_BYTES }).catch(nothingUnlessBusy);
  noteHost(app, desk, url, answer !== null && answer.status < 500);
  const film = answer === null ? null : filmOf(answer);
  if (film === null) desk.missingFilms.set(mac, app.clock.now() + MISS_MS);
  if (film === null || film.body === null) await answer?.body.cancel().catch(() => undefined);
  return film;
}

/** Playlists name other addresses, and the browser would ask there. */
const FILM_TYPE = /^(?:video|audio)\/(?!.*mpegurl)[a-z0-9][a-z0-9.+-]*$/;
const CONTENT_RANGE = /^bytes (?:\d+-\d+|\*)\/(\d+)$/;
const VALIDATOR = /^(?:W\/)?"[\x21\x23-\x7e]{0,200}"$/;

/** Only what is sound is handed on: type, lengths, and what parts can be told apart by. */
function filmOf({ status, headers, body }: HttpStream): ProxiedFilm | null {
  const range = headers.get("content-range") ?? "";
  const whole = CONTENT_RANGE.exec(range)?.[1];
  if (status === 416)
    return { status, headers: whole === undefined ? {} : { "content-range": range }, body: null };
  if (status !== 200 && (status !== 206 || whole === undefined)) return null;
  const mediaType = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const length = headers.get("content-length") ?? "";
  if (!FILM_TYPE.test(mediaType) || Number(whole ?? length) > FILM_MAX_BYTES) return null;
  const etag = headers.get("etag") ?? "";
  return {
    status,
    headers: {
      "content-type": mediaType,
      "accept-ranges": status === 206 || headers.get("accept-ranges") === "bytes" ? "bytes" : "none",
      ...(/^\d{1,15}$/.test(length) ? { "content-length": length } : {}),
      ...(status === 206 ? { "content-range": range } : {}),
      ...(VALIDATOR.test(etag) ? { etag } : {}),
    },
    body,
  };
}

function isResting(app: App, desk: Desk, url: string): boolean {
  return (desk.hosts.get(hostOf(url))?.until ?? 0) > app.clock.now();
}

function noteHost(app: App, desk: Desk, url: string, isAlive: boolean): void {
  const host = hostOf(url);
  if (isAlive) {
    desk.hosts.delete(host);
    return;
  }
  const failures = (desk.hosts.get(host)?.failures ?? 0) + 1;
  const until = failures >= HOST_FAILURES ? app.clock.now() + MISS_MS : 0;
  desk.hosts.set(host, { failures, until });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}

function urlOf(encodedUrl: string): string | null {
  return encodedUrl.length > LONGEST_URL * 2 ? null : Buffer.from(encodedUrl, "base64url").toString();
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
