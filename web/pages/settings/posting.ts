import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { isVisibility, VISIBILITIES } from "../../../server/domain/visibility.ts";
import { updatePreferences } from "../../../server/services/accounts/preferences.ts";
import { findStandardPolicy, setStandardPolicy } from "../../../server/services/consent/interactions.ts";
import { canonicalLanguage } from "../../../server/text/language.ts";
import { checkField, radioField, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { heldPolicyFields } from "../../components/policy-fields.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { freshForm, readForm } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { readChoice, toPolicy } from "../../policy-choices.ts";
import type { WebContext } from "../../visit.ts";

const REMINDERS = ["remind", "require", "off"] as const;

/** Where these choices stood before. */
export async function getPolicySettings(c: WebContext): Promise<Response> {
  return c.redirect("/settings/posting", 301);
}

/** How the form for a note starts, whether descriptions are asked for, and who may answer and quote. */
export async function getPosting(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { preferences } = viewer;
  const policy = await findStandardPolicy(visit.app, viewer);
  const state = freshForm({
    visibility: preferences.visibility,
    language: preferences.language ?? "",
    sensitive: preferences.sensitive ? "yes" : "",
    altReminder: preferences.altReminder,
  });
  const readers = VISIBILITIES.map((value) => ({ value, label: t(`visibility.${value}_long`) }));
  const languages = [
    { value: "", label: t("posting.language_first") },
    ...languageChoices(visit.i18n, viewer.languages),
  ];
  const reminders = REMINDERS.map((value) => ({ value, label: t(`posting.alt_${value}`) }));
  const body = html`<form class="stack" method="post" action="/settings/posting">${formToken(visit)}
<fieldset class="card stack"><legend class="section-title">${t("posting.start")}</legend>
${selectField(visit, state, { name: "visibility", label: "compose.readers", choices: readers })}
${selectField(visit, state, { name: "language", label: "compose.language", choices: languages })}
${checkField(visit, state, { name: "sensitive", label: "posting.sensitive" })}</fieldset>
<div class="card">${radioField(visit, state, { name: "altReminder", label: "posting.alt", choices: reminders })}</div>
<fieldset class="card stack" id="policy"><legend class="section-title">${t("policy.title")}</legend><p>${t("policy.lead")}</p>${heldPolicyFields(visit, policy, t("policy.hint"))}</fieldset>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/requests">${t("asked.see")}</a></div></form>`;
  return await showPage(c, {
    title: t("settings.posting"),
    place: "settings",
    main: settingsFrame(visit, "posting", c.req.query("saved") !== undefined, body),
  });
}

/** Everything on the form has a value, so what is not among the offered ones stays as it was. */
export async function postPosting(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const visibility = form.text("visibility");
  await updatePreferences(app, viewer, {
    visibility: isVisibility(visibility) ? visibility : undefined,
    language: canonicalLanguage(form.text("language")),
    sensitive: form.text("sensitive") === "yes",
    altReminder: REMINDERS.find((one) => one === form.text("altReminder")),
  });
  if (form.has("reply") || form.has("quote"))
    await setStandardPolicy(
      app,
      viewer,
      toPolicy(readChoice(form.text("reply")), readChoice(form.text("quote"))),
    );
  return c.redirect("/settings/posting?saved=yes", 303);
}
