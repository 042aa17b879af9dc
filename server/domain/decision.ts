import type { ActorView } from "./actor.ts";
import type { ActorId, AppealId, DecisionId, NoteId, ReportId } from "./ids.ts";
import type { Statement } from "./statement.ts";

/** What moderators can do about somebody or a note, mildest first. */
export const MEASURES = [
  /** A word to the person; nothing changes. */
  "warn",
  /** A word on a note that everybody sees. */
  "label",
  /** The media of a note, or all of somebody's, are covered. */
  "sensitive",
  /** A note is seen by its author and staff alone. */
  "hide",
  /** Somebody is seen by followers and at their own address alone. */
  "limit",
  /** Somebody is out, until they are let in again. */
  "suspend",
  /** A note, or an account, is gone for good. */
  "delete",
] as const;
export type Measure = (typeof MEASURES)[number];

/** What can be done about a note, and about somebody as a whole. */
export const NOTE_MEASURES = [
  "warn",
  "label",
  "sensitive",
  "hide",
  "delete",
] as const satisfies readonly Measure[];
export const PERSON_MEASURES = [
  "warn",
  "sensitive",
  "limit",
  "suspend",
  "delete",
] as const satisfies readonly Measure[];

/** What is done once and over with: it neither ends nor can be undone, though it can be said to have been wrong. */
export function isOneAct(measure: string): boolean {
  return measure === "warn" || measure === "delete";
}

/** What is done about a server, by law, or to many at once. */
export const WIDE_MEASURES = ["domain", "withhold", "wave"] as const;
export type WideMeasure = (typeof WIDE_MEASURES)[number];

/** `ended`: by its time, or because it was one act (warn, delete); `reversed`: taken back. */
export type DecisionState = "in_force" | "ended" | "reversed";

/** A decision as those see it who may. Times in ms. */
export type DecisionView = {
  readonly id: DecisionId;
  readonly measure: Measure | WideMeasure;
  readonly state: DecisionState;
  /** Whom it is about; null for whole servers. */
  readonly actor: ActorView | null;
  readonly noteId: NoteId | null;
  readonly objectUri: string | null;
  readonly host: string | null;
  readonly reportId: ReportId | null;
  /** For staff alone; null for others, the operator and what happened by itself. */
  readonly by: ActorView | null;
  readonly statement: Statement;
  readonly automated: boolean;
  readonly createdAt: number;
  readonly endsAt: number | null;
  readonly endedAt: number | null;
  /** The word of a `label`. */
  readonly label: string | null;
  readonly appeal: AppealView | null;
};

/** `upheld`: the decision stays; `overturned`: it was taken back. */
export type AppealState = "open" | "upheld" | "overturned";

/** How long somebody may appeal, ms: at least six months (Digital Services Act, Article 20). */
export const APPEAL_MS = 184 * 86_400_000;
/** Characters of an appeal, and of what is answered. */
export const APPEAL_LIMITS = { comment: 5_000, answer: 5_000 } as const;

/** What the person concerned said against a decision, and what came of it. */
export type AppealView = {
  readonly id: AppealId;
  readonly state: AppealState;
  readonly comment: string;
  readonly language: string | null;
  readonly answer: string | null;
  readonly createdAt: number;
  readonly decidedAt: number | null;
};

/** A decision about somebody (`actorId`), or about one thing of theirs. */
export type NewDecision = {
  readonly measure: Measure;
  readonly actorId: ActorId;
  readonly noteId?: NoteId | undefined;
  readonly reportId?: ReportId | undefined;
  /** For `label`: the word, one of `LABELS` of statement.ts. */
  readonly label?: string | undefined;
  /** Until when, ms; left out = until it is taken back. Not for `warn` and `delete`. */
  readonly endsAt?: number | undefined;
  /** True for what no person decided. */
  readonly automated?: boolean | undefined;
  readonly statement: Omit<Statement, "applicationDate" | "automatedDecision">;
};
