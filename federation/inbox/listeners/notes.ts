import { receiveActorDeleted } from "../../../server/services/accounts/departures.ts";
import {
  receiveNote,
  receiveNoteDeleted,
  receiveNoteUpdate,
} from "../../../server/services/notes/received-notes.ts";
import { findPassedOn } from "../../../server/services/notes/groups.ts";
import { receiveStampDeleted } from "../../../server/services/consent/interaction-requests.ts";
import { receiveVote } from "../../../server/services/notes/polls.ts";
import { keepFromRelay } from "../../../server/services/moderation/relayed-notes.ts";
import { voteOf } from "../../reading/from-poll.ts";
import { sameOrigin } from "../../reading/json.ts";
import { embeddedNote, embeddedObject, fetchedNote, type Incoming } from "../incoming.ts";
import { confirmed } from "../hints.ts";
import { onActorUpdate } from "./actors.ts";
import { onCollectionDeleted, onCollectionUpdate } from "./collections.ts";

/** A new note, or a vote in a poll of ours, which came from the voter's own hand or not at all. */
export async function onCreate(incoming: Incoming): Promise<void> {
  const object = embeddedObject(incoming);
  const vote = object === null ? null : voteOf(object);
  if (vote !== null) {
    if (vote.actorUri === incoming.actorUri && sameOrigin(vote.uri, vote.actorUri))
      await receiveVote(incoming.app, vote);
    return;
  }
  const note = (await embeddedNote(incoming)) ?? (await fetchedNote(incoming));
  if (note === null) return;
  const id = await receiveNote(incoming.app, note, "delivered");
  if (id === null && incoming.signerUri !== null) await keepFromRelay(incoming.app, incoming.signerUri, note);
}

/** Profiles are read again at their origin; notes are taken as sent if the sender is their exact author, else as fetched. */
export async function onUpdate(incoming: Incoming): Promise<void> {
  const { app, actorUri, objectUri } = incoming;
  if (objectUri === null) return;
  if (objectUri === actorUri) return onActorUpdate(incoming);
  if (await onCollectionUpdate(incoming)) return;
  const sent = await embeddedNote(incoming);
  // Mobilizon: an event is its group's, and one of the group's people changes it. What its origin says now counts.
  const note = sent ?? (sameOrigin(objectUri, actorUri) ? await fetchedNote(incoming) : null);
  if (note !== null) await receiveNoteUpdate(app, note);
}

/** `object` may be the thing, a Tombstone or a bare id; it must lie on the sender's origin to be the sender's. */
export async function onDelete(incoming: Incoming): Promise<void> {
  const { app, actorUri, objectUri } = incoming;
  if (objectUri === null || !sameOrigin(objectUri, actorUri)) return;
  if (objectUri === actorUri) return await receiveActorDeleted(app, actorUri);
  // What others write under their notes as a stamp may just as well be the address of a note.
  await receiveStampDeleted(app, actorUri, objectUri);
  if (await onCollectionDeleted(app, actorUri, objectUri)) return;
  const known = await findPassedOn(app, objectUri);
  const isAnothers = known !== null && !known.isOurs && known.authorUri !== actorUri;
  if (!isAnothers) return await receiveNoteDeleted(app, actorUri, objectUri);
  // Mobilizon: one of its people deletes an event of a group. Whether it is gone their own server has to say.
  // A private note is not shown to us at all, which looks the same.
  if (known.isOpen && (await confirmed(incoming)) !== null)
    await receiveNoteDeleted(app, known.authorUri, objectUri);
}
