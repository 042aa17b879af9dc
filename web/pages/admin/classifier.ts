import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  type ClassifierRule,
  RULE_KINDS,
  RULE_SUGGESTIONS,
  type RuleKind,
} from "../../../server/domain/classifier.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  createRule,
  deleteRule,
  listRules,
  type NewRule,
  type Trial,
  tryRule,
  turnRule,
  viewRule,
} from "../../../server/services/moderation/classifier-rules.ts";
import {
  type HookView,
  removeHook,
  setHook,
  viewHook,
} from "../../../server/services/moderation/hook-settings.ts";
import { adminFrame, choiceTabs } from "../../components/admin-nav.ts";
import { areaField, checkField, faultSummary, radioField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Form } from "../../form.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/classifier";
const NUMBERS = { rate: ["count", "minutes"], newcomer: ["days", "links", "mentions"] } as const;

/** What looks at new notes: rules, a form for a new one (`?kind=`), and the program that is asked. */
export async function getClassifier(c: WebContext, viewer: Viewer): Promise<Response> {
  const hook = await viewHook(c.get("visit").app, viewer);
  return await showAll(
    c,
    viewer,
    freshForm({ url: hook?.url ?? "", enabled: hook?.enabled === false ? "" : "yes", suggestion: "hold" }),
  );
}

/** Writes a rule down, which is off at first, or sets the program. */
export async function postClassifier(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const what = form.text("do");
  if (what === "rule") {
    const made = await attempt(() => createRule(app, viewer, ruleOf(form)));
    if (!made.ok) return await showAll(c, viewer, returnedForm(form, made.refusal));
    return c.redirect(`${PATH}/${made.value}`, 303);
  }
  if (what !== "hook" && what !== "no-hook") throw notFound();
  const hook = {
    url: form.text("url"),
    secret: form.text("secret"),
    enabled: form.text("enabled") === "yes",
  };
  const outcome = await attempt(() =>
    what === "hook" ? setHook(app, viewer, hook) : removeHook(app, viewer),
  );
  if (!outcome.ok) return await showAll(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?done=yes`, 303);
}

/** One rule, and what it would have met in the last seven days. */
export async function getRule(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const rule = await viewRule(visit.app, viewer, idOf(c));
  const trial = await tryRule(visit.app, viewer, rule.id);
  const body = html`<section class="card stack">${facts(visit, rule)}<pre class="prose" dir="auto">${shown(visit, rule)}</pre>
<form method="post" action="${PATH}/${rule.id}">${formToken(visit)}<div class="form-buttons"><button class="button primary" name="do" value="${rule.enabled ? "off" : "on"}">${t(rule.enabled ? "rules.turn_off" : "rules.turn_on")}</button> <button class="button danger" name="do" value="delete">${t("rules.delete")}</button></div></form></section>
${trialSection(visit, trial)}`;
  return await showPage(c, {
    title: rule.name,
    place: "settings",
    main: adminFrame(visit, "classifier", body, {
      title: rule.name,
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

/** Turns a rule on or off, or removes it. */
export async function postRule(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const what = (await readForm(c)).text("do");
  const id = idOf(c);
  if (what === "delete") {
    await deleteRule(app, viewer, id);
    return c.redirect(`${PATH}?done=yes`, 303);
  }
  if (what !== "on" && what !== "off") throw notFound();
  await turnRule(app, viewer, id, what);
  return c.redirect(`${PATH}/${id}?done=yes`, 303);
}

function idOf(c: WebContext): number {
  const id = parseId(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

function ruleOf(form: Form): NewRule {
  const kind = form.text("kind");
  const names = kind === "rate" || kind === "newcomer" ? NUMBERS[kind] : [];
  return {
    name: form.text("name"),
    kind,
    lines: form.text("lines"),
    numbers: Object.fromEntries(names.map((name) => [name, wholeNumber(form.text(name))])),
    suggestion: form.text("suggestion"),
    label: form.text("label"),
  };
}

function wholeNumber(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : -1;
}

function kindOf(c: WebContext, state: FormState): RuleKind {
  const asked = state.value("kind") === "" ? c.req.query("kind") : state.value("kind");
  return RULE_KINDS.find((kind) => kind === asked) ?? "words";
}

async function showAll(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const rules = await listRules(visit.app, viewer);
  const hook = await viewHook(visit.app, viewer);
  const kind = kindOf(c, state);
  const kinds = RULE_KINDS.map((one) => ({
    href: `${PATH}?kind=${one}#new`,
    text: t(`rules.kind_${one}`),
    isHere: one === kind,
  }));
  const labels = Object.fromEntries(
    (["name", "lines", "label", "count", "minutes", "days", "links", "mentions"] as const).map((name) => [
      name,
      t(fieldLabel(name, kind)),
    ]),
  );
  const body = html`${faultSummary(visit, state, { ...labels, suggestion: t("rules.suggestion"), url: t("hook.url"), secret: t("hook.secret") })}
<section class="stack" aria-labelledby="rules-head"><h2 class="section-title" id="rules-head">${t("rules.title")}</h2>
${rules.length === 0 ? html`<div class="empty">${t("rules.none")}</div>` : html`<ul class="rows card">${rules.map((rule) => html`<li><div>${facts(visit, rule)}</div></li>`)}</ul>`}</section>
<section class="stack" aria-labelledby="new"><h2 class="section-title" id="new">${t("rules.new")}</h2>${choiceTabs(t("rules.kind"), kinds)}
<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="kind" value="${kind}"><p class="muted">${t(`rules.kind_${kind}_hint`)}</p>
${textField(visit, state, { name: "name", label: "rules.name", required: true, maxlength: 100, dir: "auto" })}${lookedFor(visit, state, kind)}
${textField(visit, state, { name: "label", label: "rules.label", hint: t("rules.label_hint"), required: true, maxlength: 40, dir: "auto" })}
${radioField(visit, state, { name: "suggestion", label: "rules.suggestion", choices: RULE_SUGGESTIONS.map((value) => ({ value, label: t(`rules.does_${value}`), hint: t(`rules.does_${value}_hint`) })) })}
<div class="form-buttons"><button class="button primary" name="do" value="rule">${t("rules.try")}</button></div></form></section>
${hookSection(visit, state, hook)}`;
  return await showPage(c, {
    title: t("staff.classifier"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "classifier", body, {
      lead: t("rules.lead"),
      done: c.req.query("done") === undefined ? undefined : "form.saved",
    }),
  });
}

type FieldName = "name" | "lines" | "label" | "count" | "minutes" | "days" | "links" | "mentions";

function fieldLabel(name: FieldName, kind: RuleKind): MessageKey {
  if (name !== "lines") return `rules.${name}`;
  return kind === "rate" || kind === "newcomer" ? "rules.name" : `rules.lines_${kind}`;
}

function lookedFor(visit: Visit, state: FormState, kind: RuleKind): Html {
  if (kind === "rate" || kind === "newcomer")
    return html`${NUMBERS[kind].map((name) => textField(visit, state, { name, label: `rules.${name}`, inputmode: "numeric", required: true }))}`;
  if (kind === "pattern")
    return textField(visit, state, {
      name: "lines",
      label: "rules.lines_pattern",
      required: true,
      literal: true,
      dir: "ltr",
    });
  return areaField(visit, state, {
    name: "lines",
    label: `rules.lines_${kind}`,
    hint: visit.i18n.t("rules.a_line"),
    required: true,
    rows: 6,
  });
}

function facts(visit: Visit, rule: ClassifierRule): Html {
  const { t } = visit.i18n;
  return html`<p><a href="${PATH}/${rule.id}"><strong><bdi>${rule.name}</bdi></strong></a> <span class="muted">${t(rule.enabled ? "rules.on" : "rules.off")}</span></p>
<p class="muted">${t(`rules.kind_${rule.kind}`)} · ${t(`rules.does_${rule.suggestion}`)} · <bdi>${rule.label}</bdi> · ${t("rules.hits", { count: rule.hits })}</p>`;
}

/** What a rule looks for, as a person reads it. */
function shown(visit: Visit, rule: ClassifierRule): string {
  if (rule.kind !== "rate" && rule.kind !== "newcomer") return rule.pattern;
  const numbers = Object.entries(numbersOf(rule.pattern));
  const names = NUMBERS[rule.kind] as readonly ("count" | "minutes" | "days" | "links" | "mentions")[];
  return names
    .map(
      (name) =>
        `${visit.i18n.t(`rules.${name}`)}: ${String(numbers.find(([key]) => key === name)?.[1] ?? "")}`,
    )
    .join("\n");
}

/** Nothing of a pattern that is damaged. */
function numbersOf(pattern: string): object {
  try {
    return Object(JSON.parse(pattern)) as object;
  } catch {
    return {};
  }
}

function trialSection(visit: Visit, trial: Trial): Html {
  const { t } = visit.i18n;
  return html`<section class="stack" aria-labelledby="trial"><h2 class="section-title" id="trial">${t("rules.trial")}</h2>
<p>${t("rules.trial_met", { count: trial.met, looked: trial.looked })}</p>
${trial.samples.length === 0 ? "" : html`<ul class="rows card">${trial.samples.map(({ url, text, at }) => html`<li><div><p dir="auto">${text}</p><p class="muted"><a href="${url}" rel="nofollow noopener">${timeOf(visit, at, "")}</a></p></div></li>`)}</ul>`}</section>`;
}

function hookSection(visit: Visit, state: FormState, hook: HookView | null): Html {
  const { t } = visit.i18n;
  return html`<section class="stack" aria-labelledby="hook"><h2 class="section-title" id="hook">${t("hook.title")}</h2>
<form class="card stack" method="post" action="${PATH}">${formToken(visit)}<p class="muted">${t("hook.lead")}</p>
${hook === null || hook.faults === 0 ? "" : html`<p class="notice">${t("hook.faults", { count: hook.faults })}${hook.restsUntil === null ? "" : html` ${visit.i18n.rich("hook.rests", { time: timeOf(visit, hook.restsUntil, "", true) })}`}</p>`}
${textField(visit, state, { name: "url", label: "hook.url", type: "url", literal: true, dir: "ltr" })}
${textField(visit, state, { name: "secret", label: "hook.secret", type: "password", autocomplete: "off", hint: t(hook === null ? "hook.secret_hint" : "hook.secret_kept") })}
${checkField(visit, state, { name: "enabled", label: "hook.enabled" })}
<div class="form-buttons"><button class="button primary" name="do" value="hook">${t("form.save")}</button>${hook === null ? "" : html` <button class="button danger" name="do" value="no-hook">${t("hook.remove")}</button>`}</div></form></section>`;
}
