import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { setLanguages } from "../../../server/services/accounts/accounts.ts";
import { checkListField, faultSummary, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { isLocale, LOCALES, OWN_NAMES } from "../../i18n.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

/** The language of the pages, and those the person reads and writes. */
export async function getLanguageSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm({ locale: viewer.locale ?? "", languages: viewer.languages }));
}

export async function postLanguageSettings(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const locale = form.text("locale");
  const outcome = await attempt(() =>
    setLanguages(c.get("visit").app, viewer, {
      locale: isLocale(locale) ? locale : null,
      languages: form.all("languages"),
    }),
  );
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect("/settings/language?saved=yes", 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const locales = [
    { value: "", label: t("settings.locale_browser") },
    ...LOCALES.map((value) => ({ value, label: OWN_NAMES[value] })),
  ];
  const body = html`<form class="card stack" method="post" action="/settings/language">${formToken(visit)}${faultSummary(visit, state)}
${selectField(visit, state, { name: "locale", label: "settings.locale", choices: locales })}
${checkListField(visit, state, { name: "languages", label: "settings.languages", hint: t("settings.languages_hint"), choices: languageChoices(visit.i18n, viewer.languages) })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>`;
  return await showPage(c, {
    title: t("settings.language"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "language", c.req.query("saved") !== undefined, body),
  });
}
