// What activities mean, by theme. Each listener reads the normal form and calls one service.
// May import services, domain, federation/{reading,remote,inbox/incoming}; imported by inbox/listeners.ts alone.
// This file: Follow, Accept, Reject.

import { receiveAccept, receiveFollow, receiveReject } from "../../../server/services/follows.ts";
import { iriOf, typesOf, webAddress } from "../../reading/json.ts";
import { embeddedObject, type Incoming } from "../incoming.ts";

/** Somebody wants to follow one of us. */
export async function onFollow({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveFollow(app, { uri, actorUri, objectUri });
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
 * An answer to a Follow of ours, which may carry no more than the Follow's id. The id is matched with what is stored;
 * nothing is fetched, and an embedded Follow is only a hint that the service checks.
 */
async function onAnswer(incoming: Incoming, receive: typeof receiveAccept): Promise<void> {
  const { app, actorUri, objectUri } = incoming;
  const embedded = embeddedObject(incoming);
  const isFollow = embedded !== null && typesOf(embedded)[0] === "Follow";
  const follower = isFollow ? webAddress(iriOf(embedded["actor"])) : null;
  const followed = isFollow ? webAddress(iriOf(embedded["object"])) : null;
  const follow = follower === null || followed === null ? null : { actorUri: follower, objectUri: followed };
  await receive(app, { actorUri, followUri: objectUri, follow });
}
