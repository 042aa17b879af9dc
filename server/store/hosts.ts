import { type Selectable, sql } from "kysely";
import type { HostHealth } from "../domain/host-health.ts";
import type { Db } from "./database.ts";
import type { HostsTable } from "./schema.ts";

export type HostRow = Selectable<HostsTable>;
export type HostChange = Partial<Omit<HostRow, "host">>;

/** What is known of a remote host's reachability and signatures. */
export async function findHost(db: Db, host: string): Promise<HostRow | undefined> {
  return await db.selectFrom("hosts").selectAll().where("host", "=", host).executeTakeFirst();
}

/** Changes what is known of a host. */
export async function writeHost(db: Db, host: string, change: HostChange): Promise<void> {
  const fresh = { host, signature_spec: null, failures: 0, failing_since: null, retry_at: null };
  await db
    .insertInto("hosts")
    .values({ ...fresh, ...change, host })
    .onConflict((conflict) => conflict.column("host").doUpdateSet({ ...change }))
    .execute();
}

/** The health that a row tells of. */
export function toHealth(
  row: Pick<HostRow, "failures" | "failing_since" | "retry_at" | "opened_at" | "dead_at">,
): HostHealth {
  return {
    failures: row.failures,
    failingSince: row.failing_since,
    retryAt: row.retry_at,
    openedAt: row.opened_at,
    deadAt: row.dead_at,
  };
}

/** The columns that hold a health. */
export function fromHealth(health: HostHealth) {
  return {
    failures: health.failures,
    failing_since: health.failingSince,
    retry_at: health.retryAt,
    opened_at: health.openedAt,
    dead_at: health.deadAt,
  };
}

/** So that a host that speaks and does not listen is not tried for each word it says. */
const ROUSED_AFTER_MS = 60_000;

/**
 * Hosts have been heard of: those that rest or were given up are tried again within a minute, with one delivery first.
 * Others are left as they are, so this may be asked for each activity that comes in.
 */
export async function rouseHosts(db: Db, hosts: readonly string[], now: number): Promise<void> {
  if (hosts.length === 0) return;
  const soon = now + ROUSED_AFTER_MS;
  await db
    .updateTable("hosts")
    .set((eb) => ({
      dead_at: null,
      retry_at: soon,
      due_at: eb.case().when("due_at", "is", null).then(null).else(soon).end(),
    }))
    .where("host", "in", hosts)
    .where("retry_at", ">", soon)
    .execute();
}

/** Makes the queue of a host due now, if anything waits in it. True when something does. */
export async function advanceQueue(db: Db, host: string, now: number): Promise<boolean> {
  const done = await db
    .updateTable("hosts")
    .set({ due_at: now })
    .where("host", "=", host)
    .where("due_at", ">", now)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** How many hosts rest because they failed or asked for it, and how many were given up. */
export async function hostCounts(
  db: Db,
  now: number,
): Promise<{ readonly resting: number; readonly dead: number }> {
  const row = await db
    .selectFrom("hosts")
    .select([
      sql<number>`coalesce(sum(case when dead_at is null and retry_at > ${now} then 1 else 0 end), 0)`.as(
        "resting",
      ),
      sql<number>`coalesce(sum(case when dead_at is not null then 1 else 0 end), 0)`.as("dead"),
    ])
    .executeTakeFirst();
  return { resting: Number(row?.resting ?? 0), dead: Number(row?.dead ?? 0) };
}

/** Forgets hosts that nothing waits for, of which nothing bad is known and nothing was heard since a time in ms. */
export async function sweepHosts(db: Db, before: number): Promise<void> {
  await db
    .deleteFrom("hosts")
    .where("due_at", "is", null)
    .where("lease_owner", "is", null)
    .where("retry_at", "is", null)
    .where((eb) => eb.or([eb("ok_at", "is", null), eb("ok_at", "<", before)]))
    .execute();
}
