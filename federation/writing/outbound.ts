import { Accept, Announce, Block, Follow, Like, Reject, Undo, type Activity } from "@fedify/vocab";
import type { Visibility } from "../../server/domain/visibility.ts";
import { addressed, audienceOf, type Audience } from "./audience.ts";
import { toInstant } from "../reading/time.ts";

// PURE: the domain's facts as ActivityPub objects. What the vocabulary cannot say is added by `wire.ts`.

/** A Follow; its id can be fetched and has no fragment, so that an Accept may carry nothing but the id. */
export function toFollow(follow: {
  readonly uri: string;
  readonly actorUri: string;
  readonly targetUri: string;
}): Follow {
  const object = new URL(follow.targetUri);
  return new Follow({ id: new URL(follow.uri), actor: new URL(follow.actorUri), object, to: object });
}

/** Accept or Reject of somebody's Follow, which is repeated in full: not everybody knows it by its id. */
export function toFollowAnswer(
  answer: "accept" | "reject",
  activityUri: string,
  follow: { readonly uri: string; readonly actorUri: string; readonly targetUri: string },
): Accept | Reject {
  const values = {
    id: new URL(activityUri),
    actor: new URL(follow.targetUri),
    object: toFollow(follow),
    to: new URL(follow.actorUri),
  };
  return answer === "accept" ? new Accept(values) : new Reject(values);
}

/** A Like, for the author alone. */
export function toLike(
  like: { readonly uri: string; readonly actorUri: string; readonly noteUri: string },
  authorUri: string | null,
): Like {
  return new Like({
    id: new URL(like.uri),
    actor: new URL(like.actorUri),
    object: new URL(like.noteUri),
    ...(authorUri === null ? {} : { to: new URL(authorUri) }),
  });
}

/** An Announce, to the booster's followers and the note's author, as wide as the boost. */
export function toAnnounce(
  announce: {
    readonly uri: string;
    readonly actorUri: string;
    readonly noteUri: string;
    readonly noteAuthorUri: string | null;
    readonly visibility: Visibility;
    readonly at: number;
  },
  followersUri: string,
): Announce {
  return new Announce({
    id: new URL(announce.uri),
    actor: new URL(announce.actorUri),
    object: new URL(announce.noteUri),
    published: toInstant(announce.at),
    ...addressed(
      audienceOf(
        announce.visibility,
        followersUri,
        announce.noteAuthorUri === null ? [] : [announce.noteAuthorUri],
      ),
    ),
  });
}

/** A Block, for the blocked alone. */
export function toBlock(block: {
  readonly uri: string;
  readonly actorUri: string;
  readonly targetUri: string;
}): Block {
  return new Block({
    id: new URL(block.uri),
    actor: new URL(block.actorUri),
    object: new URL(block.targetUri),
    to: new URL(block.targetUri),
  });
}

/** Undo of an activity, which is embedded, to the same audience. */
export function toUndo(activityUri: string, undone: Activity, audience: Audience): Undo {
  return new Undo({
    id: new URL(activityUri),
    actor: undone.actorId,
    object: undone,
    ...addressed(audience),
  });
}
