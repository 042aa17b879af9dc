import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { getProfileForm, updateProfile } from "../../../server/services/accounts/profile.ts";
import type { ProfileForm } from "../../../server/services/accounts/profile.ts";
import {
  areaField,
  checkField,
  describedBy,
  faultLine,
  faultSummary,
  textField,
} from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import type { Form } from "../../form.ts";
import { attempt, bytesOf, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Lines of the table that the form always offers, and at most. */
const FIELD_LINES = 4;
const FIELD_LINES_MAX = 16;

export async function getProfileSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const profile = await getProfileForm(c.get("visit").app, viewer);
  return await show(c, profile, freshForm(toValues(profile)));
}

export async function postProfileSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const pictures = { ...(await picture(form, "avatar")), ...(await picture(form, "header")) };
  const outcome = await attempt(() => updateProfile(app, viewer, { ...toChange(form), ...pictures }));
  if (!outcome.ok)
    return await show(c, await getProfileForm(app, viewer), returnedForm(form, outcome.refusal));
  return c.redirect("/settings/profile?saved=yes", 303);
}

function toValues(profile: ProfileForm): Readonly<Record<string, string | readonly string[]>> {
  const yes = (on: boolean) => (on ? "yes" : "");
  return {
    name: profile.name,
    bioSource: profile.bioSource,
    fieldName: profile.fields.map(({ name }) => name),
    fieldValue: profile.fields.map(({ value }) => value),
    bot: yes(profile.bot),
    showsFeatured: yes(profile.showsFeatured),
    attributionDomains: profile.attributionDomains.join("\n"),
  };
}

function toChange(form: Form) {
  const values = form.all("fieldValue");
  const fields = form
    .all("fieldName")
    .map((name, index) => ({ name: name.trim(), value: (values[index] ?? "").trim() }));
  return {
    name: form.text("name"),
    bioSource: form.text("bioSource"),
    fields: fields.filter(({ name, value }) => name !== "" || value !== ""),
    bot: form.text("bot") === "yes",
    showsFeatured: form.text("showsFeatured") === "yes",
    attributionDomains: form
      .text("attributionDomains")
      .split(/[\s,]+/)
      .filter((part) => part !== ""),
  };
}

async function picture(form: Form, name: "avatar" | "header") {
  const [file] = form.files(name);
  if (file !== undefined) return { [name]: await bytesOf(file) };
  return form.text(`${name}Remove`) === "yes" ? { [name]: "remove" as const } : {};
}

async function show(c: WebContext, profile: ProfileForm, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const body = html`<form class="stack" method="post" action="/settings/profile" enctype="multipart/form-data">${formToken(visit)}
<button class="hidden" tabindex="-1" aria-hidden="true">${t("form.save")}</button>${faultSummary(visit, state, { name: t("profile_form.name"), bioSource: t("profile_form.bio"), fields: t("profile_form.fields"), attributionDomains: t("profile_form.domains"), avatar: t("profile_form.avatar"), header: t("profile_form.header") })}
<div class="card stack">
${textField(visit, state, { name: "name", label: "profile_form.name", maxlength: 60, dir: "auto", autocomplete: "nickname" })}
${areaField(visit, state, { name: "bioSource", label: "profile_form.bio", hint: t("profile_form.bio_hint", { max: 2000 }), rows: 5 })}
${pictureField(visit, state, { name: "avatar", label: "profile_form.avatar", url: profile.avatarUrl })}
${pictureField(visit, state, { name: "header", label: "profile_form.header", url: profile.headerUrl })}</div>
${fieldTable(visit, state)}
<fieldset class="card stack"><legend class="section-title">${t("featured.title")}</legend>
${checkField(visit, state, { name: "showsFeatured", label: "profile_form.shows_featured", hint: t("profile_form.shows_featured_hint") })}
<p class="more-link"><a href="/settings/featured">${t("featured.choose")}</a></p>
${areaField(visit, state, { name: "attributionDomains", label: "profile_form.domains", hint: t("profile_form.domains_hint"), rows: 2 })}
${checkField(visit, state, { name: "bot", label: "profile_form.bot" })}</fieldset>
<p class="more-link"><a href="/settings/privacy">${t("profile_form.choices")}</a></p>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/@${visit.viewer?.username ?? ""}">${t("profile_form.view")}</a></div></form>`;
  return await showPage(c, {
    title: t("settings.profile"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "profile", c.req.query("saved") !== undefined, body),
  });
}

function pictureField(
  visit: Visit,
  state: FormState,
  field: { readonly name: "avatar" | "header"; readonly label: MessageKey; readonly url: string | null },
): Html {
  const { t } = visit.i18n;
  const id = `f-${field.name}`;
  return html`<div class="field"><label for="${id}">${t(field.label)}</label>${faultLine(visit, state, field.name)}
<div class="picture-row">${field.url === null ? "" : html`<img class="picture-now is-${field.name}" src="${field.url}" alt="">`}<div>
<input type="file" id="${id}" name="${field.name}" accept="image/*"${describedBy(state, { name: field.name })}>
${field.url === null ? "" : html`<label class="choice"><input type="checkbox" name="${field.name}Remove" value="yes"> <span>${t("profile_form.remove_picture")}</span></label>`}</div></div></div>`;
}

function fieldTable(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  const names = state.values("fieldName");
  const values = state.values("fieldValue");
  const lines = Math.min(FIELD_LINES_MAX, Math.max(FIELD_LINES, names.length + 1));
  return html`<fieldset class="card field-table" id="f-fields"><legend class="section-title">${t("profile_form.fields")}</legend><p class="hint">${t("profile_form.fields_hint")}</p>${faultLine(visit, state, "fields")}
${Array.from({ length: lines }, (_, index) => {
  const count = { position: index + 1 };
  return html`<div class="field-line"><input type="text" name="fieldName" value="${names[index] ?? ""}" aria-label="${t("profile_form.field_name", count)}" placeholder="${t("profile_form.field_name_short")}" maxlength="255" dir="auto"><input type="text" name="fieldValue" value="${values[index] ?? ""}" aria-label="${t("profile_form.field_value", count)}" placeholder="${t("profile_form.field_value_short")}" maxlength="255" dir="auto" autocapitalize="none"></div>`;
})}</fieldset>`;
}
