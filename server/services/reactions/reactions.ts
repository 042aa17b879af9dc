import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { mayAnnounce, narrower, type Visibility } from "../../domain/visibility.ts";
import { CausewayError, invalid, notFound } from "../../errors.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay, hasLocalFollower } from "../../store/follows.ts";
import { isTombstone } from "../../store/inbox.ts";
import {
  findNoteById,
  findNoteByUri,
  findVisibleNotes,
  freeNoteId,
  type NoteRow,
} from "../../store/notes.ts";
import {
  insertAnnounce,
  insertBookmark,
  insertLike,
  removeAnnounce,
  removeBookmark,
  removeLike,
  renameReaction,
} from "../../store/reactions.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { admit } from "../consent/admission.ts";
import { federate } from "../federation/federate.ts";
import { requireAtHome } from "../moves/moved.ts";
import { notify, untell } from "../notifications/notify.ts";
import { requirePermission } from "../consent/policies.ts";
import { announce } from "../streams/announce.ts";
import { fetchNoteId } from "../notes/received-notes.ts";

/** What was boosted before that is not what somebody watches for now. */
const STREAMED_MS = 6 * 3_600_000;

async function findVisible(app: App, viewer: Viewer, noteId: NoteId): Promise<NoteRow> {
  const [row] = await findVisibleNotes(app.db, viewer.actorId, [noteId]);
  if (row === undefined) throw notFound();
  return row;
}

/** Likes a note. Idempotent. @throws not_found */
export async function likeNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const note = await findVisible(app, viewer, noteId);
  await requirePermission(app, app.db, note, viewer.actorId, "like");
  await transaction(app.db, async (tx) => {
    const id = app.ids.next();
    const row = {
      id,
      uri: app.uris.like(id),
      actor_id: viewer.actorId,
      note_id: note.id,
      created_at: app.clock.now(),
    };
    const asked = {
      verb: "like",
      note,
      actorId: viewer.actorId,
      objectUri: row.uri,
      detail: { id },
    } as const;
    if ((await admit(app, tx, asked)) !== "yes" || !(await insertLike(tx, row))) return;
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

/**
 * Boosts a note that may be boosted, for everybody or for those of `visibility`, never wider than the note. Idempotent.
 * @throws not_found, forbidden for private notes of others, invalid `{ visibility }` for a boost that nobody would see.
 */
export async function announceNote(
  app: App,
  viewer: Viewer,
  noteId: NoteId,
  audience: { readonly visibility?: Visibility | undefined } = {},
): Promise<void> {
  if (audience.visibility === "direct") throw invalid({ visibility: { key: "error.invalid" } });
  const note = await findVisible(app, viewer, noteId);
  const visibility = note.visibility as Visibility;
  if (!mayAnnounce(visibility, note.actor_id === viewer.actorId))
    throw new CausewayError("forbidden", "error.announce_private");
  await requirePermission(app, app.db, note, viewer.actorId, "announce");
  await requireAtHome(app, viewer);
  await transaction(app.db, async (tx) => {
    const id = app.ids.next();
    const row = {
      id,
      uri: app.uris.announce(id),
      actor_id: viewer.actorId,
      note_id: note.id,
      visibility: narrower(audience.visibility ?? "public", visibility),
      created_at: app.clock.now(),
    };
    const detail = { id, visibility: row.visibility, publishedAt: row.created_at };
    const asked = { verb: "announce", note, actorId: viewer.actorId, objectUri: row.uri, detail } as const;
    if ((await admit(app, tx, asked)) !== "yes" || !(await insertAnnounce(tx, row, { local: true }))) return;
    await notify(app, tx, {
      kind: "announce",
      to: [note.actor_id],
      actorId: viewer.actorId,
      noteId: note.id,
    });
    await federate(app, tx, viewer.actorId, { type: "announce.created", announceId: asId(id) });
    announce(app, { type: "entry", id });
  });
  app.wake();
}

/** Takes a boost back. Idempotent. */
export async function unannounceNote(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await removeAnnounce(tx, viewer.actorId, noteId);
    if (row === undefined) return;
    await untellAuthor(tx, noteId, "announce", viewer.actorId);
    announce(app, { type: "removed", id: row.id, noteId, actorId: viewer.actorId });
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

/** Takes back what the author of a note was told of somebody's like or boost. */
export async function untellAuthor(
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
    const asked = { verb: "like", note, actorId, objectUri: row.uri } as const;
    if ((await admit(app, tx, asked)) !== "yes") return;
    if (await insertLike(tx, row))
      await notify(app, tx, { kind: "like", to: [note.actor_id], actorId, noteId: note.id });
    else await renameReaction(tx, "likes", row);
  });
}

/**
 * A remote actor boosts a note: one of ours, or one that somebody here will see because they follow the booster.
 * `missing`: the note is not to be had, now or ever.
 */
export async function receiveAnnounce(
  app: App,
  received: ReceivedReaction & { readonly visibility: Visibility; readonly publishedAt: number },
): Promise<"done" | "missing"> {
  const actorId = await requireActor(app, received.actorUri);
  const known = await findNoteByUri(app.db, received.objectUri);
  if (known === undefined && !(await hasLocalFollower(app.db, actorId))) return "done";
  const noteId = known?.id ?? (await fetchNoteId(app, received.objectUri));
  if (noteId === null) return "missing";
  await transaction(app.db, async (tx) => {
    const note = await findNoteById(tx, noteId);
    if (note === undefined || note.deleted_at !== null) return;
    if (!mayAnnounce(note.visibility as Visibility, note.actor_id === actorId)) return;
    if (await isTombstone(tx, received.uri, received.actorUri)) return;
    if (await blockedEitherWay(tx, actorId, note.actor_id)) return;
    const publishedAt = Math.min(received.publishedAt, app.clock.now());
    const detail = { visibility: received.visibility, publishedAt };
    const asked = { verb: "announce", note, actorId, objectUri: received.uri, detail } as const;
    if ((await admit(app, tx, asked)) !== "yes") return;
    const row = {
      id: await freeNoteId(tx, () => app.ids.at(publishedAt)),
      uri: received.uri,
      actor_id: actorId,
      note_id: note.id,
      visibility: narrower(received.visibility, note.visibility as Visibility),
      created_at: publishedAt,
    };
    if (!(await insertAnnounce(tx, row, { local: false }))) return await renameReaction(tx, "announces", row);
    await notify(app, tx, { kind: "announce", to: [note.actor_id], actorId, noteId: note.id });
    if (app.clock.now() - publishedAt < STREAMED_MS) announce(app, { type: "entry", id: row.id });
  });
  return "done";
}

async function requireActor(app: App, uri: string) {
  const id = await findOrFetchActor(app, uri);
  if (id === null) throw new CausewayError("remote_failed", "error.remote_failed");
  return id;
}
