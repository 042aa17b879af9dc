import { html } from "hono/html";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";
import { formToken } from "./hidden.ts";
import { icon } from "./icon.ts";

/**
 * The line between what is new and what was read the last time, with the button that moves it up; `newestId` is the newest
 * entry of the page. Opening a page moves nothing.
 */
export function markerDivider(visit: Visit, newestId: number): Html {
  return html`<div class="marker" id="marker" data-component="marker"><span>${visit.i18n.t("marker.here")}</span>${markerForm(visit, newestId)}</div>`;
}

/** Remembers everything up to the newest note of the page as read. */
export function markerForm(visit: Visit, newestId: number): Html {
  return html`<form class="marker-form" method="post" action="/home/read" data-live>${formToken(visit)}<input type="hidden" name="id" value="${newestId}"><button class="button quiet small">${icon(visit, "check")}<span>${visit.i18n.t("marker.set")}</span></button></form>`;
}

/** Where a script says that there is something new; `newestId` is the newest entry that the page shows. */
export function newsLine(visit: Visit, newestId: number): Html {
  return html`<p class="news" data-news="/home/new?since=${newestId}&amp;unread=${visit.unread}" role="status"></p>`;
}
