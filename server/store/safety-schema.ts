import type { Generated } from "kysely";

// Tables of moderation, gates and staff; `schema.ts` lists them with all others.

type Flag = 0 | 1;

/** Columns that migration 0006 gave to `actors`. */
export type LimitedActorColumns = {
  /** JSON array of ISO 3166-1 codes: visitors from there see nothing of them. */
  withheld: Generated<string | null>;
  /** Since when it is seen by its followers and at its own address alone. */
  limited_at: Generated<number | null>;
  /** Pictures of its server are not taken: nothing of its own is shown. */
  media_rejected: Generated<Flag>;
  /** `moderator`, or `domain`: all of its server are. */
  limited_by: Generated<string | null>;
  /** Since when all its media are covered. */
  sensitized_at: Generated<number | null>;
};
/** Columns that migration 0006 gave to `notes`. */
export type JudgedNoteColumns = {
  /** Since when its author and staff alone see it. */
  hidden_at: Generated<number | null>;
  /** `moderator`, or `classifier`: held until a moderator looks. */
  hidden_by: Generated<string | null>;
  /** Since when its media are covered, whatever its author says. */
  sensitized_at: Generated<number | null>;
  /** JSON array of words that moderators put on it. */
  labels: Generated<string | null>;
  /** JSON array of ISO 3166-1 codes: visitors from there do not see it. */
  withheld: Generated<string | null>;
};
/** Columns that migration 0006 gave to `accounts`. */
export type GatedAccountColumns = {
  /** Since when it waits for approval; null = in. */
  pending_at: Generated<number | null>;
  /** Until when it may do less than others, ms. */
  probation_until: Generated<number | null>;
  /** JSON array of languages in which a moderator judges. */
  moderates: Generated<string | null>;
};
/** Columns that migration 0006 gave to `domain_blocks`. */
export type DomainRuleColumns = {
  /** `none` (only what is rejected), `limit`, `suspend`. */
  severity: Generated<string>;
  reject_media: Generated<Flag>;
  reject_reports: Generated<Flag>;
  /** 1 = shown with letters left out where blocks are published. */
  obfuscated: Generated<Flag>;
  public_comment: Generated<string | null>;
  private_comment: Generated<string | null>;
  decision_id: Generated<number | null>;
};

export type DecisionsTable = {
  id: number;
  /** A word of `MEASURES` (domain/decision.ts). */
  measure: string;
  /** The word that `label` puts on a note. */
  label: string | null;
  /** Whom it is about; null for whole servers. */
  actor_id: number | null;
  note_id: number | null;
  /** Of the thing it is about, so that it can be named when it is gone. */
  object_uri: string | null;
  host: string | null;
  report_id: number | null;
  /** Actor of who decided; null = the operator at the command line. */
  by_id: number | null;
  /** `in_force`, `ended` (by time or because it was one act), `reversed`. */
  state: string;
  /** JSON of a `Statement` (domain/statement.ts). */
  statement: string;
  /** JSON: what was there before, so that it can be undone. */
  before: string | null;
  automated: Generated<Flag>;
  /** Its line of the public log. */
  log_seq: number | null;
  created_at: number;
  ends_at: number | null;
  ended_at: number | null;
  ended_by_id: number | null;
};
export type AppealsTable = {
  id: number;
  decision_id: number;
  actor_id: number;
  comment: string;
  language: string | null;
  /** `open`, `upheld` (the decision stays), `overturned`. */
  state: string;
  by_id: number | null;
  answer: string | null;
  created_at: number;
  decided_at: number | null;
};
export type ReportLanguagesTable = { report_id: number; language: string };
/** What moderators say to each other about a report. */
export type ReportCommentsTable = {
  id: number;
  report_id: number;
  actor_id: number;
  comment: string;
  created_at: number;
};
export type LogEntriesTable = {
  seq: number;
  /** As in `body`, for filters. */
  kind: string;
  about: number | null;
  /** Canonical JSON of a `LogLine` (domain/moderation-log.ts). */
  body: string;
  previous: string;
  /** SHA-256 of `body`, hex; `body` names `previous`. */
  hash: string;
  created_at: number;
};
/** Signed heads of the log. */
export type LogHeadsTable = { seq: number; document: string; created_at: number };
/** At a standby: what its homes signed about their logs. */
export type KeptLogHeadsTable = {
  agreement_id: number;
  seq: number;
  hash: string;
  document: string;
  received_at: number;
};
/** What lines are about; the lines hold salted digests alone. */
export type LogObjectsTable = { seq: number; object_uri: string; salt: string };
export type AuditEntriesTable = {
  seq: number;
  at: number;
  actor_id: number | null;
  /** Name at that time, or `operator`. */
  who: string;
  what: string;
  subject: string | null;
  /** JSON, no contents. */
  detail: string;
  previous: string;
  hash: string;
};
/** Number and hash of the last line of the audit log that was removed for its age. */
export type AuditFoldsTable = { seq: number; hash: string; created_at: number };
export type WithholdingsTable = {
  id: number;
  actor_id: number | null;
  note_id: number | null;
  object_uri: string;
  /** JSON array of ISO 3166-1 alpha-2 codes. */
  countries: string;
  /** `court_order`, `government_request`, `terms`, `age`. */
  basis: string;
  legal_ref: string;
  requester: string;
  authority_url: string | null;
  facts: string;
  /** Of the facts and the reference. */
  language: string | null;
  /** JSON: the notice by language tag. */
  notice: string;
  received_at: number;
  /** `in_force`, `ended`. */
  state: string;
  by_id: number | null;
  decision_id: number | null;
  created_at: number;
  expires_at: number | null;
  ended_at: number | null;
};
export type DomainDraftsTable = {
  id: number;
  host: string;
  /** `file:<id of the import>` or `list:<id of the subscription>`. */
  source: string;
  /** Of `domain_blocks`, or `lifted`: a list has taken the domain off. */
  severity: string;
  reject_media: Flag;
  reject_reports: Flag;
  obfuscated: Flag;
  public_comment: string | null;
  private_comment: string | null;
  /** A word of `DRAFT_STATES` (domain/domain-draft.ts). */
  state: string;
  /** Why the line can be no rule; with state `unfit`. */
  fault: string | null;
  /** JSON of the rule that was there before it was applied, or `null`. */
  before: string | null;
  created_at: number;
  decided_at: number | null;
};
export type DomainImportsTable = { id: number; name: string; by_id: number | null; created_at: number };
export type DomainSubscriptionsTable = {
  id: number;
  url: string;
  name: string;
  etag: string | null;
  entries: number;
  fault: string | null;
  created_at: number;
  checked_at: number | null;
};
export type SignUpsTable = {
  account_id: number;
  invite_id: number | null;
  /** Keyed hash of the /24 or /48 that somebody came from; null after a week, and with hardened settings. */
  network: string | null;
  /** Keyed hash of the browser's name. */
  agent: string | null;
  /** A word of `Gate` (domain/gates.ts). */
  gate: string;
  /** Why somebody wants to join, in their words. */
  reason: string | null;
  /** Why they were refused, for them to read. */
  answer: Generated<string | null>;
  language: string | null;
  /** `waiting`, `approved`, `refused`. */
  state: string;
  created_at: number;
  decided_at: number | null;
  by_id: number | null;
};
/** Sign-ups that came together and that one decision is about. */
export type WavesTable = {
  id: number;
  decision_id: number;
  /** `suspend` or `limit`. */
  measure: string;
  /** `working`, `done`, `undoing`, `undone`. */
  state: string;
  people: number;
  /** How many it was done to; while it is undone, how many are left. */
  done: number;
  created_at: number;
  by_id: number | null;
};
export type WaveMembersTable = {
  wave_id: number;
  actor_id: number;
  /** `waiting`, `done`, `skipped` (nothing was left to do), `undone`. */
  state: string;
  /** JSON: whom they followed, so that it can be undone. */
  before: string | null;
};
export type HoldsTable = {
  id: number;
  actor_id: number;
  note_id: number;
  /** `rules`, or what the program behind the hook calls itself. */
  source: string;
  suggestion: string;
  /** JSON array of {name, score}. */
  labels: string;
  reason: string | null;
  /** `waiting`, `released`, `removed`. */
  state: string;
  /** What is told when it is released: `all` of a note nobody has heard of, `edit`, `nothing`. */
  tells: string;
  /** Primary subtag. */
  language: string | null;
  created_at: number;
  decided_at: number | null;
  by_id: number | null;
};
/** A column that migration 0006 gave to `attachments`. */
export type UploadedColumn = {
  /** SHA-256 of what was uploaded, before it was coded anew, hex. */
  uploaded_sha256: Generated<string | null>;
};
export type ClassifierRulesTable = {
  id: number;
  name: string;
  /** `words`, `pattern`, `link`, `hash`, `rate`, `newcomer`. */
  kind: string;
  pattern: string;
  suggestion: string;
  label: string;
  enabled: Flag;
  hits: number;
  created_at: number;
};

/** The tables of migration 0006. */
export type SafetySchema = {
  decisions: DecisionsTable;
  appeals: AppealsTable;
  report_languages: ReportLanguagesTable;
  report_comments: ReportCommentsTable;
  log_entries: LogEntriesTable;
  log_heads: LogHeadsTable;
  log_objects: LogObjectsTable;
  kept_log_heads: KeptLogHeadsTable;
  audit_entries: AuditEntriesTable;
  audit_folds: AuditFoldsTable;
  withholdings: WithholdingsTable;
  domain_drafts: DomainDraftsTable;
  domain_imports: DomainImportsTable;
  domain_subscriptions: DomainSubscriptionsTable;
  sign_ups: SignUpsTable;
  waves: WavesTable;
  wave_members: WaveMembersTable;
  holds: HoldsTable;
  classifier_rules: ClassifierRulesTable;
};
