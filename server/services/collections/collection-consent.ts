// Lists of people that people show, with everybody's consent (FEP-7aa9).
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import {
  FEATURE_CHOICES,
  type FeatureChoice,
  type ItemState,
  mayFeature,
  readFeatureChoice,
} from "../../domain/collection.ts";
import { type ActorId, asId, type CollectionId, type CollectionItemId } from "../../domain/ids.ts";
import { CausewayError, forbidden, notFound } from "../../errors.ts";
import { type ActorRow, findActorById, findActorByUri, updateActor } from "../../store/actors.ts";
import { fromJson, toJson } from "../../store/codec.ts";
import {
  type CollectionItemRow,
  findCollection,
  findItem,
  findItemOf,
  findLocalOwner,
  insertItem,
  listPlaces,
  removeItem,
  updateItem,
} from "../../store/collections.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay, findRelation } from "../../store/follows.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { dropItem } from "./collections.ts";
import { featureRuleOf } from "./collection-rules.ts";
import { federate } from "../federation/federate.ts";
import { notify } from "../notifications/notify.ts";
import { storeCollection } from "./received-collections.ts";
import { actorViews } from "../views.ts";

/** A place that somebody gave, or wants to give, the person in a collection of theirs. */
export type Place = {
  readonly itemId: CollectionItemId;
  readonly collectionId: CollectionId;
  readonly name: string;
  readonly owner: ActorView;
  readonly state: "pending" | "accepted";
};

/** The person's places in collections of others, newest first, and who may give them one. */
export async function getPlaces(
  app: App,
  viewer: Viewer,
): Promise<{ readonly choice: FeatureChoice; readonly places: readonly Place[] }> {
  const row = await findActorById(app.db, viewer.actorId);
  const rows = await listPlaces(app.db, viewer.actorId, 100);
  const owners = await actorViews(
    app,
    rows.map((one) => one.owner_id),
  );
  const places = rows.flatMap((one) => {
    const owner = owners.find((actor) => actor.id === one.owner_id);
    if (owner === undefined) return [];
    const state = one.state === "accepted" ? ("accepted" as const) : ("pending" as const);
    return [
      {
        itemId: asId<CollectionItemId>(one.id),
        collectionId: asId<CollectionId>(one.collection_id),
        name: one.name,
        owner,
        state,
      },
    ];
  });
  return { choice: readFeatureChoice(fromJson<unknown>(row?.feature_policy ?? null, null)), places };
}

/** Sets who may put the person into their collections. @throws forbidden for an unknown choice */
export async function setFeatureChoice(app: App, viewer: Viewer, choice: string): Promise<void> {
  if (!FEATURE_CHOICES.some((one) => one === choice)) throw forbidden();
  await transaction(app.db, async (tx) => {
    await updateActor(tx, viewer.actorId, { feature_policy: toJson(choice) });
    await federate(app, tx, viewer.actorId, {
      type: "actor.updated",
      activityId: asId(app.ids.next()),
      actorId: viewer.actorId,
    });
  });
  app.wake();
}

/** Says yes or no to a place that was offered, or leaves one. Idempotent. @throws not_found */
export async function answerPlace(
  app: App,
  viewer: Viewer,
  itemId: CollectionItemId,
  answer: "accept" | "reject",
): Promise<void> {
  await transaction(app.db, async (tx) => {
    const item = await findItem(tx, itemId);
    if (item === undefined || item.actor_id !== viewer.actorId) throw notFound();
    const collection = await findCollection(tx, item.collection_id);
    if (collection === undefined) throw notFound();
    const isLocal = (await findLocalOwner(tx, collection.id)) !== null;
    const before = item.state as ItemState;
    if (answer === "accept" && before === "pending") {
      await updateItem(tx, itemId, {
        state: "accepted",
        authorization_uri: app.uris.featureAuthorization(itemId),
      });
      if (isLocal) await tellAdded(app, tx, asId(collection.actor_id), item);
      else await tellAnswer(app, tx, "feature.accepted", item, asId(collection.actor_id));
    }
    if (answer === "reject" && (before === "pending" || before === "accepted")) {
      const isLeaving = before === "accepted";
      if (isLocal) await dropItem(app, tx, asId(collection.actor_id), item);
      if (isLocal) await insertItem(tx, { ...item, state: isLeaving ? "revoked" : "rejected" });
      else await updateItem(tx, itemId, { state: isLeaving ? "revoked" : "rejected" });
      if (!isLocal && isLeaving)
        await federate(app, tx, viewer.actorId, {
          type: "feature.revoked",
          activityId: asId(app.ids.next()),
          actorId: viewer.actorId,
          ownerId: asId(collection.actor_id),
          itemId,
          collectionUri: collection.uri,
        });
      if (!isLocal && !isLeaving)
        await tellAnswer(app, tx, "feature.rejected", item, asId(collection.actor_id));
    }
  });
  app.wake();
}

async function tellAdded(app: App, tx: Db, ownerId: ActorId, item: CollectionItemRow): Promise<void> {
  await federate(app, tx, ownerId, {
    type: "item.added",
    activityId: asId(app.ids.next()),
    actorId: ownerId,
    collectionId: asId(item.collection_id),
    itemId: asId(item.id),
    memberId: asId(item.actor_id),
  });
}

async function tellAnswer(
  app: App,
  tx: Db,
  type: "feature.accepted" | "feature.rejected",
  item: Pick<CollectionItemRow, "id" | "uri" | "actor_id">,
  ownerId: ActorId,
): Promise<void> {
  await federate(app, tx, item.actor_id, {
    type,
    activityId: asId(app.ids.next()),
    actorId: asId(item.actor_id),
    ownerId,
    requestUri: item.uri,
    itemId: asId(item.id),
  });
}

/** A remote actor asks to put one of our people into a collection of theirs. */
export type ReceivedFeatureRequest = {
  readonly uri: string;
  readonly actorUri: string;
  readonly targetUri: string;
  readonly collectionUri: string;
};

/**
 * Answers at once when the person's own rule says so, else asks them. A repeated request is answered as before.
 * @throws forbidden when it is not the sender's collection, remote_failed when it cannot be read now
 */
export async function receiveFeatureRequest(app: App, received: ReceivedFeatureRequest): Promise<void> {
  const target = await findActorByUri(app.db, received.targetUri);
  if (
    target === undefined ||
    target.host !== "" ||
    target.deleted_at !== null ||
    target.suspended_at !== null
  )
    return;
  if (new URL(received.collectionUri).origin !== new URL(received.actorUri).origin) throw forbidden();
  const ownerId = await findOrFetchActor(app, received.actorUri);
  const collection = await app.remote.fetchCollection(received.collectionUri);
  if (ownerId === null || collection === null)
    throw new CausewayError("remote_failed", "error.remote_failed");
  if (collection.ownerUri !== received.actorUri) throw forbidden();
  await transaction(app.db, async (tx) => {
    const row = await storeCollection(app, tx, collection, ownerId);
    const stored = await findItemOf(tx, row.id, target.id);
    const item = stored ?? (await offer(app, tx, row.id, target, ownerId, received.uri));
    if (stored !== undefined) await updateItem(tx, stored.id, { uri: received.uri });
    if (item === null || item.state === "pending") return;
    const type = item.state === "accepted" ? "feature.accepted" : "feature.rejected";
    await tellAnswer(app, tx, type, { ...item, uri: received.uri }, ownerId);
  });
  app.wake();
}

async function offer(
  app: App,
  tx: Db,
  collectionId: number,
  target: ActorRow,
  ownerId: ActorId,
  requestUri: string,
): Promise<CollectionItemRow> {
  const isAllowed = await permission(app, tx, target, ownerId);
  const id = app.ids.next();
  const state: ItemState = isAllowed === "yes" ? "accepted" : isAllowed === "ask" ? "pending" : "rejected";
  const row = {
    id,
    uri: requestUri,
    collection_id: collectionId,
    actor_id: target.id,
    state,
    authorization_uri: state === "accepted" ? app.uris.featureAuthorization(id) : null,
    created_at: app.clock.now(),
  };
  await insertItem(tx, row);
  if (state !== "rejected")
    await notify(app, tx, {
      kind: state === "accepted" ? "featured" : "feature_request",
      to: [target.id],
      actorId: ownerId,
    });
  return row;
}

async function permission(
  app: App,
  tx: Db,
  target: ActorRow,
  ownerId: ActorId,
): Promise<"yes" | "ask" | "no"> {
  const owner = await findActorById(tx, ownerId);
  if (owner === undefined || (await blockedEitherWay(tx, ownerId, target.id))) return "no";
  const relation = await findRelation(tx, ownerId, target.id, app.clock.now());
  const somebody = { followersUri: target.followers_uri, followingUri: target.following_uri };
  return mayFeature(featureRuleOf(target), somebody, {
    uri: owner.uri,
    follows: relation.follow?.state === "accepted",
    isFollowed: relation.back?.state === "accepted",
  });
}

/** An answer to a request of ours: by the item of the request. Only who was asked can answer, with a stamp of their own. */
export type ReceivedFeatureAnswer = {
  readonly isYes: boolean;
  readonly actorUri: string;
  readonly itemId: CollectionItemId;
  readonly stampUri: string | null;
};

/** Somebody elsewhere agreed to stand in a collection of ours, or did not. */
export async function receiveFeatureAnswer(app: App, answer: ReceivedFeatureAnswer): Promise<void> {
  await transaction(app.db, async (tx) => {
    const item = await findItem(tx, answer.itemId);
    const actor = item === undefined ? undefined : await findActorById(tx, item.actor_id);
    const ownerId = item === undefined ? null : await findLocalOwner(tx, item.collection_id);
    if (item === undefined || ownerId === null || actor?.uri !== answer.actorUri || actor.host === "") return;
    if (!answer.isYes) {
      if (item.state === "accepted") await dropItem(app, tx, asId(ownerId), item);
      else await removeItem(tx, item.id);
      return;
    }
    const { stampUri } = answer;
    if (item.state !== "pending" || stampUri === null) return;
    if (new URL(stampUri).origin !== new URL(actor.uri).origin) throw forbidden();
    await updateItem(tx, item.id, { state: "accepted", authorization_uri: stampUri });
    await tellAdded(app, tx, asId(ownerId), item);
  });
  app.wake();
}
