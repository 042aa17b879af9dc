import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { Composition } from "../drafting.ts";
import { freshForm } from "../forms.ts";
import type { FormState, Refusal } from "../forms.ts";
import type { Html } from "../html.ts";
import { notePath } from "../paths.ts";
import type { Visit } from "../visit.ts";
import { languageField, mediaLabels, scriptTexts, textArea, titleField } from "./compose-form.ts";
import { mediaFields } from "./compose-media.ts";
import { pollFields } from "./compose-poll.ts";
import { mediaTool, warningTool } from "./compose-tools.ts";
import { faultSummary } from "./fields.ts";
import { formToken } from "./hidden.ts";

/** The same form for a note that is out: who sees it, and when, cannot change any more. */
export function editForm(
  visit: Visit,
  note: NoteView,
  composition: Composition,
  refusal: Refusal | null,
): Html {
  const state: FormState = { ...freshForm(), refusal };
  const { t } = visit.i18n;
  const isArticle = note.kind === "Article";
  return html`<form class="compose" method="post" action="${notePath(note)}/edit" enctype="multipart/form-data" data-component="compose"${scriptTexts(visit)}>${formToken(visit)}
<button class="hidden" name="action" value="save" tabindex="-1" aria-hidden="true">${t("form.save")}</button>
${faultSummary(visit, state, mediaLabels(visit, composition.attachments))}
${note.kind === "Question" || note.replyTo !== null ? "" : titleField(visit, composition.title, state, isArticle)}
${textArea(visit, composition, state, { isCompact: false })}
${mediaFields(visit, composition.attachments, state)}
${note.poll === null ? "" : html`<p class="hint">${t("edit.poll_hint")}</p>`}
<div class="tools">${mediaTool(visit, composition, state)}${note.poll === null ? "" : pollFields(visit, composition.poll, state)}${warningTool(visit, composition, state)}</div>
<div class="compose-chips">${languageField(visit, composition.language, [], state)}</div>
<div class="compose-buttons"><a class="button quiet" href="${notePath(note)}">${t("form.cancel")}</a> <button class="button primary" name="action" value="save">${t("form.save")}</button></div></form>`;
}
