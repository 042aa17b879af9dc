import type { Insertable, Selectable, Updateable } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { ListsTable } from "./schema.ts";

export type ListRow = Selectable<ListsTable>;

/** Keeps a new list. */
export async function insertList(db: Db, row: Insertable<ListsTable>): Promise<void> {
  await db.insertInto("lists").values(row).execute();
}

/** Changes columns of a list. */
export async function updateList(db: Db, id: number, change: Updateable<ListsTable>): Promise<void> {
  await db.updateTable("lists").set(change).where("id", "=", id).execute();
}

/** Removes a list with its members. */
export async function removeList(db: Db, id: number): Promise<void> {
  await db.deleteFrom("list_members").where("list_id", "=", id).execute();
  await db.deleteFrom("lists").where("id", "=", id).execute();
}

/** An actor's own list; nobody else's is ever found. */
export async function findOwnList(db: Db, actorId: number, id: number): Promise<ListRow | undefined> {
  return await db
    .selectFrom("lists")
    .selectAll()
    .where("id", "=", id)
    .where("actor_id", "=", actorId)
    .executeTakeFirst();
}

/** An actor's lists, oldest first. Index: lists (actor_id, id). */
export async function listListRows(db: Db, actorId: number, limit: number): Promise<readonly ListRow[]> {
  return await db
    .selectFrom("lists")
    .selectAll()
    .where("actor_id", "=", actorId)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Puts somebody on a list; doing it twice is doing it once. */
export async function insertListMember(db: Db, listId: number, actorId: number): Promise<void> {
  await db
    .insertInto("list_members")
    .values({ list_id: listId, actor_id: actorId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Takes somebody off a list. */
export async function removeListMember(db: Db, listId: number, actorId: number): Promise<void> {
  await db.deleteFrom("list_members").where("list_id", "=", listId).where("actor_id", "=", actorId).execute();
}

/** Who is on a list. Index: list_members (list_id, actor_id). */
export async function listMemberIds(db: Db, listId: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("list_members")
    .select("actor_id")
    .where("list_id", "=", listId)
    .orderBy("actor_id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.actor_id);
}

/** A page of who is on a list; the cursor is the actor. Index: list_members (list_id, actor_id). */
export async function listMemberPage(
  db: Db,
  listId: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number }>> {
  let query = db.selectFrom("list_members").select("actor_id as id").where("list_id", "=", listId);
  if (cursor.before !== undefined) query = query.where("actor_id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("actor_id", ">", cursor.after);
  const found = await query
    .orderBy("actor_id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** How many are on each list. Index: list_members (list_id, actor_id). */
export async function countMembers(db: Db, listIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (listIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("list_members")
    .select(["list_id", (eb) => eb.fn.countAll<number>().as("count")])
    .where("list_id", "in", [...listIds])
    .groupBy("list_id")
    .execute();
  return new Map(rows.map((row) => [row.list_id, Number(row.count)]));
}

/** On which of an owner's lists somebody is. Index: list_members (actor_id). */
export async function findListsWith(db: Db, ownerId: number, actorId: number): Promise<ReadonlySet<number>> {
  const rows = await db
    .selectFrom("list_members")
    .innerJoin("lists", "lists.id", "list_members.list_id")
    .select("lists.id")
    .where("list_members.actor_id", "=", actorId)
    .where("lists.actor_id", "=", ownerId)
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Removes an actor's lists, and the actor from everybody else's. */
export async function removeListsOf(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("list_members").where("actor_id", "=", actorId).execute();
  await db
    .deleteFrom("list_members")
    .where("list_id", "in", (eb) => eb.selectFrom("lists").select("id").where("actor_id", "=", actorId))
    .execute();
  await db.deleteFrom("lists").where("actor_id", "=", actorId).execute();
}
