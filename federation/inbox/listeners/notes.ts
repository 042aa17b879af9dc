import { receiveActor } from "../../../server/services/actors.ts";
import { receiveActorDeleted } from "../../../server/services/departures.ts";
import {
  receiveNote,
  receiveNoteDeleted,
  receiveNoteUpdate,
} from "../../../server/services/received-notes.ts";
import { sameOrigin } from "../../reading/json.ts";
import { embeddedNote, fetchedNote, type Incoming } from "../incoming.ts";

/** A new note. */
export async function onCreate(incoming: Incoming): Promise<void> {
  const note = (await embeddedNote(incoming)) ?? (await fetchedNote(incoming));
  if (note !== null) await receiveNote(incoming.app, note, "delivered");
}

/** Profiles are read again at their origin; notes are taken as sent if the sender is their exact author. */
export async function onUpdate(incoming: Incoming): Promise<void> {
  const { app, actorUri, objectUri, documents } = incoming;
  if (objectUri === null) return;
  if (objectUri === actorUri) {
    documents.forget(actorUri);
    const actor = await app.remote.findActor(actorUri);
    if (actor !== null) await receiveActor(app, actor);
    return;
  }
  const note = (await embeddedNote(incoming)) ?? (await fetchedNote(incoming));
  if (note !== null && note.authorUri === actorUri) await receiveNoteUpdate(app, note);
}

/** `object` may be the thing, a Tombstone or a bare id; it must lie on the sender's origin to be the sender's. */
export async function onDelete({ app, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri === null || !sameOrigin(objectUri, actorUri)) return;
  if (objectUri === actorUri) await receiveActorDeleted(app, actorUri);
  else await receiveNoteDeleted(app, actorUri, objectUri);
}
