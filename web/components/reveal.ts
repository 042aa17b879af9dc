import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

/** The word at the end of a line that opens and closes: what a press would do now. */
export function reveal(visit: Visit): Html {
  const { t } = visit.i18n;
  return html`<span class="reveal"><span class="when-closed">${t("note.show")}</span><span class="when-open">${t("note.hide")}</span></span>`;
}
