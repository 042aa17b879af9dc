import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  type InstanceSettings,
  rulesField,
  updateSettings,
} from "../../../server/services/accounts/settings.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import {
  areaField,
  checkField,
  checkListField,
  faultSummary,
  radioField,
  textField,
} from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { Form } from "../../form.ts";
import type { FormState } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";
import { joinModeChoices, joinModeOf } from "../joining/setup.ts";

/** What the server is called, who may join, its rules. */
export async function getAdminSettings(c: WebContext): Promise<Response> {
  const { settings } = c.get("visit");
  const { name, description, rules, terms, languages, contactEmail, usualJoinMode, publishesBlocks } =
    settings;
  return await show(
    c,
    freshForm({
      name,
      description,
      rules,
      terms,
      languages,
      contactEmail,
      ...Object.fromEntries(Object.entries(settings.rulesIn).map(([tag, text]) => [rulesField(tag), text])),
      reportHours: String(settings.reportHours),
      joinMode: usualJoinMode,
      publishesBlocks: publishesBlocks ? "yes" : "",
    }),
  );
}

export async function postAdminSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() =>
    updateSettings(c.get("visit").app, viewer, {
      name: form.text("name").trim(),
      description: form.text("description").trim(),
      ...rulesOfForm(form, c.get("visit").settings),
      ...(form.has("reportHours") ? { reportHours: hoursOf(form.text("reportHours")) } : {}),
      languages: form.all("languages"),
      joinMode: joinModeOf(form.text("joinMode")),
      contactEmail: form.text("contactEmail").trim(),
      terms: form.text("terms").trim(),
      publishesBlocks: form.text("publishesBlocks") === "yes",
    }),
  );
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect("/admin/settings?saved=yes", 303);
}

/** What was typed for each language; the first one that is chosen is the main one, whatever it was before. */
function rulesOfForm(
  form: Form,
  { languages }: InstanceSettings,
): Pick<InstanceSettings, "rules" | "rulesIn"> {
  const typed = (tag: string) => form.text(tag === languages[0] ? "rules" : rulesField(tag)).trim();
  const [main = "", ...others] = form.all("languages");
  const rulesIn = others.flatMap((tag) => (typed(tag) === "" ? [] : [[tag, typed(tag)] as const]));
  return { rules: typed(main) || form.text("rules").trim(), rulesIn: Object.fromEntries(rulesIn) };
}

/** NaN for what is no number, which the service refuses with a sentence. */
function hoursOf(text: string): number {
  return /^[0-9]{1,4}$/.test(text.trim()) ? Number(text.trim()) : Number.NaN;
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t, languageName } = visit.i18n;
  const [main = "en", ...others] = visit.settings.languages;
  const labels = Object.fromEntries(
    others.map((tag) => [rulesField(tag), t("rule_texts.other", { language: languageName(tag) })]),
  );
  const body = html`<form class="card stack" method="post" action="/admin/settings">${formToken(visit)}${faultSummary(visit, state, { name: t("setup.name"), languages: t("setup.languages"), contactEmail: t("admin.contact"), description: t("admin.description"), rules: t("admin.rules"), ...labels, reportHours: t("admin.report_hours") })}
${textField(visit, state, { name: "name", label: "setup.name", required: true, maxlength: 60, dir: "auto" })}
${areaField(visit, state, { name: "description", label: "admin.description", hint: t("admin.description_hint"), rows: 3 })}
${areaField(visit, state, { name: "rules", label: "admin.rules", hint: t("admin.rules_hint"), rows: 8 })}
${others.map((tag) => areaField(visit, state, { name: rulesField(tag), label: "rule_texts.other", params: { language: languageName(tag) }, hint: t("rule_texts.hint", { language: languageName(main) }), rows: 8 }))}
${textField(visit, state, { name: "reportHours", label: "admin.report_hours", hint: t("admin.report_hours_hint"), required: true, inputmode: "numeric", maxlength: 4, dir: "ltr" })}
${radioField(visit, state, { name: "joinMode", label: "admin.join_mode", choices: joinModeChoices(t) })}
<p class="muted"><a href="/admin/joining">${t("staff.joining")}</a></p>
${textField(visit, state, { name: "contactEmail", label: "admin.contact", type: "email", hint: t("admin.contact_hint"), literal: true })}
${areaField(visit, state, { name: "terms", label: "admin.terms", hint: t("admin.terms_hint"), rows: 4 })}
${checkField(visit, state, { name: "publishesBlocks", label: "admin.publishes_blocks", hint: t("admin.publishes_blocks_hint") })}
${checkListField(visit, state, { name: "languages", label: "setup.languages", choices: languageChoices(visit.i18n, visit.settings.languages) })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/about">${t("nav.about")}</a></div></form>`;
  return await showPage(c, {
    title: t("staff.settings"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "settings", body, {
      done: c.req.query("saved") === undefined ? undefined : "form.saved",
    }),
  });
}
