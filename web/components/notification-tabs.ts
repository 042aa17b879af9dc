import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

const TABS: readonly (readonly [place: string, label: MessageKey])[] = [
  ["/notifications", "notifications.all"],
  ["/follow-requests", "requests.title"],
  ["/requests", "asked.title"],
];

/** The ways between what happened and what waits for an answer. */
export function notificationTabs(visit: Visit, here: string): Html {
  const { t } = visit.i18n;
  return html`<nav class="tabs" aria-label="${t("notifications.title")}">${TABS.map(([place, label]) => html`<a href="${place}"${place === here ? html` aria-current="page"` : ""}>${t(label)}</a>`)}</nav>`;
}
