// What activities mean, by theme. Each listener reads the normal form and calls one service.
// May import services, domain, federation/{reading,remote,inbox/incoming}; imported by inbox/listeners.ts alone.
// This file: Follow, Accept, Reject.

import { receiveAccept, receiveFollow, receiveReject } from "../../../server/services/relations/follows.ts";
import { receiveRelayAnswer, receiveRelayFollow } from "../../../server/services/moderation/relays.ts";
import { iriOf, typesOf, webAddress } from "../../reading/json.ts";
import { embeddedObject, type Incoming } from "../incoming.ts";
import { onFeatureAnswer } from "./collections.ts";
import { onInteractionAnswer } from "./interactions.ts";

/** Somebody wants to follow one of us. */
export async function onFollow({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri === null || (await receiveRelayFollow(app, { uri, actorUri, objectUri }))) return;
  await receiveFollow(app, { uri, actorUri, objectUri });
}

/** A yes to a Follow of ours. */
export async function onAccept(incoming: Incoming): Promise<void> {
  await onAnswer(incoming, receiveAccept);
}

/** A no to a Follow of ours, also long after the yes. */
export async function onReject(incoming: Incoming): Promise<void> {
  await onAnswer(incoming, receiveReject);
}

/**
 * An answer to a Follow of ours, which may carry no more than the Follow's id (activitypub-bot, Mitra). The id is
 * matched with what is stored; nothing is fetched, and an embedded Follow is only a hint that the service checks.
 */
async function onAnswer(incoming: Incoming, receive: typeof receiveAccept): Promise<void> {
  const { app, actorUri, objectUri } = incoming;
  if ((await onInteractionAnswer(incoming)) || (await onFeatureAnswer(incoming))) return;
  const embedded = embeddedObject(incoming);
  const isFollow = embedded !== null && typesOf(embedded)[0] === "Follow";
  const follower = isFollow ? webAddress(iriOf(embedded["actor"])) : null;
  const followed = isFollow ? webAddress(iriOf(embedded["object"])) : null;
  const follow = follower === null || followed === null ? null : { actorUri: follower, objectUri: followed };
  const answer = { actorUri, followUri: objectUri, follow };
  const state = receive === receiveAccept ? "accepted" : "rejected";
  if (!(await receiveRelayAnswer(app, { ...answer, state }))) await receive(app, answer);
}
