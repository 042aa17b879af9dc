import { sql } from "kysely";
import { type Db, dialectOf } from "./database.ts";
import type { HostRow } from "./hosts.ts";

// What waits, what was given up, and how other servers fare: for the pages of those who run the server.

export type WaitingHost = {
  readonly host: string;
  readonly waiting: number;
  /** Tried at least once without success, and waiting for the next try. */
  readonly retried: number;
  readonly dead: number;
  /** When the oldest that waits was written, ms; null when none waits. */
  readonly oldest: number | null;
  readonly retry_at: number | null;
  readonly given_up_at: number | null;
};

/** The hosts for which most deliveries wait or were given up. One pass over deliveries. */
export async function listWaitingHosts(db: Db, limit: number): Promise<readonly WaitingHost[]> {
  const { rows } = await sql<WaitingHost>`
    select q.*, hosts.retry_at, hosts.dead_at as given_up_at from (
      select host, sum(case when dead_at is null then 1 else 0 end) as waiting,
        sum(case when dead_at is null and attempts > 0 then 1 else 0 end) as retried,
        sum(case when dead_at is null then 0 else 1 end) as dead,
        min(case when dead_at is null then created_at end) as oldest
      from deliveries group by host
      order by sum(case when dead_at is null then 1 else 0 end) desc, count(*) desc, host limit ${limit}) as q
    left join hosts on hosts.host = q.host
    order by q.waiting desc, q.dead desc, q.host`.execute(db);
  return rows.map((row) => ({
    ...row,
    waiting: Number(row.waiting),
    retried: Number(row.retried),
    dead: Number(row.dead),
    oldest: row.oldest === null ? null : Number(row.oldest),
  }));
}

export type JobsOfKind = { readonly kind: string; readonly waiting: number; readonly dead: number };

/** Background work by kind, deliveries left out. */
export async function listJobKinds(db: Db): Promise<readonly JobsOfKind[]> {
  const { rows } =
    dialectOf(db) === "sqlite"
      ? await sql<JobsOfKind>`
          select kind, sum(dead_at is null) as waiting, sum(dead_at is not null) as dead
          from jobs group by kind order by kind`.execute(db)
      : await sql<JobsOfKind>`
          select task_identifier as kind,
            count(*) filter (where locked_at is not null or attempts < max_attempts) as waiting,
            count(*) filter (where locked_at is null and attempts >= max_attempts) as dead
          from graphile_worker.jobs group by task_identifier order by task_identifier`.execute(db);
  return rows.map((row) => ({ kind: row.kind, waiting: Number(row.waiting), dead: Number(row.dead) }));
}

/** Forgets a delivery that was given up; false when there is no such one. */
export async function dropDeadDelivery(db: Db, id: number): Promise<boolean> {
  const done = await db
    .deleteFrom("deliveries")
    .where("id", "=", id)
    .where("dead_at", "is not", null)
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Forgets a job that was given up; false when there is no such one. */
export async function dropDeadJob(db: Db, id: number): Promise<boolean> {
  if (dialectOf(db) === "sqlite") {
    const done = await db
      .deleteFrom("jobs")
      .where("id", "=", id)
      .where("dead_at", "is not", null)
      .executeTakeFirst();
    return done.numDeletedRows > 0n;
  }
  const { rows } = await sql`
    select id from graphile_worker.complete_jobs(array(select id from graphile_worker.jobs
      where id = ${id} and locked_at is null and attempts >= max_attempts))`.execute(db);
  return rows.length > 0;
}

/** Gives everything that was given up for a host all its tries back, from now. Returns how many. Index: deliveries_dead. */
export async function retryDeadOfHost(tx: Db, host: string, now: number): Promise<number> {
  const done = await tx
    .updateTable("deliveries")
    .set({ dead_at: null, fault: null, attempts: 0, run_at: 0, created_at: now })
    .where("host", "=", host)
    .where("dead_at", "is not", null)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

/** Tries a host now, whatever was thought of it; nothing of its queue is with a sender meanwhile. */
export async function forgiveHost(tx: Db, host: string, now: number): Promise<void> {
  await tx
    .updateTable("hosts")
    .set({ dead_at: null, retry_at: null, opened_at: null, failures: 0, failing_since: null, due_at: now })
    .where("host", "=", host)
    .where("lease_owner", "is", null)
    .execute();
}

/** Forgets everything that waits for a host or was given up. Returns how many. A delivery on its way may still arrive. */
export async function dropHostQueue(db: Db, host: string): Promise<number> {
  const done = await db.deleteFrom("deliveries").where("host", "=", host).executeTakeFirst();
  return Number(done.numDeletedRows);
}

export type HostState = "all" | "resting" | "dead";
export type KnownHost = Pick<
  HostRow,
  | "host"
  | "failures"
  | "failing_since"
  | "retry_at"
  | "dead_at"
  | "ok_at"
  | "software"
  | "version"
  | "signature_spec"
>;

/** Known hosts: those that fail first, then those heard of last. At most `limit`. */
export async function listKnownHosts(
  db: Db,
  query: {
    readonly words: string;
    readonly state: HostState;
    readonly now: number;
    readonly limit: number;
  },
): Promise<readonly KnownHost[]> {
  let rows = db
    .selectFrom("hosts")
    .select([
      "host",
      "failures",
      "failing_since",
      "retry_at",
      "dead_at",
      "ok_at",
      "software",
      "version",
      "signature_spec",
    ]);
  if (query.words !== "") {
    const pattern = `%${query.words.replace(/[!%_]/g, "!$&")}%`;
    rows = rows.where(sql<boolean>`host like ${pattern} escape '!'`);
  }
  if (query.state === "dead") rows = rows.where("dead_at", "is not", null);
  if (query.state === "resting") rows = rows.where("dead_at", "is", null).where("retry_at", ">", query.now);
  return await rows
    .orderBy(sql`case when dead_at is not null then 0 when failures > 0 then 1 else 2 end`)
    .orderBy(sql`coalesce(ok_at, 0)`, "desc")
    .orderBy("host")
    .limit(query.limit)
    .execute();
}

/** How many hosts are known. */
export async function countHosts(db: Db): Promise<number> {
  const row = await db
    .selectFrom("hosts")
    .select((eb) => eb.fn.countAll<number>().as("found"))
    .executeTakeFirstOrThrow();
  return Number(row.found);
}

export type StoredBytes = {
  readonly kind: "image" | "video" | "audio" | "file" | "proxy";
  readonly files: number;
  readonly bytes: number;
};

/** What uploads and copies take, by kind, with all sizes of a picture; profile pictures and emoji are not measured. */
export async function storedBytes(db: Db): Promise<readonly StoredBytes[]> {
  const sizes =
    dialectOf(db) === "sqlite"
      ? sql`coalesce((select sum(case when v.type = 'object' then json_extract(v.value, '$.size') end) from json_each(case when json_valid(attachments.variants) then attachments.variants else '[]' end) v), 0)`
      : sql`coalesce((select sum((v.value ->> 'size')::bigint) from json_array_elements(
          case when attachments.variants like '[{%}]' then attachments.variants else '[]' end::json) v), 0)`;
  const { rows } = await sql<StoredBytes>`
    select kind, count(*) as files, sum(coalesce(size, 0) + ${sizes}) as bytes
      from attachments where file is not null group by kind
    union all select 'proxy' as kind, count(*) as files, coalesce(sum(size), 0) as bytes from proxied where file is not null`.execute(
    db,
  );
  return rows.map((row) => ({ kind: row.kind, files: Number(row.files), bytes: Number(row.bytes) }));
}
