// Bodies of other servers that are handed on while they come: films, too large to be held.
import { type Dispatcher, request as undiciRequest } from "undici";
import type { Http, HttpStream, HttpStreamRequest } from "../context.ts";
import { createGuardedAgent, isBlockedUrl } from "./egress-dispatcher.ts";
import { EgressError, toEgressError } from "./egress-error.ts";
import { nextHop, REDIRECTS, toHeaders, toRequestHeaders, withoutHopHeaders } from "./egress-hop.ts";
import type { EgressOptions } from "./egress-types.ts";
import { toOutgoingUrl } from "./egress-url.ts";
import { createInFlight, type InFlight, type Release } from "./in-flight.ts";

/** Somebody who looks at a film holds a place all the while, also while it is paused. */
const PER_HOST = 16;
const TOTAL = 128;
const HEAD_TIMEOUT_MS = 10_000;
/** Nobody looks at one film for longer; a server that drips bytes for ever is left. */
const LONGEST_MS = 3 * 3_600_000;
/** Nobody reads any more, as when a film is paused: the place is given back, and a player that goes on asks for the rest. */
const IDLE_MS = 120_000;
const MAX_REDIRECTS = 3;
const MAX_WIRE_BYTES = 2 ** 31;

type Door = { readonly agent: Dispatcher; readonly inFlight: InFlight; readonly options: EgressOptions };

/** The part of the outgoing door that streams: same rules for addresses and redirects, its own connections. */
export function createStreamer(options: EgressOptions): {
  readonly stream: Http["stream"];
  close(): Promise<void>;
} {
  const agent = createGuardedAgent(options, { connections: PER_HOST, maxResponseBytes: MAX_WIRE_BYTES });
  // Nobody waits for a place: the player asks again by itself.
  const inFlight = createInFlight({ perHost: PER_HOST, total: TOTAL, waitingPerHost: 0, waiting: 0 });
  const door: Door = { agent, inFlight, options };
  return { stream: (request) => openStream(door, request), close: () => agent.destroy() };
}

async function openStream(door: Door, request: HttpStreamRequest): Promise<HttpStream> {
  const ending = new AbortController();
  const tooSlow = setTimeout(() => ending.abort(), HEAD_TIMEOUT_MS);
  try {
    let url = toOutgoingUrl(request.url, door.options.allowPrivateAddresses);
    if (url === null) throw new EgressError("refused");
    let headers = toRequestHeaders(request.headers ?? {});
    for (let hops = 0; ; hops += 1) {
      const { data, release } = await openHop(door, url, headers, ending.signal);
      const location = data.headers["location"];
      if (!REDIRECTS.has(data.statusCode) || typeof location !== "string")
        return toStream(data, request.maxBytes, ending, release);
      letGo(data, release);
      if (hops >= MAX_REDIRECTS) throw new EgressError("redirect");
      url = nextHop(url, location, door.options.allowPrivateAddresses);
      headers = withoutHopHeaders(headers);
    }
  } catch (error) {
    throw toEgressError(error, ending.signal);
  } finally {
    clearTimeout(tooSlow);
  }
}

async function openHop(door: Door, url: URL, headers: Record<string, string>, signal: AbortSignal) {
  if (await isBlockedUrl(url, door.options)) throw new EgressError("refused");
  const release = await door.inFlight.enter(url.host, signal);
  if (typeof release === "string") throw new EgressError(release === "busy" ? "busy" : "timeout");
  try {
    const data = await undiciRequest(url, {
      dispatcher: door.agent,
      // Parts of a coded body are of no use to a player.
      headers: { ...headers, "user-agent": door.options.userAgent, "accept-encoding": "identity" },
      signal,
    });
    return { data, release };
  } catch (error) {
    release();
    throw error;
  }
}

function letGo(data: Dispatcher.ResponseData, release: Release): void {
  data.body.on("error", () => {});
  data.body.destroy();
  release();
}

function toStream(
  data: Dispatcher.ResponseData,
  maxBytes: number,
  ending: AbortController,
  release: Release,
): HttpStream {
  const pieces: AsyncIterator<unknown> = data.body[Symbol.asyncIterator]();
  let [tooLong, idle]: (NodeJS.Timeout | undefined)[] = [];
  let received = 0;
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
    clearTimeout(tooLong);
    clearTimeout(idle);
    letGo(data, release);
  };
  const breakOff = (controller: ReadableStreamDefaultController, error: unknown) => {
    if (hasEnded) return;
    end();
    controller.error(toEgressError(error, ending.signal));
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      tooLong = setTimeout(() => breakOff(controller, new EgressError("timeout")), LONGEST_MS);
    },
    async pull(controller) {
      clearTimeout(idle);
      try {
        const next = await pieces.next();
        if (hasEnded) return;
        if (next.done === true) {
          end();
          controller.close();
          return;
        }
        if (!(next.value instanceof Uint8Array)) throw new EgressError("network");
        received += next.value.length;
        if (received > maxBytes) throw new EgressError("too_large");
        controller.enqueue(new Uint8Array(next.value));
        idle = setTimeout(() => breakOff(controller, new EgressError("timeout")), IDLE_MS);
      } catch (error) {
        breakOff(controller, error);
      }
    },
    cancel: end,
  });
  return { status: data.statusCode, headers: toHeaders(data.headers), body };
}
