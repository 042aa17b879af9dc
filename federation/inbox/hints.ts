import { CausewayError } from "../../server/errors.ts";
import { iriOf, sameOrigin, typesOf, webAddress, type Json } from "../reading/json.ts";
import { toNormal } from "../reading/normal.ts";
import type { Documents } from "../remote/documents.ts";
import type { Incoming } from "./incoming.ts";

/**
 * What is true of an activity that came with no more than a linked data signature: the same activity with what its
 * actor's origin says now in the place of what came embedded; null when the origin does not say so (any more).
 * @throws CausewayError remote_failed when the origin does not answer: to be tried again.
 */
export async function confirmed(incoming: Incoming): Promise<Incoming | null> {
  const { documents, type, json, uri, actorUri, objectUri } = incoming;
  if (objectUri === null) return null;
  if (type === "Delete") {
    const isOwn = sameOrigin(objectUri, actorUri) && objectUri !== actorUri;
    return isOwn && (await isGone(documents, objectUri)) ? incoming : null;
  }
  if (type === "Announce") {
    const activity = await documentAt(documents, uri);
    if (activity === null || typesOf(activity)[0] !== type) return null;
    const isSame =
      webAddress(iriOf(activity["actor"])) === actorUri &&
      webAddress(iriOf(activity["object"])) === objectUri;
    return isSame ? { ...incoming, json: activity } : null;
  }
  if (!sameOrigin(objectUri, actorUri)) return null;
  const object = await documentAt(documents, objectUri);
  return object === null ? null : { ...incoming, json: { ...json, object } };
}

async function documentAt(documents: Documents, uri: string): Promise<Json | null> {
  documents.forget(uri);
  const loaded = await documents.loadById(uri);
  if (loaded.ok) return await toNormal(loaded.json);
  if (loaded.status === null || loaded.status >= 500)
    throw new CausewayError("remote_failed", "error.remote_failed");
  return null;
}

/** Only the origin can say that something is no more; one that does not answer has said nothing. */
async function isGone(documents: Documents, uri: string): Promise<boolean> {
  documents.forget(uri);
  const loaded = await documents.load(uri);
  if (loaded.ok) return typesOf(loaded.json).includes("Tombstone");
  if (loaded.status === null || loaded.status >= 500)
    throw new CausewayError("remote_failed", "error.remote_failed");
  return loaded.status === 404 || loaded.status === 410;
}
