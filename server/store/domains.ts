import { type Insertable, type Selectable, sql } from "kysely";
import type { Severance } from "../domain/notification.ts";
import type { Db } from "./database.ts";
import { texts } from "./json-rows.ts";
import { type Cursor, cut, type Rows } from "./page.ts";
import type { DomainBlocksTable } from "./schema.ts";

export type DomainRuleRow = Selectable<DomainBlocksTable>;

/** All rules about servers by name (primary key). */
export async function listDomainRules(db: Db): Promise<readonly DomainRuleRow[]> {
  return await db.selectFrom("domain_blocks").selectAll().orderBy("host").execute();
}

/** The rules of these domains themselves, not of those above them. Index: domain_blocks (host). */
export async function findDomainRules(db: Db, hosts: readonly string[]): Promise<readonly DomainRuleRow[]> {
  if (hosts.length === 0) return [];
  return await db
    .selectFrom("domain_blocks")
    .selectAll()
    .where("host", "in", sql<string>`(select v.value from ${texts(db, hosts)})`)
    .execute();
}

/** Writes rules over those that were there; the time of the first one stays. */
export async function putDomainRules(db: Db, rows: readonly Insertable<DomainBlocksTable>[]): Promise<void> {
  for (const { created_at: createdAt, host, ...row } of rows)
    await db
      .insertInto("domain_blocks")
      .values({ host, created_at: createdAt, ...row })
      .onConflict((conflict) => conflict.column("host").doUpdateSet(row))
      .execute();
}

/** Takes a rule away; false when there was none. */
export async function removeDomainRule(db: Db, host: string): Promise<boolean> {
  const done = await db.deleteFrom("domain_blocks").where("host", "=", host).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Puts a domain on the list of those that are allowed; false when it was there already. */
export async function insertAllowedDomain(db: Db, host: string, now: number): Promise<boolean> {
  const row = await db
    .insertInto("allowed_domains")
    .values({ host, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .returning("host")
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes a domain off that list; false when it was not on it. */
export async function removeAllowedDomain(db: Db, host: string): Promise<boolean> {
  const done = await db.deleteFrom("allowed_domains").where("host", "=", host).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** The allowed domains by name, with the time of each entry in ms. */
export async function listAllowed(
  db: Db,
): Promise<readonly { readonly host: string; readonly created_at: number }[]> {
  return await db.selectFrom("allowed_domains").selectAll().orderBy("host").execute();
}

/** Follows between members and people of a server. */
export type HostTies = { readonly host: string; readonly following: number; readonly followers: number };

/** The same for every server that members have to do with: follows are read once. For pages of staff. */
export async function listHostTies(db: Db): Promise<readonly HostTies[]> {
  const { rows } = await sql<HostTies>`
    select actors.host as host, sum(ties.following) as following, sum(ties.followers) as followers
    from (select target_id as id, 1 as following, 0 as followers from follows where state = 'accepted'
      union all select actor_id, 0, 1 from follows where state = 'accepted') ties
    join actors on actors.id = ties.id
    where actors.host <> '' and actors.deleted_at is null
    group by actors.host order by actors.host`.execute(db);
  return rows.map(({ host, following, followers }) => ({
    host,
    following: Number(following),
    followers: Number(followers),
  }));
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

/** True in SQL for a follow by a member that could be asked for again: they are here, and are not followed. */
const mayBeAskedAgain = sql<boolean>`(severed.direction = 'following' and actors.deleted_at is null
  and actors.suspended_at is null and not exists (select 1 from follows
    where follows.actor_id = severed.actor_id and follows.target_id = severed.remote_id))`;

/** Whom a member followed and could ask again, the last ended first, each once. Index: severed (actor_id, id). */
export async function listAskable(db: Db, actorId: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("severed")
    .innerJoin("actors", "actors.id", "severed.remote_id")
    .select((eb) => ["severed.remote_id", eb.fn.max<number>("severed.id").as("last")])
    .where("severed.actor_id", "=", actorId)
    .where(mayBeAskedAgain)
    .groupBy("severed.remote_id")
    .orderBy("last", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => row.remote_id);
}

/** How many they are. Index: severed (actor_id, id). */
export async function countAskable(db: Db, actorId: number): Promise<number> {
  const row = await db
    .selectFrom("severed")
    .innerJoin("actors", "actors.id", "severed.remote_id")
    .select(sql<number>`count(distinct severed.remote_id)`.as("found"))
    .where("severed.actor_id", "=", actorId)
    .where(mayBeAskedAgain)
    .executeTakeFirst();
  return Number(row?.found ?? 0);
}

/** Who stands behind a line of a member, if they could be asked again; undefined otherwise. */
export async function findAskable(db: Db, actorId: number, id: number): Promise<number | undefined> {
  const row = await db
    .selectFrom("severed")
    .innerJoin("actors", "actors.id", "severed.remote_id")
    .select("severed.remote_id")
    .where("severed.actor_id", "=", actorId)
    .where("severed.id", "=", id)
    .where(mayBeAskedAgain)
    .executeTakeFirst();
  return row?.remote_id;
}

/** A line with whether they could be asked again: 0 or 1. */
export type ListedSeveredRow = SeveredRow & {
  readonly username: string;
  readonly remote_host: string;
  readonly askable: number;
};

/** A member's follows that ended because of a server, newest first. Index: severed (actor_id, id). */
export async function listSeveredRows(
  db: Db,
  actorId: number,
  cursor: Cursor,
): Promise<Rows<ListedSeveredRow>> {
  let query = db
    .selectFrom("severed")
    .innerJoin("actors", "actors.id", "severed.remote_id")
    .selectAll("severed")
    .select(["actors.username", "actors.host as remote_host"])
    .select(sql<number>`case when ${mayBeAskedAgain} then 1 else 0 end`.as("askable"))
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
