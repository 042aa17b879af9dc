import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  COLLECTION_LIMITS,
  type CollectionMember,
  type CollectionView,
  type ItemState,
} from "../../domain/collection.ts";
import { type ActorId, asId, type CollectionId, type CollectionItemId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { isSet } from "../../store/codec.ts";
import {
  type CollectionRow,
  findCollection,
  listCollectionRows,
  listItems,
} from "../../store/collections.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { actorViews } from "../views.ts";

/** The collections of a profile, oldest first. */
export async function listCollections(app: App, actorId: ActorId): Promise<readonly CollectionView[]> {
  const rows = await listCollectionRows(app.db, actorId, COLLECTION_LIMITS.collections);
  return await collectionViews(app, rows);
}

async function collectionViews(app: App, rows: readonly CollectionRow[]): Promise<readonly CollectionView[]> {
  const owners = await actorViews(
    app,
    rows.map((row) => row.actor_id),
  );
  return rows.flatMap((row) => {
    const owner = owners.find((one) => one.id === row.actor_id);
    if (owner === undefined || owner.suspended) return [];
    return [
      {
        id: asId<CollectionId>(row.id),
        uri: row.uri,
        owner,
        name: row.name,
        summary: row.summary,
        language: row.language,
        sensitive: isSet(row.sensitive),
        discoverable: isSet(row.discoverable),
        tag: row.tag,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      },
    ];
  });
}

/** A collection with its members: those who agreed, and for its owner those who were asked too. @throws not_found */
export async function viewCollection(
  app: App,
  viewer: Viewer | null,
  id: CollectionId,
): Promise<{ readonly collection: CollectionView; readonly members: readonly CollectionMember[] }> {
  const row = await findCollection(app.db, id);
  const [collection] = row === undefined ? [] : await collectionViews(app, [row]);
  if (row === undefined || collection === undefined) throw notFound();
  if (viewer !== null && (await blockedEitherWay(app.db, viewer.actorId, row.actor_id))) throw notFound();
  const isMine = viewer?.actorId === row.actor_id;
  const items = await listItems(app.db, id, COLLECTION_LIMITS.members);
  const shown = items.filter((item) => item.state === "accepted" || (isMine && item.state === "pending"));
  const actors = await actorViews(
    app,
    shown.map((item) => item.actor_id),
  );
  const members = shown.flatMap((item) => {
    const actor = actors.find((one) => one.id === item.actor_id);
    if (actor === undefined || actor.suspended) return [];
    return [{ itemId: asId<CollectionItemId>(item.id), actor, state: item.state as ItemState }];
  });
  return { collection, members };
}
