import { Like } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import {
  interactionForFederation,
  quotedForFederation,
} from "../../../server/services/consent/consent-records.ts";
import { noteForFederation } from "../../../server/services/federation/federated-notes.ts";
import { actorUriOf, inboxOf } from "../../../server/services/federation/federation-records.ts";
import { followerInboxes } from "../../../server/services/relations/follows.ts";
import { reactionForFederation } from "../../../server/services/reactions/reaction-records.ts";
import { extrasOf, toNote } from "../notes.ts";
import { toUndo } from "../outbound.ts";
import { isOpenInteraction, toApproval, toRefusal, toRevocation } from "../policies.ts";
import { toQuoteRequest } from "../quotes.ts";
import { reactionExtras, toReaction } from "../reactions.ts";
import {
  inboxesOfActor,
  inboxesOfAuthor,
  personal,
  shared,
  urlOf,
  type Of,
  type Outgoing,
} from "./recipients.ts";

/** A reaction with an emoji, for the author. */
export async function ofReaction(app: App, { reactionId }: Of<"reaction.created">): Promise<Outgoing | null> {
  const reaction = await reactionForFederation(app, reactionId);
  if (reaction === null) return null;
  return {
    id: asId(reactionId),
    actorId: reaction.actorId,
    activity: toReaction(reaction),
    extras: reactionExtras(reaction.name),
    isPublic: false,
    inboxes: await inboxesOfActor(app, reaction.authorId),
  };
}

/** A reaction taken back. */
export async function ofReactionUndo(app: App, event: Of<"reaction.undone">): Promise<Outgoing | null> {
  const { activityId, actorId, reactionUri, noteId, name } = event;
  const note = await noteForFederation(app, noteId);
  const undone = new Like({
    id: new URL(reactionUri),
    actor: new URL(app.uris.actor(actorId)),
    object: urlOf(note),
    content: name,
  });
  const audience = { to: note === null ? [] : [note.actorUri], cc: [] };
  const activity = toUndo(app.uris.activity(activityId), undone, audience);
  return { id: activityId, actorId, activity, isPublic: false, inboxes: await inboxesOfAuthor(app, note) };
}

/** A QuoteRequest, for the author of what is quoted. */
export async function ofQuoteRequest(app: App, event: Of<"quote.requested">): Promise<Outgoing | null> {
  const note = await noteForFederation(app, event.noteId);
  const quoted = await quotedForFederation(app, event.noteId);
  if (note === null || note.deleted || quoted === null) return null;
  return {
    id: event.activityId,
    actorId: note.actorId,
    activity: toQuoteRequest({
      uri: app.uris.quoteRequest(event.noteId),
      actorUri: note.actorUri,
      quotedUri: quoted.uri,
      quotedAuthorUri: quoted.authorUri,
      note: toNote(note, app.uris),
    }),
    extras: extrasOf(note),
    isPublic: false,
    inboxes: await inboxesOfActor(app, quoted.authorId),
  };
}

type Answered = Of<"interaction.accepted" | "interaction.rejected" | "interaction.revoked">;

/** A yes, a no, or a yes taken back, for who asked; what everybody may know also for followers. */
export async function ofInteraction(app: App, event: Answered): Promise<Outgoing | null> {
  const one = await interactionForFederation(app, event.interactionId);
  if (one === null) return null;
  const activityUri = app.uris.activity(event.activityId);
  const followersUri = app.uris.followers(one.authorId);
  const asker = await inboxOf(app, one.byActorId);
  const base = { id: event.activityId, actorId: one.authorId };
  if (event.type === "interaction.rejected")
    return { ...base, activity: toRefusal(activityUri, one), isPublic: false, inboxes: personal(asker) };
  const isOpen = isOpenInteraction(one);
  const followers = isOpen ? await followerInboxes(app, one.authorId) : [];
  if (event.type === "interaction.revoked")
    return {
      ...base,
      activity: toRevocation(activityUri, followersUri, one),
      isPublic: isOpen,
      inboxes: [...shared(asker), ...followers],
    };
  const isBroadcast = one.requestUri === null;
  return {
    ...base,
    activity: toApproval(activityUri, followersUri, one),
    isPublic: isBroadcast && isOpen,
    inboxes: isBroadcast ? [...shared(asker), ...followers] : personal(asker),
  };
}

/** A no by policy, for who asked. */
export async function ofRefusal(app: App, event: Of<"interaction.refused">): Promise<Outgoing | null> {
  const note = await noteForFederation(app, event.noteId);
  const byActorUri = await actorUriOf(app, event.byActorId);
  if (note === null || byActorUri === null) return null;
  const one = {
    verb: event.verb,
    requestUri: event.requestUri,
    objectUri: event.objectUri,
    noteUri: note.uri,
    authorUri: note.actorUri,
    byActorUri,
  };
  return {
    id: event.activityId,
    actorId: note.actorId,
    activity: toRefusal(app.uris.activity(event.activityId), one),
    isPublic: false,
    inboxes: await inboxesOfActor(app, event.byActorId),
  };
}
