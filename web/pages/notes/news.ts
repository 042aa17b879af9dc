import { html } from "hono/html";
import type { Viewer } from "../../../server/domain/actor.ts";
import { invalid } from "../../../server/errors.ts";
import { markRead } from "../../../server/services/markers.ts";
import { countNewAtHome } from "../../../server/services/threads/news.ts";
import { readForm } from "../../forms.ts";
import type { Html } from "../../html.ts";
import { showFragment, wantsFragment } from "../../layout.ts";
import type { Visit, WebContext } from "../../visit.ts";

/**
 * What is new since a page was drawn: a link with a number, and the count of unread notifications. 204 when nothing is.
 * Nothing is put into the page by itself: its reader presses the link.
 */
export async function getNews(c: WebContext, viewer: Viewer): Promise<Response> {
  const visit = c.get("visit");
  if (!wantsFragment(c)) return c.redirect("/", 303);
  const since = cursorOf(c.req.query("since"));
  const count = since === null ? 0 : await countNewAtHome(visit.app, viewer, since);
  const isSame = count === 0 && c.req.query("unread") === String(visit.unread);
  if (isSame) return c.body(null, 204, { "Cache-Control": "private, no-store" });
  return await showFragment(c, html`${count === 0 ? "" : newsLink(visit, count)}${unreadBadge(visit)}`);
}

/** Remembers how far somebody has read their home. */
export async function postHomeRead(c: WebContext, viewer: Viewer): Promise<Response> {
  const id = cursorOf((await readForm(c)).text("id"));
  if (id === null) throw invalid({});
  const { app, i18n } = c.get("visit");
  await markRead(app, viewer, "home", id);
  if (!wantsFragment(c)) return c.redirect("/", 303);
  return await showFragment(c, html`<p class="marker-form muted" tabindex="-1">${i18n.t("marker.kept")}</p>`);
}

/** More than this is said in words: nobody counts them. */
const MANY = 40;

function newsLink(visit: Visit, count: number): Html {
  const { t } = visit.i18n;
  return html`<a class="button primary news-link" href="/">${count >= MANY ? t("news.many") : t("news.home", { count })}</a>`;
}

/** As the ways around show it (web/layout.ts). */
function unreadBadge(visit: Visit): Html {
  const { t, count } = visit.i18n;
  if (visit.unread === 0) return html`<span class="unread" hidden></span>`;
  return html`<span class="unread"><span aria-hidden="true">${count(visit.unread)}</span><span class="hidden">${t("nav.unread", { count: visit.unread })}</span></span>`;
}

function cursorOf(text: string | undefined): number | null {
  if (text === undefined || !/^[0-9]{1,16}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}
