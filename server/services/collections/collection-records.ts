import type { App } from "../../context.ts";
import { COLLECTION_LIMITS, type ItemState } from "../../domain/collection.ts";
import { type ActorId, asId, type CollectionId, type CollectionItemId } from "../../domain/ids.ts";
import { findActorById, findActors } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import {
  type CollectionItemRow,
  findCollection,
  findItem,
  listCollectionRows,
  listItems,
} from "../../store/collections.ts";

/** A member of a collection of ours, for the wire. */
export type FederatedItem = {
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly actorKind: string;
  readonly authorizationUri: string;
  readonly at: number;
};

/** A collection of ours with everything its document needs. */
export type FederatedCollection = {
  readonly id: CollectionId;
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly name: string;
  readonly summary: string;
  readonly language: string | null;
  readonly sensitive: boolean;
  readonly discoverable: boolean;
  readonly tag: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly items: readonly FederatedItem[];
};

/** A collection for the wire; null for others' and for those of people who are gone or suspended. */
export async function collectionForFederation(
  app: App,
  id: CollectionId,
): Promise<FederatedCollection | null> {
  const row = await findCollection(app.db, id);
  const owner = row === undefined ? undefined : await findActorById(app.db, row.actor_id);
  if (row === undefined || owner === undefined || owner.host !== "") return null;
  if (owner.deleted_at !== null || owner.suspended_at !== null) return null;
  const items = await listItems(app.db, id, COLLECTION_LIMITS.members);
  return {
    id: asId(row.id),
    uri: row.uri,
    actorId: asId(owner.id),
    actorUri: owner.uri,
    name: row.name,
    summary: row.summary,
    language: row.language,
    sensitive: isSet(row.sensitive),
    discoverable: isSet(row.discoverable),
    tag: row.tag,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    items: await federatedItems(app, items),
  };
}

/** Those who agreed, in order. */
async function federatedItems(
  app: App,
  items: readonly CollectionItemRow[],
): Promise<readonly FederatedItem[]> {
  const agreed = items.filter((item) => item.state === "accepted");
  const actors = new Map(
    (
      await findActors(
        app.db,
        agreed.map((item) => item.actor_id),
      )
    ).map((row) => [row.id, row]),
  );
  return agreed.flatMap((item) => {
    const actor = actors.get(item.actor_id);
    if (actor === undefined || actor.deleted_at !== null || actor.suspended_at !== null) return [];
    return [
      {
        uri: item.uri,
        actorId: asId<ActorId>(actor.id),
        actorUri: actor.uri,
        actorKind: actor.kind,
        authorizationUri: item.authorization_uri ?? app.uris.featureAuthorization(item.id),
        at: item.created_at,
      },
    ];
  });
}

/** The collections of a local actor, for its list. */
export async function collectionUrisOf(app: App, actorId: ActorId): Promise<readonly string[] | null> {
  const owner = await findActorById(app.db, actorId);
  if (owner === undefined || owner.host !== "" || owner.deleted_at !== null || owner.suspended_at !== null)
    return null;
  return (await listCollectionRows(app.db, actorId, COLLECTION_LIMITS.collections)).map((row) => row.uri);
}

/** A place in a collection with both of its sides. */
export type FederatedPlace = {
  readonly itemId: CollectionItemId;
  readonly state: ItemState;
  readonly collectionUri: string;
  readonly ownerId: ActorId;
  readonly ownerUri: string;
  readonly ownerIsLocal: boolean;
  readonly memberId: ActorId;
  readonly memberUri: string;
  readonly memberIsLocal: boolean;
};

/** A place by its item; null when it is gone. */
export async function placeForFederation(app: App, id: CollectionItemId): Promise<FederatedPlace | null> {
  const item = await findItem(app.db, id);
  const collection = item === undefined ? undefined : await findCollection(app.db, item.collection_id);
  if (item === undefined || collection === undefined) return null;
  const owner = await findActorById(app.db, collection.actor_id);
  const member = await findActorById(app.db, item.actor_id);
  if (owner === undefined || member === undefined) return null;
  return {
    itemId: id,
    state: item.state as ItemState,
    collectionUri: collection.uri,
    ownerId: asId(owner.id),
    ownerUri: owner.uri,
    ownerIsLocal: owner.host === "",
    memberId: asId(member.id),
    memberUri: member.uri,
    memberIsLocal: member.host === "",
  };
}
