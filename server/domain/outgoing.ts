import type {
  ActivityId,
  ActorId,
  AnnounceId,
  BlockId,
  CollectionId,
  CollectionItemId,
  FollowId,
  InteractionId,
  LikeId,
  NoteId,
  ReactionId,
  RelayId,
  ReportId,
  VoteId,
} from "./ids.ts";
import type { Verb } from "./policy.ts";

/**
 * What happened here that other servers must hear of. Written as a job in the same transaction as the fact;
 * the federation door turns it into an activity. Whatever the fact's row can no longer say after it is gone is in the event.
 * Ids of activities are fixed when the event is written, so a repeated delivery carries the same id.
 */
export type OutgoingEvent =
  | { readonly type: "note.created"; readonly activityId: ActivityId; readonly noteId: NoteId }
  | { readonly type: "note.updated"; readonly activityId: ActivityId; readonly noteId: NoteId }
  | {
      readonly type: "note.deleted";
      readonly activityId: ActivityId;
      readonly noteId: NoteId;
      /** Of those elsewhere who did something with it: what they did is gone with it. */
      readonly reached?: readonly string[];
    }
  /** The tallies of a poll of ours changed, or it ended. */
  | { readonly type: "poll.tallied"; readonly activityId: ActivityId; readonly noteId: NoteId }
  /** Somebody here voted in a poll elsewhere. */
  | { readonly type: "vote.cast"; readonly activityId: ActivityId; readonly voteId: VoteId }
  | { readonly type: "announce.created"; readonly announceId: AnnounceId }
  | {
      readonly type: "announce.undone";
      readonly activityId: ActivityId;
      readonly announceUri: string;
      readonly actorId: ActorId;
      readonly noteId: NoteId;
    }
  | { readonly type: "like.created"; readonly likeId: LikeId }
  | {
      readonly type: "like.undone";
      readonly activityId: ActivityId;
      readonly likeUri: string;
      readonly actorId: ActorId;
      readonly noteId: NoteId;
    }
  | { readonly type: "reaction.created"; readonly reactionId: ReactionId }
  | {
      readonly type: "reaction.undone";
      readonly activityId: ActivityId;
      readonly reactionUri: string;
      readonly name: string;
      readonly actorId: ActorId;
      readonly noteId: NoteId;
    }
  | {
      /** May the note quote what it quotes? To the author of that. */
      readonly type: "quote.requested";
      readonly activityId: ActivityId;
      readonly noteId: NoteId;
    }
  | {
      readonly type: "interaction.accepted" | "interaction.rejected" | "interaction.revoked";
      readonly activityId: ActivityId;
      readonly interactionId: InteractionId;
    }
  | {
      /** A no that needs no row: the policy says no to everybody of that kind. */
      readonly type: "interaction.refused";
      readonly activityId: ActivityId;
      readonly verb: Verb;
      readonly requestUri: string;
      readonly objectUri: string;
      readonly byActorId: ActorId;
      readonly noteId: NoteId;
    }
  | { readonly type: "follow.created"; readonly followId: FollowId }
  | {
      readonly type: "follow.undone";
      readonly activityId: ActivityId;
      readonly followUri: string;
      readonly actorId: ActorId;
      readonly targetId: ActorId;
    }
  | {
      /** `actorId` is ours and answers a Follow of the remote `followerId`. */
      readonly type: "follow.accepted" | "follow.rejected";
      readonly activityId: ActivityId;
      readonly followUri: string;
      readonly actorId: ActorId;
      readonly followerId: ActorId;
    }
  | { readonly type: "block.created"; readonly blockId: BlockId }
  | {
      readonly type: "block.undone";
      readonly activityId: ActivityId;
      readonly blockUri: string;
      readonly actorId: ActorId;
      readonly targetId: ActorId;
    }
  | {
      readonly type: "report.forwarded";
      readonly activityId: ActivityId;
      readonly reportId: ReportId;
      /** What a moderator chose to send of it; left out = as it was written. */
      readonly content?: {
        readonly comment: string;
        readonly language: string | null;
        readonly objectUris: readonly string[];
      };
    }
  | { readonly type: "relay.followed"; readonly relayId: RelayId }
  | {
      readonly type: "relay.left";
      readonly activityId: ActivityId;
      readonly followUri: string;
      /** The relay's actor, or Public. */
      readonly objectUri: string;
      readonly inbox: string;
    }
  | {
      /** The instance actor's yes to a relay that follows back (FEP-ae0c, LitePub). */
      readonly type: "relay.accepted";
      readonly activityId: ActivityId;
      readonly followUri: string;
      readonly relayActorUri: string;
      readonly inbox: string;
    }
  | {
      /** A public note for the relays that want it announced. */
      readonly type: "relay.announced";
      readonly activityId: ActivityId;
      readonly noteId: NoteId;
    }
  | {
      /** A note on the profile of its author, or off it. */
      readonly type: "note.pinned" | "note.unpinned";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly noteUri: string;
    }
  | {
      readonly type: "tag.featured" | "tag.unfeatured";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly tag: string;
      /** As written, without `#`. */
      readonly name: string;
    }
  | {
      readonly type: "actor.moved";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly targetUri: string;
    }
  | {
      /** May somebody stand in a collection of ours? To them. */
      readonly type: "feature.requested";
      readonly itemId: CollectionItemId;
    }
  | {
      /** Somebody here may, or may not, stand in a collection elsewhere. To its owner. */
      readonly type: "feature.accepted" | "feature.rejected";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly ownerId: ActorId;
      readonly requestUri: string;
      readonly itemId: CollectionItemId;
    }
  | {
      /** Somebody here takes a yes back. */
      readonly type: "feature.revoked";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly ownerId: ActorId;
      readonly itemId: CollectionItemId;
      readonly collectionUri: string;
    }
  | {
      readonly type: "collection.added" | "collection.updated" | "collection.removed";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly collectionId: CollectionId;
    }
  | {
      readonly type: "item.added" | "item.removed";
      readonly activityId: ActivityId;
      readonly actorId: ActorId;
      readonly collectionId: CollectionId;
      readonly itemId: CollectionItemId;
      /** Who stands there, or stood. */
      readonly memberId: ActorId;
    }
  | { readonly type: "actor.updated"; readonly activityId: ActivityId; readonly actorId: ActorId }
  | { readonly type: "actor.deleted"; readonly activityId: ActivityId; readonly actorId: ActorId };
