import type { Id } from "./ids.ts";

export type TransferId = Id<"transfer">;

/** Lists that come and go as files: what Mastodon and those that read its files know. */
export const TRANSFER_KINDS = [
  "follows",
  "lists",
  "mutes",
  "blocks",
  "domains",
  "bookmarks",
  "filters",
] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** The names that Mastodon gives them. */
export const TRANSFER_FILES: Readonly<Record<TransferKind, string>> = {
  follows: "following_accounts.csv",
  lists: "lists.csv",
  mutes: "muted_accounts.csv",
  blocks: "blocked_accounts.csv",
  domains: "blocked_domains.csv",
  bookmarks: "bookmarks.csv",
  filters: "custom_filters.json",
};

/** As much as Mastodon takes. */
export const TRANSFER_LIMITS = { bytes: 20 * 1024 * 1024, rows: 20_000 } as const;

/** Somebody, as written: `name@host`, or `name` for somebody on the server where the file is read. */
export type PersonRow = { readonly handle: string };
export type FollowRow = PersonRow & {
  /** Undefined: the file says nothing about it. */
  readonly showsBoosts?: boolean | undefined;
  readonly notifies?: boolean | undefined;
  /** Empty: all. */
  readonly languages?: readonly string[] | undefined;
};
export type MuteRow = PersonRow & { readonly hidesNotifications?: boolean | undefined };
export type ListedRow = PersonRow & { readonly list: string };
export type DomainRow = { readonly domain: string };
export type BookmarkRow = { readonly uri: string };
export type FilterRow = {
  readonly title: string;
  /** ISO 8601; null = until it is removed. */
  readonly expiresAt: string | null;
  readonly contexts: readonly string[];
  readonly action: string;
  readonly keywords: readonly { readonly keyword: string; readonly wholeWord: boolean }[];
  /** Uris of notes. */
  readonly notes: readonly string[];
};

/** A row of each kind of file. */
export type RowOf = {
  readonly follows: FollowRow;
  readonly lists: ListedRow;
  readonly mutes: MuteRow;
  readonly blocks: PersonRow;
  readonly domains: DomainRow;
  readonly bookmarks: BookmarkRow;
  readonly filters: FilterRow;
};

/** A row together with what kind of row it is. */
export type TransferRow = {
  [K in TransferKind]: { readonly kind: K } & RowOf[K];
}[TransferKind];

export type TransferMode = "merge" | "overwrite";
export type TransferState = "review" | "running" | "done" | "stopped";
export type RowState = "waiting" | "done" | "already" | "failed";
