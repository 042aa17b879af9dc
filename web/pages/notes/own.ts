import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { NOTE_LIMITS } from "../../../server/domain/note.ts";
import type { NoteView } from "../../../server/domain/note.ts";
import type { NewPoll } from "../../../server/domain/poll.ts";
import { notFound } from "../../../server/errors.ts";
import { deleteNote, editNote, getNoteSource } from "../../../server/services/notes/notes.ts";
import { pollFields, readPoll } from "../../components/compose-poll.ts";
import { areaField, checkField, faultSummary, selectField, textField } from "../../components/fields.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard, visibilityMark } from "../../components/note.ts";
import { attempt, freshForm, readForm, returnedForm } from "../../forms.ts";
import type { FormState } from "../../forms.ts";
import { languageChoices } from "../../languages.ts";
import { showPage } from "../../layout.ts";
import { noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

const DAY = 86_400_000;
/** All options were emptied: the service says what is wrong with that. */
const NO_POLL: NewPoll = { options: [], multiple: false, expiresInMs: DAY };

export async function getEdit(c: WebContext, viewer: Viewer): Promise<Response> {
  const note = await ownNote(c);
  const source = await getNoteSource(c.get("visit").app, viewer, note.id);
  const state = freshForm({
    source: source.source,
    title: note.title ?? "",
    summary: source.summary ?? "",
    language: source.language ?? "",
    sensitive: source.sensitive ? "yes" : "",
  });
  return await showEdit(c, viewer, note, state, pollOf(note));
}

export async function postEdit(c: WebContext, viewer: Viewer): Promise<Response> {
  const note = await ownNote(c);
  const form = await readForm(c);
  const summary = form.text("summary").trim();
  const language = form.text("language");
  const outcome = await attempt(() =>
    editNote(c.get("visit").app, viewer, {
      noteId: note.id,
      source: form.text("source"),
      title: form.text("title"),
      poll: note.poll === null ? undefined : (readPoll(form) ?? NO_POLL),
      summary: summary === "" ? undefined : summary,
      language: language === "" ? undefined : language,
      sensitive: form.text("sensitive") === "yes",
    }),
  );
  if (!outcome.ok)
    return await showEdit(c, viewer, note, returnedForm(form, outcome.refusal), readPoll(form));
  return c.redirect(`${notePath(note)}#note-${note.id}`, 303);
}

/** The poll as it is, to begin with; its time counts from now if it is begun anew. */
function pollOf({ poll }: NoteView): NewPoll | null {
  if (poll === null) return null;
  return { options: poll.options.map((option) => option.title), multiple: poll.multiple, expiresInMs: DAY };
}

async function showEdit(
  c: WebContext,
  viewer: Viewer,
  note: NoteView,
  state: FormState,
  poll: NewPoll | null,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const own = note.language === null ? viewer.languages : [note.language, ...viewer.languages];
  const languages = [...languageChoices(visit.i18n, own), { value: "", label: t("compose.no_language") }];
  return await showPage(c, {
    title: t("edit.title"),
    status: state.refusal?.status ?? 200,
    main: html`<h1 class="page-title">${t("edit.title")}</h1><p class="muted">${t("edit.lead")} ${visibilityMark(visit, note.visibility, true)}</p>
<form class="card stack" method="post" action="${notePath(note)}/edit">${formToken(visit)}${faultSummary(visit, state)}
${note.kind === "Article" ? textField(visit, state, { name: "title", label: "compose.title_field", required: true, dir: "auto" }) : ""}
${areaField(visit, state, { name: "source", label: "compose.text", hint: t("compose.text_hint", { max: NOTE_LIMITS.characters }), rows: 8, isUnmarked: true })}
${note.poll === null ? "" : html`<p class="hint">${t("edit.poll_hint")}</p>${pollFields(visit, poll, state)}`}
${textField(visit, state, { name: "summary", label: "compose.warning", hint: t("compose.warning_hint"), dir: "auto" })}
${selectField(visit, state, { name: "language", label: "compose.language", choices: languages })}
${checkField(visit, state, { name: "sensitive", label: "compose.sensitive" })}
<div class="form-buttons"><button class="button primary">${t("form.save")}</button> <a class="button quiet" href="${notePath(note)}">${t("form.cancel")}</a></div></form>`,
  });
}

export async function getDelete(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const note = await ownNote(c);
  return await showPage(c, {
    title: t("delete.title"),
    main: html`<h1 class="page-title">${t("delete.title")}</h1><p>${t("delete.text")}</p>
<section class="quoted">${noteCard(visit, note, { isQuoted: true })}</section>
<form method="post" action="${notePath(note)}/delete">${formToken(visit)}<div class="form-buttons"><button class="button danger">${t("delete.submit")}</button> <a class="button quiet" href="${notePath(note)}">${t("form.cancel")}</a></div></form>`,
  });
}

export async function postDelete(c: WebContext, viewer: Viewer): Promise<Response> {
  const note = await ownNote(c);
  await deleteNote(c.get("visit").app, viewer, note.id);
  return c.redirect(`/@${viewer.username}`, 303);
}

async function ownNote(c: WebContext): Promise<NoteView> {
  const note = await noteOf(c);
  if (!note.viewer.mine) throw notFound();
  return note;
}
