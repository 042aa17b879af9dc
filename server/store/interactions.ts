import { type Insertable, type Selectable, sql } from "kysely";
import { listAbove, spreadContext } from "./conversations.ts";
import type { Db } from "./database.ts";
import { addToNoteCount, isCounted, type NoteRow } from "./notes.ts";
import { type Cursor, ascending, cut, type Rows } from "./page.ts";
import type { InteractionsTable } from "./schema.ts";

export type InteractionRow = Selectable<InteractionsTable>;

/** Remembers a request, once per (kind, object, note); false when it was there already. */
export async function insertInteraction(db: Db, row: Insertable<InteractionsTable>): Promise<boolean> {
  const done = await db
    .insertInto("interactions")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** A request by id. */
export async function findInteractionById(db: Db, id: number): Promise<InteractionRow | undefined> {
  return await db.selectFrom("interactions").selectAll().where("id", "=", id).executeTakeFirst();
}

/** What is known of one thing done with one note. Index: interactions (kind, object_uri, note_id). */
export async function findInteraction(
  db: Db,
  kind: string,
  objectUri: string,
  noteId: number,
): Promise<InteractionRow | undefined> {
  return await db
    .selectFrom("interactions")
    .selectAll()
    .where("kind", "=", kind)
    .where("object_uri", "=", objectUri)
    .where("note_id", "=", noteId)
    .executeTakeFirst();
}

/** What was decided about several replies. Index: interactions (kind, object_uri, note_id). */
export async function listReplyInteractions(
  db: Db,
  objectUris: readonly string[],
): Promise<readonly InteractionRow[]> {
  if (objectUris.length === 0) return [];
  return await db
    .selectFrom("interactions")
    .selectAll()
    .where("kind", "=", "reply")
    .where("object_uri", "in", [...objectUris])
    .execute();
}

/** Everything that was asked with one object: a reply that quotes is two. Index: interactions (object_uri). */
export async function listInteractionsWith(db: Db, objectUri: string): Promise<readonly InteractionRow[]> {
  return await db
    .selectFrom("interactions")
    .selectAll()
    .where("object_uri", "=", objectUri)
    .orderBy("id")
    .limit(10)
    .execute();
}

/** Decides a request that is still in one of the states `from`; the decided row, or undefined when somebody was faster. */
export async function decideInteraction(
  db: Db,
  id: number,
  change: { readonly from: readonly string[]; readonly state: string; readonly now: number },
): Promise<InteractionRow | undefined> {
  return await db
    .updateTable("interactions")
    .set({ state: change.state, decided_at: change.now })
    .where("id", "=", id)
    .where("state", "in", [...change.from])
    .returningAll()
    .executeTakeFirst();
}

/** Forgets what an actor asked for and does not want any more; what was decided stays. Index: interactions (object_uri). */
export async function withdrawInteraction(db: Db, actorId: number, objectUri: string): Promise<void> {
  await db
    .deleteFrom("interactions")
    .where("object_uri", "=", objectUri)
    .where("actor_id", "=", actorId)
    .where("state", "=", "pending")
    .execute();
}

/** Notes under which address a polite request came, and what it brought. */
export async function updateInteraction(
  db: Db,
  id: number,
  change: {
    readonly request_uri?: string;
    readonly authorization_uri?: string | null;
    readonly detail?: string;
  },
): Promise<void> {
  await db.updateTable("interactions").set(change).where("id", "=", id).execute();
}

/** Requests to an author in one state, newest first. Index: interactions (author_id, state, id). */
export async function listInteractionsOf(
  db: Db,
  authorId: number,
  state: string,
  cursor: Cursor,
): Promise<Rows<InteractionRow>> {
  let query = db
    .selectFrom("interactions")
    .selectAll()
    .where("author_id", "=", authorId)
    .where("state", "=", state);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Open requests to an author, of one actor or all, counted up to `limit`. Index: interactions (author_id, state, id). */
export async function countPending(
  db: Db,
  authorId: number,
  limit: number,
  actorId?: number,
): Promise<number> {
  let query = db
    .selectFrom("interactions")
    .select("id")
    .where("author_id", "=", authorId)
    .where("state", "=", "pending");
  if (actorId !== undefined) query = query.where("actor_id", "=", actorId);
  return (await query.limit(limit).execute()).length;
}

/**
 * Notes that carry a stamp, those first that it holds for: anybody can write its address under a note of theirs.
 * Index: notes_quote_stamp.
 */
export async function listNotesWithStamp(db: Db, stampUri: string): Promise<readonly NoteRow[]> {
  return await db
    .selectFrom("notes")
    .selectAll()
    .where("quote_authorization_uri", "=", stampUri)
    .where("deleted_at", "is", null)
    .orderBy(sql`case when quote_state = 'accepted' then 0 else 1 end`)
    .orderBy("id")
    .limit(20)
    .execute();
}

/** Notes by uri that are not deleted; no visibility is applied. Index: notes (uri). */
export async function findNotesByUris(db: Db, uris: readonly string[]): Promise<readonly NoteRow[]> {
  if (uris.length === 0) return [];
  return await db
    .selectFrom("notes")
    .selectAll()
    .where("uri", "in", [...uris])
    .where("deleted_at", "is", null)
    .execute();
}

/** Ties a reply to what it answers, and counts it; false when it is tied already, answers something else or would close a circle. */
export async function attachReply(db: Db, replyUri: string, parent: NoteRow): Promise<NoteRow | undefined> {
  const above = await listAbove(db, parent.id);
  const row = await db
    .updateTable("notes")
    .set({ reply_to_id: parent.id })
    .where("uri", "=", replyUri)
    .where("reply_to_uri", "=", parent.uri)
    .where("reply_to_id", "is", null)
    .where("id", "not in", [...above])
    .where("deleted_at", "is", null)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (isCounted(row.visibility)) await addToNoteCount(db, parent.id, "replies_count", 1);
  if (parent.context_uri !== null) await spreadContext(db, row.id, parent.context_uri);
  return row;
}

/** Takes a reply off what it answers; it stays where its own author's readers see it. */
export async function detachReply(db: Db, replyUri: string, parentId: number): Promise<void> {
  const row = await db
    .updateTable("notes")
    .set({ reply_to_id: null })
    .where("uri", "=", replyUri)
    .where("reply_to_id", "=", parentId)
    .returning(["id", "visibility"])
    .executeTakeFirst();
  if (row === undefined) return;
  if (isCounted(row.visibility)) await addToNoteCount(db, parentId, "replies_count", -1);
  await spreadContext(db, row.id, null);
}

/** Lets somebody see a private note that concerns them, as if it named them. */
export async function grantSight(db: Db, noteId: number, actorId: number): Promise<void> {
  await db
    .insertInto("mentions")
    .values({ note_id: noteId, actor_id: actorId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Answers that are tied to a note, oldest first. Index: notes (reply_to_id, id). */
export async function listReplyRows(db: Db, noteId: number, limit: number): Promise<readonly NoteRow[]> {
  return await db
    .selectFrom("notes")
    .selectAll()
    .where("reply_to_id", "=", noteId)
    .where("deleted_at", "is", null)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** What connects an actor with the authors of a page of notes: whom they follow, and who follows them. Two queries. */
export async function findTies(
  db: Db,
  actorId: number,
  authorIds: readonly number[],
): Promise<{ readonly follows: ReadonlySet<number>; readonly followedBy: ReadonlySet<number> }> {
  const authors = [...new Set(authorIds)].filter((id) => id !== actorId);
  if (authors.length === 0) return { follows: new Set(), followedBy: new Set() };
  const out = await db
    .selectFrom("follows")
    .select("target_id")
    .where("actor_id", "=", actorId)
    .where("target_id", "in", authors)
    .where("state", "=", "accepted")
    .execute();
  const back = await db
    .selectFrom("follows")
    .select("actor_id")
    .where("target_id", "=", actorId)
    .where("actor_id", "in", authors)
    .where("state", "=", "accepted")
    .execute();
  return {
    follows: new Set(out.map((row) => row.target_id)),
    followedBy: new Set(back.map((row) => row.actor_id)),
  };
}
