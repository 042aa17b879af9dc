import { Add, Remove } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import type { ActivityId, ActorId } from "../../../server/domain/ids.ts";
import { PUBLIC_COLLECTION } from "../../../server/domain/visibility.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { toHashtag } from "../actors.ts";
import type { Extras } from "../wire.ts";
import type { Of, Outgoing } from "./recipients.ts";

/** A pinned note, or one that is pinned no more, for followers. */
export async function ofPin(app: App, event: Of<"note.pinned" | "note.unpinned">): Promise<Outgoing> {
  const type = event.type === "note.pinned" ? Add : Remove;
  return change(app, event, type, { object: new URL(event.noteUri) });
}

/**
 * A tag on the profile, or off it. `target` is the same as for notes: Mastodon tells them apart by the type of the object,
 * which the vocabulary has as a Link and not as an object.
 */
export async function ofFeaturedTag(
  app: App,
  event: Of<"tag.featured" | "tag.unfeatured">,
): Promise<Outgoing> {
  const type = event.type === "tag.featured" ? Add : Remove;
  return change(app, event, type, {}, { top: { object: toHashtag(event, app.uris) } });
}

async function change(
  app: App,
  { activityId, actorId }: { readonly activityId: ActivityId; readonly actorId: ActorId },
  Type: typeof Add | typeof Remove,
  content: { readonly object?: URL },
  extras: Extras = {},
): Promise<Outgoing> {
  const activity = new Type({
    id: new URL(app.uris.activity(activityId)),
    actor: new URL(app.uris.actor(actorId)),
    ...content,
    target: new URL(app.uris.featured(actorId)),
    tos: [new URL(PUBLIC_COLLECTION)],
    ccs: [new URL(app.uris.followers(actorId))],
  });
  const inboxes = await followerInboxes(app, actorId);
  return { id: activityId, actorId, activity, extras, isPublic: true, inboxes };
}
