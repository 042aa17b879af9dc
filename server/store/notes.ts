import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import { primarySubtag } from "../domain/explore.ts";
import { SEQUENCE_VALUES } from "../domain/ids.ts";
import { addToActorCounts } from "./actors.ts";
import { removeCardOf } from "./cards.ts";
import type { Db } from "./database.ts";
import { moveConversationsBack } from "./direct-threads.ts";
import { prepared } from "./prepared.ts";
import type { NotesTable, NoteVersionsTable, Schema } from "./schema.ts";
import { visibleTo } from "./visible.ts";

export type NoteRow = Selectable<NotesTable>;
export type NoteVersionRow = Selectable<NoteVersionsTable>;

/** A note with what hangs on it; written whole or not at all. */
export type NewNote = {
  readonly row: Insertable<NotesTable>;
  readonly mentionIds: readonly number[];
  readonly tags: readonly string[];
};

/** Inserts a note, its mentions, tags and timeline entry, and counts it. The only function that inserts notes. */
export async function insertNote(db: Db, note: NewNote): Promise<void> {
  const { row } = note;
  await db.insertInto("notes").values(row).execute();
  await writeMentionsAndTags(db, row.id, note.mentionIds, note.tags);
  await insertEntry(db, {
    id: row.id,
    actorId: row.actor_id,
    noteId: row.id,
    announce: false,
    visibility: row.visibility,
    local: row.local === 1,
    reply: row.reply_to_uri !== null && row.reply_to_uri !== undefined,
    language: row.language,
  });
  if (!isCounted(row.visibility)) return;
  await addToActorCounts(db, row.actor_id, { notes: 1 });
  if (row.reply_to_id !== null && row.reply_to_id !== undefined)
    await addToNoteCount(db, row.reply_to_id, "replies_count", 1);
}

/** Counts are shown to everybody, so they count what everybody may see: a private reply must not be guessed from them. */
export function isCounted(visibility: string): boolean {
  return visibility === "public" || visibility === "unlisted";
}

/** Replaces mentions and tags after an edit. */
export async function replaceMentionsAndTags(
  db: Db,
  noteId: number,
  mentionIds: readonly number[],
  tags: readonly string[],
): Promise<void> {
  await db.deleteFrom("mentions").where("note_id", "=", noteId).execute();
  await db.deleteFrom("note_tags").where("note_id", "=", noteId).execute();
  await writeMentionsAndTags(db, noteId, mentionIds, tags);
}

async function writeMentionsAndTags(
  db: Db,
  noteId: number,
  mentionIds: readonly number[],
  tags: readonly string[],
): Promise<void> {
  const actorIds = [...new Set(mentionIds)];
  const words = [...new Set(tags)];
  if (actorIds.length > 0)
    await db
      .insertInto("mentions")
      .values(actorIds.map((actor_id) => ({ note_id: noteId, actor_id })))
      .execute();
  if (words.length > 0)
    await db
      .insertInto("note_tags")
      .values(words.map((tag) => ({ note_id: noteId, tag })))
      .execute();
}

export type NewEntry = {
  readonly id: number;
  readonly actorId: number;
  readonly noteId: number;
  readonly announce: boolean;
  readonly visibility: string;
  readonly local: boolean;
  readonly reply: boolean;
  /** Of the note, in full; media follow when they are attached (`store/note-media.ts`). */
  readonly language?: string | null | undefined;
};

/** Adds a timeline entry. */
export async function insertEntry(db: Db, entry: NewEntry): Promise<void> {
  await db
    .insertInto("entries")
    .values({
      id: entry.id,
      actor_id: entry.actorId,
      note_id: entry.noteId,
      announce: entry.announce ? 1 : 0,
      visibility: entry.visibility,
      local: entry.local ? 1 : 0,
      reply: entry.reply ? 1 : 0,
      language: primarySubtag(entry.language),
    })
    .execute();
}

/** Narrows the visibility that a note's timeline entry carries; `row` is the note before. One not for all is not counted any more. */
export async function narrowEntry(
  db: Db,
  row: Pick<NoteRow, "id" | "actor_id" | "reply_to_id" | "visibility">,
  visibility: string,
): Promise<void> {
  await db
    .updateTable("entries")
    .set({ visibility })
    .where("note_id", "=", row.id)
    .where("announce", "=", 0)
    .execute();
  if (isCounted(row.visibility) && !isCounted(visibility)) await countAsGone(db, row);
}

async function countAsGone(db: Db, row: Pick<NoteRow, "actor_id" | "reply_to_id">): Promise<void> {
  await addToActorCounts(db, row.actor_id, { notes: -1 });
  if (row.reply_to_id !== null) await addToNoteCount(db, row.reply_to_id, "replies_count", -1);
}

/** A note by id, deleted ones included; no visibility is applied: for authors, federation and internal use. */
export async function findNoteById(db: Db, id: number): Promise<NoteRow | undefined> {
  return await db.selectFrom("notes").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Notes by id, deleted ones included, in no order; no visibility is applied, as for `findNoteById`. */
export async function findNotes(db: Db, ids: readonly number[]): Promise<readonly NoteRow[]> {
  if (ids.length === 0) return [];
  return await db
    .selectFrom("notes")
    .selectAll()
    .where("id", "in", [...ids])
    .execute();
}

/**
 * A note as it is now, deleted ones included; until this transaction ends nobody else changes it. For reading what is
 * about to be changed: two edits at once, or an edit and a deletion, then follow each other.
 */
export async function lockNote(tx: Db, id: number): Promise<NoteRow | undefined> {
  return await tx
    .updateTable("notes")
    .set((eb) => ({ id: eb.ref("id") }))
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirst();
}

/** A note by uri, deleted ones included. Index: notes (uri). */
export async function findNoteByUri(db: Db, uri: string): Promise<NoteRow | undefined> {
  return await db.selectFrom("notes").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Those of `ids` that `viewer` may see. */
export async function findVisibleNotes(
  db: Db,
  viewer: number | null,
  ids: readonly number[],
): Promise<readonly NoteRow[]> {
  if (ids.length === 0) return [];
  return await prepared(db, "visible notes", { viewer, ids }, (on, places) =>
    on.selectFrom("notes").selectAll().where("id", "in", places.ids).where(visibleTo(places.viewer)),
  );
}

/** Changes columns of one note. */
export async function updateNote(db: Db, id: number, change: Updateable<NotesTable>): Promise<void> {
  await db.updateTable("notes").set(change).where("id", "=", id).execute();
  if (change.language === undefined) return;
  const language = typeof change.language === "string" ? primarySubtag(change.language) : null;
  await db
    .updateTable("entries")
    .set({ language })
    .where("note_id", "=", id)
    .where("announce", "=", 0)
    .execute();
}

/** Adds to one of a note's counters, never below zero. */
export async function addToNoteCount(
  db: Db,
  id: number,
  column: "likes_count" | "announces_count" | "replies_count",
  change: 1 | -1,
): Promise<void> {
  const by = sql.lit(change);
  const ref = sql.ref(column);
  await db
    .updateTable("notes")
    .set({ [column]: sql<number>`case when ${ref} + ${by} < 0 then 0 else ${ref} + ${by} end` })
    .where("id", "=", id)
    .execute();
}

/** Keeps an earlier version of a note. */
export async function insertVersion(db: Db, row: Insertable<NoteVersionsTable>): Promise<void> {
  await db.insertInto("note_versions").values(row).execute();
}

/** How many earlier versions of a note are kept. Index: note_versions (note_id, id). */
export async function countVersions(db: Db, noteId: number): Promise<number> {
  const row = await db
    .selectFrom("note_versions")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("note_id", "=", noteId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Earlier versions, oldest first. Index: note_versions (note_id, id). */
export async function listVersionRows(db: Db, noteId: number): Promise<readonly NoteVersionRow[]> {
  return await db
    .selectFrom("note_versions")
    .selectAll()
    .where("note_id", "=", noteId)
    .orderBy("id")
    .limit(100)
    .execute();
}

/**
 * Empties a note to a tombstone: text, versions, tags, entries (boosts too), reactions and notifications go; the row
 * stays for 410 and so that its id and uri are never reused, and its mentions stay for the Delete's recipients.
 */
export async function buryNote(
  db: Db,
  row: Pick<NoteRow, "id" | "actor_id" | "reply_to_id" | "visibility">,
  now: number,
): Promise<void> {
  await removeCardOf(db, row.id);
  if (row.visibility === "direct") await moveConversationsBack(db, row.id);
  await updateNote(db, row.id, {
    deleted_at: now,
    summary: null,
    content_html: "",
    content_map: "{}",
    source: null,
    source_type: null,
    title: null,
    event: null,
    emojis: "[]",
    card_key: null,
    likes_count: 0,
    announces_count: 0,
  });
  for (const table of [
    "note_versions",
    "note_tags",
    "entries",
    "likes",
    "reactions",
    "announces",
    "bookmarks",
    "filter_notes",
    "notifications",
    "pins",
    "board_notes",
    "poll_votes",
    "poll_options",
    "polls",
  ] as const satisfies readonly (keyof Schema)[])
    // One type for all of these tables at once takes the compiler minutes.
    await sql`delete from ${sql.table(table)} where note_id = ${row.id}`.execute(db);
  if (isCounted(row.visibility)) await countAsGone(db, row);
}

/** Number of local notes that are not deleted, for NodeInfo. */
export async function countLocalNotes(db: Db): Promise<number> {
  const row = await db
    .selectFrom("actors")
    .select((eb) => eb.fn.sum<number>("notes_count").as("count"))
    .where("host", "=", "")
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Mentions of notes with what pages and addressing need. Index: mentions (note_id, actor_id). */
export async function listMentions(db: Db, noteIds: readonly number[]) {
  if (noteIds.length === 0) return [];
  return await prepared(db, "mentions", { noteIds }, (on, places) =>
    on
      .selectFrom("mentions")
      .innerJoin("actors", "actors.id", "mentions.actor_id")
      .select([
        "mentions.note_id",
        "actors.id",
        "actors.uri",
        "actors.url",
        "actors.username",
        "actors.host",
        "actors.inbox_uri",
        "actors.shared_inbox_uri",
      ])
      .where("mentions.note_id", "in", places.noteIds)
      .orderBy("actors.id"),
  );
}

/** Tags of notes. Index: note_tags (note_id). */
export async function listTags(db: Db, noteIds: readonly number[]) {
  if (noteIds.length === 0) return [];
  return await prepared(db, "tags", { noteIds }, (on, places) =>
    on.selectFrom("note_tags").selectAll().where("note_id", "in", places.noteIds).orderBy("tag"),
  );
}

/**
 * A free id in the given millisecond's neighbourhood: `draw` is asked until it gives an unused one. Whole seconds are
 * crowded (Mastodon tells no milliseconds), and anybody could fill one, so that the next milliseconds are looked at too.
 */
export async function freeNoteId(db: Db, draw: () => number): Promise<number> {
  for (let tries = 0; tries < 40; tries++) {
    const id = draw() + Math.floor(tries / 8) * SEQUENCE_VALUES;
    const taken = await db.selectFrom("entries").select("id").where("id", "=", id).executeTakeFirst();
    if (taken !== undefined) continue;
    if ((await findNoteById(db, id)) === undefined) return id;
  }
  throw new Error("No free id in this millisecond.");
}
