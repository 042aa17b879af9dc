import { html } from "hono/html";
import type { CustomEmoji } from "../../server/domain/emoji.ts";
import type { AttachmentView } from "../../server/domain/note.ts";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { emojiText, withEmojis } from "./emoji.ts";
import { icon } from "./icon.ts";
import { visibilityMark } from "./note.ts";

/** How the note will look; `text` is its sanitised HTML with the people it names. Nothing is posted. */
export function preview(
  visit: Visit,
  composition: Composition,
  text: string,
  emojis: readonly CustomEmoji[],
): Html {
  const { t } = visit.i18n;
  const summary = composition.summary.trim();
  const title = composition.title.trim();
  const isEmpty = text === "" && title === "" && composition.attachments.length === 0;
  return html`<section class="card preview" id="preview" aria-labelledby="preview-title"><h2 class="section-title" id="preview-title">${t("compose.preview_title")}</h2>
<p class="muted">${visibilityMark(visit, composition.visibility, true)}</p>
${summary === "" ? "" : html`<p class="preview-warning">${icon(visit, "alert")} <span dir="auto">${emojiText(summary, emojis)}</span></p>`}
${title === "" ? "" : html`<p class="note-title" dir="auto">${emojiText(title, emojis)}</p>`}
${isEmpty ? html`<p class="muted">${t("field.empty_note")}</p>` : ""}${text === "" ? "" : html`<div class="prose"${composition.language === "" ? "" : html` lang="${composition.language}"`} dir="auto">${withEmojis(text, emojis)}</div>`}
${composition.poll === null ? "" : pollPreview(composition.poll.options, emojis)}
${composition.attachments.length === 0 ? "" : html`<ul class="preview-media">${composition.attachments.map((one) => html`<li>${thumbnail(visit, one)}</li>`)}</ul>`}
</section>`;
}

function thumbnail(visit: Visit, { kind, url, coverUrl, alt, state }: AttachmentView): Html {
  const source = kind === "image" ? url : coverUrl;
  if (source === null || state !== "ready") return html`${icon(visit, "image")}`;
  return html`<img src="${source}" alt="${alt}" width="96" height="96" decoding="async">`;
}

function pollPreview(typed: readonly string[], emojis: readonly CustomEmoji[]): Html {
  const options = typed.filter((option) => option.trim() !== "");
  return html`<ul class="plain-list poll-preview">${options.map((option) => html`<li dir="auto">${emojiText(option.trim(), emojis)}</li>`)}</ul>`;
}
