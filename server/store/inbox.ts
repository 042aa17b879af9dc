import { hash } from "node:crypto";
import { type Insertable, sql } from "kysely";
import { type Db, dialectOf } from "./database.ts";
import { insertRows } from "./json-rows.ts";
import type { ActivitiesTable } from "./schema.ts";

export type NewInboxRow = {
  readonly id: number;
  readonly actorUri: string;
  readonly activityUri: string;
  readonly body: string;
  readonly voucher: string;
  readonly signerUri: string | null;
};

/**
 * Keeps accepted activities, all in one statement, and gives the ids of those that are new: where this (actor, activity
 * id) is here already, nothing happens. The constraint is the dedupe, also within one call.
 */
export async function insertInboxRows(
  db: Db,
  rows: readonly NewInboxRow[],
  now: number,
): Promise<ReadonlySet<number>> {
  const done = await db
    .insertInto("inbox")
    .values(
      rows.map((row) => ({
        id: row.id,
        actor_uri: row.actorUri,
        activity_uri: row.activityUri,
        body: row.body,
        state: "waiting",
        received_at: now,
        handled_at: null,
        voucher: row.voucher,
        signer_uri: row.signerUri,
      })),
    )
    .onConflict((conflict) => conflict.columns(["actor_uri", "activity_uri"]).doNothing())
    .returning("id")
    .execute();
  return new Set(done.map((row) => row.id));
}

/** Which of these were handled before, by their keys ({@link seenKey}). */
export async function findSeen(db: Db, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await db.selectFrom("inbox_seen").select("key").where("key", "in", keys).execute();
  return new Set(rows.map((row) => row.key));
}

/**
 * Under which an activity is remembered when it was handled: 96 bits of a hash of its actor and its id. A hint is not the
 * activity itself, so it has a key of its own.
 */
export function seenKey(actorUri: string, activityUri: string, isHint: boolean): string {
  const text = `${isHint ? "hint\n" : ""}${actorUri}\n${activityUri}`;
  return hash("sha256", text, "buffer").subarray(0, 12).toString("base64url");
}

/** Takes accepted activities back. */
export async function removeInboxRows(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom("inbox").where("id", "in", ids).execute();
}

/**
 * Gives an activity that waits a better body and voucher, if it was only hinted at by others so far. Its id, or undefined
 * when it was not.
 */
export async function replaceHint(db: Db, row: Omit<NewInboxRow, "id">): Promise<number | undefined> {
  const found = await db
    .updateTable("inbox")
    .set({ state: "waiting", body: row.body, voucher: row.voucher, signer_uri: row.signerUri })
    .where("actor_uri", "=", row.actorUri)
    .where("activity_uri", "=", row.activityUri)
    .where("voucher", "in", ["ld-signature", "notice"])
    .returning("id")
    .executeTakeFirst();
  return found?.id;
}

/** True when something that speaks of `text` came after a time in ms and waits to be read. Index: inbox_waiting. */
export async function isUnread(db: Db, text: string, since: number): Promise<boolean> {
  const speaks =
    dialectOf(db) === "postgres" ? sql`strpos(body, ${text}) > 0` : sql`instr(body, ${text}) > 0`;
  const row = await db
    .selectFrom("inbox")
    .select("id")
    .where("state", "=", "waiting")
    .where("received_at", ">", since)
    .where(sql<boolean>`${speaks}`)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** An activity that waits to be handled, or undefined when it was. */
export async function findWaiting(db: Db, id: number) {
  return await db
    .selectFrom("inbox")
    .select(["body", "actor_uri", "activity_uri", "voucher", "signer_uri"])
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .executeTakeFirst();
}

/** Removes an activity that was handled and remembers it for ever; nothing when it was replaced meanwhile. */
export async function markHandled(
  tx: Db,
  row: { readonly id: number; readonly voucher: string; readonly key: string },
): Promise<void> {
  const done = await tx
    .deleteFrom("inbox")
    .where("id", "=", row.id)
    .where("voucher", "=", row.voucher)
    .executeTakeFirst();
  if (done.numDeletedRows === 0n) return;
  await tx
    .insertInto("inbox_seen")
    .values({ key: row.key })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Remembers that an object or activity is gone, so that a late Create or Like of it stays away. */
export async function insertTombstone(db: Db, uri: string, actorUri: string, now: number): Promise<void> {
  await db
    .insertInto("tombstones")
    .values({ uri, actor_uri: actorUri, at: now })
    .onConflict((conflict) => conflict.columns(["uri", "actor_uri"]).doNothing())
    .execute();
}

/** True when this actor took this uri back. */
export async function isTombstone(db: Db, uri: string, actorUri: string): Promise<boolean> {
  const row = await db
    .selectFrom("tombstones")
    .select("at")
    .where("uri", "=", uri)
    .where("actor_uri", "=", actorUri)
    .executeTakeFirst();
  return row !== undefined;
}

/** Forgets one tombstone: it did its work. */
export async function removeTombstone(db: Db, uri: string, actorUri: string): Promise<void> {
  await db.deleteFrom("tombstones").where("uri", "=", uri).where("actor_uri", "=", actorUri).execute();
}

/** Forgets tombstones older than a time in ms. */
export async function sweepTombstones(db: Db, before: number): Promise<void> {
  await db.deleteFrom("tombstones").where("at", "<", before).execute();
}

/** Stores activities of ours once; gives the ids of those that were not stored already (a repeated job). */
export async function insertActivities(
  db: Db,
  rows: readonly Insertable<ActivitiesTable>[],
): Promise<ReadonlySet<number>> {
  const fresh = await insertRows<{ id: number }>(
    db,
    "activities",
    rows,
    "on conflict do nothing returning id",
  );
  return new Set(fresh.map(({ id }) => id));
}

/** An activity of ours by id. */
export async function findActivity(db: Db, id: number) {
  return await db.selectFrom("activities").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Activities of ours by id, their text only when asked for. */
export async function listActivities(db: Db, ids: readonly number[], withBody: boolean) {
  if (ids.length === 0) return [];
  return await db
    .selectFrom("activities")
    .select(["id", "sync", "is_escape", sql<string>`${withBody ? sql.ref("body") : sql.lit("")}`.as("body")])
    .where("id", "in", ids)
    .execute();
}

/**
 * Removes the activities that carry an object's text (its Create and Updates), told from those that only name it by
 * `"id":"…"`. An activity's id is younger than its object's. Index: activities (actor_id, id).
 */
export async function removeActivitiesWith(
  db: Db,
  object: { readonly actorId: number; readonly id: number; readonly uri: string },
): Promise<void> {
  await db
    .deleteFrom("activities")
    .where("actor_id", "=", object.actorId)
    .where("id", ">", object.id)
    .where("body", "like", `%"id":${JSON.stringify(object.uri)}%`)
    .execute();
}

/** Removes an actor's activities made before a time in ms. Index: activities (actor_id, id). */
export async function removeActivitiesOf(db: Db, actorId: number, before: number): Promise<void> {
  await db
    .deleteFrom("activities")
    .where("actor_id", "=", actorId)
    .where("created_at", "<", before)
    .execute();
}

/** Forgets activities made before a time in ms; their deliveries are long over. */
export async function sweepActivities(db: Db, before: number): Promise<void> {
  await db.deleteFrom("activities").where("created_at", "<", before).execute();
}
