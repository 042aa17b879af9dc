import { html } from "hono/html";
import type { NoteView } from "../../server/domain/note.ts";
import type { Readers } from "../../server/services/notes/readers.ts";
import { languageDoubt } from "../../server/text/language.ts";
import type { Composition } from "../drafting.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { icon } from "./icon.ts";
import { readersSentence } from "./readers.ts";

/**
 * The part of the form that follows what is typed: which draft it is, who will see it, whether the language fits. Scripts
 * fetch it anew while somebody writes; without them it is as of the last look.
 */
export function liveFields(
  visit: Visit,
  composition: Composition,
  about: { readonly replyTo: NoteView | null; readonly readers: Readers | null; readonly note?: string },
): Html {
  return html`<div class="compose-live" id="compose-live">${composition.draftId === null ? "" : html`<input type="hidden" name="draft" value="${composition.draftId}">`}
${readersSentence(visit, composition, about.replyTo, about.readers)}${languageHint(visit, composition)}${about.note === undefined ? "" : html`<p class="hint compose-saved">${icon(visit, "check")} ${about.note}</p>`}</div>`;
}

/** "This looks like Chinese": with one press it is. Never in the way of posting. */
function languageHint(visit: Visit, composition: Composition): Html {
  const { t, languageName } = visit.i18n;
  const text = `${composition.title}\n${composition.summary}\n${composition.source}`;
  const seems = composition.language === "" ? null : languageDoubt(text, composition.language);
  if (seems === null) return html``;
  const chosen = languageName(composition.language);
  const better = likeliest(visit, seems);
  if (better === null)
    return html`<p class="language-hint">${icon(visit, "language")} <span>${t("compose.language_odd", { chosen })}</span></p>`;
  const language = languageName(better);
  return html`<p class="language-hint">${icon(visit, "language")} <span>${t("compose.language_hint", { language, chosen })}</span> <button class="button quiet small" name="action" value="language:${better}">${t("compose.language_change", { language })}</button></p>`;
}

/** Of what it may be, the language that the writer has; a language with its script for a text in its letters otherwise. */
function likeliest(visit: Visit, seems: string): string | null {
  const own = [...(visit.viewer?.languages ?? []), visit.i18n.locale];
  const fits = (tag: string) => {
    const locale = new Intl.Locale(tag).maximize();
    return seems === "latin" ? locale.script === "Latn" : locale.language === seems.split("-")[0];
  };
  const match = own.find((tag) => fits(tag) && (!seems.includes("-") || sameScript(tag, seems)));
  if (match !== undefined) return match;
  return seems === "latin" ? null : seems === "zh" ? "zh-Hans" : seems;
}

function sameScript(a: string, b: string): boolean {
  return new Intl.Locale(a).maximize().script === new Intl.Locale(b).maximize().script;
}
