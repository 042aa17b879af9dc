import { sql } from "kysely";
import type { Db } from "./database.ts";

// How far something of ours went, as far as the rows tell: the inboxes of servers that certainly have it.

/** Servers that one thing is told to at most; who has more readers than that is not helped by a longer list. */
const MOST = 5_000;

/**
 * Inboxes of the actors elsewhere who liked, boosted, answered, reacted to or voted in a note: their servers have it, also
 * where nobody follows its author. Those who block the author or are blocked are left out for what is news to them. Index:
 * likes_note, announces_note, reactions (note_id), poll_votes (note_id), notes_reply.
 */
export async function listReachedInboxes(
  db: Db,
  note: { readonly id: number; readonly actor_id: number },
  purpose: "news" | "end",
): Promise<readonly string[]> {
  const noteId = note.id;
  const isTold = sql<boolean>`(${sql.lit(purpose === "end" ? 1 : 0)} = 1 or not exists (select 1 from blocks
    where (blocks.actor_id = ${note.actor_id} and blocks.target_id = actors.id)
      or (blocks.actor_id = actors.id and blocks.target_id = ${note.actor_id})))`;
  const found = await sql<{ inbox: string }>`
    select distinct coalesce(actors.shared_inbox_uri, actors.inbox_uri) as inbox from actors
      where actors.host <> '' and actors.deleted_at is null and actors.suspended_at is null and actors.id in (
        select actor_id from likes where note_id = ${noteId}
        union select actor_id from announces where note_id = ${noteId}
        union select actor_id from reactions where note_id = ${noteId}
        union select actor_id from poll_votes where note_id = ${noteId}
        union select actor_id from notes where reply_to_id = ${noteId})
        and ${isTold}
      limit ${MOST}`.execute(db);
  return found.rows.map((row) => row.inbox);
}

/**
 * Inboxes of everybody elsewhere whom an actor of ours had to do with: followers and followees, those its notes name, and
 * authors of what it liked, boosted or answered. Index: follows (target_id, state, id), follows (actor_id, state, id), entries
 * (actor_id, id).
 */
export async function listAcquaintedInboxes(db: Db, actorId: number): Promise<readonly string[]> {
  const found = await sql<{ inbox: string }>`
    select distinct coalesce(actors.shared_inbox_uri, actors.inbox_uri) as inbox from actors
      where actors.host <> '' and actors.deleted_at is null and actors.suspended_at is null and actors.id in (
        select actor_id from follows where target_id = ${actorId}
        union select target_id from follows where actor_id = ${actorId}
        union select mentions.actor_id from mentions join notes on notes.id = mentions.note_id
          where notes.actor_id = ${actorId}
        union select parents.actor_id from notes join notes as parents on parents.id = notes.reply_to_id
          where notes.actor_id = ${actorId}
        union select notes.actor_id from likes join notes on notes.id = likes.note_id
          where likes.actor_id = ${actorId}
        union select notes.actor_id from announces join notes on notes.id = announces.note_id
          where announces.actor_id = ${actorId}
        union select notes.actor_id from reactions join notes on notes.id = reactions.note_id
          where reactions.actor_id = ${actorId})
      limit ${MOST}`.execute(db);
  return found.rows.map((row) => row.inbox);
}
