import { Accept, Activity, Add, Delete, Reject, Remove, Update } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import { PUBLIC_COLLECTION } from "../../../server/domain/visibility.ts";
import {
  collectionForFederation,
  type FederatedCollection,
  placeForFederation,
} from "../../../server/services/collections/collection-records.ts";
import { actorUriOf, inboxOf } from "../../../server/services/federation/federation-records.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import {
  toFeatureAuthorization,
  toFeaturedCollection,
  toFeaturedItem,
  toFeatureRequest,
} from "../collections.ts";
import { inboxesOfActor, shared, type Of, type Outgoing } from "./recipients.ts";

/** A question to somebody elsewhere; the vocabulary has no word for it, so that everything but the sender is an extra. */
export async function ofFeatureRequest(
  app: App,
  { itemId }: Of<"feature.requested">,
): Promise<Outgoing | null> {
  const place = await placeForFederation(app, itemId);
  if (place === null || place.state !== "pending") return null;
  const uri = app.uris.featureRequest(itemId);
  const top = { ...toFeatureRequest({ uri, ...place }) };
  return {
    id: asId(itemId),
    actorId: place.ownerId,
    activity: new Activity({ id: new URL(uri), actor: new URL(place.ownerUri) }),
    extras: { top },
    isPublic: false,
    inboxes: await inboxesOfActor(app, place.memberId),
  };
}

/** Our answer to such a question, with the stamp when it is a yes. */
export async function ofFeatureAnswer(
  app: App,
  event: Of<"feature.accepted" | "feature.rejected">,
): Promise<Outgoing | null> {
  const { activityId, actorId, ownerId, requestUri, itemId } = event;
  const ownerUri = await actorUriOf(app, ownerId);
  if (ownerUri === null) return null;
  const values = {
    id: new URL(app.uris.activity(activityId)),
    actor: new URL(app.uris.actor(actorId)),
    object: new URL(requestUri),
    to: new URL(ownerUri),
  };
  const activity =
    event.type === "feature.accepted"
      ? new Accept({ ...values, result: new URL(app.uris.featureAuthorization(itemId)) })
      : new Reject(values);
  return { id: activityId, actorId, activity, isPublic: false, inboxes: await inboxesOfActor(app, ownerId) };
}

/** Delete of a stamp: somebody of ours takes the yes back. */
export async function ofFeatureRevocation(app: App, event: Of<"feature.revoked">): Promise<Outgoing | null> {
  const { activityId, actorId, ownerId, itemId, collectionUri } = event;
  const ownerUri = await actorUriOf(app, ownerId);
  if (ownerUri === null) return null;
  const memberUri = app.uris.actor(actorId);
  const stamp = toFeatureAuthorization({
    uri: app.uris.featureAuthorization(itemId),
    collectionUri,
    memberUri,
  });
  return {
    id: activityId,
    actorId,
    activity: new Delete({
      id: new URL(app.uris.activity(activityId)),
      actor: new URL(memberUri),
      to: new URL(ownerUri),
    }),
    extras: { top: { object: stamp } },
    isPublic: false,
    inboxes: await inboxesOfActor(app, ownerId),
  };
}

type CollectionEvent = Of<"collection.added" | "collection.updated" | "collection.removed">;

/** A collection begun, changed or given up, for followers and for those who stand in it. */
export async function ofCollection(app: App, event: CollectionEvent): Promise<Outgoing | null> {
  const { activityId, actorId, collectionId } = event;
  const target = new URL(app.uris.collections(actorId));
  const values = valuesOf(app, event);
  const collection = await collectionForFederation(app, collectionId);
  if (event.type === "collection.removed") {
    const activity = new Remove({ ...values, object: new URL(app.uris.collection(collectionId)), target });
    return {
      id: activityId,
      actorId,
      activity,
      isPublic: true,
      inboxes: await followerInboxes(app, actorId),
    };
  }
  if (collection === null) return null;
  const activity = event.type === "collection.added" ? new Add({ ...values, target }) : new Update(values);
  return {
    id: activityId,
    actorId,
    activity,
    extras: {
      top: { object: toFeaturedCollection(collection, app.uris) },
    },
    isPublic: true,
    inboxes: await inboxesOfCollection(app, collection),
  };
}

/** Somebody stands in a collection now, or no more; for followers, for them, and for the others who stand in it. */
export async function ofItem(app: App, event: Of<"item.added" | "item.removed">): Promise<Outgoing | null> {
  const { activityId, actorId, collectionId, itemId, memberId } = event;
  const collection = await collectionForFederation(app, collectionId);
  if (collection === null) return null;
  const values = { ...valuesOf(app, event), target: new URL(collection.uri) };
  const inboxes = [...(await inboxesOfCollection(app, collection)), ...shared(await inboxOf(app, memberId))];
  const uri = app.uris.collectionItem(itemId);
  if (event.type === "item.removed") {
    const activity = new Remove({ ...values, object: new URL(uri) });
    return { id: activityId, actorId, activity, isPublic: true, inboxes };
  }
  const item = collection.items.find((one) => one.uri === uri);
  if (item === undefined) return null;
  const extras = { top: { object: toFeaturedItem(item) } };
  return { id: activityId, actorId, activity: new Add(values), extras, isPublic: true, inboxes };
}

function valuesOf(app: App, { activityId, actorId }: CollectionEvent | Of<"item.added" | "item.removed">) {
  return {
    id: new URL(app.uris.activity(activityId)),
    actor: new URL(app.uris.actor(actorId)),
    tos: [new URL(PUBLIC_COLLECTION)],
    ccs: [new URL(app.uris.followers(actorId))],
  };
}

async function inboxesOfCollection(app: App, collection: FederatedCollection): Promise<readonly string[]> {
  const members = await Promise.all(collection.items.map((item) => inboxOf(app, item.actorId)));
  return [...(await followerInboxes(app, collection.actorId)), ...members.flatMap(shared)];
}
