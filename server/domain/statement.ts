/**
 * The reasons for a restriction (Digital Services Act, Article 17), in the words of its transparency database
 * (documentation of the DSA Transparency Database: field and value names); spelled here in camel case, exported as there.
 */
export type Statement = {
  readonly decisionVisibility: readonly DecisionVisibility[];
  readonly decisionAccount: DecisionAccount | null;
  readonly decisionGround: DecisionGround;
  /** The law, or the rule of this server by its text; in the language of `language`. */
  readonly ground: string;
  /** Why this is an instance of it. */
  readonly explanation: string;
  readonly category: StatementCategory;
  readonly contentType: readonly ContentType[];
  /** Day of the content, ms; null when it is about somebody as a whole. */
  readonly contentDate: number | null;
  /** Full BCP-47 tag, null = unknown. */
  readonly contentLanguage: string | null;
  /** ISO 3166-1 alpha-2 codes; empty = everywhere. */
  readonly territorialScope: readonly string[];
  readonly applicationDate: number;
  /** What happened, in the moderator's words; never quotes private things. */
  readonly decisionFacts: string;
  readonly sourceType: SourceType;
  readonly automatedDetection: boolean;
  readonly automatedDecision: AutomatedDecision;
  /** The language that the words above are written in. */
  readonly language: string | null;
};

export const DECISION_VISIBILITIES = [
  "DECISION_VISIBILITY_CONTENT_REMOVED",
  "DECISION_VISIBILITY_CONTENT_DISABLED",
  "DECISION_VISIBILITY_CONTENT_DEMOTED",
  "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
  "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
  "DECISION_VISIBILITY_CONTENT_LABELLED",
  "DECISION_VISIBILITY_OTHER",
] as const;
export type DecisionVisibility = (typeof DECISION_VISIBILITIES)[number];

export const DECISION_ACCOUNTS = ["DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"] as const;
export type DecisionAccount = (typeof DECISION_ACCOUNTS)[number];

export const DECISION_GROUNDS = [
  "DECISION_GROUND_ILLEGAL_CONTENT",
  "DECISION_GROUND_INCOMPATIBLE_CONTENT",
] as const;
export type DecisionGround = (typeof DECISION_GROUNDS)[number];

export const STATEMENT_CATEGORIES = [
  "STATEMENT_CATEGORY_ANIMAL_WELFARE",
  "STATEMENT_CATEGORY_CONSUMER_INFORMATION",
  "STATEMENT_CATEGORY_CYBER_VIOLENCE",
  "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
  "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
  "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
  "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
  "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
  "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
  "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
  "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
  "STATEMENT_CATEGORY_SELF_HARM",
  "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
  "STATEMENT_CATEGORY_VIOLENCE",
  "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
] as const;
export type StatementCategory = (typeof STATEMENT_CATEGORIES)[number];

export const CONTENT_TYPES = [
  "CONTENT_TYPE_TEXT",
  "CONTENT_TYPE_IMAGE",
  "CONTENT_TYPE_VIDEO",
  "CONTENT_TYPE_AUDIO",
  "CONTENT_TYPE_SYNTHETIC_MEDIA",
  "CONTENT_TYPE_OTHER",
] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

export const SOURCE_TYPES = [
  "SOURCE_ARTICLE_16",
  "SOURCE_TRUSTED_FLAGGER",
  "SOURCE_TYPE_OTHER_NOTIFICATION",
  "SOURCE_VOLUNTARY",
] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

export const AUTOMATED_DECISIONS = [
  "AUTOMATED_DECISION_FULLY",
  "AUTOMATED_DECISION_PARTIALLY",
  "AUTOMATED_DECISION_NOT_AUTOMATED",
] as const;
export type AutomatedDecision = (typeof AUTOMATED_DECISIONS)[number];

/** What moderators may put on a note; each has words in every language. */
export const LABELS = [
  "misleading",
  "satire",
  "disputed",
  "made_by_machine",
  "advertising",
  "graphic",
] as const;
export type Label = (typeof LABELS)[number];

/** What a measure does, in the words of the transparency database; about a note, or about somebody as a whole. */
export function effectOf(
  measure: string,
  about: "note" | "account",
): Pick<Statement, "decisionVisibility" | "decisionAccount"> {
  const visibility = (...words: readonly DecisionVisibility[]) => ({
    decisionVisibility: words,
    decisionAccount: null,
  });
  switch (measure) {
    case "label":
      return visibility("DECISION_VISIBILITY_CONTENT_LABELLED");
    case "hide":
      return visibility("DECISION_VISIBILITY_CONTENT_DISABLED");
    case "limit":
      return visibility("DECISION_VISIBILITY_CONTENT_DEMOTED");
    case "suspend":
      return { decisionVisibility: [], decisionAccount: "DECISION_ACCOUNT_SUSPENDED" };
    case "delete":
      return about === "note"
        ? visibility("DECISION_VISIBILITY_CONTENT_REMOVED")
        : { decisionVisibility: [], decisionAccount: "DECISION_ACCOUNT_TERMINATED" };
    // Covered media, and a warning, which restricts nothing.
    default:
      return visibility("DECISION_VISIBILITY_OTHER");
  }
}

/** Characters of the parts of a statement, at most. */
export const STATEMENT_LIMITS = { ground: 1_000, words: 5_000 } as const;

/**
 * A statement with the names of the transparency database (`decision_visibility`, `decision_facts` …), for export. Days are
 * ISO 8601, UTC.
 */
export function toTransparency(
  statement: Statement,
  decision: { readonly id: number; readonly endsAt: number | null },
  iso: (ms: number) => string,
): Record<string, unknown> {
  const isIllegal = statement.decisionGround === "DECISION_GROUND_ILLEGAL_CONTENT";
  const day = (ms: number | null) => (ms === null ? null : iso(ms).slice(0, 10));
  const end = statement.decisionAccount === null ? "visibility" : "account";
  return {
    puid: String(decision.id),
    decision_visibility: statement.decisionVisibility,
    decision_account: statement.decisionAccount,
    decision_ground: statement.decisionGround,
    [isIllegal ? "illegal_content_legal_ground" : "incompatible_content_ground"]: statement.ground,
    [isIllegal ? "illegal_content_explanation" : "incompatible_content_explanation"]: statement.explanation,
    category: statement.category,
    content_type: statement.contentType,
    content_date: day(statement.contentDate),
    content_language: statement.contentLanguage,
    territorial_scope: statement.territorialScope,
    application_date: day(statement.applicationDate),
    [`end_date_${end}_restriction`]: day(decision.endsAt),
    decision_facts: statement.decisionFacts,
    source_type: statement.sourceType,
    automated_detection: statement.automatedDetection ? "Yes" : "No",
    automated_decision: statement.automatedDecision,
    language: statement.language,
  };
}
