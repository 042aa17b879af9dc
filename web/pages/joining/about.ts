import { html } from "hono/html";
import { getStatistics } from "../../../server/services/accounts/settings.ts";
import { KEPT, sessionDays } from "../../../server/services/operations/kept.ts";
import { listCommunities } from "../../../server/services/escapes/communities.ts";
import { listShownRules, type ShownRule } from "../../../server/services/moderation/domains.ts";
import { isReadByProgram } from "../../../server/services/moderation/hook.ts";
import { languageName } from "../../../server/text/language.ts";
import { ruleLanguages, rulesForReader } from "../../../server/text/rules.ts";
import { languagesOfReader, markdown, renderRules } from "../../components/rules.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const TABS: readonly (readonly [string, MessageKey])[] = [
  ["/about", "about.overview"],
  ["/about/rules", "about.rules"],
  ["/about/privacy", "about.privacy_title"],
  ["/about/blocks", "about.blocks_title"],
  ["/terms", "about.terms_title"],
  ["/moderation/log", "staff.log"],
];

/** Who runs this place, by which rules, and how many are here. */
export async function getAbout(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { settings } = visit;
  const { t, count, languageName } = visit.i18n;
  const numbers = await getStatistics(visit.app);
  return await show(
    c,
    t("about.title", { server: settings.name }),
    html`${settings.description === "" ? "" : html`<p class="lead" dir="auto">${settings.description}</p>`}
<dl class="numbers"><div><dt>${t("about.members")}</dt><dd>${count(numbers.members)}</dd></div><div><dt>${t("about.notes")}</dt><dd>${count(numbers.notes)}</dd></div><div><dt>${t("about.active")}</dt><dd>${count(numbers.activeMonth)}</dd></div></dl>
<section class="card rules" id="rules" aria-labelledby="about-rules"><h2 class="section-title" id="about-rules">${t("about.rules")}</h2>${rules(visit)}</section>
<section class="card" aria-labelledby="about-facts"><h2 class="section-title" id="about-facts">${t("about.facts")}</h2><dl class="facts">
<div><dt>${t("about.address")}</dt><dd>${visit.app.config.handleHost}</dd></div>
<div><dt>${t("about.joining")}</dt><dd>${t(`join_mode.${settings.joinMode}_hint`)}</dd></div>
<div><dt>${t("about.languages")}</dt><dd>${settings.languages.map(languageName).join(t("list.separator"))}</dd></div>
<div><dt>${t("about.contact")}</dt><dd>${settings.contactEmail === "" ? t("about.no_contact") : html`<a href="mailto:${settings.contactEmail}">${settings.contactEmail}</a>`}</dd></div>
<div><dt>${t("about.software")}</dt><dd>Causeway</dd></div>
</dl></section>
<section class="card" aria-labelledby="about-fediverse"><h2 class="section-title" id="about-fediverse">${t("about.fediverse")}</h2><p>${t("about.fediverse_text", { host: visit.app.config.handleHost })}</p></section>${await refuge(visit)}`,
  );
}

/** The way for people whose own server is gone, where that is agreed with any. */
async function refuge(visit: Visit): Promise<Html> {
  const { t } = visit.i18n;
  if ((await listCommunities(visit.app)).length === 0) return html``;
  return html`<section class="card" aria-labelledby="about-refuge"><h2 class="section-title" id="about-refuge"><a href="/lifeboat">${t("launch.title")}</a></h2><p>${t("launch.lead", { server: visit.settings.name })}</p></section>`;
}

export async function getAboutRules(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const asked = c.req.query("in");
  const language = visit.settings.languages.find((tag) => tag === asked);
  return await show(
    c,
    visit.i18n.t("about.rules"),
    html`${ruleLanguageTabs(visit, language)}<section class="card rules">${rules(visit, language)}</section>`,
  );
}

/** The languages that the rules are written in, where there are several. */
function ruleLanguageTabs(visit: Visit, asked: string | undefined): Html {
  const all = ruleLanguages(visit.settings);
  if (all.length < 2) return html``;
  const shown = rulesForReader(visit.settings, [
    ...(asked === undefined ? [] : [asked]),
    ...languagesOfReader(visit),
  ]).language;
  return html`<nav class="tabs small" aria-label="${visit.i18n.t("rule_texts.in")}">${all.map(({ language }) => html`<a href="/about/rules?in=${language}" lang="${language}"${language === shown ? html` aria-current="page"` : ""}>${languageName(language, language)}</a>`)}</nav>`;
}

/** What is kept and for how long: from the same figures that the server goes by. */
export async function getAboutPrivacy(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { config } = visit.app;
  const list = (keys: readonly MessageKey[]) =>
    html`<ul>${keys.map((key) => html`<li>${t(key, { days: sessionDays(config).idle })}</li>`)}</ul>`;
  const isClosed = config.federation === "allow-list";
  const isRead = await isReadByProgram(visit.app);
  return await show(
    c,
    t("about.privacy_title"),
    html`<p class="lead">${t("about.privacy_lead")}</p>
<section class="card prose" aria-labelledby="kept"><h2 class="section-title" id="kept">${t("about.keeps")}</h2>
${list(["about.keeps_account", "about.keeps_content", "about.keeps_relations", "about.keeps_sessions", ...(config.hardened ? [] : (["gates.privacy"] as const)), "gates.privacy_waiting", "about.keeps_logs", ...(isRead ? (["hook.privacy"] as const) : [])])}</section>
<section class="card" aria-labelledby="times"><h2 class="section-title" id="times">${t("about.times")}</h2><dl class="facts">
<div><dt>${t("about.times_sessions")}</dt><dd>${t("about.times_sessions_value", { idle: sessionDays(config).idle, absolute: sessionDays(config).most })}</dd></div>
<div><dt>${t("about.times_uploads")}</dt><dd>${t("about.times_uploads_value")}</dd></div>
<div><dt>${t("about.times_activities")}</dt><dd>${t("about.times_activities_value", { days: KEPT.activityDays })}</dd></div>
<div><dt>${t("about.times_tombstones")}</dt><dd>${t("about.times_tombstones_value", { days: KEPT.tombstoneDays })}</dd></div>
<div><dt>${t("about.times_account")}</dt><dd>${t("about.times_account_value")}</dd></div></dl></section>
<section class="card prose" aria-labelledby="others"><h2 class="section-title" id="others">${t("about.others")}</h2>
${list(["about.others_federation", ...(isClosed ? (["about.others_closed"] as const) : []), ...(isClosed || config.authorizedFetch ? (["about.others_signed"] as const) : []), "about.others_media", "about.others_none"])}</section>
<section class="card prose" aria-labelledby="cookies"><h2 class="section-title" id="cookies">${t("about.cookies")}</h2><p>${t("about.cookies_text")}</p></section>
<section class="card prose" aria-labelledby="rights"><h2 class="section-title" id="rights">${t("about.rights")}</h2><p>${t("about.rights_text")}</p>${contact(visit)}</section>`,
  );
}

/** The servers that are blocked by name, if the owner publishes them. */
export async function getAboutBlocks(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const isClosed = visit.app.config.federation === "allow-list";
  const rules = visit.settings.publishesBlocks ? await listShownRules(visit.app) : null;
  const list =
    rules === null
      ? html`<p class="empty">${t("about.blocks_hidden")}</p>`
      : rules.length === 0
        ? html`<p class="empty">${t("about.blocks_none")}</p>`
        : html`${shownRules(
            visit,
            rules.filter((rule) => rule.severity === "suspend"),
            ["about.blocks_suspended", "about.blocks_lead"],
          )}${shownRules(
            visit,
            rules.filter((rule) => rule.severity === "limit"),
            ["about.blocks_limited", "about.blocks_limited_lead"],
          )}${shownRules(
            visit,
            rules.filter((rule) => rule.severity !== "suspend" && rule.rejectMedia),
            ["about.blocks_media", "about.blocks_media_lead"],
          )}`;
  return await show(
    c,
    t("about.blocks_title"),
    html`${isClosed ? html`<p>${t("about.blocks_allow")}</p>` : ""}${list}`,
  );
}

function shownRules(
  visit: Visit,
  rules: readonly ShownRule[],
  [title, lead]: readonly [MessageKey, MessageKey],
): Html {
  const { t } = visit.i18n;
  if (rules.length === 0) return html``;
  return html`<section aria-labelledby="${title}"><h2 class="section-title" id="${title}">${t(title)}</h2><p class="muted">${t(lead)}</p>
<ul class="rows card">${rules.map(({ domain, comment }) => html`<li><div><p><bdi dir="ltr">${domain}</bdi></p>${comment === null ? "" : html`<p class="muted small-text" dir="auto">${comment}</p>`}</div></li>`)}</ul></section>`;
}

export async function getTerms(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { terms } = visit.settings;
  const text =
    terms === ""
      ? html`<div class="prose"><p>${t("about.terms_usual")}</p></div>`
      : html`<div class="prose" dir="auto">${markdown(visit, terms)}</div>`;
  return await show(
    c,
    t("about.terms_title"),
    html`<section class="card">${text}${contact(visit)}</section>`,
  );
}

function rules(visit: Visit, language?: string): Html {
  return visit.settings.rules === ""
    ? html`<p class="muted">${visit.i18n.t("about.no_rules")}</p>`
    : renderRules(visit, language);
}

function contact(visit: Visit): Html {
  const { contactEmail } = visit.settings;
  if (contactEmail === "") return html``;
  return html`<p>${visit.i18n.t("about.contact")}${visit.i18n.t("form.colon")}<a href="mailto:${contactEmail}">${contactEmail}</a></p>`;
}

async function show(c: WebContext, title: string, body: Html): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const here = new URL(visit.path, "http://here.invalid").pathname;
  return await showPage(c, {
    title,
    place: "about",
    isPublic: true,
    main: html`<h1 class="page-title">${title}</h1>
<nav class="tabs small" aria-label="${t("about.tabs")}">${TABS.map(([href, label]) => html`<a href="${href}"${href === here ? html` aria-current="page"` : ""}>${t(label)}</a>`)}</nav>
${body}`,
  });
}
