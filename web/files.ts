import { type Context, Hono } from "hono";
import type { App } from "../server/context.ts";
import { CausewayError } from "../server/errors.ts";
import { clientAddress, clientKey } from "../server/http/addresses.ts";
import { parseRange } from "../server/http/range.ts";
import { findFile, type StoredFile } from "../server/services/media/attachments.ts";
import { defaultPicture } from "../server/services/media/default-pictures.ts";
import { countryOfReader } from "../server/services/moderation/withheld-here.ts";
import { withheldFileCountries } from "../server/services/moderation/withheld-files.ts";
import { peerAddress } from "./session.ts";
import { openFilm, openProxied, THUMBNAIL_WIDTH } from "../server/services/media/proxy.ts";

/** A file never changes under its name. */
const FOR_EVER = "public, max-age=31536000, immutable";
/** Pictures of other servers may be replaced there. */
const TWO_WEEKS = "public, max-age=1209600";
/** What some countries do not get must not lie in a cache that others share. */
const NOT_SHARED = "private, max-age=300";
const A_MINUTE = "public, max-age=60";

/**
 * Every answer of this door, whatever it is: no cookies, no styles, and a browser that opens one directly treats it as what
 * its type says and nothing else (threats MED-01, MED-02): never as a page, never as ActivityPub.
 */
const PLAIN: Readonly<Record<string, string>> = {
  // Apps in browsers draw pictures on canvases and measure films.
  "access-control-allow-origin": "*",
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "cross-origin",
  "x-content-type-options": "nosniff",
};

/** Uploaded files, and pictures and films of other servers through the proxy. */
export function createFileDoor(app: App): Hono {
  const door = new Hono();
  door.get("/media/:name", (c) => calmly(() => sendStored(app, c)));
  door.get("/proxy/:mac/:address", (c) => calmly(() => sendPicture(app, c)));
  door.get("/proxy/film/:mac/:address", (c) => calmly(() => sendFilm(app, c)));
  door.get("/pictures/:name{(?:avatar|header)\\.png}", (c) => calmly(() => sendDefault(app, c)));
  return door;
}

/** Stands in for the pictures of people who have none, for apps. */
async function sendDefault(app: App, c: Context): Promise<Response> {
  const picture = await defaultPicture(app, c.req.param("name") === "header.png" ? "header" : "avatar");
  return answer(200, c.req.method === "HEAD" ? null : new Uint8Array(picture), {
    "content-type": "image/png",
    "content-length": String(picture.length),
    "cache-control": TWO_WEEKS,
    "content-disposition": "inline",
  });
}

/** A store that is down or a queue that is full is said in a status; who waits for a picture reads no page. */
async function calmly(send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    const headers = { "retry-after": String(error.retryAfterSeconds ?? 30), "cache-control": "no-store" };
    return answer(error.kind === "too_many" ? 429 : 503, null, headers);
  }
}

async function sendStored(app: App, c: Context): Promise<Response> {
  const name = c.req.param("name") ?? "";
  const file = await findFile(app, name);
  if (file === null) return nothing();
  const law = await lawOf(app, name);
  if (law === "here") return withheld(app);
  const etag = `"${name.slice(0, name.lastIndexOf("."))}"`;
  const headers = {
    "content-type": file.mediaType,
    "cache-control": law === "elsewhere" ? NOT_SHARED : FOR_EVER,
    "accept-ranges": "bytes",
    etag,
    "content-disposition": /^(?:image|video|audio)\//.test(file.mediaType) ? "inline" : "attachment",
  };
  if (namesTag(c.req.header("if-none-match"), etag)) return answer(304, null, headers);
  return await sendPart(c, file, headers);
}

/** RFC 9110, 13.1.5: a part of what the browser has not seen the rest of is of no use to it. */
async function sendPart(
  c: Context,
  file: StoredFile,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const condition = c.req.header("if-range");
  const isFresh = condition === undefined || condition === headers["etag"];
  const range = isFresh ? parseRange(c.req.header("range"), file.size) : "whole";
  if (range === "unsatisfiable")
    return answer(416, null, { "content-range": `bytes */${file.size}`, "cache-control": A_MINUTE });
  const part = range === "whole" ? null : range;
  const length = part === null ? file.size : part.end - part.start + 1;
  // HEAD is answered by the same route: the file is not opened for it.
  const body = c.req.method === "HEAD" ? null : await file.open(part ?? undefined);
  if (body === null && c.req.method !== "HEAD") return nothing();
  return answer(part === null ? 200 : 206, body, {
    ...headers,
    "content-length": String(length),
    ...(part === null ? {} : { "content-range": `bytes ${part.start}-${part.end}/${file.size}` }),
  });
}

async function sendPicture(app: App, c: Context): Promise<Response> {
  const [mac, address] = [c.req.param("mac") ?? "", c.req.param("address") ?? ""];
  const width = c.req.query("w");
  if (width !== undefined && width !== String(THUMBNAIL_WIDTH)) return nothing();
  const law = await lawOf(app, Buffer.from(address, "base64url").toString());
  if (law === "here") return withheld(app);
  const picture = await openProxied(app, mac, address, width === undefined ? "full" : "small");
  if (picture === null) return nothing();
  return answer(200, c.req.method === "HEAD" ? null : new Uint8Array(picture.bytes), {
    "content-type": picture.mediaType,
    "content-length": String(picture.bytes.length),
    "cache-control": law === "elsewhere" ? NOT_SHARED : TWO_WEEKS,
    "content-disposition": "inline",
  });
}

/**
 * Films of other servers that one address looks at at a time: each holds one of the few places of its server. Households
 * and mobile networks share an address.
 */
const FILMS_AT_ONCE = 10;
/** By app and address. */
const watching = new WeakMap<App, Map<string, number>>();

async function sendFilm(app: App, c: Context): Promise<Response> {
  const ip = clientKey(clientAddress(peerAddress(c.env), c.req.raw.headers, app.config.trustedProxies));
  const counts = watching.get(app) ?? new Map<string, number>();
  watching.set(app, counts);
  const open = counts.get(ip) ?? 0;
  if (open >= FILMS_AT_ONCE) throw new CausewayError("too_many", "error.too_many", { retryAfterSeconds: 5 });
  counts.set(ip, open + 1);
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    const left = (counts.get(ip) ?? 1) - 1;
    if (left === 0) counts.delete(ip);
    else counts.set(ip, left);
  };
  try {
    return await openFilmFor(app, c, close);
  } catch (error) {
    close();
    throw error;
  }
}

/** `close` is called when nothing of the film is on its way any more. */
async function openFilmFor(app: App, c: Context, close: () => void): Promise<Response> {
  const [mac, address] = [c.req.param("mac") ?? "", c.req.param("address") ?? ""];
  const law = await lawOf(app, Buffer.from(address, "base64url").toString());
  if (law === "here") {
    close();
    return withheld(app);
  }
  const range = c.req.header("range");
  const film = await openFilm(app, mac, address, {
    // One part, as players ask for; anything else is the whole.
    range: /^bytes=\d{0,15}-\d{0,15}$/.test(range ?? "") ? range : undefined,
    ifRange: c.req.header("if-range"),
  });
  const isHead = c.req.method === "HEAD";
  if (isHead) await film?.body?.cancel();
  const body = film === null || film.body === null || isHead ? null : untilEnd(film.body, close);
  if (body === null) close();
  if (film === null) return nothing();
  return answer(film.status, body, {
    ...film.headers,
    // A part that is not there says nothing about the film.
    "cache-control": film.status === 416 ? A_MINUTE : law === "elsewhere" ? NOT_SHARED : TWO_WEEKS,
    "content-disposition": "inline",
  });
}

function untilEnd(body: ReadableStream<Uint8Array>, close: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const next = await reader.read();
        if (!next.done) return controller.enqueue(new Uint8Array(next.value));
        close();
        controller.close();
      } catch (error) {
        close();
        throw error;
      }
    },
    async cancel(reason) {
      close();
      await reader.cancel(reason);
    },
  });
}

function namesTag(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/**
 * Whether a file belongs to something that the law keeps from whoever asks, or from people elsewhere. Where no proxy names
 * countries nobody is asked.
 */
async function lawOf(app: App, name: string): Promise<"here" | "elsewhere" | null> {
  if (app.config.countryHeader === null) return null;
  const countries = await withheldFileCountries(app, name);
  if (countries.length === 0) return null;
  const country = countryOfReader();
  return country !== null && countries.includes(country) ? "here" : "elsewhere";
}

/** RFC 7725. The page of the note says why; who blocks is this server. */
function withheld(app: App): Response {
  return answer(451, null, {
    "cache-control": NOT_SHARED,
    link: `<${app.config.origin}/moderation/withheld>; rel="blocked-by"`,
  });
}

function nothing(): Response {
  return answer(404, null, { "cache-control": A_MINUTE });
}

function answer(status: number, body: BodyInit | null, headers: Readonly<Record<string, string>>): Response {
  return new Response(body, { status, headers: { ...PLAIN, ...headers } });
}
