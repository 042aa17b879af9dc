import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { findThreadRootId } from "../../store/conversations.ts";
import { insertMutedThread, removeMutedThread } from "../../store/muted-threads.ts";
import { findVisibleNotes } from "../../store/notes.ts";

/** The person hears nothing more of what happens in the thread of a note. Idempotent. @throws not_found */
export async function muteThread(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await requireVisible(app, viewer, noteId);
  await insertMutedThread(app.db, {
    account_id: viewer.accountId,
    root_id: await findThreadRootId(app.db, noteId),
    created_at: app.clock.now(),
  });
}

/** The person hears of the thread of a note again. Idempotent. @throws not_found */
export async function unmuteThread(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await requireVisible(app, viewer, noteId);
  await removeMutedThread(app.db, viewer.accountId, noteId);
}

async function requireVisible(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  if ((await findVisibleNotes(app.db, viewer.actorId, [noteId])).length === 0) throw notFound();
}
