import type { App } from "../../context.ts";
import type { RelayId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import { findActorById } from "../../store/actors.ts";
import { transaction } from "../../store/database.ts";
import { enqueue } from "../../store/jobs.ts";
import { findNoteByUri } from "../../store/notes.ts";
import {
  insertRelayedNote,
  keepRelayedNotes,
  listUntouchedRelayed,
  removeRelayedNotes,
} from "../../store/relays.ts";
import { isOurUri } from "../actors/actors.ts";
import { isBlockedHost } from "./domains.ts";
import { receiveNote, receiveNoteDeleted, receiveNoteUpdate } from "../notes/received-notes.ts";
import { relayOfActor } from "./relays.ts";

const DAY = 86_400_000;
/** How long a relayed note that nobody touches is kept. */
const KEPT_MS = 14 * DAY;
const BATCH = 200;

/** What a relay passed on: whose activity of which type is about which object. All of it claims. */
export type Relayed = {
  readonly relayId: RelayId;
  readonly type: "Create" | "Update" | "Delete" | "Announce";
  readonly objectUri: string;
};

/** Writes down that something came by a relay; it is looked at later, at its origin. Beyond the budget it is let go. */
export async function acceptRelayed(app: App, relayed: Relayed): Promise<void> {
  if (isOurUri(app, relayed.objectUri) || !URL.canParse(relayed.objectUri)) return;
  if (await isBlockedHost(app, new URL(relayed.objectUri).host)) return;
  // A boost of a boost is the same note; one that is here need not be fetched.
  const isNew = relayed.type === "Create" || relayed.type === "Announce";
  const stored = await findNoteByUri(app.db, relayed.objectUri);
  if (isNew === (stored !== undefined)) return;
  if (!app.limiter.take(USE_LIMITS.relayed, String(relayed.relayId)).ok) return;
  await enqueue(app.db, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "relayed",
    payload: relayed,
    dedupeKey: `relayed:${relayed.type}:${relayed.objectUri}`,
    lane: 2,
  });
  app.wake();
}

/**
 * Looks at a relayed object at its origin and keeps what is public there; the job behind `relayed`. A relay's word
 * counts for nothing.
 */
export async function receiveRelayed(app: App, relayed: Relayed): Promise<void> {
  const note = await app.remote.fetchNote(relayed.objectUri);
  if (note === null) return;
  if ((await findNoteByUri(app.db, note.uri)) !== undefined) await receiveNoteUpdate(app, note);
  else await keepRelayed(app, relayed.relayId, note);
}

/** A relay passed on a Delete, and the origin shows the note no more: private ones it never showed. */
export async function receiveRelayedDelete(app: App, objectUri: string): Promise<void> {
  const stored = await findNoteByUri(app.db, objectUri);
  const isOpen = stored?.visibility === "public" || stored?.visibility === "unlisted";
  const author = stored === undefined || !isOpen ? undefined : await findActorById(app.db, stored.actor_id);
  if (author !== undefined && author.host !== "") await receiveNoteDeleted(app, author.uri, objectUri);
}

/** A note that its author signed and a relay brought: kept although nobody here follows the author. */
export async function keepFromRelay(app: App, signerUri: string, note: ReceivedNote): Promise<void> {
  const relay = await relayOfActor(app, signerUri);
  if (relay === null || !app.limiter.take(USE_LIMITS.relayed, String(relay.id)).ok) return;
  await keepRelayed(app, relay.id, note);
}

/** Only what everybody may see, and no replies to what is not here: one would bring whole threads. */
async function keepRelayed(app: App, relayId: RelayId, note: ReceivedNote): Promise<void> {
  if (note.visibility !== "public") return;
  if (note.inReplyToUri !== null && (await findNoteByUri(app.db, note.inReplyToUri)) === undefined) return;
  const id = await receiveNote(app, note, "relayed");
  if (id !== null)
    await insertRelayedNote(app.db, { note_id: id, relay_id: relayId, created_at: app.clock.now() });
}

/** Removes relayed notes that are old and that nobody here has anything to do with. */
export async function pruneRelayed(app: App): Promise<void> {
  const before = app.clock.now() - KEPT_MS;
  for (;;) {
    const count = await transaction(app.db, async (tx) => {
      const notes = await listUntouchedRelayed(tx, before, BATCH);
      await removeRelayedNotes(tx, notes);
      return notes.length;
    });
    if (count < BATCH) break;
  }
  await keepRelayedNotes(app.db, before);
}
