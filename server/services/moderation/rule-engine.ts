import {
  type Classifier,
  type ClassifierRule,
  type JudgedObject,
  type Judgement,
  type NewcomerNumbers,
  type RateNumbers,
  RULE_KINDS,
  RULE_SUGGESTIONS,
  stronger,
  type Suggestion,
} from "../../domain/classifier.ts";
import type { ClassifierRuleRow } from "../../store/classifier-rules.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { filterText, keywordsIn } from "../../text/filters.ts";
import { matches, readPattern, type StepBudget } from "../../text/linear-pattern.ts";
import { searchText } from "../../text/words.ts";

// Rules of staff as a classifier. Pure: what a rule needs to know of other notes is handed in.

/** A note that others may be like. */
export type Neighbour = { readonly words: ReadonlySet<string>; readonly at: number };

/** What rules know beside the object itself. */
export type Around = {
  readonly now: number;
  /** Newest notes before this one; empty when no rule asks for them. */
  readonly neighbours: readonly Neighbour[];
};

/** A rule made ready to be asked many times. */
export type ReadyRule = {
  readonly rule: ClassifierRule;
  meets(judged: Judged, around: Around): boolean;
};

/** An object with its text as rules compare it, worked out once for all of them. */
export type Judged = {
  readonly object: JudgedObject;
  readonly text: string;
  readonly words: ReadonlySet<string>;
  readonly budget: StepBudget;
};

const DAY = 86_400_000;
const MINUTE = 60_000;
/** Steps that all patterns together may take over one object: a tenth of a second on a slow machine. */
const MOST_STEPS = 1_500_000;
/** Texts of fewer words are alike by chance. */
const LEAST_WORDS = 4;
/** Share of all words that two texts have in common when they are alike. */
const ALIKE = 0.7;

/** A stored rule; what nobody can read any more never meets anything. */
export function toRule(row: ClassifierRuleRow): ClassifierRule {
  return {
    id: row.id,
    name: row.name,
    kind: RULE_KINDS.find((kind) => kind === row.kind) ?? "words",
    pattern: RULE_KINDS.some((kind) => kind === row.kind) ? row.pattern : "",
    suggestion: RULE_SUGGESTIONS.find((one) => one === row.suggestion) ?? "report",
    label: row.label,
    enabled: isSet(row.enabled),
    hits: row.hits,
    createdAt: row.created_at,
  };
}

/** Makes rules ready. */
export function readyRules(rules: readonly ClassifierRule[]): readonly ReadyRule[] {
  return rules.map((rule) => ({ rule, meets: meeting(rule) }));
}

/** True when a rule compares notes with those before them. */
export function needsNeighbours(rules: readonly ClassifierRule[]): boolean {
  return rules.some((rule) => rule.kind === "rate");
}

/** The rules as a classifier. `around` is asked only when a rule wants to know. */
export function ruleClassifier(rules: readonly ClassifierRule[], around: () => Promise<Around>): Classifier {
  const ready = readyRules(rules);
  return {
    judge: async (object) =>
      ready.length === 0 ? null : judgeByRules(ready, toJudged(object), await around()),
  };
}

/** An object made ready to be looked at by many rules. */
export function toJudged(object: JudgedObject): Judged {
  return {
    object,
    text: filterLines(object.text),
    words: wordsOf(object.text),
    budget: { left: MOST_STEPS },
  };
}

/** Which rules an object meets, and what they ask for together. Null: none. */
export function judgeByRules(rules: readonly ReadyRule[], judged: Judged, around: Around): Judgement | null {
  const met = rules.filter((one) => one.meets(judged, around)).map(({ rule }) => rule);
  if (met.length === 0) return null;
  return {
    labels: [...new Set(met.map((rule) => rule.label))].map((name) => ({ name, score: 1 })),
    suggest: met.reduce<Suggestion>((most, rule) => stronger(most, rule.suggestion), "none"),
    model: "rules",
    reason: met.map((rule) => rule.name).join("; "),
    ruleIds: met.map((rule) => rule.id),
  };
}

/** Words by which texts are alike: not people who are named, numbers or addresses, which spam changes each time. */
export function wordsOf(text: string): ReadonlySet<string> {
  const bare = text
    .slice(0, 20_000)
    .replace(/https?:\/\/\S+/gi, " ")
    .replace(/[@＠]\S+/gu, " ");
  return new Set(
    searchText(bare)
      .split(" ")
      .filter((word) => word !== "" && !/^\p{N}+$/u.test(word)),
  );
}

/** Each line by itself, so that patterns can tell where one ends. */
function filterLines(text: string): string {
  return text
    .split("\n")
    .map((line) => filterText(line).trim())
    .join("\n");
}

function meeting(rule: ClassifierRule): ReadyRule["meets"] {
  switch (rule.kind) {
    case "words": {
      const keywords = linesOf(rule.pattern).map((keyword) => ({ keyword, wholeWord: true }));
      return ({ object }) => keywordsIn(filterText(object.text), keywords).length > 0;
    }
    case "pattern": {
      const pattern = readPattern(rule.pattern);
      return ({ text, budget }) => pattern !== null && matches(pattern, text, budget);
    }
    case "link": {
      const hosts = new Set(linesOf(rule.pattern).map((line) => hostIn(line) ?? ""));
      return ({ object }) => object.links.some((link) => isUnder(hosts, link));
    }
    case "hash": {
      const hashes = new Set(linesOf(rule.pattern).map((line) => line.toLowerCase()));
      return ({ object }) => object.media.some(({ sha256 }) => sha256 !== null && hashes.has(sha256));
    }
    case "rate":
      return rateMeets(readRate(rule.pattern));
    case "newcomer":
      return newcomerMeets(readNewcomer(rule.pattern));
    default:
      rule.kind satisfies never;
      return () => false;
  }
}

/** Lines of a list, without empty ones. */
export function linesOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** The host of an address or of a name as somebody types it; null when it is none. */
export function hostIn(line: string): string | null {
  const address = /^https?:\/\//i.test(line) ? line : `https://${line.replace(/^\*?\./, "")}`;
  if (/\s/.test(line) || !URL.canParse(address)) return null;
  const host = new URL(address).hostname.replace(/\.$/, "");
  return host.includes(".") || host === "localhost" ? host : null;
}

/** A host and all below it. */
function isUnder(hosts: ReadonlySet<string>, link: string): boolean {
  if (!URL.canParse(link)) return false;
  const labels = new URL(link).hostname.replace(/\.$/, "").split(".");
  return labels.some((_label, index) => hosts.has(labels.slice(index).join(".")));
}

/** Numbers of a rule; null when nobody can read them. */
export function readRate(pattern: string): RateNumbers | null {
  const { count, minutes } = fromJson<Partial<RateNumbers>>(pattern, {});
  return isCount(count, 2, 100) && isCount(minutes, 1, 1_440) ? { count, minutes } : null;
}

/** The same for newcomers. */
export function readNewcomer(pattern: string): NewcomerNumbers | null {
  const { days, links, mentions } = fromJson<Partial<NewcomerNumbers>>(pattern, {});
  const isSound = isCount(days, 1, 365) && isCount(links, 0, 50) && isCount(mentions, 0, 50);
  return isSound ? { days, links, mentions } : null;
}

function isCount(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most;
}

function rateMeets(numbers: RateNumbers | null): ReadyRule["meets"] {
  if (numbers === null) return () => false;
  return ({ object, words }, { now, neighbours }) => {
    if (object.type !== "note" || words.size < LEAST_WORDS) return false;
    const since = now - numbers.minutes * MINUTE;
    let count = 1;
    for (const one of neighbours) {
      if (one.at < since || one.at > now || !isAlike(one.words, words)) continue;
      if (++count >= numbers.count) return true;
    }
    return false;
  };
}

function isAlike(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (Math.min(a.size, b.size) < Math.max(a.size, b.size) * ALIKE) return false;
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  return common >= (a.size + b.size - common) * ALIKE;
}

function newcomerMeets(numbers: NewcomerNumbers | null): ReadyRule["meets"] {
  if (numbers === null) return () => false;
  return ({ object }, { now }) =>
    now - object.actor.since < numbers.days * DAY &&
    object.links.length >= numbers.links &&
    object.mentions >= numbers.mentions;
}
