import type { Insertable, Selectable } from "kysely";
import { fromJson, toJson } from "./codec.ts";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { DecisionsTable } from "./safety-schema.ts";
import type { ActorsTable, NotesTable } from "./schema.ts";

// What was decided about people, notes and servers (migration 0006), and the marks of it on actors and notes.

export type DecisionRow = Selectable<DecisionsTable>;

/** Writes down a decision. */
export async function insertDecision(db: Db, row: Insertable<DecisionsTable>): Promise<void> {
  await db.insertInto("decisions").values(row).execute();
}

/** One decision. Index: the primary key. */
export async function findDecision(db: Db, id: number): Promise<DecisionRow | undefined> {
  return await db.selectFrom("decisions").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Some decisions, in no order. Index: the primary key. */
export async function findDecisions(db: Db, ids: readonly number[]): Promise<readonly DecisionRow[]> {
  if (ids.length === 0) return [];
  return await db
    .selectFrom("decisions")
    .selectAll()
    .where("id", "in", [...ids])
    .execute();
}

/** Notes which line of the public log tells of a decision. */
export async function setDecisionLine(db: Db, id: number, seq: number): Promise<void> {
  await db.updateTable("decisions").set({ log_seq: seq }).where("id", "=", id).execute();
}

/**
 * Takes the words about what somebody did out of decisions about them, when they have left; that it was decided, and on which
 * ground, stays. Index: decisions (actor_id, id).
 */
export async function emptyDecisionsAbout(db: Db, actorId: number): Promise<void> {
  const rows = await db
    .selectFrom("decisions")
    .select(["id", "statement"])
    .where("actor_id", "=", actorId)
    .execute();
  for (const { id, statement } of rows) {
    const kept = { ...fromJson<Readonly<Record<string, unknown>>>(statement, {}), ...EMPTIED };
    await db
      .updateTable("decisions")
      .set({ statement: toJson(kept) })
      .where("id", "=", id)
      .execute();
  }
}

const EMPTIED = { decisionFacts: "", explanation: "" } as const;

/** Which decisions; what is left out = all. */
export type DecisionSieve = {
  readonly actorId?: number | undefined;
  readonly noteId?: number | undefined;
  readonly reportId?: number | undefined;
  readonly host?: string | undefined;
  readonly state?: string | undefined;
};

/**
 * Decisions, newest first. Indexes: decisions (actor_id, id), (note_id), (report_id), (host, id); without any of them the
 * primary key, walked from its end.
 */
export async function listDecisionRows(
  db: Db,
  sieve: DecisionSieve,
  cursor: Cursor,
): Promise<Rows<DecisionRow>> {
  let query = db.selectFrom("decisions").selectAll();
  if (sieve.actorId !== undefined) query = query.where("actor_id", "=", sieve.actorId);
  if (sieve.noteId !== undefined) query = query.where("note_id", "=", sieve.noteId);
  if (sieve.reportId !== undefined) query = query.where("report_id", "=", sieve.reportId);
  if (sieve.host !== undefined) query = query.where("host", "=", sieve.host);
  if (sieve.state !== undefined) query = query.where("state", "=", sieve.state);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** What holds about somebody as a whole, oldest first. Index: decisions (actor_id, id). */
export async function listForceOnActor(db: Db, actorId: number): Promise<readonly DecisionRow[]> {
  return await db
    .selectFrom("decisions")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("note_id", "is", null)
    .where("state", "=", "in_force")
    .orderBy("id")
    .execute();
}

/** What holds about a note, oldest first. Index: decisions (note_id). */
export async function listForceOnNote(db: Db, noteId: number): Promise<readonly DecisionRow[]> {
  return await db
    .selectFrom("decisions")
    .selectAll()
    .where("note_id", "=", noteId)
    .where("state", "=", "in_force")
    .orderBy("id")
    .execute();
}

/** The newest decision about somebody or about one note; null for a note asks for those about the person as a whole. */
export async function findNewestDecision(
  db: Db,
  actorId: number,
  noteId: number | null,
): Promise<DecisionRow | undefined> {
  return await db
    .selectFrom("decisions")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("note_id", noteId === null ? "is" : "=", noteId)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** Decisions in force, of some measures, whose time is over. Index: decisions (state, ends_at). */
export async function listDueDecisions(
  db: Db,
  measures: readonly string[],
  now: number,
  limit: number,
): Promise<readonly DecisionRow[]> {
  return await db
    .selectFrom("decisions")
    .selectAll()
    .where("state", "=", "in_force")
    .where("measure", "in", [...measures])
    .where("ends_at", "<=", now)
    .orderBy("ends_at")
    .limit(limit)
    .execute();
}

/** Ends a decision in force; false when it was over already. */
export async function endDecisionRow(
  db: Db,
  id: number,
  end: { readonly state: "ended" | "reversed"; readonly at: number; readonly byId: number | null },
): Promise<boolean> {
  const done = await db
    .updateTable("decisions")
    .set({ state: end.state, ended_at: end.at, ended_by_id: end.byId })
    .where("id", "=", id)
    .where("state", "=", "in_force")
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Takes back a decision that was one act, such as a warning; false when it was taken back before. */
export async function reverseEndedRow(
  db: Db,
  id: number,
  end: { readonly at: number; readonly byId: number | null },
): Promise<boolean> {
  const done = await db
    .updateTable("decisions")
    .set({ state: "reversed", ended_at: end.at, ended_by_id: end.byId })
    .where("id", "=", id)
    .where("state", "=", "ended")
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** The marks of decisions on an actor. */
export type ActorMarks = Pick<
  Selectable<ActorsTable>,
  "limited_at" | "limited_by" | "sensitized_at" | "suspended_at" | "suspended_by"
>;

/** Puts marks on an actor, or takes them off. */
export async function markActor(db: Db, id: number, marks: Partial<ActorMarks>): Promise<void> {
  await db.updateTable("actors").set(marks).where("id", "=", id).execute();
}

/** The marks of decisions on a note. */
export type NoteMarks = Pick<Selectable<NotesTable>, "hidden_at" | "hidden_by" | "sensitized_at" | "labels">;

/** Puts marks on a note, or takes them off. */
export async function markNote(db: Db, id: number, marks: Partial<NoteMarks>): Promise<void> {
  await db.updateTable("notes").set(marks).where("id", "=", id).execute();
}
