import { html } from "hono/html";
import type { Announcement } from "../../server/services/announcements/announcements.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { sanitised } from "./actor.ts";
import { formToken } from "./hidden.ts";
import { icon } from "./icon.ts";

/** What the owners tell everybody, above the timeline, until it is put away. */
export function announcementNotices(visit: Visit, announcements: readonly Announcement[]): Html {
  if (announcements.length === 0) return html``;
  const { t } = visit.i18n;
  return html`<section class="announcements" aria-label="${t("announcement.label")}" data-component="announcements">${announcements.map(
    (one) => html`<div class="notice announcement" id="announcement-${one.id}">${icon(visit, "info")}<div>
<div class="prose" dir="auto"${one.language === null ? "" : html` lang="${one.language}"`}>${sanitised(one.contentHtml)}</div>
<form method="post" action="/announcements/${one.id}/read">${formToken(visit)}<button class="button quiet small">${t("announcement.dismiss")}</button></form></div></div>`,
  )}</section>`;
}
