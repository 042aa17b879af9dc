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

/** Reports in a state, newest first, without those about one actor. Index: reports (state, id). */
export async function listReportRows(
  db: Db,
  state: string,
  exceptTargetId: number | null,
  cursor: Cursor,
): Promise<Rows<ReportRow>> {
  let query = db.selectFrom("reports").selectAll().where("state", "=", state);
  if (exceptTargetId !== null) query = query.where("target_id", "!=", exceptTargetId);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Moves a report to a state; false when it was in it already, or is not there. */
export async function updateReportState(
  db: Db,
  id: number,
  state: string,
  resolvedAt: number | null,
): Promise<boolean> {
  const done = await db
    .updateTable("reports")
    .set({ state, resolved_at: resolvedAt })
    .where("id", "=", id)
    .where("state", "!=", state)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
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
