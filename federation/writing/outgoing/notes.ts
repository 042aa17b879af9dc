import type { App } from "../../../server/context.ts";
import { noteForFederation, type FederatedNote } from "../../../server/services/federation-records.ts";
import { followerInboxes } from "../../../server/services/follows.ts";
import { extrasOf, toNoteActivity, toNoteDelete } from "../outbound.ts";
import { personal, shared, type Of, type Outgoing } from "./recipients.ts";

type NoteEvent = Of<"note.created" | "note.updated" | "note.deleted">;

/** A new, changed or deleted note. */
export async function ofNote(app: App, event: NoteEvent): Promise<Outgoing | null> {
  const note = await noteForFederation(app, event.noteId);
  // A note that is gone before its Create was written down is told of by its Delete alone.
  if (note === null || (note.deleted && event.type !== "note.deleted")) return null;
  const activityUri = app.uris.activity(event.activityId);
  const activity =
    event.type === "note.deleted"
      ? toNoteDelete(activityUri, note, app.uris)
      : toNoteActivity(event.type === "note.created" ? "create" : "update", activityUri, note, app.uris);
  return {
    id: event.activityId,
    actorId: note.actorId,
    activity,
    extras: extrasOf(note),
    isPublic: note.visibility === "public" || note.visibility === "unlisted",
    inboxes: await inboxesOfNote(app, note),
  };
}

/**
 * Followers and the mentioned; the author of the parent too, if everybody may read the answer. A direct note goes to the
 * mentioned in person, nobody else.
 */
async function inboxesOfNote(app: App, note: FederatedNote): Promise<readonly string[]> {
  if (note.visibility === "direct") return note.mentions.flatMap((mention) => personal(mention.inboxes));
  const mentioned = note.mentions.flatMap((mention) => shared(mention.inboxes));
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  const parent = isOpen ? shared(note.replyToAuthor?.inboxes ?? null) : [];
  return [...(await followerInboxes(app, note.actorId)), ...mentioned, ...parent];
}
