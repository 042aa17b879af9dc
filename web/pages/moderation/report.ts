import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import { isReportCategory, REPORT_CATEGORIES, REPORT_LIMITS } from "../../../server/domain/report.ts";
import { CausewayError } from "../../../server/errors.ts";
import { reportActor } from "../../../server/services/moderation/reports.ts";
import { actorRow } from "../../components/actor.ts";
import { areaField, checkField, faultSummary, radioField, selectField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { actorOf, noteOf } from "../../member.ts";
import { actorPath, notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** Whom, and perhaps which note of theirs, a member tells the moderators of. */
type Subject = { readonly actor: ActorView; readonly note: NoteView | null; readonly path: string };

export async function getReport(c: WebContext, viewer: Viewer): Promise<Response> {
  const subject = await subjectOf(c, viewer);
  if (c.req.query("sent") === "yes") return await showSent(c, subject);
  const language = viewer.languages[0] ?? c.get("visit").i18n.locale;
  const state = freshForm({ category: "other", language });
  return await showForm(c, viewer, subject, state);
}

export async function postReport(c: WebContext, viewer: Viewer): Promise<Response> {
  const subject = await subjectOf(c, viewer);
  const form = await readForm(c);
  const category = form.text("category");
  const language = form.text("language");
  const outcome = await attempt(() =>
    reportActor(c.get("visit").app, viewer, {
      targetId: subject.actor.id,
      noteIds: subject.note === null ? [] : [subject.note.id],
      category: isReportCategory(category) ? category : "other",
      comment: form.text("comment"),
      language: language === "" ? undefined : language,
      forward: form.text("forward") === "yes",
    }),
  );
  if (!outcome.ok) return await showForm(c, viewer, subject, returnedForm(form, outcome.refusal));
  return c.redirect(`${subject.path}/report?sent=yes`, 303);
}

/** @throws not_found, invalid for oneself */
async function subjectOf(c: WebContext, viewer: Viewer): Promise<Subject> {
  const note = c.req.param("id") === undefined ? null : await noteOf(c);
  const actor = note?.author ?? (await actorOf(c));
  if (actor.id === viewer.actorId) throw new CausewayError("invalid", "error.report_self");
  return { actor, note, path: note === null ? actorPath(actor) : notePath(note) };
}

async function showForm(
  c: WebContext,
  viewer: Viewer,
  subject: Subject,
  state: FormState,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const { actor, note, path } = subject;
  const title = t("report.title", { handle: handleOf(actor) });
  const categories = REPORT_CATEGORIES.map((value) => ({ value, label: t(`report_category.${value}`) }));
  const languages = [
    ...languageChoices(visit.i18n, viewer.languages),
    { value: "", label: t("compose.no_language") },
  ];
  return await showPage(c, {
    title,
    status: state.refusal?.status ?? 200,
    main: html`<h1 class="page-title">${title}</h1><p class="muted">${t("report.lead")}</p>
${note === null ? html`<ul class="actor-list">${actorRow(visit, actor)}</ul>` : html`<section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>`}
<form class="card stack" method="post" action="${path}/report">${formToken(visit)}${faultSummary(visit, state, { comment: t("report.comment") })}
${radioField(visit, state, { name: "category", label: "report.category", choices: categories })}
${areaField(visit, state, { name: "comment", label: "report.comment", hint: t("report.comment_hint", { max: REPORT_LIMITS.comment }), rows: 5 })}
${selectField(visit, state, { name: "language", label: "compose.language", choices: languages })}
${actor.host === null ? "" : checkField(visit, state, { name: "forward", label: "report.forward", hint: t("report.forward_hint", { host: actor.host }) })}
<div class="form-buttons"><button class="button danger">${t("report.submit")}</button> <a class="button quiet" href="${path}">${t("form.cancel")}</a></div></form>`,
  });
}

async function showSent(c: WebContext, { actor, path }: Subject): Promise<Response> {
  const { t } = c.get("visit").i18n;
  const profile = actorPath(actor);
  return await showPage(c, {
    title: t("report.sent_title"),
    shape: "narrow",
    main: html`<div class="message"><h1>${t("report.sent_title")}</h1><p role="status">${t("report.sent")}</p>
<div class="form-buttons"><a class="button primary" href="${path}">${t("report.back")}</a> <a class="button quiet" href="${profile}/mute">${t("profile.mute")}</a> <a class="button quiet" href="${profile}/block">${t("profile.block")}</a></div></div>`,
  });
}
