import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

const TABS: readonly (readonly [place: string, label: MessageKey])[] = [
  ["/drafts", "drafts.title"],
  ["/scheduled", "scheduled.title"],
];

/** What is not out yet: begun, and waiting for its time. */
export function draftTabs(visit: Visit, here: string): Html {
  const { t } = visit.i18n;
  return html`<nav class="tabs" aria-label="${t("drafts.both")}">${TABS.map(([place, label]) => html`<a href="${place}"${place === here ? html` aria-current="page"` : ""}>${t(label)}</a>`)}</nav>`;
}
