import { html } from "hono/html";
import { outranks } from "../../../server/domain/actor.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId, type ReportId } from "../../../server/domain/ids.ts";
import type { ReportState, ReportView } from "../../../server/domain/report.ts";
import { notFound } from "../../../server/errors.ts";
import { listReports, setReportState } from "../../../server/services/moderation/reports.ts";
import { safeHttpUrl } from "../../../server/text/sanitize.ts";
import { actorLink } from "../../components/actor.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/reports";

/** What was reported, for moderators and above; others find nothing here. `?state=resolved` for those that are done. */
export async function getReports(c: WebContext, viewer: Viewer): Promise<Response> {
  if (!outranks(viewer.role, "member")) throw notFound();
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state: ReportState = c.req.query("state") === "resolved" ? "resolved" : "open";
  const page = await listReports(visit.app, viewer, { ...pageRequestOf(c), state });
  const tab = (one: ReportState, href: string) =>
    html`<a href="${href}"${one === state ? html` aria-current="page"` : ""}>${t(`reports.${one}`)}</a>`;
  const body = html`<nav class="tabs small" aria-label="${t("settings.reports")}">${tab("open", PATH)}${tab("resolved", `${PATH}?state=resolved`)}</nav>
${page.items.length === 0 ? html`<div class="empty">${t("reports.empty")}</div>` : page.items.map((report) => card(visit, report))}
${pager(visit, page, state === "open" ? PATH : `${PATH}?state=resolved`)}`;
  return await showPage(c, {
    title: t("settings.reports"),
    place: "settings",
    main: settingsFrame(visit, "reports", false, body),
  });
}

/** Closes a report or opens it again; then the same list. */
export async function postReportState(c: WebContext, viewer: Viewer): Promise<Response> {
  if (!outranks(viewer.role, "member")) throw notFound();
  const reportId = parseId<ReportId>(c.req.param("id"));
  if (reportId === null) throw notFound();
  const state: ReportState = (await readForm(c)).text("do") === "reopen" ? "open" : "resolved";
  await setReportState(c.get("visit").app, viewer, { reportId, state });
  return c.redirect(state === "open" ? `${PATH}?state=resolved` : PATH, 303);
}

function card(visit: Visit, report: ReportView): Html {
  const { t, rich } = visit.i18n;
  const { reporter } = report;
  const id = `report-${report.id}`;
  const by =
    reporter === null
      ? t("reports.by_nobody")
      : reporter.host === null
        ? rich("reports.by_member", { name: actorLink(reporter) })
        : t("reports.by_server", { host: reporter.host });
  return html`<article class="card stack" aria-labelledby="${id}">
<div><h2 id="${id}">${rich("reports.about", { name: actorLink(report.target) })}</h2>
<p class="muted">${t(`report_category.${report.category}`)} · ${by} · ${timeOf(visit, report.createdAt, "")}${report.forwarded ? html` · ${t("reports.forwarded", { host: report.target.host ?? "" })}` : ""}</p></div>
${report.comment === "" ? html`<p class="muted">${t("reports.no_comment")}</p>` : html`<p class="prose" dir="auto"${report.language === null ? "" : html` lang="${report.language}"`}>${lines(report.comment)}</p>`}
${report.objectUris.length === 0 ? "" : html`<p class="form-buttons">${report.objectUris.map((uri, index) => link(visit, uri, index + 1))}</p>`}
<form method="post" action="${PATH}/${report.id}">${formToken(visit)}<div class="form-buttons"><button class="button quiet" name="do" value="${report.state === "open" ? "resolve" : "reopen"}">${t(report.state === "open" ? "reports.resolve" : "reports.reopen")}</button></div></form></article>`;
}

function lines(text: string): readonly (Html | string)[] {
  return text.split("\n").flatMap((line, index) => (index === 0 ? [line] : [html`<br>`, line]));
}

/** Found through the search, which shows it here also when it comes from another server. */
function link(visit: Visit, uri: string, position: number): Html {
  return safeHttpUrl(uri) === null
    ? html`<bdi>${uri}</bdi>`
    : html`<a class="button quiet small" href="/search?q=${encodeURIComponent(uri)}" title="${uri}">${visit.i18n.t("reports.thing", { position })}</a>`;
}
