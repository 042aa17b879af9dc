// Everything that is decided about a delivery before any signature is verified or anything is fetched.
import { activityShapeFault } from "./activity-shape.ts";
import { clientKey } from "./addresses.ts";
import { toOutgoingUrl } from "./egress-url.ts";
import { readBody } from "./body.ts";
import { isOneOfHosts } from "./hosts.ts";
import { LIMITS, type RateLimiter } from "./rate-limit.ts";
import { refusesContextAliases } from "./json-context.ts";
import { readJson } from "./read-json.ts";
import { readSignature, type SignatureClaim } from "./signature-headers.ts";

/** A delivery as it arrives, from a request object or straight from a connection. Header names are in lower case. */
export type DeliveryRequest = {
  readonly method: string;
  readonly url: URL;
  readonly header: (name: string) => string | null;
  /** The body, `"too_large"` as soon as it has more bytes; rejects when the client breaks off. */
  readonly read: (maxBytes: number) => Promise<Uint8Array | "too_large">;
};

/** A delivery out of a request object. */
export function fromRequest(request: Request): DeliveryRequest {
  return {
    method: request.method,
    url: new URL(request.url),
    header: (name) => request.headers.get(name),
    read: (maxBytes) => readBody(request, maxBytes),
  };
}

export type InboxGuardOptions = {
  /** Our canonical host, with the port if it is no default port. */
  readonly host: string;
  /** Other hosts we are reached by (mirrors, onion), if any. */
  readonly alsoHosts?: readonly string[];
  readonly maxBytes: number;
  /** Moderation's word on the host of the key; asked with and without its port. */
  readonly isBlockedHost: (host: string) => Promise<boolean>;
  readonly limiter: RateLimiter;
  readonly clientIp: string;
  /** Tests and closed networks: keys may be at http URLs and private addresses. */
  readonly allowPrivateAddresses: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What is wrong with the contexts of a document, for who knows better than to walk through all of it. */
  readonly contextFault?: (json: Record<string, unknown>) => string | null;
};

export type InboxRefusal = {
  readonly ok: false;
  readonly status: 400 | 401 | 403 | 405 | 413 | 415 | 421 | 429;
  readonly reason: string;
  readonly retryAfterMs?: number;
};

export type InboxDelivery = {
  readonly ok: true;
  /** The bytes as they came, for the digest; the request's own stream is used up. */
  readonly body: Uint8Array;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** What the headers claim, not verified: good for blocks and rates, never for authority. */
  readonly claim: SignatureClaim;
  readonly keyHost: string;
};

const CONTENT_TYPES: ReadonlySet<string> = new Set([
  "application/activity+json",
  "application/ld+json",
  // Some servers send this although ActivityPub 7 does not know it.
  "application/json",
]);
const MAX_KEY_ID_LENGTH = 2_048;
const MINUTE = 60_000;
const OLDEST_MS = 60 * MINUTE;
const NEWEST_MS = 5 * MINUTE;

/**
 * Judges a delivery by what costs nothing: host, method, type, size, raw JSON, contexts, shape of the signature
 * headers, its age, blocked hosts, rates. Never throws for what a stranger sent, and never uses the network.
 */
export async function checkInboxRequest(
  request: DeliveryRequest,
  options: InboxGuardOptions,
): Promise<InboxDelivery | InboxRefusal> {
  const head = headFault(request, options);
  if (head !== null) return head;
  const isKeyless = request.header("signature") === null;
  const rush = isKeyless ? keylessFault(options) : null;
  if (rush !== null) return rush;
  const content = await readActivity(request, options);
  if (!content.ok) return content;
  const signature = readSignature(request);
  if (!signature.ok) return (isKeyless ? null : keylessFault(options)) ?? refuse(401, signature.reason);
  const key = toKeyUrl(signature.claim.keyId, options.allowPrivateAddresses);
  if (key === null) return keylessFault(options) ?? refuse(401, "unusable keyId");
  const age = ageFault(signature.claim, request.header("date"), options.now());
  if (age !== null) return refuse(401, age);
  const fault = await hostFault(key, options);
  if (fault !== null) return fault;
  return { ...content, claim: signature.claim, keyHost: key.host };
}

function headFault(request: DeliveryRequest, options: InboxGuardOptions): InboxRefusal | null {
  const asked = request.header("host") ?? request.url.host;
  if (asked !== options.host && !isOneOfHosts(asked, [options.host, ...(options.alsoHosts ?? [])]))
    return refuse(421, "not our host");
  if (request.method !== "POST") return refuse(405, "inboxes take POST");
  const type = request.header("content-type")?.split(";", 1)[0] ?? "";
  if (!CONTENT_TYPES.has(type.trim().toLowerCase())) return refuse(415, "not an activity");
  if (request.header("content-encoding") !== null) return refuse(415, "encoded body");
  return null;
}

async function readActivity(
  request: DeliveryRequest,
  { maxBytes, contextFault = refusesContextAliases }: InboxGuardOptions,
): Promise<{ ok: true; body: Uint8Array; text: string; json: Record<string, unknown> } | InboxRefusal> {
  const body = await request.read(maxBytes).catch(() => null);
  if (body === null) return refuse(400, "body broke off");
  if (body === "too_large") return refuse(413, "body too large");
  const reading = readJson(body);
  if (!reading.ok) return refuse(400, reading.reason);
  const fault = contextFault(reading.json) ?? activityShapeFault(reading.json);
  return fault === null ? { ...reading, body } : refuse(400, fault);
}

function toKeyUrl(keyId: string, allowPrivate: boolean): URL | null {
  return keyId.length > MAX_KEY_ID_LENGTH ? null : toOutgoingUrl(keyId, allowPrivate);
}

/**
 * An hour back, because queues are slow and clocks wrong; five minutes ahead. `created` of RFC 9421 is made anew for
 * each attempt, so it may be five minutes off in both directions.
 */
export function ageFault(claim: SignatureClaim, date: string | null, now: number): string | null {
  if (claim.expires !== null && claim.expires < now) return "signature expired";
  if (claim.created !== null) {
    const oldest = claim.isRfc9421 ? NEWEST_MS : OLDEST_MS;
    if (!(claim.created >= now - oldest && claim.created <= now + NEWEST_MS))
      return "signature too old or too new";
  }
  if (claim.isRfc9421 && date === null) return null;
  const at = Date.parse(date ?? "");
  return at >= now - OLDEST_MS && at <= now + NEWEST_MS ? null : "date too old, too new or missing";
}

async function hostFault(key: URL, options: InboxGuardOptions): Promise<InboxRefusal | null> {
  const isBlocked =
    (await options.isBlockedHost(key.hostname)) ||
    (key.port !== "" && (await options.isBlockedHost(key.host)));
  if (isBlocked) return refuse(403, "blocked host");
  const turn = options.limiter.take(LIMITS.inboxHost, key.host);
  return turn.ok ? null : refuse(429, "too many deliveries", turn.retryAfterMs);
}

function keylessFault(options: InboxGuardOptions): InboxRefusal | null {
  const turn = options.limiter.take(LIMITS.inboxKeyless, clientKey(options.clientIp));
  return turn.ok ? null : refuse(429, "too many deliveries without a key", turn.retryAfterMs);
}

function refuse(status: InboxRefusal["status"], reason: string, retryAfterMs?: number): InboxRefusal {
  return { ok: false, status, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
