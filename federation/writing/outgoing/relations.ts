import { Block, Follow } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import {
  actorUriOf,
  getBlockForFederation,
  getFollowForFederation,
} from "../../../server/services/federation/federation-records.ts";
import { toBlock, toFollow, toFollowAnswer, toUndo } from "../outbound.ts";
import { inboxesOfActor, personal, type Of, type Outgoing } from "./recipients.ts";

/** A follow, for whom it is about. */
export async function ofFollow(app: App, { followId }: Of<"follow.created">): Promise<Outgoing | null> {
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

/** A follow or block taken back. */
export async function ofRelationUndo(
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

/** Our answer to somebody who wants to follow. */
export async function ofFollowAnswer(
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

/** A block, for the blocked alone. */
export async function ofBlock(app: App, { blockId }: Of<"block.created">): Promise<Outgoing | null> {
  const block = await getBlockForFederation(app, blockId);
  if (block === null) return null;
  const inboxes = personal(block.targetInboxes);
  return { id: asId(blockId), actorId: block.actorId, activity: toBlock(block), isPublic: false, inboxes };
}
