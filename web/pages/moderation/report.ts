import { html } from "hono/html";
import type { ActorView, Viewer } from "../../../server/domain/actor.ts";
import { handleOf } from "../../../server/domain/actor.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import type { NoteId } from "../../../server/domain/ids.ts";
import { parseId } from "../../../server/domain/ids.ts";
import {
  isReportCategory,
  REPORT_CATEGORIES,
  REPORT_LIMITS,
  type ReportCategory,
} from "../../../server/domain/report.ts";
import { CausewayError } from "../../../server/errors.ts";
import { listRules, ruleFor } from "../../../server/services/instance/instance.ts";
import { reportActor } from "../../../server/services/moderation/reports.ts";
import { profileTimeline } from "../../../server/services/timelines.ts";
import { visibleNoteViews } from "../../../server/services/views.ts";
import { actorRow } from "../../components/actor.ts";
import {
  areaField,
  checkField,
  checkListField,
  type Choice,
  faultSummary,
  radioField,
  selectField,
} from "../../components/fields.ts";
import { excerpt } from "../../components/excerpt.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard } from "../../components/note.ts";
import { languagesOfReader } from "../../components/rules.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { actorOf, noteOf } from "../../member.ts";
import { actorPath, notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

/** Notes of the author that the form offers. */
const OFFERED = 10;

/** Whom, and perhaps which note of theirs, a member tells the moderators of. */
type Subject = { readonly actor: ActorView; readonly note: NoteView | null; readonly path: string };

/** Asks what is wrong: what kind of thing, which rules, which notes, in the member's own words. */
export async function getReport(c: WebContext, viewer: Viewer): Promise<Response> {
  const subject = await subjectOf(c, viewer);
  if (c.req.query("sent") === "yes") return await showSent(c, subject);
  const state = freshForm({ category: "other", language: "" });
  return await showForm(c, viewer, subject, state);
}

/** Sends the report; what is wrong with it comes back with everything that was typed. */
export async function postReport(c: WebContext, viewer: Viewer): Promise<Response> {
  const subject = await subjectOf(c, viewer);
  const form = await readForm(c);
  const language = form.text("language");
  const ruleIds = form.all("rule_ids");
  const outcome = await attempt(() =>
    reportActor(c.get("visit").app, viewer, {
      targetId: subject.actor.id,
      noteIds: [
        ...(subject.note === null ? [] : [subject.note.id]),
        ...form.all("notes").flatMap((text) => parseId<NoteId>(text) ?? []),
      ],
      ruleIds,
      category: categoryOf(form.text("category"), ruleIds.length > 0),
      comment: form.text("comment"),
      language: language === "" ? undefined : language,
      forward: form.text("forward") === "yes",
    }),
  );
  if (!outcome.ok) return await showForm(c, viewer, subject, returnedForm(form, outcome.refusal));
  return c.redirect(`${subject.path}/report?sent=yes`, 303);
}

/** Who chose a rule and left the rest as it was means that it was broken. */
function categoryOf(word: string, hasRules: boolean): ReportCategory {
  const category = isReportCategory(word) ? word : "other";
  return category === "other" && hasRules ? "violation" : category;
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
    { value: "", label: t("report.language_guess") },
    ...languageChoices(visit.i18n, viewer.languages),
  ];
  const rules = (await listRules(visit.app)).map((rule) => ({
    value: String(rule.id),
    label: ruleFor(rule, languagesOfReader(visit), visit.settings.languages[0] ?? "en").text,
  }));
  const notes = await notesToChoose(visit, viewer, subject, state);
  return await showPage(c, {
    title,
    status: state.refusal?.status ?? 200,
    main: html`<h1 class="page-title">${title}</h1><p class="muted">${t("report.lead")}</p>
${note === null ? html`<ul class="actor-list">${actorRow(visit, actor)}</ul>` : html`<section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>`}
<form class="card stack" method="post" action="${path}/report">${formToken(visit)}${faultSummary(visit, state, { rule_ids: t("report.rules"), comment: t("report.comment") })}
${radioField(visit, state, { name: "category", label: "report.category", choices: categories })}
${rules.length === 0 ? "" : checkListField(visit, state, { name: "rule_ids", label: "report.rules", choices: rules })}
${notes.length === 0 ? "" : checkListField(visit, state, { name: "notes", label: note === null ? "report.notes" : "report.more_notes", hint: t("report.notes_hint"), choices: notes })}
${areaField(visit, state, { name: "comment", label: "report.comment", hint: t("report.comment_hint", { max: REPORT_LIMITS.comment }), rows: 5 })}
${selectField(visit, state, { name: "language", label: "report.language", choices: languages })}
${actor.host === null ? "" : checkField(visit, state, { name: "forward", label: "report.forward", hint: t("report.forward_hint", { host: actor.host }) })}
<div class="form-buttons"><button class="button danger">${t("report.submit")}</button> <a class="button quiet" href="${path}">${t("form.cancel")}</a></div></form>`,
  });
}

/**
 * Beside the note that the member came from: what they chose before, and the newest of the same author, by their first
 * words; nothing that the member may not see.
 */
async function notesToChoose(
  visit: Visit,
  viewer: Viewer,
  { actor, note }: Subject,
  state: FormState,
): Promise<readonly Choice[]> {
  const { items } = await profileTimeline(visit.app, viewer, actor.id, { limit: OFFERED, withReplies: true });
  const newest = items.filter((entry) => entry.note.author.id === actor.id).map((entry) => entry.note.id);
  const chosen = state.values("notes").flatMap((text) => parseId<NoteId>(text) ?? []);
  const ids = [...new Set([...chosen, ...newest])].filter((id) => id !== note?.id);
  const seen = await visibleNoteViews(visit.app, viewer, ids.slice(0, REPORT_LIMITS.objects));
  return seen
    .filter((one) => one.author.id === actor.id)
    .map((one) => ({ value: String(one.id), label: firstWords(visit, one) }));
}

function firstWords({ i18n }: Visit, note: NoteView): string {
  const words = note.summary ?? excerpt(note.contentHtml, 120);
  const when = i18n.moment(note.publishedAt);
  return words === "" ? when : `${words} (${when})`;
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
