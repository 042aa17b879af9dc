// Requests to one address that the owner configured (a bucket), outside the guard for strangers' addresses.
import { Agent, request as undiciRequest } from "undici";
import type { EndpointFetch } from "../context.ts";
import { EgressError } from "./egress-error.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 60_000;
const CONNECTIONS = 16;

/** A `fetch` to one origin and nowhere else; that origin may be private. `close` ends its connections. */
export type Endpoint = { readonly fetch: EndpointFetch; close(): Promise<void> };

/**
 * Opens the way to an address of the owner's own choice. The guard of the outgoing door judges what strangers name; this
 * never goes anywhere but to `origin`, follows no redirect, and so needs none.
 */
export function createEndpoint(origin: string): Endpoint {
  const allowed = new URL(origin).origin;
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    connections: CONNECTIONS,
    headersTimeout: SILENCE_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
    pipelining: 1,
  });
  return {
    async fetch({ url, method, headers, body }) {
      if (new URL(url).origin !== allowed) throw new EgressError("refused");
      const answer = await undiciRequest(url, {
        dispatcher: agent,
        method,
        headers: { ...headers },
        body: body ?? null,
      });
      const received = new Headers();
      for (const [name, value] of Object.entries(answer.headers))
        for (const one of Array.isArray(value) ? value : [value ?? ""]) received.append(name, one);
      return { status: answer.statusCode, headers: received, body: streamOf(answer.body) };
    },
    close: () => agent.destroy(),
  };
}

/** Piece by piece as it is asked for; an answer that nobody wants any more ends its connection. */
function streamOf(source: AsyncIterable<Uint8Array> & { destroy(): unknown }): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      else controller.enqueue(new Uint8Array(next.value));
    },
    async cancel() {
      await pieces.return?.();
      source.destroy();
    },
  });
}
