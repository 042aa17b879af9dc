import type { App } from "../../server/context.ts";
import { asId, type ActivityId } from "../../server/domain/ids.ts";
import type { OutgoingEvent } from "../../server/domain/outgoing.ts";
import { queueDelivery, storeActivity } from "../../server/services/federation/deliveries.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import type { JobHandler } from "../../server/store/jobs.ts";
import { payloadNumber, payloadObject, payloadText } from "../payload.ts";
import { iriOf, irisOf, isJson, listOf, type Json } from "../reading/json.ts";
import { withLinkedDataSignature } from "../writing/linked-data-signature.ts";
import { toOutgoing } from "../writing/outgoing.ts";
import type { Outgoing } from "../writing/outgoing/recipients.ts";
import { toWire, withProof } from "../writing/wire.ts";
import type { KeyStore } from "./signing.ts";

/** Makes the job "federate": an event becomes an activity, written down once with a delivery for each inbox. */
export function createFederateJob(keys: KeyStore): JobHandler {
  return async (app, payload) => {
    // Written by our own services, in the transaction of the fact.
    const event = payloadObject(payload, "event") as unknown as OutgoingEvent;
    const outgoing = await toOutgoing(app, event);
    if (outgoing === null) return;
    const uri = outgoing.activity.id?.href;
    if (uri === undefined) return;
    const inboxes = await foreignInboxes(app, outgoing.inboxes);
    // A public activity can be fetched at its address even when nobody needs it delivered.
    if (inboxes.length === 0 && !outgoing.isPublic) return;
    const json = await toWire(outgoing.activity, outgoing.extras);
    const signed = await signedDocument(app, keys, outgoing, json);
    const { id, actorId, isPublic } = outgoing;
    await storeActivity(app, {
      id,
      uri,
      actorId,
      body: JSON.stringify(signed),
      public: isPublic,
      inboxes,
      objectUri: objectUriOf(json),
      sync: isForFollowers(json, app.uris.followers(actorId)),
    });
  };
}

/** What proves to others than the receiver of a delivery who wrote it. */
async function signedDocument(app: App, keys: KeyStore, outgoing: Outgoing, json: Json): Promise<Json> {
  const now = app.clock.now();
  return outgoing.isRelayed === true
    ? await withLinkedDataSignature(json, await keys.signingKey(outgoing.actorId), now)
    : await withProof(json, await keys.proofKey(outgoing.actorId), now);
}

/** Each inbox once, without our own and without blocked hosts. */
async function foreignInboxes(app: App, inboxes: readonly string[]): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const inbox of new Set(inboxes)) {
    const url = URL.parse(inbox);
    if (url === null || url.origin === app.config.origin) continue;
    if (!(await isBlockedHost(app, url.host))) kept.push(inbox);
  }
  return kept;
}

/**
 * What an activity is about in the end: an Undo is about what was done to, an Accept about what was asked for. Two
 * activities about one thing never overtake each other.
 */
export function objectUriOf(activity: Json, depth = 0): string | null {
  const object = listOf(activity["object"])[0];
  const inner = isJson(object) && depth < 4 && "actor" in object ? objectUriOf(object, depth + 1) : null;
  return inner ?? iriOf(object);
}

/** Private word and reactions tell nothing of who follows (FEP-8fcf). */
function isForFollowers(activity: Json, followersUri: string): boolean {
  return [...irisOf(activity["to"]), ...irisOf(activity["cc"])].includes(followersUri);
}

/** Makes the job "deliver", which earlier versions wrote for each inbox: what still waits gets into the queue of its host. */
export function createDeliverJob(): JobHandler {
  return async (app, payload) => {
    const activityId = asId<ActivityId>(payloadNumber(payload, "activityId"));
    await queueDelivery(app, activityId, payloadText(payload, "inbox"));
  };
}
