// Bodies of requests: counted while they come, whatever their Content-Length says.
import type { MiddlewareHandler } from "hono";
import { concatenated } from "./egress-body.ts";

/**
 * Answers 413 to bodies over `bytes`. A truthful `Content-Length` is refused before anything is read; chunked bodies
 * and lies are counted while the route reads, whose reading then fails. Nothing is buffered here.
 */
export function bodyLimit(bytes: number): MiddlewareHandler {
  return async (c, next) => {
    const request = c.req.raw;
    if (request.body === null) return next();
    const tooLarge = () => c.text("Payload too large", 413);
    if (claimsMoreThan(request, bytes)) return tooLarge();
    let isOver = false;
    const counted = countedBody(request.body, bytes, () => {
      isOver = true;
    });
    // `duplex` is required for streams (Fetch standard), but missing in TypeScript's DOM types.
    const init: RequestInit & { readonly duplex: "half" } = { body: counted, duplex: "half" };
    c.req.raw = new Request(request, init);
    await next();
    if (!isOver) return;
    // Hono merges headers of an answer that is there already: take it away first.
    c.res = undefined;
    c.res = tooLarge();
  };
}

/**
 * Reads a body into memory, `"too_large"` as soon as it exceeds `maxBytes`. Rejects when the client breaks off.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | "too_large"> {
  if (request.body === null) return new Uint8Array(0);
  if (claimsMoreThan(request, maxBytes)) return "too_large";
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.byteLength;
    if (size > maxBytes) {
      // Not awaited: cancelling may wait for a sender who never stops.
      reader.cancel().catch(() => {});
      return "too_large";
    }
    chunks.push(next.value);
  }
  return concatenated(chunks, size);
}

function claimsMoreThan(request: Request, bytes: number): boolean {
  const claimed = request.headers.get("content-length");
  return claimed !== null && !(Number(claimed) <= bytes);
}

function countedBody(
  body: ReadableStream<Uint8Array>,
  bytes: number,
  onOver: () => void,
): ReadableStream<Uint8Array> {
  let size = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        size += chunk.byteLength;
        if (size <= bytes) return controller.enqueue(chunk);
        onOver();
        return controller.error(new RangeError("body too large"));
      },
    }),
  );
}
