import { html } from "hono/html";
import type { FormState } from "../forms.ts";
import type { Html } from "../html.ts";
import { flag } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

type Field = {
  readonly name: string;
  readonly label: MessageKey;
  /** What stands in the slots of the label. */
  readonly params?: Readonly<Record<string, string | number>>;
  readonly hint?: string | Html | undefined;
  readonly required?: boolean;
  /** Not required, but not worth saying so: there is always a value, or the whole form is optional. */
  readonly isUnmarked?: boolean;
};
type TextField = Field & {
  readonly type?: "text" | "date" | "password" | "email" | "search" | "url";
  readonly autocomplete?: string;
  readonly inputmode?: string;
  readonly maxlength?: number;
  readonly dir?: "auto" | "ltr";
  /** For the phone keyboard: names and codes are not prose. */
  readonly literal?: boolean;
};
export type Choice = { readonly value: string; readonly label: string; readonly hint?: string };

/** The id of the control of a field, for labels and for links from the summary of faults. */
export function fieldId(name: string): string {
  return `f-${name.replace(/[^\w-]/g, "-")}`;
}

/** A line of text. Passwords never come back. */
export function textField(visit: Visit, state: FormState, field: TextField): Html {
  const type = field.type ?? "text";
  const value = type === "password" ? "" : state.value(field.name);
  return wrap(
    visit,
    state,
    field,
    (described) =>
      html`<input type="${type}" id="${fieldId(field.name)}" name="${field.name}" value="${value}"${flag("required", field.required === true)}${described}
${field.autocomplete === undefined ? "" : html` autocomplete="${field.autocomplete}"`}${field.inputmode === undefined ? "" : html` inputmode="${field.inputmode}"`}${field.maxlength === undefined ? "" : html` maxlength="${field.maxlength}"`}${field.literal === true ? html` autocapitalize="none" spellcheck="false"` : ""}${field.dir === undefined ? "" : html` dir="${field.dir}"`}>`,
  );
}

/** Several lines of text. */
export function areaField(visit: Visit, state: FormState, field: Field & { readonly rows?: number }): Html {
  return wrap(
    visit,
    state,
    field,
    (described) =>
      html`<textarea id="${fieldId(field.name)}" name="${field.name}" rows="${field.rows ?? 4}" dir="auto"${flag("required", field.required === true)}${described}>
${state.value(field.name)}</textarea>`,
  );
}

/** One of a few. */
export function selectField(
  visit: Visit,
  state: FormState,
  field: Field & { readonly choices: readonly Choice[] },
): Html {
  const chosen = state.value(field.name);
  return wrap(
    visit,
    state,
    { ...field, isUnmarked: true },
    (described) =>
      html`<select id="${fieldId(field.name)}" name="${field.name}"${described}>${options(field.choices, chosen)}</select>`,
  );
}

/** The options of a select. */
export function options(choices: readonly Choice[], chosen: string): Html {
  return html`${choices.map(({ value, label }) => html`<option value="${value}"${flag("selected", value === chosen)}>${label}</option>`)}`;
}

/** One of a few, each with its sentence in sight. */
export function radioField(
  visit: Visit,
  state: FormState,
  field: Field & { readonly choices: readonly Choice[] },
): Html {
  const { t } = visit.i18n;
  const chosen = state.value(field.name);
  const id = fieldId(field.name);
  return html`<fieldset class="field radios" id="${id}"><legend>${t(field.label)}</legend>
${field.hint === undefined ? "" : html`<p class="hint">${field.hint}</p>`}${faultLine(visit, state, field.name)}
${field.choices.map(
  (
    choice,
  ) => html`<label class="choice"><input type="radio" name="${field.name}" value="${choice.value}"${flag("checked", choice.value === chosen)}>
<span>${choice.label}${choice.hint === undefined ? "" : html`<small>${choice.hint}</small>`}</span></label>`,
)}</fieldset>`;
}

/** Yes or no. */
export function checkField(visit: Visit, state: FormState, field: Field): Html {
  const { t } = visit.i18n;
  const id = fieldId(field.name);
  return html`<div class="field"><label class="choice" for="${id}"><input type="checkbox" id="${id}" name="${field.name}" value="yes"${flag("checked", state.value(field.name) === "yes")}${flag("required", field.required === true)}${describedBy(state, field)}>
<span>${t(field.label)}${field.hint === undefined ? "" : html`<small id="${id}-hint">${field.hint}</small>`}</span></label>${faultLine(visit, state, field.name)}</div>`;
}

/** Some of many, all in sight. */
export function checkListField(
  visit: Visit,
  state: FormState,
  field: Field & { readonly choices: readonly Choice[] },
): Html {
  const { t } = visit.i18n;
  const chosen = new Set(state.values(field.name));
  return html`<fieldset class="field checks" id="${fieldId(field.name)}"><legend>${t(field.label)}</legend>
${field.hint === undefined ? "" : html`<p class="hint">${field.hint}</p>`}${faultLine(visit, state, field.name)}
<div class="check-grid">${field.choices.map(
    (choice) =>
      html`<label class="choice"><input type="checkbox" name="${field.name}" value="${choice.value}"${flag("checked", chosen.has(choice.value))}> <span>${choice.label}</span></label>`,
  )}</div></fieldset>`;
}

/**
 * What is wrong, above the form, with a link to each field; nothing when all is well.
 * `labels` names the fields, so that the line makes sense without the form, and gives their order on the page.
 */
export function faultSummary(
  visit: Visit,
  state: FormState,
  labels: Readonly<Record<string, string>> = {},
): Html {
  const { t, message } = visit.i18n;
  if (state.refusal === null) return html``;
  const order = Object.keys(labels);
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const faults = Object.entries(state.refusal.faults).toSorted(([a], [b]) => rank(a) - rank(b));
  return html`<div class="notice bad" role="alert" id="faults" tabindex="-1">
<p class="notice-title">${state.refusal.general === null ? t("form.faults", { count: faults.length }) : message(state.refusal.general)}</p>
${faults.length === 0 ? "" : html`<ul>${faults.map(([name, fault]) => html`<li><a href="#${fieldId(name)}">${labels[name] === undefined ? "" : html`<strong>${labels[name]}</strong>${t("form.colon")}`}${message(fault)}</a></li>`)}</ul>`}</div>`;
}

/** The sentence at a field that is wrong. */
export function faultLine(visit: Visit, state: FormState, name: string): Html {
  const fault = state.refusal?.faults[name];
  if (fault === undefined) return html``;
  return html`<p class="fault" id="${fieldId(name)}-fault">${visit.i18n.message(fault)}</p>`;
}

/** `aria-describedby` and `aria-invalid` of a control. */
export function describedBy(
  state: FormState,
  field: { readonly name: string; readonly hint?: unknown },
): Html {
  const id = fieldId(field.name);
  const isFaulty = state.refusal?.faults[field.name] !== undefined;
  const ids = [isFaulty ? `${id}-fault` : "", field.hint === undefined ? "" : `${id}-hint`].filter(
    (part) => part !== "",
  );
  return html`${isFaulty ? html` aria-invalid="true"` : ""}${ids.length === 0 ? "" : html` aria-describedby="${ids.join(" ")}"`}`;
}

function wrap(visit: Visit, state: FormState, field: Field, control: (described: Html) => Html): Html {
  const { t } = visit.i18n;
  const id = fieldId(field.name);
  return html`<div class="field"><label for="${id}">${t(field.label, field.params)}${field.required === true || field.isUnmarked === true ? "" : html` <span class="optional">${t("form.optional")}</span>`}</label>
${field.hint === undefined ? "" : html`<p class="hint" id="${id}-hint">${field.hint}</p>`}${faultLine(visit, state, field.name)}
${control(describedBy(state, field))}</div>`;
}
