// Bodies of answers: inflated by us, counted after inflation, cut off at the cap.
import { pipeline, Readable } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";
import { EgressError } from "./egress-error.ts";

/** The encodings that {@link readInflated} understands, as sent in `Accept-Encoding`. */
export const ACCEPTED_ENCODINGS = "gzip, deflate, br";

/** Cut-off streams give what they have, as in browsers; whoever needs the whole checks its own digest. */
const LENIENT = { finishFlush: constants.Z_SYNC_FLUSH };

/**
 * Reads a body to its end and undoes its `Content-Encoding`; `maxBytes` counts inflated bytes, so that a small
 * answer cannot become a large one.
 * @throws {EgressError} `too_large` over the cap, `refused` for other or stacked encodings.
 */
export async function readInflated(
  body: Readable,
  encoding: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  // Destroying a body early makes it emit an error that nobody else listens to.
  body.on("error", () => {});
  const inflated = await inflate(body, encoding.trim().toLowerCase());
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of inflated) {
      if (!(chunk instanceof Uint8Array)) throw new EgressError("network");
      size += chunk.byteLength;
      if (size > maxBytes) throw new EgressError("too_large");
      chunks.push(chunk);
    }
  } finally {
    body.destroy();
  }
  return concatenated(chunks, size);
}

/** Puts chunks together into one array of its own memory. */
export function concatenated(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

async function inflate(body: Readable, encoding: string): Promise<Readable> {
  switch (encoding) {
    case "":
    case "identity":
      return body;
    case "gzip":
    case "x-gzip":
      return piped(body, createGunzip(LENIENT));
    case "br":
      return piped(body, createBrotliDecompress());
    case "deflate":
      return inflateEither(body);
    default:
      body.destroy();
      throw new EgressError("refused");
  }
}

/** "deflate" means zlib (RFC 9110, 8.4.1.2), but some servers send raw deflate: the first nibble tells. */
async function inflateEither(body: Readable): Promise<Readable> {
  const chunks: AsyncIterator<unknown> = body[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true || !(first.value instanceof Uint8Array)) return Readable.from([]);
  const head = first.value;
  async function* whole(): AsyncGenerator<unknown> {
    yield head;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  }
  const isZlib = ((head[0] ?? 0) & 0x0f) === 0x08;
  return piped(Readable.from(whole()), isZlib ? createInflate(LENIENT) : createInflateRaw(LENIENT));
}

/** Errors travel down to the inflater, where the reader meets them. */
function piped<T extends Readable & NodeJS.WritableStream>(source: Readable, inflater: T): T {
  pipeline(source, inflater, () => {});
  return inflater;
}
