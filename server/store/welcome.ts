import { sql } from "kysely";
import { waitingName, wantedName } from "../domain/gates.ts";
import type { Db } from "./database.ts";
import { openToStrangers } from "./visible.ts";

/** The local actor whose invite an account came by; undefined for others. */
export async function findInviter(db: Db, accountId: number): Promise<number | undefined> {
  const row = await db
    .selectFrom("accounts")
    .innerJoin("invites", "invites.id", "accounts.invite_id")
    .innerJoin("accounts as inviters", "inviters.id", "invites.created_by")
    .innerJoin("actors", "actors.id", "inviters.actor_id")
    .select("actors.id")
    .where("accounts.id", "=", accountId)
    .where("actors.deleted_at", "is", null)
    .where("actors.suspended_at", "is", null)
    .executeTakeFirst();
  return row?.id;
}

/**
 * Whom somebody follows and who wants to be found, the newest follows first; nobody when they keep that to themselves.
 * Index: follows (actor_id, target_id).
 */
export async function listFindableFollowed(
  db: Db,
  actorId: number,
  limit: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.target_id")
    .innerJoin("actors as owners", "owners.id", "follows.actor_id")
    .select("actors.id")
    .where("follows.actor_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .where("owners.hide_collections", "=", 0)
    .where("actors.discoverable", "=", 1)
    .where("actors.deleted_at", "is", null)
    .where("actors.suspended_at", "is", null)
    .where("actors.limited_at", "is", null)
    .where("actors.moved_to_uri", "is", null)
    .orderBy("follows.id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Among actors those that an actor follows, asked to follow, or has a block with, either way. */
export async function findRelated(
  db: Db,
  actorId: number,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  const follows = await db
    .selectFrom("follows")
    .select("target_id as id")
    .where("actor_id", "=", actorId)
    .where("target_id", "in", ids)
    .unionAll(db.selectFrom("blocks").select("target_id as id").where("actor_id", "=", actorId))
    .unionAll(db.selectFrom("blocks").select("actor_id as id").where("target_id", "=", actorId))
    .execute();
  return new Set(follows.map((row) => row.id));
}

/** Tags of the newest public notes from here, the most used first. Index: entries_local; note_tags (note_id). */
export async function listUsedTags(db: Db, notes: number, limit: number): Promise<readonly string[]> {
  const rows = await sql<{ tag: string }>`
    select note_tags.tag as tag, count(*) as uses from note_tags
    where note_tags.note_id in (
      select note_id from (
        select entries.note_id as note_id from entries
        where entries.local = 1 and entries.announce = 0 and entries.reply = 0 and entries.visibility = 'public'
          and not exists (select 1 from notes hidden where hidden.id = entries.note_id and hidden.hidden_at is not null)
        order by entries.id desc limit ${notes}) as newest)
    group by note_tags.tag order by count(*) desc, note_tags.tag limit ${limit}`.execute(db);
  return rows.rows.map((row) => row.tag);
}

/** For each tag the newest public note with an open picture, where there is one. Index: note_tags (tag, note_id). */
export async function findTagCovers(db: Db, tags: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (tags.length === 0) return new Map();
  const rows = await db
    .selectFrom("note_tags")
    .innerJoin("notes", "notes.id", "note_tags.note_id")
    .select((eb) => ["note_tags.tag", eb.fn.max("notes.id").as("id")])
    .where("note_tags.tag", "in", tags)
    .where("notes.visibility", "=", "public")
    .where("notes.local", "=", 1)
    .where("notes.deleted_at", "is", null)
    .where("notes.sensitive", "=", 0)
    .where("notes.sensitized_at", "is", null)
    .where("notes.hidden_at", "is", null)
    .where(openToStrangers(null, "notes.actor_id"))
    .where("notes.summary", "is", null)
    .where(sql<boolean>`(notes.media = 1 or notes.media = 3 or notes.media = 5 or notes.media = 7)`)
    .groupBy("note_tags.tag")
    .execute();
  return new Map(rows.map((row) => [row.tag, Number(row.id)]));
}

/** Those of some usernames that belong to an actor here, deleted ones included. Index: actors (username, host). */
export async function findTakenNames(db: Db, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const rows = await db
    .selectFrom("actors")
    .select("username")
    .where("host", "=", "")
    .where("username", "in", [...names, ...names.map(waitingName)])
    .execute();
  return rows.map((row) => wantedName(row.username));
}
