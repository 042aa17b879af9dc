/** What a classifier may ask for, mildest first. It never removes anything: `limit` is a report that suggests it. */
export const SUGGESTIONS = ["none", "report", "limit", "hold"] as const;
export type Suggestion = (typeof SUGGESTIONS)[number];

/** What a rule may ask for. */
export const RULE_SUGGESTIONS = ["report", "limit", "hold"] as const satisfies readonly Suggestion[];
export type RuleSuggestion = (typeof RULE_SUGGESTIONS)[number];

/** What a rule looks at. */
export const RULE_KINDS = ["words", "pattern", "link", "hash", "rate", "newcomer"] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

export const RULE_LIMITS = {
  /** Rules that there can be. */
  rules: 100,
  /** Characters of a name, of a label, of what is looked for. */
  name: 100,
  label: 40,
  pattern: 20_000,
  /** Lines of a list. */
  lines: 2_000,
} as const;

/** A file of what is judged. */
export type JudgedMedia = {
  /** SHA-256 of what was uploaded, hex; null = not known here. */
  readonly sha256: string | null;
  readonly url: string | null;
  /** Media type. */
  readonly type: string;
};

/** What is judged: all words of a note or of a profile, and who wrote them. */
export type JudgedObject = {
  readonly type: "note" | "profile";
  readonly uri: string;
  /** Plain text of title, warning, body, options and descriptions, a line each. */
  readonly text: string;
  readonly language: string | null;
  /** Addresses that it links to; not those of people and tags that it names. */
  readonly links: readonly string[];
  readonly media: readonly JudgedMedia[];
  /** How many people it names. */
  readonly mentions: number;
  readonly actor: {
    readonly uri: string;
    /** Since when they are known, ms. */
    readonly since: number;
    readonly local: boolean;
  };
};

/** A word about what was found, 0 to 1. */
export type ClassifierLabel = { readonly name: string; readonly score: number };

/** What a classifier says. */
export type Judgement = {
  readonly labels: readonly ClassifierLabel[];
  readonly suggest: Suggestion;
  /** `rules`, or what the program calls itself. */
  readonly model: string;
  readonly reason: string;
  /** Rules that met it. */
  readonly ruleIds: readonly number[];
};

/** The one interface of both classifiers: null = nothing to say, also when it could not be asked. */
export type Classifier = {
  judge(object: JudgedObject): Promise<Judgement | null>;
};

/** A rule as it is stored. */
export type ClassifierRule = {
  readonly id: number;
  readonly name: string;
  readonly kind: RuleKind;
  /** By kind: words or hosts or hashes, one a line; a pattern; numbers as JSON (`RateNumbers`, `NewcomerNumbers`). */
  readonly pattern: string;
  readonly suggestion: RuleSuggestion;
  readonly label: string;
  readonly enabled: boolean;
  readonly hits: number;
  readonly createdAt: number;
};

/** So many alike notes within so many minutes. */
export type RateNumbers = { readonly count: number; readonly minutes: number };
/** Who is known for fewer days, and links or names people so often; 0 = however often. */
export type NewcomerNumbers = { readonly days: number; readonly links: number; readonly mentions: number };

/** The stronger of two suggestions. */
export function stronger(a: Suggestion, b: Suggestion): Suggestion {
  return SUGGESTIONS.indexOf(a) >= SUGGESTIONS.indexOf(b) ? a : b;
}

/** What two classifiers said as one answer. */
export function together(judgements: readonly (Judgement | null)[]): Judgement | null {
  const all = judgements.flatMap((one) => one ?? []).filter((one) => one.suggest !== "none");
  if (all.length === 0) return null;
  return {
    labels: all.flatMap((one) => one.labels),
    suggest: all.reduce<Suggestion>((most, one) => stronger(most, one.suggest), "none"),
    model: all.map((one) => one.model).join(", "),
    reason: all
      .map((one) => one.reason)
      .filter((reason) => reason !== "")
      .join("; "),
    ruleIds: all.flatMap((one) => one.ruleIds),
  };
}

/** `waiting`: nobody has looked yet; `released`: it was shown; `removed`: it stays hidden, by a decision. */
export type HoldState = "waiting" | "released" | "removed";
