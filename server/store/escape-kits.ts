import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { texts } from "./json-rows.ts";
import type { EscapeKitsTable } from "./lifeboat-schema.ts";
import type { ActorsTable } from "./schema.ts";

export type KitRow = Selectable<EscapeKitsTable>;

/** The kit of a member. */
export async function findKit(db: Db, actorId: number): Promise<KitRow | undefined> {
  return await db.selectFrom("escape_kits").selectAll().where("actor_id", "=", actorId).executeTakeFirst();
}

/** Keeps a kit in the place of an earlier one. */
export async function writeKit(db: Db, row: Insertable<EscapeKitsTable>): Promise<void> {
  const { actor_id: _actorId, ...columns } = row;
  await db
    .insertInto("escape_kits")
    .values(row)
    .onConflict((conflict) => conflict.column("actor_id").doUpdateSet(columns))
    .execute();
}

/** Forgets the kit of a member who has nowhere to go any more. */
export async function removeKit(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("escape_kits").where("actor_id", "=", actorId).execute();
}

/** Says that a kit no longer fits what it was sealed for. */
export async function markKitStale(db: Db, actorIds: readonly number[]): Promise<void> {
  if (actorIds.length > 0)
    await db.updateTable("escape_kits").set({ stale: 1 }).where("actor_id", "in", actorIds).execute();
}

/** Has all kits looked at again, as after a restore. */
export async function markAllKitsStale(db: Db): Promise<void> {
  await db.updateTable("escape_kits").set({ stale: 1 }).execute();
}

/** The new home that somebody chose by themselves. */
export async function findOwnHome(db: Db, actorId: number): Promise<string | null> {
  const row = await db
    .selectFrom("escape_homes")
    .select("uri")
    .where("actor_id", "=", actorId)
    .executeTakeFirst();
  return row?.uri ?? null;
}

/** Remembers the new home that somebody chose; null forgets it. */
export async function writeOwnHome(db: Db, actorId: number, uri: string | null, now: number): Promise<void> {
  await db.deleteFrom("escape_homes").where("actor_id", "=", actorId).execute();
  if (uri !== null)
    await db.insertInto("escape_homes").values({ actor_id: actorId, uri, created_at: now }).execute();
}

/** Who has a new home, by whichever way; the same actor once. */
const WITH_HOMES = sql`(
  select c.actor_id as actor_id, c.standby_uri as uri from standby_consents c
    join standby_agreements g on g.id = c.agreement_id
    where c.standby_uri is not null and g.role = 'home' and g.state = 'agreed'
  union select h.actor_id, h.uri from escape_homes h)`;

/** The new homes of some members, those of standbys first. */
export async function listHomes(
  db: Db,
  actorIds: readonly number[],
): Promise<readonly { readonly actorId: number; readonly uri: string }[]> {
  if (actorIds.length === 0) return [];
  const { rows } = await sql<{ actor_id: number; uri: string }>`
    select distinct w.actor_id, w.uri from ${WITH_HOMES} as w
    where w.actor_id in (select cast(v.value as bigint) from ${texts(db, actorIds)})
    order by w.actor_id, w.uri`.execute(db);
  return rows.map((row) => ({ actorId: row.actor_id, uri: row.uri }));
}

export type KitState = Pick<
  Selectable<ActorsTable>,
  | "id"
  | "username"
  | "name"
  | "bio_html"
  | "fields"
  | "avatar"
  | "header"
  | "locked"
  | "discoverable"
  | "indexable"
> & {
  /** SPKI of the RSA key, null before its first use. */
  readonly public_key: string | null;
  readonly fingerprint: string | null;
  readonly sealed_at: number | null;
  readonly examined_at: number | null;
  readonly stale: number | null;
};

/** What the kits of members with a new home depend on, in the order of ids. Indices: primary keys. */
export async function listKitStates(
  db: Db,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly KitState[]> {
  const { rows } = await sql<KitState>`
    select a.id, a.username, a.name, a.bio_html, a.fields, a.avatar, a.header, a.locked, a.discoverable, a.indexable,
      r.public_key, k.fingerprint, k.sealed_at, k.examined_at, k.stale
    from (select distinct actor_id from ${WITH_HOMES} as w) as h
    join actors a on a.id = h.actor_id
    left join keys r on r.actor_id = a.id and r.kind = 'rsa'
    left join escape_kits k on k.actor_id = a.id
    where a.id > ${page.after} and a.host = '' and a.deleted_at is null and a.suspended_at is null
      and a.moved_to_uri is null
    order by a.id limit ${page.limit}`.execute(db);
  return rows;
}

/** The same of one member; undefined when there is no new home. */
export async function findKitState(db: Db, actorId: number): Promise<KitState | undefined> {
  const [row] = await listKitStates(db, { after: actorId - 1, limit: 1 });
  return row?.id === actorId ? row : undefined;
}

export type FollowerHost = {
  /** Host of the handles. */
  readonly host: string;
  /** A shared inbox if there is any, else somebody's. */
  readonly inbox: string;
  readonly followers: number;
};

/** Servers with people who follow an actor. Index: follows (target_id, state, id). */
export async function listFollowerHosts(db: Db, actorId: number): Promise<readonly FollowerHost[]> {
  const rows = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select([
      "actors.host",
      sql<string>`coalesce(min(actors.shared_inbox_uri), min(actors.inbox_uri))`.as("inbox"),
      sql<number>`count(*)`.as("followers"),
    ])
    .where("follows.target_id", "=", actorId)
    .where("follows.state", "=", "accepted")
    .where("actors.host", "!=", "")
    .where("actors.deleted_at", "is", null)
    .groupBy("actors.host")
    .orderBy("actors.host")
    .execute();
  return rows.map((row) => ({ ...row, followers: Number(row.followers) }));
}

/** What servers run, as far as it was learnt. */
export async function listSoftware(
  db: Db,
  hosts: readonly string[],
): Promise<ReadonlyMap<string, { readonly software: string | null; readonly askedAt: number | null }>> {
  if (hosts.length === 0) return new Map();
  const { rows } = await sql<{ host: string; software: string | null; software_at: number | null }>`
    select host, software, software_at from hosts
    where host in (select v.value from ${texts(db, hosts)})`.execute(db);
  return new Map(rows.map((row) => [row.host, { software: row.software, askedAt: row.software_at }]));
}

export type KitCounts = {
  /** Members with a new home. */
  readonly members: number;
  readonly sealed: number;
  readonly stale: number;
};

/** How far sealing is. */
export async function countKits(db: Db): Promise<KitCounts> {
  const { rows } = await sql<{ members: number; sealed: number; stale: number }>`
    select count(*) as members, count(k.actor_id) as sealed,
      coalesce(sum(case when k.stale = 1 then 1 else 0 end), 0) as stale
    from (select distinct actor_id from ${WITH_HOMES} as w) as h
    join actors a on a.id = h.actor_id and a.deleted_at is null and a.suspended_at is null
    left join escape_kits k on k.actor_id = h.actor_id`.execute(db);
  const [row] = rows;
  return {
    members: Number(row?.members ?? 0),
    sealed: Number(row?.sealed ?? 0),
    stale: Number(row?.stale ?? 0),
  };
}

/** What the servers run that follow members with a new home, and how many people follow from each kind. */
export async function countFollowersBySoftware(
  db: Db,
): Promise<
  readonly { readonly software: string | null; readonly hosts: number; readonly followers: number }[]
> {
  const { rows } = await sql<{ software: string | null; hosts: number; followers: number }>`
    select s.software as software, count(distinct f.host) as hosts, count(*) as followers
    from (select distinct actor_id from ${WITH_HOMES} as w) as h
    join follows on follows.target_id = h.actor_id and follows.state = 'accepted'
    join actors f on f.id = follows.actor_id and f.host <> '' and f.deleted_at is null
    left join hosts s on s.host = f.host
    group by s.software order by 3 desc limit 100`.execute(db);
  return rows.map((row) => ({
    software: row.software,
    hosts: Number(row.hosts),
    followers: Number(row.followers),
  }));
}
