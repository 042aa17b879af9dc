import type { Id } from "./ids.ts";

export type FilterId = Id<"filter">;

/** Where a filter looks: the names of Mastodon's client API, so that apps and pages mean the same. */
export const FILTER_CONTEXTS = ["home", "notifications", "public", "thread", "account"] as const;
export type FilterContext = (typeof FILTER_CONTEXTS)[number];

/** Closed behind the filter's name, left out, or with its pictures closed. */
export const FILTER_ACTIONS = ["warn", "hide", "blur"] as const;
export type FilterAction = (typeof FILTER_ACTIONS)[number];

/** Enough for anybody's lists; each page is compared with all of them. */
export const FILTER_LIMITS = {
  filters: 60,
  keywords: 60,
  keywordCharacters: 80,
  titleCharacters: 80,
} as const;

export type FilterKeywordId = Id<"filter keyword">;
export type FilterNoteId = Id<"filter note">;

/** A word of a filter; with the id it has, when it has one already. */
export type FilterKeyword = {
  readonly id?: FilterKeywordId;
  readonly keyword: string;
  readonly wholeWord: boolean;
};

/** What somebody does not want to come upon. */
export type Filter = {
  readonly id: FilterId;
  readonly title: string;
  readonly contexts: readonly FilterContext[];
  readonly action: FilterAction;
  readonly keywords: readonly FilterKeyword[];
  /** Ms; null = until it is removed. */
  readonly expiresAt: number | null;
  /** Single notes that it is about, beside its words. */
  readonly notesCount: number;
};

/** Why a note is closed for its reader: the strongest of the filters that are about it, and each of them. */
export type Filtered = {
  readonly title: string;
  readonly action: FilterAction;
  readonly matches: readonly FilterMatch[];
};

/** A filter that is about a note, and why. */
export type FilterMatch = Pick<Filter, "id" | "title" | "contexts" | "action" | "expiresAt"> & {
  /** Those of its words that the note has, as they were typed. */
  readonly keywords: readonly string[];
  /** It names the note itself. */
  readonly isNamed: boolean;
};
