import { Announce, Block, Emoji, Follow, Like, Object as AsObject } from "@fedify/vocab";
import type { App } from "../../server/context.ts";
import {
  parseId,
  type ActivityId,
  type AnnounceId,
  type BlockId,
  type FollowId,
  type LikeId,
  type EmojiId,
  type NoteId,
} from "../../server/domain/ids.ts";
import { getActivity } from "../../server/services/federation/deliveries.ts";
import { emojiForFederation } from "../../server/services/notes/emojis.ts";
import { noteForFederation, type FederatedNote } from "../../server/services/federation/federated-notes.ts";
import {
  getAnnounceForFederation,
  getBlockForFederation,
  getFollowForFederation,
  getLikeForFederation,
} from "../../server/services/federation/federation-records.ts";
import { findLocalActor, isShownActor } from "./actors.ts";
import { embeddedReplies } from "./collections/conversations.ts";
import type { DoorData, DoorFederation } from "./door.ts";
import { isJson, readStored, sameOrigin } from "../reading/json.ts";
import { extrasOf, toEmoji, toNote } from "../writing/notes.ts";
import { toAnnounce, toBlock, toFollow, toLike } from "../writing/outbound.ts";
import { maySignerSee } from "./reader.ts";
import { activityJson, bare } from "./responses.ts";

/** Registers notes and the activities that have addresses of their own. "May not see it" and "is not" are both null. */
export function registerObjects(federation: DoorFederation): void {
  federation.setObjectDispatcher(Emoji, "/emojis/{id}", (context, { id }) =>
    dispatchEmoji(context.data.app, id),
  );
  federation.setObjectDispatcher(AsObject, "/notes/{id}", (context, { id }) =>
    dispatchNote(context.data, id),
  );
  federation.setObjectDispatcher(Follow, "/follows/{id}", (context, { id }) =>
    dispatchFollow(context.data, id),
  );
  federation.setObjectDispatcher(Like, "/likes/{id}", (context, { id }) =>
    dispatchLike(context.data.app, id),
  );
  federation.setObjectDispatcher(Announce, "/announces/{id}", (context, { id }) =>
    dispatchAnnounce(context.data.app, id),
  );
  federation.setObjectDispatcher(Block, "/blocks/{id}", (context, { id }) => dispatchBlock(context.data, id));
}

/**
 * An activity as it was sent, if anybody may read it. Of who is suspended or gone nothing is shown any more, except that
 * they are gone: servers look that up before they believe it. What carries a note is shown as long as the note is.
 */
export async function answerActivity(app: App, idText: string): Promise<Response> {
  const id = parseId<ActivityId>(idText);
  const activity = id === null ? null : await getActivity(app, id);
  const json: unknown = activity?.public === true ? readStored(activity.body) : null;
  if (activity === null || !isJson(json)) return bare(404);
  const isTold = json["type"] === "Delete" || (await isShownActor(app, activity.actorId));
  return isTold && (await isCarriedShown(app, json)) ? activityJson(json, true) : bare(404);
}

/** False for a Create or Update whose note moderators hid, or that waits for them (its text would be read here instead). */
async function isCarriedShown(app: App, activity: Readonly<Record<string, unknown>>): Promise<boolean> {
  const { object } = activity;
  const uri = isJson(object) && typeof object["id"] === "string" ? object["id"] : "";
  const prefix = `${app.config.origin}/notes/`;
  if (!uri.startsWith(prefix)) return true;
  const id = parseId<NoteId>(uri.slice(prefix.length));
  const note = id === null ? null : await noteForFederation(app, id);
  return note === null || !note.hidden;
}

/** The page of a note for people; null when not everybody may see it, so that its address says nothing. */
export async function pageOfNote(app: App, idText: string): Promise<string | null> {
  const note = await findNote(app, idText);
  return note !== null && !note.deleted && isForAll(note) ? note.url : null;
}

async function findNote(app: App, idText: string): Promise<FederatedNote | null> {
  const id = parseId<NoteId>(idText);
  const note = id === null ? null : await noteForFederation(app, id);
  return note?.local === true && !note.hidden ? note : null;
}

async function dispatchNote(data: DoorData, idText: string): Promise<AsObject | null> {
  const { app } = data;
  const note = await findNote(app, idText);
  if (note === null) return null;
  // A private note that is gone looks like one that never was (threats PRV-05).
  if (note.deleted) data.goneUri = isForAll(note) ? note.uri : null;
  if (note.deleted) return null;
  const isAsked = !isForAll(note) || app.config.authorizedFetch;
  if (isAsked && !(await maySignerSee(app, data.signer, note.id))) return null;
  data.isPrivate ||= !isForAll(note);
  const extras = extrasOf(note);
  data.extras = { ...extras, note: { ...extras.note, replies: await embeddedReplies(data, note.id) } };
  return toNote(note, app.uris);
}

/** Ours only, those out of use too: texts still have them. */
async function dispatchEmoji(app: App, idText: string): Promise<Emoji | null> {
  const id = parseId<EmojiId>(idText);
  const emoji = id === null ? null : await emojiForFederation(app, id);
  return emoji === null ? null : toEmoji(emoji);
}

/** Of who does not list whom they follow, only the server that got the Follow may look it up. */
async function dispatchFollow(data: DoorData, idText: string): Promise<Follow | null> {
  const { app } = data;
  const id = parseId<FollowId>(idText);
  const follow = id === null ? null : await getFollowForFederation(app, id);
  if (follow === null || !sameOrigin(follow.uri, app.config.origin)) return null;
  const actor = await findLocalActor(app, String(follow.actorId));
  if (actor === null || actor.deleted || actor.suspended) return null;
  if (!actor.hidesRelations) return toFollow(follow);
  data.isPrivate = true;
  const signer = await data.signer();
  return signer !== null && sameOrigin(signer, follow.targetUri) ? toFollow(follow) : null;
}

async function dispatchLike(app: App, idText: string): Promise<Like | null> {
  const id = parseId<LikeId>(idText);
  const like = id === null ? null : await getLikeForFederation(app, id);
  if (like === null || !sameOrigin(like.uri, app.config.origin)) return null;
  if (!(await isShownActor(app, like.actorId))) return null;
  // A like of a private note would say that the note is there.
  const note = await noteForFederation(app, like.noteId);
  return note !== null && !note.hidden && isForAll(note) ? toLike(like, like.noteAuthor?.uri ?? null) : null;
}

async function dispatchAnnounce(app: App, idText: string): Promise<Announce | null> {
  const id = parseId<AnnounceId>(idText);
  const announce = id === null ? null : await getAnnounceForFederation(app, id);
  if (announce === null || !sameOrigin(announce.uri, app.config.origin) || !isForAll(announce)) return null;
  if (!(await isShownActor(app, announce.actorId))) return null;
  const noteAuthorUri = announce.noteAuthor?.uri ?? null;
  return toAnnounce({ ...announce, noteAuthorUri }, app.uris.followers(announce.actorId));
}

/** Blocks are nobody's business but the two sides' (threats AUZ-16). */
async function dispatchBlock(data: DoorData, idText: string): Promise<Block | null> {
  const id = parseId<BlockId>(idText);
  const block = id === null ? null : await getBlockForFederation(data.app, id);
  if (block === null || !sameOrigin(block.uri, data.app.config.origin)) return null;
  data.isPrivate = true;
  return (await data.signer()) === block.targetUri ? toBlock(block) : null;
}

function isForAll(thing: Pick<FederatedNote, "visibility">): boolean {
  return thing.visibility === "public" || thing.visibility === "unlisted";
}
