import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { APPEAL_LIMITS, APPEAL_MS, type DecisionView } from "../../../server/domain/decision.ts";
import { type DecisionId, parseId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import { appealDecision, mayAppeal } from "../../../server/services/moderation/appeals.ts";
import { type Concerned, listOwnDecisions } from "../../../server/services/moderation/decision-views.ts";
import { exportHistory } from "../../../server/services/moderation/history.ts";
import { appealWords, decisionFacts, decisionTitle } from "../../components/decision.ts";
import { areaField, faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { attempt, faultMoved, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState, Outcome } from "../../forms.ts";
import type { Form } from "../../form.ts";
import { flag } from "../../html.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/decisions";
const FILE = "decisions.json";

/** What was decided about the person, with all reasons, and what they may say against it. */
export async function getDecisions(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Objects to one of the decisions. */
export async function postDecisions(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const outcome = await object(c, viewer, form);
  if (!outcome.ok) return await show(c, viewer, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

/** Takes what somebody, who may be suspended, says against a decision. @throws not_found */
export async function object(c: WebContext, person: Concerned, form: Form): Promise<Outcome<void>> {
  const { app, i18n } = c.get("visit");
  const decisionId = parseId<DecisionId>(form.text("decision"));
  if (decisionId === null) throw notFound();
  const name = commentOf(decisionId);
  const command = { decisionId, comment: form.text(name), language: i18n.locale };
  const outcome = await attempt(() => appealDecision(app, person, command));
  return outcome.ok ? outcome : { ok: false, refusal: faultMoved(outcome.refusal, "comment", name) };
}

/** The field of the words against one decision: a page has several. */
function commentOf(id: DecisionId): string {
  return `comment-${id}`;
}

/** What the fields of the page are called, for the summary of faults. */
export function appealLabels(
  visit: Visit,
  decisions: readonly DecisionView[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(decisions.map(({ id }) => [commentOf(id), visit.i18n.t("appeal.comment")]));
}

/** All of it as a file: decisions, appeals, own reports. */
export async function getHistoryFile(c: WebContext, viewer: Viewer): Promise<Response> {
  return await sendHistory(c, viewer);
}

/** The same for somebody who may be suspended. */
export async function sendHistory(c: WebContext, person: Concerned): Promise<Response> {
  return c.body(await exportHistory(c.get("visit").app, person), 200, {
    "Content-Type": "application/json; charset=utf-8",
    "Content-Disposition": `attachment; filename="${FILE}"`,
    "Cache-Control": "private, no-store",
  });
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await listOwnDecisions(visit.app, viewer, pageRequestOf(c));
  const isSaved = c.req.query("saved") !== undefined;
  const body = html`${faultSummary(visit, state, appealLabels(visit, page.items))}
${isSaved ? html`<p class="notice good" role="status">${t("decisions.saved")}</p>` : ""}<p class="muted">${t("decisions.lead")}</p>
${page.items.length === 0 ? html`<div class="empty">${t("decisions.none")}</div>` : page.items.map((one) => decisionSection(visit, one, state, PATH))}
${pager(visit, page, PATH)}
<p class="muted">${t("decisions.export_hint")}</p><p><a class="button quiet" href="${PATH}/${FILE}" download="${FILE}">${t("decisions.export")}</a></p>`;
  return await showPage(c, {
    title: t("settings.decisions"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "decisions", false, body),
  });
}

/** One decision as the person concerned reads it, with the form that objects, as long as that can be done. */
export function decisionSection(visit: Visit, one: DecisionView, state: FormState, action: string): Html {
  const id = `decision-${one.id}`;
  return html`<section class="card stack" aria-labelledby="${id}"><h2 class="section-title" id="${id}">${decisionTitle(visit, one)}</h2>
${decisionFacts(visit, one, { showsWho: false })}
${one.appeal === null ? "" : appealWords(visit, one.appeal, true)}${mayAppeal(one, visit.app.clock.now()) ? appealForm(visit, one, state, action) : ""}</section>`;
}

function appealForm(visit: Visit, one: DecisionView, state: FormState, action: string): Html {
  const { t, day } = visit.i18n;
  const name = commentOf(one.id);
  const field = {
    label: "appeal.comment",
    hint: t("report.comment_hint", { max: APPEAL_LIMITS.comment }),
  } as const;
  return html`<details class="fold"${flag("open", state.refusal?.faults[name] !== undefined)}><summary>${t("appeal.title")}</summary>
<form class="stack" method="post" action="${action}">${formToken(visit)}<input type="hidden" name="decision" value="${one.id}">
<p>${t("appeal.text", { date: day(one.createdAt + APPEAL_MS) })}</p>
${areaField(visit, state, { name, ...field, rows: 5, required: true })}
<div class="form-buttons"><button class="button primary">${t("appeal.submit")}</button></div></form></details>`;
}
