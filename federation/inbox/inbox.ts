import type { App } from "../../server/context.ts";
import {
  checkInboxRequest,
  type DeliveryRequest,
  type InboxDelivery,
} from "../../server/http/inbox-guard.ts";
import { refusesContextAliases } from "../../server/http/raw-json.ts";
import type { Acceptance } from "../../server/services/federation/inbox.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { requestRefresh } from "../../server/services/actors/actors.ts";
import { authenticate, verifySigner } from "./authenticate.ts";
import { takeRelayed } from "./listeners/relays.ts";
import { readFast, SLOW } from "../reading/fast-path.ts";
import { hostOf, iriOf, typesOf, webAddress, type Json } from "../reading/json.ts";
import { toNormalSlow } from "../reading/normal.ts";
import { findLocalActor } from "../serving/actors.ts";
import { noticeFollowerSync } from "./follower-sync.ts";
import type { KeyRing } from "./keys.ts";
import { vouchAsBrought, vouchByActor, type Vouching } from "./vouchers.ts";
import { log } from "../log.ts";

const MAX_BYTES = 1024 * 1024;
const RETRY_AFTER_MS = 30_000;

/** A status, and for those who came too often when to come again. */
export type Answer = { readonly status: number; readonly retryAfterMs?: number };

/**
 * Activities whose ids some servers use again: Misskey for every Follow of the same two people, Hollo for Accept, Reject,
 * Block and some Updates. What they say is settled by what is stored, so that saying it twice changes nothing.
 */
const REPEATED: ReadonlySet<string> = new Set(["Follow", "Accept", "Reject", "Update", "Block"]);
const PERSONAL = /^\/users\/(\d+)\/inbox$/;

export type InboxParts = { readonly app: App; readonly ring: KeyRing; readonly accept: Acceptance };

/** A POST to the shared inbox or to somebody's own. */
export async function receiveAtInbox(
  parts: InboxParts,
  request: DeliveryRequest,
  clientIp: string,
): Promise<Answer> {
  const [, id] = PERSONAL.exec(request.url.pathname) ?? [];
  if (id === undefined) return await receiveDelivery(parts, request, clientIp);
  const actor = await findLocalActor(parts.app, id);
  if (actor === null) return { status: 404 };
  return actor.deleted ? { status: 410 } : await receiveDelivery(parts, request, clientIp);
}

/** The header of an answer that says when to come again, if it does. */
export function retryAfter({ retryAfterMs }: Answer): Readonly<Record<string, string>> {
  return retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
}

/**
 * A POST to an inbox: guard, signature, authentication, commit, 202. The 202 is a promise that survives a crash; what the
 * activity means is decided by the job.
 */
async function receiveDelivery(
  { app, ring, accept }: InboxParts,
  request: DeliveryRequest,
  clientIp: string,
): Promise<Answer> {
  // Inboxes have no query.
  if (request.url.search !== "") return { status: 404 };
  const origin = new URL(app.config.origin);
  let read: ReturnType<typeof readFast> = { normal: SLOW, isUsual: false };
  const delivery = await checkInboxRequest(request, {
    host: origin.host,
    maxBytes: MAX_BYTES,
    isBlockedHost: (host) => isBlockedHost(app, host),
    limiter: app.limiter,
    clientIp,
    allowPrivateAddresses: app.config.allowPrivateAddresses,
    now: () => app.clock.now(),
    contextFault: (json) => {
      read = readFast(json);
      return read.isUsual ? null : refusesContextAliases(json);
    },
  });
  if (!delivery.ok) return refused(delivery.status, delivery.reason, delivery.retryAfterMs);
  const signed = {
    method: "POST",
    url: new URL(request.url.pathname, origin),
    header: request.header,
    body: delivery.body,
  };
  const signer = await verifySigner(ring, signed, delivery.claim);
  if (signer.type === "gone") return await leave(app, delivery);
  if (signer.type === "busy") return refused(429, "too many unknown keys", signer.retryAfterMs);
  if (signer.type === "refused") return refused(401, signer.reason);
  const activity: Json | null = read.normal === SLOW ? await toNormalSlow(delivery.json) : read.normal;
  if (activity === null) return refused(400, "no activity");
  const authentication = authenticate(app, activity, signer.key);
  const signerUri = signer.key.ownerUri;
  // Hollo forwards what we said about its notes to its followers, and so to us: nothing new, and no reason to come again.
  if (!authentication.ok && authentication.isOurs === true) return { status: 202 };
  if (!authentication.ok) return await takenFromRelay(app, signerUri, delivery, authentication.reason);
  const { actorUri, activityUri, isSigner } = authentication;
  if (!isSigner && (await isBlockedHost(app, hostOf(actorUri) ?? ""))) return refused(403, "blocked host");
  let vouching: Vouching = isSigner
    ? { type: "vouched", voucher: "signature" }
    : await vouchByActor(app, ring, delivery.json, actorUri);
  if (vouching.type === "refused") {
    if (await takeRelayed(app, signerUri, delivery.json)) return { status: 202 };
    vouching = await vouchAsBrought(app, ring, delivery.json, activity, actorUri);
  }
  if (vouching.type === "busy") return refused(429, "too many unknown keys", vouching.retryAfterMs);
  if (vouching.type === "refused") return refused(401, vouching.reason);
  const { voucher } = vouching;
  try {
    const outcome = await accept({
      actorUri,
      activityUri,
      body: delivery.text,
      mayRepeat: REPEATED.has(typesOf(activity)[0] ?? ""),
      voucher,
      signerUri: isSigner ? null : signerUri,
    });
    log.debug("inbox {outcome} {activityUri}", { outcome, activityUri });
  } catch (error) {
    log.error("inbox could not keep {activityUri}: {error}", { activityUri, error });
    // Nothing was promised, so the sender keeps it and comes again (threats F10, F11).
    return refused(503, "not kept", RETRY_AFTER_MS);
  }
  if (isSigner) await noticeFollowerSync(app, actorUri, request.header);
  return { status: 202 };
}

/** A relay's signature stands for nobody, but it may point at something. */
async function takenFromRelay(
  app: App,
  signerUri: string,
  delivery: InboxDelivery,
  reason: string,
): Promise<Answer> {
  return (await takeRelayed(app, signerUri, delivery.json)) ? { status: 202 } : refused(401, reason);
}

/**
 * The key's address says that there is nothing. For the Delete of that very actor this is the expected end: 202, so that
 * the sender stops, and nothing is believed. An actor that we know is looked up by a job, which sees for itself.
 */
async function leave(app: App, delivery: InboxDelivery): Promise<Answer> {
  const actorUri = webAddress(iriOf(delivery.json["actor"]));
  const isFarewell =
    typesOf(delivery.json).includes("Delete") && webAddress(iriOf(delivery.json["object"])) === actorUri;
  if (actorUri === null || !isFarewell) return refused(401, "key is gone");
  await requestRefresh(app, actorUri);
  return { status: 202 };
}

function refused(status: number, reason: string, retryAfterMs?: number): Answer {
  log.debug("inbox refused with {status}: {reason}", { status, reason });
  return retryAfterMs === undefined ? { status } : { status, retryAfterMs };
}
