// Everything that is decided about a delivery before any signature is verified or anything is fetched.
import { activityShapeFault, isObject } from "./activity-shape.ts";
import { clientKey } from "./addresses.ts";
import { toOutgoingUrl } from "./egress-url.ts";
import { readBody } from "./body.ts";
import { isOneOfHosts } from "./hosts.ts";
import { LIMITS, type RateLimiter } from "./rate-limit.ts";
import { refusesContextAliases, scanJson } from "./raw-json.ts";
import { readSignature, type SignatureClaim } from "./signature-headers.ts";

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
  readonly body: Uint8Array<ArrayBuffer>;
  readonly text: string;
  readonly json: Record<string, unknown>;
  /** Claimed by the header, not verified: good for blocks and rates, never for authority. */
  readonly keyId: string | null;
  readonly keyHost: string | null;
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
  request: Request,
  options: InboxGuardOptions,
): Promise<InboxDelivery | InboxRefusal> {
  const head = headFault(request, options);
  if (head !== null) return head;
  const isKeyless = !request.headers.has("signature");
  const rush = isKeyless ? keylessFault(options) : null;
  if (rush !== null) return rush;
  const content = await readActivity(request, options.maxBytes);
  if (!content.ok) return content;
  const signature = readSignature(request);
  if (!signature.ok) return (isKeyless ? null : keylessFault(options)) ?? refuse(401, signature.reason);
  const key = toKeyUrl(signature.claim.keyId, options.allowPrivateAddresses);
  if (key === null) return keylessFault(options) ?? refuse(401, "unusable keyId");
  const age = ageFault(signature.claim, request.headers.get("date"), options.now());
  if (age !== null) return refuse(401, age);
  const fault = await hostFault(key, options);
  if (fault !== null) return fault;
  return { ...content, keyId: signature.claim.keyId, keyHost: key.host };
}

function headFault(request: Request, options: InboxGuardOptions): InboxRefusal | null {
  const hosts = [options.host, ...(options.alsoHosts ?? [])];
  const asked = request.headers.get("host") ?? new URL(request.url).host;
  if (!isOneOfHosts(asked, hosts)) return refuse(421, "not our host");
  if (request.method !== "POST") return refuse(405, "inboxes take POST");
  const type = request.headers.get("content-type")?.split(";", 1)[0] ?? "";
  if (!CONTENT_TYPES.has(type.trim().toLowerCase())) return refuse(415, "not an activity");
  if (request.headers.has("content-encoding")) return refuse(415, "encoded body");
  return null;
}

async function readActivity(
  request: Request,
  maxBytes: number,
): Promise<
  { ok: true; body: Uint8Array<ArrayBuffer>; text: string; json: Record<string, unknown> } | InboxRefusal
> {
  const body = await readBody(request, maxBytes).catch(() => null);
  if (body === null) return refuse(400, "body broke off");
  if (body === "too_large") return refuse(413, "body too large");
  const scan = scanJson(body);
  if (!scan.ok) return refuse(400, scan.reason);
  const json: unknown = JSON.parse(scan.text);
  if (!isObject(json)) return refuse(400, "not an object");
  const fault = refusesContextAliases(json) ?? activityShapeFault(json);
  return fault === null ? { ok: true, body, text: scan.text, json } : refuse(400, fault);
}

function toKeyUrl(keyId: string, allowPrivate: boolean): URL | null {
  return keyId.length > MAX_KEY_ID_LENGTH ? null : toOutgoingUrl(keyId, allowPrivate);
}

/**
 * An hour back, because queues are slow and clocks wrong; five minutes ahead. `created` of RFC 9421 is made anew for
 * each attempt, so it may be five minutes off in both directions.
 */
function ageFault(claim: SignatureClaim, date: string | null, now: number): string | null {
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
