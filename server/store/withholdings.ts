import { sql } from "kysely";
import { fromJson } from "./codec.ts";
import { filesOf, FILE_COLUMNS } from "./attachments.ts";
import type { Db, Tx } from "./database.ts";
import type { WithholdingsTable } from "./safety-schema.ts";

export type WithholdingRow = WithholdingsTable;

/** Writes a demand down. */
export async function insertWithholding(tx: Tx, row: WithholdingRow): Promise<void> {
  await tx.insertInto("withholdings").values(row).execute();
}

/** A demand by id, or undefined. */
export async function findWithholding(db: Db, id: number): Promise<WithholdingRow | undefined> {
  return await db.selectFrom("withholdings").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The demand that a decision goes with. Index: withholdings (decision_id). */
export async function findWithholdingOfDecision(
  db: Db,
  decisionId: number,
): Promise<WithholdingRow | undefined> {
  return await db
    .selectFrom("withholdings")
    .selectAll()
    .where("decision_id", "=", decisionId)
    .executeTakeFirst();
}

/** Demands of a state, newest first, at most `limit`. Index: withholdings (state, expires_at). */
export async function listWithholdings(
  db: Db,
  state: "in_force" | "ended",
  limit: number,
): Promise<readonly WithholdingRow[]> {
  return await db
    .selectFrom("withholdings")
    .selectAll()
    .where("state", "=", state)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/**
 * Demands that are in force about a note or about its author. Indexes: withholdings (note_id) and (actor_id), partial.
 */
export async function withholdingsAbout(
  db: Db,
  about: { readonly noteId: number | null; readonly actorId: number },
): Promise<readonly WithholdingRow[]> {
  return await db
    .selectFrom("withholdings")
    .selectAll()
    .where("state", "=", "in_force")
    .where(({ eb, or }) =>
      or([
        eb("actor_id", "=", about.actorId),
        ...(about.noteId === null ? [] : [eb("note_id", "=", about.noteId)]),
      ]),
    )
    .orderBy("id")
    .limit(50)
    .execute();
}

/** Demands whose time is over. Index: withholdings (state, expires_at). */
export async function listDueWithholdings(
  db: Db,
  now: number,
  limit: number,
): Promise<readonly WithholdingRow[]> {
  return await db
    .selectFrom("withholdings")
    .selectAll()
    .where("state", "=", "in_force")
    .where("expires_at", "<=", now)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
}

/** Ends a demand once; false when it had ended. */
export async function endWithholdingRow(tx: Tx, id: number, at: number): Promise<boolean> {
  const done = await tx
    .updateTable("withholdings")
    .set({ state: "ended", ended_at: at })
    .where("id", "=", id)
    .where("state", "=", "in_force")
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Names the decision that goes with a demand. */
export async function setWithholdingDecision(tx: Tx, id: number, decisionId: number): Promise<void> {
  await tx.updateTable("withholdings").set({ decision_id: decisionId }).where("id", "=", id).execute();
}

/** Makes the column of a note or a person say what all demands in force about it say. */
export async function settleWithheld(
  tx: Tx,
  about: { readonly noteId: number | null; readonly actorId: number | null },
): Promise<void> {
  const rows = await tx
    .selectFrom("withholdings")
    .select("countries")
    .where("state", "=", "in_force")
    .where(about.noteId === null ? "actor_id" : "note_id", "=", about.noteId ?? about.actorId)
    .execute();
  const codes = rows.flatMap((row) => fromJson<readonly string[]>(row.countries, []));
  const countries = [...new Set(codes)].toSorted();
  const withheld = countries.length === 0 ? null : JSON.stringify(countries);
  if (about.noteId !== null)
    await tx.updateTable("notes").set({ withheld }).where("id", "=", about.noteId).execute();
  else if (about.actorId !== null)
    await tx.updateTable("actors").set({ withheld }).where("id", "=", about.actorId).execute();
}

/** Files of ours and addresses of others that belong to what is withheld, with the countries (JSON). */
export type WithheldFile = { readonly name: string; readonly countries: string };

const PORTION = 500;

/**
 * The media of everything that is withheld anywhere, in portions by id. Indexes: notes_withheld and actors_withheld (partial),
 * attachments (note_id, position), notes by author.
 */
export async function* walkWithheldFiles(db: Db): AsyncGenerator<WithheldFile> {
  yield* picturesOfPeople(db);
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom("attachments")
      .innerJoin("notes", "notes.id", "attachments.note_id")
      .innerJoin("actors", "actors.id", "notes.actor_id")
      .select(["attachments.id", "attachments.remote_url", "attachments.cover_url"])
      .select(FILE_COLUMNS.map((column) => `attachments.${column}` as const))
      .select(["notes.withheld as of_note", "actors.withheld as of_actor"])
      .where("attachments.id", ">", after)
      .where(
        sql<boolean>`attachments.note_id in (
          select id from notes held where held.withheld is not null
          union select theirs.id from notes theirs join actors a on a.id = theirs.actor_id where a.withheld is not null)`,
      )
      .orderBy("attachments.id")
      .limit(PORTION)
      .execute();
    for (const row of rows) {
      const names = [...filesOf(row), row.remote_url, row.cover_url].filter(
        (name) => name !== null && name !== "",
      );
      const lists = [row.of_note, row.of_actor].map((column) => fromJson<readonly string[]>(column, []));
      const countries = JSON.stringify([...new Set(lists.flat())]);
      for (const name of names) if (name !== null) yield { name, countries };
    }
    after = rows.at(-1)?.id ?? after;
    if (rows.length < PORTION) return;
  }
}

async function* picturesOfPeople(db: Db): AsyncGenerator<WithheldFile> {
  const people = await db
    .selectFrom("actors")
    .select(["avatar", "header", "withheld"])
    .where("withheld", "is not", null)
    .execute();
  for (const { avatar, header, withheld } of people)
    for (const name of [avatar, header])
      if (name !== null && withheld !== null) yield { name, countries: withheld };
}

/** True when any demand is in force. Index: withholdings (state, expires_at). */
export async function isAnythingWithheld(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom("withholdings")
    .select("id")
    .where("state", "=", "in_force")
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
