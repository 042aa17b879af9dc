// Events as activities with their recipients, by theme: each file turns the events of its theme into `Outgoing`.
// May import services, domain and federation/writing; imported by writing/outgoing.ts alone.
// This file: profiles.

import type { App } from "../../../server/context.ts";
import { localActorForFederation } from "../../../server/services/actors/local-actors.ts";
import { acquaintedInboxes } from "../../../server/services/federation/reach.ts";
import { blockerInboxes } from "../../../server/services/moves/moved-relations.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { actorDocument } from "../../serving/actors.ts";
import { extrasOfActor, toActorDelete, toActorUpdate } from "../actors.ts";
import type { Of, Outgoing } from "./recipients.ts";

/** A changed profile, for followers; a deleted one for every server that ever heard of it from us. */
export async function ofActor(
  app: App,
  event: Of<"actor.updated" | "actor.deleted">,
): Promise<Outgoing | null> {
  const { activityId, actorId } = event;
  const activityUri = app.uris.activity(activityId);
  if (event.type === "actor.deleted")
    return {
      id: activityId,
      actorId,
      activity: toActorDelete(activityUri, app.uris.actor(actorId)),
      isPublic: true,
      inboxes: await acquaintedInboxes(app, actorId),
    };
  const actor = await localActorForFederation(app, actorId);
  if (actor === null || actor.deleted) return null;
  const document = await actorDocument(app, actor);
  const activity = toActorUpdate(activityUri, document, app.uris, actorId);
  const extras = extrasOfActor(actor, app.config.handleHost, app.uris);
  // Who moves is blocked at the new home only where the old profile says so as well.
  const blockers = actor.movedToUri === null ? [] : await blockerInboxes(app, actorId);
  const inboxes = [...new Set([...(await followerInboxes(app, actorId)), ...blockers])];
  return { id: activityId, actorId, activity, extras, isPublic: true, inboxes };
}
