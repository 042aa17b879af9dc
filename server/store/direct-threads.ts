import { sql, type Insertable, type Selectable } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { ConversationsTable } from "./schema.ts";
import { visibleTo } from "./visible.ts";

// Direct notes as conversations: for each account and thread one row that names the thread's last note for that person.

export type ConversationRow = Selectable<ConversationsTable>;

/** A row as a page wants it: the cursor is the last note, by which conversations are ordered. */
export type ConversationPlace = {
  /** The last note. */
  readonly id: number;
  readonly conversation_id: number;
  readonly unread: number;
};

/** The accounts behind some actors; actors elsewhere have none. */
export async function findAccountsOf(
  db: Db,
  actorIds: readonly number[],
): Promise<readonly { readonly id: number; readonly actor_id: number }[]> {
  if (actorIds.length === 0) return [];
  return await db
    .selectFrom("accounts")
    .select(["id", "actor_id"])
    .where("actor_id", "in", [...actorIds])
    .execute();
}

/** Brings a note into its conversation: a new one, or one that moves to the top. An older note than the last changes nothing. */
export async function raiseConversation(db: Db, row: Insertable<ConversationsTable>): Promise<void> {
  await db
    .insertInto("conversations")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(["account_id", "root_id"])
        .doUpdateSet({ last_note_id: row.last_note_id, unread: row.unread })
        .where("conversations.last_note_id", "<", row.last_note_id),
    )
    .execute();
}

/**
 * Takes away conversations of some accounts that began at one of these notes, and says what they were: what one answers
 * may arrive after it, and then two threads are one.
 */
export async function takeConversations(
  db: Db,
  accountIds: readonly number[],
  rootIds: readonly number[],
): Promise<readonly ConversationRow[]> {
  if (accountIds.length === 0 || rootIds.length === 0) return [];
  return await db
    .deleteFrom("conversations")
    .where("account_id", "in", [...accountIds])
    .where("root_id", "in", [...rootIds])
    .returningAll()
    .execute();
}

/** Ids of the notes that answer a note. Index: notes_reply. */
export async function listAnswerIds(db: Db, noteId: number): Promise<readonly number[]> {
  const rows = await db.selectFrom("notes").select("id").where("reply_to_id", "=", noteId).execute();
  return rows.map((row) => row.id);
}

/** A page of an account's conversations, last written first, as far as the last note may be seen. Index: conversations_latest. */
export async function listConversationRows(
  db: Db,
  viewer: { readonly accountId: number; readonly actorId: number },
  cursor: Cursor,
): Promise<Rows<ConversationPlace>> {
  let query = db
    .selectFrom("conversations")
    .innerJoin("notes", "notes.id", "conversations.last_note_id")
    .select(["notes.id", "conversations.id as conversation_id", "conversations.unread"])
    .where("conversations.account_id", "=", viewer.accountId)
    .where(visibleTo(viewer.actorId));
  if (cursor.before !== undefined) query = query.where("conversations.last_note_id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("conversations.last_note_id", ">", cursor.after);
  const found = await query
    .orderBy("conversations.last_note_id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** One conversation of an account (primary key). */
export async function findConversation(
  db: Db,
  accountId: number,
  id: number,
): Promise<ConversationRow | undefined> {
  return await db
    .selectFrom("conversations")
    .selectAll()
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
}

/** Marks one as read, or as not. */
export async function setConversationUnread(db: Db, id: number, unread: 0 | 1): Promise<void> {
  await db.updateTable("conversations").set({ unread }).where("id", "=", id).execute();
}

/** Puts one out of sight; its notes stay. */
export async function removeConversation(db: Db, id: number): Promise<void> {
  await db.deleteFrom("conversations").where("id", "=", id).execute();
}

/** The same by the first note of its thread. Index: conversations (account_id, root_id). */
export async function removeConversationOf(db: Db, accountId: number, rootId: number): Promise<void> {
  await db
    .deleteFrom("conversations")
    .where("account_id", "=", accountId)
    .where("root_id", "=", rootId)
    .execute();
}

/** First notes of direct threads that an account left, last left first. Index: the primary key of muted_threads. */
export async function listLeftRoots(
  db: Db,
  viewer: { readonly accountId: number; readonly actorId: number },
  limit: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("muted_threads")
    .innerJoin("notes", "notes.id", "muted_threads.root_id")
    .select("notes.id")
    .where("muted_threads.account_id", "=", viewer.accountId)
    .where("notes.visibility", "=", "direct")
    .where(visibleTo(viewer.actorId))
    .orderBy("muted_threads.created_at", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/**
 * A direct note is gone: conversations whose last note it was end with the one before, as each of their people may see it, and
 * those that held nothing else go. Index: conversations_last, notes_reply.
 */
export async function moveConversationsBack(db: Db, noteId: number): Promise<void> {
  const rows = await db
    .selectFrom("conversations")
    .innerJoin("accounts", "accounts.id", "conversations.account_id")
    .select(["conversations.id", "conversations.root_id", "accounts.actor_id"])
    .where("conversations.last_note_id", "=", noteId)
    .execute();
  for (const { id, root_id: rootId, actor_id: actorId } of rows) {
    const last = await findLastDirect(db, rootId, actorId, noteId);
    if (last === null) await removeConversation(db, id);
    else await db.updateTable("conversations").set({ last_note_id: last }).where("id", "=", id).execute();
  }
}

/** The newest direct note of a thread that somebody wrote or is named in. */
export async function findLastDirect(
  db: Db,
  rootId: number,
  actorId: number,
  exceptId: number,
): Promise<number | null> {
  const found = await sql<{ id: number | null }>`
    with recursive below (id, depth) as (
      select notes.id, 1 from notes where notes.id = ${rootId}
      union all
      select notes.id, below.depth + 1 from notes join below on notes.reply_to_id = below.id where below.depth < 500)
    select max(notes.id) as id from below join notes on notes.id = below.id
    where notes.visibility = 'direct' and notes.id <> ${exceptId} and ${visibleTo(actorId)}`.execute(db);
  const id = found.rows[0]?.id ?? null;
  return id === null ? null : Number(id);
}
