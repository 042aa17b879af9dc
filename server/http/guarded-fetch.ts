// The global `fetch` of libraries, led through the outgoing door.
import { getGlobalDispatcher, setGlobalDispatcher } from "undici";
import type { Egress, EgressRequest, EgressResponse } from "./egress-types.ts";

type Method = NonNullable<EgressRequest["method"]>;
const METHODS: readonly Method[] = ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"];
/** `Response` refuses a body, even an empty one, with these. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Makes the global `fetch` and undici's global dispatcher obey the outgoing door, so that a library's own request is
 * judged, capped and timed like ours (Fedify passes neither timeouts nor size limits and does not judge inboxes).
 * `fetch` is replaced and not only its dispatcher set, because other runtimes than Node have no dispatcher.
 * Returns a function that takes the guard off again.
 */
export function installGlobalGuard(egress: Egress): () => void {
  const before = { fetch: globalThis.fetch, dispatcher: getGlobalDispatcher() };
  const guarded = createGuardedFetch(egress, before.fetch);
  setGlobalDispatcher(egress.dispatcher);
  globalThis.fetch = guarded;
  return () => {
    setGlobalDispatcher(before.dispatcher);
    if (globalThis.fetch === guarded) globalThis.fetch = before.fetch;
  };
}

/**
 * A `fetch` over the outgoing door. It rejects with a `TypeError` whose cause is the `EgressError`, as fetch does for
 * network failures. A redirected POST gives the redirect itself; `data:` URLs stay with `offline`.
 */
export function createGuardedFetch(egress: Egress, offline: typeof fetch): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    if (request.url.startsWith("data:")) return offline(request);
    const method = METHODS.find((known) => known === request.method);
    if (method === undefined) throw new TypeError("fetch failed");
    request.signal.throwIfAborted();
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    try {
      const response = await egress.fetch({
        url: request.url,
        method,
        headers: Object.fromEntries(request.headers),
        ...(body === undefined ? {} : { body }),
        ...(request.redirect === "follow" ? {} : { maxRedirects: 0 }),
        signal: request.signal,
      });
      if (request.redirect === "error" && response.status >= 300 && response.status < 400) {
        throw new TypeError("unexpected redirect");
      }
      return toResponse(response, request);
    } catch (cause) {
      request.signal.throwIfAborted();
      throw new TypeError("fetch failed", { cause });
    }
  };
}

function toResponse(received: EgressResponse, request: Request): Response {
  const { status, headers, url } = received;
  const body = WITHOUT_BODY.has(status) || request.method === "HEAD" ? null : received.body;
  const response = new Response(body, { status, headers });
  Object.defineProperty(response, "url", { value: url });
  Object.defineProperty(response, "redirected", { value: url !== request.url });
  return response;
}
