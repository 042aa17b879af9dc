import { html } from "hono/html";
import type { CustomEmoji } from "../../server/domain/emoji.ts";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { emojiText, withEmojis } from "./emoji.ts";
import { icon } from "./icon.ts";
import { visibilityMark } from "./note.ts";
import { markdown } from "./rules.ts";

/** How the note will look. Nothing is posted and nobody is looked up. */
export function preview(visit: Visit, composition: Composition, emojis: readonly CustomEmoji[]): Html {
  const { t } = visit.i18n;
  const summary = composition.summary.trim();
  const title = composition.title.trim();
  return html`<section class="card preview" aria-labelledby="preview"><h2 class="section-title" id="preview">${t("compose.preview_title")}</h2>
<p class="muted">${visibilityMark(visit, composition.visibility, true)}</p>
${summary === "" ? "" : html`<p class="preview-warning">${icon(visit, "alert")} <span dir="auto">${emojiText(summary, emojis)}</span></p>`}
${title === "" ? "" : html`<p class="note-title" dir="auto">${emojiText(title, emojis)}</p>`}
${composition.source.trim() === "" ? html`<p class="muted">${t("field.empty_note")}</p>` : html`<div class="prose"${composition.language === "" ? "" : html` lang="${composition.language}"`} dir="auto">${withEmojis(String(markdown(visit, composition.source)), emojis)}</div>`}
${composition.poll === null ? "" : pollPreview(composition.poll.options, emojis)}
</section>`;
}

function pollPreview(typed: readonly string[], emojis: readonly CustomEmoji[]): Html {
  const options = typed.filter((option) => option.trim() !== "");
  return html`<ul class="plain-list poll-preview">${options.map((option) => html`<li dir="auto">${emojiText(option.trim(), emojis)}</li>`)}</ul>`;
}
