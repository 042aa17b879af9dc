import { html } from "hono/html";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import { visibilityMark } from "./note.ts";
import { markdown } from "./rules.ts";

/** How the note will look. Nothing is posted and nobody is looked up. */
export function preview(visit: Visit, composition: Composition): Html {
  const { t } = visit.i18n;
  const summary = composition.summary.trim();
  return html`<section class="card preview" aria-labelledby="preview"><h2 class="section-title" id="preview">${t("compose.preview_title")}</h2>
<p class="muted">${visibilityMark(visit, composition.visibility, true)}</p>
${summary === "" ? "" : html`<p class="preview-warning">${icon(visit, "alert")} <span dir="auto">${summary}</span></p>`}
${composition.title.trim() === "" ? "" : html`<p class="note-title" dir="auto">${composition.title.trim()}</p>`}
${composition.source.trim() === "" ? html`<p class="muted">${t("field.empty_note")}</p>` : html`<div class="prose"${composition.language === "" ? "" : html` lang="${composition.language}"`} dir="auto">${markdown(visit, composition.source)}</div>`}
${composition.poll === null ? "" : html`<ul>${composition.poll.options.filter((option) => option.trim() !== "").map((option) => html`<li dir="auto">${option}</li>`)}</ul>`}
</section>`;
}
