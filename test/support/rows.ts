import type { Insertable } from "kysely";
import type { Db } from "../../server/store/database.ts";
import { insertNote } from "../../server/store/notes.ts";
import type { ActorsTable, NotesTable } from "../../server/store/schema.ts";

/** An actor's row with nothing special about it. */
export function actorRow(id: number, change: Partial<Insertable<ActorsTable>> = {}): Insertable<ActorsTable> {
  const uri = `https://rows.test/users/${id}`;
  return {
    id,
    uri,
    url: `https://rows.test/@u${id}`,
    kind: "Person",
    username: `u${id}`,
    host: "",
    name: "",
    bio_html: "",
    bio_source: "",
    fields: "[]",
    avatar: null,
    header: null,
    locked: 0,
    discoverable: 1,
    indexable: 1,
    inbox_uri: `${uri}/inbox`,
    shared_inbox_uri: null,
    outbox_uri: null,
    followers_uri: `${uri}/followers`,
    following_uri: null,
    featured_uri: null,
    followers_count: 0,
    following_count: 0,
    notes_count: 0,
    published_at: 0,
    fetched_at: 0,
    suspended_at: null,
    deleted_at: null,
    ...change,
  };
}

/** A note's row with nothing special about it. */
export function noteRow(
  id: number,
  actorId: number,
  change: Partial<Insertable<NotesTable>> = {},
): Insertable<NotesTable> {
  const uri = `https://rows.test/notes/${id}`;
  return {
    id,
    uri,
    url: uri,
    actor_id: actorId,
    local: 1,
    visibility: "public",
    reply_to_id: null,
    reply_to_uri: null,
    language: null,
    summary: null,
    content_html: "<p>text</p>",
    content_map: "{}",
    source: "text",
    sensitive: 0,
    published_at: 0,
    updated_at: null,
    received_at: 0,
    deleted_at: null,
    likes_count: 0,
    announces_count: 0,
    replies_count: 0,
    ...change,
  };
}

/** Stores an actor. */
export async function storeActor(
  db: Db,
  id: number,
  change: Partial<Insertable<ActorsTable>> = {},
): Promise<void> {
  await db.insertInto("actors").values(actorRow(id, change)).execute();
}

/** Stores a note with its entry. */
export async function storeNote(
  db: Db,
  id: number,
  actorId: number,
  change: Partial<Insertable<NotesTable>> = {},
  mentionIds: readonly number[] = [],
  tags: readonly string[] = [],
): Promise<void> {
  await insertNote(db, { row: noteRow(id, actorId, change), mentionIds, tags });
}

/** Stores a follow. */
export async function storeFollow(
  db: Db,
  id: number,
  actorId: number,
  targetId: number,
  state = "accepted",
): Promise<void> {
  await db
    .insertInto("follows")
    .values({
      id,
      uri: `https://rows.test/follows/${id}`,
      actor_id: actorId,
      target_id: targetId,
      state,
      created_at: 0,
    })
    .execute();
}

/** Stores a block. */
export async function storeBlock(db: Db, id: number, actorId: number, targetId: number): Promise<void> {
  await db
    .insertInto("blocks")
    .values({
      id,
      uri: `https://rows.test/blocks/${id}`,
      actor_id: actorId,
      target_id: targetId,
      created_at: 0,
    })
    .execute();
}
