const MINUTE = 60_000;

/** Limits of a poll made here. Mastodon shows four options and refuses none; others take ten. */
export const POLL_LIMITS = {
  options: 10,
  /** Options that every server takes. */
  optionsEverywhere: 4,
  optionCharacters: 100,
  shortestMs: 5 * MINUTE,
  longestMs: 31 * 24 * 60 * MINUTE,
  /** Options of a remote poll that are kept. */
  receivedOptions: 20,
  receivedCharacters: 300,
} as const;

/** Tallies of a remote poll are asked for again after this long, ms. */
export const TALLY_FRESH_MS = 5 * MINUTE;
/** Tallies of our polls are told to others at most this often for each poll, ms. */
export const TALLY_EVERY_MS = MINUTE;

/** A poll as somebody makes it. */
export type NewPoll = {
  readonly options: readonly string[];
  readonly multiple: boolean;
  readonly expiresInMs: number;
};

/** A remote poll as read from a Question (FEP-9967). */
export type ReceivedPoll = {
  readonly multiple: boolean;
  readonly options: readonly { readonly title: string; readonly votes: number }[];
  readonly endsAt: number | null;
  /** When it was closed, as its author says; null while it is open. */
  readonly closedAt: number | null;
  readonly votersCount: number | null;
};

/** A vote as it came: a Note with the answer as its name (FEP-9967). */
export type ReceivedVote = {
  readonly uri: string;
  readonly actorUri: string;
  readonly pollUri: string;
  /** Title of the option. */
  readonly option: string;
};

/** A poll as every door draws it. */
export type PollView = {
  readonly multiple: boolean;
  readonly options: readonly { readonly title: string; readonly votes: number; readonly own: boolean }[];
  readonly endsAt: number | null;
  /** No more votes are taken. */
  readonly closed: boolean;
  readonly votersCount: number;
  readonly votesCount: number;
  /** The viewer has voted. */
  readonly voted: boolean;
  /** The viewer may vote now. */
  readonly mayVote: boolean;
};

/** A poll of ours as its Question shows it. */
export type FederatedPoll = Pick<PollView, "multiple" | "endsAt" | "votersCount"> & {
  readonly closedAt: number | null;
  readonly options: readonly { readonly title: string; readonly votes: number }[];
};

/** True when no more votes are taken; `now` in ms. */
export function isPollClosed(
  poll: { readonly closed_at: number | null; readonly ends_at: number | null },
  now: number,
): boolean {
  return poll.closed_at !== null || (poll.ends_at !== null && poll.ends_at <= now);
}
