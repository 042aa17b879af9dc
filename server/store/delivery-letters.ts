import { sql } from "kysely";
import type { Db } from "./database.ts";
import type { DeadJob, JobCounts } from "./job-types.ts";

// What is shown of the deliveries to the people who run the server, and what is kept of those that were given up.

/** The kind under which deliveries are counted and listed beside jobs. */
export const DELIVER = "deliver";

/** Dead letters beyond this many are forgotten first: a dead host can make many. */
const DEAD_KEPT = 20_000;
const BATCH = 5_000;

/** How many deliveries wait; those to resting hosts are put off, not ready. One pass over the index deliveries_queue. */
export async function deliveryCounts(db: Db, now: number): Promise<JobCounts> {
  const { rows } = await sql<JobCounts>`
    select
      coalesce(sum(case when hosts.retry_at > ${now} or hosts.lease_until > ${now} then 0 else q.ready end), 0) as ready,
      coalesce(sum(case when hosts.retry_at > ${now} then q.ready + q.later else q.later end), 0) as delayed,
      coalesce(sum(case when hosts.retry_at > ${now} then 0 when hosts.lease_until > ${now} then q.ready else 0 end), 0)
        as leased,
      (select count(*) from deliveries where dead_at is not null) as dead
    from (select host, sum(case when run_at <= ${now} then 1 else 0 end) as ready,
        sum(case when run_at > ${now} then 1 else 0 end) as later
      from deliveries where dead_at is null group by host) as q
    left join hosts on hosts.host = q.host`.execute(db);
  const row = rows[0];
  const count = (value: unknown) => Number(value ?? 0);
  return {
    ready: count(row?.ready),
    delayed: count(row?.delayed),
    leased: count(row?.leased),
    dead: count(row?.dead),
  };
}

/** How long the oldest delivery that could go out has been waiting, ms; 0 when none waits. */
export async function oldestDeliveryMs(db: Db, now: number): Promise<number> {
  const { rows } = await sql<{ since: number }>`
    select case when d.run_at = 0 then d.created_at else d.run_at end as since
    from deliveries as d join hosts on hosts.host = d.host
    where d.dead_at is null and d.run_at <= ${now} and coalesce(hosts.retry_at, 0) <= ${now}
    order by d.id limit 1`.execute(db);
  return rows[0] === undefined ? 0 : Math.max(0, now - Number(rows[0].since));
}

/** The newest deliveries that were given up; the fault names the inbox. */
export async function listDeadDeliveries(db: Db, limit: number): Promise<readonly DeadJob[]> {
  const rows = await db
    .selectFrom("deliveries")
    .select(["id", "inbox", "attempts as tries", "fault", "created_at as createdAt"])
    .where("dead_at", "is not", null)
    .orderBy("dead_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ inbox, ...row }) => ({ ...row, kind: DELIVER, fault: `${inbox}: ${row.fault ?? ""}` }));
}

/** Gives a delivery that was given up all its tries back, from now. Answers whether there was such a one. */
export async function retryDeadDelivery(db: Db, id: number, now: number): Promise<boolean> {
  const row = await db
    .updateTable("deliveries")
    .set({ dead_at: null, fault: null, attempts: 0, run_at: 0, created_at: now })
    .where("id", "=", id)
    .where("dead_at", "is not", null)
    .returning("host")
    .executeTakeFirst();
  if (row === undefined) return false;
  await db
    .updateTable("hosts")
    .set({ due_at: sql<number>`case when dead_at is null then coalesce(retry_at, ${now}) else due_at end` })
    .where("host", "=", row.host)
    .where((eb) => eb.or([eb("due_at", "is", null), eb("due_at", ">", now)]))
    .where("lease_owner", "is", null)
    .execute();
  return true;
}

/** Forgets dead letters older than `before` and the oldest of too many. Returns how many. Index: deliveries_dead. */
export async function sweepDeadDeliveries(db: Db, before: number): Promise<number> {
  const edge = await db
    .selectFrom("deliveries")
    .select("dead_at")
    .where("dead_at", "is not", null)
    .orderBy("dead_at", "desc")
    .orderBy("id", "desc")
    .offset(DEAD_KEPT)
    .limit(1)
    .executeTakeFirst();
  const oldest = Math.max(before, (edge?.dead_at ?? -1) + 1);
  for (let removed = 0; ;) {
    const done = await sql`delete from deliveries where id in (
      select id from deliveries where dead_at < ${oldest} order by dead_at, id limit ${BATCH})`.execute(db);
    removed += Number(done.numAffectedRows ?? 0);
    if (Number(done.numAffectedRows ?? 0) < BATCH) return removed;
  }
}
