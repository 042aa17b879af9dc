import { z } from "zod";
import type { App } from "../../server/context.ts";
import type { Relationship as Relation, Viewer } from "../../server/domain/actor.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { setComment } from "../../server/services/relations/comments.ts";
import {
  answerFollowRequest,
  followActor,
  removeFollower,
  unfollowActor,
} from "../../server/services/relations/follows.ts";
import {
  blockActor,
  muteActor,
  unblockActor,
  unmuteActor,
} from "../../server/services/relations/relationships.ts";
import { type AnyEndpoint, answer, endpoint } from "../endpoint.ts";
import { Relationship } from "../entities/account.ts";
import { flag, givenList, pathId, text, whole } from "../kinds.ts";
import { toRelationship } from "../serialize/account.ts";

const SECOND = 1_000;
/** Longer mutes are for good as far as anybody remembers. */
const LONGEST_MUTE_S = 10 * 365 * 24 * 3_600;
const somebody = { id: pathId<ActorId>() };

/** Does something between the person and somebody else, and answers how they stand to each other then. */
function acting(
  scope: string,
  summary: string,
  act: (app: App, viewer: Viewer, actorId: ActorId) => Promise<Relation>,
): AnyEndpoint {
  return endpoint({
    who: "user",
    scopes: [scope],
    summary,
    params: z.object(somebody),
    returns: Relationship,
    run: async ({ app, viewer, params: { id } }) => answer(toRelationship(id, await act(app, viewer, id))),
  });
}

export const postFollow = endpoint({
  who: "user",
  scopes: ["write:follows"],
  summary: "Follows somebody, asks to, or changes what the follow brings",
  params: z.object({
    ...somebody,
    reblogs: flag,
    notify: flag,
    languages: givenList(z.string().max(40), 50),
  }),
  returns: Relationship,
  run: async ({ app, viewer, params: { id, reblogs, notify, languages } }) => {
    const wish = { showsAnnounces: reblogs, notifies: notify, languages };
    return answer(toRelationship(id, await followActor(app, viewer, id, wish)));
  },
});

export const postMute = endpoint({
  who: "user",
  scopes: ["write:mutes"],
  summary: "Hides somebody's statuses, and their notifications unless told otherwise; 0 seconds are for good",
  params: z.object({ ...somebody, notifications: flag, duration: whole(0, LONGEST_MUTE_S) }),
  returns: Relationship,
  run: async ({ app, viewer, params: { id, notifications, duration = 0 } }) => {
    const mute = {
      forMs: duration === 0 ? undefined : duration * SECOND,
      hidesNotifications: notifications,
    };
    return answer(toRelationship(id, await muteActor(app, viewer, id, mute)));
  },
});

export const postComment = endpoint({
  who: "user",
  scopes: ["write:accounts"],
  summary: "Notes down something about somebody, for the person's own eyes",
  params: z.object({ ...somebody, comment: text }),
  returns: Relationship,
  run: async ({ app, viewer, params: { id, comment = "" } }) =>
    answer(toRelationship(id, await setComment(app, viewer, id, comment))),
});

export const postUnfollow = acting("write:follows", "Follows somebody no more", unfollowActor);
export const postRemoveFollower = acting("write:follows", "Ends somebody's follow", removeFollower);
export const postBlock = acting("write:blocks", "Blocks somebody; follows end both ways", blockActor);
export const postUnblock = acting("write:blocks", "Takes a block back", unblockActor);
export const postUnmute = acting("write:mutes", "Takes a mute back", unmuteActor);
export const authorizeRequest = acting("write:follows", "Accepts a follow request", (app, viewer, id) =>
  answerFollowRequest(app, viewer, id, "accept"),
);
export const rejectRequest = acting("write:follows", "Rejects a follow request", (app, viewer, id) =>
  answerFollowRequest(app, viewer, id, "reject"),
);
