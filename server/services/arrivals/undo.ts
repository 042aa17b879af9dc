import type { App } from "../../context.ts";
import {
  type ArrivalRow,
  listNotesOfArrival,
  lockArrival,
  removeArrivedNote,
  updateArrival,
  wasSeenElsewhere,
} from "../../store/arrivals.ts";
import { detachFromNote } from "../../store/attachments.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { buryNote, lockNote, type NoteRow } from "../../store/notes.ts";
import { unindexNote } from "../../store/search.ts";
import { removeNote } from "../notes/notes.ts";
import { announce } from "../streams/announce.ts";
import { reportOf, requestStep } from "./records.ts";
import { removeFiles } from "./stage.ts";

/** Notes that go in one transaction, so that nobody waits long for the write lock. */
const BATCH = 25;
const TURN_MS = 60_000;

/** Takes notes away that came with an arrival, as many as fit into a turn; asks for another one until none is left. */
export async function undoTurn(app: App, row: ArrivalRow, signal: AbortSignal): Promise<void> {
  const end = app.clock.now() + TURN_MS;
  for (;;) {
    if (signal.aborted || app.clock.now() > end)
      return await transaction(app.db, (tx) => requestStep(app, tx, row.id));
    const more = await transaction(app.db, (tx) => undoSome(app, tx, row.id));
    if (more) continue;
    await removeFiles(app, row.id);
    return;
  }
}

/** False when nothing is left, or it is undone already. */
async function undoSome(app: App, tx: Db, id: number): Promise<boolean> {
  const row = await lockArrival(tx, id);
  if (row?.state !== "undoing") return false;
  const report = reportOf(row);
  const now = app.clock.now();
  const found = await listNotesOfArrival(tx, id, BATCH);
  let { notes, told } = report.undone ?? { notes: 0, told: 0 };
  for (const { note_id, old_uri } of found) {
    const note = await lockNote(tx, note_id);
    if (note !== undefined && note.deleted_at === null) {
      notes += 1;
      if (await takeAway(app, tx, note)) told += 1;
    }
    await removeArrivedNote(tx, row.actor_id, old_uri);
  }
  const undone = toJson({ ...report, undone: { notes, told } });
  const isOver = found.length === 0;
  await updateArrival(tx, id, ["undoing"], {
    report: undone,
    touched_at: now,
    ...(isOver ? { state: "undone", undone_at: now, secret: null } : {}),
  });
  return !isOver;
}

/** Other servers hear of it only when they had it: a Delete of what nobody knows says only that it was there. */
async function takeAway(app: App, tx: Db, note: NoteRow): Promise<boolean> {
  if (await wasSeenElsewhere(tx, note)) {
    await removeNote(app, tx, note);
    return true;
  }
  await unindexNote(tx, note.id);
  const files = await detachFromNote(tx, note.id);
  await buryNote(tx, note, app.clock.now());
  announce(app, { type: "removed", id: note.id, noteId: note.id, actorId: note.actor_id });
  if (files.length > 0)
    await enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "remove-files",
      payload: { files },
      lane: 2,
    });
  return false;
}
