import type { Id } from "./ids.ts";

export type ArrivalId = Id<"arrival">;

/**
 * `coming`: not all of the file is here. `sealed`: it is, and asks for a passphrase or phrase. `checking`: it is read and
 * proved. `review`: nothing was changed yet, the person looks at what is inside. `arriving`, `done`. `resting`: stopped for
 * a reason that may pass. `failed`: nothing more will come of it. `undoing`, `undone`.
 */
export const ARRIVAL_STATES = [
  "coming",
  "sealed",
  "checking",
  "review",
  "arriving",
  "resting",
  "done",
  "failed",
  "undoing",
  "undone",
] as const;
export type ArrivalState = (typeof ARRIVAL_STATES)[number];

/** States in which an arrival holds the place: one at a time for each account. */
export const BUSY_STATES: readonly ArrivalState[] = ["checking", "arriving", "undoing"];

/**
 * What proved that a lifeboat belongs to an account: `own`, it was made of this very account; `phrase`, the recovery phrase
 * behind the did:key in it; `named`, the old actor names the new one; `known`, the new one names the old one, and the keys in
 * the lifeboat are those that this server knew the old one by; `agreement`, the community agreed on this server as its standby.
 */
export const ARRIVAL_GROUNDS = ["own", "phrase", "named", "known", "agreement"] as const;
export type ArrivalGround = (typeof ARRIVAL_GROUNDS)[number];

/** Lists that can be taken over with a lifeboat, by the names of their kinds as transfers. */
export const ARRIVAL_LISTS = [
  "follows",
  "lists",
  "mutes",
  "blocks",
  "domains",
  "bookmarks",
  "filters",
] as const;
export type ArrivalList = (typeof ARRIVAL_LISTS)[number];

/** What is to be taken in. */
export type ArrivalChoices = {
  readonly notes: boolean;
  /** Name, text, fields and pictures take the place of what the profile has. */
  readonly profile: boolean;
  readonly lists: readonly ArrivalList[];
};

/** Why a note stays out. */
export const LEFT_REASONS = [
  "direct",
  "unreadable",
  "foreign",
  "too_long",
  "empty",
  "sealed",
  "refused",
] as const;
export type LeftReason = (typeof LEFT_REASONS)[number];

/** What became of an arrival so far. */
export type ArrivalReport = {
  readonly taken: number;
  readonly already: number;
  readonly left: Readonly<Partial<Record<LeftReason, number>>>;
  readonly media: { readonly taken: number; readonly left: number };
  /** The first notes that stayed out, or lost a file. */
  readonly faults: readonly { readonly uri: string; readonly reason: LeftReason | "media" }[];
  readonly profile: "waiting" | "taken" | "left" | null;
  /** Transfers that were begun, by kind. */
  readonly lists: Readonly<Partial<Record<ArrivalList, number>>>;
  /** What undoing took away, and how many of these had been seen elsewhere. */
  readonly undone: { readonly notes: number; readonly told: number } | null;
  /** What is inside, as it was counted before. */
  readonly inside: ArrivalContents | null;
};

/** What is inside a lifeboat, for people who have to decide. */
export type ArrivalContents = {
  readonly notes: number;
  readonly media: number;
  /** Of all files. */
  readonly bytes: number;
  /** ISO. */
  readonly made: string;
  readonly lists: readonly ArrivalList[];
  readonly followersOnly: boolean;
};

export const ARRIVAL_LIMITS = {
  /** Files of a lifeboat, unpacked, bytes. */
  bytes: 32 * 1024 ** 3,
  /** A form without scripts. */
  formBytes: 64 * 1024 * 1024,
  /** Largest piece. */
  pieceBytes: 8 * 1024 * 1024,
  /** Characters of the HTML of one note. */
  characters: 200_000,
  /** Arrivals of one account that are remembered. */
  kept: 20,
  faults: 20,
} as const;

/** Before anything was done. */
export const EMPTY_REPORT: ArrivalReport = {
  taken: 0,
  already: 0,
  left: {},
  media: { taken: 0, left: 0 },
  faults: [],
  profile: null,
  lists: {},
  undone: null,
  inside: null,
};

/** What became of one note. */
export type NoteOutcome =
  | { readonly type: "taken"; readonly uri: string; readonly media: number; readonly mediaLeft: number }
  | { readonly type: "already" }
  | { readonly type: "left"; readonly uri: string; readonly reason: LeftReason };

/** The report after one more note. */
export function withOutcome(report: ArrivalReport, outcome: NoteOutcome): ArrivalReport {
  switch (outcome.type) {
    case "already":
      return { ...report, already: report.already + 1 };
    case "left":
      return {
        ...report,
        left: { ...report.left, [outcome.reason]: (report.left[outcome.reason] ?? 0) + 1 },
        faults: withFault(report.faults, outcome.uri, outcome.reason),
      };
    case "taken":
      return {
        ...report,
        taken: report.taken + 1,
        media: { taken: report.media.taken + outcome.media, left: report.media.left + outcome.mediaLeft },
        faults: outcome.mediaLeft === 0 ? report.faults : withFault(report.faults, outcome.uri, "media"),
      };
    default: {
      const unknown: never = outcome;
      return unknown;
    }
  }
}

/** Notes that stayed out, whatever the reason. */
export function countLeft(report: ArrivalReport): number {
  return Object.values(report.left).reduce((sum, count) => sum + count, 0);
}

function withFault(
  faults: ArrivalReport["faults"],
  uri: string,
  reason: LeftReason | "media",
): ArrivalReport["faults"] {
  return faults.length >= ARRIVAL_LIMITS.faults ? faults : [...faults, { uri: uri.slice(0, 500), reason }];
}
