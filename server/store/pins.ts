import { sql } from "kysely";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { visibleTo } from "./visible.ts";

/** Pins a note to its author's profile; false when it was pinned already. `id` gives the order, newest first. */
export async function insertPin(
  db: Db,
  pin: { readonly id: number; readonly actorId: number; readonly noteId: number },
): Promise<boolean> {
  const done = await db
    .insertInto("pins")
    .values({ id: pin.id, actor_id: pin.actorId, note_id: pin.noteId })
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Takes a pin off; false when there was none. */
export async function removePin(db: Db, actorId: number, noteId: number): Promise<boolean> {
  const done = await db
    .deleteFrom("pins")
    .where("actor_id", "=", actorId)
    .where("note_id", "=", noteId)
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Number of pins of an actor. Index: pins (actor_id, note_id). */
export async function countPins(db: Db, actorId: number): Promise<number> {
  const row = await db
    .selectFrom("pins")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("actor_id", "=", actorId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Pinned notes that everybody may see, newest pin first. Index: pins (actor_id, note_id). */
export async function listPinnedNoteIds(db: Db, actorId: number, limit: number): Promise<readonly number[]> {
  const rows = await prepared(db, "pins", { actorId, limit }, (on, places) =>
    on
      .selectFrom("pins")
      .innerJoin("notes", "notes.id", "pins.note_id")
      .select("pins.note_id")
      .where("pins.actor_id", "=", places.actorId)
      .where(visibleTo(null))
      .orderBy("pins.id", "desc")
      .limit(places.limit),
  );
  return rows.map((row) => row.note_id);
}

/** Those of `noteIds` that are pinned. Index: pins (note_id). */
export async function findPinned(db: Db, noteIds: readonly number[]): Promise<ReadonlySet<number>> {
  if (noteIds.length === 0) return new Set();
  const rows = await db.selectFrom("pins").select("note_id").where("note_id", "in", noteIds).execute();
  return new Set(rows.map((row) => row.note_id));
}

/** Replaces all pins of an actor; `pins` in any order, their ids say it. */
export async function replacePins(
  db: Db,
  actorId: number,
  pins: readonly { readonly id: number; readonly noteId: number }[],
): Promise<void> {
  await db.deleteFrom("pins").where("actor_id", "=", actorId).execute();
  for (const pin of pins) await insertPin(db, { ...pin, actorId });
}

/** Drops the oldest pins of an actor beyond `keep`. */
export async function trimPins(db: Db, actorId: number, keep: number): Promise<void> {
  await sql`delete from pins where actor_id = ${actorId} and id not in (
    select id from (select id from pins where actor_id = ${actorId} order by id desc limit ${keep}) kept)`.execute(
    db,
  );
}
