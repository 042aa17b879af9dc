// Events as activities with their recipients, by theme: each file turns the events of its theme into `Outgoing`.
// May import services, domain and federation/writing; imported by writing/outgoing.ts alone.
// This file: profiles.

import type { App } from "../../../server/context.ts";
import { localActorForFederation } from "../../../server/services/actors/local-actors.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { actorDocument } from "../../serving/actors.ts";
import { extrasOfActor, toActorDelete, toActorUpdate } from "../actors.ts";
import type { Of, Outgoing } from "./recipients.ts";

/** A changed or deleted profile, for followers. */
export async function ofActor(
  app: App,
  event: Of<"actor.updated" | "actor.deleted">,
): Promise<Outgoing | null> {
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
  const extras = extrasOfActor(actor, app.config.handleHost, app.uris);
  return { id: activityId, actorId, activity, extras, isPublic: true, inboxes };
}
