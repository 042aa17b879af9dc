import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import {
  type Filter,
  FILTER_ACTIONS,
  FILTER_CONTEXTS,
  FILTER_LIMITS,
  type FilterId,
} from "../../../server/domain/filter.ts";
import { type NoteId, parseId } from "../../../server/domain/ids.ts";
import { notFound } from "../../../server/errors.ts";
import {
  changeFilter,
  createFilter,
  deleteFilter,
  type FilterCommand,
  filterNote,
  forgetFilteredNotes,
  getFilter,
  listFilters,
} from "../../../server/services/filters/filters.ts";
import { viewNote } from "../../../server/services/threads/threads.ts";
import { filterFields } from "../../components/filter-fields.ts";
import { faultSummary } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { noteCard } from "../../components/note.ts";
import { settingsFrame } from "../../components/settings-nav.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import { notePath } from "../../paths.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/settings/filters";

/** The person's filters. */
export async function getFilters(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const filters = await listFilters(visit.app, viewer);
  const body = html`<p class="muted">${t("filters.lead")}</p>
${filters.length === 0 ? html`<p class="empty">${t("filters.empty")}</p>` : html`<ul class="settings-list card">${filters.map((filter) => row(visit, filter))}</ul>`}
${filters.length < FILTER_LIMITS.filters ? html`<p><a class="button primary" href="${PATH}/new">${icon(visit, "plus")}<span>${t("filters.new")}</span></a></p>` : html`<p class="muted">${t("filters.limit", { max: FILTER_LIMITS.filters })}</p>`}`;
  return await showPage(c, {
    title: t("settings.filters"),
    place: "settings",
    main: settingsFrame(visit, "filters", c.req.query("saved") !== undefined, body),
  });
}

function row(visit: Visit, filter: Filter): Html {
  const { t } = visit.i18n;
  const facts = [
    t(`filters.action_${filter.action}`),
    ...(filter.keywords.length === 0 ? [] : [t("filters.words", { count: filter.keywords.length })]),
    ...(filter.notesCount === 0 ? [] : [t("filters.notes", { count: filter.notesCount })]),
    ...(filter.expiresAt === null ? [] : [endOf(visit, filter.expiresAt)]),
  ];
  return html`<li><a href="${PATH}/${filter.id}"><span><strong><bdi>${filter.title}</bdi></strong><small>${facts.join(" · ")}</small></span>${icon(visit, "next")}</a></li>`;
}

function endOf(visit: Visit, expiresAt: number): string {
  const { t, moment } = visit.i18n;
  return expiresAt <= visit.app.clock.now()
    ? t("filters.over")
    : t("filters.until", { date: moment(expiresAt) });
}

/** A new filter; `?note=` offers to close one note, `?word=` begins with a word. */
export async function getNewFilter(c: WebContext, viewer: Viewer): Promise<Response> {
  const noteId = parseId<NoteId>(c.req.query("note"));
  const words = (c.req.query("word") ?? "").slice(0, 400);
  return await showNew(c, viewer, noteId, freshForm({ ...BLANK, keywords: words }));
}

const BLANK = { wholeWord: "yes", contexts: FILTER_CONTEXTS, action: "warn", lasts: "ever" } as const;

async function showNew(
  c: WebContext,
  viewer: Viewer,
  noteId: NoteId | null,
  state: FormState,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = noteId === null ? null : await viewNote(visit.app, viewer, noteId);
  const filters = note === null ? [] : await listFilters(visit.app, viewer);
  const single =
    note === null
      ? ""
      : html`${noteCard(visit, note, { isQuoted: true })}
${
  filters.length === 0
    ? ""
    : html`<section class="card stack" aria-labelledby="single"><h2 class="section-title" id="single">${t("filters.note_title")}</h2><p class="muted">${t("filters.note_text")}</p>
<form class="form-buttons" method="post" action="${PATH}/note">${formToken(visit)}<input type="hidden" name="note" value="${note.id}">${filters.map(({ id, title }) => html`<button class="button quiet" name="filter" value="${id}">${t("filters.note_add", { title })}</button>`)}</form></section>`
}
<h2 class="section-title">${t(filters.length === 0 ? "filters.new" : "filters.note_new")}</h2>`;
  const body = html`${single}<form class="stack" method="post" action="${PATH}/new">${noteId === null ? "" : html`<input type="hidden" name="note" value="${noteId}">`}${formToken(visit)}${summary(visit, state)}
${filterFields(visit, state, { canKeep: false })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="${note === null ? PATH : notePath(note)}">${t("form.cancel")}</a></div></form>`;
  return await showPage(c, {
    title: t("filters.new"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "filters", false, body, "filters.new"),
  });
}

/** With a note it comes along, so that a filter may be for that alone. */
export async function postNewFilter(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const form = await readForm(c);
  const noteId = parseId<NoteId>(form.text("note"));
  const outcome = await attempt(() => createFilter(app, viewer, toCommand(form), noteId));
  if (!outcome.ok) return await showNew(c, viewer, noteId, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

/** Closes one note with a filter that is there. */
export async function postFilterNote(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  const filterId = parseId<FilterId>(form.text("filter"));
  const noteId = parseId<NoteId>(form.text("note"));
  if (filterId === null || noteId === null) throw notFound();
  await filterNote(c.get("visit").app, viewer, filterId, noteId);
  return c.redirect(`${PATH}?saved=yes`, 303);
}

export async function getFilterPage(c: WebContext, viewer: Viewer): Promise<Response> {
  const filter = await filterOf(c, viewer);
  return await showFilter(
    c,
    filter,
    freshForm({
      title: filter.title,
      keywords: filter.keywords.map(({ keyword }) => keyword).join("\n"),
      wholeWord: isWholeWord(filter) ? "yes" : "",
      contexts: filter.contexts,
      action: filter.action,
      lasts: "keep",
    }),
  );
}

export async function postFilter(c: WebContext, viewer: Viewer): Promise<Response> {
  const { app } = c.get("visit");
  const filter = await filterOf(c, viewer);
  const form = await readForm(c);
  if (form.has("forget")) {
    await forgetFilteredNotes(app, viewer, filter.id);
    return c.redirect(`${PATH}/${filter.id}?saved=yes`, 303);
  }
  const outcome = await attempt(() => changeFilter(app, viewer, filter.id, toCommand(form, filter)));
  if (!outcome.ok) return await showFilter(c, filter, returnedForm(form, outcome.refusal));
  return c.redirect(`${PATH}?saved=yes`, 303);
}

async function filterOf(c: WebContext, viewer: Viewer): Promise<Filter> {
  const id = parseId<FilterId>(c.req.param("id"));
  if (id === null) throw notFound();
  return await getFilter(c.get("visit").app, viewer, id);
}

async function showFilter(c: WebContext, filter: Filter, state: FormState): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const body = html`<form class="stack" method="post" action="${PATH}/${filter.id}">${formToken(visit)}${summary(visit, state)}
${filterFields(visit, state, { canKeep: true, ends: filter.expiresAt === null ? null : endOf(visit, filter.expiresAt) })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button>${filter.notesCount === 0 ? "" : html` <button class="button quiet" name="forget" value="yes">${t("filters.forget_notes")} (${filter.notesCount})</button>`} <a class="button quiet" href="${PATH}/${filter.id}/delete">${t("filters.delete")}</a></div></form>`;
  return await showPage(c, {
    title: t("filters.edit"),
    place: "settings",
    status: state.refusal?.status ?? 200,
    main: settingsFrame(visit, "filters", c.req.query("saved") !== undefined, body, "filters.edit"),
  });
}

/** Asks before a filter goes. */
export async function getDeleteFilter(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const filter = await filterOf(c, viewer);
  return await showPage(c, {
    title: t("filters.delete"),
    place: "settings",
    shape: "narrow",
    main: html`<h1>${t("filters.delete_title", { title: filter.title })}</h1><p>${t("filters.delete_text")}</p>
<form class="form-buttons" method="post" action="${PATH}/${filter.id}/delete">${formToken(visit)}<button class="button danger">${t("filters.delete")}</button> <a class="button quiet" href="${PATH}/${filter.id}">${t("form.cancel")}</a></form>`,
  });
}

export async function postDeleteFilter(c: WebContext, viewer: Viewer): Promise<Response> {
  await deleteFilter(c.get("visit").app, viewer, (await filterOf(c, viewer)).id);
  return c.redirect(`${PATH}?saved=yes`, 303);
}

function summary(visit: Visit, state: FormState): Html {
  const { t } = visit.i18n;
  return faultSummary(visit, state, {
    keywords: t("filters.keywords"),
    title: t("filters.title"),
    contexts: t("filters.contexts"),
    action: t("filters.action"),
  });
}

const HOUR = 3_600_000;

/** The form has one answer for all words; apps may give each word its own. */
function isWholeWord(filter: Filter): boolean {
  return filter.keywords.length === 0 || filter.keywords.some(({ wholeWord }) => wholeWord);
}

/** Saving does not change what the form cannot show: with the same answer, words that were there stay as they were. */
function toCommand(form: Form, before?: Filter): FilterCommand {
  const wholeWord = form.text("wholeWord") === "yes";
  const isSame = before !== undefined && wholeWord === isWholeWord(before);
  const known = new Map((isSame ? before.keywords : []).map((one) => [one.keyword, one.wholeWord]));
  const lasts = form.text("lasts");
  const hours = /^(\d{1,4})h$/.exec(lasts)?.[1];
  return {
    title: form.text("title"),
    keywords: form
      .text("keywords")
      .split("\n")
      .map((keyword) => ({ keyword, wholeWord: known.get(keyword.trim()) ?? wholeWord })),
    contexts: form.all("contexts"),
    action: FILTER_ACTIONS.find((action) => action === form.text("action")) ?? "",
    expiresInMs: lasts === "keep" ? undefined : hours === undefined ? null : Number(hours) * HOUR,
  };
}
