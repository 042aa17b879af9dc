import type { ActorView } from "./actor.ts";
import type { CollectionId, NoteId, ReportId } from "./ids.ts";

/** Why somebody was reported. Other servers do not say: theirs are `other`. */
export type ReportCategory = "spam" | "violation" | "legal" | "other";
export const REPORT_CATEGORIES: readonly ReportCategory[] = ["spam", "violation", "legal", "other"];

export type ReportState = "open" | "resolved";

export const REPORT_LIMITS = { comment: 5_000, objects: 50 } as const;

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
};

/** True for a known category word. */
export function isReportCategory(value: string): value is ReportCategory {
  return REPORT_CATEGORIES.some((one) => one === value);
}
