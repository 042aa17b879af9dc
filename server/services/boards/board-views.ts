import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import {
  BOARD_LIMITS,
  BOARD_VISIBILITIES,
  type BoardId,
  type BoardView,
  type CollectedNote,
} from "../../domain/board.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import type { AttachmentView, Page, PageRequest } from "../../domain/note.ts";
import { notFound } from "../../errors.ts";
import { listAttachments } from "../../store/attachments.ts";
import {
  type BoardRow,
  boardCoverNotes,
  boardNoteRows,
  boardNoteUris,
  countBoardNotes,
  findBoard,
  findBoardsWith,
  listBoardRows,
} from "../../store/boards.ts";
import { cursorOf } from "../../store/page.ts";
import { attachmentViews } from "../media/attachments.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews, isShown, visibleNoteViews } from "../views.ts";

/** Pictures on the cover of a board. */
const COVERS = 4;

/** Somebody's boards as the reader may see them, last changed first: all of one's own, the public ones of others. */
export async function listBoards(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
): Promise<readonly BoardView[]> {
  const all = viewer?.actorId === actorId;
  const rows = await listBoardRows(app.db, actorId, { all, limit: BOARD_LIMITS.boards });
  return await toBoards(app, viewer, rows);
}

/** A board with one page of its notes. @throws not_found, also for a private one of somebody else */
export async function viewBoard(
  app: App,
  viewer: Viewer | null,
  id: BoardId,
  request: PageRequest,
): Promise<{ readonly board: BoardView; readonly page: Page<CollectedNote> }> {
  const row = await openBoard(app, viewer, id);
  const [board] = await toBoards(app, viewer, [row]);
  if (board === undefined) throw notFound();
  const cursor = toCursor(request);
  const places = await boardNoteRows(app.db, viewer?.actorId ?? null, id, cursor);
  const page = await toPage(places, cursor, async (found) => {
    const ids = found.map((place) => place.note_id);
    const notes = new Map(
      (await visibleNoteViews(app, viewer, ids, "public")).map((note) => [note.id as number, note]),
    );
    return found.flatMap((place): readonly CollectedNote[] => {
      const note = notes.get(place.note_id);
      if (note === undefined || !isShown(note)) return [];
      return [{ id: asId(place.id), note, comment: place.comment }];
    });
  });
  return { board, page };
}

/** On which of one's own boards a note is, with what stands beside it. */
export async function boardsWith(
  app: App,
  viewer: Viewer,
  noteId: NoteId,
): Promise<ReadonlyMap<number, string>> {
  const rows = await findBoardsWith(app.db, viewer.actorId, noteId);
  return new Map(rows.map((row) => [row.board_id, row.comment]));
}

/** A board as other servers read it: what everybody may see of it. Null when it is not for everybody. */
export async function boardForFederation(
  app: App,
  id: BoardId,
  before: number | undefined,
): Promise<{
  readonly board: BoardView;
  readonly uris: readonly string[];
  readonly older: number | null;
} | null> {
  const row = await findBoard(app.db, id);
  if (row === undefined || row.visibility === "private") return null;
  const [board] = await toBoards(app, null, [row]);
  if (board === undefined) return null;
  const found = await boardNoteUris(app.db, id, cursorOf({ before }, 50));
  const last = found.rows.at(-1);
  return {
    board,
    uris: found.rows.map(({ uri }) => uri),
    older: found.more && last !== undefined ? last.id : null,
  };
}

async function openBoard(app: App, viewer: Viewer | null, id: BoardId): Promise<BoardRow> {
  const row = await findBoard(app.db, id);
  if (row === undefined) throw notFound();
  if (row.visibility === "private" && row.actor_id !== viewer?.actorId) throw notFound();
  return row;
}

/** A fixed number of queries, however many boards there are. */
async function toBoards(
  app: App,
  viewer: Viewer | null,
  rows: readonly BoardRow[],
): Promise<readonly BoardView[]> {
  const ids = rows.map((row) => row.id);
  const viewerId = viewer?.actorId ?? null;
  const counts = await countBoardNotes(app.db, viewerId, ids);
  const covers = await coversOf(app, viewerId, ids);
  const owners = new Map(
    (
      await actorViews(
        app,
        rows.map((row) => row.actor_id),
      )
    ).map((actor) => [actor.id as number, actor]),
  );
  return rows.flatMap((row) => {
    const owner = owners.get(row.actor_id);
    return owner === undefined || owner.suspended
      ? []
      : [toBoard(row, owner, counts.get(row.id), covers.get(row.id) ?? [])];
  });
}

function toBoard(
  row: BoardRow,
  owner: ActorView,
  counts: { readonly total: number; readonly shown: number } | undefined,
  covers: readonly AttachmentView[],
): BoardView {
  return {
    id: asId(row.id),
    owner,
    name: row.name,
    summary: row.summary,
    visibility: BOARD_VISIBILITIES.find((one) => one === row.visibility) ?? "private",
    updatedAt: row.updated_at,
    total: counts?.total ?? 0,
    shown: counts?.shown ?? 0,
    covers,
  };
}

async function coversOf(
  app: App,
  viewerId: number | null,
  boardIds: readonly number[],
): Promise<ReadonlyMap<number, readonly AttachmentView[]>> {
  const places = await boardCoverNotes(app.db, viewerId, boardIds, COVERS);
  const rows = await listAttachments(app.db, [...new Set(places.map((place) => place.note_id))]);
  const first = new Map<number, AttachmentView>();
  for (const [index, view] of attachmentViews(app, rows).entries()) {
    const noteId = rows[index]?.note_id ?? 0;
    const isPicture = view.state === "ready" && (view.kind === "image" || view.coverUrl !== null);
    if (isPicture && (!first.has(noteId) || view.isCover)) first.set(noteId, view);
  }
  return new Map(
    [...Map.groupBy(places, (place) => place.board_id)].map(([id, found]) => [
      id,
      found.flatMap((place) => first.get(place.note_id) ?? []),
    ]),
  );
}
