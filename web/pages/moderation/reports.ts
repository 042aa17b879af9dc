import { html } from "hono/html";
import type { NoteView } from "../../../server/domain/note.ts";
import type { Viewer } from "../../../server/domain/actor.ts";
import { parseId, type ReportId } from "../../../server/domain/ids.ts";
import type { ReportState, ReportView } from "../../../server/domain/report.ts";
import { notFound } from "../../../server/errors.ts";
import { type ReportContext, reportContexts } from "../../../server/services/moderation/report-context.ts";
import { listReports, setReportState } from "../../../server/services/moderation/reports.ts";
import { safeHttpUrl } from "../../../server/text/sanitize.ts";
import { actorLink } from "../../components/actor.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { excerpt } from "../../components/excerpt.ts";
import { formToken } from "../../components/hidden.ts";
import { timeOf } from "../../components/note.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/reports";

/** What was reported, for moderators and above. `?state=resolved` for those that are done. */
export async function getReports(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const state: ReportState = c.req.query("state") === "resolved" ? "resolved" : "open";
  const page = await listReports(visit.app, viewer, { ...pageRequestOf(c), state });
  const contexts = await reportContexts(visit.app, viewer, page.items);
  const tab = (one: ReportState, href: string) =>
    html`<a href="${href}"${one === state ? html` aria-current="page"` : ""}>${t(`reports.${one}`)}</a>`;
  const body = html`<nav class="tabs small" aria-label="${t("staff.reports")}">${tab("open", PATH)}${tab("resolved", `${PATH}?state=resolved`)}</nav>
${page.items.length === 0 ? html`<div class="empty">${t("reports.empty")}</div>` : page.items.map((report) => card(visit, report, contexts.get(Number(report.id))))}
${pager(visit, page, state === "open" ? PATH : `${PATH}?state=resolved`)}`;
  return await showPage(c, {
    title: t("staff.reports"),
    place: "settings",
    main: adminFrame(visit, "reports", body),
  });
}

/** Closes a report or opens it again; then the same list. */
export async function postReportState(c: WebContext, viewer: Viewer): Promise<Response> {
  const reportId = parseId<ReportId>(c.req.param("id"));
  if (reportId === null) throw notFound();
  const state: ReportState = (await readForm(c)).text("do") === "reopen" ? "open" : "resolved";
  await setReportState(c.get("visit").app, viewer, { reportId, state });
  return c.redirect(state === "open" ? `${PATH}?state=resolved` : PATH, 303);
}

function card(visit: Visit, report: ReportView, context: ReportContext | undefined): Html {
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
${report.objectUris.length === 0 ? "" : reported(visit, report, context?.notes ?? [])}
<p class="muted small-text">${t("reports.history", { count: context?.about.all ?? 1, open: context?.about.open ?? 0 })}${report.target.host === null ? html` · <a href="/moderation/accounts/${report.target.username}">${t("reports.account")}</a>` : ""}</p>
<form method="post" action="${PATH}/${report.id}">${formToken(visit)}<div class="form-buttons"><button class="button quiet" name="do" value="${report.state === "open" ? "resolve" : "reopen"}">${t(report.state === "open" ? "reports.resolve" : "reports.reopen")}</button></div></form></article>`;
}

/** The words of the notes themselves, as far as they are here and the reader may see them; the others by their addresses. */
function reported(visit: Visit, report: ReportView, notes: readonly NoteView[]): Html {
  const { t } = visit.i18n;
  const shown = new Set(notes.map((note) => note.uri));
  const others = report.objectUris.filter((uri) => !shown.has(uri));
  return html`<div class="reported">${notes.map((note) => html`<blockquote class="kept" dir="auto"${note.language === null ? "" : html` lang="${note.language}"`}>${note.summary === null ? "" : html`<strong>${note.summary}</strong> `}${excerpt(note.contentHtml, 300)} <a href="${notePath(note)}">${timeOf(visit, note.publishedAt, "")}</a></blockquote>`)}
${others.length === 0 ? "" : html`${notes.length === 0 ? html`<p class="muted small-text">${t("reports.hidden")}</p>` : ""}<p class="form-buttons">${others.map((uri, index) => link(visit, uri, notes.length + index + 1))}</p>`}</div>`;
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
