import { sql } from "kysely";
import type { Db } from "./database.ts";

/** How many servers something was sent to lately. A small table, counted whole. */
export async function countHosts(db: Db): Promise<number> {
  const row = await db
    .selectFrom("hosts")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** The names of these servers, in order (primary key). */
export async function listHostNames(db: Db, limit: number): Promise<readonly string[]> {
  const rows = await db.selectFrom("hosts").select("host").orderBy("host").limit(limit).execute();
  return rows.map((row) => row.host);
}

/** The actor of who has been owner for longest. A handful of rows have that role. */
export async function findFirstOwner(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom("accounts")
    .select("actor_id")
    .where("role", "=", "owner")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row?.actor_id ?? null;
}

/** What happened here in a week; `week` counts from the start of the range. */
export type WeekRow = { readonly week: number; readonly count: number };

/** Notes of members by week since an id. Index: accounts (actor_id), notes (actor_id, id). */
export async function countNotesByWeek(
  db: Db,
  sinceId: number,
  idsAWeek: number,
): Promise<readonly WeekRow[]> {
  const week = sql`((n.id - ${sql.lit(sinceId)}) / ${sql.lit(idsAWeek)})`;
  return await weeks(
    db,
    sql`select ${week} as week, count(*) as count from accounts a join notes n on n.actor_id = a.actor_id
      where n.id >= ${sql.lit(sinceId)} and n.deleted_at is null group by ${week}`,
  );
}

/** Accounts by the week in which they were made, and by that in which they were last seen; times in ms. */
export async function countAccountsByWeek(
  db: Db,
  since: number,
  weekMs: number,
): Promise<{ readonly made: readonly WeekRow[]; readonly seen: readonly WeekRow[] }> {
  const weekOf = (column: string) => sql`((${sql.ref(column)} - ${sql.lit(since)}) / ${sql.lit(weekMs)})`;
  const made = await weeks(
    db,
    sql`select ${weekOf("created_at")} as week, count(*) as count from accounts
      where created_at >= ${sql.lit(since)} group by ${weekOf("created_at")}`,
  );
  const seen = await weeks(
    db,
    sql`select ${weekOf("last.at")} as week, count(*) as count from (
      select account_id, max(seen_at) as at from sessions group by account_id) last
      where last.at >= ${sql.lit(since)} group by ${weekOf("last.at")}`,
  );
  return { made, seen };
}

async function weeks(db: Db, query: ReturnType<typeof sql>): Promise<readonly WeekRow[]> {
  const found = await sql<{ week: number; count: number }>`${query}`.execute(db);
  return found.rows.map((row) => ({ week: Number(row.week), count: Number(row.count) }));
}
