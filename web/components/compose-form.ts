import { html } from "hono/html";
import type { CustomEmoji } from "../../server/domain/emoji.ts";
import { NOTE_LIMITS } from "../../server/domain/note.ts";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import { narrower, VISIBILITIES } from "../../server/domain/visibility.ts";
import type { Visibility } from "../../server/domain/visibility.ts";
import { altName } from "../drafting.ts";
import type { Composition } from "../drafting.ts";
import { freshForm } from "../forms.ts";
import type { FormState, Refusal } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import { languageChoices } from "../languages.ts";
import type { Visit } from "../visit.ts";
import { pollFields } from "./compose-poll.ts";
import { focusField } from "./focus.ts";
import { describedBy, faultLine, faultSummary, fieldId, options } from "./fields.ts";
import { formToken } from "./hidden.ts";
import { icon } from "./icon.ts";
import { policyFields } from "./policy-fields.ts";

export type ComposeOptions = {
  readonly refusal?: Refusal | null;
  /** The note that is answered. */
  readonly replyTo?: NoteView | null;
  /** The note that is quoted. */
  readonly quoteOf?: NoteView | null;
  /** A few lines high, for the top of home and the end of a thread. */
  readonly isCompact?: boolean;
  /** Our own custom emoji, to be copied from. */
  readonly emojis?: readonly CustomEmoji[];
  /** Offers to post although pictures lack a description. */
  readonly mayPostAnyway?: boolean;
};

/** Pictures that one note may carry from this form. */
export const PICTURES = 4;

/** The form for a note: words, warning, readers, language, pictures. Complete without JavaScript. */
export function composeForm(visit: Visit, composition: Composition, options: ComposeOptions = {}): Html {
  const state: FormState = { ...freshForm(), refusal: options.refusal ?? null };
  const { t } = visit.i18n;
  return html`<form class="compose ${options.isCompact === true ? "is-compact" : ""}" method="post" action="/compose" enctype="multipart/form-data" data-component="compose">
${formToken(visit)}<input type="hidden" name="key" value="${composition.key}">
${composition.draftId === null ? "" : html`<input type="hidden" name="draft" value="${composition.draftId}">`}
${composition.replyToId === null ? "" : html`<input type="hidden" name="reply" value="${composition.replyToId}">`}
${composition.quoteOf === null ? "" : html`<input type="hidden" name="quote" value="${composition.quoteOf}">`}
<button class="hidden" name="action" value="preview" tabindex="-1" aria-hidden="true">${t("compose.preview")}</button>
${faultSummary(visit, state, pictureLabels(visit, composition.attachments))}
${textArea(visit, composition, state, options)}
${pictureFields(visit, composition.attachments, state)}
<div class="compose-row">${readersField(visit, composition, options, state)}${languageField(visit, composition, state)}</div>
<div class="compose-extras">${moreFields(visit, composition, state)}${composition.replyToId === null && options.isCompact !== true ? pollFields(visit, composition.poll, state) : ""}${emojiList(visit, options.emojis ?? [])}${options.isCompact === true ? html`<button class="more-choices" name="action" value="more">${icon(visit, "plus")}<span>${t("compose.more_choices")}</span></button>` : policyFields(visit, composition)}</div>
<div class="compose-buttons">
<button class="button quiet" name="action" value="preview">${t("compose.preview")}</button>
<button class="button quiet" name="action" value="save">${t("compose.save")}</button>
${options.mayPostAnyway === true ? html`<button class="button quiet" name="action" value="post-anyway">${t("compose.post_anyway")}</button>` : ""}
<button class="button primary" name="action" value="post">${t(options.replyTo === undefined || options.replyTo === null ? "compose.post" : "compose.post_reply")}</button>
</div>
</form>`;
}

function textArea(visit: Visit, composition: Composition, state: FormState, options: ComposeOptions): Html {
  const { t } = visit.i18n;
  const isReply = composition.replyToId !== null;
  return html`<div class="field compose-text"><label for="f-source" class="${options.isCompact === true ? "hidden" : ""}">${t(isReply ? "compose.reply_text" : "compose.text")}</label>
${faultLine(visit, state, "source")}
<textarea id="f-source" name="source" rows="${options.isCompact === true ? 2 : 6}" dir="auto"${composition.language === "" ? "" : html` lang="${composition.language}"`} placeholder="${t(isReply ? "compose.reply_placeholder" : "compose.placeholder")}"${describedBy(state, { name: "source", hint: options.isCompact === true ? undefined : "" })}>
${composition.source}</textarea>
${options.isCompact === true ? "" : html`<p class="hint" id="f-source-hint">${t("compose.text_hint", { max: NOTE_LIMITS.characters })}</p>`}</div>`;
}

/** Never wider than the note that is answered. */
function readersField(
  visit: Visit,
  composition: Composition,
  { replyTo }: ComposeOptions,
  state: FormState,
): Html {
  const { t } = visit.i18n;
  const isOffered = (visibility: Visibility) =>
    replyTo === undefined ||
    replyTo === null ||
    isOpen(replyTo.visibility) ||
    narrower(visibility, replyTo.visibility) === visibility;
  const choices = VISIBILITIES.filter(isOffered).map((value) => ({
    value,
    label: t(`visibility.${value}_long`),
  }));
  return html`<div class="field"><label for="f-visibility">${t("compose.readers")}</label>${faultLine(visit, state, "visibility")}
<select id="f-visibility" name="visibility"${describedBy(state, { name: "visibility" })}>${options(choices, composition.visibility)}</select></div>`;
}

function isOpen(visibility: Visibility): boolean {
  return visibility === "public" || visibility === "unlisted";
}

function languageField(visit: Visit, composition: Composition, state: FormState): Html {
  const { t } = visit.i18n;
  const own = visit.viewer?.languages ?? [];
  const recent =
    composition.language === "" || own.includes(composition.language) ? own : [composition.language, ...own];
  const choices = [...languageChoices(visit.i18n, recent), { value: "", label: t("compose.no_language") }];
  return html`<div class="field"><label for="f-language">${t("compose.language")}</label>${faultLine(visit, state, "language")}
<select id="f-language" name="language"${describedBy(state, { name: "language" })}>${options(choices, composition.language)}</select></div>`;
}

function moreFields(visit: Visit, composition: Composition, state: FormState): Html {
  const { t } = visit.i18n;
  const faults = state.refusal?.faults ?? {};
  const isOpened =
    composition.summary !== "" ||
    composition.title !== "" ||
    faults["title"] !== undefined ||
    composition.sensitive ||
    faults["summary"] !== undefined ||
    faults["attachments"] !== undefined;
  const left = PICTURES - composition.attachments.length;
  return html`<details class="compose-more"${flag("open", isOpened)}><summary>${icon(visit, "image")}<span>${t("compose.more")}</span></summary>
<div class="compose-more-body">
${
  left <= 0
    ? ""
    : html`<div class="field" id="media"><label for="f-attachments">${t("compose.pictures")}</label>${faultLine(visit, state, "attachments")}
<p class="hint" id="f-attachments-hint">${t("compose.pictures_hint", { count: left })}</p>
<div class="file-row"><input type="file" id="f-attachments" name="attachments" accept="image/*" multiple${describedBy(state, { name: "attachments", hint: "" })}>
<button class="button quiet" name="action" value="media">${t("compose.add_pictures")}</button></div></div>`
}
<div class="field"><label for="f-title">${t("compose.title_field")}</label>${faultLine(visit, state, "title")}
<p class="hint" id="f-title-hint">${t("compose.title_hint")}</p>
<input type="text" id="f-title" name="title" value="${composition.title}" dir="auto"${describedBy(state, { name: "title", hint: "" })}></div>
<div class="field"><label for="f-summary">${t("compose.warning")}</label>${faultLine(visit, state, "summary")}
<p class="hint" id="f-summary-hint">${t("compose.warning_hint")}</p>
<input type="text" id="f-summary" name="summary" value="${composition.summary}" dir="auto"${describedBy(state, { name: "summary", hint: "" })}></div>
<label class="choice"><input type="checkbox" name="sensitive" value="yes"${flag("checked", composition.sensitive)}> <span>${t("compose.sensitive")}</span></label>
</div></details>`;
}

/** The custom emoji of this server with what to type for each. */
function emojiList(visit: Visit, emojis: readonly CustomEmoji[]): Html {
  if (emojis.length === 0) return html``;
  return html`<details class="compose-also"><summary>${emojiPicture(emojis[0])}<span>${visit.i18n.t("compose.emojis")}</span></summary>
<div class="compose-more-body"><p class="hint">${visit.i18n.t("compose.emojis_hint")}</p>
<ul class="emoji-list">${emojis.map((emoji) => html`<li>${emojiPicture(emoji)} <code>:${emoji.name}:</code></li>`)}</ul></div></details>`;
}

/** Decorative: its name stands beside it. */
function emojiPicture(emoji: CustomEmoji | undefined): Html {
  return emoji === undefined
    ? html``
    : html`<img class="emoji" src="${emoji.url}" alt="" width="20" height="20" loading="lazy" decoding="async">`;
}

function pictureLabels(
  visit: Visit,
  attachments: readonly AttachmentView[],
): Readonly<Record<string, string>> {
  const total = attachments.length;
  const label = (index: number) => visit.i18n.t("compose.picture", { position: index + 1, total });
  return Object.fromEntries(attachments.map(({ id }, index) => [altName(id), label(index)]));
}

function pictureFields(visit: Visit, attachments: readonly AttachmentView[], state: FormState): Html {
  const { t } = visit.i18n;
  return html`${attachments.map((attachment, index) => {
    const name = altName(attachment.id);
    const position = { position: index + 1, total: attachments.length };
    return html`<fieldset class="picture"><legend>${t("compose.picture", position)}</legend>
<img src="${attachment.url}" alt="" width="${attachment.width ?? 160}" height="${attachment.height ?? 160}">
<div class="field"><label for="${fieldId(name)}">${t("compose.alt")}</label>${faultLine(visit, state, name)}
<textarea id="${fieldId(name)}" name="${name}" rows="3" maxlength="${NOTE_LIMITS.altCharacters}" dir="auto" placeholder="${t("compose.alt_placeholder")}"${describedBy(state, { name })}>
${attachment.alt}</textarea></div>
${focusField(visit, attachment)}
<button class="button quiet small" name="action" value="remove:${attachment.id}">${icon(visit, "trash")}<span>${t("compose.remove")}<span class="hidden"> ${t("compose.picture", position)}</span></span></button></fieldset>`;
  })}`;
}
