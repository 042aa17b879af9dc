import type { ActivityId, ActorId, AnnounceId, BlockId, FollowId, LikeId, NoteId } from "./ids.ts";

/**
 * What happened here that other servers must hear of. Written as a job in the same transaction as the fact;
 * the federation door turns it into an activity. Whatever the fact's row can no longer say after it is gone is in the event.
 * Ids of activities are fixed when the event is written, so a repeated delivery carries the same id.
 */
export type OutgoingEvent =
  | { readonly type: "note.created"; readonly activityId: ActivityId; readonly noteId: NoteId }
  | { readonly type: "note.updated"; readonly activityId: ActivityId; readonly noteId: NoteId }
  | { readonly type: "note.deleted"; readonly activityId: ActivityId; readonly noteId: NoteId }
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
  | { readonly type: "actor.updated"; readonly activityId: ActivityId; readonly actorId: ActorId }
  | { readonly type: "actor.deleted"; readonly activityId: ActivityId; readonly actorId: ActorId };
