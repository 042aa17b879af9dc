import type { ActorView } from "./actor.ts";

/** Kinds of media as bits: how `notes.media` and `entries.media` say what a note has. */
export const MEDIA_BITS = { image: 1, video: 2, audio: 4 } as const;
export type MediaKind = keyof typeof MEDIA_BITS;
export const MEDIA_KINDS: readonly MediaKind[] = ["image", "video", "audio"];

/** What somebody wants to see while looking around. */
export type ExploreFilter = {
  /** `here`: written by members; `everywhere`: whatever is known of people who want to be found. */
  readonly from: "here" | "everywhere";
  /** Has one of these; empty = anything, words alone too. */
  readonly media: readonly MediaKind[];
  /** Primary subtags; empty = every language. */
  readonly languages: readonly string[];
};

/** Nothing left out but what is written elsewhere. */
export const EVERYTHING_HERE: ExploreFilter = { from: "here", media: [], languages: [] };

/** The bits of some kinds together; 0 = none asked for. */
export function mediaBits(kinds: readonly MediaKind[]): number {
  return kinds.reduce((bits, kind) => bits | MEDIA_BITS[kind], 0);
}

/** What timelines are filtered by: `zh` of `zh-Hant-TW` (RFC 5646, 2.2.1); null = unknown. */
export function primarySubtag(tag: string | null | undefined): string | null {
  const primary = (tag ?? "").toLowerCase().split("-")[0] ?? "";
  return /^[a-z]{2,8}$/.test(primary) ? primary : null;
}

/** A tag that many use now: how many people this week, and in the week before. */
export type TrendingTag = {
  readonly tag: string;
  readonly people: number;
  readonly before: number;
  readonly following: boolean;
};

/** Somebody to follow, and what the reader is to them already. */
export type Suggestion = {
  readonly actor: ActorView;
  readonly following: "no" | "pending" | "accepted";
};

/** A tag that somebody follows: as compared, and as written. */
export type FollowedTag = { readonly tag: string; readonly name: string };
