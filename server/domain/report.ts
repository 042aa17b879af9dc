import type { ActorView } from "./actor.ts";
import type { CollectionId, NoteId, ReportId } from "./ids.ts";

/** Why somebody was reported. Other servers do not say: theirs are `other`. */
export type ReportCategory = "spam" | "violation" | "legal" | "other";
export const REPORT_CATEGORIES: readonly ReportCategory[] = ["spam", "violation", "legal", "other"];

export type ReportState = "open" | "resolved";

/** What came of a report: something was done, nothing was wrong, it was dealt with before, whom it was about is gone. */
export type ReportOutcome = "acted" | "none" | "handled" | "gone";
export const REPORT_OUTCOMES: readonly ReportOutcome[] = ["acted", "none", "handled", "gone"];

/** Characters of what is written, things that are named, characters of what moderators say to each other. */
export const REPORT_LIMITS = { comment: 5_000, objects: 50, word: 2_000 } as const;

/** For a report whose languages nobody could tell (ISO 639-2: undetermined). */
export const UNKNOWN_LANGUAGE = "und";

/** A report as moderators see it. */
export type ReportView = {
  readonly id: ReportId;
  /** A member, or the actor of another server that stands for somebody who is not named; null when they left. */
  readonly reporter: ActorView | null;
  readonly target: ActorView;
  readonly category: ReportCategory;
  /** Plain text as it was written. */
  readonly comment: string;
  /** Full BCP-47 tag of the comment, null = unknown. */
  readonly language: string | null;
  /** Notes (and collections) of the target that the report names, by uri. */
  readonly objectUris: readonly string[];
  /** The target's own server was told. */
  readonly forwarded: boolean;
  readonly state: ReportState;
  readonly createdAt: number;
  readonly resolvedAt: number | null;
  /** Those of the notes that are here. */
  readonly noteIds: readonly NoteId[];
  readonly collectionIds: readonly CollectionId[];
  /** Rules that the reporter says were broken. */
  readonly ruleIds: readonly string[];
  /** Who takes care of it, and who closed it. */
  readonly assignedTo: ActorView | null;
  readonly resolvedBy: ActorView | null;
  /** Primary subtags of what it says and of what it names; `und` when none is known. */
  readonly languages: readonly string[];
  /** Null while it is open. */
  readonly outcome: ReportOutcome | null;
  /** When everybody of the staff was told, ms. */
  readonly toldAllAt: number | null;
  /** When the target's own server was told, ms. */
  readonly forwardedAt: number | null;
};

/** A report as whoever wrote it finds it again: what came of it, and nothing else about anybody. */
export type OwnReportView = {
  readonly id: ReportId;
  /** Null when they are gone. */
  readonly target: ActorView | null;
  readonly category: ReportCategory;
  readonly comment: string;
  readonly language: string | null;
  readonly forwarded: boolean;
  readonly state: ReportState;
  readonly outcome: ReportOutcome | null;
  readonly createdAt: number;
  readonly resolvedAt: number | null;
};

/** What moderators say to each other about a report. */
export type ReportComment = {
  /** Null when they left. */
  readonly by: ActorView | null;
  /** Plain text. */
  readonly comment: string;
  readonly at: number;
};

/** True for a known category word. */
export function isReportCategory(value: string): value is ReportCategory {
  return REPORT_CATEGORIES.some((one) => one === value);
}

/** The outcome of a stored word; null for none. */
export function toReportOutcome(value: string | null): ReportOutcome | null {
  return REPORT_OUTCOMES.find((one) => one === value) ?? null;
}
