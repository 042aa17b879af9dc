import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import {
  acceptRelayed,
  receiveRelayed,
  receiveRelayedDelete,
  type Relayed,
} from "../../../server/services/moderation/relayed-notes.ts";
import { relayOfActor } from "../../../server/services/moderation/relays.ts";
import type { JobHandler } from "../../../server/store/jobs.ts";
import { payloadNumber, payloadText } from "../../payload.ts";
import { iriOf, isJson, sameOrigin, typesOf, webAddress, type Json } from "../../reading/json.ts";
import { toNormal } from "../../reading/normal.ts";
import type { Documents } from "../../remote/documents.ts";
import type { Incoming } from "../incoming.ts";

const TYPES: readonly Relayed["type"][] = ["Create", "Update", "Delete", "Announce"];

/**
 * Something of somebody else that an accepted relay signed for on the way (FEP-ae0c, Mastodon's style). It points at what
 * to look at, and no signature inside it is needed for that. True when it was taken.
 */
export async function takeRelayed(app: App, signerUri: string, json: Json): Promise<boolean> {
  const relay = await relayOfActor(app, signerUri);
  const activity = relay === null ? null : await toNormal(json);
  if (relay === null || activity === null) return false;
  const relayed = pointedAt(activity);
  if (relayed !== null) await acceptRelayed(app, { ...relayed, relayId: relay.id });
  return true;
}

/** A relay's own Announce: what it names is looked at, and nobody sees it as a boost. True when a relay sent it. */
export async function relayAnnounced({ app, actorUri, json }: Incoming): Promise<boolean> {
  const relay = await relayOfActor(app, actorUri);
  if (relay === null) return false;
  const relayed = pointedAt(json);
  if (relayed !== null) await acceptRelayed(app, { ...relayed, relayId: relay.id });
  return true;
}

/** What an activity is about; relays also wrap a whole activity into their Announce. */
function pointedAt(activity: Json): Omit<Relayed, "relayId"> | null {
  const type = TYPES.find((known) => typesOf(activity).includes(known));
  const object = activity["object"];
  if (type === undefined) return null;
  if (type === "Announce" && isJson(object) && typesOf(object).some((one) => TYPES.some((t) => t === one)))
    return pointedAt(object);
  const objectUri = webAddress(iriOf(object));
  return objectUri === null ? null : { type, objectUri };
}

/** Makes the job "relayed": looks at what a relay pointed at, at its origin. */
export function createRelayedJob(documents: Documents): JobHandler {
  return async (app, payload) => {
    const objectUri = payloadText(payload, "objectUri");
    const type = TYPES.find((known) => known === payloadText(payload, "type"));
    if (type === undefined) return;
    documents.forget(objectUri);
    if (type !== "Delete")
      return await receiveRelayed(app, { type, objectUri, relayId: asId(payloadNumber(payload, "relayId")) });
    if (await isGone(documents, objectUri)) await receiveRelayedDelete(app, objectUri);
  };
}

/** Only the origin can say that something is no more; one that does not answer has said nothing. */
async function isGone(documents: Documents, uri: string): Promise<boolean> {
  const loaded = await documents.load(uri);
  if (!loaded.ok) return loaded.status === 404 || loaded.status === 410;
  return sameOrigin(loaded.url, uri) && typesOf(loaded.json).includes("Tombstone");
}
