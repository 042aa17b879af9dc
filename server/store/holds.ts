import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { HoldsTable } from "./safety-schema.ts";

// Notes that a classifier holds until a moderator has looked. The mark on the note (`hidden_by = 'classifier'`) is what hides
// it; a row here says why, and what is still to be told when it is released.

export type HoldRow = Selectable<HoldsTable>;

/** Who looks: nobody judges their own notes, and those of owners are for administrators. */
export type HoldSight = { readonly viewerId: number; readonly seesOwners: boolean };

export async function insertHold(db: Db, row: Insertable<HoldsTable>): Promise<void> {
  await db.insertInto("holds").values(row).execute();
}

/** Hides a note until somebody looks; one that is hidden already stays as it is. True when it is hidden now by this. */
export async function hideHeld(db: Db, noteId: number, at: number): Promise<boolean> {
  const done = await db
    .updateTable("notes")
    .set({ hidden_at: at, hidden_by: "classifier" })
    .where("id", "=", noteId)
    .where("hidden_at", "is", null)
    .where("deleted_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Shows a note again that a classifier had hidden; one that moderators hid stays hidden. */
export async function showHeld(db: Db, noteId: number): Promise<void> {
  await db
    .updateTable("notes")
    .set({ hidden_at: null, hidden_by: null })
    .where("id", "=", noteId)
    .where("hidden_by", "=", "classifier")
    .execute();
}

/** What is held at a note and in this state, newest first. Index: holds_note. */
export async function listHoldsOf(
  db: Db,
  noteId: number,
  state: HoldRow["state"],
): Promise<readonly HoldRow[]> {
  return await db
    .selectFrom("holds")
    .selectAll()
    .where("note_id", "=", noteId)
    .where("state", "=", state)
    .orderBy("id", "desc")
    .execute();
}

/** One by id (primary key). */
export async function findHold(db: Db, id: number): Promise<HoldRow | undefined> {
  return await db.selectFrom("holds").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Writes down that a held note was reported, too. */
export async function markReported(db: Db, id: number): Promise<void> {
  await db.updateTable("holds").set({ suggestion: "report" }).where("id", "=", id).execute();
}

/** Ends what is held at a note; how many rows this call ended, so that of two moderators one acts. Index: holds_note. */
export async function endHolds(
  db: Db,
  noteId: number,
  from: HoldRow["state"],
  end: { readonly state: string; readonly at: number; readonly byId: number | null },
): Promise<number> {
  const done = await db
    .updateTable("holds")
    .set({ state: end.state, decided_at: end.at, by_id: end.byId })
    .where("note_id", "=", noteId)
    .where("state", "=", from)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

function waiting(db: Db, sight: HoldSight) {
  const query = db
    .selectFrom("holds")
    .innerJoin("notes", "notes.id", "holds.note_id")
    .where("holds.state", "=", "waiting")
    .where("notes.deleted_at", "is", null)
    .where("notes.hidden_by", "=", "classifier")
    .where(
      sql<boolean>`not exists (select 1 from actors gone where gone.id = holds.actor_id
        and (gone.suspended_at is not null or gone.deleted_at is not null))`,
    )
    .where("holds.actor_id", "!=", sight.viewerId);
  if (sight.seesOwners) return query;
  return query.where(
    sql<boolean>`holds.actor_id not in (select owners.actor_id from accounts owners where owners.role = 'owner')`,
  );
}

/** A page of what waits, newest first; `language` null = of every language. Index: holds_state. */
export async function listWaiting(
  db: Db,
  sight: HoldSight,
  language: string | null,
  cursor: Cursor,
): Promise<Rows<HoldRow>> {
  let query = waiting(db, sight).selectAll("holds");
  if (language !== null)
    query =
      language === "und"
        ? query.where("holds.language", "is", null)
        : query.where("holds.language", "=", language);
  if (cursor.before !== undefined) query = query.where("holds.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("holds.id", ">", cursor.after);
  const rows = await query
    .orderBy("holds.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(rows, cursor);
}

/** Languages of what waits, with how many there are in each. Index: holds_state. */
export async function countWaitingHolds(
  db: Db,
  sight: HoldSight,
): Promise<readonly { readonly language: string; readonly found: number }[]> {
  const rows = await waiting(db, sight)
    .select(["holds.language", (eb) => eb.fn.countAll<number>().as("found")])
    .groupBy("holds.language")
    .execute();
  return rows
    .map((row) => ({ language: row.language ?? "und", found: Number(row.found) }))
    .toSorted((a, b) => b.found - a.found || (a.language < b.language ? -1 : 1));
}
