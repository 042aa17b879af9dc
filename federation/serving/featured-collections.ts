import type { App } from "../../server/context.ts";
import { type ActorId, type CollectionId, type CollectionItemId, parseId } from "../../server/domain/ids.ts";
import {
  collectionForFederation,
  collectionUrisOf,
  type FederatedPlace,
  placeForFederation,
} from "../../server/services/collections/collection-records.ts";
import type { Json } from "../reading/json.ts";
import {
  toFeatureAuthorization,
  toFeaturedCollection,
  toFeaturedItem,
  toFeatureRequest,
} from "../writing/collections.ts";
import { contextOf } from "../writing/context.ts";
import { activityJson, bare } from "./responses.ts";

/** The featured collections of an actor, by their ids (FEP-7aa9). */
export async function answerCollections(app: App, idText: string): Promise<Response> {
  const id = parseId<ActorId>(idText);
  const uris = id === null ? null : await collectionUrisOf(app, id);
  if (id === null || uris === null) return bare(404);
  return document({
    id: app.uris.collections(id),
    type: "OrderedCollection",
    attributedTo: app.uris.actor(id),
    totalItems: uris.length,
    orderedItems: uris,
  });
}

/** A featured collection with everybody who agreed to stand in it. */
export async function answerCollection(app: App, idText: string): Promise<Response> {
  const id = parseId<CollectionId>(idText);
  const collection = id === null ? null : await collectionForFederation(app, id);
  return collection === null ? bare(404) : document(toFeaturedCollection(collection, app.uris));
}

/** One of them. */
export async function answerItem(app: App, idText: string): Promise<Response> {
  const place = await placeOf(app, idText);
  const id = parseId<CollectionId>(/\/collections\/(\d+)$/.exec(place?.collectionUri ?? "")?.[1]);
  const collection = id === null ? null : await collectionForFederation(app, id);
  const item = collection?.items.find((one) => one.uri === app.uris.collectionItem(Number(idText)));
  return item === undefined ? bare(404) : document(toFeaturedItem(item));
}

/** The question that was put to somebody; nobody's business once it is answered. */
export async function answerFeatureRequest(app: App, idText: string): Promise<Response> {
  const place = await placeOf(app, idText);
  if (place === null || !place.ownerIsLocal || place.state !== "pending") return bare(404);
  return document(toFeatureRequest({ uri: app.uris.featureRequest(place.itemId), ...place }));
}

/** The stamp of somebody of ours, while they agree; 410 once they do not any more. */
export async function answerStamp(app: App, idText: string): Promise<Response> {
  const place = await placeOf(app, idText);
  if (place === null || !place.memberIsLocal) return bare(404);
  if (place.state === "revoked") return bare(410);
  if (place.state !== "accepted") return bare(404);
  return document(toFeatureAuthorization({ uri: app.uris.featureAuthorization(place.itemId), ...place }));
}

async function placeOf(app: App, idText: string): Promise<FederatedPlace | null> {
  const id = parseId<CollectionItemId>(idText);
  return id === null ? null : placeForFederation(app, id);
}

function document(json: Json): Response {
  return activityJson({ "@context": contextOf(json), ...json }, true);
}
