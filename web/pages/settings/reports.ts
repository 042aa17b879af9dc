import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import type { OwnReportView } from "../../../server/domain/report.ts";
import { listOwnReports } from "../../../server/services/moderation/report-views.ts";
import { timeOf } from "../../components/note.ts";
import { textLines } from "../../components/report.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { actorPath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/reports";

/** What somebody reported, and what came of it: no details about anybody. */
export async function getOwnReports(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listOwnReports(visit.app, viewer, pageRequestOf(c));
  const body = html`<p class="muted">${t("own_reports.lead")}</p>
${page.items.length === 0 ? html`<div class="empty">${t("own_reports.empty")}</div>` : html`<ul class="rows card">${page.items.map((one) => line(visit, one))}</ul>`}
${pager(visit, page, PATH)}`;
  return await showPage(c, {
    title: t("settings.own_reports"),
    place: "settings",
    main: settingsFrame(visit, "own_reports", false, body),
  });
}

function line(visit: Visit, one: OwnReportView): Html {
  const { t } = visit.i18n;
  const whom =
    one.target === null
      ? t("own_reports.gone")
      : html`<a href="${actorPath(one.target)}"><bdi>${handleOf(one.target)}</bdi></a>`;
  const state =
    one.outcome === null
      ? t(one.state === "open" ? "own_reports.waiting" : "reports.resolved")
      : t(`own_reports.outcome_${one.outcome}`);
  return html`<li><div><p><strong>${whom}</strong> · ${t(`report_category.${one.category}`)} · ${timeOf(visit, one.createdAt, "")}${one.forwarded && one.target !== null ? ` · ${t("reports.forwarded", { host: one.target.host ?? "" })}` : ""}</p>
${one.comment === "" ? "" : html`<p class="muted" dir="auto"${one.language === null ? "" : html` lang="${one.language}"`}>${textLines(one.comment)}</p>`}
<p>${state}${one.resolvedAt === null ? "" : html` <span class="muted">${timeOf(visit, one.resolvedAt, "")}</span>`}</p></div></li>`;
}
