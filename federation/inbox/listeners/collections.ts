import type { App } from "../../../server/context.ts";
import { parseId, type CollectionItemId } from "../../../server/domain/ids.ts";
import {
  receiveFeatureAnswer,
  receiveFeatureRequest,
} from "../../../server/services/collections/collection-consent.ts";
import {
  receiveCollectionChange,
  receiveCollectionRemoved,
  receiveFeatureRevoked,
} from "../../../server/services/collections/received-collections.ts";
import { iriOf, typesOf, webAddress } from "../../reading/json.ts";
import { embeddedObject, type Incoming } from "../incoming.ts";

/** Somebody wants to put one of ours into a collection (FEP-7aa9). */
export async function onFeatureRequest({ app, json, uri, actorUri, objectUri }: Incoming): Promise<void> {
  const collectionUri = webAddress(iriOf(json["instrument"]));
  if (objectUri !== null && collectionUri !== null)
    await receiveFeatureRequest(app, { uri, actorUri, targetUri: objectUri, collectionUri });
}

/** An answer to such a question of ours, embedded or by its id. False = it is about something else. */
export async function onFeatureAnswer(incoming: Incoming): Promise<boolean> {
  const { app, json, type, actorUri, objectUri } = incoming;
  const origin = `${app.config.origin}/feature-requests/`;
  if (objectUri?.startsWith(origin) !== true) return false;
  const itemId = parseId<CollectionItemId>(objectUri.slice(origin.length));
  const stampUri = webAddress(iriOf(json["result"]));
  if (itemId !== null)
    await receiveFeatureAnswer(app, { isYes: type === "Accept", actorUri, itemId, stampUri });
  return true;
}

/** Add to, or Remove from, a collection of the sender or its list of them: read again at its origin. False = neither. */
export async function onCollectionChange(incoming: Incoming, targetUri: string): Promise<boolean> {
  const { app, type, actorUri, objectUri } = incoming;
  if (objectUri === null) return false;
  return await receiveCollectionChange(app, { actorUri, objectUri, targetUri, isAdded: type === "Add" });
}

/** A collection says something new of itself. False = it is something else. */
export async function onCollectionUpdate(incoming: Incoming): Promise<boolean> {
  const { app, actorUri, objectUri } = incoming;
  const object = embeddedObject(incoming);
  const isCollection = object !== null && typesOf(object).includes("FeaturedCollection");
  if (!isCollection || objectUri === null) return false;
  await receiveCollectionChange(app, { actorUri, objectUri, targetUri: objectUri, isAdded: true });
  return true;
}

/** A stamp taken back, or a collection deleted. False = neither. */
export async function onCollectionDeleted(app: App, actorUri: string, objectUri: string): Promise<boolean> {
  return (
    (await receiveFeatureRevoked(app, actorUri, objectUri)) ||
    (await receiveCollectionRemoved(app, actorUri, objectUri))
  );
}
