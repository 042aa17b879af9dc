import { type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { elements, insertRows, texts } from "./json-rows.ts";
import type { EscapesTable, StandbyMembersTable, SuccessorsTable } from "./lifeboat-schema.ts";

// At the standby: one row for each server that is told about each member, and where everybody went.

export type MemberRow = Selectable<StandbyMembersTable>;
export type EscapeRow = Selectable<EscapesTable>;
export type SuccessorRow = Selectable<SuccessorsTable>;

/** Members read with what is needed to bring them over; their lists of followers are read alone. */
export async function findMember(db: Db, id: number): Promise<MemberRow | undefined> {
  return await db.selectFrom("standby_members").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The member behind a local actor that waits or came. Index: standby_members_actor. */
export async function findMemberOfActor(db: Db, actorId: number): Promise<MemberRow | undefined> {
  return await db
    .selectFrom("standby_members")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("state", "!=", "left")
    .executeTakeFirst();
}

/** Members of an agreement who wait still, in the order of their ids. Index: standby_members (agreement_id, …). */
export async function listWaitingMembers(
  db: Db,
  agreementId: number,
  after: number,
  limit: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("standby_members")
    .select("id")
    .where("agreement_id", "=", agreementId)
    .where("state", "in", ["hidden", "launching"])
    .where("actor_id", "is not", null)
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** Changes what is known of a member who waits. */
export async function updateMember(
  db: Db,
  id: number,
  change: Partial<Pick<MemberRow, "state" | "kit" | "sealed_at" | "launched_at" | "claimed_at">>,
): Promise<void> {
  await db.updateTable("standby_members").set(change).where("id", "=", id).execute();
}

/** One server that is to be told. */
export type NewEscape = {
  readonly id: number;
  readonly memberId: number;
  readonly evacuationId: number | null;
  readonly host: string;
  readonly inbox: string;
  readonly software: string | null;
  readonly form: string;
  readonly expected: number;
  readonly state: "waiting" | "unable";
  readonly activityId: number | null;
  readonly fault: string | null;
};

const CHUNK = 1_000;

/** Writes rows in the caller's transaction; a host that has one of the same member already keeps it. */
export async function insertEscapes(tx: Db, escapes: readonly NewEscape[]): Promise<void> {
  for (let start = 0; start < escapes.length; start += CHUNK) {
    const rows = escapes.slice(start, start + CHUNK).map((row) => ({
      id: row.id,
      member_id: row.memberId,
      evacuation_id: row.evacuationId,
      host: row.host,
      inbox: row.inbox,
      software: row.software,
      form: row.form,
      expected: row.expected,
      state: row.state,
      activity_id: row.activityId,
      fault: row.fault,
    }));
    await insertRows(tx, "escapes", rows, "on conflict (member_id, host) do nothing");
  }
}

export type EscapeKey = { readonly activityId: number; readonly host: string };

/**
 * The rows of some deliveries. The join is written in the order in which it has to be made: the planner of SQLite knows
 * nothing of how short the list is, and would read all escapes for it. Index: escapes_activity.
 */
function rowsOf(db: Db, keys: readonly (readonly (string | number | null)[])[]) {
  return sql`${elements(db, keys)} cross join escapes as e
    where e.activity_id = cast(v.value->>0 as bigint) and e.host = v.value->>1`;
}

/**
 * Marks deliveries as begun, in one statement, and returns those that nobody began before. Committed before anything is
 * sent: what a crash leaves marked may have arrived.
 */
export async function beginEscapes(
  db: Db,
  keys: readonly EscapeKey[],
  now: number,
): Promise<readonly EscapeKey[]> {
  if (keys.length === 0) return [];
  const named = rowsOf(
    db,
    keys.map((key) => [key.activityId, key.host]),
  );
  const { rows } = await sql<{ activity_id: number; host: string }>`
    update escapes set begun_at = cast(${now} as bigint), state = 'sent'
    where id in (select e.id from ${named}) and begun_at is null and state in ('waiting', 'sent')
    returning activity_id, host`.execute(db);
  return rows.map((row) => ({ activityId: row.activity_id, host: row.host }));
}

/** Begins again what was begun at `before` and never answered. False when somebody else was faster. */
export async function beginAgain(
  db: Db,
  key: EscapeKey,
  at: { readonly before: number; readonly now: number },
): Promise<boolean> {
  const done = await db
    .updateTable("escapes")
    .set({ begun_at: at.now })
    .where("activity_id", "=", key.activityId)
    .where("host", "=", key.host)
    .where("begun_at", "=", at.before)
    .where("state", "=", "sent")
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** A row with the local actor it is about. Index: escapes_activity. */
export async function findEscape(
  db: Db,
  key: EscapeKey,
): Promise<
  { readonly state: string; readonly begun_at: number | null; readonly actor_id: number | null } | undefined
> {
  return await db
    .selectFrom("escapes")
    .leftJoin("standby_members", "standby_members.id", "escapes.member_id")
    .select((eb) => [
      "escapes.state",
      "escapes.begun_at",
      eb.fn.coalesce("standby_members.actor_id", "escapes.member_id").as("actor_id"),
    ])
    .where("escapes.activity_id", "=", key.activityId)
    .where("escapes.host", "=", key.host)
    .executeTakeFirst();
}

/** What became of a delivery; `begun` = it may have arrived though there was no answer. */
export type EscapeEnd = EscapeKey & {
  readonly state: "answered" | "refused" | "waiting" | "sent";
  readonly fault: string | null;
  /** Counts only for what was begun at this time, ms, and by nobody since. */
  readonly begunAt?: number;
};

/** Writes ends inside the caller's transaction; what is over already stays as it is. */
export async function endEscapes(tx: Db, ends: readonly EscapeEnd[], now: number): Promise<void> {
  if (ends.length === 0) return;
  const named = rowsOf(
    tx,
    ends.map((end) => [end.activityId, end.host, end.state, end.fault, end.begunAt ?? null]),
  );
  await sql`
    with n as materialized (
      select e.id, v.value->>2 as state, v.value->>3 as fault from ${named}
        and (v.value->>4 is null or e.begun_at = cast(v.value->>4 as bigint)))
    update escapes set state = n.state, fault = coalesce(n.fault, escapes.fault),
      begun_at = case when n.state = 'waiting' then null else escapes.begun_at end,
      answered_at = case when n.state in ('answered', 'refused') then cast(${now} as bigint) else null end
    from n where escapes.id = n.id and escapes.state in ('waiting', 'sent')`.execute(tx);
}

/** How many people of a server followed a local actor since a time in ms. Index: follows (target_id, state, id). */
export async function countFollowsFrom(
  db: Db,
  from: { readonly actorId: number; readonly host: string; readonly since: number },
): Promise<number> {
  const row = await db
    .selectFrom("follows")
    .innerJoin("actors", "actors.id", "follows.actor_id")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("follows.target_id", "=", from.actorId)
    .where("follows.state", "in", ["pending", "accepted"])
    .where("follows.created_at", ">=", from.since)
    // The handle's host is not always the host of the inbox.
    .where((eb) =>
      eb.or([
        eb("actors.host", "=", from.host),
        eb("actors.inbox_uri", "like", `https://${from.host}/%`),
        eb("actors.inbox_uri", "like", `http://${from.host}/%`),
      ]),
    )
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** True when a host was told of an escape after a time, ms. Index: escapes_host. */
export async function isToldSince(db: Db, host: string, since: number): Promise<boolean> {
  const row = await db
    .selectFrom("escapes")
    .select("id")
    .where("host", "=", host)
    .where("begun_at", ">", since)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Who is told of whom: all members of an evacuation, or one member. */
export type Told = { readonly evacuationId: number } | { readonly memberId: number };

export type ServerLine = {
  readonly host: string;
  readonly software: string | null;
  readonly expected: number;
  /** How many members of ours it was to be told about, and how many of these tellings are over. */
  readonly told: number;
  readonly answered: number;
  readonly refused: number;
  readonly unable: number;
  /** Why it cannot follow: an `UnableReason`, or what the last try said. */
  readonly fault: string | null;
};

/** Servers that are told, those in trouble first. Indices: escapes_evacuation, escapes (member_id, host). */
export async function listServers(db: Db, told: Told, limit: number): Promise<readonly ServerLine[]> {
  const { rows } = await sql<ServerLine>`
    select host, max(software) as software, sum(expected) as expected, count(*) as told,
      sum(case when state = 'answered' then 1 else 0 end) as answered,
      sum(case when state = 'refused' then 1 else 0 end) as refused,
      sum(case when state = 'unable' then 1 else 0 end) as unable, max(fault) as fault
    from escapes where ${ofTold(told)}
    group by host order by 7 desc, 6 desc, 5, 3 desc, host limit ${limit}`.execute(db);
  return rows.map((row) => ({
    ...row,
    expected: Number(row.expected),
    told: Number(row.told),
    answered: Number(row.answered),
    refused: Number(row.refused),
    unable: Number(row.unable),
  }));
}

export type EscapeCounts = {
  readonly servers: number;
  /** Servers of which at least one telling was taken. */
  readonly answered: number;
  /** Servers that still have to be told something. */
  readonly waiting: number;
  /** Servers that cannot follow, or refused, and took nothing. */
  readonly lost: number;
  /** People who followed from servers that can follow. */
  readonly expected: number;
  readonly expectedLost: number;
};

/** The same summed up. */
export async function countEscapes(db: Db, told: Told): Promise<EscapeCounts> {
  const { rows } = await sql<Record<keyof EscapeCounts, number | string | null>>`
    select count(*) as servers, sum(case when s.answered > 0 then 1 else 0 end) as answered,
      sum(case when s.waiting > 0 then 1 else 0 end) as waiting,
      sum(case when s.answered = 0 and s.waiting = 0 then 1 else 0 end) as lost,
      sum(s.expected) as expected, sum(s.lost) as "expectedLost"
    from (select host, sum(case when state = 'answered' then 1 else 0 end) as answered,
      sum(case when state in ('waiting', 'sent') then 1 else 0 end) as waiting,
      sum(case when state = 'unable' then 0 else expected end) as expected,
      sum(case when state = 'unable' then expected else 0 end) as lost
      from escapes where ${ofTold(told)} group by host) as s`.execute(db);
  const [row] = rows;
  const of = (name: keyof EscapeCounts): number => Number(row?.[name] ?? 0);
  return {
    servers: of("servers"),
    answered: of("answered"),
    waiting: of("waiting"),
    lost: of("lost"),
    expected: of("expected"),
    expectedLost: of("expectedLost"),
  };
}

function ofTold(told: Told) {
  return "evacuationId" in told
    ? sql`evacuation_id = ${told.evacuationId}`
    : sql`member_id = ${told.memberId}`;
}

/** People of other servers who follow the members by now. Indices: escapes_evacuation, follows (target_id, state, id). */
export async function countArrived(db: Db, told: Told): Promise<number> {
  const members =
    "memberId" in told
      ? sql`select coalesce((select actor_id from standby_members where id = ${told.memberId}), ${told.memberId})`
      : sql`select m.actor_id from standby_members m
          where m.id in (select distinct member_id from escapes where evacuation_id = ${told.evacuationId})`;
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from follows join actors f on f.id = follows.actor_id and f.host <> ''
    where follows.state = 'accepted' and follows.target_id in (${members})`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

/** True when servers were, or are, told about a member. Index: escapes (member_id, host). */
export async function hasEscapes(db: Db, memberId: number): Promise<boolean> {
  const row = await db
    .selectFrom("escapes")
    .select("id")
    .where("member_id", "=", memberId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Members whose did:key this is, who wait or came. Reads the members of few agreements. */
export async function listMembersByDid(db: Db, did: string): Promise<readonly MemberRow[]> {
  return await db
    .selectFrom("standby_members")
    .selectAll()
    .where("did", "=", did)
    .where("state", "!=", "left")
    .orderBy("id", "desc")
    .limit(10)
    .execute();
}

/** True while a telling of an evacuation is not over. Index: escapes_evacuation. */
export async function isTelling(db: Db, evacuationId: number): Promise<boolean> {
  const row = await db
    .selectFrom("escapes")
    .select("id")
    .where("evacuation_id", "=", evacuationId)
    .where("state", "in", ["waiting", "sent"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Remembers where an old actor went. False when it went somewhere before: then nothing is changed. */
export async function insertSuccessor(tx: Db, row: SuccessorRow): Promise<boolean> {
  const done = await tx
    .insertInto("successors")
    .values(row)
    .onConflict((conflict) => conflict.column("old_uri").doNothing())
    .returning("old_uri")
    .executeTakeFirst();
  return done !== undefined;
}

/** Puts another notice, or another new home, in the place of an earlier one. */
export async function replaceSuccessor(tx: Db, row: SuccessorRow): Promise<void> {
  const { old_uri, ...change } = row;
  await tx.updateTable("successors").set(change).where("old_uri", "=", old_uri).execute();
}

/** Where an old actor went. */
export async function findSuccessor(db: Db, oldUri: string): Promise<SuccessorRow | undefined> {
  return await db.selectFrom("successors").selectAll().where("old_uri", "=", oldUri).executeTakeFirst();
}

/** From where a local actor came. Index: successors_new. */
export async function findPredecessor(db: Db, newUri: string): Promise<SuccessorRow | undefined> {
  return await db
    .selectFrom("successors")
    .selectAll()
    .where("new_uri", "=", newUri)
    .limit(1)
    .executeTakeFirst();
}

/** Hosts that rest or were given up are tried again at once: those that are gone rest again soon. */
export async function reviveHosts(tx: Db, hosts: readonly string[], now: number): Promise<void> {
  if (hosts.length === 0) return;
  await sql`
    update hosts set dead_at = null, opened_at = null, failures = 0, failing_since = null, retry_at = cast(${now} as bigint)
    where retry_at > ${now} and host in (select v.value from ${texts(tx, hosts)})`.execute(tx);
  await sql`
    update hosts set dead_at = null
    where dead_at is not null and host in (select v.value from ${texts(tx, hosts)})`.execute(tx);
}

/** Software of some hosts, as this server learnt it itself. */
export async function softwareHere(db: Db, hosts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (hosts.length === 0) return new Map();
  const { rows } = await sql<{ host: string; software: string }>`
    select host, software from hosts
    where software is not null and host in (select v.value from ${texts(db, hosts)})`.execute(db);
  return new Map(rows.map((row) => [row.host, row.software]));
}

/** Removes what an actor left here of escapes: kit, chosen home, who was told. Where they went stays to be known. */
export async function removeEscapeTraces(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("escape_kits").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("escape_homes").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("escapes").where("member_id", "=", actorId).execute();
}
