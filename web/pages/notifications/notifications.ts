import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { NOTIFICATION_THEMES, type NotificationTheme } from "../../../server/domain/notification.ts";
import { hasFrozen } from "../../../server/services/identities/frozen.ts";
import { viewNotificationPolicy } from "../../../server/services/notifications/notification-requests.ts";
import { listNotifications, markRead } from "../../../server/services/notifications/notifications.ts";
import { formToken } from "../../components/hidden.ts";
import { icon } from "../../components/icon.ts";
import { notificationLines } from "../../components/notification-lines.ts";
import { notificationChips, notificationTabs } from "../../components/notification-tabs.ts";
import { pager, pageRequestOf } from "../../components/timeline.ts";
import { readForm } from "../../forms.ts";
import { showPage } from "../../layout.ts";
import { safeReturn } from "../../paths.ts";
import type { WebContext } from "../../visit.ts";

/** Twice what a page of notes has: many of them become one line. */
const PAGE_SIZE = 40;

/** What happened to the person, gathered by note and day; `?show=` chooses a theme. */
export async function getNotifications(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const theme = themeOf(c.req.query("show"));
  const only = theme === null ? undefined : NOTIFICATION_THEMES[theme];
  const page = await listNotifications(visit.app, viewer, { ...pageRequestOf(c), limit: PAGE_SIZE, only });
  const waits = await viewNotificationPolicy(visit.app, viewer);
  const hasDoubts = await hasFrozen(visit.app, viewer);
  const path = theme === null ? "/notifications" : `/notifications?show=${theme}`;
  return await showPage(c, {
    title: t("notifications.title"),
    place: "notifications",
    main: html`<div class="page-head"><h1 class="page-title">${t("notifications.title")}</h1>
<div class="notification-actions">${visit.unread === 0 ? "" : html`<form method="post" action="/notifications/read">${formToken(visit)}<input type="hidden" name="return" value="${path}"><button class="button quiet small">${icon(visit, "check")}<span>${t("notifications.mark_read")}</span></button></form>`}
<a class="button quiet small" href="/settings/notifications">${icon(visit, "settings")}<span>${t("notifications.settings")}</span></a></div></div>
${notificationTabs(visit, "/notifications")}${notificationChips(visit, theme)}
${hasDoubts ? html`<p class="notice"><a href="/notifications/frozen">${t("frozen.title")}</a></p>` : ""}
${waits.requests === 0 ? "" : html`<p class="notice"><a href="/notifications/waiting">${t("waiting.some", { count: waits.requests })}</a></p>`}
${page.items.length === 0 ? html`<div class="empty">${t(theme === null ? "notifications.empty" : "notifications.none_of")}</div>` : html`<div class="notes">${notificationLines(visit, page.items)}</div>${pager(visit, page, path)}`}`,
  });
}

export async function postRead(c: WebContext, viewer: Viewer): Promise<Response> {
  const form = await readForm(c);
  await markRead(c.get("visit").app, viewer);
  return c.redirect(safeReturn(form.text("return"), "/notifications"), 303);
}

function themeOf(word: string | undefined): NotificationTheme | null {
  return word !== undefined && Object.hasOwn(NOTIFICATION_THEMES, word) ? (word as NotificationTheme) : null;
}
