import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type Concern, viewOverview } from "../../../server/services/administration/overview.ts";
import { adminList, figures } from "../../components/admin-nav.ts";
import { bytesText, spanText } from "../../components/amounts.ts";
import { icon } from "../../components/icon.ts";
import type { IconName } from "../../components/icon.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** The state of the server at a glance, what needs a look, and the ways to everything. */
export async function getAdmin(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t, count } = visit.i18n;
  const overview = await viewOverview(visit.app, viewer);
  const numbers = figures([
    { label: t("overview.members"), value: count(overview.members), href: "/moderation/accounts" },
    { label: t("overview.active"), value: count(overview.activeMonth) },
    { label: t("overview.notes"), value: count(overview.notes) },
    { label: t("overview.reports"), value: count(overview.openReports), href: "/moderation/reports" },
    { label: t("overview.stored"), value: bytesText(visit, overview.stored), href: "/admin/storage" },
    { label: t("overview.waiting"), value: count(overview.waiting), href: "/admin/jobs" },
  ]);
  return await showPage(c, {
    title: t("staff.title"),
    place: "settings",
    main: html`<p class="back"><a href="/settings">${icon(visit, "back")}${t("settings.title")}</a></p><h1 class="page-title">${t("staff.title")}</h1>
<p class="muted">${t("overview.version", { version: overview.version, host: visit.app.config.handleHost })}</p>
${numbers}
<section aria-labelledby="concerns"><h2 class="section-title" id="concerns">${t("overview.concerns")}</h2>
${overview.concerns.length === 0 ? html`<p class="notice good">${t("overview.well")}</p>` : html`<ul class="settings-list card">${overview.concerns.map((concern) => concernLine(visit, concern))}</ul>`}</section>
${adminList(visit)}`,
  });
}

const PLACES: Readonly<Record<Concern["about"], readonly [href: string, icon: IconName]>> = {
  disk: ["/admin/storage", "alert"],
  late: ["/admin/jobs", "clock"],
  reports: ["/moderation/reports", "shield"],
  appeals: ["/moderation/appeals", "shield"],
  dead: ["/admin/queue", "mail"],
  examined: ["/admin/health", "alert"],
  unexamined: ["/admin/health", "info"],
  hosts: ["/admin/federation?state=dead", "globe"],
  standby_asked: ["/admin/standby", "mail"],
  standby_fault: ["/admin/standby", "alert"],
  backup: ["/admin/backup", "alert"],
};

function concernLine(visit: Visit, concern: Concern): Html {
  const [href, drawing] = PLACES[concern.about];
  return html`<li><a href="${href}"><span class="concern">${icon(visit, drawing)}<span>${sentence(visit, concern)}</span></span>${icon(visit, "next")}</a></li>`;
}

function sentence(visit: Visit, concern: Concern): string {
  const { t } = visit.i18n;
  switch (concern.about) {
    case "disk":
      return t("concern.disk", { size: bytesText(visit, concern.bytes) });
    case "late":
      return t("concern.late", { time: spanText(visit, concern.minutes * 60_000) });
    case "backup":
    case "unexamined":
      return t(`concern.${concern.about}`);
    default:
      return t(`concern.${concern.about}`, { count: concern.count });
  }
}
