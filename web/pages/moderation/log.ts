import { html } from "hono/html";
import { outranks, type Viewer } from "../../../server/domain/actor.ts";
import { LOG_KINDS, type LogView } from "../../../server/domain/moderation-log.ts";
import { notFound } from "../../../server/errors.ts";
import { latestHead, logKey } from "../../../server/services/moderation/log-heads.ts";
import {
  annotateLine,
  isLogKind,
  listLog,
  loggedNote,
  viewLine,
} from "../../../server/services/moderation/log-views.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { areaField, faultSummary, selectField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { lineCard, lineFacts, lineTitle } from "../../components/log-line.ts";
import { notePath } from "../../paths.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/moderation/log";

/** The public log: what was decided here, newest first; `?kind=` and `?month=` choose, `?before=` goes on. */
export async function getLog(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const kind = c.req.query("kind");
  const month = c.req.query("month");
  const wanted = {
    kind: isLogKind(kind) ? kind : undefined,
    month: month === undefined || month === "" ? undefined : month,
  };
  const before = numberOf(c.req.query("before"));
  const { lines, older } = await listLog(visit.app, { ...wanted, before });
  const way = (from: number | null) => {
    const query = new URLSearchParams();
    if (wanted.kind !== undefined) query.set("kind", wanted.kind);
    if (wanted.month !== undefined) query.set("month", wanted.month);
    if (from !== null) query.set("before", String(from));
    return query.size === 0 ? PATH : `${PATH}?${query.toString()}`;
  };
  return await showPage(c, {
    title: t("log.title"),
    place: "about",
    isPublic: true,
    head: html`<link rel="alternate" type="application/atom+xml" href="${PATH}.atom" title="${t("log.of_server", { server: visit.settings.name })}">`,
    main: html`<h1 class="page-title">${t("log.title")}</h1>
<p class="muted">${t("log.lead", { server: visit.settings.name })}</p>
${choices(visit, wanted)}
${lines.length === 0 ? html`<div class="empty">${t("log.empty")}</div>` : html`<ul class="rows card">${lines.map((one) => lineCard(visit, one))}</ul>`}
<nav class="form-buttons" aria-label="${t("log.title")}">${before === undefined ? "" : html`<a class="button quiet" href="${way(null)}">${t("log.newest")}</a>`}${older === null ? "" : html`<a class="button quiet" rel="next" href="${way(older)}">${t("log.older")}</a>`}</nav>
${await proofs(visit)}`,
  });
}

function choices(
  visit: Visit,
  wanted: { readonly kind?: string | undefined; readonly month?: string | undefined },
): Html {
  const { t } = visit.i18n;
  const state = freshForm({ kind: wanted.kind ?? "", month: wanted.month ?? "" });
  return html`<form class="card stack" action="${PATH}" aria-label="${t("log.filter")}"><div class="compose-row">
${selectField(visit, state, { name: "kind", label: "log.kind", choices: [{ value: "", label: t("log.all") }, ...LOG_KINDS.map((value) => ({ value, label: t(`log.kind_${value}`) }))] })}
${textField(visit, state, { name: "month", label: "log.month", isUnmarked: true, literal: true, maxlength: 7, dir: "ltr" })}</div>
<div class="form-buttons"><button class="button primary">${t("log.show")}</button></div></form>`;
}

/** What somebody needs who wants to check the log without believing this page. */
async function proofs(visit: Visit): Promise<Html> {
  const { t, moment } = visit.i18n;
  const head = await latestHead(visit.app);
  const { key } = await logKey(visit.app);
  const signedAt = Date.parse(String(head?.["created"] ?? ""));
  return html`<section class="card stack" aria-labelledby="check"><h2 class="section-title" id="check">${t("log.check_title")}</h2><p>${t("log.check_text")}</p>
${head === null || Number.isNaN(signedAt) ? "" : html`<p>${t("log.signed", { line: String(head["seq"]), time: moment(signedAt) })} <a href="${PATH}/head.json">${t("log.signature")}</a></p>`}
<p>${t("log.key")}: <code class="code address" dir="ltr">${key}</code></p>
<div class="form-buttons"><a class="button quiet small" href="${PATH}.ndjson" download="moderation-log.ndjson">${t("log.whole")}</a> <a class="button quiet small" href="${PATH}.atom">${t("log.follow")}</a> <a class="button quiet small" href="/moderation/withheld">${t("withheld.list_title")}</a></div></section>`;
}

/** One line with everything that is known of it, and what was said about it later. */
export async function getLogLine(c: WebContext): Promise<Response> {
  return await showLine(c, freshForm());
}

/** An administrator adds a word to a line; lines themselves stay. */
export async function postLogLine(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const seq = seqOf(c);
  const outcome = await attempt(() =>
    annotateLine(c.get("visit").app, viewer, { seq, comment: form.text("comment") }),
  );
  if (!outcome.ok) return await showLine(c, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}/${seq}`, 303);
}

async function showLine(c: WebContext, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const seq = seqOf(c);
  const { entry, later } = await viewLine(visit.app, seq);
  const mayAdd = visit.viewer !== null && outranks(visit.viewer.role, "moderator");
  return await showPage(c, {
    title: `${lineTitle(visit, entry.line)} · ${t("log.line", { line: String(seq) })}`,
    place: "about",
    isPublic: true,
    status: state.refusal?.status ?? 200,
    main: html`<p class="back"><a href="${PATH}">${icon(visit, "back")}${t("log.title")}</a></p>
<h1 class="page-title">${lineTitle(visit, entry.line)}</h1>
${lineFacts(visit, entry)}
${later.length === 0 ? "" : laterLines(visit, later)}
${mayAdd ? correction(visit, seq, state) : ""}`,
  });
}

function laterLines(visit: Visit, lines: readonly LogView[]): Html {
  return html`<section aria-labelledby="later"><h2 class="section-title" id="later">${visit.i18n.t("log.later")}</h2><ul class="rows card">${lines.map((one) => lineCard(visit, one))}</ul></section>`;
}

function correction(visit: Visit, seq: number, state: FormState): Html {
  const { t } = visit.i18n;
  return html`<form class="card stack" method="post" action="${PATH}/${seq}" aria-labelledby="correct">${formToken(visit)}<h2 class="section-title" id="correct">${t("log.correct_title")}</h2>
${faultSummary(visit, state, { comment: t("log.correct_field") })}
${areaField(visit, state, { name: "comment", label: "log.correct_field", hint: t("log.correct_hint"), required: true, rows: 3 })}
<div class="form-buttons"><button class="button primary">${t("log.correct")}</button></div></form>`;
}

/** The way from a line to what it is about, while everybody may see that: the log itself holds no address of anybody. */
export async function getLogObject(c: WebContext): Promise<Response> {
  const { app } = c.get("visit");
  const note = await viewNote(app, null, await loggedNote(app, seqOf(c)));
  c.header("Cache-Control", "private, no-store");
  c.header("X-Robots-Tag", "noindex");
  return c.redirect(notePath(note), 303);
}

function seqOf(c: WebContext): number {
  const seq = numberOf(c.req.param("id"));
  if (seq === undefined) throw notFound();
  return seq;
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined;
}
