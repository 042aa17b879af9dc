import { html } from "hono/html";
import { type Measure, NOTE_MEASURES, PERSON_MEASURES } from "../../server/domain/decision.ts";
import { LABELS, STATEMENT_CATEGORIES, STATEMENT_LIMITS } from "../../server/domain/statement.ts";
import type { Html } from "../html.ts";
import type { FormState } from "../forms.ts";
import type { Visit } from "../visit.ts";
import { categoryKey } from "./decision.ts";
import { areaField, checkField, radioField, selectField, textField } from "./fields.ts";
import { formToken } from "./hidden.ts";

/** Days that a decision may be for; none = until it is taken back. */
export const DECISION_DAYS = [1, 3, 7, 30, 90, 365] as const;

/** One of the rules, as the form offers it. */
export type RuleChoice = { readonly id: string; readonly text: string };

/** What may be done, about a note or about somebody as a whole; accounts are deleted by administrators. */
export function measuresFor(about: "note" | "person", maysDelete: boolean): readonly Measure[] {
  if (about === "note") return NOTE_MEASURES;
  return PERSON_MEASURES.filter((measure) => measure !== "delete" || maysDelete);
}

/** Names of the fields, for the summary of faults. */
export function decideLabels(visit: Visit): Readonly<Record<string, string>> {
  const { t } = visit.i18n;
  return {
    measure: t("decide.measure"),
    label: t("decide.label"),
    ground: t("decide.ground"),
    law: t("decide.law"),
    category: t("decide.category"),
    decisionFacts: t("decide.facts"),
    explanation: t("decide.explanation"),
    ends: t("decide.ends"),
    sure: t("decide.sure"),
  };
}

/** The form that decides: plain words that become a statement of reasons. */
export function decideForm(
  visit: Visit,
  state: FormState,
  form: {
    readonly action: string;
    readonly about: "note" | "person";
    readonly measures: readonly Measure[];
    readonly rules: readonly RuleChoice[];
  },
): Html {
  const { t } = visit.i18n;
  const words = STATEMENT_LIMITS.words;
  const grounds = [
    ...form.rules.map(({ id, text }) => ({ value: `rule:${id}`, label: shortened(text) })),
    { value: "rules", label: t("decide.rule_other") },
    { value: "law", label: t("decide.by_law") },
  ];
  const labels = [
    { value: "", label: t("decide.label_none") },
    ...LABELS.map((value) => ({ value, label: t(`label.${value}`) })),
  ];
  const categories = STATEMENT_CATEGORIES.map((value) => ({ value, label: t(categoryKey(value)) }));
  const ends = [
    { value: "", label: t("decide.ends_never") },
    ...DECISION_DAYS.map((days) => ({ value: String(days), label: t("decide.ends_days", { count: days }) })),
  ];
  return html`<form class="card stack" method="post" action="${form.action}">${formToken(visit)}
${radioField(visit, state, { name: "measure", label: "decide.measure", choices: form.measures.map((value) => ({ value, label: t(`measure.${value}`), hint: t(`measure.${value}_hint`) })) })}
${form.about === "note" ? selectField(visit, state, { name: "label", label: "decide.label", choices: labels }) : ""}
${selectField(visit, state, { name: "ground", label: "decide.ground", choices: grounds })}
${textField(visit, state, { name: "law", label: "decide.law", hint: t("decide.law_hint"), maxlength: STATEMENT_LIMITS.ground })}
${selectField(visit, state, { name: "category", label: "decide.category", choices: categories })}
${areaField(visit, state, { name: "decisionFacts", label: "decide.facts", hint: t("decide.facts_hint"), rows: 3, required: true })}
${areaField(visit, state, { name: "explanation", label: "decide.explanation", hint: t("report.comment_hint", { max: words }), rows: 3 })}
${selectField(visit, state, { name: "ends", label: "decide.ends", choices: ends })}
${form.measures.includes("delete") ? checkField(visit, state, { name: "sure", label: "decide.sure" }) : ""}
<div class="form-buttons"><button class="button danger" name="do" value="decide">${t("decide.submit")}</button></div></form>`;
}

/** A rule as an option: options cannot be read when they are long. */
function shortened(text: string): string {
  const letters = [...text];
  return letters.length > 80 ? `${letters.slice(0, 79).join("")}…` : text;
}
