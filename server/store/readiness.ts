import { sql } from "kysely";
import type { Db } from "./database.ts";

/** How far a community is prepared, in numbers of its members. */
export type ReadinessCounts = {
  readonly members: number;
  /** Said yes to an agreed standby. */
  readonly agreed: number;
  /** Of those, who have a place there. */
  readonly placed: number;
  /** Of those, whose escape is sealed for it and not stale. */
  readonly sealed: number;
  readonly stale: number;
  /** Have a recovery phrase. */
  readonly phrases: number;
  /** Made a lifeboat since a given time. */
  readonly lifeboats: number;
};

/** Counts members by what they prepared. One pass over accounts, by primary keys of the other tables. */
export async function countReadiness(db: Db, since: number): Promise<ReadinessCounts> {
  const { rows } = await sql<Record<keyof ReadinessCounts, number | string | null>>`
    with member as (
      select accounts.id as account_id, accounts.actor_id from accounts
      join actors on actors.id = accounts.actor_id where actors.deleted_at is null and accounts.suspended_at is null),
    consent as (
      select standby_consents.actor_id, max(case when standby_uri is null then 0 else 1 end) as placed
      from standby_consents join standby_agreements on standby_agreements.id = agreement_id
      where role = 'home' and state = 'agreed' group by standby_consents.actor_id)
    select count(*) as members,
      count(consent.actor_id) as agreed,
      sum(coalesce(consent.placed, 0)) as placed,
      sum(case when consent.actor_id is not null and escape_kits.stale = 0 then 1 else 0 end) as sealed,
      sum(case when consent.actor_id is not null and escape_kits.stale = 1 then 1 else 0 end) as stale,
      count(identities.actor_id) as phrases,
      sum(case when exists (select 1 from lifeboats where lifeboats.account_id = member.account_id
        and lifeboats.finished_at >= ${since} and lifeboats.state in ('ready', 'removed')) then 1 else 0 end) as lifeboats
    from member
      left join consent on consent.actor_id = member.actor_id
      left join escape_kits on escape_kits.actor_id = member.actor_id
      left join identities on identities.actor_id = member.actor_id`.execute(db);
  const row = rows[0];
  const of = (name: keyof ReadinessCounts): number => Number(row?.[name] ?? 0);
  return {
    members: of("members"),
    agreed: of("agreed"),
    placed: of("placed"),
    sealed: of("sealed"),
    stale: of("stale"),
    phrases: of("phrases"),
    lifeboats: of("lifeboats"),
  };
}

/** Servers with followers of people here: what they run (null = never learnt), how many servers and followers. */
export type FollowingSoftware = {
  readonly software: string | null;
  readonly hosts: number;
  readonly followers: number;
};

/** The software of the servers that follow people here. Index: follows (target_id, state, id), by local actor. */
export async function listFollowingSoftware(db: Db): Promise<readonly FollowingSoftware[]> {
  const rows = await db
    .selectFrom("actors as ours")
    .innerJoin("follows", "follows.target_id", "ours.id")
    .innerJoin("actors as theirs", "theirs.id", "follows.actor_id")
    .leftJoin("hosts", "hosts.host", "theirs.host")
    .select((eb) => [
      "hosts.software",
      eb.fn.count<number | string>("theirs.host").distinct().as("hosts"),
      eb.fn.countAll<number | string>().as("followers"),
    ])
    .where("ours.host", "=", "")
    .where("theirs.host", "!=", "")
    .where("follows.state", "=", "accepted")
    .groupBy("hosts.software")
    .orderBy("hosts.software")
    .execute();
  return rows.map((row) => ({
    software: row.software,
    hosts: Number(row.hosts),
    followers: Number(row.followers),
  }));
}

/** An agreement with a standby that is in force, at the home. */
export type StandbyInForce = {
  readonly partner: string;
  readonly document: string;
  readonly seenAt: number | null;
};

/** The agreements in force of this home. A handful of rows. */
export async function listStandbysInForce(db: Db): Promise<readonly StandbyInForce[]> {
  return await db
    .selectFrom("standby_agreements")
    .select(["partner", "document", "seen_at as seenAt"])
    .where("role", "=", "home")
    .where("state", "=", "agreed")
    .orderBy("id")
    .execute();
}
