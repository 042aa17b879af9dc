import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { FEATURE_CHOICES } from "../../../server/domain/collection.ts";
import { MESSAGE_SENDERS } from "../../../server/domain/preferences.ts";
import { updatePreferences } from "../../../server/services/accounts/preferences.ts";
import { getProfileForm, updateProfile } from "../../../server/services/accounts/profile.ts";
import { getPlaces, setFeatureChoice } from "../../../server/services/collections/collection-consent.ts";
import { checkField, faultSummary, radioField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

const SWITCHES = ["locked", "hidesRelations", "discoverable", "indexable"] as const;

/** Who finds the person, follows them, recommends them. */
export async function getPrivacy(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const profile = await getProfileForm(app, viewer);
  const { choice } = await getPlaces(app, viewer);
  const yes = Object.fromEntries(SWITCHES.map((name) => [name, profile[name] ? "yes" : ""]));
  const { messagesFrom } = viewer.preferences;
  return await show(c, freshForm({ ...yes, choice, messagesFrom }));
}

export async function postPrivacy(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const on = (name: (typeof SWITCHES)[number]) => form.text(name) === "yes";
  const outcome = await attempt(async () => {
    await setFeatureChoice(app, viewer, form.text("choice"));
    const messagesFrom = MESSAGE_SENDERS.find((one) => one === form.text("messagesFrom"));
    if (messagesFrom !== undefined) await updatePreferences(app, viewer, { messagesFrom });
    await updateProfile(app, viewer, {
      locked: on("locked"),
      hidesRelations: on("hidesRelations"),
      discoverable: on("discoverable"),
      indexable: on("indexable"),
    });
  });
  if (!outcome.ok) return await show(c, returnedForm(form, outcome.refusal));
  return c.redirect("/settings/privacy?saved=yes", 303);
}

async function show(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const body = html`<form class="stack" method="post" action="/settings/privacy">${formToken(visit)}${faultSummary(visit, state)}
<fieldset class="card stack"><legend class="section-title">${t("privacy.follow")}</legend>
${checkField(visit, state, { name: "locked", label: "profile_form.locked", hint: t("profile_form.locked_hint") })}
${checkField(visit, state, { name: "hidesRelations", label: "profile_form.hides_relations", hint: t("profile_form.hides_relations_hint") })}</fieldset>
<fieldset class="card stack"><legend class="section-title">${t("privacy.found")}</legend>
${checkField(visit, state, { name: "discoverable", label: "profile_form.discoverable", hint: t("profile_form.discoverable_hint") })}
${checkField(visit, state, { name: "indexable", label: "profile_form.indexable", hint: t("profile_form.indexable_hint") })}</fieldset>
<div class="card">${radioField(visit, state, { name: "messagesFrom", label: "messages.from", hint: t("messages.from_hint"), choices: MESSAGE_SENDERS.map((value) => ({ value, label: t(`messages.from_${value}`), hint: t(`messages.from_${value}_hint`) })) })}</div>
<div class="card">${radioField(visit, state, { name: "choice", label: "collections.choice", choices: FEATURE_CHOICES.map((value) => ({ value, label: t(`feature_choice.${value}`) })) })}</div>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="/settings/posting#policy">${t("settings.policy")}</a></div></form>`;
  return await showPage(c, {
    title: t("settings.privacy"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "privacy", c.req.query("saved") !== undefined, body),
  });
}
