import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { NoteId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import { transaction } from "../../store/database.ts";
import { findThreadRootId } from "../../store/conversations.ts";
import { insertMutedThread, removeMutedThread } from "../../store/muted-threads.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import { dropConversation, raiseAgain } from "../conversations/conversations.ts";

/** The person hears nothing more of what happens in the thread of a note; of direct notes they leave the conversation. Idempotent. @throws not_found */
export async function muteThread(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await requireVisible(app, viewer, noteId);
  await transaction(app.db, async (tx) => {
    const rootId = await findThreadRootId(tx, noteId);
    await insertMutedThread(tx, {
      account_id: viewer.accountId,
      root_id: rootId,
      created_at: app.clock.now(),
    });
    await dropConversation(tx, viewer.accountId, rootId);
  });
}

/** The person hears of the thread of a note again. Idempotent. @throws not_found */
export async function unmuteThread(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await requireVisible(app, viewer, noteId);
  await transaction(app.db, async (tx) => {
    await removeMutedThread(tx, viewer.accountId, noteId);
    await raiseAgain(app, tx, viewer, noteId);
  });
}

async function requireVisible(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  if ((await findVisibleNotes(app.db, viewer.actorId, [noteId])).length === 0) throw notFound();
}
