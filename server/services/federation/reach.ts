import type { App } from "../../context.ts";
import type { ActorId, NoteId } from "../../domain/ids.ts";
import { listAcquaintedInboxes, listReachedInboxes } from "../../store/reach.ts";

/** Inboxes of the servers elsewhere whose people did something with a note, to hear of its edits. */
export async function reachedInboxes(
  app: App,
  note: { readonly id: NoteId; readonly actorId: ActorId },
): Promise<readonly string[]> {
  return await listReachedInboxes(app.db, { id: note.id, actor_id: note.actorId }, "news");
}

/** Inboxes of the servers elsewhere that had to do with an actor of ours, followers' servers among them. */
export async function acquaintedInboxes(app: App, actorId: ActorId): Promise<readonly string[]> {
  return await listAcquaintedInboxes(app.db, actorId);
}
