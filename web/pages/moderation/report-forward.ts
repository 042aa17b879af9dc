import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import { REPORT_LIMITS, type ReportView } from "../../../server/domain/report.ts";
import { notFound } from "../../../server/errors.ts";
import { forwardReport, mayForward } from "../../../server/services/moderation/report-forwarding.ts";
import { viewReport } from "../../../server/services/moderation/reports.ts";
import { adminFrame } from "../../components/admin-nav.ts";
import { areaField, checkListField, faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { REPORTS_PATH } from "../../components/report.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";
import { reportIdOf } from "./report-one.ts";

/** What exactly would be sent to the server of whom a report is about, to be changed before it is. */
export async function getForward(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const report = await viewReport(app, viewer, reportIdOf(c));
  if (!(await mayForward(app, report))) throw notFound();
  const state = freshForm({ comment: report.comment, notes: report.objectUris });
  return await show(c, report, state);
}

/** Sends it. */
export async function postForward(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const report = await viewReport(app, viewer, reportIdOf(c));
  const form = await readForm(c);
  const outcome = await attempt(() =>
    forwardReport(app, viewer, {
      reportId: report.id,
      comment: form.text("comment"),
      objectUris: form.all("notes"),
    }),
  );
  if (!outcome.ok) return await show(c, report, returnedForm(form, outcome.refusal));
  return c.redirect(`${REPORTS_PATH}/${report.id}?done=forwarded`, 303);
}

async function show(c: WebContext, report: ReportView, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const host = report.target.host ?? "";
  const path = `${REPORTS_PATH}/${report.id}`;
  const title = t("reports.forward_title");
  const body = html`<form class="card stack" method="post" action="${path}/forward">${formToken(visit)}${faultSummary(visit, state, { comment: t("reports.forward_words") })}
<div><p class="muted">${t("reports.forward_about")}</p><p><bdi>${handleOf(report.target)}</bdi> <bdi class="address" dir="ltr">${report.target.uri}</bdi></p></div>
${
  report.objectUris.length === 0
    ? ""
    : checkListField(visit, state, {
        name: "notes",
        label: "reports.forward_notes",
        choices: report.objectUris.map((uri) => ({ value: uri, label: uri })),
      })
}
${areaField(visit, state, { name: "comment", label: "reports.forward_words", hint: t("report.comment_hint", { max: REPORT_LIMITS.comment }), rows: 6 })}
<div class="form-buttons"><button class="button danger">${t("reports.forward_button", { host })}</button> <a class="button quiet" href="${path}">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title,
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "reports", body, { title, lead: t("reports.forward_lead", { host }) }),
  });
}
