import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Db } from "./database.ts";
import type { ArrivalsTable } from "./lifeboat-schema.ts";
import type { NoteRow } from "./notes.ts";
import { visibleTo } from "./visible.ts";

// Lifeboats that were taken in, and the notes that came with them.

export type ArrivalRow = Selectable<ArrivalsTable>;

/** Writes an arrival down. */
export async function insertArrival(db: Db, row: Insertable<ArrivalsTable>): Promise<void> {
  await db.insertInto("arrivals").values(row).execute();
}

/** An arrival by id. */
export async function findArrival(db: Db, id: number): Promise<ArrivalRow | undefined> {
  return await db.selectFrom("arrivals").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The same, as it is now: until this transaction ends nobody else changes it. */
export async function lockArrival(tx: Db, id: number): Promise<ArrivalRow | undefined> {
  return await tx
    .updateTable("arrivals")
    .set((eb) => ({ id: eb.ref("id") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** Arrivals of an actor, newest first. Index: arrivals (actor_id, id). */
export async function listArrivalRows(
  db: Db,
  actorId: number,
  limit: number,
): Promise<readonly ArrivalRow[]> {
  return await db
    .selectFrom("arrivals")
    .selectAll()
    .where("actor_id", "=", actorId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** Changes an arrival that is in one of these states; false when it is in another one by now. */
export async function updateArrival(
  db: Db,
  id: number,
  states: readonly string[],
  change: Updateable<ArrivalsTable>,
): Promise<boolean> {
  const done = await db
    .updateTable("arrivals")
    .set(change)
    .where("id", "=", id)
    .where("state", "in", states)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Counts a piece in, if it is the next one. */
export async function advanceArrival(
  db: Db,
  id: number,
  piece: { readonly from: number; readonly to: number; readonly now: number },
): Promise<boolean> {
  const done = await db
    .updateTable("arrivals")
    .set({ received: piece.to, touched_at: piece.now })
    .where("id", "=", id)
    .where("state", "=", "coming")
    .where("received", "=", piece.from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Forgets an arrival; notes that came with it stay, and stay known by their old addresses. */
export async function removeArrival(db: Db, id: number): Promise<void> {
  await db.deleteFrom("arrivals").where("id", "=", id).execute();
}

/** Arrivals of everybody that nobody touched since a time and that wait for a person. */
export async function listRestingArrivals(
  db: Db,
  states: readonly string[],
  before: number,
  limit: number,
): Promise<readonly ArrivalRow[]> {
  return await db
    .selectFrom("arrivals")
    .selectAll()
    .where("state", "in", states)
    .where("touched_at", "<", before)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Which of these arrivals are still there. */
export async function knownArrivals(db: Db, ids: readonly number[]): Promise<ReadonlySet<number>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom("arrivals")
    .select("id")
    .where("id", "in", [...ids])
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** Remembers that a note is the copy of one at an old address. */
export async function insertArrivedNote(
  tx: Db,
  row: {
    readonly actorId: number;
    readonly oldUri: string;
    readonly noteId: number;
    readonly arrivalId: number;
  },
): Promise<void> {
  await tx
    .insertInto("arrived_notes")
    .values({ actor_id: row.actorId, old_uri: row.oldUri, note_id: row.noteId, arrival_id: row.arrivalId })
    .execute();
}

/** The copies of some old notes of an actor, also those that were deleted since. Index: primary key of arrived_notes. */
export async function findArrivedNotes(
  db: Db,
  actorId: number,
  oldUris: readonly string[],
): Promise<
  ReadonlyMap<string, Pick<NoteRow, "id" | "uri" | "url" | "context_uri" | "deleted_at" | "visibility">>
> {
  if (oldUris.length === 0) return new Map();
  const rows = await db
    .selectFrom("arrived_notes")
    .innerJoin("notes", "notes.id", "arrived_notes.note_id")
    .select([
      "arrived_notes.old_uri",
      "notes.id",
      "notes.uri",
      "notes.url",
      "notes.context_uri",
      "notes.deleted_at",
      "notes.visibility",
    ])
    .where("arrived_notes.actor_id", "=", actorId)
    .where("arrived_notes.old_uri", "in", [...oldUris])
    .execute();
  return new Map(rows.map(({ old_uri, ...note }) => [old_uri, note]));
}

/** The copy of an old note that this viewer may see; the newest of several. Index: arrived_notes (old_uri). */
export async function findArrivedCopy(db: Db, viewer: number | null, oldUri: string): Promise<number | null> {
  const row = await db
    .selectFrom("notes")
    .innerJoin("arrived_notes", "arrived_notes.note_id", "notes.id")
    .select("notes.id")
    .where("arrived_notes.old_uri", "=", oldUri)
    .where(visibleTo(viewer))
    .orderBy("arrived_notes.arrival_id", "desc")
    .executeTakeFirst();
  return row?.id ?? null;
}

/**
 * True for a note of an actor elsewhere who moved to the account here that took it along. Index: arrived_notes (old_uri),
 * actors (uri).
 */
export async function isLeftBehind(db: Db, noteId: number): Promise<boolean> {
  const row = await db
    .selectFrom("notes")
    .innerJoin("arrived_notes", "arrived_notes.old_uri", "notes.uri")
    .innerJoin("actors as old", "old.id", "notes.actor_id")
    .innerJoin("actors as own", "own.id", "arrived_notes.actor_id")
    .select("notes.id")
    .where("notes.id", "=", noteId)
    .where("notes.local", "=", 0)
    .whereRef("old.moved_to_uri", "=", "own.uri")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Where notes were first published, and when they came, by note. Index: arrived_notes (note_id). */
export async function listFormerAddresses(
  db: Db,
  noteIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (noteIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("arrived_notes")
    .select(["note_id", "old_uri"])
    .where("note_id", "in", [...noteIds])
    .execute();
  return new Map(rows.map((row) => [row.note_id, row.old_uri]));
}

/**
 * Ties an actor's own notes that answer an old note, and came before it, to its copy. What the copy itself answers is not
 * below it. Index: notes_orphan (reply_to_uri where reply_to_id is null).
 */
export async function adoptArrivedReplies(
  tx: Db,
  parent: { readonly actorId: number; readonly oldUri: string; readonly id: number; readonly uri: string },
  above: readonly number[],
): Promise<readonly { readonly id: number; readonly visibility: string }[]> {
  return await tx
    .updateTable("notes")
    .set({ reply_to_id: parent.id, reply_to_uri: parent.uri })
    .where("reply_to_uri", "=", parent.oldUri)
    .where("reply_to_id", "is", null)
    .where("actor_id", "=", parent.actorId)
    .where("local", "=", 1)
    .where("deleted_at", "is", null)
    .where("id", "not in", above.length === 0 ? [0] : [...above])
    .returning(["id", "visibility"])
    .execute();
}

/** Adds answers to a note's counter. */
export async function addReplies(tx: Db, noteId: number, count: number): Promise<void> {
  if (count === 0) return;
  await tx
    .updateTable("notes")
    .set((eb) => ({ replies_count: eb("replies_count", "+", count) }))
    .where("id", "=", noteId)
    .execute();
}

/** Notes of an arrival, a page at a time. Index: arrived_notes (arrival_id, note_id). */
export async function listNotesOfArrival(
  db: Db,
  arrivalId: number,
  limit: number,
): Promise<readonly { readonly note_id: number; readonly old_uri: string }[]> {
  return await db
    .selectFrom("arrived_notes")
    .select(["note_id", "old_uri"])
    .where("arrival_id", "=", arrivalId)
    .orderBy("note_id")
    .limit(limit)
    .execute();
}

/** How many notes of an arrival are still known as such. Index: arrived_notes (arrival_id, note_id). */
export async function countNotesOfArrival(db: Db, arrivalId: number): Promise<number> {
  const row = await db
    .selectFrom("arrived_notes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("arrival_id", "=", arrivalId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Forgets that a note came from somewhere. */
export async function removeArrivedNote(tx: Db, actorId: number, oldUri: string): Promise<void> {
  await tx
    .deleteFrom("arrived_notes")
    .where("actor_id", "=", actorId)
    .where("old_uri", "=", oldUri)
    .execute();
}

/**
 * True when others elsewhere certainly had a note: they liked, boosted, answered, reacted, quoted or voted, or it was edited
 * here, which followers were told. Index: likes_note, announces_note, reactions (note_id), poll_votes (note_id), notes_reply,
 * notes_quote.
 */
export async function wasSeenElsewhere(
  tx: Db,
  note: Pick<NoteRow, "id" | "updated_at" | "received_at">,
): Promise<boolean> {
  if (note.updated_at !== null && note.updated_at > note.received_at) return true;
  const { id } = note;
  const { rows } = await sql<{ one: number }>`
    select 1 as one from actors where actors.host <> '' and actors.id in (
      select actor_id from likes where note_id = ${id}
      union select actor_id from announces where note_id = ${id}
      union select actor_id from reactions where note_id = ${id}
      union select actor_id from poll_votes where note_id = ${id}
      union select actor_id from notes where reply_to_id = ${id}
      union select actor_id from notes where quote_id = ${id}) limit 1`.execute(tx);
  if (rows.length > 0) return true;
  // A boost by somebody here went to their followers.
  const boost = await tx
    .selectFrom("announces")
    .select("note_id")
    .where("note_id", "=", id)
    .limit(1)
    .executeTakeFirst();
  return boost !== undefined;
}

/** Where a page of the public map begins: behind this note of this arrival. */
export type MapCursor = { readonly arrivalId: number; readonly noteId: number };

/**
 * Old and new addresses of an actor's notes that everybody may see, what came last first. Index: arrived_notes (actor_id,
 * arrival_id, note_id).
 */
export async function listMapped(
  db: Db,
  actorId: number,
  before: MapCursor | null,
  limit: number,
): Promise<
  readonly {
    readonly old_uri: string;
    readonly uri: string;
    readonly arrival_id: number;
    readonly note_id: number;
  }[]
> {
  let query = db
    .selectFrom("arrived_notes")
    .innerJoin("notes", "notes.id", "arrived_notes.note_id")
    .select(["arrived_notes.old_uri", "notes.uri", "arrived_notes.arrival_id", "arrived_notes.note_id"])
    .where("arrived_notes.actor_id", "=", actorId)
    .where("notes.deleted_at", "is", null)
    .where("notes.visibility", "in", ["public", "unlisted"]);
  if (before !== null)
    query = query.where((eb) =>
      eb.or([
        eb("arrived_notes.arrival_id", "<", before.arrivalId),
        eb.and([
          eb("arrived_notes.arrival_id", "=", before.arrivalId),
          eb("arrived_notes.note_id", "<", before.noteId),
        ]),
      ]),
    );
  return await query
    .orderBy("arrived_notes.arrival_id", "desc")
    .orderBy("arrived_notes.note_id", "desc")
    .limit(limit)
    .execute();
}

/** How many notes the public map has. Index: arrived_notes (actor_id, arrival_id, note_id). */
export async function countMapped(db: Db, actorId: number): Promise<number> {
  const row = await db
    .selectFrom("arrived_notes")
    .innerJoin("notes", "notes.id", "arrived_notes.note_id")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("arrived_notes.actor_id", "=", actorId)
    .where("notes.deleted_at", "is", null)
    .where("notes.visibility", "in", ["public", "unlisted"])
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Whose notes arrived at an actor, and whether more are on their way. Index: arrivals (actor_id, id). */
export async function listOrigins(
  db: Db,
  actorId: number,
): Promise<readonly Pick<ArrivalRow, "id" | "actor_uri" | "state">[]> {
  return await db
    .selectFrom("arrivals")
    .select(["id", "actor_uri", "state"])
    .where("actor_id", "=", actorId)
    .where("actor_uri", "is not", null)
    .where("state", "in", ["arriving", "resting", "done", "undoing"])
    .orderBy("id", "desc")
    .limit(200)
    .execute();
}

/** Old actors by the notes that came from them: what is in the map, whatever became of its arrivals. */
export async function hasArrivedNotes(db: Db, actorId: number): Promise<boolean> {
  const row = await db
    .selectFrom("arrived_notes")
    .select("note_id")
    .where("actor_id", "=", actorId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Removes everything that arrived at an actor from these tables; the notes themselves are the caller's. */
export async function removeArrivalsOf(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("arrived_notes").where("actor_id", "=", actorId).execute();
  await db.deleteFrom("arrivals").where("actor_id", "=", actorId).execute();
}
