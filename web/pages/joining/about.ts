import { html } from "hono/html";
import { getStatistics } from "../../../server/services/accounts/settings.ts";
import { renderRules } from "../../components/rules.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

/** Who runs this place, by which rules, and how many are here. */
export async function getAbout(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { settings } = visit;
  const { t, count, languageName } = visit.i18n;
  const numbers = await getStatistics(visit.app);
  return await showPage(c, {
    title: t("about.title", { server: settings.name }),
    place: "about",
    isPublic: true,
    main: html`<h1 class="page-title">${t("about.title", { server: settings.name })}</h1>
${settings.description === "" ? "" : html`<p class="lead" dir="auto">${settings.description}</p>`}
<dl class="numbers"><div><dt>${t("about.members")}</dt><dd>${count(numbers.members)}</dd></div><div><dt>${t("about.notes")}</dt><dd>${count(numbers.notes)}</dd></div><div><dt>${t("about.active")}</dt><dd>${count(numbers.activeMonth)}</dd></div></dl>
<section class="card rules" id="rules" aria-labelledby="about-rules"><h2 class="section-title" id="about-rules">${t("about.rules")}</h2>${settings.rules === "" ? html`<p class="muted">${t("about.no_rules")}</p>` : renderRules(visit)}</section>
<section class="card" aria-labelledby="about-facts"><h2 class="section-title" id="about-facts">${t("about.facts")}</h2><dl class="facts">
<div><dt>${t("about.address")}</dt><dd>${visit.app.config.handleHost}</dd></div>
<div><dt>${t("about.joining")}</dt><dd>${t(`join_mode.${settings.joinMode}_hint`)}</dd></div>
<div><dt>${t("about.languages")}</dt><dd>${settings.languages.map(languageName).join(t("list.separator"))}</dd></div>
${settings.contactEmail === "" ? "" : html`<div><dt>${t("about.contact")}</dt><dd><a href="mailto:${settings.contactEmail}">${settings.contactEmail}</a></dd></div>`}
</dl></section>
<section class="card" aria-labelledby="about-fediverse"><h2 class="section-title" id="about-fediverse">${t("about.fediverse")}</h2><p>${t("about.fediverse_text", { host: visit.app.config.handleHost })}</p></section>`,
  });
}
