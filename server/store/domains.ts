import { sql } from "kysely";
import type { Severance } from "../domain/notification.ts";
import type { Db } from "./database.ts";
import { type Cursor, cut, type Rows } from "./page.ts";

/** The two lists of servers. */
export type DomainList = "domain_blocks" | "allowed_domains";

/** Puts a domain on a list; false when it was there already. */
export async function insertDomain(db: Db, list: DomainList, host: string, now: number): Promise<boolean> {
  const row = await db
    .insertInto(list)
    .values({ host, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning("host")
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes a domain off a list; false when it was not on it. */
export async function removeDomain(db: Db, list: DomainList, host: string): Promise<boolean> {
  const done = await db.deleteFrom(list).where("host", "=", host).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** A list by name, with the time of each entry in ms. */
export async function listDomains(
  db: Db,
  list: DomainList,
): Promise<readonly { readonly host: string; readonly created_at: number }[]> {
  return await db.selectFrom(list).selectAll().orderBy("host").execute();
}

/** What decides whether a remote actor is shown. */
export type RemoteActorRow = {
  readonly id: number;
  readonly uri: string;
  readonly host: string;
  readonly suspended_at: number | null;
  readonly suspended_by: string | null;
};

/**
 * Remote actors above an id, in order of ids (primary key); with `domain` only those whose handle or id lies on it or
 * under it. Reads the whole table once in a while, in the background.
 */
export async function listRemoteActors(
  db: Db,
  after: number,
  limit: number,
  domain: string | null,
): Promise<readonly RemoteActorRow[]> {
  let query = db
    .selectFrom("actors")
    .select(["id", "uri", "host", "suspended_at", "suspended_by"])
    .where("id", ">", after)
    .where("host", "!=", "")
    .where("deleted_at", "is", null);
  if (domain !== null)
    query = query.where((eb) =>
      eb.or([
        eb("host", "=", domain),
        eb("host", "like", `%.${domain}`),
        eb("host", "like", `${domain}:%`),
        eb("host", "like", `%.${domain}:%`),
        // The host of an id may differ from that of the handle; what fits too much is judged once more by the caller.
        eb("uri", "like", `%${domain}%`),
      ]),
    );
  return await query.orderBy("id").limit(limit).execute();
}

/** Hides actors because of their server; those that were suspended by themselves stay so. */
export async function hideActors(db: Db, ids: readonly number[], now: number): Promise<void> {
  await db
    .updateTable("actors")
    .set({ suspended_at: now, suspended_by: "domain" })
    .where("id", "in", [...ids])
    .where("suspended_at", "is", null)
    .execute();
}

/** Shows actors again that were hidden because of their server, and no others. */
export async function showActors(db: Db, ids: readonly number[]): Promise<void> {
  await db
    .updateTable("actors")
    .set({ suspended_at: null, suspended_by: null })
    .where("id", "in", [...ids])
    .where("suspended_by", "=", "domain")
    .execute();
}

/** Follows between one remote actor and members here, either way. Index: follows (actor_id | target_id, state, id). */
export async function listFollowsWith(
  db: Db,
  remoteId: number,
): Promise<readonly { readonly actor_id: number; readonly target_id: number; readonly state: string }[]> {
  const columns = ["actor_id", "target_id", "state"] as const;
  const out = await db.selectFrom("follows").select(columns).where("actor_id", "=", remoteId).execute();
  const back = await db.selectFrom("follows").select(columns).where("target_id", "=", remoteId).execute();
  return [...out, ...back];
}

export type SeveredRow = {
  readonly id: number;
  readonly host: string;
  readonly actor_id: number;
  readonly remote_id: number;
  readonly direction: string;
  readonly created_at: number;
};

/** Writes down follows that ended. */
export async function insertSevered(db: Db, rows: readonly SeveredRow[]): Promise<void> {
  if (rows.length > 0)
    await db
      .insertInto("severed")
      .values([...rows])
      .execute();
}

/** A member's follows that ended because of a server, newest first. Index: severed (actor_id, id). */
export async function listSeveredRows(
  db: Db,
  actorId: number,
  cursor: Cursor,
): Promise<Rows<SeveredRow & { readonly username: string; readonly remote_host: string }>> {
  let query = db
    .selectFrom("severed")
    .innerJoin("actors", "actors.id", "severed.remote_id")
    .selectAll("severed")
    .select(["actors.username", "actors.host as remote_host"])
    .where("severed.actor_id", "=", actorId);
  if (cursor.before !== undefined) query = query.where("severed.id", "<", cursor.before);
  const found = await query
    .orderBy("severed.id", "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, { ...cursor, after: undefined });
}

/** With which server a member's follows ended last, and how many. Index: severed (actor_id, id). */
export async function findLatestSeverance(db: Db, actorId: number): Promise<Severance | null> {
  const row = await db
    .selectFrom("severed")
    .select((eb) => [
      "host",
      eb.fn.max<number>("id").as("id"),
      eb.fn.max<number>("created_at").as("at"),
      sql<number>`sum(case when direction = 'follower' then 1 else 0 end)`.as("followers"),
      sql<number>`sum(case when direction = 'following' then 1 else 0 end)`.as("following"),
    ])
    .where("actor_id", "=", actorId)
    .groupBy("host")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined
    ? null
    : {
        id: Number(row.id),
        host: row.host,
        followers: Number(row.followers),
        following: Number(row.following),
        at: Number(row.at),
      };
}

/** Forgets all that ended of one actor, member or remote. */
export async function removeSevered(db: Db, actorId: number): Promise<void> {
  await db
    .deleteFrom("severed")
    .where((eb) => eb.or([eb("actor_id", "=", actorId), eb("remote_id", "=", actorId)]))
    .execute();
}

/**
 * Somebody of a host who may see a note that is not for everybody: named in it, or an accepted follower of its author
 * where the note is for followers; null when nobody is. Indexes: mentions (primary key), follows (target_id, state, id).
 */
export async function findEntitledOfHost(
  db: Db,
  note: { readonly id: number; readonly actor_id: number; readonly visibility: string },
  host: string,
): Promise<number | null> {
  const { rows } = await sql<{ id: number }>`
    select actors.id from (
      select mentions.actor_id as id from mentions where mentions.note_id = ${note.id}
      union select follows.actor_id from follows
        where ${note.visibility} = 'followers' and follows.target_id = ${note.actor_id} and follows.state = 'accepted'
    ) entitled join actors on actors.id = entitled.id
    where actors.host = ${host} and actors.deleted_at is null and actors.suspended_at is null
      and not exists (select 1 from blocks where (blocks.actor_id = ${note.actor_id} and blocks.target_id = actors.id)
        or (blocks.actor_id = actors.id and blocks.target_id = ${note.actor_id}))
    limit 1`.execute(db);
  return rows[0]?.id ?? null;
}
