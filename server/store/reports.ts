import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { ReportsTable } from "./schema.ts";

export type ReportRow = Selectable<ReportsTable>;

/** Adds a report; false when the same one (by uri) is there already. */
export async function insertReport(db: Db, row: Insertable<ReportsTable>): Promise<boolean> {
  const done = await db
    .insertInto("reports")
    .values(row)
    .onConflict((conflict) => conflict.column("uri").doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** A report by id. */
export async function findReport(db: Db, id: number): Promise<ReportRow | undefined> {
  return await db.selectFrom("reports").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Of which reports: in a state, by whom, about whom, about people of which server. */
export type ReportSieve = {
  readonly state: string;
  readonly reporterId?: number | undefined;
  readonly targetId?: number | undefined;
  /** Host of who was reported; '' = members. */
  readonly targetHost?: string | undefined;
};

/** Reports in a state, newest first, without those about one actor. Index: reports (state, id). */
export async function listReportRows(
  db: Db,
  sieve: ReportSieve,
  exceptTargetId: number | null,
  cursor: Cursor,
): Promise<Rows<ReportRow>> {
  let query = db.selectFrom("reports").selectAll().where("state", "=", sieve.state);
  if (sieve.reporterId !== undefined) query = query.where("reporter_id", "=", sieve.reporterId);
  if (sieve.targetId !== undefined) query = query.where("target_id", "=", sieve.targetId);
  const host = sieve.targetHost;
  if (host !== undefined)
    query = query.where("target_id", "in", (eb) =>
      eb.selectFrom("actors").select("actors.id").where("actors.host", "=", host),
    );
  if (exceptTargetId !== null) query = query.where("target_id", "!=", exceptTargetId);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Says who takes care of a report; null = nobody in particular. */
export async function updateReportAssignment(db: Db, id: number, actorId: number | null): Promise<void> {
  await db.updateTable("reports").set({ assigned_id: actorId }).where("id", "=", id).execute();
}

/** Moves a report to a state; false when it was in it already, or is not there. `by`: who resolved it. */
export async function updateReportState(
  db: Db,
  id: number,
  state: string,
  resolvedAt: number | null,
  by: number | null = null,
): Promise<boolean> {
  const done = await db
    .updateTable("reports")
    .set({ state, resolved_at: resolvedAt, resolved_by_id: by })
    .where("id", "=", id)
    .where("state", "!=", state)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** The newest report about each of some actors. A small table. Index: reports (id). */
export async function findLatestReports(db: Db, targetIds: readonly number[]): Promise<readonly ReportRow[]> {
  if (targetIds.length === 0) return [];
  return await db
    .selectFrom("reports")
    .selectAll()
    .where("id", "in", (eb) =>
      eb
        .selectFrom("reports as about")
        .select((inner) => inner.fn.max<number>("about.id").as("newest"))
        .where("about.target_id", "in", [...targetIds])
        .groupBy("about.target_id"),
    )
    .execute();
}

/** Empties what somebody who left had written in reports; that something was reported stays. */
export async function emptyReportsOf(db: Db, reporterId: number): Promise<void> {
  await db.updateTable("reports").set({ comment: "" }).where("reporter_id", "=", reporterId).execute();
}

/** Actors of the members who are asked when something is reported: staff who may sign in. */
export async function listStaff(db: Db): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("accounts")
    .select("actor_id")
    .where("role", "in", ["owner", "admin", "moderator"])
    .where("suspended_at", "is", null)
    .execute();
  return rows.map((row) => row.actor_id);
}

/** A thing that a report names, and who made it. */
export type ReportedThing = { readonly uri: string; readonly actor_id: number };

/** Notes that are here, by uri, with their authors. Index: notes (uri). */
export async function findReportedNotes(db: Db, uris: readonly string[]): Promise<readonly ReportedThing[]> {
  if (uris.length === 0) return [];
  return await db
    .selectFrom("notes")
    .select(["uri", "actor_id"])
    .where("uri", "in", [...uris])
    .where("local", "=", 1)
    .execute();
}

/** Collections of members (FEP-7aa9) by uri. Index: collections (uri). */
export async function findReportedCollections(
  db: Db,
  uris: readonly string[],
): Promise<readonly ReportedThing[]> {
  if (uris.length === 0) return [];
  return await db
    .selectFrom("collections")
    .innerJoin("actors", "actors.id", "collections.actor_id")
    .select(["collections.uri", "collections.actor_id"])
    .where("collections.uri", "in", [...uris])
    .where("actors.host", "=", "")
    .execute();
}

/** Ids of collections by uri. Index: collections (uri). */
export async function findCollectionIdsByUri(
  db: Db,
  uris: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (uris.length === 0) return new Map();
  const rows = await db
    .selectFrom("collections")
    .select(["id", "uri"])
    .where("uri", "in", [...uris])
    .execute();
  return new Map(rows.map((row) => [row.uri, row.id]));
}

/** Collections of an actor among some ids, by uri. Index: collections (id). */
export async function listCollectionUris(
  db: Db,
  actorId: number,
  ids: readonly number[],
): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("collections")
    .select("uri")
    .where("id", "in", [...ids])
    .where("actor_id", "=", actorId)
    .execute();
  return rows.map((row) => row.uri);
}

/** Members by uri. Index: actors (uri). */
export async function findReportedActors(db: Db, uris: readonly string[]): Promise<readonly number[]> {
  if (uris.length === 0) return [];
  const rows = await db
    .selectFrom("actors")
    .select(["id", "uri"])
    .where("uri", "in", [...uris])
    .where("host", "=", "")
    .where("kind", "!=", "Application")
    .where("deleted_at", "is", null)
    .execute();
  const byUri = new Map(rows.map((row) => [row.uri, row.id]));
  return uris.flatMap((uri) => byUri.get(uri) ?? []);
}
