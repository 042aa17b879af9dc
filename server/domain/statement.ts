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
