import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import type { ClassifierRulesTable } from "./safety-schema.ts";
import { prepared } from "./prepared.ts";
import { visibleTo } from "./visible.ts";

// Rules of staff that look at what is posted; there are a hundred at most, so that all of them are read at once.

export type ClassifierRuleRow = Selectable<ClassifierRulesTable>;

/** All rules, in the order in which they were made (primary key). */
export async function listRuleRows(db: Db): Promise<readonly ClassifierRuleRow[]> {
  return await db.selectFrom("classifier_rules").selectAll().orderBy("id").execute();
}

/** Those that work now. Asked for each note: prepared. */
export async function listWorkingRules(db: Db): Promise<readonly ClassifierRuleRow[]> {
  return await prepared(db, "classifier-rules", { on: 1 as const }, (on, { on: enabled }) =>
    on.selectFrom("classifier_rules").selectAll().where("enabled", "=", enabled).orderBy("id"),
  );
}

/** One rule (primary key). */
export async function findRuleRow(db: Db, id: number): Promise<ClassifierRuleRow | undefined> {
  return await db.selectFrom("classifier_rules").selectAll().where("id", "=", id).executeTakeFirst();
}

/** How many there are. */
export async function countRules(db: Db): Promise<number> {
  const row = await db
    .selectFrom("classifier_rules")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function insertRule(db: Db, row: Insertable<ClassifierRulesTable>): Promise<void> {
  await db.insertInto("classifier_rules").values(row).execute();
}

/** Lets a rule work, or not. False when there is none. */
export async function setRuleWorking(db: Db, id: number, enabled: 0 | 1): Promise<boolean> {
  const done = await db
    .updateTable("classifier_rules")
    .set({ enabled })
    .where("id", "=", id)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Removes a rule. False when there is none. */
export async function removeRule(db: Db, id: number): Promise<boolean> {
  const done = await db.deleteFrom("classifier_rules").where("id", "=", id).executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Counts that some rules met something. One statement. */
export async function countHits(db: Db, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db
    .updateTable("classifier_rules")
    .set({ hits: sql<number>`hits + 1` })
    .where("id", "in", [...new Set(ids)])
    .execute();
}

/** What a rule looks at in a stored note. */
export type JudgedNoteRow = {
  readonly id: number;
  readonly uri: string;
  readonly url: string;
  readonly actor_id: number;
  readonly title: string | null;
  readonly summary: string | null;
  readonly content_html: string;
  readonly language: string | null;
  readonly published_at: number;
  readonly received_at: number;
  readonly actor_uri: string;
  readonly actor_host: string;
};

/**
 * The newest open notes since an id, newest first, that everybody may see: what rules are tried on, and what a new note may be
 * like. Walks the primary key backwards from the newest, so that it ends after `limit` of them.
 */
export async function listNewestOpen(
  db: Db,
  sinceId: number,
  limit: number,
): Promise<readonly JudgedNoteRow[]> {
  return await judgedNotes(db)
    .where("notes.id", ">=", sinceId)
    .where("notes.visibility", "in", ["public", "unlisted"])
    .where(visibleTo(null))
    .orderBy("notes.id", "desc")
    .limit(limit)
    .execute();
}

/** One stored note as rules look at it (primary key). */
export async function findJudgedNote(db: Db, id: number): Promise<JudgedNoteRow | undefined> {
  return await judgedNotes(db)
    .where("notes.id", "=", id)
    .where("notes.deleted_at", "is", null)
    .where("notes.visibility", "in", ["public", "unlisted"])
    .executeTakeFirst();
}

function judgedNotes(db: Db) {
  return db
    .selectFrom("notes")
    .innerJoin("actors", "actors.id", "notes.actor_id")
    .select([
      "notes.id",
      "notes.uri",
      "notes.url",
      "notes.actor_id",
      "notes.title",
      "notes.summary",
      "notes.content_html",
      "notes.language",
      "notes.published_at",
      "notes.received_at",
      "actors.uri as actor_uri",
      "actors.host as actor_host",
    ]);
}

/** Files of some notes as rules look at them. Index: attachments (note_id). */
export async function listJudgedMedia(db: Db, noteIds: readonly number[]) {
  if (noteIds.length === 0) return [];
  return await db
    .selectFrom("attachments")
    .select(["id", "note_id", "alt", "media_type", "file", "remote_url", "digest", "uploaded_sha256"])
    .where("note_id", "in", [...noteIds])
    .orderBy("id")
    .execute();
}

/** The same for files that are not attached yet (primary key). */
export async function listMediaToJudge(db: Db, ids: readonly number[]) {
  if (ids.length === 0) return [];
  return await db
    .selectFrom("attachments")
    .select(["id", "note_id", "alt", "media_type", "file", "remote_url", "digest", "uploaded_sha256"])
    .where("id", "in", [...ids])
    .execute();
}

/** Options of the polls of some notes, and how many people each of them names: two statements. */
export async function listJudgedParts(db: Db, noteIds: readonly number[]) {
  if (noteIds.length === 0) return { options: [], mentions: [] };
  const options = await db
    .selectFrom("poll_options")
    .select(["note_id", "title"])
    .where("note_id", "in", [...noteIds])
    .execute();
  const mentions = await db
    .selectFrom("mentions")
    .select(["note_id", (eb) => eb.fn.countAll<number>().as("count")])
    .where("note_id", "in", [...noteIds])
    .groupBy("note_id")
    .execute();
  return { options, mentions };
}
