import { html } from "hono/html";
import { renderMarkup } from "../../server/text/markup.ts";
import { rulesForReader } from "../../server/text/rules.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { sanitised } from "./actor.ts";

/** What somebody reads, best first: the language of the pages, then the others that they said. */
export function languagesOfReader(visit: Visit): readonly string[] {
  return [visit.i18n.locale, ...(visit.viewer?.languages ?? [])];
}

/** The rules of the server in the reader's language, or in `language`: Markdown of its owner, rendered like a note's. */
export function renderRules(visit: Visit, language?: string): Html {
  const wanted = [...(language === undefined ? [] : [language]), ...languagesOfReader(visit)];
  const rules = rulesForReader(visit.settings, wanted);
  return html`<div class="prose" lang="${rules.language}" dir="auto">${markdown(visit, rules.source)}</div>`;
}

/** Markdown as safe HTML, as a note would show it; mentions stay words until somebody is found behind them. */
export function markdown(visit: Visit, source: string): Html {
  const links = { mention: () => null, tag: (tag: string) => visit.app.uris.tag(tag) };
  return sanitised(renderMarkup(source, links).html);
}
