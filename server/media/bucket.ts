import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { AwsV4Signer } from "aws4fetch";
import { LRUCache } from "lru-cache";
import type { EndpointFetch, EndpointRequest, Files } from "../context.ts";
import { CausewayError } from "../errors.ts";
import { isFileName, placeOf, requireFileName, sweepFolder, withTemporary } from "./files.ts";

/** A bucket of any store that speaks Amazon's S3. */
export type BucketSettings = {
  /** Address of the store, without the bucket. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Before every key; empty, or ends with a slash. */
  readonly prefix: string;
};

type Door = { readonly settings: BucketSettings; readonly fetch: EndpointFetch };
type Query = Readonly<Record<string, string>>;
type Ask = Pick<EndpointRequest, "method" | "body"> & {
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
};
type Answer = Awaited<ReturnType<EndpointFetch>>;

/** Larger files go in pieces of this, so that no file is in memory as a whole. The smallest S3 takes is 5 MiB. */
const PIECE_BYTES = 8 * 1024 * 1024;
const TRIES = 3;
const FIRST_PAUSE_MS = 100;
/** Counting a bucket is a request for every 1,000 files, which cost money at some stores. */
const USAGE_KEPT_MS = 3_600_000;
const LONGEST_ANSWER = 4 * 1024 * 1024;
/** What the store would say of a file if its owner made the bucket public: never a page (threats MED-01). */
const PLAIN = { "content-type": "application/octet-stream" };

/** What a bucket needs of this machine. */
export type BucketMeans = {
  readonly fetch: EndpointFetch;
  /** The clock, ms. */
  readonly now: () => number;
  /** Folder for files that are needed under a path; films are too large for one in memory, as `/tmp` often is. */
  readonly scratch: string;
};

/**
 * Files in a bucket, in the same layout as in a folder of the disk. A file is there only once all its bytes are.
 * @throws unavailable when the store does not answer or refuses, after three tries.
 */
export function createBucket(settings: BucketSettings, means: BucketMeans): Files {
  const { fetch, now, scratch } = means;
  const door: Door = { settings, fetch };
  const keyOf = (name: string) => `${settings.prefix}${placeOf(name)}`;
  // Files do not change under their names, so neither do their sizes.
  const sizes = new LRUCache<string, number>({ max: 20_000 });
  let counted: { readonly bytes: number; readonly until: number } | null = null;
  const files: Files = {
    async write(name, bytes) {
      requireFileName(name);
      await done(door, { method: "PUT", key: keyOf(name), body: bytes, headers: PLAIN });
    },
    async take(name, path) {
      requireFileName(name);
      await sendFile(door, keyOf(name), path);
      await rm(path, { force: true });
    },
    async read(name) {
      const found = await files.open(name);
      return found === null ? null : await bytesOf(found.stream, Number.POSITIVE_INFINITY);
    },
    async size(name) {
      if (!isFileName(name)) return null;
      const known = sizes.get(name);
      if (known !== undefined) return known;
      const answer = await ask(door, { method: "HEAD", key: keyOf(name) });
      await answer.body.cancel();
      if (answer.status === 404) return null;
      const size = Number(answer.headers.get("content-length"));
      if (answer.status !== 200 || !Number.isSafeInteger(size)) throw refused(answer.status, "HEAD");
      sizes.set(name, size);
      return size;
    },
    open: async (name, range) => (isFileName(name) ? await openPart(door, keyOf(name), range) : null),
    async withPath(name, work) {
      const found = await files.open(name);
      if (found === null) return null;
      const fill = async (path: string) => {
        await pipeline(found.stream, createWriteStream(path, { mode: 0o600 }));
        return await work(path);
      };
      return await withTemporary(name, fill, scratch);
    },
    async remove(name) {
      requireFileName(name);
      sizes.delete(name);
      await done(door, { method: "DELETE", key: keyOf(name) });
    },
    list: () => listBucket(door),
    async usage() {
      if (counted !== null && counted.until > now()) return counted.bytes;
      let bytes = 0;
      for await (const { size } of listBucket(door)) bytes += size;
      counted = { bytes, until: now() + USAGE_KEPT_MS };
      return bytes;
    },
    sweep: async (before) => (await endHalfWritten(door, before)) + (await sweepFolder(scratch, before)),
  };
  return files;
}

async function openPart(
  door: Door,
  key: string,
  range: { readonly start: number; readonly end: number } | undefined,
): ReturnType<Files["open"]> {
  const headers = range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` };
  const answer = await ask(door, { method: "GET", key, headers });
  if (answer.status === 404) {
    await answer.body.cancel();
    return null;
  }
  const whole = Number(answer.headers.get("content-range")?.split("/")[1]);
  if (answer.status === 200 && range === undefined)
    return { size: Number(answer.headers.get("content-length")), stream: answer.body };
  if (answer.status === 206 && Number.isSafeInteger(whole)) return { size: whole, stream: answer.body };
  await answer.body.cancel();
  if (answer.status === 416 && Number.isSafeInteger(whole))
    return { size: whole, stream: new Blob([]).stream() };
  throw refused(answer.status, "GET");
}

/** A file of this machine, in pieces when it is large. A store forgets the pieces of a file that never became whole. */
async function sendFile(door: Door, key: string, path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size <= PIECE_BYTES) {
      await done(door, { method: "PUT", key, body: await pieceOf(file, 0, size), headers: PLAIN });
      return;
    }
    const uploadId = await beginPieces(door, key);
    try {
      await done(door, {
        method: "POST",
        key,
        query: { uploadId },
        body: Buffer.from(await sendPieces(door, { key, uploadId }, file, size)),
      });
    } catch (error) {
      await done(door, { method: "DELETE", key, query: { uploadId } }).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function beginPieces(door: Door, key: string): Promise<string> {
  const text = await done(door, { method: "POST", key, query: { uploads: "" }, headers: PLAIN });
  const uploadId = elementOf(text, "UploadId");
  if (uploadId === null) throw refused(200, "CreateMultipartUpload");
  return uploadId;
}

/** Returns the list of pieces that makes them one file. */
async function sendPieces(
  door: Door,
  target: { readonly key: string; readonly uploadId: string },
  file: FileHandle,
  size: number,
): Promise<string> {
  const parts: string[] = [];
  for (let start = 0; start < size; start += PIECE_BYTES) {
    const number = parts.length + 1;
    const body = await pieceOf(file, start, Math.min(PIECE_BYTES, size - start));
    const query = { partNumber: String(number), uploadId: target.uploadId };
    const answer = await ask(door, { method: "PUT", key: target.key, query, body });
    await answer.body.cancel();
    const tag = answer.headers.get("etag");
    if (answer.status !== 200 || tag === null) throw refused(answer.status, "UploadPart");
    parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`);
  }
  return `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
}

async function pieceOf(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
  if (bytesRead !== length) throw new Error("A file changed while it was sent to the bucket.");
  return buffer;
}

async function* listBucket(door: Door): ReturnType<Files["list"]> {
  const { prefix } = door.settings;
  for (let token: string | null = ""; token !== null;) {
    const query: Query = {
      "list-type": "2",
      prefix,
      ...(token === "" ? {} : { "continuation-token": token }),
    };
    const text: string = await done(door, { method: "GET", key: "", query });
    for (const item of elementsOf(text, "Contents")) {
      const key = elementOf(item, "Key") ?? "";
      const name = key.slice(key.lastIndexOf("/") + 1);
      // Whatever else the owner keeps in the bucket is theirs.
      if (!isFileName(name) || key !== `${prefix}${placeOf(name)}`) continue;
      const changedAt = Date.parse(elementOf(item, "LastModified") ?? "") || 0;
      yield { name, size: Number(elementOf(item, "Size") ?? "0"), changedAt };
    }
    token = elementOf(text, "NextContinuationToken");
  }
}

async function endHalfWritten(door: Door, before: number): Promise<number> {
  const { prefix } = door.settings;
  const text = await done(door, { method: "GET", key: "", query: { uploads: "", prefix } });
  let ended = 0;
  for (const item of elementsOf(text, "Upload")) {
    const key = elementOf(item, "Key") ?? "";
    const uploadId = elementOf(item, "UploadId");
    const begun = Date.parse(elementOf(item, "Initiated") ?? "");
    const isOurs = isFileName(key.slice(key.lastIndexOf("/") + 1)) && key.startsWith(prefix);
    if (!isOurs || uploadId === null || !(begun < before)) continue;
    await done(door, { method: "DELETE", key, query: { uploadId } });
    ended += 1;
  }
  return ended;
}

/** The text of an answer that must be a success. CompleteMultipartUpload may say 200 and then tell of an error. */
async function done(door: Door, request: Ask): Promise<string> {
  const answer = await ask(door, request);
  const text = Buffer.from(await bytesOf(answer.body, LONGEST_ANSWER)).toString();
  if (answer.status >= 300 || /<Error[\s>]/.test(text.slice(0, 1_000)))
    throw refused(answer.status, elementOf(text, "Code") ?? request.method);
  return text;
}

/** Sends a request, again after faults that pass. */
async function ask(door: Door, request: Ask): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === TRIES;
    try {
      const answer = await door.fetch(await signed(door.settings, request));
      if (isLast || (answer.status < 500 && answer.status !== 429)) return answer;
      await answer.body.cancel();
    } catch (error) {
      if (isLast) throw new CausewayError("unavailable", "error.unavailable", { cause: error });
    }
    await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
  }
}

/** Path style (`endpoint/bucket/key`), which every store understands, also those without names for buckets in DNS. */
async function signed(settings: BucketSettings, request: Ask): Promise<EndpointRequest> {
  const url = new URL(`${settings.endpoint}/${settings.bucket}/${request.key}`);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  const hash = createHash("sha256")
    .update(request.body ?? "")
    .digest("hex");
  const signer = new AwsV4Signer({
    method: request.method,
    url: url.href,
    headers: { ...request.headers, "x-amz-content-sha256": hash },
    accessKeyId: settings.accessKey,
    secretAccessKey: settings.secretKey,
    service: "s3",
    region: settings.region,
  });
  const { headers } = await signer.sign();
  return {
    url: url.href,
    method: request.method,
    headers: Object.fromEntries(headers),
    ...(request.body === undefined ? {} : { body: request.body }),
  };
}

async function bytesOf(stream: ReadableStream<Uint8Array>, max: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of stream) {
    length += piece.length;
    if (length > max) throw refused(200, "a longer answer than there can be");
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

/** `what` is the store's own code of a fault where it told one, such as `AccessDenied`. */
function refused(status: number, what: string): CausewayError {
  const cause = new Error(`The bucket answered ${status} (${what}).`);
  return new CausewayError("unavailable", "error.unavailable", { cause });
}

function elementsOf(xml: string, name: string): readonly string[] {
  return xml
    .split(`<${name}>`)
    .slice(1)
    .map((rest) => rest.slice(0, Math.max(0, rest.indexOf(`</${name}>`))));
}

function elementOf(xml: string, name: string): string | null {
  const [first] = elementsOf(xml, name);
  return first === undefined || first === "" ? null : plainOf(first);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#34;": '"',
  "&apos;": "'",
  "&#39;": "'",
  "&amp;": "&",
};

function plainOf(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#34|apos|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
