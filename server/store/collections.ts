import type { Insertable, Selectable, Updateable } from "kysely";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import type { CollectionItemsTable, CollectionsTable } from "./schema.ts";

export type CollectionRow = Selectable<CollectionsTable>;
export type CollectionItemRow = Selectable<CollectionItemsTable>;

/** Adds a collection. */
export async function insertCollection(db: Db, row: Insertable<CollectionsTable>): Promise<void> {
  await db.insertInto("collections").values(row).execute();
}

/** Changes columns of a collection. */
export async function updateCollection(
  db: Db,
  id: number,
  change: Updateable<CollectionsTable>,
): Promise<void> {
  await db.updateTable("collections").set(change).where("id", "=", id).execute();
}

/** Removes a collection with its items. */
export async function removeCollection(db: Db, id: number): Promise<void> {
  await db.deleteFrom("collection_items").where("collection_id", "=", id).execute();
  await db.deleteFrom("collections").where("id", "=", id).execute();
}

/** A collection by id. */
export async function findCollection(db: Db, id: number): Promise<CollectionRow | undefined> {
  return await db.selectFrom("collections").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A collection by uri. Index: collections (uri). */
export async function findCollectionByUri(db: Db, uri: string): Promise<CollectionRow | undefined> {
  return await db.selectFrom("collections").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Collections of an actor, oldest first. Index: collections (actor_id). */
export async function listCollectionRows(
  db: Db,
  actorId: number,
  limit: number,
): Promise<readonly CollectionRow[]> {
  return await prepared(db, "collections", { actorId, limit }, (on, places) =>
    on
      .selectFrom("collections")
      .selectAll()
      .where("actor_id", "=", places.actorId)
      .orderBy("id")
      .limit(places.limit),
  );
}

/** Adds an item; false when its actor has a place there already. */
export async function insertItem(db: Db, row: Insertable<CollectionItemsTable>): Promise<boolean> {
  const done = await db
    .insertInto("collection_items")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Changes columns of an item. */
export async function updateItem(
  db: Db,
  id: number,
  change: Updateable<CollectionItemsTable>,
): Promise<void> {
  await db.updateTable("collection_items").set(change).where("id", "=", id).execute();
}

/** Removes an item. */
export async function removeItem(db: Db, id: number): Promise<void> {
  await db.deleteFrom("collection_items").where("id", "=", id).execute();
}

/** An item by id. */
export async function findItem(db: Db, id: number): Promise<CollectionItemRow | undefined> {
  return await db.selectFrom("collection_items").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The place of an actor in a collection. Index: collection_items (collection_id, actor_id). */
export async function findItemOf(
  db: Db,
  collectionId: number,
  actorId: number,
): Promise<CollectionItemRow | undefined> {
  return await db
    .selectFrom("collection_items")
    .selectAll()
    .where("collection_id", "=", collectionId)
    .where("actor_id", "=", actorId)
    .executeTakeFirst();
}

/** Items under a stamp of an actor. Index: collection_items (actor_id). */
export async function findItemByStamp(
  db: Db,
  actorId: number,
  authorizationUri: string,
): Promise<CollectionItemRow | undefined> {
  return await db
    .selectFrom("collection_items")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("authorization_uri", "=", authorizationUri)
    .executeTakeFirst();
}

/** Items of a collection, oldest first. Index: collection_items (collection_id, actor_id). */
export async function listItems(
  db: Db,
  collectionId: number,
  limit: number,
): Promise<readonly CollectionItemRow[]> {
  return await db
    .selectFrom("collection_items")
    .selectAll()
    .where("collection_id", "=", collectionId)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Places that an actor has or could have in others' collections, newest first. Index: collection_items (actor_id). */
export async function listPlaces(db: Db, actorId: number, limit: number) {
  return await db
    .selectFrom("collection_items")
    .innerJoin("collections", "collections.id", "collection_items.collection_id")
    .select([
      "collection_items.id",
      "collection_items.state",
      "collection_items.collection_id",
      "collections.actor_id as owner_id",
      "collections.name",
    ])
    .where("collection_items.actor_id", "=", actorId)
    .where("collection_items.state", "in", ["pending", "accepted"])
    .whereRef("collections.actor_id", "!=", "collection_items.actor_id")
    .orderBy("collection_items.id", "desc")
    .limit(limit)
    .execute();
}

/** The local owner of a collection; null for collections elsewhere. */
export async function findLocalOwner(db: Db, collectionId: number): Promise<number | null> {
  const row = await db
    .selectFrom("collections")
    .innerJoin("actors", "actors.id", "collections.actor_id")
    .select("actors.id")
    .where("collections.id", "=", collectionId)
    .where("actors.host", "=", "")
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Removes what an actor who left had: collections, and places in those of others. */
export async function removeCollectionsOf(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("collection_items").where("actor_id", "=", actorId).execute();
  await db
    .deleteFrom("collection_items")
    .where("collection_id", "in", (eb) =>
      eb.selectFrom("collections").select("id").where("actor_id", "=", actorId),
    )
    .execute();
  await db.deleteFrom("collections").where("actor_id", "=", actorId).execute();
}
