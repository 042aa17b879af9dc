// The single outgoing door: every request to another server goes through here.
import { request as undiciRequest, type Dispatcher } from "undici";
import { createGuardedAgent, guardedConnector, isBlockedUrl } from "./egress-dispatcher.ts";
import { createPoster } from "./egress-post.ts";
import { ACCEPTED_ENCODINGS, readInflated } from "./egress-body.ts";
import { EgressError, toEgressError } from "./egress-error.ts";
import {
  beforeDeadline,
  nextHop,
  REDIRECTS,
  toHeaders,
  toRequestHeaders,
  withoutHopHeaders,
} from "./egress-hop.ts";
import { createStreamer } from "./egress-stream.ts";
import type { Egress, EgressOptions, EgressRequest, EgressResponse } from "./egress-types.ts";
import { toOutgoingUrl } from "./egress-url.ts";
import { createInFlight, type InFlight } from "./in-flight.ts";
import { createResolver } from "./resolver.ts";

export { EgressError } from "./egress-error.ts";
export { installGlobalGuard } from "./guarded-fetch.ts";
export type { Egress, EgressOptions, EgressRequest, EgressResponse } from "./egress-types.ts";

type Door = { readonly agent: Dispatcher; readonly inFlight: InFlight; readonly options: EgressOptions };
type Hop = { readonly url: URL; readonly headers: Record<string, string>; readonly mayRedirect: boolean };
type Answer = { readonly response: EgressResponse } | { readonly location: string };

const DEFAULT_MAX_BYTES = 1_048_576;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_REDIRECTS = 3;
/** Requests at once; slow servers may hold most of them without holding up the others. */
const TOTAL = 1_000;
const PER_HOST = 4;
/** The largest thing we ever fetch (media); what a request allows is far less, as a rule. */
const MAX_WIRE_BYTES = 33_554_432;

/**
 * Builds the outgoing door: permitted addresses only (judged when connecting and pinned), https on ports 80 and 443,
 * redirects judged at each hop, caps on time, bytes and parallel requests, no cookies ever.
 */
export function createEgress(given: EgressOptions): Egress {
  // In a closed network names come from wherever the system has them.
  const options = given.allowPrivateAddresses ? given : { resolve: createResolver(), ...given };
  const agent = createGuardedAgent(options, { connections: PER_HOST, maxResponseBytes: MAX_WIRE_BYTES });
  const dispatcher = createGuardedAgent(options, {
    connections: PER_HOST,
    maxResponseBytes: DEFAULT_MAX_BYTES,
  });
  const inFlight = createInFlight({ perHost: PER_HOST, total: TOTAL, waitingPerHost: 100, waiting: 2_000 });
  const door: Door = { agent, inFlight, options };
  const { isBlockedHost: _judgedBySender, ...addressRules } = options;
  const streamer = createStreamer(options);
  const poster = createPoster({ ...options, connect: guardedConnector(addressRules, true) });
  return {
    fetch: (request) => fetchGuarded(door, request),
    post: (request) => poster.post(request),
    stream: (request) => streamer.stream(request),
    dispatcher,
    close: async () => {
      poster.close();
      await Promise.all([agent.destroy(), dispatcher.destroy(), streamer.close()]);
    },
  };
}

async function fetchGuarded(door: Door, request: EgressRequest): Promise<EgressResponse> {
  const isSafe = request.method === undefined || request.method === "GET" || request.method === "HEAD";
  const maxRedirects = isSafe ? (request.maxRedirects ?? DEFAULT_MAX_REDIRECTS) : 0;
  const signals = [AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS)];
  if (request.signal !== undefined) signals.push(request.signal);
  const signal = AbortSignal.any(signals);
  try {
    let url = toOutgoingUrl(request.url, door.options.allowPrivateAddresses);
    if (url === null) throw new EgressError("refused");
    let headers = toRequestHeaders(request.headers ?? {});
    for (let hops = 0; ; hops++) {
      const answer = await fetchHop(door, request, { url, headers, mayRedirect: maxRedirects > 0 }, signal);
      if ("response" in answer) return answer.response;
      if (hops >= maxRedirects) throw new EgressError("redirect");
      const next = nextHop(url, answer.location, door.options.allowPrivateAddresses);
      const fresh = await beforeDeadline(Promise.resolve(request.onRedirect?.(next.href) ?? {}), signal);
      headers = { ...withoutHopHeaders(headers), ...toRequestHeaders(fresh) };
      url = next;
    }
  } catch (error) {
    throw toEgressError(error, signal);
  }
}

async function fetchHop(door: Door, request: EgressRequest, hop: Hop, signal: AbortSignal): Promise<Answer> {
  const { url, headers } = hop;
  // A signed Host other than the one we contact would let us be used to speak to a third server's virtual host.
  if (headers["host"] !== undefined && headers["host"] !== url.host) throw new EgressError("refused");
  if (await beforeDeadline(isBlockedUrl(url, door.options), signal)) throw new EgressError("refused");
  const release = await door.inFlight.enter(url.host, signal);
  if (release === "busy") throw new EgressError("busy");
  if (release === "aborted") throw new EgressError("timeout");
  try {
    const data = await undiciRequest(url, {
      dispatcher: door.agent,
      method: request.method ?? "GET",
      headers: { ...headers, "user-agent": door.options.userAgent, "accept-encoding": ACCEPTED_ENCODINGS },
      body: request.body ?? null,
      signal,
    });
    return await toAnswer(data, request, hop);
  } finally {
    release();
  }
}

async function toAnswer(data: Dispatcher.ResponseData, request: EgressRequest, hop: Hop): Promise<Answer> {
  const headers = toHeaders(data.headers);
  const location = headers.get("location");
  if (hop.mayRedirect && REDIRECTS.has(data.statusCode) && location !== null) {
    data.body.on("error", () => {});
    data.body.destroy();
    return { location };
  }
  const encoding = headers.get("content-encoding") ?? "";
  const body = await readInflated(data.body, encoding, request.maxBytes ?? DEFAULT_MAX_BYTES);
  for (const name of ["content-encoding", "content-length", "set-cookie"]) headers.delete(name);
  return { response: { status: data.statusCode, url: hop.url.href, headers, body } };
}
