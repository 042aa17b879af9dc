import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { bookmarksTimeline } from "../../../server/services/timelines.ts";
import { pageRequestOf, timeline } from "../../components/timeline.ts";
import { showPage } from "../../layout.ts";
import type { WebContext } from "../../visit.ts";

export async function getBookmarks(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const page = await bookmarksTimeline(visit.app, viewer, pageRequestOf(c));
  return await showPage(c, {
    title: t("bookmarks.title"),
    place: "bookmarks",
    main: html`<h1 class="page-title">${t("bookmarks.title")}</h1><p class="muted">${t("bookmarks.lead")}</p>${timeline(visit, page, { empty: t("bookmarks.empty"), path: "/bookmarks" })}`,
  });
}
