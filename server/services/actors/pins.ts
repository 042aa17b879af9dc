import type { App } from "../../context.ts";
import { PROFILE_LIMITS, type Viewer } from "../../domain/actor.ts";
import { type ActorId, asId, type NoteId } from "../../domain/ids.ts";
import type { NoteView } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { type ActorRow, findActorByUri } from "../../store/actors.ts";
import { transaction } from "../../store/database.ts";
import { hasLocalFollower } from "../../store/follows.ts";
import { findNoteById, findNoteByUri, type NoteRow } from "../../store/notes.ts";
import { countPins, insertPin, listPinnedNoteIds, removePin, trimPins } from "../../store/pins.ts";
import { federate } from "../federation/federate.ts";
import { requestFeatured } from "./featured.ts";
import { visibleNoteViews } from "../views.ts";

/** What is kept of a remote profile's pins, however many its server says there are (threats AUZ-14). */
const KEPT_OF_OTHERS = 20;

/** Pins an own note that everybody may see. Idempotent. @throws not_found, invalid for private notes, conflict when there are enough. */
export async function pinNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const note = await findOwn(app, viewer, noteId);
  if (!isForAll(note)) throw new CausewayError("invalid", "error.pin_private");
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    const max = PROFILE_LIMITS.pins;
    const isFull = (await countPins(tx, viewer.actorId)) >= max;
    if (!(await insertPin(tx, { id: app.ids.next(), actorId: viewer.actorId, noteId }))) return;
    if (isFull) throw new CausewayError("conflict", "error.pin_limit", { params: { max } });
    await federate(app, tx, viewer.actorId, {
      type: "note.pinned",
      activityId: asId(app.ids.next()),
      actorId: viewer.actorId,
      noteUri: note.uri,
    });
  });
  app.wake();
}

/** Takes a pin off. Idempotent. @throws not_found */
export async function unpinNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const note = await findOwn(app, viewer, noteId);
  await transaction(app.db, async (tx) => {
    if (!(await removePin(tx, viewer.actorId, noteId))) return;
    await federate(app, tx, viewer.actorId, {
      type: "note.unpinned",
      activityId: asId(app.ids.next()),
      actorId: viewer.actorId,
      noteUri: note.uri,
    });
  });
  app.wake();
}

async function findOwn(app: App, viewer: Viewer, noteId: NoteId): Promise<NoteRow> {
  const row = await findNoteById(app.db, noteId);
  if (row === undefined || row.deleted_at !== null || row.actor_id !== viewer.actorId) throw notFound();
  return row;
}

function isForAll(note: NoteRow): boolean {
  return note.visibility === "public" || note.visibility === "unlisted";
}

/** The pinned notes of a profile, newest pin first, as far as the viewer may see them. */
export async function listPinned(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
): Promise<readonly NoteView[]> {
  return await visibleNoteViews(app, viewer, await pinnedNoteIds(app, actorId));
}

/** Ids of the pinned notes of a profile, newest pin first; only notes that everybody may see. */
export async function pinnedNoteIds(app: App, actorId: ActorId): Promise<readonly NoteId[]> {
  return (await listPinnedNoteIds(app.db, actorId, PROFILE_LIMITS.pins)).map((id) => asId<NoteId>(id));
}

/** An Add or Remove of a remote actor to its own `featured` collection. */
export type ReceivedPin = {
  readonly actorUri: string;
  readonly noteUri: string;
  readonly targetUri: string;
};

/**
 * A remote actor pinned one of its notes. Only the collection that its own document names counts (threats AUZ-14); a note
 * that is not here is fetched with the whole collection, if somebody here follows the actor.
 */
export async function receivePin(app: App, received: ReceivedPin): Promise<void> {
  const actor = await ownerOf(app, received);
  if (actor === null) return;
  const note = await findNoteByUri(app.db, received.noteUri);
  if (note === undefined) {
    if (await hasLocalFollower(app.db, actor.id)) await requestFeatured(app, asId(actor.id), "changed");
    return;
  }
  if (note.actor_id !== actor.id || note.deleted_at !== null || !isForAll(note)) return;
  await transaction(app.db, async (tx) => {
    await insertPin(tx, { id: app.ids.next(), actorId: actor.id, noteId: note.id });
    await trimPins(tx, actor.id, KEPT_OF_OTHERS);
  });
}

/** A remote actor took a pin off. */
export async function receiveUnpin(app: App, received: ReceivedPin): Promise<void> {
  const actor = await ownerOf(app, received);
  const note = actor === null ? undefined : await findNoteByUri(app.db, received.noteUri);
  if (actor !== null && note !== undefined) await removePin(app.db, actor.id, note.id);
}

async function ownerOf(app: App, { actorUri, targetUri }: ReceivedPin): Promise<ActorRow | null> {
  const actor = await findActorByUri(app.db, actorUri);
  if (actor === undefined || actor.host === "" || actor.deleted_at !== null) return null;
  return actor.featured_uri === targetUri ? actor : null;
}
