import type { App } from "../../../server/context.ts";
import { blockerInboxes } from "../../../server/services/moves/moved-relations.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { toMove } from "../actors.ts";
import type { Of, Outgoing } from "./recipients.ts";

/** A move to another home, for followers and, as Mastodon does it, for those who block: their servers take the block along. */
export async function ofMove(app: App, event: Of<"actor.moved">): Promise<Outgoing> {
  const { activityId, actorId, targetUri } = event;
  const activity = toMove(app.uris.activity(activityId), {
    actorUri: app.uris.actor(actorId),
    targetUri,
    followersUri: app.uris.followers(actorId),
  });
  const inboxes = [
    ...new Set([...(await followerInboxes(app, actorId)), ...(await blockerInboxes(app, actorId))]),
  ];
  return { id: activityId, actorId, activity, isPublic: true, inboxes };
}
