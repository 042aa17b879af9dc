import type { App } from "../../context.ts";
import { findActorByUri } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import { findReactionByUri, removeReaction } from "../../store/emoji-reactions.ts";
import { findBlockByUri, findFollowByUri, removeBlock, removeFollow } from "../../store/follows.ts";
import { insertTombstone } from "../../store/inbox.ts";
import { withdrawInteraction } from "../../store/interactions.ts";
import { findNoteByUri } from "../../store/notes.ts";
import { findAnnounceByUri, findLikeByUri, removeAnnounce, removeLike } from "../../store/reactions.ts";
import { announce } from "../streams/announce.ts";
import { untellReaction } from "./emoji-reactions.ts";
import { untell } from "../notifications/notify.ts";
import { untellAuthor } from "./reactions.ts";

export type ReceivedUndo = {
  readonly actorUri: string;
  /** The undone activity's id. */
  readonly objectUri: string;
  readonly objectType: string | null;
  /** Object of the undone activity, when it came embedded. */
  readonly targetUri: string | null;
  /** The emoji of an undone reaction that came embedded. */
  readonly reactionName?: string | null | undefined;
};

type Undone = "relation" | "other" | null;

/**
 * Takes back a Like, Announce, Follow or Block of the same actor; remembered, so that the activity stays away when it
 * comes late (F22). A Follow or Block that was here needs no memory: Misskey
 * follows and Hollo blocks again under the same id.
 */
export async function receiveUndo(app: App, received: ReceivedUndo): Promise<void> {
  await transaction(app.db, async (tx) => {
    const undone = await undo(app, tx, received);
    if (undone !== "relation")
      await insertTombstone(tx, received.objectUri, received.actorUri, app.clock.now());
  });
}

async function undo(app: App, tx: Db, received: ReceivedUndo): Promise<Undone> {
  const actor = await findActorByUri(tx, received.actorUri);
  if (actor === undefined || actor.host === "") return null;
  await withdrawInteraction(tx, actor.id, received.objectUri);
  const undone = await undoByUri(app, tx, actor.id, received.objectUri);
  if (undone !== null || received.targetUri === null) return undone;
  const name = received.reactionName ?? null;
  return await undoByTarget(app, tx, actor.id, received.objectType, received.targetUri, name);
}

async function undoByUri(app: App, tx: Db, actorId: number, uri: string): Promise<Undone> {
  const mine = <T extends { readonly actor_id: number }>(row: T | undefined) =>
    row?.actor_id === actorId ? row : undefined;
  const follow = mine(await findFollowByUri(tx, uri));
  if (follow !== undefined) return (await dropFollowOf(tx, actorId, follow.target_id)) ? "relation" : null;
  const like = mine(await findLikeByUri(tx, uri));
  if (like !== undefined) return (await dropLike(tx, actorId, like.note_id)) ? "other" : null;
  const boost = mine(await findAnnounceByUri(tx, uri));
  if (boost !== undefined) return (await dropAnnounce(app, tx, actorId, boost.note_id)) ? "other" : null;
  const reaction = mine(await findReactionByUri(tx, uri));
  if (reaction !== undefined)
    return (await dropReaction(tx, actorId, reaction.note_id, reaction.name)) ? "other" : null;
  const block = mine(await findBlockByUri(tx, uri));
  if (block === undefined) return null;
  return (await removeBlock(tx, actorId, block.target_id)) === undefined ? null : "relation";
}

/** Servers that give Follow, Like or Announce another id when undoing are matched by who did what to whom. */
async function undoByTarget(
  app: App,
  tx: Db,
  actorId: number,
  type: string | null,
  targetUri: string,
  reactionName: string | null,
): Promise<Undone> {
  if (type === "Follow" || type === "Block") {
    const target = await findActorByUri(tx, targetUri);
    if (target === undefined) return null;
    if (type === "Follow") return (await dropFollowOf(tx, actorId, target.id)) ? "relation" : null;
    return (await removeBlock(tx, actorId, target.id)) === undefined ? null : "relation";
  }
  const note = await findNoteByUri(tx, targetUri);
  if (note === undefined) return null;
  const isReaction = type === "Like" && reactionName !== null;
  const isDropped =
    (isReaction && (await dropReaction(tx, actorId, note.id, reactionName))) ||
    (type === "Like" && !isReaction && (await dropLike(tx, actorId, note.id))) ||
    (type === "Announce" && (await dropAnnounce(app, tx, actorId, note.id)));
  return isDropped ? "other" : null;
}

async function dropLike(tx: Db, actorId: number, noteId: number): Promise<boolean> {
  const row = await removeLike(tx, actorId, noteId);
  if (row !== undefined) await untellAuthor(tx, noteId, "like", actorId);
  return row !== undefined;
}

async function dropReaction(tx: Db, actorId: number, noteId: number, name: string): Promise<boolean> {
  const row = await removeReaction(tx, actorId, noteId, name);
  if (row !== undefined) await untellReaction(tx, actorId, noteId);
  return row !== undefined;
}

async function dropAnnounce(app: App, tx: Db, actorId: number, noteId: number): Promise<boolean> {
  const row = await removeAnnounce(tx, actorId, noteId);
  if (row === undefined) return false;
  await untellAuthor(tx, noteId, "announce", actorId);
  announce(app, { type: "removed", id: row.id, noteId, actorId });
  return true;
}

async function dropFollowOf(tx: Db, actorId: number, targetId: number): Promise<boolean> {
  const row = await removeFollow(tx, actorId, targetId);
  if (row !== undefined) await untell(tx, { kinds: ["follow", "follow_request"], to: targetId, actorId });
  return row !== undefined;
}
