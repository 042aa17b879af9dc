import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";

// What leaves as a file: pages of rows, the newest first, each after the cursor of the last one.

export type PersonOut = { readonly id: number; readonly username: string; readonly host: string };
export type FollowOut = PersonOut & {
  readonly notify: number;
  readonly show_announces: number;
  readonly languages: string | null;
};
export type MuteOut = PersonOut & { readonly hide_notifications: number };

/** Whom an actor follows, as accepted. Index: follows (actor_id, state, id). */
export async function followsOut(
  db: Db,
  actorId: number,
  before: number,
  limit: number,
): Promise<readonly FollowOut[]> {
  return await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.target_id")
    .select(["follows.id", "actors.username", "actors.host"])
    .select(["follows.notify", "follows.show_announces", "follows.languages"])
    .where("follows.actor_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .where("follows.id", "<", before)
    .where("actors.deleted_at", "is", null)
    .orderBy("follows.id", "desc")
    .limit(limit)
    .execute();
}

/** Whom an actor mutes at this time. Index: mutes (actor_id, target_id). */
export async function mutesOut(
  db: Db,
  actorId: number,
  before: number,
  limit: number,
  now: number,
): Promise<readonly MuteOut[]> {
  return await db
    .selectFrom("mutes")
    .innerJoin("actors", "actors.id", "mutes.target_id")
    .select(["mutes.id", "actors.username", "actors.host", "mutes.hide_notifications"])
    .where("mutes.actor_id", "=", actorId)
    .where("mutes.id", "<", before)
    .where((eb) => eb.or([eb("mutes.expires_at", "is", null), eb("mutes.expires_at", ">", now)]))
    .where("actors.deleted_at", "is", null)
    .orderBy("mutes.id", "desc")
    .limit(limit)
    .execute();
}

/** Whom an actor blocks. Index: blocks (actor_id, target_id). */
export async function blocksOut(
  db: Db,
  actorId: number,
  before: number,
  limit: number,
): Promise<readonly PersonOut[]> {
  return await db
    .selectFrom("blocks")
    .innerJoin("actors", "actors.id", "blocks.target_id")
    .select(["blocks.id", "actors.username", "actors.host"])
    .where("blocks.actor_id", "=", actorId)
    .where("blocks.id", "<", before)
    .where("actors.deleted_at", "is", null)
    .orderBy("blocks.id", "desc")
    .limit(limit)
    .execute();
}

/** Who is on one list, by the age of their actors. Index: list_members (list_id, actor_id). */
export async function listedOut(
  db: Db,
  listId: number,
  before: number,
  limit: number,
): Promise<readonly PersonOut[]> {
  return await db
    .selectFrom("list_members")
    .innerJoin("actors", "actors.id", "list_members.actor_id")
    .select(["actors.id", "actors.username", "actors.host"])
    .where("list_members.list_id", "=", listId)
    .where("list_members.actor_id", "<", before)
    .where("actors.deleted_at", "is", null)
    .orderBy("list_members.actor_id", "desc")
    .limit(limit)
    .execute();
}

/** What an actor keeps for later. Index: bookmarks (actor_id, id). */
export async function bookmarksOut(
  db: Db,
  actorId: number,
  before: number,
  limit: number,
): Promise<readonly { readonly id: number; readonly uri: string }[]> {
  return await db
    .selectFrom("bookmarks")
    .innerJoin("notes", "notes.id", "bookmarks.note_id")
    .select(["bookmarks.id", "notes.uri"])
    .where("bookmarks.actor_id", "=", actorId)
    .where("bookmarks.id", "<", before)
    .where("notes.deleted_at", "is", null)
    .orderBy("bookmarks.id", "desc")
    .limit(limit)
    .execute();
}

/** Uris of notes that filters are about one by one. Index: filter_notes (filter_id, note_id). */
export async function filteredUris(
  db: Db,
  filterIds: readonly number[],
): Promise<readonly { readonly filter_id: number; readonly uri: string }[]> {
  if (filterIds.length === 0) return [];
  return await db
    .selectFrom("filter_notes")
    .innerJoin("notes", "notes.id", "filter_notes.note_id")
    .select(["filter_notes.filter_id", "notes.uri"])
    .where("filter_notes.filter_id", "in", [...filterIds])
    .where("notes.deleted_at", "is", null)
    .orderBy("filter_notes.id")
    .execute();
}

export type OutCounts = {
  readonly follows: number;
  readonly lists: number;
  readonly mutes: number;
  readonly blocks: number;
  readonly domains: number;
  readonly bookmarks: number;
  readonly filters: number;
};

/** How much of each there is, in one statement. Indexes: each table by its owner. */
export async function countOut(db: Db, actorId: number, accountId: number, now: number): Promise<OutCounts> {
  const people = (table: "follows" | "mutes" | "blocks", more: RawBuilder<unknown>) =>
    sql`(select count(*) from ${sql.table(table)} mine join actors on actors.id = mine.target_id
      where mine.actor_id = ${actorId} and actors.deleted_at is null and ${more})`;
  const { rows } = await sql<OutCounts>`select
    ${people("follows", sql`mine.state = 'accepted'`)} as follows,
    (select count(*) from list_members join lists on lists.id = list_members.list_id
      join actors on actors.id = list_members.actor_id
      where lists.actor_id = ${actorId} and actors.deleted_at is null) as lists,
    ${people("mutes", sql`(mine.expires_at is null or mine.expires_at > ${now})`)} as mutes,
    ${people("blocks", sql`1 = 1`)} as blocks,
    (select count(*) from personal_domain_blocks where actor_id = ${actorId}) as domains,
    (select count(*) from bookmarks join notes on notes.id = bookmarks.note_id
      where bookmarks.actor_id = ${actorId} and notes.deleted_at is null) as bookmarks,
    (select count(*) from filters where account_id = ${accountId}) as filters`.execute(db);
  const counts = rows[0] ?? EMPTY;
  return {
    follows: Number(counts.follows),
    lists: Number(counts.lists),
    mutes: Number(counts.mutes),
    blocks: Number(counts.blocks),
    domains: Number(counts.domains),
    bookmarks: Number(counts.bookmarks),
    filters: Number(counts.filters),
  };
}

const EMPTY: OutCounts = {
  follows: 0,
  lists: 0,
  mutes: 0,
  blocks: 0,
  domains: 0,
  bookmarks: 0,
  filters: 0,
};
