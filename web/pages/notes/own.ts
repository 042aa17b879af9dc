import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { type AttachmentId, parseId } from "../../../server/domain/ids.ts";
import { type AttachmentView, NOTE_LIMITS, type NoteView } from "../../../server/domain/note.ts";
import type { NewPoll } from "../../../server/domain/poll.ts";
import { notFound } from "../../../server/errors.ts";
import { listEditMedia } from "../../../server/services/notes/note-media.ts";
import { deleteNote, editNote, getNoteSource } from "../../../server/services/notes/notes.ts";
import { mediaFields } from "../../components/compose-media.ts";
import { editForm } from "../../components/edit-form.ts";
import { formToken } from "../../components/hidden.ts";
import { noteCard, visibilityMark } from "../../components/note.ts";
import { arranged, blankComposition, readComposition, readMedia, toMedia } from "../../drafting.ts";
import type { Composition } from "../../drafting.ts";
import type { Form } from "../../form.ts";
import { attempt, freshForm, readForm } from "../../forms.ts";
import type { Refusal } from "../../forms.ts";
import { showFragment, showPage, wantsFragment } from "../../layout.ts";
import { noteOf } from "../../member.ts";
import { notePath } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";
import { addFiles, attachedIds } from "../writing/files.ts";

const DAY = 86_400_000;
/** All options were emptied: the service says what is wrong with that. */
const NO_POLL: NewPoll = { options: [], multiple: false, expiresInMs: DAY };

export async function getEdit(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const note = await ownNote(c);
  const source = await getNoteSource(visit.app, viewer, note.id);
  const composition = blankComposition(visit, viewer, {
    source: source.source,
    title: note.title ?? "",
    summary: source.summary,
    language: source.language ?? "",
    sensitive: source.sensitive,
    visibility: note.visibility,
    attachments: note.attachments,
    poll: pollOf(note),
  });
  return await showEdit(c, note, composition, null);
}

export async function postEdit(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const note = await ownNote(c);
  const form = await readForm(c);
  const typed = await typedIn(c, viewer, note, form);
  const action = form.text("action");
  const composition = { ...typed, attachments: arranged(typed.attachments, action) };
  if (wantsFragment(c))
    return await showFragment(c, mediaFields(visit, composition.attachments, freshForm()));
  const added = await addFiles(visit, viewer, composition.attachments.length, form);
  const whole = { ...composition, attachments: [...composition.attachments, ...added.kept] };
  if (added.refusal !== null || /^(?:media|up|down|remove)\b/.test(action))
    return await showEdit(c, note, whole, added.refusal);
  const outcome = await attempt(() => editNote(visit.app, viewer, toEdit(note, whole)));
  if (!outcome.ok) return await showEdit(c, note, whole, outcome.refusal);
  return c.redirect(`${notePath(note)}#note-${note.id}`, 303);
}

/** What the form holds. Files are named in it, since a note that is out has no draft; only one's own are taken. */
async function typedIn(c: WebContext, viewer: Viewer, note: NoteView, form: Form): Promise<Composition> {
  const named = form.all("media").flatMap((id) => parseId<AttachmentId>(id) ?? []);
  const ids = [...new Set([...named, ...attachedIds(form)])].slice(0, NOTE_LIMITS.media);
  const attachments: readonly AttachmentView[] = await listEditMedia(
    c.get("visit").app,
    viewer,
    note.id,
    ids,
  );
  const typed = readComposition(form, null);
  return {
    ...typed,
    visibility: note.visibility,
    attachments: readMedia(form, attachments),
    poll: note.poll === null ? null : (typed.poll ?? NO_POLL),
  };
}

function toEdit(note: NoteView, composition: Composition) {
  return {
    noteId: note.id,
    source: composition.source,
    title: note.kind === "Question" || note.replyTo !== null ? undefined : composition.title,
    poll: composition.poll ?? undefined,
    summary: composition.summary.trim() === "" ? undefined : composition.summary,
    language: composition.language === "" ? undefined : composition.language,
    sensitive: composition.sensitive,
    attachments: toMedia(composition.attachments),
  };
}

/** The poll as it is, to begin with; its time counts from now if it is begun anew. */
function pollOf({ poll }: NoteView): NewPoll | null {
  if (poll === null) return null;
  return { options: poll.options.map((option) => option.title), multiple: poll.multiple, expiresInMs: DAY };
}

async function showEdit(
  c: WebContext,
  note: NoteView,
  composition: Composition,
  refusal: Refusal | null,
): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  return await showPage(c, {
    title: t("edit.title"),
    status: refusal?.status ?? 200,
    main: html`<h1 class="page-title">${t("edit.title")}</h1><p class="muted">${t("edit.lead")} ${visibilityMark(visit, note.visibility, true)}</p>
<section class="card compose-card" aria-label="${t("edit.title")}">${editForm(visit, note, composition, refusal)}</section>`,
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
