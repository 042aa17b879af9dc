import { html } from "hono/html";
import { FEED_FORMATS, FEED_TYPES } from "../feeds.ts";
import type { Html } from "../html.ts";
import type { Visit } from "../visit.ts";

const NAMES = { rss: "RSS", atom: "Atom", json: "JSON Feed" } as const;

/** Ways to follow a page without an account; `path` is that of the page, without an ending. */
export function feedLine(visit: Visit, path: string): Html {
  return html`<p class="feed-line muted small">${visit.i18n.t("feed.follow")} ${FEED_FORMATS.map((format) => html`<a href="${path}.${format}" type="${FEED_TYPES[format]}">${NAMES[format]}</a> `)}</p>`;
}
