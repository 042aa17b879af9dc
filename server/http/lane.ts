// Requests straight from the connection: what inboxes and the client API are asked most of the time needs no request and
// response objects.
import type { IncomingMessage, ServerResponse } from "node:http";
import { concatenated } from "./egress-body.ts";
import type { DeliveryRequest } from "./inbox-guard.ts";

/** An answer; without a body it is an empty one. */
export type StraightAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Answers a delivery, or what an app reads; null when it has to go the ordinary way. */
export type Deliver = (
  request: DeliveryRequest,
  info: { readonly ip: string },
) => Promise<StraightAnswer | null>;

/** No query, no absolute form: whatever is unusual goes the ordinary way. */
const INBOX = /^\/(?:users\/\d+\/)?inbox$/;
/** Addresses that mean the same decoded and not, with queries that `URL` leaves as they are. */
const API = /^\/api\/[\w/-]+(?:\?[\w.~!$&()*+,;=:@/?%[\]-]*)?$/;

/** True for what {@link answerDelivery} may be given: a POST to an inbox, or a plain GET of the client API. */
export function isDelivery(incoming: IncomingMessage): boolean {
  const { method, url = "", headers } = incoming;
  if (method === "POST") return INBOX.test(url);
  if (method !== "GET" || !API.test(url)) return false;
  return headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
}

/**
 * Lets `deliver` answer what {@link isDelivery} takes; `otherwise` does when it declines, before anything of the body was read.
 */
export async function answerDelivery(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  deliver: Deliver,
  otherwise: () => void,
): Promise<void> {
  try {
    const ip = incoming.socket.remoteAddress ?? "";
    const answer = await deliver(toDelivery(incoming), { ip });
    if (answer === null) return otherwise();
    // What was not read is not worth reading: the connection ends with the answer.
    const rest = incoming.complete ? {} : { connection: "close" };
    const body = answer.body ?? "";
    const length = { "content-length": String(Buffer.byteLength(body)) };
    outgoing.writeHead(answer.status, { ...length, ...answer.headers, ...rest }).end(body);
  } catch {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500, { "content-length": "0", connection: "close" }).end();
  }
}

function toDelivery(incoming: IncomingMessage): DeliveryRequest {
  const headers = headersOf(incoming.rawHeaders);
  const host = headers.get("host") ?? "";
  const base = `http://${host}`;
  return {
    method: incoming.method ?? "",
    url: new URL(incoming.url ?? "/", URL.canParse(base) ? base : "http://invalid.invalid"),
    header: (name) => headers.get(name) ?? null,
    read: (maxBytes) => read(incoming, headers.get("content-length"), maxBytes),
  };
}

/** Every header by its lower-case name, repeated ones joined as the Fetch standard joins them: nothing is dropped. */
function headersOf(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? "";
    const value = raw[index + 1]?.trim() ?? "";
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function read(
  incoming: IncomingMessage,
  claimed: string | undefined,
  maxBytes: number,
): Promise<Uint8Array | "too_large"> {
  if (claimed !== undefined && !(Number(claimed) <= maxBytes)) return Promise.resolve("too_large");
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    incoming.on("data", (chunk: Uint8Array) => {
      size += chunk.byteLength;
      if (size > maxBytes) {
        incoming.pause();
        incoming.removeAllListeners("data");
        return resolve("too_large");
      }
      chunks.push(chunk);
    });
    incoming.once("end", () => resolve(concatenated(chunks, size)));
    incoming.once("error", reject);
    incoming.once("close", () => reject(new Error("The client broke off.")));
  });
}
