import type { App } from "../../server/context.ts";
import { Follow } from "@fedify/vocab";
import { checkInboxRequest, type InboxDelivery } from "../../server/http/inbox-guard.ts";
import { acceptIntoInbox, isBlockedHost } from "../../server/services/deliveries.ts";
import { findActorIdByUri } from "../../server/services/actors.ts";
import { enqueue } from "../../server/store/jobs.ts";
import { authenticate, verifySigner } from "./authenticate.ts";
import { parseActivity } from "../reading/contexts.ts";
import { iriOf, typesOf, webAddress } from "../reading/json.ts";
import type { KeyRing } from "./keys.ts";
import { bare } from "../serving/responses.ts";
import { log } from "../log.ts";

const MAX_BYTES = 1024 * 1024;

/**
 * A POST to an inbox: guard, signature, authentication, commit, 202. The 202 is a promise that survives a crash; what the
 * activity means is decided by the job. Embedded signatures and proofs count for nothing here.
 */
export async function receiveDelivery(
  app: App,
  ring: KeyRing,
  request: Request,
  clientIp: string,
): Promise<Response> {
  const url = new URL(request.url);
  // Inboxes have no query, and draft-cavage as Fedify verifies it would not cover one.
  if (url.search !== "") return bare(404);
  const delivery = await checkInboxRequest(request, {
    host: new URL(app.config.origin).host,
    maxBytes: MAX_BYTES,
    isBlockedHost: (host) => isBlockedHost(app, host),
    limiter: app.limiter,
    clientIp,
    allowPrivateAddresses: app.config.allowPrivateAddresses,
    now: () => app.clock.now(),
  });
  if (!delivery.ok) return refused(delivery.status, delivery.reason, delivery.retryAfterMs);
  if (delivery.keyId === null) return refused(401, "no key");
  const canonical = new Request(`${app.config.origin}${url.pathname}`, {
    method: "POST",
    headers: request.headers,
    body: delivery.body,
  });
  const signer = await verifySigner(app, ring, canonical, delivery.keyId);
  if (signer.type === "gone") return await leave(app, delivery);
  if (signer.type === "busy") return refused(429, "too many unknown keys", signer.retryAfterMs);
  if (signer.type === "refused") return refused(401, signer.reason);
  const activity = await parseActivity(delivery.json);
  if (activity === null) return refused(400, "no activity");
  const authentication = authenticate(app, activity, signer.key);
  if (!authentication.ok) return refused(401, authentication.reason);
  const { actorUri, activityUri } = authentication;
  const outcome = await acceptIntoInbox(app, {
    actorUri,
    activityUri,
    body: delivery.text,
    mayRepeat: activity instanceof Follow,
  });
  app.wake();
  log.debug("inbox {outcome} {activityUri}", { outcome, activityUri });
  return bare(202);
}

/**
 * The key's address says that there is nothing. For the Delete of that very actor this is the expected end: 202, so that
 * the sender stops, and nothing is believed. An actor that we know is looked up by a job, which sees for itself.
 */
async function leave(app: App, delivery: InboxDelivery): Promise<Response> {
  const actorUri = webAddress(iriOf(delivery.json["actor"]));
  const isFarewell =
    typesOf(delivery.json).includes("Delete") && webAddress(iriOf(delivery.json["object"])) === actorUri;
  if (actorUri === null || !isFarewell) return refused(401, "key is gone");
  if ((await findActorIdByUri(app, actorUri)) !== null) {
    const now = app.clock.now();
    const job = {
      id: app.ids.next(),
      now,
      kind: "refresh-actor",
      payload: { actorUri },
      dedupeKey: `refresh ${actorUri}`,
    };
    await enqueue(app.db, job);
    app.wake();
  }
  return bare(202);
}

function refused(status: number, reason: string, retryAfterMs?: number): Response {
  log.debug("inbox refused with {status}: {reason}", { status, reason });
  const retry = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  return bare(status, retry);
}
