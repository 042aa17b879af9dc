import { html } from "hono/html";
import { type ExploreFilter, MEDIA_KINDS, primarySubtag } from "../../server/domain/explore.ts";
import type { Html } from "../html.ts";
import { flag } from "../html.ts";
import type { MessageKey } from "../locales/en.ts";
import type { Visit, WebContext } from "../visit.ts";
import { icon } from "./icon.ts";

/** How somebody looks around; everything of it stands in the address, so that it can be passed on. */
export type Looking = {
  readonly filter: ExploreFilter;
  readonly sort: "new" | "popular";
  readonly view: "grid" | "list";
};

/** Languages in one address at most. */
const MOST_LANGUAGES = 8;
/** What many write, offered beside the languages of the reader and of the pages. */
const OFFERED = ["en", "zh", "ja", "ko", "es", "pt", "fr", "de", "ru", "ar", "fa", "id", "vi", "th"];

/** Reads `?view=&sort=&lang=zh,en&media=image,video&from=`; what is not understood is as if it was not there. */
export function lookingOf(c: WebContext, usualView: "grid" | "list"): Looking {
  const view = c.req.query("view");
  return {
    filter: {
      from: c.req.query("from") === "everywhere" ? "everywhere" : "here",
      media: MEDIA_KINDS.filter((kind) => listOf(c, "media").includes(kind)),
      languages: [...new Set(listOf(c, "lang").flatMap((tag) => primarySubtag(tag) ?? []))].slice(
        0,
        MOST_LANGUAGES,
      ),
    },
    sort: c.req.query("sort") === "popular" ? "popular" : "new",
    view: view === "grid" || view === "list" ? view : usualView,
  };
}

/** `a=1,2` and `a=1&a=2` are the same: links write the first, forms the second. */
function listOf(c: WebContext, name: string): readonly string[] {
  return (c.req.queries(name) ?? []).flatMap((value) => value.slice(0, 200).split(","));
}

/** The address of the same look with something changed, without a place in the list. */
export function lookingPath(
  path: string,
  looking: Looking,
  change: Partial<Omit<Looking, "filter">> & { readonly filter?: Partial<ExploreFilter> } = {},
): string {
  const { sort, view } = { ...looking, ...change };
  const filter = { ...looking.filter, ...change.filter };
  const parts = [
    sort === "popular" ? "sort=popular" : "",
    `view=${view}`,
    filter.media.length === 0 ? "" : `media=${filter.media.join(",")}`,
    filter.languages.length === 0 ? "" : `lang=${filter.languages.join(",")}`,
    filter.from === "everywhere" ? "from=everywhere" : "",
  ];
  return `${path}?${parts.filter((part) => part !== "").join("&")}`;
}

/** Grid or list. */
export function viewSwitch(visit: Visit, path: string, looking: Looking): Html {
  const { t } = visit.i18n;
  const way = (view: Looking["view"], word: MessageKey) =>
    html`<a href="${lookingPath(path, looking, { view })}"${view === looking.view ? html` aria-current="page"` : ""}>${t(word)}</a>`;
  return html`<nav class="tabs small" aria-label="${t("view.label")}">${way("grid", "view.grid")}${way("list", "view.list")}</nav>`;
}

type Way = (change: Partial<ExploreFilter>) => string;

function kindLinks(visit: Visit, { media }: ExploreFilter, way: Way): Html {
  const { t } = visit.i18n;
  const kinds: readonly (readonly [ExploreFilter["media"], MessageKey])[] = [
    [[], "explore.all"],
    [["image"], "explore.images"],
    [["video"], "explore.films"],
    [["audio"], "explore.sounds"],
  ];
  return html`<nav class="tabs small" aria-label="${t("explore.media")}">${kinds.map(([kind, word]) => html`<a href="${way({ media: kind })}"${kind.join() === media.join() ? html` aria-current="page"` : ""}>${t(word)}</a>`)}</nav>`;
}

/** Kinds of media, as links; and languages and places behind one button, as a form that makes an address. */
export function filterBar(visit: Visit, path: string, looking: Looking): Html {
  const way: Way = (filter) => lookingPath(path, looking, { filter });
  return html`<div class="filter-bar">${kindLinks(visit, looking.filter, way)}${moreFilters(visit, path, looking)}</div>`;
}

/** The same for results of a search; `path` is the question with its filters. */
export function searchFilters(visit: Visit, path: string, { filter }: Looking): Html {
  const asked = new URLSearchParams(path.slice(path.indexOf("?")));
  const way: Way = ({ media = filter.media, languages = filter.languages }) => {
    const changed = new URLSearchParams(asked);
    for (const [name, values] of [
      ["media", media],
      ["lang", languages],
    ] as const) {
      changed.delete(name);
      if (values.length > 0) changed.set(name, values.join(","));
    }
    return `/search?${changed.toString()}`;
  };
  const own = [...new Set([...filter.languages, ...languagesOf(visit)])].slice(0, 4);
  const toggle = (tag: string) => {
    const isOn = filter.languages.includes(tag);
    const languages = isOn ? filter.languages.filter((one) => one !== tag) : [...filter.languages, tag];
    return html`<a href="${way({ languages })}"${isOn ? html` aria-current="true"` : ""}>${visit.i18n.languageName(tag)}</a>`;
  };
  return html`<div class="filter-bar">${kindLinks(visit, filter, way)}<nav class="tabs small" aria-label="${visit.i18n.t("explore.languages")}">${own.map(toggle)}</nav></div>`;
}

/** The reader's languages, and that of the pages. */
function languagesOf(visit: Visit): readonly string[] {
  const own = (visit.viewer?.languages ?? []).flatMap((tag) => primarySubtag(tag) ?? []);
  return [...new Set([...own, primarySubtag(visit.i18n.locale) ?? "en"])];
}

function moreFilters(visit: Visit, path: string, looking: Looking): Html {
  const { t, languageName } = visit.i18n;
  const { filter } = looking;
  const offered = [...new Set([...filter.languages, ...languagesOf(visit), ...OFFERED])];
  const chosen = filter.languages.length + (filter.from === "everywhere" ? 1 : 0);
  return html`<details class="menu filters" name="menu"><summary class="button quiet small">${icon(visit, "filter")}<span>${t("explore.filter")}</span>${chosen === 0 ? "" : html`<span class="badge">${visit.i18n.count(chosen)}</span>`}</summary>
<form class="menu-list filter-form" method="get" action="${path}">
${looking.sort === "popular" ? html`<input type="hidden" name="sort" value="popular">` : ""}<input type="hidden" name="view" value="${looking.view}">
${filter.media.map((kind) => html`<input type="hidden" name="media" value="${kind}">`)}
<fieldset><legend>${t("explore.from")}</legend>${(["here", "everywhere"] as const).map((from) => html`<label class="choice"><input type="radio" name="from" value="${from}"${flag("checked", from === filter.from)}> <span>${t(`explore.from_${from}`)}</span></label>`)}</fieldset>
<fieldset><legend>${t("explore.languages")}</legend><div class="filter-languages">${offered.map((tag) => html`<label class="choice"><input type="checkbox" name="lang" value="${tag}"${flag("checked", filter.languages.includes(tag))}> <span>${languageName(tag)}</span></label>`)}</div></fieldset>
<div class="form-buttons"><button class="button primary">${t("explore.apply")}</button>${chosen === 0 ? "" : html`<a class="button quiet" href="${lookingPath(path, looking, { filter: { languages: [], from: "here" } })}">${t("explore.clear")}</a>`}</div></form></details>`;
}
