import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { COLLECTION_LIMITS, type ItemState, mayFeature } from "../../domain/collection.ts";
import { type ActorId, asId, type CollectionId, type CollectionItemId } from "../../domain/ids.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { flag } from "../../store/codec.ts";
import {
  type CollectionItemRow,
  type CollectionRow,
  findCollection,
  findItem,
  findItemOf,
  insertCollection,
  insertItem,
  listCollectionRows,
  listItems,
  removeCollection,
  removeItem,
  updateCollection,
} from "../../store/collections.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay, findRelation } from "../../store/follows.ts";
import { cleanName, isTag, normalizeTag, normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { featureRuleOf } from "./collection-rules.ts";
import { federate } from "../federation/federate.ts";
import { requireAtHome } from "../moves/moved.ts";
import { notify } from "../notifications/notify.ts";

export type CollectionForm = {
  readonly name: string;
  readonly summary: string;
  readonly language?: string | undefined;
  readonly tag?: string | undefined;
  readonly sensitive?: boolean | undefined;
  readonly discoverable?: boolean | undefined;
};

/** Begins a collection of people to recommend. @throws invalid with fields, conflict when there are enough */
export async function createCollection(
  app: App,
  viewer: Viewer,
  form: CollectionForm,
): Promise<CollectionId> {
  await requireAtHome(app, viewer);
  const columns = checked(form);
  const id: CollectionId = asId(app.ids.next());
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const max = COLLECTION_LIMITS.collections;
    if ((await listCollectionRows(tx, viewer.actorId, max)).length >= max)
      throw new CausewayError("conflict", "error.collection_limit", { params: { max } });
    const now = app.clock.now();
    const row = {
      id,
      uri: app.uris.collection(id),
      actor_id: viewer.actorId,
      created_at: now,
      updated_at: now,
    };
    await insertCollection(tx, { ...row, ...columns });
    await tell(app, tx, viewer.actorId, id, "collection.added");
  });
  app.wake();
  return id;
}

/** Changes what a collection says of itself. @throws not_found, invalid with fields */
export async function changeCollection(
  app: App,
  viewer: Viewer,
  id: CollectionId,
  form: CollectionForm,
): Promise<void> {
  const columns = checked(form);
  await transaction(app.db, async (tx) => {
    await ownCollection(tx, viewer, id);
    await updateCollection(tx, id, { ...columns, updated_at: app.clock.now() });
    await tell(app, tx, viewer.actorId, id, "collection.updated");
  });
  app.wake();
}

/** Removes a collection. @throws not_found */
export async function deleteCollection(app: App, viewer: Viewer, id: CollectionId): Promise<void> {
  await transaction(app.db, async (tx) => {
    await ownCollection(tx, viewer, id);
    await removeCollection(tx, id);
    await tell(app, tx, viewer.actorId, id, "collection.removed");
  });
  app.wake();
}

function checked(form: CollectionForm) {
  const faults: Record<string, Message> = {};
  const name = cleanName(form.name, COLLECTION_LIMITS.name);
  const summary = normalizeText(form.summary).trim();
  const tag = (form.tag ?? "").trim();
  const max = COLLECTION_LIMITS.summary;
  if (name === "") faults["name"] = { key: "field.required" };
  if ([...summary].length > max) faults["summary"] = { key: "field.too_long", params: { max } };
  if (tag !== "" && !isTag(tag)) faults["tag"] = { key: "field.tag_form" };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  return {
    name,
    summary,
    language: form.language === undefined ? null : canonicalLanguage(form.language),
    tag: tag === "" ? null : normalizeTag(tag),
    sensitive: flag(form.sensitive === true),
    discoverable: flag(form.discoverable !== false),
  };
}

async function ownCollection(tx: Db, viewer: Viewer, id: CollectionId): Promise<CollectionRow> {
  const row = await findCollection(tx, id);
  if (row === undefined || row.actor_id !== viewer.actorId) throw notFound();
  return row;
}

async function tell(
  app: App,
  tx: Db,
  actorId: ActorId,
  collectionId: CollectionId,
  type: "collection.added" | "collection.updated" | "collection.removed",
): Promise<void> {
  await federate(app, tx, actorId, { type, activityId: asId(app.ids.next()), actorId, collectionId });
}

/**
 * Puts somebody into a collection: at once when their own rule says so, else after they were asked. Idempotent.
 * @throws not_found, forbidden when they want nobody to, conflict when it is full
 */
export async function addToCollection(
  app: App,
  viewer: Viewer,
  id: CollectionId,
  actorId: ActorId,
): Promise<ItemState> {
  await requireAtHome(app, viewer);
  const somebody = await findActorById(app.db, actorId);
  if (somebody === undefined || somebody.deleted_at !== null || somebody.suspended_at !== null)
    throw notFound();
  const state = await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    await ownCollection(tx, viewer, id);
    const stored = await findItemOf(tx, id, actorId);
    if (stored !== undefined) return stored.state as ItemState;
    const max = COLLECTION_LIMITS.members;
    if ((await listItems(tx, id, max)).length >= max)
      throw new CausewayError("conflict", "error.collection_full", { params: { max } });
    const isAllowed = await permission(app, tx, viewer, somebody);
    if (isAllowed === "no") throw new CausewayError("forbidden", "error.feature_refused");
    return await writeItem(app, tx, viewer, id, somebody, isAllowed);
  });
  app.wake();
  return state;
}

async function permission(
  app: App,
  tx: Db,
  viewer: Viewer,
  somebody: ActorRow,
): Promise<"yes" | "ask" | "no"> {
  if (somebody.id === viewer.actorId) return "yes";
  if (await blockedEitherWay(tx, viewer.actorId, somebody.id)) return "no";
  const relation = await findRelation(tx, viewer.actorId, somebody.id, app.clock.now());
  return mayFeature(
    featureRuleOf(somebody),
    { followersUri: somebody.followers_uri, followingUri: somebody.following_uri },
    {
      uri: app.uris.actor(viewer.actorId),
      follows: relation.follow?.state === "accepted",
      isFollowed: relation.back?.state === "accepted",
    },
  );
}

/** Somebody elsewhere is always asked: their server has to give the stamp. */
async function writeItem(
  app: App,
  tx: Db,
  viewer: Viewer,
  collectionId: CollectionId,
  somebody: ActorRow,
  permitted: "yes" | "ask",
): Promise<ItemState> {
  const itemId: CollectionItemId = asId(app.ids.next());
  const isLocal = somebody.host === "";
  const state: ItemState = isLocal && permitted === "yes" ? "accepted" : "pending";
  await insertItem(tx, {
    id: itemId,
    uri: app.uris.collectionItem(itemId),
    collection_id: collectionId,
    actor_id: somebody.id,
    state,
    authorization_uri: isLocal ? app.uris.featureAuthorization(itemId) : null,
    created_at: app.clock.now(),
  });
  if (!isLocal) await federate(app, tx, viewer.actorId, { type: "feature.requested", itemId });
  else
    await notify(app, tx, {
      kind: state === "accepted" ? "featured" : "feature_request",
      to: [somebody.id],
      actorId: viewer.actorId,
    });
  if (state === "accepted") await tellItem(app, tx, viewer.actorId, { id: itemId, collectionId, somebody });
  return state;
}

async function tellItem(
  app: App,
  tx: Db,
  actorId: ActorId,
  item: { readonly id: CollectionItemId; readonly collectionId: CollectionId; readonly somebody: ActorRow },
): Promise<void> {
  await federate(app, tx, actorId, {
    type: "item.added",
    activityId: asId(app.ids.next()),
    actorId,
    collectionId: item.collectionId,
    itemId: item.id,
    memberId: asId(item.somebody.id),
  });
}

/** Takes somebody out of an own collection. Idempotent. @throws not_found */
export async function removeFromCollection(
  app: App,
  viewer: Viewer,
  itemId: CollectionItemId,
): Promise<void> {
  await transaction(app.db, async (tx) => {
    const item = await findItem(tx, itemId);
    if (item === undefined) return;
    await ownCollection(tx, viewer, asId(item.collection_id));
    await dropItem(app, tx, viewer.actorId, item);
  });
  app.wake();
}

/** Removes an item of a local collection and tells of it, inside the caller's transaction. */
export async function dropItem(app: App, tx: Db, ownerId: ActorId, item: CollectionItemRow): Promise<void> {
  await removeItem(tx, item.id);
  if (item.state !== "accepted") return;
  await federate(app, tx, ownerId, {
    type: "item.removed",
    activityId: asId(app.ids.next()),
    actorId: ownerId,
    collectionId: asId(item.collection_id),
    itemId: asId(item.id),
    memberId: asId(item.actor_id),
  });
}
