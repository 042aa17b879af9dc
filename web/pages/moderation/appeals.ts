import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type AppealId, parseId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import { type AppealCase, judgeAppeal, listAppeals } from "../../../server/services/moderation/appeals.ts";
import { adminFrame, choiceTabs } from "../../components/admin-nav.ts";
import { actorLink, actorRow } from "../../components/actor.ts";
import { appealWords, decisionFacts, decisionTitle } from "../../components/decision.ts";
import { areaField, faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { attempt, faultMoved, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/appeals";

/** What people say against decisions: those that wait, or with `?state=judged` those that were answered. */
export async function getAppeals(c: WebContext, viewer: Viewer): Promise<Response> {
  return await show(c, viewer, freshForm());
}

/** Answers one of them. */
export async function postAppeals(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const appealId = parseId<AppealId>(form.text("appeal"));
  const outcome = (["upheld", "overturned"] as const).find((one) => one === form.text("do"));
  if (appealId === null || outcome === undefined) throw notFound();
  const name = answerOf(appealId);
  const command = { appealId, outcome, answer: form.text(name) };
  const judged = await attempt(() => judgeAppeal(app, viewer, command));
  if (!judged.ok)
    return await show(c, viewer, returnedForm(form, faultMoved(judged.refusal, "answer", name)));
  return c.redirect(`${PATH}?done=yes`, 303);
}

/** The field of the answer to one appeal: a page has several. */
function answerOf(id: AppealId): string {
  return `answer-${id}`;
}

async function show(c: WebContext, viewer: Viewer, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const open = c.req.query("state") !== "judged";
  const page = await listAppeals(visit.app, viewer, { ...pageRequestOf(c), open });
  const labels = Object.fromEntries(page.items.map(({ id }) => [answerOf(id), t("appeals.judge")]));
  const tabs = [
    { href: PATH, text: t("appeals.waiting"), isHere: open },
    { href: `${PATH}?state=judged`, text: t("appeals.judged"), isHere: !open },
  ];
  const body = html`${faultSummary(visit, state, labels)}${choiceTabs(t("staff.appeals"), tabs)}
${page.items.length === 0 ? html`<div class="empty">${t("appeals.none")}</div>` : page.items.map((one) => section(visit, one, state))}
${pager(visit, page, open ? PATH : `${PATH}?state=judged`)}`;
  return await showPage(c, {
    title: t("staff.appeals"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: adminFrame(visit, "appeals", body, {
      lead: t("appeals.lead"),
      done: c.req.query("done") === undefined ? undefined : "appeals.done",
    }),
  });
}

function section(visit: Visit, one: AppealCase, state: FormState): Html {
  const { rich } = visit.i18n;
  const { decision, appeal } = one;
  const id = `appeal-${one.id}`;
  return html`<section class="card stack" aria-labelledby="${id}"><h2 class="section-title" id="${id}">${decisionTitle(visit, decision)}</h2>
${decision.actor === null ? "" : html`<ul class="actor-list">${actorRow(visit, decision.actor)}</ul>`}
${decisionFacts(visit, decision, { showsWho: true })}${appealWords(visit, appeal, false)}
${one.judgedBy === null ? "" : html`<p class="muted">${rich("appeals.by", { name: actorLink(one.judgedBy) })}</p>`}
${appeal.state === "open" ? judging(visit, one, state) : ""}</section>`;
}

function judging(visit: Visit, one: AppealCase, state: FormState): Html {
  const { t } = visit.i18n;
  if (one.standing === "other") return html`<p class="notice">${t("appeals.other")}</p>`;
  return html`${one.standing === "alone" ? html`<p class="notice">${t("appeals.alone")}</p>` : ""}
<form class="stack" method="post" action="${PATH}">${formToken(visit)}<input type="hidden" name="appeal" value="${one.id}">
${areaField(visit, state, { name: answerOf(one.id), label: "appeals.judge", hint: t("appeals.answer_hint"), rows: 3 })}
<div class="form-buttons"><button class="button quiet" name="do" value="upheld">${t("appeals.uphold")}</button> <button class="button danger" name="do" value="overturned">${t("appeals.overturn")}</button></div></form>`;
}
