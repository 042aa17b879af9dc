import type { ActorId } from "./ids.ts";

/** Who may see a note. Decided once, stored, and it never widens. */
export type Visibility = "public" | "unlisted" | "followers" | "direct";

export const VISIBILITIES: readonly Visibility[] = ["public", "unlisted", "followers", "direct"];

const WIDTH: Readonly<Record<Visibility, number>> = { direct: 0, followers: 1, unlisted: 2, public: 3 };

/** The full IRI only: `as:Public` and `Public` are aliases that inline contexts can forge (docs/threats.md JLD-04). */
export const PUBLIC_COLLECTION = "https://www.w3.org/ns/activitystreams#Public";

/** True for a known visibility word. */
export function isVisibility(value: string): value is Visibility {
  return value in WIDTH;
}

/** The narrower of two; used so that an Update or a reply never widens. */
export function narrower(a: Visibility, b: Visibility): Visibility {
  return WIDTH[a] <= WIDTH[b] ? a : b;
}

/**
 * Visibility from an object's audience (ActivityPub 5.6; Mastodon's convention that Public in `cc` means unlisted).
 * Anything not understood stays private: an unknown audience is `direct`.
 */
export function visibilityOf(audience: {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly followersUri: string | null;
}): Visibility {
  if (audience.to.includes(PUBLIC_COLLECTION)) return "public";
  if (audience.cc.includes(PUBLIC_COLLECTION)) return "unlisted";
  const all = [...audience.to, ...audience.cc];
  if (audience.followersUri !== null && all.includes(audience.followersUri)) return "followers";
  return "direct";
}

/** What is needed to decide whether somebody may see a note; the SQL expression in `store/visible.ts` says the same. */
export type Audience = {
  readonly visibility: Visibility;
  readonly authorId: ActorId;
  readonly mentionsViewer: boolean;
  readonly viewerFollowsAuthor: boolean;
  readonly blockedEitherWay: boolean;
  /** By moderators, or held until one looks. */
  readonly hidden: boolean;
  readonly viewerIsStaff: boolean;
};

/** True when `viewerId` (null = signed out) may see a note with this audience. */
export function maySee(viewerId: ActorId | null, audience: Audience): boolean {
  if (viewerId !== null && viewerId === audience.authorId) return true;
  if (audience.hidden && !audience.viewerIsStaff) return false;
  if (viewerId !== null && audience.blockedEitherWay) return false;
  if (audience.visibility === "public" || audience.visibility === "unlisted") return true;
  if (viewerId === null) return false;
  if (audience.mentionsViewer) return true;
  return audience.visibility === "followers" && audience.viewerFollowsAuthor;
}

/** True when a note may be boosted: public and unlisted by anyone, followers-only by its author alone. */
export function mayAnnounce(visibility: Visibility, isAuthor: boolean): boolean {
  if (visibility === "public" || visibility === "unlisted") return true;
  return visibility === "followers" && isAuthor;
}
