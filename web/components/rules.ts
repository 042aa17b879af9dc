import { html } from "hono/html";
import { renderMarkup } from "../../server/text/markup.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { sanitised } from "./actor.ts";

/** The rules of the server: Markdown of its owner, rendered like a note's. */
export function renderRules(visit: Visit): Html {
  return html`<div class="prose" dir="auto">${markdown(visit, visit.settings.rules)}</div>`;
}

/** Markdown as safe HTML, as a note would show it; mentions stay words until somebody is found behind them. */
export function markdown(visit: Visit, source: string): Html {
  const links = { mention: () => null, tag: (tag: string) => visit.app.uris.tag(tag) };
  return sanitised(renderMarkup(source, links).html);
}
