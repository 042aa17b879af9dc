import type { App } from "../../context.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { CausewayError } from "../../errors.ts";
import { findActorById, findActorByUri } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { hasLocalFollower } from "../../store/follows.ts";
import { findNoteByUri } from "../../store/notes.ts";
import { removeAnnounce } from "../../store/reactions.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { receiveAnnounce } from "../reactions/reactions.ts";
import { receiveNote, receiveNoteDeleted } from "./received-notes.ts";
import { announce } from "../streams/announce.ts";

/** A group that passes something on, and how. */
export type Passing = {
  readonly uri: string;
  readonly groupUri: string;
  readonly visibility: Visibility;
  readonly publishedAt: number;
};

/**
 * A group passes a note on to those who follow it (FEP-1b12). A post is shown as by the group; a comment is kept for its
 * thread, without filling anybody's timeline. Nobody here follows the group: kept as if it had come from its author.
 * @throws remote_failed when the group or the author cannot be fetched now.
 */
export async function receiveGroupNote(app: App, passing: Passing, note: ReceivedNote): Promise<void> {
  const groupId = await findOrFetchActor(app, passing.groupUri);
  if (groupId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  const isFollowed = await hasLocalFollower(app.db, groupId);
  const noteId = await receiveNote(app, note, isFollowed ? "wanted" : "delivered");
  if (noteId === null || note.inReplyToUri !== null) return;
  const { uri, groupUri: actorUri, visibility, publishedAt } = passing;
  await receiveAnnounce(app, { uri, actorUri, objectUri: note.uri, visibility, publishedAt });
}

/** True for a group, and for the actors of programs that pass on what people write, as their own origin describes them. */
export async function isGroup(app: App, uri: string): Promise<boolean> {
  const id = await findOrFetchActor(app, uri);
  const actor = id === null ? undefined : await findActorById(app.db, id);
  return actor?.kind === "Group" || actor?.kind === "Application" || actor?.kind === "Service";
}

/** What is known here of a note that a group speaks of; null when it is not here. */
export async function findPassedOn(
  app: App,
  noteUri: string,
): Promise<{ readonly isOurs: boolean; readonly isOpen: boolean; readonly authorUri: string } | null> {
  const note = await findNoteByUri(app.db, noteUri);
  if (note === undefined || note.deleted_at !== null) return null;
  const author = await findActorById(app.db, note.actor_id);
  if (author === undefined) return null;
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  return { isOurs: isSet(note.local), isOpen, authorUri: author.uri };
}

/**
 * The note is gone at its own origin, which a group told us of: it goes here too. Private ones only by their author's own
 * word: servers say of those that nothing is there (Mastodon: 404) to whoever may not see them.
 */
export async function receiveGroupDelete(app: App, noteUri: string): Promise<void> {
  const known = await findPassedOn(app, noteUri);
  if (known !== null && !known.isOurs && known.isOpen)
    await receiveNoteDeleted(app, known.authorUri, noteUri);
}

/**
 * A group does not show a note any more that is still there: its moderators removed it. The group's own boost goes; the
 * note is its author's, and stays for whoever follows them.
 */
export async function receiveGroupRemoval(app: App, groupUri: string, noteUri: string): Promise<void> {
  await transaction(app.db, async (tx) => {
    const group = await findActorByUri(tx, groupUri);
    const note = await findNoteByUri(tx, noteUri);
    if (group !== undefined && group.host !== "" && note !== undefined)
      await dropBoost(app, tx, group.id, note.id);
  });
}

async function dropBoost(app: App, tx: Db, actorId: number, noteId: number): Promise<void> {
  const row = await removeAnnounce(tx, actorId, noteId);
  if (row !== undefined) announce(app, { type: "removed", id: row.id, noteId, actorId });
}
