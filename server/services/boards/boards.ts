// Boards: notes that somebody collected under a name. Part of services/: may import what services may.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  BOARD_LIMITS,
  BOARD_VISIBILITIES,
  type BoardForm,
  type BoardId,
  type BoardNoteId,
} from "../../domain/board.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import {
  type BoardRow,
  countBoardNotes,
  findBoard,
  findBoardNote,
  findBoardsWith,
  findNeighbour,
  insertBoard,
  insertBoardNote,
  listBoardRows,
  removeBoard,
  removeBoardNote,
  removePlace,
  updateBoard,
  updateComment,
} from "../../store/boards.ts";
import { type Db, transaction } from "../../store/database.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import { cleanName, normalizeText } from "../../text/entities.ts";

/** Begins a board. @throws invalid with fields, conflict when there are enough */
export async function createBoard(app: App, viewer: Viewer, form: BoardForm): Promise<BoardId> {
  const columns = checked(form);
  return await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    return await writeBoard(app, tx, viewer, columns);
  });
}

type Columns = ReturnType<typeof checked>;

async function writeBoard(app: App, tx: Db, viewer: Viewer, columns: Columns): Promise<BoardId> {
  const max = BOARD_LIMITS.boards;
  if ((await listBoardRows(tx, viewer.actorId, { all: true, limit: max })).length >= max)
    throw new CausewayError("conflict", "error.board_limit", { params: { max } });
  const id: BoardId = asId(app.ids.next());
  const now = app.clock.now();
  await insertBoard(tx, { id, actor_id: viewer.actorId, created_at: now, updated_at: now, ...columns });
  return id;
}

/** Changes what a board says of itself. @throws not_found, invalid with fields */
export async function changeBoard(app: App, viewer: Viewer, id: BoardId, form: BoardForm): Promise<void> {
  const columns = checked(form);
  await ownBoard(app.db, viewer, id);
  await updateBoard(app.db, id, { ...columns, updated_at: app.clock.now() });
}

/** Removes a board; the notes stay where they are. @throws not_found */
export async function deleteBoard(app: App, viewer: Viewer, id: BoardId): Promise<void> {
  await transaction(app.db, async (tx) => {
    await ownBoard(tx, viewer, id);
    await removeBoard(tx, id);
  });
}

/** What the form beside a note says: on which boards it belongs, and perhaps a new one. */
export type Collecting = {
  readonly boardIds: readonly BoardId[];
  readonly comment: string;
  /** Begins one more board for it. */
  readonly fresh?: BoardForm | undefined;
};

/**
 * Puts a note on exactly the boards named, and takes it off one's others. The comment is written where the note is new,
 * and everywhere when it was changed. @throws not_found, invalid with fields, conflict when a board is full
 */
export async function collectNote(
  app: App,
  viewer: Viewer,
  noteId: NoteId,
  command: Collecting,
): Promise<void> {
  const fresh = command.fresh === undefined ? null : checked(command.fresh);
  const comment = checkedComment(command.comment);
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    if ((await findVisibleNotes(tx, viewer.actorId, [noteId])).length === 0) throw notFound();
    const held = new Map(
      (await findBoardsWith(tx, viewer.actorId, noteId)).map((row) => [row.board_id, row]),
    );
    const own = new Set(
      (await listBoardRows(tx, viewer.actorId, { all: true, limit: BOARD_LIMITS.boards })).map(
        (row) => row.id,
      ),
    );
    const wanted: number[] = command.boardIds.filter((id) => own.has(id));
    if (fresh !== null) wanted.push(await writeBoard(app, tx, viewer, fresh));
    for (const id of held.keys()) if (!wanted.includes(id)) await removeBoardNote(tx, id, noteId);
    for (const id of wanted) {
      if (!held.has(id)) await putOn(app, tx, id, { noteId, comment });
      else if (held.get(id)?.comment !== comment) await updateComment(tx, { boardId: id, noteId, comment });
    }
  });
}

async function putOn(
  app: App,
  tx: Db,
  boardId: number,
  place: { readonly noteId: NoteId; readonly comment: string },
): Promise<void> {
  const max = BOARD_LIMITS.notes;
  if (((await countBoardNotes(tx, null, [boardId])).get(boardId)?.total ?? 0) >= max)
    throw new CausewayError("conflict", "error.board_full", { params: { max } });
  const now = app.clock.now();
  await insertBoardNote(tx, {
    id: app.ids.next(),
    board_id: boardId,
    note_id: place.noteId,
    comment: place.comment,
    created_at: now,
  });
  await updateBoard(tx, boardId, { updated_at: now });
}

/** Takes a note off one board. Idempotent. @throws not_found */
export async function uncollectNote(app: App, viewer: Viewer, id: BoardId, noteId: NoteId): Promise<void> {
  await ownBoard(app.db, viewer, id);
  await removeBoardNote(app.db, id, noteId);
}

/** Changes the order of a board by one step; at the end nothing happens. @throws not_found */
export async function moveOnBoard(
  app: App,
  viewer: Viewer,
  id: BoardId,
  place: { readonly id: BoardNoteId; readonly up: boolean },
): Promise<void> {
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    await ownBoard(tx, viewer, id);
    const row = await findBoardNote(tx, id, place.id);
    if (row === undefined) throw notFound();
    const other = await findNeighbour(tx, viewer.actorId, { boardId: id, id: place.id, up: place.up });
    if (other === undefined) return;
    // Ids are the order, so the two change their ids: both leave first, since a note is on a board once.
    await removePlace(tx, row.id);
    await removePlace(tx, other.id);
    await insertBoardNote(tx, { ...row, id: other.id });
    await insertBoardNote(tx, { ...other, id: row.id });
  });
}

async function ownBoard(db: Db, viewer: Viewer, id: BoardId): Promise<BoardRow> {
  const row = await findBoard(db, id);
  if (row === undefined || row.actor_id !== viewer.actorId) throw notFound();
  return row;
}

function checked(form: BoardForm) {
  const faults: Record<string, Message> = {};
  const name = cleanName(form.name, BOARD_LIMITS.name);
  const summary = normalizeText(form.summary ?? "").trim();
  const max = BOARD_LIMITS.summary;
  if (name === "") faults["name"] = { key: "field.required" };
  if ([...summary].length > max) faults["summary"] = { key: "field.too_long", params: { max } };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  const visibility = BOARD_VISIBILITIES.find((one) => one === form.visibility) ?? "private";
  return { name, summary, visibility };
}

function checkedComment(text: string): string {
  const comment = normalizeText(text).trim();
  const max = BOARD_LIMITS.comment;
  if ([...comment].length > max) throw invalid({ comment: { key: "field.too_long", params: { max } } });
  return comment;
}
