import { Accept, Announce, Follow, Undo } from "@fedify/vocab";
import type { App } from "../../../server/context.ts";
import { asId } from "../../../server/domain/ids.ts";
import { PUBLIC_COLLECTION } from "../../../server/domain/visibility.ts";
import { noteForFederation } from "../../../server/services/federation/federated-notes.ts";
import { announcedInboxes, findRelay, followedBy } from "../../../server/services/moderation/relays.ts";
import { getInstanceActorId } from "../../../server/services/accounts/settings.ts";
import { toInstant } from "../../reading/time.ts";
import type { Of, Outgoing } from "./recipients.ts";

/** The Follow by which a relay is asked (FEP-ae0c). Its id can be fetched for as long as activities are kept. */
export async function ofRelayFollow(app: App, event: Of<"relay.followed">): Promise<Outgoing | null> {
  const relay = await findRelay(app, event.relayId);
  if (relay === null) return null;
  const actorId = await getInstanceActorId(app);
  const object = followedBy(relay);
  return {
    id: asId(event.relayId),
    actorId,
    activity: new Follow({
      id: new URL(relay.followUri),
      actor: new URL(app.uris.actor(actorId)),
      object: new URL(object),
      ...(relay.actorUri === null ? {} : { to: new URL(relay.actorUri) }),
    }),
    // Relays compare with the full IRI, which the vocabulary would shorten.
    extras: { top: { object } },
    isPublic: true,
    inboxes: [relay.inboxUri],
  };
}

/** The Follow of a relay taken back. */
export async function ofRelayUndo(app: App, event: Of<"relay.left">): Promise<Outgoing> {
  const actorId = await getInstanceActorId(app);
  const actor = app.uris.actor(actorId);
  const undone = { id: event.followUri, type: "Follow", actor, object: event.objectUri };
  return {
    id: event.activityId,
    actorId,
    activity: new Undo({ id: new URL(app.uris.activity(event.activityId)), actor: new URL(actor) }),
    extras: { top: { object: undone } },
    isPublic: false,
    inboxes: [event.inbox],
  };
}

/** Yes to a relay that follows back. */
export async function ofRelayAccept(app: App, event: Of<"relay.accepted">): Promise<Outgoing> {
  const actorId = await getInstanceActorId(app);
  const actor = new URL(app.uris.actor(actorId));
  const relay = new URL(event.relayActorUri);
  return {
    id: event.activityId,
    actorId,
    activity: new Accept({
      id: new URL(app.uris.activity(event.activityId)),
      actor,
      object: new Follow({ id: new URL(event.followUri), actor: relay, object: actor }),
      to: relay,
    }),
    isPublic: false,
    inboxes: [event.inbox],
  };
}

/** A public note by its id, for relays of LitePub's style: they and their other members read it here. */
export async function ofRelayAnnounce(app: App, event: Of<"relay.announced">): Promise<Outgoing | null> {
  const note = await noteForFederation(app, event.noteId);
  if (note === null || note.deleted || note.hidden || note.visibility !== "public") return null;
  const actorId = await getInstanceActorId(app);
  return {
    id: event.activityId,
    actorId,
    activity: new Announce({
      id: new URL(app.uris.activity(event.activityId)),
      actor: new URL(app.uris.actor(actorId)),
      object: new URL(note.uri),
      published: toInstant(note.publishedAt),
      tos: [new URL(PUBLIC_COLLECTION)],
      ccs: [new URL(app.uris.followers(actorId))],
    }),
    isPublic: true,
    inboxes: await announcedInboxes(app),
  };
}
