import { html } from "hono/html";
import type { Page } from "../../../server/domain/note.ts";
import { exploreTimeline, popularNotes } from "../../../server/services/trends/explore.ts";
import { coverGrid } from "../../components/covers.ts";
import { filterBar, lookingOf, lookingPath, type Looking, viewSwitch } from "../../components/looking.ts";
import { noteList, pageRequestOf, timeline } from "../../components/timeline.ts";
import { icon } from "../../components/icon.ts";
import type { Html } from "../../html.ts";
import { showPage } from "../../layout.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { Visit, WebContext } from "../../visit.ts";

const PATH = "/explore";
/** Covers on a page fill whole rows at two, three, four and six abreast. */
const COVERS = 24;
const NOTES = 20;

/** What is written here or known from elsewhere, new or popular, as covers or as a list. */
export async function getExplore(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const looking = lookingOf(c, visit.viewer?.preferences.exploreView ?? "grid");
  return looking.sort === "popular" ? await showPopular(c, looking) : await showNew(c, looking);
}

/** The address that this page had before. */
export async function getLocal(c: WebContext): Promise<Response> {
  const view = c.req.query("view") === "grid" ? "grid" : "list";
  return await Promise.resolve(c.redirect(`${PATH}?view=${view}`, 301));
}

async function showNew(c: WebContext, looking: Looking): Promise<Response> {
  const visit = c.get("visit");
  const asGrid = looking.view === "grid";
  const page = await exploreTimeline(visit.app, visit.viewer, {
    ...pageRequestOf(c),
    limit: asGrid ? COVERS : NOTES,
    filter: looking.filter,
    calm: asGrid && visit.viewer === null,
  });
  return await show(
    c,
    looking,
    timeline(visit, page, {
      empty: emptyWords(visit, looking, page),
      path: lookingPath(PATH, looking),
      asGrid,
    }),
  );
}

/** Nothing here at all, or nothing in the part that was looked through. */
function emptyWords(visit: Visit, { filter }: Looking, page: Page<unknown>): string {
  const { t } = visit.i18n;
  if (page.older !== null) return t("explore.look_further");
  const isNarrow = filter.media.length + filter.languages.length > 0;
  return t(isNarrow ? "explore.nothing" : "local.empty");
}

async function showPopular(c: WebContext, looking: Looking): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const asGrid = looking.view === "grid";
  const from = Math.min(400, Number(/^\d{1,3}$/.exec(c.req.query("rank") ?? "")?.[0] ?? 0));
  const { notes, next } = await popularNotes(visit.app, visit.viewer, {
    filter: looking.filter,
    limit: asGrid ? COVERS : NOTES,
    from,
    calm: asGrid && visit.viewer === null,
  });
  const way = (rank: number) => `${lookingPath(PATH, looking)}&rank=${rank}`;
  const back = Math.max(0, from - (asGrid ? COVERS : NOTES));
  const more =
    next === null && from === 0
      ? ""
      : html`<nav class="pager" aria-label="${t("pager.label")}">${from === 0 ? html`<span></span>` : html`<a class="button quiet" rel="prev" href="${way(back)}">${icon(visit, "back")}<span>${t("explore.back")}</span></a>`}${next === null ? "" : html`<a class="button quiet" rel="next" href="${way(next)}"><span>${t("explore.more")}</span>${icon(visit, "next")}</a>`}</nav>`;
  const main =
    notes.length === 0
      ? html`<div class="empty"><p>${t("explore.nothing_popular")}</p></div>`
      : html`${asGrid ? coverGrid(visit, notes) : noteList(visit, notes)}${more}`;
  return await show(c, looking, main);
}

async function show(c: WebContext, looking: Looking, list: Html): Promise<Response> {
  const visit = c.get("visit");
  const { t } = visit.i18n;
  const isPopular = looking.sort === "popular";
  return await showPage(c, {
    title: t(isPopular ? "explore.popular_title" : "explore.title"),
    place: "explore",
    shape: looking.view === "grid" ? "wide" : "column",
    isPublic: true,
    head: html`<link rel="canonical" href="${visit.app.uris.origin}${PATH}${isPopular ? "?sort=popular" : ""}">`,
    main: html`<div class="explore-head">${exploreHead(visit, isPopular ? "popular" : "new", looking)}
${filterBar(visit, PATH, looking)}
${isPopular ? html`<p class="muted why">${t("explore.popular_lead")} <a href="/explore/about">${t("explore.why")}</a></p>` : ""}</div>${list}`,
  });
}

export type ExploreTab = "new" | "popular" | "films" | "tags" | "people";

/** Title and ways of looking around; what is chosen goes along between new and popular. */
export function exploreHead(visit: Visit, here: ExploreTab, looking?: Looking): Html {
  const { t } = visit.i18n;
  const way = (sort: Looking["sort"]) =>
    looking === undefined
      ? `${PATH}${sort === "popular" ? "?sort=popular" : ""}`
      : lookingPath(PATH, looking, { sort });
  const tabs: readonly (readonly [ExploreTab, string, MessageKey])[] = [
    ["new", way("new"), "explore.new"],
    ["popular", way("popular"), "explore.popular"],
    ["films", "/explore/films", "explore.films"],
    ["tags", "/explore/tags", "explore.tags"],
    ["people", "/explore/people", "explore.people"],
  ];
  return html`<div class="page-head"><h1 class="page-title">${t("explore.title")}</h1>${looking === undefined ? "" : viewSwitch(visit, PATH, looking)}</div>
<nav class="tabs" aria-label="${t("explore.title")}">${tabs.map(([tab, href, word]) => html`<a href="${href}"${tab === here ? html` aria-current="page"` : ""}>${t(word)}</a>`)}</nav>`;
}
