import { html } from "hono/html";
import { handleOf, type Viewer } from "../../../server/domain/actor.ts";
import type { DecisionView } from "../../../server/domain/decision.ts";
import { parseId, type ReportId } from "../../../server/domain/ids.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import {
  REPORT_CATEGORIES,
  REPORT_LIMITS,
  REPORT_OUTCOMES,
  type ReportView,
} from "../../../server/domain/report.ts";
import { CausewayError, notFound } from "../../../server/errors.ts";
import { ruleFor } from "../../../server/services/instance/instance.ts";
import { setReportState } from "../../../server/services/moderation/report-closing.ts";
import {
  type History,
  type ReportPage,
  viewReportPage,
} from "../../../server/services/moderation/report-page.ts";
import {
  assignReport,
  commentReport,
  reviseReport,
} from "../../../server/services/moderation/report-work.ts";
import { actorLink, actorRow } from "../../components/actor.ts";
import { adminFrame, rowButton } from "../../components/admin-nav.ts";
import { decisionTitle } from "../../components/decision.ts";
import { areaField, faultSummary, radioField, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard, timeOf } from "../../components/note.ts";
import { reportFacts, REPORTS_PATH, reportWords, textLines, thingLink } from "../../components/report.ts";
import { languagesOfReader } from "../../components/rules.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const DONE: Readonly<Record<string, MessageKey>> = {
  saved: "reports.done_saved",
  forwarded: "reports.done_forwarded",
};

/** The report of an address. @throws not_found */
export function reportIdOf(c: WebContext): ReportId {
  const id = parseId<ReportId>(c.req.param("id"));
  if (id === null) throw notFound();
  return id;
}

/** One report: what was said and named, who both are, what was decided, and all that can be done. */
export async function getReportPage(c: WebContext, viewer: Viewer): Promise<Response> {
  try {
    return await show(c, viewer, freshForm());
  } catch (error) {
    // Who deleted the account that it was about is left with nobody to look at.
    const isGone = error instanceof CausewayError && error.kind === "not_found";
    if (isGone && c.req.query("done") !== undefined) return c.redirect(REPORTS_PATH, 303);
    throw error;
  }
}

/** Does one thing with a report; the page stays where it is, so that the next thing can be done. */
export async function postReportPage(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const reportId = reportIdOf(c);
  const form = await readForm(c);
  const outcome = await attempt(async () => {
    switch (form.text("do")) {
      case "assign":
        return await assignReport(app, viewer, { reportId, toSelf: true });
      case "unassign":
        return await assignReport(app, viewer, { reportId, toSelf: false });
      case "kind":
        return await reviseReport(app, viewer, {
          reportId,
          category: REPORT_CATEGORIES.find((one) => one === form.text("category")),
        });
      case "word":
        return await commentReport(app, viewer, { reportId, comment: form.text("word") });
      case "reopen":
        return await setReportState(app, viewer, { reportId, state: "open" });
      case "resolve":
        return await setReportState(app, viewer, {
          reportId,
          state: "resolved",
          outcome: REPORT_OUTCOMES.find((one) => one === form.text("outcome")),
        });
      default:
        throw notFound();
    }
  });
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${REPORTS_PATH}/${reportId}?done=saved`, 303);
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await viewReportPage(visit.app, viewer, reportIdOf(c));
  const handle = handleOf(page.report.target);
  const title = t("reports.title", { handle });
  const body = html`${faultSummary(visit, state, { word: t("reports.word"), outcome: t("reports.outcome") })}
${head(visit, viewer, page)}${named(visit, page)}${decisions(visit, page)}${words(visit, page, state)}${past(visit, page)}${closing(visit, page, state)}`;
  return await showPage(c, {
    title,
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "reports", body, { title, done: DONE[c.req.query("done") ?? ""] }),
  });
}

function section(id: string, title: string, body: Html): Html {
  return html`<section class="card stack" aria-labelledby="${id}"><h2 class="section-title as-is" id="${id}">${title}</h2>${body}</section>`;
}

function head(visit: Visit, viewer: Viewer, { report, rules, mayForward }: ReportPage): Html {
  const { t, rich } = visit.i18n;
  const action = `${REPORTS_PATH}/${report.id}`;
  const isMine = report.assignedTo?.id === viewer.actorId;
  const hands =
    report.assignedTo === null
      ? t("reports.is_unassigned")
      : rich("reports.is_assigned", { name: actorLink(report.assignedTo) });
  const main = visit.settings.languages[0] ?? "en";
  const readable = rules.map((rule) => ruleFor(rule, languagesOfReader(visit), main));
  const button = { about: handleOf(report.target) };
  return html`<section class="card stack" aria-labelledby="report-words"><div><h2 class="section-title" id="report-words">${rich("reports.about", { name: actorLink(report.target) })}</h2>${reportFacts(visit, report)}</div>
${reportWords(visit, report)}
${readable.length === 0 ? "" : html`<div><p class="muted">${t("reports.rules_broken")}</p><ul>${readable.map(({ text, language }) => html`<li lang="${language}" dir="auto">${text}</li>`)}</ul></div>`}
<p class="muted small-text">${hands}${report.toldAllAt === null ? "" : html` · ${rich("reports.told_all", { when: timeOf(visit, report.toldAllAt, "") })}`}</p>
<div class="form-buttons">${
    report.state !== "open"
      ? ""
      : rowButton(
          visit,
          action,
          isMine
            ? { do: "unassign", text: t("reports.unassign"), ...button }
            : { do: "assign", text: t("reports.assign"), ...button },
        )
  }${mayForward ? html`<a class="button quiet small" href="${action}/forward">${t("reports.forward", { host: report.target.host ?? "" })}</a>` : ""}</div>${report.state === "open" ? kindForm(visit, report) : ""}</section>`;
}

/** Who writes a report chooses its kind in a hurry; the queue is sifted by it. */
function kindForm(visit: Visit, report: ReportView): Html {
  const { t } = visit.i18n;
  const choices = REPORT_CATEGORIES.map((value) => ({ value, label: t(`report_category.${value}`) }));
  return html`<details class="fold"><summary>${t("reports.kind_change")}</summary><form class="stack" method="post" action="${REPORTS_PATH}/${report.id}">${formToken(visit)}${selectField(visit, freshForm({ category: report.category }), { name: "category", label: "reports.category_label", choices })}
<div class="form-buttons"><button class="button quiet" name="do" value="kind">${t("form.save")}</button></div></form></details>`;
}

/** What the report names: the notes whole with their media covered, and the addresses of what is not here. */
function named(visit: Visit, page: ReportPage): Html {
  const { t } = visit.i18n;
  const { report, notes } = page;
  const shown = new Set(notes.map((note) => note.uri));
  const others = report.objectUris.filter((uri) => !shown.has(uri));
  const body =
    report.objectUris.length === 0
      ? html`<p class="muted">${t("reports.no_notes")}</p>`
      : html`${notes.map((note) => namedNote(visit, page, note))}
${others.length === 0 ? "" : html`<p class="muted small-text">${t("reports.hidden")}</p><p class="form-buttons">${others.map((uri, index) => thingLink(visit, uri, notes.length + index + 1))}</p>`}`;
  return section("report-notes", t("reports.note"), body);
}

function namedNote(visit: Visit, page: ReportPage, note: NoteView): Html {
  const { t } = visit.i18n;
  return html`<div class="quoted">${noteCard(visit, { ...note, sensitive: true }, { isQuoted: true })}</div>
${page.shownByReporter.has(note.id) ? html`<p class="muted small-text">${t("reports.lent")}</p>` : ""}
${page.mayAct ? html`<p class="form-buttons"><a class="button quiet small" href="${decidePath(page, note)}">${t("reports.decide_note")}</a></p>` : ""}`;
}

/** Where the form stands that decides, and brings the report along. */
function decidePath({ report }: ReportPage, note: NoteView | null): string {
  const query = new URLSearchParams({
    report: String(report.id),
    ...(note === null ? {} : { note: String(note.id) }),
  });
  return `/moderation/people/${report.target.id}?${query.toString()}`;
}

function decisions(visit: Visit, page: ReportPage): Html {
  const { t } = visit.i18n;
  const { report } = page;
  const way = page.mayAct
    ? html`<p class="muted">${t("reports.decide_lead")}</p><p class="form-buttons"><a class="button quiet" href="${decidePath(page, null)}">${t("reports.decide_person", { handle: handleOf(report.target) })}</a></p>`
    : html`<p class="muted">${t("reports.decide_not")}</p>`;
  return section(
    "report-decisions",
    t("reports.decide"),
    html`${way}<h3>${t("reports.decided")}</h3>${page.decisions.length === 0 ? html`<p class="muted">${t("reports.decided_none")}</p>` : decisionList(visit, page.decisions)}`,
  );
}

function decisionList(visit: Visit, items: readonly DecisionView[]): Html {
  const { t, rich } = visit.i18n;
  return html`<ul class="rows">${items.map((one) => html`<li><div><strong>${decisionTitle(visit, one)}</strong> · ${timeOf(visit, one.createdAt, "")}${one.by === null ? "" : html` · ${rich("reports.decided_by", { name: actorLink(one.by) })}`}${one.state === "reversed" ? html` · <span class="badge">${t("reports.reversed")}</span>` : ""}</div></li>`)}</ul>`;
}

function words(visit: Visit, { report, comments }: ReportPage, state: FormState): Html {
  const { t } = visit.i18n;
  const said = comments.map(
    ({ by, comment, at }) =>
      html`<li><div><p class="muted small-text">${by === null ? t("reports.word_gone") : actorLink(by)} · ${timeOf(visit, at, "")}</p><p class="prose" dir="auto">${textLines(comment)}</p></div></li>`,
  );
  return section(
    "report-remarks",
    t("reports.words"),
    html`<p class="muted">${t("reports.words_lead")}</p>${said.length === 0 ? "" : html`<ul class="rows">${said}</ul>`}
<form class="stack" method="post" action="${REPORTS_PATH}/${report.id}">${formToken(visit)}${areaField(visit, state, { name: "word", label: "reports.word", hint: t("report.comment_hint", { max: REPORT_LIMITS.word }), rows: 3, required: true })}
<div class="form-buttons"><button class="button quiet" name="do" value="word">${t("reports.word_send")}</button></div></form>`,
  );
}

/** What was before: about whom it is, and of who wrote it. */
function past(visit: Visit, { report, target, reporter }: ReportPage): Html {
  const { t } = visit.i18n;
  const handle = handleOf(report.target);
  const isFirst = target.reports.length === 0 && target.decisions.length === 0;
  const { wrote: outcomes } = reporter;
  const about = html`<ul class="actor-list">${actorRow(visit, report.target)}</ul>
<p class="muted"><a href="${REPORTS_PATH}?state=all&amp;about=${report.target.id}">${t("reports.history", { count: target.all, open: target.open })}</a></p>
${isFirst ? html`<p class="muted">${t("reports.about_target_none")}</p>` : ""}
${history(visit, target)}`;
  const of = (word: "open" | "acted" | "none" | "handled" | "gone") => outcomes.get(word) ?? 0;
  const all = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
  const wrote =
    report.reporter === null
      ? html`<p class="muted">${t("reports.by_nobody")}</p>`
      : html`<ul class="actor-list">${actorRow(visit, report.reporter)}</ul><p class="muted">${
          all <= 1
            ? t("reports.reporter_first")
            : t("reports.reporter_past", {
                count: all,
                acted: of("acted") + of("handled"),
                none: of("none") + of("gone"),
                open: of("open"),
              })
        }</p>${history(visit, reporter)}`;
  return html`${section("report-target", t("reports.about_target", { handle }), about)}${section("report-reporter", t("reports.about_reporter"), wrote)}`;
}

/** Earlier reports about somebody, and decisions; nothing when there are none. */
function history(visit: Visit, { reports, decisions: before }: History): Html {
  const { t } = visit.i18n;
  const line = (one: ReportView) =>
    html`<li><div>${t("reports.about_them")} <a href="${REPORTS_PATH}/${one.id}">${t(`report_category.${one.category}`)}</a> · ${timeOf(visit, one.createdAt, "")} · ${one.outcome === null ? t("reports.state_open") : t(`reports.outcome_${one.outcome}`)}</div></li>`;
  return html`${reports.length === 0 ? "" : html`<ul class="rows">${reports.map(line)}</ul>`}${before.length === 0 ? "" : decisionList(visit, before)}`;
}

function closing(visit: Visit, { report, decisions: taken }: ReportPage, state: FormState): Html {
  const { t, rich } = visit.i18n;
  const action = `${REPORTS_PATH}/${report.id}`;
  if (report.state !== "open") {
    const when = timeOf(visit, report.resolvedAt ?? report.createdAt, "");
    return section(
      "report-close",
      report.outcome === null ? t("reports.resolved") : t(`reports.outcome_${report.outcome}`),
      html`<p class="muted">${report.resolvedBy === null ? rich("reports.closed_alone", { when }) : rich("reports.closed", { name: actorLink(report.resolvedBy), when })}</p>
<div class="form-buttons">${rowButton(visit, action, { do: "reopen", text: t("reports.reopen"), about: handleOf(report.target) })}</div>`,
    );
  }
  const isActed = taken.some((one) => one.state !== "reversed" && one.actor?.id === report.target.id);
  const choices = (isActed ? (["acted", "none", "handled"] as const) : (["none", "handled"] as const)).map(
    (value) => ({ value, label: t(`reports.outcome_${value}`) }),
  );
  const chosen = state.refusal === null ? freshForm({ outcome: isActed ? "acted" : "none" }) : state;
  return section(
    "report-close",
    t("reports.close"),
    html`<form class="stack" method="post" action="${action}">${formToken(visit)}${report.reporter?.host === null ? html`<p class="muted">${t("reports.close_lead")}</p>` : ""}
${radioField(visit, chosen, { name: "outcome", label: "reports.outcome", choices })}
<div class="form-buttons"><button class="button primary" name="do" value="resolve">${t("reports.close_button")}</button></div></form>`,
  );
}
