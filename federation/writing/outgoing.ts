import type { App } from "../../server/context.ts";
import type { OutgoingEvent } from "../../server/domain/outgoing.ts";
import { ofActor } from "./outgoing/actors.ts";
import { ofReport } from "./outgoing/flags.ts";
import {
  ofInteraction,
  ofQuoteRequest,
  ofReaction,
  ofReactionUndo,
  ofRefusal,
} from "./outgoing/interactions.ts";
import {
  ofCollection,
  ofFeatureAnswer,
  ofFeatureRequest,
  ofFeatureRevocation,
  ofItem,
} from "./outgoing/collections.ts";
import { ofMove } from "./outgoing/moves.ts";
import { ofNote } from "./outgoing/notes.ts";
import { ofFeaturedTag, ofPin } from "./outgoing/pins.ts";
import { ofTallies, ofVote } from "./outgoing/polls.ts";
import { ofAnnounce, ofAnnounceUndo, ofLike, ofLikeUndo } from "./outgoing/reactions.ts";
import type { Of, Outgoing } from "./outgoing/recipients.ts";
import { ofRelayAccept, ofRelayAnnounce, ofRelayFollow, ofRelayUndo } from "./outgoing/relays.ts";
import { ofBlock, ofFollow, ofFollowAnswer, ofRelationUndo } from "./outgoing/relations.ts";

type Makers = {
  readonly [T in OutgoingEvent["type"]]: (app: App, event: Of<T>) => Promise<Outgoing | null>;
};

/** What becomes of each event. */
const MAKERS: Makers = {
  "note.created": ofNote,
  "note.updated": ofNote,
  "note.deleted": ofNote,
  "poll.tallied": ofTallies,
  "vote.cast": ofVote,
  "announce.created": ofAnnounce,
  "announce.undone": ofAnnounceUndo,
  "like.created": ofLike,
  "like.undone": ofLikeUndo,
  "reaction.created": ofReaction,
  "reaction.undone": ofReactionUndo,
  "quote.requested": ofQuoteRequest,
  "interaction.accepted": ofInteraction,
  "interaction.rejected": ofInteraction,
  "interaction.revoked": ofInteraction,
  "interaction.refused": ofRefusal,
  "follow.created": ofFollow,
  "follow.undone": ofRelationUndo,
  "follow.accepted": ofFollowAnswer,
  "follow.rejected": ofFollowAnswer,
  "block.created": ofBlock,
  "block.undone": ofRelationUndo,
  "note.pinned": ofPin,
  "note.unpinned": ofPin,
  "tag.featured": ofFeaturedTag,
  "tag.unfeatured": ofFeaturedTag,
  "actor.moved": ofMove,
  "feature.requested": ofFeatureRequest,
  "feature.accepted": ofFeatureAnswer,
  "feature.rejected": ofFeatureAnswer,
  "feature.revoked": ofFeatureRevocation,
  "collection.added": ofCollection,
  "collection.updated": ofCollection,
  "collection.removed": ofCollection,
  "item.added": ofItem,
  "item.removed": ofItem,
  "report.forwarded": ofReport,
  "relay.followed": ofRelayFollow,
  "relay.left": ofRelayUndo,
  "relay.accepted": ofRelayAccept,
  "relay.announced": ofRelayAnnounce,
  "actor.updated": ofActor,
  "actor.deleted": ofActor,
};

/** Turns an event into its activity; null when the fact is no longer true, or of nobody's concern elsewhere. */
export async function toOutgoing(app: App, event: OutgoingEvent): Promise<Outgoing | null> {
  // The table's type pairs each maker with its own event.
  const make = MAKERS[event.type] as (app: App, event: OutgoingEvent) => Promise<Outgoing | null>;
  return make(app, event);
}
