import type { DomainRule, RuleChange, Severity } from "./host-policy.ts";

/**
 * Where a proposed rule stands. `same`: it was the rule already; `applying` and `undoing`: chosen, and about to be done;
 * `retracted`: its list took it back before anybody decided; `unfit`: the line can be no rule.
 */
export const DRAFT_STATES = [
  "waiting",
  "applying",
  "applied",
  "refused",
  "same",
  "retracted",
  "undoing",
  "undone",
  "unfit",
] as const;
export type DraftState = (typeof DRAFT_STATES)[number];

/** Why a line of a file is no rule. `hidden`: letters of the name are left out. */
export const LINE_FAULTS = ["no_domain", "hidden", "everything", "registry", "own", "severity"] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

/** Most lines of a file or a list, and most bytes of it. */
export const DOMAIN_LIST_LIMITS = { rows: 20_000, bytes: 4 * 1024 * 1024, comment: 500 } as const;

/** What a line proposes: a rule, or `lifted`, that a list no longer names the domain. */
export type Proposal = Omit<DomainRule, "severity"> & { readonly severity: Severity | "lifted" };

/** Where drafts come from: a file, or a list that is subscribed to. */
export type DraftSource = { readonly kind: "file" | "list"; readonly id: number };

/** A proposed rule beside what is in force. */
export type DomainDraft = {
  readonly id: number;
  readonly domain: string;
  readonly proposal: Proposal;
  readonly state: DraftState;
  readonly fault: LineFault | null;
  readonly now: DomainRule | null;
  readonly change: RuleChange | "lifted" | null;
  /** Follows that would end by this line alone, and people known there. */
  readonly following: number;
  readonly followers: number;
};
