import type { App } from "../context.ts";
import type { Viewer } from "../domain/actor.ts";
import { asId, type NoteId } from "../domain/ids.ts";
import { mayAnnounce, narrower, type Visibility } from "../domain/visibility.ts";
import { CausewayError, notFound } from "../errors.ts";
import { findActorByUri } from "../store/actors.ts";
import { type Db, transaction } from "../store/database.ts";
import {
  blockedEitherWay,
  findBlockByUri,
  findFollowByUri,
  hasLocalFollower,
  removeBlock,
  removeFollow,
} from "../store/follows.ts";
import { insertTombstone, isTombstone } from "../store/inbox.ts";
import { findNoteById, findNoteByUri, findVisibleNotes, freeNoteId, type NoteRow } from "../store/notes.ts";
import {
  findAnnounceByUri,
  findLikeByUri,
  insertAnnounce,
  insertBookmark,
  insertLike,
  removeAnnounce,
  removeBookmark,
  removeLike,
} from "../store/reactions.ts";
import { findOrFetchActor } from "./actors.ts";
import { federate } from "./federate.ts";
import { notify, untell } from "./notify.ts";
import { fetchNoteId } from "./received-notes.ts";

async function findVisible(app: App, viewer: Viewer, noteId: NoteId): Promise<NoteRow> {
  const [row] = await findVisibleNotes(app.db, viewer.actorId, [noteId]);
  if (row === undefined) throw notFound();
  return row;
}

/** Likes a note. Idempotent. @throws not_found */
export async function likeNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const note = await findVisible(app, viewer, noteId);
  await transaction(app.db, async (tx) => {
    const id = app.ids.next();
    const row = {
      id,
      uri: app.uris.like(id),
      actor_id: viewer.actorId,
      note_id: note.id,
      created_at: app.clock.now(),
    };
    if (!(await insertLike(tx, row))) return;
    await notify(app, tx, { kind: "like", to: [note.actor_id], actorId: viewer.actorId, noteId: note.id });
    await federate(app, tx, viewer.actorId, { type: "like.created", likeId: asId(id) });
  });
  app.wake();
}

/** Takes a Like back. Idempotent. */
export async function unlikeNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await removeLike(tx, viewer.actorId, noteId);
    if (row === undefined) return;
    await untellAuthor(tx, noteId, "like", viewer.actorId);
    await federate(app, tx, viewer.actorId, {
      type: "like.undone",
      activityId: asId(app.ids.next()),
      likeUri: row.uri,
      actorId: viewer.actorId,
      noteId,
    });
  });
  app.wake();
}

/** Boosts a note that may be boosted. Idempotent. @throws not_found, forbidden for private notes of others. */
export async function announceNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const note = await findVisible(app, viewer, noteId);
  const visibility = note.visibility as Visibility;
  if (!mayAnnounce(visibility, note.actor_id === viewer.actorId))
    throw new CausewayError("forbidden", "error.announce_private");
  await transaction(app.db, async (tx) => {
    const id = app.ids.next();
    const row = {
      id,
      uri: app.uris.announce(id),
      actor_id: viewer.actorId,
      note_id: note.id,
      visibility: narrower("public", visibility),
      created_at: app.clock.now(),
    };
    if (!(await insertAnnounce(tx, row, { local: true }))) return;
    await notify(app, tx, {
      kind: "announce",
      to: [note.actor_id],
      actorId: viewer.actorId,
      noteId: note.id,
    });
    await federate(app, tx, viewer.actorId, { type: "announce.created", announceId: asId(id) });
  });
  app.wake();
}

/** Takes a boost back. Idempotent. */
export async function unannounceNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await removeAnnounce(tx, viewer.actorId, noteId);
    if (row === undefined) return;
    await untellAuthor(tx, noteId, "announce", viewer.actorId);
    await federate(app, tx, viewer.actorId, {
      type: "announce.undone",
      activityId: asId(app.ids.next()),
      announceUri: row.uri,
      actorId: viewer.actorId,
      noteId,
    });
  });
  app.wake();
}

async function untellAuthor(
  tx: Db,
  noteId: number,
  kind: "like" | "announce",
  actorId: number,
): Promise<void> {
  const note = await findNoteById(tx, noteId);
  if (note !== undefined) await untell(tx, { kinds: [kind], to: note.actor_id, actorId, noteId });
}

/** Keeps a note for later; nobody else learns of it. */
export async function bookmarkNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const note = await findVisible(app, viewer, noteId);
  await insertBookmark(app.db, app.ids.next(), viewer.actorId, note.id);
}

/** Takes a bookmark back. */
export async function unbookmarkNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await removeBookmark(app.db, viewer.actorId, noteId);
}

export type ReceivedReaction = {
  readonly uri: string;
  readonly actorUri: string;
  readonly objectUri: string;
};

/** A remote actor likes a note that is here; Likes of unknown notes are of no concern. */
export async function receiveLike(app: App, received: ReceivedReaction): Promise<void> {
  const note = await findNoteByUri(app.db, received.objectUri);
  if (note === undefined || note.deleted_at !== null) return;
  const actorId = await requireActor(app, received.actorUri);
  if (!(await findVisibleNotes(app.db, actorId, [note.id])).some((row) => row.id === note.id)) return;
  await transaction(app.db, async (tx) => {
    if (await isTombstone(tx, received.uri, received.actorUri)) return;
    if (await blockedEitherWay(tx, actorId, note.actor_id)) return;
    const row = {
      id: app.ids.next(),
      uri: received.uri,
      actor_id: actorId,
      note_id: note.id,
      created_at: app.clock.now(),
    };
    if (await insertLike(tx, row))
      await notify(app, tx, { kind: "like", to: [note.actor_id], actorId, noteId: note.id });
  });
}

/** A remote actor boosts a note: one of ours, or one that somebody here will see because they follow the booster. */
export async function receiveAnnounce(
  app: App,
  received: ReceivedReaction & { readonly visibility: Visibility; readonly publishedAt: number },
): Promise<void> {
  const actorId = await requireActor(app, received.actorUri);
  const known = await findNoteByUri(app.db, received.objectUri);
  if (known === undefined && !(await hasLocalFollower(app.db, actorId))) return;
  const noteId = known?.id ?? (await fetchNoteId(app, received.objectUri));
  if (noteId === null) return;
  await transaction(app.db, async (tx) => {
    const note = await findNoteById(tx, noteId);
    if (note === undefined || note.deleted_at !== null) return;
    if (!mayAnnounce(note.visibility as Visibility, note.actor_id === actorId)) return;
    if (await isTombstone(tx, received.uri, received.actorUri)) return;
    if (await blockedEitherWay(tx, actorId, note.actor_id)) return;
    const publishedAt = Math.min(received.publishedAt, app.clock.now());
    const row = {
      id: await freeNoteId(tx, () => app.ids.at(publishedAt)),
      uri: received.uri,
      actor_id: actorId,
      note_id: note.id,
      visibility: narrower(received.visibility, note.visibility as Visibility),
      created_at: publishedAt,
    };
    if (await insertAnnounce(tx, row, { local: false }))
      await notify(app, tx, { kind: "announce", to: [note.actor_id], actorId, noteId: note.id });
  });
}

async function requireActor(app: App, uri: string) {
  const id = await findOrFetchActor(app, uri);
  if (id === null) throw new CausewayError("remote_failed", "error.remote_failed");
  return id;
}

export type ReceivedUndo = {
  readonly actorUri: string;
  /** The undone activity's id. */
  readonly objectUri: string;
  readonly objectType: string | null;
  /** Object of the undone activity, when it came embedded. */
  readonly targetUri: string | null;
};

type Undone = "follow" | "other" | null;

/**
 * Takes back a Like, Announce, Follow or Block of the same actor; remembered, so that the activity stays away when it
 * comes late (F22). A Follow that was here needs no memory: Misskey follows again under the same id.
 */
export async function receiveUndo(app: App, received: ReceivedUndo): Promise<void> {
  await transaction(app.db, async (tx) => {
    const undone = await undo(tx, received);
    if (undone !== "follow")
      await insertTombstone(tx, received.objectUri, received.actorUri, app.clock.now());
  });
}

async function undo(tx: Db, received: ReceivedUndo): Promise<Undone> {
  const actor = await findActorByUri(tx, received.actorUri);
  if (actor === undefined || actor.host === "") return null;
  const undone = await undoByUri(tx, actor.id, received.objectUri);
  if (undone !== null || received.targetUri === null) return undone;
  return await undoByTarget(tx, actor.id, received.objectType, received.targetUri);
}

async function undoByUri(tx: Db, actorId: number, uri: string): Promise<Undone> {
  const mine = <T extends { readonly actor_id: number }>(row: T | undefined) =>
    row?.actor_id === actorId ? row : undefined;
  const follow = mine(await findFollowByUri(tx, uri));
  if (follow !== undefined) return (await dropFollowOf(tx, actorId, follow.target_id)) ? "follow" : null;
  const like = mine(await findLikeByUri(tx, uri));
  if (like !== undefined) return (await dropLike(tx, actorId, like.note_id)) ? "other" : null;
  const announce = mine(await findAnnounceByUri(tx, uri));
  if (announce !== undefined) return (await dropAnnounce(tx, actorId, announce.note_id)) ? "other" : null;
  const block = mine(await findBlockByUri(tx, uri));
  if (block === undefined) return null;
  return (await removeBlock(tx, actorId, block.target_id)) === undefined ? null : "other";
}

/** Servers that give Follow, Like or Announce another id when undoing are matched by who did what to whom. */
async function undoByTarget(
  tx: Db,
  actorId: number,
  type: string | null,
  targetUri: string,
): Promise<Undone> {
  if (type === "Follow" || type === "Block") {
    const target = await findActorByUri(tx, targetUri);
    if (target === undefined) return null;
    if (type === "Follow") return (await dropFollowOf(tx, actorId, target.id)) ? "follow" : null;
    return (await removeBlock(tx, actorId, target.id)) === undefined ? null : "other";
  }
  const note = await findNoteByUri(tx, targetUri);
  if (note === undefined) return null;
  const isDropped =
    (type === "Like" && (await dropLike(tx, actorId, note.id))) ||
    (type === "Announce" && (await dropAnnounce(tx, actorId, note.id)));
  return isDropped ? "other" : null;
}

async function dropLike(tx: Db, actorId: number, noteId: number): Promise<boolean> {
  const row = await removeLike(tx, actorId, noteId);
  if (row !== undefined) await untellAuthor(tx, noteId, "like", actorId);
  return row !== undefined;
}

async function dropAnnounce(tx: Db, actorId: number, noteId: number): Promise<boolean> {
  const row = await removeAnnounce(tx, actorId, noteId);
  if (row !== undefined) await untellAuthor(tx, noteId, "announce", actorId);
  return row !== undefined;
}

async function dropFollowOf(tx: Db, actorId: number, targetId: number): Promise<boolean> {
  const row = await removeFollow(tx, actorId, targetId);
  if (row !== undefined) await untell(tx, { kinds: ["follow", "follow_request"], to: targetId, actorId });
  return row !== undefined;
}
