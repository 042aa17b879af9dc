import { type RawBuilder, type SelectQueryBuilder, sql, type SqlBool } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { ReportRow } from "./reports.ts";
import type { Schema } from "./schema.ts";

/**
 * Who looks: nobody sees reports about themselves, and those about owners are for administrators. Null in place of it is
 * the operator, who sees all.
 */
export type ReportSight = { readonly viewerId: number; readonly seesOwners: boolean };

/** Of which reports; what is left out does not count. */
export type ReportSieve = {
  readonly state?: string | undefined;
  readonly reporterId?: number | undefined;
  readonly targetId?: number | undefined;
  /** Host of who was reported; '' = members. */
  readonly targetHost?: string | undefined;
  readonly category?: string | undefined;
  /** Any of these primary subtags. */
  readonly languages?: readonly string[] | undefined;
  /** Where it was written: by a member, or on another server. */
  readonly origin?: "here" | "elsewhere" | undefined;
  /** Who takes care of it; null = nobody. */
  readonly assigneeId?: number | null | undefined;
  /** Written before, ms. */
  readonly before?: number | undefined;
};

type Query<O> = SelectQueryBuilder<Schema, "reports", O>;

/** True for the reports that are for whoever looks. */
export function within(sight: ReportSight | null): RawBuilder<SqlBool> {
  if (sight === null) return sql<SqlBool>`1 = 1`;
  const ofOthers = sql<SqlBool>`reports.target_id <> ${sight.viewerId}`;
  if (sight.seesOwners) return ofOthers;
  const owners = sql`select accounts.actor_id from accounts where accounts.role = 'owner'`;
  return sql<SqlBool>`(${ofOthers} and reports.target_id not in (${owners}))`;
}

function through<O>(query: Query<O>, sieve: ReportSieve): Query<O> {
  let sifted = query;
  if (sieve.state !== undefined) sifted = sifted.where("state", "=", sieve.state);
  if (sieve.reporterId !== undefined) sifted = sifted.where("reporter_id", "=", sieve.reporterId);
  if (sieve.targetId !== undefined) sifted = sifted.where("target_id", "=", sieve.targetId);
  if (sieve.category !== undefined) sifted = sifted.where("category", "=", sieve.category);
  if (sieve.before !== undefined) sifted = sifted.where("created_at", "<", sieve.before);
  const host = sieve.targetHost;
  if (host !== undefined)
    sifted = sifted.where("target_id", "in", (eb) =>
      eb.selectFrom("actors").select("actors.id").where("actors.host", "=", host),
    );
  if (sieve.origin !== undefined) {
    const isHere = sieve.origin === "here";
    sifted = sifted.where((eb) =>
      eb.exists(
        eb
          .selectFrom("actors")
          .select(sql.lit(1).as("one"))
          .whereRef("actors.id", "=", "reports.reporter_id")
          .where("actors.host", isHere ? "=" : "!=", ""),
      ),
    );
  }
  const { assigneeId, languages } = sieve;
  if (assigneeId === null) sifted = sifted.where("assigned_id", "is", null);
  else if (assigneeId !== undefined) sifted = sifted.where("assigned_id", "=", assigneeId);
  if (languages !== undefined)
    sifted = sifted.where((eb) =>
      eb.exists(
        eb
          .selectFrom("report_languages")
          .select(sql.lit(1).as("one"))
          .whereRef("report_languages.report_id", "=", "reports.id")
          .where("report_languages.language", "in", languages.length === 0 ? [""] : [...languages]),
      ),
    );
  return sifted;
}

/**
 * Reports, newest first. Index: reports (state, id), or (target_id, id), or (reporter_id, id); the others by looking at
 * each row, of which there are as many as people reported.
 */
export async function listReportRows(
  db: Db,
  sieve: ReportSieve,
  sight: ReportSight | null,
  cursor: Cursor,
): Promise<Rows<ReportRow>> {
  let query = through(db.selectFrom("reports").selectAll(), sieve).where(within(sight));
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** One report, if it is for whoever looks. */
export async function findReportFor(db: Db, id: number, sight: ReportSight): Promise<ReportRow | undefined> {
  return await db
    .selectFrom("reports")
    .selectAll()
    .where("id", "=", id)
    .where(within(sight))
    .executeTakeFirst();
}

/** The newest report about each of some actors. Index: reports (target_id, id). */
export async function findLatestReports(
  db: Db,
  targetIds: readonly number[],
  sight: ReportSight,
): Promise<readonly ReportRow[]> {
  if (targetIds.length === 0) return [];
  return await db
    .selectFrom("reports")
    .selectAll()
    .where(within(sight))
    .where("id", "in", (eb) =>
      eb
        .selectFrom("reports as about")
        .select((inner) => inner.fn.max<number>("about.id").as("newest"))
        .where("about.target_id", "in", [...targetIds])
        .groupBy("about.target_id"),
    )
    .execute();
}

/** The report of somebody's that was closed last. Index: reports (reporter_id, id). */
export async function findLastClosed(db: Db, reporterId: number): Promise<ReportRow | undefined> {
  return await db
    .selectFrom("reports")
    .selectAll()
    .where("reporter_id", "=", reporterId)
    .where("resolved_at", "is not", null)
    .orderBy("resolved_at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Ids of open reports that nobody has taken, that were not told to everybody, and that were written before, oldest first. Index: reports (state, id). */
export async function listUnclaimed(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly { readonly id: number; readonly target_id: number; readonly reporter_id: number }[]> {
  return await db
    .selectFrom("reports")
    .select(["id", "target_id", "reporter_id"])
    .where("state", "=", "open")
    .where("assigned_id", "is", null)
    .where("told_all_at", "is", null)
    .where("created_at", "<=", before)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Says that everybody was told of a report; false when somebody else has said so, or took it meanwhile. */
export async function markToldAll(db: Db, id: number, now: number): Promise<boolean> {
  const done = await db
    .updateTable("reports")
    .set({ told_all_at: now })
    .where("id", "=", id)
    .where("told_all_at", "is", null)
    .where("assigned_id", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Open reports about people who are gone, oldest first. Index: reports (state, id). */
export async function listReportsOfGone(db: Db, limit: number): Promise<readonly ReportRow[]> {
  return await db
    .selectFrom("reports")
    .selectAll()
    .where("state", "=", "open")
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom("actors")
          .select(sql.lit(1).as("one"))
          .whereRef("actors.id", "=", "reports.target_id")
          .where("actors.deleted_at", "is not", null),
      ),
    )
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** What somebody reported, by state and outcome. Index: reports (reporter_id, id). */
export async function countReportsOf(
  db: Db,
  reporterId: number,
): Promise<readonly { readonly outcome: string | null; readonly state: string; readonly found: number }[]> {
  const rows = await db
    .selectFrom("reports")
    .select((eb) => ["state", "outcome", eb.fn.countAll<number>().as("found")])
    .where("reporter_id", "=", reporterId)
    .groupBy(["state", "outcome"])
    .execute();
  return rows.map((row) => ({ ...row, found: Number(row.found) }));
}

/** Ids of notes by uri, letters included: for what asks next whether somebody may see them. Index: notes (uri). */
export async function listNamedNotes(db: Db, uris: readonly string[]): Promise<readonly number[]> {
  if (uris.length === 0) return [];
  const rows = await db
    .selectFrom("notes")
    .select(["id", "uri"])
    .where("uri", "in", [...uris])
    .where("deleted_at", "is", null)
    .execute();
  const byUri = new Map(rows.map((row) => [row.uri, row.id]));
  return uris.flatMap((uri) => byUri.get(uri) ?? []);
}

/**
 * How many decisions about whom a report is about were taken on it; what was taken back does not count. Index: decisions
 * (report_id).
 */
export async function countDecisionsOn(
  db: Db,
  report: { readonly id: number; readonly target_id: number },
): Promise<number> {
  const row = await db
    .selectFrom("decisions")
    .select((eb) => eb.fn.countAll<number>().as("found"))
    .where("report_id", "=", report.id)
    .where("actor_id", "=", report.target_id)
    .where("state", "!=", "reversed")
    .executeTakeFirstOrThrow();
  return Number(row.found);
}

/** Removes what some of the staff were told of reports about somebody. Index: notifications (account_id, kind, actor_id). */
export async function removeReportNotices(
  db: Db,
  targetId: number,
  staffIds: readonly number[],
): Promise<void> {
  if (staffIds.length === 0) return;
  await db
    .deleteFrom("notifications")
    .where("kind", "=", "report")
    .where("actor_id", "=", targetId)
    .where("account_id", "in", (eb) =>
      eb
        .selectFrom("accounts")
        .select("accounts.id")
        .where("accounts.actor_id", "in", [...staffIds]),
    )
    .execute();
}
