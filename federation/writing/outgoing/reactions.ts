import { Announce, Like } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import { noteForFederation } from "../../../server/services/federation/federated-notes.ts";
import {
  getAnnounceForFederation,
  getLikeForFederation,
  inboxOf,
} from "../../../server/services/federation/federation-records.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { toAnnounce, toLike, toUndo } from "../outbound.ts";
import { inboxesOfAuthor, personal, shared, urlOf, type Of, type Outgoing } from "./recipients.ts";

/** A boost, for followers and the author. */
export async function ofAnnounce(app: App, { announceId }: Of<"announce.created">): Promise<Outgoing | null> {
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
    inboxes: [...(await followerInboxes(app, actorId)), ...shared(noteAuthor?.inboxes ?? null)],
  };
}

/** To whoever may have heard of the boost, and never to more: no Public, since the row that knew is gone. */
export async function ofAnnounceUndo(app: App, event: Of<"announce.undone">): Promise<Outgoing | null> {
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
    inboxes: [
      ...(await followerInboxes(app, actorId)),
      ...shared(note === null ? null : await inboxOf(app, note.actorId)),
    ],
  };
}

/** A like, for the author. */
export async function ofLike(app: App, { likeId }: Of<"like.created">): Promise<Outgoing | null> {
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

/** A like taken back. */
export async function ofLikeUndo(app: App, event: Of<"like.undone">): Promise<Outgoing | null> {
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
