import type { App } from "../../context.ts";
import {
  type ActorId,
  type AnnounceId,
  asId,
  type BlockId,
  type FollowId,
  type LikeId,
  type NoteId,
} from "../../domain/ids.ts";
import type { Visibility } from "../../domain/visibility.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { findBlockById, findFollowById } from "../../store/follows.ts";
import { findNoteById } from "../../store/notes.ts";
import { findAnnounce, findLike } from "../../store/reactions.ts";
import { actorView } from "../views.ts";

/** Where an actor takes deliveries; null for local actors, who need none. */
export type Inboxes = { readonly inbox: string; readonly sharedInbox: string | null } | null;

/** The same of a row. */
export function inboxesOf(row: ActorRow | undefined): Inboxes {
  if (row === undefined || row.host === "") return null;
  return { inbox: row.inbox_uri, sharedInbox: row.shared_inbox_uri };
}

/** Where an actor takes deliveries; null for local or unknown ones. */
export async function inboxOf(app: App, actorId: ActorId): Promise<Inboxes> {
  return inboxesOf(await findActorById(app.db, actorId));
}

/** Who wrote a note, and where they take deliveries. */
export type FederatedAuthor = { readonly uri: string; readonly inboxes: Inboxes };

async function authorOf(app: App, noteId: number): Promise<FederatedAuthor | null> {
  const note = await findNoteById(app.db, noteId);
  const author = note === undefined ? undefined : await findActorById(app.db, note.actor_id);
  return author === undefined ? null : { uri: author.uri, inboxes: inboxesOf(author) };
}

/** Both ends of a relation between two actors. */
export type FederatedRelation = {
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly targetId: ActorId;
  readonly targetUri: string;
  readonly targetInboxes: Inboxes;
};

async function relation(
  app: App,
  row: { readonly uri: string; readonly actor_id: number; readonly target_id: number } | undefined,
): Promise<FederatedRelation | null> {
  if (row === undefined) return null;
  const actor = await findActorById(app.db, row.actor_id);
  const target = await findActorById(app.db, row.target_id);
  if (actor === undefined || target === undefined) return null;
  return {
    uri: row.uri,
    actorId: asId(actor.id),
    actorUri: actor.uri,
    targetId: asId(target.id),
    targetUri: target.uri,
    targetInboxes: inboxesOf(target),
  };
}

/** A Follow for the wire; null when it was taken back meanwhile. */
export async function getFollowForFederation(app: App, id: FollowId): Promise<FederatedRelation | null> {
  return await relation(app, await findFollowById(app.db, id));
}

/** A Block for the wire; null when it was taken back meanwhile. */
export async function getBlockForFederation(app: App, id: BlockId): Promise<FederatedRelation | null> {
  return await relation(app, await findBlockById(app.db, id));
}

/** A Like or Announce for the wire. */
export type FederatedReaction = {
  readonly uri: string;
  readonly actorId: ActorId;
  readonly actorUri: string;
  readonly noteId: NoteId;
  readonly noteUri: string;
  readonly noteAuthor: FederatedAuthor | null;
  readonly at: number;
};

async function reaction(
  app: App,
  row:
    | {
        readonly uri: string;
        readonly actor_id: number;
        readonly note_id: number;
        readonly created_at: number;
      }
    | undefined,
): Promise<FederatedReaction | null> {
  if (row === undefined) return null;
  const actor = await findActorById(app.db, row.actor_id);
  const note = await findNoteById(app.db, row.note_id);
  if (actor === undefined || note === undefined) return null;
  return {
    uri: row.uri,
    actorId: asId(actor.id),
    actorUri: actor.uri,
    noteId: asId(note.id),
    noteUri: note.uri,
    noteAuthor: await authorOf(app, note.id),
    at: row.created_at,
  };
}

/** A Like for the wire; null when it was taken back meanwhile. */
export async function getLikeForFederation(app: App, id: LikeId): Promise<FederatedReaction | null> {
  return await reaction(app, await findLike(app.db, id));
}

/** An Announce for the wire; null when it was taken back meanwhile. */
export async function getAnnounceForFederation(
  app: App,
  id: AnnounceId,
): Promise<(FederatedReaction & { readonly visibility: Visibility }) | null> {
  const row = await findAnnounce(app.db, id);
  const found = await reaction(app, row);
  return row === undefined || found === null ? null : { ...found, visibility: row.visibility as Visibility };
}

/** The note behind an undone reaction, for the Undo's recipients. */
export async function noteAuthorOf(app: App, noteId: NoteId): Promise<FederatedAuthor | null> {
  return await authorOf(app, noteId);
}

/** The uri of any stored actor. */
export async function actorUriOf(app: App, actorId: ActorId): Promise<string | null> {
  const row = await findActorById(app.db, actorId);
  return row === undefined ? null : actorView(app, row).uri;
}
