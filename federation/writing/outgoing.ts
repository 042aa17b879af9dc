import { Announce, Block, Follow, Like, type Activity } from "@fedify/vocab";
import type { App } from "../../server/context.ts";
import {
  asId,
  type ActivityId,
  type ActorId,
  type AnnounceId,
  type BlockId,
  type FollowId,
  type LikeId,
} from "../../server/domain/ids.ts";
import type { OutgoingEvent } from "../../server/domain/outgoing.ts";
import { localActorForFederation } from "../../server/services/actors.ts";
import {
  actorUriOf,
  getAnnounceForFederation,
  getBlockForFederation,
  getFollowForFederation,
  getLikeForFederation,
  inboxOf,
  noteForFederation,
  type FederatedNote,
  type Inboxes,
} from "../../server/services/federation-records.ts";
import { followerInboxes } from "../../server/services/follows.ts";
import { actorDocument, extrasOfActor } from "../serving/actors.ts";
import {
  extrasOf,
  toActorDelete,
  toActorUpdate,
  toAnnounce,
  toBlock,
  toFollow,
  toFollowAnswer,
  toLike,
  toNoteActivity,
  toNoteDelete,
  toUndo,
} from "./outbound.ts";
import type { Extras } from "./wire.ts";

/** An activity that is ready to be written down, and the inboxes it goes to. */
export type Outgoing = {
  readonly id: ActivityId;
  readonly actorId: ActorId;
  readonly activity: Activity;
  readonly extras?: Extras;
  /** May be read by anybody at its own address. */
  readonly isPublic: boolean;
  readonly inboxes: readonly string[];
};

/** Turns an event into its activity; null when the fact is no longer true, or of nobody's concern elsewhere. */
export async function toOutgoing(app: App, event: OutgoingEvent): Promise<Outgoing | null> {
  switch (event.type) {
    case "note.created":
    case "note.updated":
    case "note.deleted":
      return ofNote(app, event);
    case "announce.created":
      return ofAnnounce(app, event.announceId);
    case "announce.undone":
      return ofAnnounceUndo(app, event);
    case "like.created":
      return ofLike(app, event.likeId);
    case "like.undone":
      return ofLikeUndo(app, event);
    case "follow.created":
      return ofFollow(app, event.followId);
    case "follow.undone":
    case "block.undone":
      return ofRelationUndo(app, event);
    case "follow.accepted":
    case "follow.rejected":
      return ofFollowAnswer(app, event);
    case "block.created":
      return ofBlock(app, event.blockId);
    case "actor.updated":
    case "actor.deleted":
      return ofActor(app, event);
    default:
      return event satisfies never;
  }
}

/** The events of these types. */
type Of<T extends OutgoingEvent["type"]> = Extract<OutgoingEvent, { readonly type: T }>;
type NoteEvent = Of<"note.created" | "note.updated" | "note.deleted">;

async function ofNote(app: App, event: NoteEvent): Promise<Outgoing | null> {
  const note = await noteForFederation(app, event.noteId);
  // A note that is gone before its Create was written down is told of by its Delete alone.
  if (note === null || (note.deleted && event.type !== "note.deleted")) return null;
  const activityUri = app.uris.activity(event.activityId);
  const activity =
    event.type === "note.deleted"
      ? toNoteDelete(activityUri, note, app.uris)
      : toNoteActivity(event.type === "note.created" ? "create" : "update", activityUri, note, app.uris);
  return {
    id: event.activityId,
    actorId: note.actorId,
    activity,
    extras: extrasOf(note),
    isPublic: note.visibility === "public" || note.visibility === "unlisted",
    inboxes: await inboxesOfNote(app, note),
  };
}

/**
 * Followers and the mentioned; the author of the parent too, if everybody may read the answer. A direct note goes to the
 * mentioned in person, nobody else.
 */
async function inboxesOfNote(app: App, note: FederatedNote): Promise<readonly string[]> {
  if (note.visibility === "direct") return note.mentions.flatMap((mention) => personal(mention.inboxes));
  const mentioned = note.mentions.flatMap((mention) => shared(mention.inboxes));
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  const parent = isOpen ? shared(note.replyToAuthor?.inboxes ?? null) : [];
  return [...(await followerInboxes(app, note.actorId)), ...mentioned, ...parent];
}

async function ofAnnounce(app: App, announceId: AnnounceId): Promise<Outgoing | null> {
  const announce = await getAnnounceForFederation(app, announceId);
  if (announce === null) return null;
  const { actorId, noteAuthor } = announce;
  return {
    id: asId(announceId),
    actorId,
    activity: toAnnounce(
      { ...announce, noteAuthorUri: noteAuthor?.uri ?? null },
      app.uris.followers(actorId),
    ),
    isPublic: announce.visibility === "public" || announce.visibility === "unlisted",
    inboxes: [...(await followerInboxes(app, actorId)), ...personal(noteAuthor?.inboxes ?? null)],
  };
}

/** To whoever may have heard of the boost, and never to more: no Public, since the row that knew is gone. */
async function ofAnnounceUndo(app: App, event: Of<"announce.undone">): Promise<Outgoing | null> {
  const { activityId, actorId, announceUri, noteId } = event;
  const note = await noteForFederation(app, noteId);
  const undone = new Announce({
    id: new URL(announceUri),
    actor: new URL(app.uris.actor(actorId)),
    object: urlOf(note),
  });
  const author = note === null ? [] : [note.actorUri];
  const audience = { to: [app.uris.followers(actorId)], cc: author };
  return {
    id: activityId,
    actorId,
    activity: toUndo(app.uris.activity(activityId), undone, audience),
    isPublic: false,
    inboxes: [...(await followerInboxes(app, actorId)), ...(await inboxesOfAuthor(app, note))],
  };
}

async function ofLike(app: App, likeId: LikeId): Promise<Outgoing | null> {
  const like = await getLikeForFederation(app, likeId);
  if (like === null) return null;
  const inboxes = personal(like.noteAuthor?.inboxes ?? null);
  return {
    id: asId(likeId),
    actorId: like.actorId,
    activity: toLike(like, like.noteAuthor?.uri ?? null),
    isPublic: false,
    inboxes,
  };
}

async function ofLikeUndo(app: App, event: Of<"like.undone">): Promise<Outgoing | null> {
  const { activityId, actorId, likeUri, noteId } = event;
  const note = await noteForFederation(app, noteId);
  const undone = new Like({
    id: new URL(likeUri),
    actor: new URL(app.uris.actor(actorId)),
    object: urlOf(note),
  });
  const audience = { to: note === null ? [] : [note.actorUri], cc: [] };
  const activity = toUndo(app.uris.activity(activityId), undone, audience);
  return { id: activityId, actorId, activity, isPublic: false, inboxes: await inboxesOfAuthor(app, note) };
}

async function ofFollow(app: App, followId: FollowId): Promise<Outgoing | null> {
  const follow = await getFollowForFederation(app, followId);
  if (follow === null) return null;
  const inboxes = personal(follow.targetInboxes);
  return {
    id: asId(followId),
    actorId: follow.actorId,
    activity: toFollow(follow),
    isPublic: false,
    inboxes,
  };
}

async function ofRelationUndo(
  app: App,
  event: Of<"follow.undone" | "block.undone">,
): Promise<Outgoing | null> {
  const { activityId, actorId, targetId } = event;
  const targetUri = await actorUriOf(app, targetId);
  if (targetUri === null) return null;
  const values = { actor: new URL(app.uris.actor(actorId)), object: new URL(targetUri) };
  const undone =
    event.type === "follow.undone"
      ? new Follow({ id: new URL(event.followUri), ...values })
      : new Block({ id: new URL(event.blockUri), ...values });
  const activity = toUndo(app.uris.activity(activityId), undone, { to: [targetUri], cc: [] });
  return { id: activityId, actorId, activity, isPublic: false, inboxes: await inboxesOfActor(app, targetId) };
}

async function ofFollowAnswer(
  app: App,
  event: Of<"follow.accepted" | "follow.rejected">,
): Promise<Outgoing | null> {
  const { activityId, actorId, followerId, followUri } = event;
  const followerUri = await actorUriOf(app, followerId);
  if (followerUri === null) return null;
  const answer = event.type === "follow.accepted" ? "accept" : "reject";
  const follow = { uri: followUri, actorUri: followerUri, targetUri: app.uris.actor(actorId) };
  const activity = toFollowAnswer(answer, app.uris.activity(activityId), follow);
  return {
    id: activityId,
    actorId,
    activity,
    isPublic: false,
    inboxes: await inboxesOfActor(app, followerId),
  };
}

async function ofBlock(app: App, blockId: BlockId): Promise<Outgoing | null> {
  const block = await getBlockForFederation(app, blockId);
  if (block === null) return null;
  const inboxes = personal(block.targetInboxes);
  return { id: asId(blockId), actorId: block.actorId, activity: toBlock(block), isPublic: false, inboxes };
}

async function ofActor(app: App, event: Of<"actor.updated" | "actor.deleted">): Promise<Outgoing | null> {
  const { activityId, actorId } = event;
  const activityUri = app.uris.activity(activityId);
  const inboxes = await followerInboxes(app, actorId);
  if (event.type === "actor.deleted")
    return {
      id: activityId,
      actorId,
      activity: toActorDelete(activityUri, app.uris.actor(actorId)),
      isPublic: true,
      inboxes,
    };
  const actor = await localActorForFederation(app, actorId);
  if (actor === null || actor.deleted) return null;
  const document = await actorDocument(app, actor);
  const activity = toActorUpdate(activityUri, document, app.uris, actorId);
  return { id: activityId, actorId, activity, extras: extrasOfActor(app, actor), isPublic: true, inboxes };
}

async function inboxesOfAuthor(app: App, note: FederatedNote | null): Promise<readonly string[]> {
  return note === null ? [] : inboxesOfActor(app, note.actorId);
}

async function inboxesOfActor(app: App, actorId: ActorId): Promise<readonly string[]> {
  return personal(await inboxOf(app, actorId));
}

/** Where something for one actor alone goes; local actors need no delivery. */
function personal(inboxes: Inboxes): readonly string[] {
  return inboxes === null ? [] : [inboxes.inbox];
}

/** Where something for many goes: once for all actors of a host, if it has a shared inbox. */
function shared(inboxes: Inboxes): readonly string[] {
  return inboxes === null ? [] : [inboxes.sharedInbox ?? inboxes.inbox];
}

function urlOf(note: FederatedNote | null): URL | null {
  return note === null ? null : new URL(note.uri);
}
