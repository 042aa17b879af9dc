// Bodies of requests: counted while they come, whatever their Content-Length says.
import { concatenated } from "./egress-body.ts";

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
