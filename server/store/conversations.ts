import { sql } from "kysely";
import type { Db } from "./database.ts";
import { visibleTo } from "./visible.ts";

/** A row of a collection: its place in the order, and what is listed. */
export type Listed = { readonly id: number; readonly uri: string };

/** Notes of a conversation that `viewer` may see, oldest first. Index: notes_context. */
export async function listContext(
  db: Db,
  viewer: number | null,
  contextUri: string,
  after: number,
  limit: number,
): Promise<readonly Listed[]> {
  return await db
    .selectFrom("notes")
    .select(["id", "uri"])
    .where("context_uri", "=", contextUri)
    .where("id", ">", after)
    .where(visibleTo(viewer))
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** How many notes of a conversation `viewer` may see. Index: notes_context. */
export async function countContext(db: Db, viewer: number | null, contextUri: string): Promise<number> {
  const row = await db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("context_uri", "=", contextUri)
    .where(visibleTo(viewer))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Local public notes of a conversation, oldest first. Index: notes_context. */
export async function listOwnOfContext(
  db: Db,
  contextUri: string,
  after: number,
  limit: number,
): Promise<readonly Listed[]> {
  return await db
    .selectFrom("notes")
    .select(["id", "uri"])
    .where("context_uri", "=", contextUri)
    .where("local", "=", 1)
    .where("id", ">", after)
    .where(visibleTo(null))
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** How many local public notes a conversation has. Index: notes_context. */
export async function countOwnOfContext(db: Db, contextUri: string): Promise<number> {
  const row = await db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("context_uri", "=", contextUri)
    .where("local", "=", 1)
    .where(visibleTo(null))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** How many notes of a conversation are stored, whoever may see them. Index: notes_context. */
export async function countStoredOfContext(db: Db, contextUri: string): Promise<number> {
  const row = await db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("context_uri", "=", contextUri)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Where a page of replies begins: the author's own ones come first, then everybody else's. */
export type ReplyCursor = { readonly own: boolean; readonly after: number };

/** Replies to a note that `viewer` may see, by its author or by the others, oldest first. Index: notes_reply. */
export async function listReplies(
  db: Db,
  viewer: number | null,
  note: { readonly id: number; readonly actorId: number },
  cursor: ReplyCursor,
  limit: number,
): Promise<readonly Listed[]> {
  return await db
    .selectFrom("notes")
    .select(["id", "uri"])
    .where("reply_to_id", "=", note.id)
    .where("actor_id", cursor.own ? "=" : "!=", note.actorId)
    .where("id", ">", cursor.after)
    .where(visibleTo(viewer))
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** How many replies to a note `viewer` may see. Index: notes_reply. */
export async function countReplies(db: Db, viewer: number | null, noteId: number): Promise<number> {
  const row = await db
    .selectFrom("notes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("reply_to_id", "=", noteId)
    .where(visibleTo(viewer))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/**
 * Likes or open boosts of a note, newest first, as the activities' uris, without those of people who are hidden. Index:
 * likes_note, announces_note.
 */
export async function listReactionUris(
  db: Db,
  table: "likes" | "announces",
  noteId: number,
  before: number,
  limit: number,
): Promise<readonly Listed[]> {
  let query = db
    .selectFrom(table)
    .select(["id", "uri"])
    .where("note_id", "=", noteId)
    .where("id", "<", before)
    .where(
      sql<boolean>`not exists (select 1 from actors gone where gone.id = actor_id
        and (gone.suspended_at is not null or gone.deleted_at is not null))`,
    );
  if (table === "announces") query = query.where(sql<boolean>`visibility in ('public', 'unlisted')`);
  return await query.orderBy("id", "desc").limit(limit).execute();
}

/**
 * Gives a note and everything stored below it the conversation that it turned out to belong to, or none. Bounded by depth, since
 * a thread is only as deep as its replies are stored. Index: notes_reply.
 */
export async function spreadContext(db: Db, noteId: number, contextUri: string | null): Promise<void> {
  await sql`
    with recursive below (id, depth) as (
      select notes.id, 1 from notes where notes.id = ${noteId}
      union all
      select notes.id, below.depth + 1 from notes join below on notes.reply_to_id = below.id where below.depth < 500)
    update notes set context_uri = ${contextUri} where id in (select id from below)`.execute(db);
}

/** A note and everything stored that it answers, upwards. */
export async function listAbove(db: Db, noteId: number): Promise<readonly number[]> {
  const found = await sql<{ id: number }>`
    with recursive chain (id, parent) as (
      select notes.id, notes.reply_to_id from notes where notes.id = ${noteId}
      union
      select notes.id, notes.reply_to_id from notes join chain on notes.id = chain.parent)
    select id from chain limit 1000`.execute(db);
  return found.rows.map((row) => row.id);
}

/** The first note of the thread that a note is in, as far as it is stored: itself when it answers nothing that is here. */
export async function findThreadRootId(db: Db, noteId: number): Promise<number> {
  const found = await sql<{ id: number }>`
    with recursive chain (id, parent, depth) as (
      select notes.id, notes.reply_to_id, 1 from notes where notes.id = ${noteId}
      union all
      select notes.id, notes.reply_to_id, chain.depth + 1 from notes join chain on notes.id = chain.parent
        where chain.depth < 500)
    select id from chain order by depth desc limit 1`.execute(db);
  return found.rows[0]?.id ?? noteId;
}

/** What back-filling has to know of a stored note. */
export type ThreadNote = {
  readonly id: number;
  readonly uri: string;
  readonly replies_uri: string | null;
  readonly replies_fetched_at: number | null;
  readonly local: number;
  readonly depth: number;
};

/** A note and what is stored below it, nearest first, at most `limit`. Index: notes_reply. */
export async function listThread(db: Db, rootId: number, limit: number): Promise<readonly ThreadNote[]> {
  const found = await sql<ThreadNote>`
    with recursive below (id, depth) as (
      select notes.id, 0 from notes where notes.id = ${rootId}
      union all
      select notes.id, below.depth + 1 from notes join below on notes.reply_to_id = below.id where below.depth < 50)
    select notes.id, notes.uri, notes.replies_uri, notes.replies_fetched_at, notes.local,
      below.depth from below join notes on notes.id = below.id
      where notes.deleted_at is null order by below.depth, notes.id limit ${limit}`.execute(db);
  return found.rows;
}

/** Which of these uris are stored, deleted ones included. Index: notes (uri). */
export async function findKnownUris(db: Db, uris: readonly string[]): Promise<ReadonlySet<string>> {
  if (uris.length === 0) return new Set();
  const rows = await db.selectFrom("notes").select("uri").where("uri", "in", uris).execute();
  return new Set(rows.map((row) => row.uri));
}

/**
 * Claims a thread for one back-fill: true for the first to ask since `before` (ms). Two workers never fetch the same
 * thread at once.
 */
export async function claimThread(db: Db, rootId: number, now: number, before: number): Promise<boolean> {
  const row = await db
    .updateTable("notes")
    .set({ replies_fetched_at: now })
    .where("id", "=", rootId)
    .where((eb) => eb.or([eb("replies_fetched_at", "is", null), eb("replies_fetched_at", "<=", before)]))
    .returning("id")
    .executeTakeFirst();
  return row !== undefined;
}
