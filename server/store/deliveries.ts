import { sql } from "kysely";
import { type Db, dialectOf } from "./database.ts";
import { type HostRow, toHealth } from "./hosts.ts";
import { columns, elements, extremes, texts } from "./json-rows.ts";
import type { HostHealth } from "../domain/host-health.ts";

// Deliveries that wait, a queue for each host. A host's row says when something is due there and who has the queue: one
// process at a time, until its lease ends. Whatever comes by the hundred is one statement over a JSON array.

/** Somebody's inbox that an activity goes to. */
export type NewDelivery = { readonly inbox: string; readonly host: string; readonly orderKey: number };

/** A delivery whose time has come. */
export type WaitingDelivery = {
  readonly id: number;
  readonly activityId: number;
  readonly actorId: number;
  readonly inbox: string;
  readonly host: string;
  readonly orderKey: number;
  /** Tries that failed. */
  readonly attempts: number;
  readonly createdAt: number;
  /** When an earlier one with the same order key is tried again, ms; null = nothing is before it. */
  readonly blockedUntil: number | null;
};

/** The queue of a host, ours until the lease ends. */
export type ClaimedHost = {
  readonly host: string;
  readonly signatureSpec: string | null;
  readonly okAt: number | null;
  readonly health: HostHealth;
};

/** What a queue is given back with. */
export type ReleasedHost = ClaimedHost;

/** One of several activities that are written down together. */
export type DeliveryOf = NewDelivery & { readonly activityId: number; readonly actorId: number };

const CHUNK = 1_000;

/** Writes deliveries in the caller's transaction, except to dead hosts, and makes the queues of their hosts due. */
export async function insertDeliveries(
  tx: Db,
  now: number,
  deliveries: readonly DeliveryOf[],
): Promise<void> {
  for (let start = 0; start < deliveries.length; start += CHUNK) {
    const rows = deliveries.slice(start, start + CHUNK);
    const each = elements(
      tx,
      rows.map((row) => [row.inbox, row.host, row.orderKey, row.activityId, row.actorId]),
    );
    await sql`
      insert into deliveries (activity_id, actor_id, inbox, host, order_key, run_at, attempts, created_at)
      select cast(v.value->>3 as bigint), cast(v.value->>4 as bigint), v.value->>0, v.value->>1,
        cast(v.value->>2 as bigint), 0, 0, cast(${now} as bigint)
      from ${each}
      where not exists (select 1 from hosts where hosts.host = v.value->>1 and hosts.dead_at is not null)`.execute(
      tx,
    );
    await makeDue(tx, [...new Set(rows.map((row) => row.host))].toSorted(), now);
  }
}

/** In the order of their names, so that two who lock the same hosts do not wait for each other. */
async function makeDue(tx: Db, hosts: readonly string[], now: number): Promise<void> {
  const { least, greatest } = extremes(tx);
  const soonest = sql`${greatest}(excluded.due_at, coalesce(hosts.retry_at, 0))`;
  await sql`
    insert into hosts (host, failures, due_at)
    select v.value, 0, cast(${now} as bigint) from ${texts(tx, hosts)} where true order by 1
    on conflict (host) do update set due_at = case
      when hosts.dead_at is not null then hosts.due_at
      else ${least}(coalesce(hosts.due_at, ${soonest}), ${soonest}) end`.execute(tx);
}

type ClaimedRow = Pick<HostRow, "host" | "signature_spec" | "ok_at"> & Parameters<typeof toHealth>[0];

/**
 * Takes up to `limit` queues that are due and nobody's, or ours already (something new came in), those that waited
 * longest first. Index: hosts_due.
 */
export async function claimHosts(
  db: Db,
  claim: { readonly owner: string; readonly now: number; readonly until: number; readonly limit: number },
): Promise<readonly ClaimedHost[]> {
  const { owner, now, until, limit } = claim;
  const lock = dialectOf(db) === "postgres" ? sql`for update skip locked` : sql``;
  const { rows } = await sql<ClaimedRow>`
    update hosts set lease_owner = ${owner}, lease_until = ${until}, due_at = ${until}
    where host in (
      select host from hosts
      where due_at <= ${now} and (lease_until is null or lease_until <= ${now} or lease_owner = ${owner})
      order by due_at limit ${limit} ${lock})
    returning host, signature_spec, ok_at, failures, failing_since, retry_at, opened_at, dead_at`.execute(db);
  return rows.map((row) => ({
    host: row.host,
    signatureSpec: row.signature_spec,
    okAt: row.ok_at,
    health: toHealth(row),
  }));
}

type DeliveryRow = {
  id: number;
  activity_id: number;
  actor_id: number;
  inbox: string;
  host: string;
  order_key: number;
  attempts: number;
  created_at: number;
  blocked_until: number | null;
};

/** The first `limit` deliveries of each host whose time has come, in order. Index: deliveries_queue. */
export async function readQueues(
  db: Db,
  hosts: readonly string[],
  now: number,
  limit: number,
): Promise<readonly WaitingDelivery[]> {
  if (hosts.length === 0) return [];
  const first = sql`select id from deliveries as q
    where q.host = v.value and q.dead_at is null and q.run_at <= ${now} order by q.run_at, q.id limit ${limit}`;
  const queue =
    dialectOf(db) === "postgres"
      ? sql`${texts(db, hosts)} cross join lateral (${first}) as f join deliveries as d on d.id = f.id`
      : sql`${texts(db, hosts)} cross join deliveries as d on d.id in (${first})`;
  const { rows } = await sql<DeliveryRow>`
    select d.id, d.activity_id, d.actor_id, d.inbox, d.host, d.order_key, d.attempts, d.created_at,
      (select max(b.run_at) from deliveries as b where b.host = d.host and b.dead_at is null and b.run_at > ${now}
        and b.order_key = d.order_key and b.id < d.id
        and exists (select 1 from activities where activities.id = b.activity_id)) as blocked_until
    from ${queue} order by d.run_at, d.id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    activityId: row.activity_id,
    actorId: row.actor_id,
    inbox: row.inbox,
    host: row.host,
    orderKey: row.order_key,
    attempts: row.attempts,
    createdAt: row.created_at,
    blockedUntil: row.blocked_until,
  }));
}

/** Forgets what was to be sent before a time in ms. Reads all of the table: for a restore, while nothing else runs. */
export async function removeOldDeliveries(tx: Db, before: number): Promise<void> {
  await tx.deleteFrom("deliveries").where("created_at", "<", before).execute();
}

/** Removes deliveries that are done. */
export async function finishDeliveries(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`delete from deliveries where id in (select cast(v.value as bigint) from ${texts(db, ids)})`.execute(
    db,
  );
}

/** Removes up to `limit` deliveries to a host that may get nothing; true when there may be more. */
export async function dropQueue(db: Db, host: string, limit: number): Promise<boolean> {
  const done = await sql`delete from deliveries where id in (
    select id from deliveries where host = ${host} and dead_at is null order by run_at, id limit ${limit})`.execute(
    db,
  );
  return Number(done.numAffectedRows ?? 0) >= limit;
}

/** Puts deliveries off. */
export async function putOffDeliveries(
  db: Db,
  rows: readonly {
    readonly id: number;
    readonly runAt: number;
    readonly attempts: number;
    readonly fault: string | null;
  }[],
): Promise<void> {
  if (rows.length === 0) return;
  const each = elements(
    db,
    rows.map((row) => [row.id, row.runAt, row.attempts, row.fault]),
  );
  await sql`
    update deliveries set run_at = n.run_at, attempts = n.attempts, fault = coalesce(n.fault, deliveries.fault)
    from (select cast(v.value->>0 as bigint) as id, cast(v.value->>1 as bigint) as run_at,
      cast(v.value->>2 as bigint) as attempts, v.value->>3 as fault from ${each}) as n
    where deliveries.id = n.id`.execute(db);
}

/** Makes deliveries dead letters: kept and shown. */
export async function buryDeliveries(
  db: Db,
  rows: readonly { readonly id: number; readonly attempts: number; readonly fault: string }[],
  now: number,
): Promise<void> {
  if (rows.length === 0) return;
  const each = elements(
    db,
    rows.map((row) => [row.id, row.attempts, row.fault]),
  );
  await sql`
    update deliveries set dead_at = ${now}, attempts = n.attempts, fault = n.fault
    from (select cast(v.value->>0 as bigint) as id, cast(v.value->>1 as bigint) as attempts, v.value->>2 as fault
      from ${each}) as n
    where deliveries.id = n.id`.execute(db);
}

/** Makes everything that waits for a host a dead letter. */
export async function buryQueue(db: Db, host: string, now: number, fault: string): Promise<void> {
  await db
    .updateTable("deliveries")
    .set({ dead_at: now, fault })
    .where("host", "=", host)
    .where("dead_at", "is", null)
    .execute();
}

/**
 * Gives queues back with what was learned of their hosts; each is due again when its first delivery is. On PostgreSQL the
 * rows are locked before the deliveries are looked at: whoever writes one at this moment makes the queue due after us.
 */
export async function releaseHosts(
  tx: Db,
  owner: string,
  hosts: readonly ReleasedHost[],
  now: number,
): Promise<void> {
  if (hosts.length === 0) return;
  const names = hosts.map((one) => one.host);
  if (dialectOf(tx) === "postgres")
    await sql`select 1 from hosts where host in (select v.value from ${texts(tx, names)}) order by host for update`.execute(
      tx,
    );
  const each = elements(
    tx,
    hosts.map(({ host, health, signatureSpec, okAt }) => [
      host,
      signatureSpec,
      okAt,
      health.failures,
      health.failingSince,
      health.retryAt,
      health.openedAt,
      health.deadAt,
    ]),
  );
  const { greatest } = extremes(tx);
  const first = sql`(select min(run_at) from deliveries where deliveries.host = n.host and dead_at is null)`;
  await sql`
    update hosts set lease_owner = null, lease_until = null, signature_spec = n.signature_spec, ok_at = n.ok_at,
      failures = n.failures, failing_since = n.failing_since, retry_at = n.retry_at, opened_at = n.opened_at,
      dead_at = n.dead_at,
      due_at = case when n.dead_at is not null then n.retry_at
        when ${first} is null then null
        else ${greatest}(${first}, ${now}, coalesce(n.retry_at, 0)) end
    from (select v.value->>0 as host, v.value->>1 as signature_spec, ${columns(
      ["ok_at", "failures", "failing_since", "retry_at", "opened_at", "dead_at"],
      2,
    )} from ${each}) as n
    where hosts.host = n.host and hosts.lease_owner = ${owner}`.execute(tx);
}

/** Keeps queues ours for longer; returns those that are ours still. */
export async function extendHostLeases(
  db: Db,
  owner: string,
  hosts: readonly string[],
  until: number,
): Promise<readonly string[]> {
  if (hosts.length === 0) return [];
  const { rows } = await sql<{ host: string }>`
    update hosts set due_at = case when due_at = lease_until then ${until} else due_at end, lease_until = ${until}
    where lease_owner = ${owner} and host in (select v.value from ${texts(db, hosts)})
    returning host`.execute(db);
  return rows.map(({ host }) => host);
}

/**
 * Makes the queues of senders that are gone nobody's, and due now; returns how many. Reads all hosts, and locks in the order
 * of names like all who lock several.
 */
export async function releaseHostsOf(tx: Db, owners: readonly string[], now: number): Promise<number> {
  if (owners.length === 0) return 0;
  const lock = dialectOf(tx) === "postgres" ? sql`for update` : sql``;
  const done = await sql`
    update hosts set lease_owner = null, lease_until = null, due_at = ${now}
    where host in (select host from hosts where lease_owner in (select v.value from ${texts(tx, owners)}) order by host ${lock})`.execute(
    tx,
  );
  return Number(done.numAffectedRows ?? 0);
}

/** At the start of the single process that owns a SQLite file: every lease is a dead process's. */
export async function releaseAllHosts(db: Db, now: number): Promise<void> {
  await db
    .updateTable("hosts")
    .set({ lease_owner: null, lease_until: null, due_at: now })
    .where("lease_owner", "is not", null)
    .execute();
}

/** When the next queue becomes due, ms; null when nothing waits. Index: hosts_due. */
export async function nextDueAt(db: Db, now: number): Promise<number | null> {
  const row = await db
    .selectFrom("hosts")
    .select((eb) => eb.fn.min("due_at").as("next"))
    .where("due_at", ">", now)
    .executeTakeFirst();
  return row?.next ?? null;
}
