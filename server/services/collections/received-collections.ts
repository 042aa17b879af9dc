import type { App } from "../../context.ts";
import { COLLECTION_LIMITS, type ReceivedCollection } from "../../domain/collection.ts";
import { asId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import { CausewayError, forbidden } from "../../errors.ts";
import { type ActorRow, findActorByUri } from "../../store/actors.ts";
import { flag } from "../../store/codec.ts";
import {
  type CollectionRow,
  findCollectionByUri,
  findItemByStamp,
  findItemOf,
  findLocalOwner,
  insertCollection,
  insertItem,
  listCollectionRows,
  listItems,
  removeCollection,
  removeItem,
  updateCollection,
  updateItem,
} from "../../store/collections.ts";
import { type Db, transaction } from "../../store/database.ts";
import { hasLocalFollower } from "../../store/follows.ts";
import { cleanName, isTag, normalizeTag, normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { dropItem } from "./collections.ts";
import { isBlockedHost } from "../moderation/domains.ts";

/** Members whose stamps are looked at for one wish: each may cost two requests. */
const STAMP_BUDGET = 25;
/** One word of an owner costs us a request for every member: nobody may say it all the time. */
const CHANGES: RateRule = { name: "collection-changes", limit: 30, windowMs: 10 * 60_000 };

/** Reads the featured collections of a remote profile, within a budget; those that are gone go here too. */
export async function refreshCollections(app: App, owner: ActorRow, listUri: string): Promise<void> {
  const listed = await app.remote.listCollection(listUri, {
    pages: 1,
    items: COLLECTION_LIMITS.collections,
  });
  if (listed === null) return;
  for (const row of await listCollectionRows(app.db, owner.id, COLLECTION_LIMITS.collections))
    if (!listed.uris.includes(row.uri)) await transaction(app.db, (tx) => removeCollection(tx, row.id));
  let budget = STAMP_BUDGET;
  for (const uri of listed.uris.slice(0, COLLECTION_LIMITS.collections)) {
    if (budget <= 0) return;
    budget -= await lookAt(app, owner.uri, uri, budget);
  }
}

/** One that is not to be taken is no reason to leave the others. */
async function lookAt(app: App, ownerUri: string, uri: string, budget: number): Promise<number> {
  try {
    return await receiveCollection(app, { ownerUri, uri }, budget);
  } catch (error) {
    if (error instanceof CausewayError) return budget;
    throw error;
  }
}

/**
 * Stores a remote collection as its own origin describes it, with the members whose own servers say that they agreed.
 * The number of stamps that were looked at is answered.
 */
export async function receiveCollection(
  app: App,
  { ownerUri, uri }: { readonly ownerUri: string; readonly uri: string },
  budget = STAMP_BUDGET,
): Promise<number> {
  const received = await app.remote.fetchCollection(uri);
  const owner = await findActorByUri(app.db, ownerUri);
  if (received === null || received.ownerUri !== ownerUri) return 0;
  if (owner === undefined || owner.host === "" || owner.deleted_at !== null) return 0;
  const agreed: { readonly actorId: number; readonly item: ReceivedCollection["items"][number] }[] = [];
  const looked = received.items.slice(0, budget);
  for (const item of looked) {
    const actorId = await agreedMember(app, received, item);
    if (actorId !== null) agreed.push({ actorId, item });
  }
  await transaction(app.db, async (tx) => {
    const row = await storeCollection(app, tx, received, owner.id);
    const kept = new Set(agreed.map(({ actorId }) => actorId));
    for (const item of await listItems(tx, row.id, COLLECTION_LIMITS.members))
      if (item.state === "accepted" && !kept.has(item.actor_id)) await removeItem(tx, item.id);
    for (const { actorId, item } of agreed) await storeItem(app, tx, row.id, actorId, item);
  });
  return looked.length;
}

/** People of ours agreed if we gave the stamp; others if the stamp is at their own origin and says just that. */
async function agreedMember(
  app: App,
  collection: ReceivedCollection,
  item: ReceivedCollection["items"][number],
): Promise<number | null> {
  const { actorUri, authorizationUri } = item;
  if (authorizationUri === null || new URL(authorizationUri).origin !== new URL(actorUri).origin) return null;
  const known = await findActorByUri(app.db, actorUri);
  if (known?.host === "") {
    const place = await findItemByStamp(app.db, known.id, authorizationUri);
    const row = await findCollectionByUri(app.db, collection.uri);
    // A stamp is for one collection; shown in another one it is somebody else's word.
    return place?.state === "accepted" && place.collection_id === row?.id ? known.id : null;
  }
  if (await isBlockedHost(app, new URL(actorUri).host)) return null;
  const stamp = await app.remote.fetchFeatureStamp(authorizationUri);
  if (stamp?.actorUri !== actorUri || stamp.collectionUri !== collection.uri) return null;
  return await findOrFetchActor(app, actorUri);
}

/**
 * Writes what a remote collection says of itself inside the caller's transaction.
 * @throws forbidden when it was somebody else's before, too_many beyond what anybody may have
 */
export async function storeCollection(
  app: App,
  tx: Db,
  received: ReceivedCollection,
  ownerId: number,
): Promise<CollectionRow> {
  const now = app.clock.now();
  const tag = received.tag !== null && isTag(received.tag) ? normalizeTag(received.tag) : null;
  const columns = {
    name: cleanName(received.name, COLLECTION_LIMITS.name) || "…",
    summary: normalizeText(received.summary),
    language: received.language === null ? null : canonicalLanguage(received.language),
    sensitive: flag(received.sensitive),
    discoverable: flag(received.discoverable),
    tag,
    updated_at: now,
  };
  const stored = await findCollectionByUri(tx, received.uri);
  if (stored !== undefined) {
    if (stored.actor_id !== ownerId) throw forbidden();
    await updateCollection(tx, stored.id, columns);
    return { ...stored, ...columns };
  }
  const max = COLLECTION_LIMITS.collections;
  if ((await listCollectionRows(tx, ownerId, max)).length >= max)
    throw new CausewayError("too_many", "error.too_many");
  const createdAt = Math.min(received.publishedAt ?? now, now);
  const row = {
    id: app.ids.next(),
    uri: received.uri,
    actor_id: ownerId,
    created_at: createdAt,
    ...columns,
  };
  await insertCollection(tx, row);
  return row;
}

async function storeItem(
  app: App,
  tx: Db,
  collectionId: number,
  actorId: number,
  item: ReceivedCollection["items"][number],
): Promise<void> {
  const stored = await findItemOf(tx, collectionId, actorId);
  if (stored !== undefined) {
    // Our people's own consent is in the row; what it is called elsewhere is not.
    if (stored.authorization_uri !== item.authorizationUri)
      await updateItem(tx, stored.id, { authorization_uri: item.authorizationUri, state: "accepted" });
    return;
  }
  await insertItem(tx, {
    id: app.ids.next(),
    uri: item.uri,
    collection_id: collectionId,
    actor_id: actorId,
    state: "accepted",
    authorization_uri: item.authorizationUri,
    created_at: app.clock.now(),
  });
}

/** A remote owner took a whole collection back; only their own word counts. */
export async function receiveCollectionRemoved(app: App, actorUri: string, uri: string): Promise<boolean> {
  const row = await findCollectionByUri(app.db, uri);
  const owner = await findActorByUri(app.db, actorUri);
  if (row === undefined || owner === undefined || row.actor_id !== owner.id || owner.host === "")
    return false;
  await transaction(app.db, (tx) => removeCollection(tx, row.id));
  return true;
}

/** Somebody elsewhere takes the consent back that a stamp of theirs gave. False = it is no stamp that is known here. */
export async function receiveFeatureRevoked(app: App, actorUri: string, stampUri: string): Promise<boolean> {
  const actor = await findActorByUri(app.db, actorUri);
  const item =
    actor === undefined || actor.host === "" ? undefined : await findItemByStamp(app.db, actor.id, stampUri);
  if (item === undefined) return false;
  await transaction(app.db, async (tx) => {
    const owner = await findLocalOwner(tx, item.collection_id);
    if (owner !== null) await dropItem(app, tx, asId(owner), item);
    else await removeItem(tx, item.id);
  });
  app.wake();
  return true;
}

/** Add or Remove by a remote actor: of a collection and its list, or of an item and a collection. */
export type ReceivedCollectionChange = {
  readonly actorUri: string;
  readonly objectUri: string;
  readonly targetUri: string;
  readonly isAdded: boolean;
};

/**
 * What a collection is now is read at its origin, for actors whom somebody here follows and for collections that are known.
 * False = neither object nor target has to do with collections of theirs.
 */
export async function receiveCollectionChange(
  app: App,
  { actorUri, objectUri, targetUri, isAdded }: ReceivedCollectionChange,
): Promise<boolean> {
  const owner = await findActorByUri(app.db, actorUri);
  if (owner === undefined || owner.host === "") return false;
  const known = await findCollectionByUri(app.db, targetUri);
  const isItem = known?.actor_id === owner.id;
  if (!isItem && targetUri !== owner.collections_uri) return false;
  if (!isItem && !isAdded) return await receiveCollectionRemoved(app, actorUri, objectUri);
  if (!isItem && !(await hasLocalFollower(app.db, owner.id))) return true;
  // What is left out now is read with the whole profile, at the latest after a day.
  if (!app.limiter.take(CHANGES, actorUri).ok) return true;
  await receiveCollection(app, { ownerUri: actorUri, uri: isItem ? targetUri : objectUri });
  return true;
}
