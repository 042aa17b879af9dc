import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { updatePreferences } from "../../../server/services/accounts/preferences.ts";
import { checkField, radioField, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { freshForm, readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { rememberTheme } from "../../session.ts";
import { THEMES } from "../../visit.ts";
import type { WebContext } from "../../visit.ts";

const SWITCHES = ["openWarnings", "openMedia", "autoplay", "autoLoad", "shortcuts"] as const;
const VIEWS = ["list", "grid"] as const;

/** Colours, what is open from the start, movement, keyboard. */
export async function getAppearance(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { preferences } = viewer;
  const state = freshForm({
    theme: preferences.theme,
    exploreView: preferences.exploreView,
    profileView: preferences.profileView,
    ...Object.fromEntries(SWITCHES.map((name) => [name, preferences[name] ? "yes" : ""])),
  });
  const views = VIEWS.map((value) => ({ value, label: t(`view.${value}`) }));
  const themes = THEMES.map((value) => ({
    value,
    label: t(`appearance.theme_${value}`),
    ...(value === "contrast" ? { hint: t("appearance.theme_contrast_hint") } : {}),
  }));
  const body = html`<form class="stack" method="post" action="/settings/appearance">${formToken(visit)}
<div class="card">${radioField(visit, state, { name: "theme", label: "appearance.theme", choices: themes })}</div>
<fieldset class="card stack"><legend class="section-title">${t("appearance.closed")}</legend>
${checkField(visit, state, { name: "openWarnings", label: "appearance.open_warnings", hint: t("appearance.open_warnings_hint") })}
${checkField(visit, state, { name: "openMedia", label: "appearance.open_media", hint: t("appearance.open_media_hint") })}</fieldset>
<fieldset class="card stack"><legend class="section-title">${t("appearance.movement")}</legend>
${checkField(visit, state, { name: "autoplay", label: "appearance.autoplay", hint: t("appearance.autoplay_hint") })}
${checkField(visit, state, { name: "autoLoad", label: "appearance.auto_load", hint: t("appearance.auto_load_hint") })}
${checkField(visit, state, { name: "shortcuts", label: "appearance.shortcuts", hint: t("appearance.shortcuts_hint") })}</fieldset>
<fieldset class="card stack"><legend class="section-title">${t("appearance.views")}</legend><div class="compose-row">
${selectField(visit, state, { name: "exploreView", label: "appearance.explore_view", choices: views })}
${selectField(visit, state, { name: "profileView", label: "appearance.profile_view", hint: t("appearance.profile_view_hint"), choices: views })}</div></fieldset>
<div class="form-buttons"><button class="button primary">${t("form.save")}</button></div></form>`;
  return await showPage(c, {
    title: t("settings.appearance"),
    place: "settings",
    main: settingsFrame(visit, "appearance", c.req.query("saved") !== undefined, body),
  });
}

/** Everything on the form has a value, so what is not among the offered ones stays as it was. */
export async function postAppearance(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const theme = THEMES.find((one) => one === form.text("theme"));
  const view = (name: string) => VIEWS.find((one) => one === form.text(name));
  await updatePreferences(c.get("visit").app, viewer, {
    theme,
    exploreView: view("exploreView"),
    profileView: view("profileView"),
    ...Object.fromEntries(SWITCHES.map((name) => [name, form.text(name) === "yes"])),
  });
  if (theme !== undefined) rememberTheme(c, theme);
  return c.redirect("/settings/appearance?saved=yes", 303);
}
