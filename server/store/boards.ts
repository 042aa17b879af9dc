import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { BoardNotesTable, BoardsTable } from "./schema.ts";
import { visibleTo } from "./visible.ts";

export type BoardRow = Selectable<BoardsTable>;
export type BoardNoteRow = Selectable<BoardNotesTable>;

/** Keeps a new board. */
export async function insertBoard(db: Db, row: Insertable<BoardsTable>): Promise<void> {
  await db.insertInto("boards").values(row).execute();
}

/** Changes columns of a board. */
export async function updateBoard(db: Db, id: number, change: Updateable<BoardsTable>): Promise<void> {
  await db.updateTable("boards").set(change).where("id", "=", id).execute();
}

/** Removes a board and what it holds; the notes themselves are not touched. */
export async function removeBoard(db: Db, id: number): Promise<void> {
  await db.deleteFrom("board_notes").where("board_id", "=", id).execute();
  await db.deleteFrom("boards").where("id", "=", id).execute();
}

/** A board by id, whoever may look at it. */
export async function findBoard(db: Db, id: number): Promise<BoardRow | undefined> {
  return await db.selectFrom("boards").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Boards of an actor, last changed first; for others only the public ones. Index: boards (actor_id, updated_at). */
export async function listBoardRows(
  db: Db,
  actorId: number,
  options: { readonly all: boolean; readonly limit: number },
): Promise<readonly BoardRow[]> {
  let query = db.selectFrom("boards").selectAll().where("actor_id", "=", actorId);
  if (!options.all) query = query.where("visibility", "=", "public");
  return await query.orderBy("updated_at", "desc").orderBy("id", "desc").limit(options.limit).execute();
}

/** Puts a note on a board; false when it is there already. */
export async function insertBoardNote(db: Db, row: Insertable<BoardNotesTable>): Promise<boolean> {
  const done = await db
    .insertInto("board_notes")
    .values(row)
    .onConflict((conflict) => conflict.columns(["board_id", "note_id"]).doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Changes what stands beside a note on a board. */
export async function updateComment(
  db: Db,
  place: { readonly boardId: number; readonly noteId: number; readonly comment: string },
): Promise<void> {
  await db
    .updateTable("board_notes")
    .set({ comment: place.comment })
    .where("board_id", "=", place.boardId)
    .where("note_id", "=", place.noteId)
    .execute();
}

/** One place of a board. */
export async function findBoardNote(db: Db, boardId: number, id: number): Promise<BoardNoteRow | undefined> {
  return await db
    .selectFrom("board_notes")
    .selectAll()
    .where("id", "=", id)
    .where("board_id", "=", boardId)
    .executeTakeFirst();
}

/** Takes a note off a board; false when it was not there. */
export async function removeBoardNote(db: Db, boardId: number, noteId: number): Promise<boolean> {
  const done = await db
    .deleteFrom("board_notes")
    .where("board_id", "=", boardId)
    .where("note_id", "=", noteId)
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Takes one place off a board. */
export async function removePlace(db: Db, id: number): Promise<void> {
  await db.deleteFrom("board_notes").where("id", "=", id).execute();
}

/**
 * The next place that its owner sees above (`up`) or below another: ids are the order of a board, the largest first.
 * Index: board_notes (board_id, id).
 */
export async function findNeighbour(
  db: Db,
  owner: number,
  place: { readonly boardId: number; readonly id: number; readonly up: boolean },
): Promise<BoardNoteRow | undefined> {
  return await db
    .selectFrom("board_notes")
    .innerJoin("notes", "notes.id", "board_notes.note_id")
    .selectAll("board_notes")
    .where("board_id", "=", place.boardId)
    .where("board_notes.id", place.up ? ">" : "<", place.id)
    .where(visibleTo(owner))
    .orderBy("board_notes.id", place.up ? "asc" : "desc")
    .executeTakeFirst();
}

/** Places of a board whose notes `viewer` may see, in its order. Index: board_notes (board_id, id). */
export async function boardNoteRows(
  db: Db,
  viewer: number | null,
  boardId: number,
  cursor: Cursor,
): Promise<Rows<BoardNoteRow>> {
  let query = db
    .selectFrom("board_notes")
    .innerJoin("notes", "notes.id", "board_notes.note_id")
    .selectAll("board_notes")
    .where("board_id", "=", boardId)
    .where(visibleTo(viewer));
  if (cursor.before !== undefined) query = query.where("board_notes.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("board_notes.id", ">", cursor.after);
  const found = await query
    .orderBy("board_notes.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** The same as uris, of what anybody may see: for other servers. Index: board_notes (board_id, id). */
export async function boardNoteUris(
  db: Db,
  boardId: number,
  cursor: Cursor,
): Promise<Rows<{ readonly id: number; readonly uri: string }>> {
  let query = db
    .selectFrom("board_notes")
    .innerJoin("notes", "notes.id", "board_notes.note_id")
    .select(["board_notes.id", "notes.uri"])
    .where("board_id", "=", boardId)
    .where(visibleTo(null));
  if (cursor.before !== undefined) query = query.where("board_notes.id", "<", cursor.before);
  const found = await query
    .orderBy("board_notes.id", "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** How many notes are on each board, and how many of them `viewer` may see. Index: board_notes (board_id, id). */
export async function countBoardNotes(
  db: Db,
  viewer: number | null,
  boardIds: readonly number[],
): Promise<ReadonlyMap<number, { readonly total: number; readonly shown: number }>> {
  if (boardIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("board_notes")
    .innerJoin("notes", "notes.id", "board_notes.note_id")
    .select([
      "board_id",
      (eb) => eb.fn.countAll<number>().as("total"),
      sql<number>`sum(case when ${visibleTo(viewer)} then 1 else 0 end)`.as("shown"),
    ])
    .where("board_id", "in", [...boardIds])
    .groupBy("board_id")
    .execute();
  return new Map(rows.map((row) => [row.board_id, { total: Number(row.total), shown: Number(row.shown) }]));
}

/**
 * The newest notes of each board that have a picture and that everybody who sees the board may see; at most `each` a
 * board. Index: board_notes (board_id, id).
 */
export async function boardCoverNotes(
  db: Db,
  viewer: number | null,
  boardIds: readonly number[],
  each: number,
): Promise<readonly { readonly board_id: number; readonly note_id: number }[]> {
  if (boardIds.length === 0) return [];
  const ranked = sql<number>`row_number() over (partition by board_notes.board_id order by board_notes.id desc)`;
  return await db
    .selectFrom((eb) =>
      eb
        .selectFrom("board_notes")
        .innerJoin("notes", "notes.id", "board_notes.note_id")
        .select(["board_notes.board_id", "board_notes.note_id", ranked.as("rank")])
        .where("board_id", "in", [...boardIds])
        .where("notes.sensitive", "=", 0)
        .where("notes.media", ">", 0)
        .where(visibleTo(viewer))
        .as("covers"),
    )
    .select(["covers.board_id", "covers.note_id"])
    .where("covers.rank", "<=", each)
    .orderBy("covers.board_id")
    .orderBy("covers.rank")
    .execute();
}

/** On which of an actor's boards a note is. Index: board_notes (note_id). */
export async function findBoardsWith(
  db: Db,
  actorId: number,
  noteId: number,
): Promise<readonly { readonly board_id: number; readonly comment: string }[]> {
  return await db
    .selectFrom("board_notes")
    .innerJoin("boards", "boards.id", "board_notes.board_id")
    .select(["board_notes.board_id", "board_notes.comment"])
    .where("board_notes.note_id", "=", noteId)
    .where("boards.actor_id", "=", actorId)
    .execute();
}

/** Removes an actor's boards. */
export async function removeBoardsOf(db: Db, actorId: number): Promise<void> {
  await db
    .deleteFrom("board_notes")
    .where("board_id", "in", (eb) => eb.selectFrom("boards").select("id").where("actor_id", "=", actorId))
    .execute();
  await db.deleteFrom("boards").where("actor_id", "=", actorId).execute();
}
