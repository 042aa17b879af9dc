// The head of an HTTP/1.1 answer and the length of its body: all that a delivery wants to know.
import { EgressError } from "./egress-error.ts";

export type AnswerHead = {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Bytes until the end of the body; `chunked` = it says so itself, null = until the connection ends. */
  readonly body: number | "chunked" | null;
  /** The connection may be used again. */
  readonly keepsAlive: boolean;
};

const MAX_HEAD_BYTES = 16_384;
const END = "\r\n\r\n";

/**
 * Reads the head of an answer from the bytes so far; null = not all of it is here. `at` is where the body begins.
 * Interim answers (1xx) are passed over.
 * @throws {EgressError} `network` for what is no HTTP/1 answer, `too_large` for a head over 16 KiB.
 */
export function readAnswerHead(bytes: Buffer): { readonly head: AnswerHead; readonly at: number } | null {
  for (let start = 0; ;) {
    const end = bytes.indexOf(END, start, "latin1");
    if (end < 0 ? bytes.length - start > MAX_HEAD_BYTES : end - start > MAX_HEAD_BYTES)
      throw new EgressError("too_large");
    if (end < 0) return null;
    const head = toHead(bytes.toString("latin1", start, end));
    if (head.status >= 200) return { head, at: end + END.length };
    // Nothing was asked to be switched.
    if (head.status === 101) throw new EgressError("network");
    start = end + END.length;
  }
}

function toHead(text: string): AnswerHead {
  const [first = "", ...lines] = text.split("\r\n");
  const start = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(first);
  if (start === null) throw new EgressError("network");
  const status = Number(start[2]);
  let keepsAlive = start[1] === "1";
  let retryAfter: string | null = null;
  let isChunked = false;
  const lengths = new Set<string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case "content-length":
        lengths.add(value);
        break;
      case "transfer-encoding":
        isChunked = value.toLowerCase() === "chunked";
        if (!isChunked) keepsAlive = false;
        break;
      case "connection":
        if (/\bclose\b/i.test(value)) keepsAlive = false;
        break;
      case "retry-after":
        retryAfter = value;
        break;
    }
  }
  const [length = ""] = lengths;
  // Two lengths, or a length and chunks: whoever is unsure where an answer ends does not use the connection again.
  const isPlain = lengths.size === 1 && !isChunked && /^\d{1,15}$/.test(length);
  if (status === 204 || status === 304) return { status, retryAfter, keepsAlive, body: 0 };
  if (isPlain) return { status, retryAfter, keepsAlive, body: Number(length) };
  if (isChunked && lengths.size === 0) return { status, retryAfter, keepsAlive, body: "chunked" };
  return { status, retryAfter, keepsAlive: false, body: null };
}

/** Counts a body away. Answers whether it is over, and says `broken` for what cannot be the rest of one. */
export type BodyCounter = (bytes: Buffer) => "more" | "over" | "broken";

/** Makes the counter that fits a head. */
export function countBody(body: AnswerHead["body"]): BodyCounter {
  if (body === "chunked") return countChunks();
  let left = body ?? Number.POSITIVE_INFINITY;
  return (bytes) => {
    left -= bytes.length;
    return left > 0 ? "more" : left === 0 ? "over" : "broken";
  };
}

/** A line with a size, as many bytes, an empty line; a size of 0 is followed by trailers (RFC 9112, 7.1). */
function countChunks(): BodyCounter {
  let line = "";
  let left = 0;
  let state: "size" | "data" | "after" | "trailers" = "size";
  const onLine = (text: string): boolean => {
    if (state === "after") {
      state = "size";
      return text === "";
    }
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(text)?.[1];
    if (size === undefined) return false;
    left = Number.parseInt(size, 16);
    state = left === 0 ? "trailers" : "data";
    return true;
  };
  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      if (state === "data") {
        const taken = Math.min(left, bytes.length - at);
        left -= taken;
        at += taken;
        if (left === 0) state = "after";
        continue;
      }
      const end = bytes.indexOf("\n", at);
      line += bytes.toString("latin1", at, end < 0 ? bytes.length : end);
      if (line.length > MAX_HEAD_BYTES) return "broken";
      if (end < 0) return "more";
      at = end + 1;
      const text = line.replace(/\r$/, "");
      line = "";
      if (state === "trailers") {
        if (text === "") return at === bytes.length ? "over" : "broken";
      } else if (!onLine(text)) return "broken";
    }
    return "more";
  };
}
