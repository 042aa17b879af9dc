import { html } from "hono/html";
import { NOTIFICATION_THEMES, type NotificationTheme } from "../../server/domain/notification.ts";
import type { Html } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit } from "../visit.ts";

const TABS: readonly (readonly [place: string, label: MessageKey])[] = [
  ["/notifications", "notifications.all"],
  ["/messages", "messages.title"],
  ["/follow-requests", "requests.title"],
  ["/requests", "asked.title"],
  ["/notifications/waiting", "waiting.title"],
];

/** The ways between what happened and what waits for an answer. */
export function notificationTabs(visit: Visit, here: string): Html {
  const { t } = visit.i18n;
  return html`<nav class="tabs" aria-label="${t("notifications.title")}">${TABS.map(([place, label]) => html`<a href="${place}"${place === here ? html` aria-current="page"` : ""}>${t(label)}</a>`)}</nav>`;
}

/** Requests have tabs of their own, and what the server has to say is rare. */
const CHIPS = [
  "mentions",
  "likes",
  "boosts",
  "follows",
  "notes",
] as const satisfies readonly NotificationTheme[];

/** One theme of what happened, or everything; plain links, so that each is a page. */
export function notificationChips(visit: Visit, here: NotificationTheme | null): Html {
  const { t } = visit.i18n;
  const chip = (theme: NotificationTheme | null, label: MessageKey) =>
    html`<a href="/notifications${theme === null ? "" : `?show=${theme}`}"${theme === here ? html` aria-current="true"` : ""}>${t(label)}</a>`;
  const shown = here === null || CHIPS.some((one) => one === here) ? CHIPS : [...CHIPS, here];
  return html`<nav class="tabs small chips" aria-label="${t("notifications.kinds")}">${chip(null, "notifications.everything")}${shown.map((theme) => chip(theme, theme === "requests" || theme === "server" ? `notifications.theme_${theme}` : `notifications.chip_${theme}`))}</nav>`;
}

/** All themes, for choosing. */
export const THEMES = Object.keys(NOTIFICATION_THEMES) as readonly NotificationTheme[];
