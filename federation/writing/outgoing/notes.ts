import type { App } from "../../../server/context.ts";
import {
  noteForFederation,
  type FederatedNote,
} from "../../../server/services/federation/federated-notes.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { reachedInboxes } from "../../../server/services/federation/reach.ts";
import { relayInboxes } from "../../../server/services/moderation/relays.ts";
import { extrasOf, toNoteActivity, toNoteDelete } from "../notes.ts";
import type { Extras } from "../wire.ts";
import { personal, shared, type Of, type Outgoing } from "./recipients.ts";

type NoteEvent = Of<"note.created" | "note.updated" | "note.deleted">;

/** A new, changed or deleted note. */
export async function ofNote(app: App, event: NoteEvent): Promise<Outgoing | null> {
  const note = await noteForFederation(app, event.noteId);
  // A note that is gone before its Create was written down is told of by its Delete alone; of a suspended person nothing else.
  if (note === null || ((note.deleted || note.hidden) && event.type !== "note.deleted")) return null;
  const activityUri = app.uris.activity(event.activityId);
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  const activity =
    event.type === "note.deleted"
      ? toNoteDelete(activityUri, note, app.uris)
      : toNoteActivity(event.type === "note.created" ? "create" : "update", activityUri, note, app.uris);
  return {
    id: event.activityId,
    actorId: note.actorId,
    activity,
    extras: { ...extrasOf(note), ...(event.type === "note.created" ? historyOf(app, note, isOpen) : {}) },
    isPublic: isOpen,
    ...(await recipientsOf(app, note, event)),
  };
}

/**
 * The Create of an open note names its conversation too: as the collection of activities that FEP-f228 asks for there,
 * which is ours to name only when the conversation began here.
 */
function historyOf(app: App, note: FederatedNote, isOpen: boolean): Extras {
  const { contextUri } = note;
  const isOurs = contextUri !== null && contextUri.startsWith(`${app.config.origin}/contexts/`);
  return isOpen && isOurs ? { top: { context: `${contextUri}/history` } } : {};
}

/** Whom a note goes to; a public one also to relays (FEP-ae0c), for which it is signed as a document. */
async function recipientsOf(
  app: App,
  note: FederatedNote,
  event: NoteEvent,
): Promise<Pick<Outgoing, "inboxes" | "isRelayed">> {
  const isEnd = event.type === "note.deleted";
  const inboxes = [...(await inboxesOfNote(app, note)), ...(await reachedBy(app, note, event))];
  if (note.visibility !== "public") return { inboxes };
  const relays = await relayInboxes(app, isEnd ? "end" : "text");
  return { inboxes: [...inboxes, ...relays], isRelayed: relays.length > 0 };
}

/**
 * Where a note is besides: the servers of those who did something with it, which need not follow anybody here (Mastodon
 * tells them too). Edits of private notes go to those who may still read them, and no further.
 */
async function reachedBy(app: App, note: FederatedNote, event: NoteEvent): Promise<readonly string[]> {
  if (event.type === "note.deleted") return event.reached ?? [];
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  return event.type === "note.updated" && isOpen ? reachedInboxes(app, note) : [];
}

/**
 * Followers and the mentioned; the author of the parent too, if everybody may read the answer; and the author of what is
 * quoted, who was sent the note to be asked, and has to hear of its end. A direct note goes to people in person.
 */
export async function inboxesOfNote(app: App, note: FederatedNote): Promise<readonly string[]> {
  const quoted = note.consent.quote?.authorInboxes ?? null;
  if (note.visibility === "direct")
    return [...note.mentions.flatMap((mention) => personal(mention.inboxes)), ...personal(quoted)];
  const mentioned = note.mentions.flatMap((mention) => shared(mention.inboxes));
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  const parent = isOpen ? shared(note.replyToAuthor?.inboxes ?? null) : [];
  const group = isOpen ? shared(note.group?.inboxes ?? null) : [];
  return [
    ...(await followerInboxes(app, note.actorId)),
    ...mentioned,
    ...parent,
    ...group,
    ...shared(quoted),
  ];
}
