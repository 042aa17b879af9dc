import type { App } from "../../server/context.ts";
import type { OutgoingEvent } from "../../server/domain/outgoing.ts";
import { ofActor } from "./outgoing/actors.ts";
import { ofNote } from "./outgoing/notes.ts";
import { ofAnnounce, ofAnnounceUndo, ofLike, ofLikeUndo } from "./outgoing/reactions.ts";
import type { Of, Outgoing } from "./outgoing/recipients.ts";
import { ofBlock, ofFollow, ofFollowAnswer, ofRelationUndo } from "./outgoing/relations.ts";

type Makers = {
  readonly [T in OutgoingEvent["type"]]: (app: App, event: Of<T>) => Promise<Outgoing | null>;
};

/** What becomes of each event. */
const MAKERS: Makers = {
  "note.created": ofNote,
  "note.updated": ofNote,
  "note.deleted": ofNote,
  "announce.created": ofAnnounce,
  "announce.undone": ofAnnounceUndo,
  "like.created": ofLike,
  "like.undone": ofLikeUndo,
  "follow.created": ofFollow,
  "follow.undone": ofRelationUndo,
  "follow.accepted": ofFollowAnswer,
  "follow.rejected": ofFollowAnswer,
  "block.created": ofBlock,
  "block.undone": ofRelationUndo,
  "actor.updated": ofActor,
  "actor.deleted": ofActor,
};

/** Turns an event into its activity; null when the fact is no longer true, or of nobody's concern elsewhere. */
export async function toOutgoing(app: App, event: OutgoingEvent): Promise<Outgoing | null> {
  // The table's type pairs each maker with its own event.
  const make = MAKERS[event.type] as (app: App, event: OutgoingEvent) => Promise<Outgoing | null>;
  return make(app, event);
}
