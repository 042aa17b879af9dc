import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
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

/** Says who takes care of a report; null = nobody in particular. False when that was so already. */
export async function updateReportAssignment(db: Db, id: number, actorId: number | null): Promise<boolean> {
  const done = await db
    .updateTable("reports")
    .set({ assigned_id: actorId })
    .where("id", "=", id)
    .where((eb) =>
      actorId === null
        ? eb("assigned_id", "is not", null)
        : eb.or([eb("assigned_id", "is", null), eb("assigned_id", "!=", actorId)]),
    )
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Says what kind of report it is. */
export async function updateReportKind(
  db: Db,
  id: number,
  kind: Pick<ReportRow, "category" | "rule_ids">,
): Promise<void> {
  await db.updateTable("reports").set(kind).where("id", "=", id).execute();
}

/** Moves a report to a state; false when it was in it already, or is not there. `by`: who resolved it. */
export async function updateReportState(
  db: Db,
  id: number,
  change: {
    readonly state: string;
    readonly resolvedAt: number | null;
    readonly by: number | null;
    readonly outcome: string | null;
  },
): Promise<boolean> {
  const done = await db
    .updateTable("reports")
    .set({
      state: change.state,
      resolved_at: change.resolvedAt,
      resolved_by_id: change.by,
      outcome: change.outcome,
    })
    .where("id", "=", id)
    .where("state", "!=", change.state)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Says that a report leaves for the target's server; false when it did before. */
export async function markForwarded(db: Db, id: number, now: number): Promise<boolean> {
  const done = await db
    .updateTable("reports")
    .set({ forwarded: 1, forwarded_at: now })
    .where("id", "=", id)
    .where("forwarded", "=", 0)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Locks a report for the rest of the transaction, so that what is read of it stays true. */
export async function lockReport(db: Db, id: number): Promise<void> {
  await db
    .updateTable("reports")
    .set((eb) => ({ state: eb.ref("state") }))
    .where("id", "=", id)
    .execute();
}

/** Empties what somebody who left had written in reports and about them; that something was reported stays. */
export async function emptyReportsOf(db: Db, actorId: number): Promise<void> {
  await db.updateTable("reports").set({ comment: "" }).where("reporter_id", "=", actorId).execute();
  await db.deleteFrom("report_comments").where("actor_id", "=", actorId).execute();
  await db.updateTable("reports").set({ assigned_id: null }).where("assigned_id", "=", actorId).execute();
}

/** Somebody who is asked when something is reported. */
export type StaffRow = {
  readonly actor_id: number;
  readonly role: string;
  /** JSON array of language tags; null = they never said. */
  readonly moderates: string | null;
};

/** Staff who may sign in, with the languages in which they judge. A small table. */
export async function listStaff(db: Db): Promise<readonly StaffRow[]> {
  return await db
    .selectFrom("accounts")
    .select(["actor_id", "role", "moderates"])
    .where("role", "in", ["owner", "admin", "moderator"])
    .where("suspended_at", "is", null)
    .execute();
}

/** A thing that a report names, and who made it. */
export type ReportedThing = { readonly uri: string; readonly actor_id: number };

/** A note that a report names, and what tells its language. */
export type ReportedNote = ReportedThing & {
  readonly language: string | null;
  readonly content_html: string;
};

/** Members' notes that are here, by uri, with their authors. Index: notes (uri). */
export async function findReportedNotes(db: Db, uris: readonly string[]): Promise<readonly ReportedNote[]> {
  if (uris.length === 0) return [];
  return await db
    .selectFrom("notes")
    .select(["uri", "actor_id", "language", "content_html"])
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
