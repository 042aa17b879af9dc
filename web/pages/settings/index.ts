import { html } from "hono/html";
import { icon } from "../../components/icon.ts";
import { findSettings, settingsGroups } from "../../components/settings-nav.ts";
import type { SettingsEntry } from "../../components/settings-nav.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";
import { logoutForm } from "../joining/login.ts";

/** The ways to all settings, or to those of `?q=`, and out. */
export async function getSettingsIndex(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const query = (c.req.query("q") ?? "").slice(0, 100).trim();
  return await showPage(c, {
    title: t("settings.title"),
    place: "settings",
    main: html`<h1 class="page-title">${t("settings.title")}</h1>
<form class="search" role="search" action="/settings" aria-label="${t("settings.search")}"><label class="hidden" for="q">${t("settings.search")}</label><input type="search" id="q" name="q" value="${query}" placeholder="${t("settings.search")}" maxlength="100" dir="auto">
<button class="button quiet">${icon(visit, "search")}<span>${t("settings.search_button")}</span></button></form>
${query === "" ? all(visit) : found(visit, query)}
${logoutForm(c)}`,
  });
}

function all(visit: Visit): Html {
  const { t } = visit.i18n;
  return html`${settingsGroups(visit).map(
    ({ label, icon: drawing, entries }, index) =>
      html`<section aria-labelledby="group-${index}"><h2 class="settings-head" id="group-${index}">${icon(visit, drawing)}${t(label)}</h2>
<ul class="settings-list card">${entries.map((entry) => line(visit, entry, entry.hint))}</ul></section>`,
  )}`;
}

function found(visit: Visit, query: string): Html {
  const { t } = visit.i18n;
  const results = findSettings(visit, query);
  return html`${results.length === 0 ? html`<p class="empty">${t("settings.nothing")}</p>` : html`<ul class="settings-list card">${results.map(({ entry, found: key }) => line(visit, entry, key ?? entry.hint))}</ul>`}
<p class="more-link"><a href="/settings">${t("settings.all")}</a></p>`;
}

function line(visit: Visit, { href, label }: SettingsEntry, hint: MessageKey): Html {
  const { t } = visit.i18n;
  return html`<li><a href="${href}"><span><strong>${t(label)}</strong><small>${t(hint)}</small></span>${icon(visit, "next")}</a></li>`;
}
