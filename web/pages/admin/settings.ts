import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { updateSettings } from "../../../server/services/accounts/settings.ts";
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
import type { FormState } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";
import { joinModeChoices, joinModeOf } from "../joining/setup.ts";

/** What the server is called, who may join, its rules. */
export async function getAdminSettings(c: WebContext): Promise<Response> {
  const { settings } = c.get("visit");
  return await show(
    c,
    freshForm({
      ...settings,
      setUp: "",
      appearance: "",
      publishesBlocks: settings.publishesBlocks ? "yes" : "",
    }),
  );
}

export async function postAdminSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await attempt(() =>
    updateSettings(c.get("visit").app, viewer, {
      name: form.text("name").trim(),
      description: form.text("description").trim(),
      rules: form.text("rules").trim(),
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

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const body = html`<form class="card stack" method="post" action="/admin/settings">${formToken(visit)}${faultSummary(visit, state, { name: t("setup.name"), languages: t("setup.languages"), contactEmail: t("admin.contact"), description: t("admin.description"), rules: t("admin.rules") })}
${textField(visit, state, { name: "name", label: "setup.name", required: true, maxlength: 60, dir: "auto" })}
${areaField(visit, state, { name: "description", label: "admin.description", hint: t("admin.description_hint"), rows: 3 })}
${areaField(visit, state, { name: "rules", label: "admin.rules", hint: t("admin.rules_hint"), rows: 8 })}
${radioField(visit, state, { name: "joinMode", label: "admin.join_mode", choices: joinModeChoices(t) })}
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
