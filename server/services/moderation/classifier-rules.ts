import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import {
  type ClassifierRule,
  type NewcomerNumbers,
  type RateNumbers,
  RULE_KINDS,
  RULE_LIMITS,
  RULE_SUGGESTIONS,
  type RuleKind,
  type RuleSuggestion,
} from "../../domain/classifier.ts";
import { idAt } from "../../domain/ids.ts";
import { CausewayError, type FieldFaults, forbidden, invalid, type Message, notFound } from "../../errors.ts";
import {
  countRules,
  findRuleRow,
  insertRule,
  listNewestOpen,
  listRuleRows,
  removeRule,
  setRuleWorking,
} from "../../store/classifier-rules.ts";
import { flag, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import { cleanName, normalizeText } from "../../text/entities.ts";
import { filterText } from "../../text/filters.ts";
import { readPattern } from "../../text/linear-pattern.ts";
import { audit } from "./audit.ts";
import { toJudgedNotes } from "./classifier-objects.ts";
import {
  hostIn,
  linesOf,
  type Neighbour,
  readNewcomer,
  readRate,
  readyRules,
  toJudged,
  toRule,
} from "./rule-engine.ts";

// Rules that look at what is posted. A new rule does nothing: first it shows what it would have met, then somebody turns it on.

/** @throws forbidden below admin */
function requireAdmin(viewer: Viewer): void {
  if (!outranks(viewer.role, "moderator")) throw forbidden();
}

/** All rules. @throws forbidden below admin */
export async function listRules(app: App, viewer: Viewer): Promise<readonly ClassifierRule[]> {
  requireAdmin(viewer);
  return (await listRuleRows(app.db)).map(toRule);
}

/** One rule. @throws forbidden below admin, not_found */
export async function viewRule(app: App, viewer: Viewer, id: number): Promise<ClassifierRule> {
  requireAdmin(viewer);
  const row = await findRuleRow(app.db, id);
  if (row === undefined) throw notFound();
  return toRule(row);
}

/** A rule as somebody writes it. */
export type NewRule = {
  readonly name: string;
  readonly kind: string;
  /** Words, hosts or hashes, a line each, or a pattern; empty for kinds of numbers. */
  readonly lines: string;
  readonly numbers: Partial<Record<keyof (RateNumbers & NewcomerNumbers), number>>;
  readonly suggestion: string;
  readonly label: string;
};

/** Writes a rule down; it is off. @throws forbidden below admin, invalid with fields, conflict when there are too many */
export async function createRule(app: App, viewer: Viewer, typed: NewRule): Promise<number> {
  requireAdmin(viewer);
  const checked = checkRule(typed);
  if ((await countRules(app.db)) >= RULE_LIMITS.rules)
    throw new CausewayError("conflict", "error.too_many_rules", { params: { max: RULE_LIMITS.rules } });
  const id = app.ids.next();
  await transaction(app.db, async (tx) => {
    await insertRule(tx, { id, ...checked, enabled: 0, hits: 0, created_at: app.clock.now() });
    await audit(app, tx, viewer, {
      what: "rule.made",
      subject: checked.name,
      detail: { kind: checked.kind },
    });
  });
  return id;
}

function checkRule(typed: NewRule) {
  const faults: Record<string, Message> = {};
  const name = cleanName(typed.name, RULE_LIMITS.name + 1);
  const label = cleanName(typed.label, RULE_LIMITS.label + 1);
  for (const [field, text] of Object.entries({ name, label }) as readonly (readonly [
    "name" | "label",
    string,
  ])[]) {
    if (text === "") faults[field] = { key: "field.required" };
    if ([...text].length > RULE_LIMITS[field])
      faults[field] = { key: "field.too_long", params: { max: RULE_LIMITS[field] } };
  }
  const kind = RULE_KINDS.find((one) => one === typed.kind);
  const suggestion = RULE_SUGGESTIONS.find((one): one is RuleSuggestion => one === typed.suggestion);
  if (suggestion === undefined) faults["suggestion"] = { key: "field.choose" };
  if (kind === undefined) faults["kind"] = { key: "field.choose" };
  const pattern = kind === undefined ? "" : patternOf(kind, typed, faults);
  if (kind === undefined || suggestion === undefined || Object.keys(faults).length > 0) throw invalid(faults);
  return { name, label, kind, suggestion, pattern };
}

/** What is looked for as it is stored; faults go where they belong. */
function patternOf(kind: RuleKind, { lines, numbers }: NewRule, faults: Record<string, Message>): string {
  if (kind === "rate" || kind === "newcomer") {
    const json = toJson(numbers);
    const isSound = kind === "rate" ? readRate(json) !== null : readNewcomer(json) !== null;
    if (!isSound) faults[kind === "rate" ? "count" : "days"] = { key: "field.rule_numbers" };
    return json;
  }
  const text = normalizeText(lines).trim();
  const fault = text === "" ? ({ key: "field.required" } as const) : faultOfLines(kind, text);
  if (fault !== null) faults["lines"] = fault;
  if (kind === "link")
    return linesOf(text)
      .map((line) => hostIn(line) ?? "")
      .join("\n");
  return kind === "pattern" ? text : linesOf(text).join("\n");
}

const FAULT_OF: Readonly<
  Record<"words" | "link" | "hash", { readonly key: string; fits(line: string): boolean }>
> = {
  words: { key: "field.rule_words", fits: (line) => filterText(line).trim().length > 1 },
  link: { key: "field.rule_hosts", fits: (line) => hostIn(line) !== null },
  hash: { key: "field.rule_hashes", fits: (line) => /^[0-9a-f]{64}$/i.test(line) },
};

function faultOfLines(kind: "words" | "pattern" | "link" | "hash", text: string): FieldFaults[string] | null {
  if (text.length > RULE_LIMITS.pattern)
    return { key: "field.too_long", params: { max: RULE_LIMITS.pattern } };
  if (kind === "pattern") return readPattern(text) === null ? { key: "field.rule_pattern" } : null;
  const lines = linesOf(text);
  if (lines.length > RULE_LIMITS.lines) return { key: "field.too_long", params: { max: RULE_LIMITS.lines } };
  const { key, fits } = FAULT_OF[kind];
  return lines.every((line) => fits(line)) ? null : { key };
}

/** Lets a rule work, or not. @throws forbidden below admin, not_found */
export async function turnRule(app: App, viewer: Viewer, id: number, to: "on" | "off"): Promise<void> {
  const rule = await viewRule(app, viewer, id);
  await transaction(app.db, async (tx) => {
    if (!(await setRuleWorking(tx, id, flag(to === "on")))) throw notFound();
    await audit(app, tx, viewer, { what: `rule.${to}`, subject: rule.name });
  });
}

/** Removes a rule; what it found stays. @throws forbidden below admin, not_found */
export async function deleteRule(app: App, viewer: Viewer, id: number): Promise<void> {
  const rule = await viewRule(app, viewer, id);
  await transaction(app.db, async (tx) => {
    if (!(await removeRule(tx, id))) throw notFound();
    await audit(app, tx, viewer, { what: "rule.removed", subject: rule.name });
  });
}

const DAY = 86_400_000;
/** A trial looks at so many notes at most, of the last week. */
const TRIED_NOTES = 2_000;
const TRIED_MS = 7 * DAY;
/** Notes that each one is compared with, for rules about alike notes. */
const NEIGHBOURS = 300;
const SAMPLES = 10;
/** Characters of a sample. */
const SAMPLE = 200;

/** What a rule would have met in the last seven days. */
export type Trial = {
  /** Notes that were looked at, at most 2,000: the newest. */
  readonly looked: number;
  readonly met: number;
  readonly samples: readonly { readonly url: string; readonly text: string; readonly at: number }[];
};

/** Tries a rule on the newest open notes; nothing happens to them. Four statements. @throws forbidden, not_found */
export async function tryRule(app: App, viewer: Viewer, id: number): Promise<Trial> {
  const rule = await viewRule(app, viewer, id);
  const rows = await listNewestOpen(app.db, idAt(app.clock.now() - TRIED_MS), TRIED_NOTES);
  const objects = await toJudgedNotes(app, app.db, rows);
  const [ready] = readyRules([rule]);
  const judged = objects.map(toJudged);
  const neighbours: readonly Neighbour[] = judged.map(({ words }, index) => ({
    words,
    at: rows[index]?.received_at ?? 0,
  }));
  const found = rows.flatMap((row, index) => {
    const one = judged[index];
    if (one === undefined || ready === undefined) return [];
    // Rows come newest first: those after this one were there before it.
    const before = rule.kind === "rate" ? neighbours.slice(index + 1, index + 1 + NEIGHBOURS) : [];
    if (!ready.meets(one, { now: row.received_at, neighbours: before })) return [];
    return [{ url: row.url, text: [...one.object.text].slice(0, SAMPLE).join(""), at: row.published_at }];
  });
  return { looked: rows.length, met: found.length, samples: found.slice(0, SAMPLES) };
}
