import { html } from "hono/html";
import type { CustomEmoji } from "../../server/domain/emoji.ts";
import { countCharacters, NOTE_LIMITS } from "../../server/domain/note.ts";
import type { AttachmentView, NoteView } from "../../server/domain/note.ts";
import { narrower, VISIBILITIES } from "../../server/domain/visibility.ts";
import type { Visibility } from "../../server/domain/visibility.ts";
import type { Readers } from "../../server/services/notes/readers.ts";
import { altName } from "../drafting.ts";
import type { Composition } from "../drafting.ts";
import { freshForm } from "../forms.ts";
import type { FormState, Refusal } from "../forms.ts";
import { flag } from "../html.ts";
import type { Html } from "../html.ts";
import { languageChoices, mainLanguageChoices } from "../languages.ts";
import type { Visit } from "../visit.ts";
import { liveFields } from "./compose-live.ts";
import { mediaFields, mediaLabel } from "./compose-media.ts";
import { pollFields } from "./compose-poll.ts";
import { emojiList, mediaTool, timeFields, warningTool } from "./compose-tools.ts";
import { describedBy, faultLine, faultSummary, options } from "./fields.ts";
import { formToken } from "./hidden.ts";
import { icon } from "./icon.ts";
import { policyFields } from "./policy-fields.ts";
import { tool } from "./tool.ts";

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
  /** Who is named, and how many follow. */
  readonly readers?: Readers | null;
  /** Languages used of late, the latest first. */
  readonly recent?: readonly string[];
  /** It waits to be posted by itself: it is not kept while somebody types, that would take it off the schedule. */
  readonly isScheduled?: boolean;
};

/** The form for a note, complete without JavaScript: words first, files, one row of quiet buttons, who sees it. */
export function composeForm(visit: Visit, composition: Composition, about: ComposeOptions = {}): Html {
  const state: FormState = { ...freshForm(), refusal: about.refusal ?? null };
  const { t } = visit.i18n;
  const isCompact = about.isCompact === true;
  const isReply = composition.replyToId !== null;
  return html`<form class="compose${isCompact ? " is-compact" : ""}" method="post" action="/compose" enctype="multipart/form-data" data-component="compose"${scriptTexts(visit)}${isCompact || about.isScheduled === true ? "" : html` data-autosave`}>
${formToken(visit)}<input type="hidden" name="key" value="${composition.key}">
${isReply ? html`<input type="hidden" name="reply" value="${composition.replyToId}">` : ""}
${composition.quoteOf === null ? "" : html`<input type="hidden" name="quote" value="${composition.quoteOf}">`}
<button class="hidden" name="action" value="preview" tabindex="-1" aria-hidden="true">${t("compose.preview")}</button>
${faultSummary(visit, state, mediaLabels(visit, composition.attachments))}
${isCompact || isReply ? "" : titleField(visit, composition.title, state)}
${textArea(visit, composition, state, { isCompact })}
${mediaFields(visit, composition.attachments, state)}
<div class="tools">${mediaTool(visit, composition, state)}${isReply || isCompact ? "" : pollFields(visit, composition.poll, state)}${warningTool(visit, composition, state)}${isCompact ? html`<button class="more-choices" name="action" value="more">${icon(visit, "plus")}<span>${t("compose.more_choices")}</span></button>` : moreTool(visit, composition, state, about.emojis ?? [])}</div>
<div class="compose-chips">${readersField(visit, composition, about, state)}${languageField(visit, composition.language, about.recent ?? [], state, isCompact ? "main" : "all")}</div>
${liveFields(visit, composition, { replyTo: about.replyTo ?? null, readers: about.readers ?? null })}
<div class="compose-buttons">
<button class="button quiet" name="action" value="save">${t("compose.save")}</button>
<button class="button quiet" name="action" value="preview">${t("compose.preview")}</button>
<button class="button primary" name="action" value="post">${t(postLabel(composition, isReply))}</button>
</div>
</form>`;
}

function postLabel({ scheduleAt }: Composition, isReply: boolean) {
  if (scheduleAt !== null) return "compose.post_later";
  return isReply ? "compose.post_reply" : "compose.post";
}

/** What most notes do without: a time, who may answer, the emoji of this server. */
function moreTool(
  visit: Visit,
  composition: Composition,
  state: FormState,
  emojis: readonly CustomEmoji[],
): Html {
  const { scheduleAt, expiresInMs, replyPolicy, quotePolicy } = composition;
  const faults = state.refusal?.faults ?? {};
  const isOpened =
    scheduleAt !== null ||
    expiresInMs !== null ||
    `${replyPolicy}${quotePolicy}` !== "" ||
    faults["schedule"] !== undefined ||
    faults["expiry"] !== undefined;
  return tool(
    visit,
    { icon: "more", label: visit.i18n.t("compose.more"), isOpened, className: "tool-more" },
    html`${timeFields(visit, composition, state)}${policyFields(visit, composition)}${emojiList(visit, emojis)}`,
  );
}

/** What the script says: it has no words of its own. */
export function scriptTexts(visit: Visit): Html {
  const { t } = visit.i18n;
  return html` data-compose data-uploading="${t("compose.uploading")}" data-cancel="${t("form.cancel")}" data-failed="${t("compose.upload_failed")}" data-suggestions="${t("compose.suggestions")}" data-max="${NOTE_LIMITS.characters}"`;
}

/** The first line, for those who want one. */
export function titleField(visit: Visit, title: string, state: FormState, isRequired = false): Html {
  const { t } = visit.i18n;
  return html`<div class="field compose-title"><label for="f-title" class="hidden">${t("compose.title_field")}</label>${faultLine(visit, state, "title")}
<input type="text" id="f-title" name="title" value="${title}" dir="auto" placeholder="${t(isRequired ? "compose.title_field" : "compose.title_placeholder")}"${flag("required", isRequired)}${describedBy(state, { name: "title" })}></div>`;
}

/** The text, with how much of it there is. */
export function textArea(
  visit: Visit,
  composition: Pick<Composition, "source" | "summary" | "language" | "replyToId">,
  state: FormState,
  { isCompact }: { readonly isCompact: boolean },
): Html {
  const { t } = visit.i18n;
  const isReply = composition.replyToId !== null;
  const typed = countCharacters(composition.source) + countCharacters(composition.summary);
  return html`<div class="field compose-text"><label for="f-source" class="hidden">${t(isReply ? "compose.reply_text" : "compose.text")}</label>
${faultLine(visit, state, "source")}
<textarea id="f-source" name="source" rows="${isCompact ? 2 : 6}" dir="auto"${composition.language === "" ? "" : html` lang="${composition.language}"`} placeholder="${t(isReply ? "compose.reply_placeholder" : "compose.placeholder")}"${describedBy(state, { name: "source", hint: isCompact ? undefined : "" })}>
${composition.source}</textarea>
${isCompact ? "" : html`<p class="hint" id="f-source-hint"><span class="counter" data-counter>${t("compose.count", { typed, max: NOTE_LIMITS.characters })}</span> ${t("compose.text_hint")}</p>`}</div>`;
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
  return html`<div class="field"><label for="f-visibility">${icon(visit, "eye")}<span>${t("compose.readers")}</span></label>${faultLine(visit, state, "visibility")}
<select id="f-visibility" name="visibility"${describedBy(state, { name: "visibility" })}>${options(choices, composition.visibility)}</select></div>`;
}

function isOpen(visibility: Visibility): boolean {
  return visibility === "public" || visibility === "unlisted";
}

/** Languages used of late come first, then one's own; the short form has the main ones of the others. */
export function languageField(
  visit: Visit,
  language: string,
  recent: readonly string[],
  state: FormState,
  others: "main" | "all" = "all",
): Html {
  const { t } = visit.i18n;
  const own = visit.viewer?.languages ?? [];
  const first = [...new Set([...recent, ...own, ...(language === "" ? [] : [language])])];
  const offered = others === "main" ? mainLanguageChoices : languageChoices;
  const choices = [...offered(visit.i18n, first), { value: "", label: t("compose.no_language") }];
  return html`<div class="field"><label for="f-language">${icon(visit, "language")}<span>${t("compose.language")}</span></label>${faultLine(visit, state, "language")}
<select id="f-language" name="language"${describedBy(state, { name: "language" })}>${options(choices, language)}</select></div>`;
}

/** Names of files for the summary of faults. */
export function mediaLabels(
  visit: Visit,
  attachments: readonly AttachmentView[],
): Readonly<Record<string, string>> {
  const total = attachments.length;
  return Object.fromEntries(
    attachments.map((one, index) => [altName(one.id), mediaLabel(visit, one, { index, total })]),
  );
}
