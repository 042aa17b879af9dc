import type { App } from "../../context.ts";
import type { NoteId } from "../../domain/ids.ts";
import { isSet } from "../../store/codec.ts";
import { findNoteById } from "../../store/notes.ts";
import { updatePoll } from "../../store/polls.ts";
import { receiveNoteUpdate } from "./received-notes.ts";

/** Reads a remote poll again at its origin; the job behind `refresh-poll`. A server that does not answer is asked later. */
export async function refreshPoll(app: App, noteId: NoteId): Promise<void> {
  const note = await findNoteById(app.db, noteId);
  if (note === undefined || note.deleted_at !== null || isSet(note.local)) return;
  const received = await app.remote.fetchNote(note.uri);
  if (received !== null && received.uri === note.uri) await receiveNoteUpdate(app, received);
  else await updatePoll(app.db, noteId, { fetched_at: app.clock.now() });
}
