import { isoTime } from "../../server/context.ts";
import type { Uris } from "../../server/domain/uris.ts";
import type {
  FederatedCollection,
  FederatedItem,
} from "../../server/services/collections/collection-records.ts";
import type { Json } from "../reading/json.ts";

// PURE: featured collections (FEP-7aa9), which Fedify's vocabulary has no words for: written as JSON.

/** A collection of ours with the people who agreed to stand in it. */
export function toFeaturedCollection(collection: FederatedCollection, uris: Uris): Json {
  const { tag, language, summary } = collection;
  return {
    id: collection.uri,
    type: "FeaturedCollection",
    attributedTo: collection.actorUri,
    url: collection.uri,
    name: collection.name,
    ...(summary === ""
      ? {}
      : { summary, ...(language === null ? {} : { summaryMap: { [language]: summary } }) }),
    sensitive: collection.sensitive,
    discoverable: collection.discoverable,
    ...(tag === null ? {} : { topic: { type: "Hashtag", href: uris.tag(tag), name: `#${tag}` } }),
    published: isoTime(collection.createdAt),
    updated: isoTime(collection.updatedAt),
    totalItems: collection.items.length,
    orderedItems: collection.items.map(toFeaturedItem),
  };
}

/** One of them, with the stamp of their server. */
export function toFeaturedItem(item: FederatedItem): Json {
  return {
    id: item.uri,
    type: "FeaturedItem",
    featuredObject: item.actorUri,
    featuredObjectType: item.actorKind,
    featureAuthorization: item.authorizationUri,
    published: isoTime(item.at),
  };
}

/** The question whether somebody wants to stand in a collection. */
export function toFeatureRequest(request: {
  readonly uri: string;
  readonly ownerUri: string;
  readonly memberUri: string;
  readonly collectionUri: string;
}): Json {
  return {
    id: request.uri,
    type: "FeatureRequest",
    actor: request.ownerUri,
    object: request.memberUri,
    instrument: request.collectionUri,
    to: [request.memberUri],
  };
}

/** The stamp of somebody of ours who agreed. */
export function toFeatureAuthorization(stamp: {
  readonly uri: string;
  readonly collectionUri: string;
  readonly memberUri: string;
}): Json {
  return {
    id: stamp.uri,
    type: "FeatureAuthorization",
    attributedTo: stamp.memberUri,
    interactingObject: stamp.collectionUri,
    interactionTarget: stamp.memberUri,
  };
}
