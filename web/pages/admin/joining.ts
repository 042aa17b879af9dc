import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { GATE_RANGES, type GateQuestion, QUESTION_MAX } from "../../../server/domain/gates.ts";
import { updateGates } from "../../../server/services/accounts/gates.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { areaField, faultSummary, radioField, selectField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import type { Form } from "../../form.ts";
import { attempt, type FormState, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/admin/joining";
const BITS = ["16", "18", "20"] as const;

/** Numbers of the form with their texts. */
const NUMBERS = {
  invitesPerMonth: ["gates.invites", "gates.invites_hint"],
  approvalsPerDay: ["gates.per_day", "gates.per_day_hint"],
  approvalsWaiting: ["gates.waiting", "gates.waiting_hint"],
  probationHours: ["gates.probation", "gates.probation_hint"],
  probationLikes: ["gates.likes", "gates.likes_hint"],
} as const satisfies Readonly<Record<string, readonly [MessageKey, MessageKey]>>;
type NumberName = keyof typeof NUMBERS;
const NUMBER_NAMES = Object.keys(NUMBERS).filter((name): name is NumberName => name in NUMBERS);

/** What newcomers pass, and what they may do in their first days. */
export async function getJoining(c: WebContext): Promise<Response> {
  const { gates, languages } = c.get("visit").settings;
  const numbers = NUMBER_NAMES.map((name) => [name, String(gates[name])] as const);
  const questions = askedLanguages(gates.questions, languages).flatMap((tag) => {
    const known = gates.questions.find(({ language }) => language === tag);
    return [
      [`question_${tag}`, known?.question ?? ""] as const,
      [`answers_${tag}`, (known?.answers ?? []).join("\n")] as const,
    ];
  });
  const { openCheck, workBits } = gates;
  const nearest = BITS.findLast((bits) => Number(bits) <= workBits) ?? BITS[0];
  return await show(
    c,
    freshForm({ ...Object.fromEntries([...numbers, ...questions]), openCheck, workBits: nearest }),
  );
}

/** Saves the gates. */
export async function postJoining(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app, settings } = c.get("visit");
  const form = await readForm(c);
  const numbers = NUMBER_NAMES.map((name) => [name, wholeNumber(form.text(name))] as const);
  const outcome = await attempt(() =>
    updateGates(app, viewer, {
      ...Object.fromEntries(numbers),
      openCheck: form.text("openCheck") === "none" ? "none" : "work",
      workBits: wholeNumber(form.text("workBits")),
      questions: questionsOf(form, askedLanguages(settings.gates.questions, settings.languages)),
    }),
  );
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

/** What is no number is refused by the service, with the range at the field. */
function wholeNumber(text: string): number {
  return /^\d{1,6}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** Languages of the community, and those in which a question was written before. */
function askedLanguages(questions: readonly GateQuestion[], languages: readonly string[]): readonly string[] {
  return [...new Set([...languages, ...questions.map(({ language }) => language)])].slice(0, 20);
}

function questionsOf(form: Form, languages: readonly string[]): readonly GateQuestion[] {
  return languages.flatMap((language) => {
    const question = form.text(`question_${language}`).trim();
    const answers = form
      .text(`answers_${language}`)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    return question === "" && answers.length === 0 ? [] : [{ language, question, answers }];
  });
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const languages = askedLanguages(visit.settings.gates.questions, visit.settings.languages);
  const labels = {
    ...Object.fromEntries(NUMBER_NAMES.map((name) => [name, t(NUMBERS[name][0])])),
    ...Object.fromEntries(
      languages.map((tag) => [
        `question_${tag}`,
        t("gates.question", { language: visit.i18n.languageName(tag) }),
      ]),
    ),
  };
  const body = html`<form class="card stack" method="post" action="${PATH}">${formToken(visit)}${faultSummary(visit, state, labels)}
<h2 class="section-title">${t("gates.open_title")}</h2>
${radioField(visit, state, {
  name: "openCheck",
  label: "gates.open_check",
  choices: (["work", "none"] as const).map((value) => ({
    value,
    label: t(`gates.${value}`),
    hint: t(`gates.${value}_hint`),
  })),
})}
${selectField(visit, state, { name: "workBits", label: "gates.bits", choices: BITS.map((value) => ({ value, label: t(`gates.bits_${value}`) })) })}
${languages.map((tag) => questionFields(visit, state, tag))}
<h2 class="section-title">${t("gates.approval_title")}</h2>${numberField(visit, state, "approvalsPerDay")}${numberField(visit, state, "approvalsWaiting")}
<h2 class="section-title">${t("staff.invites")}</h2>${numberField(visit, state, "invitesPerMonth")}
<h2 class="section-title">${t("gates.first_days")}</h2><p class="muted">${t("gates.first_days_text")}</p>${numberField(visit, state, "probationHours")}${numberField(visit, state, "probationLikes")}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/admin/settings">${t("admin.join_mode")}</a></div></form>`;
  return await showPage(c, {
    title: t("staff.joining"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "joining", body, {
      lead: t("gates.lead"),
      done: c.req.query("saved") === undefined ? undefined : "form.saved",
    }),
  });
}

function numberField(visit: Visit, state: FormState, name: NumberName): Html {
  const [label, hint] = NUMBERS[name];
  const [min, max] = GATE_RANGES[name];
  return textField(visit, state, {
    name,
    label,
    hint: `${visit.i18n.t(hint)} ${visit.i18n.t("field.number_range", { min, max })}`,
    inputmode: "numeric",
    required: true,
  });
}

function questionFields(visit: Visit, state: FormState, tag: string): Html {
  const { t, languageName } = visit.i18n;
  const language = languageName(tag);
  return html`<fieldset><legend>${t("gates.question", { language })}</legend><p class="hint">${t("gates.question_hint")}</p>
${textField(visit, state, { name: `question_${tag}`, label: "gates.question_text", maxlength: QUESTION_MAX, dir: "auto" })}
${areaField(visit, state, { name: `answers_${tag}`, label: "gates.answers", hint: t("gates.answers_hint"), rows: 2 })}</fieldset>`;
}
