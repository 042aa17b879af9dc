// The frame around every page: head, way around, main part, foot. And the one function that answers with a page.

import { html } from "hono/html";
import { wayBack } from "./components/hidden.ts";
import { icon } from "./components/icon.ts";
import type { IconName } from "./components/icon.ts";
import { adminAside } from "./components/admin-nav.ts";
import { launchBanners } from "./components/launch.ts";
import { settingsAside } from "./components/settings-nav.ts";
import { DIRECTIONS, LOCALES, OWN_NAMES } from "./i18n.ts";
import type { Html } from "./html.ts";
import type { MessageKey } from "./locales/en.ts";
import { SUSPENDED } from "./paths.ts";
import { THEMES } from "./visit.ts";
import type { Visit, WebContext } from "./visit.ts";

export type Place =
  | "home"
  | "explore"
  | "lists"
  | "write"
  | "notifications"
  | "search"
  | "bookmarks"
  | "drafts"
  | "me"
  | "settings"
  | "about";

export type Page = {
  /** Of the document; the name of the server is added. */
  readonly title: string;
  readonly main: Html;
  /** Further elements of `<head>`. */
  readonly head?: Html;
  /** Stands beside the main part where there is room, below it on a phone. */
  readonly aside?: Html;
  /** Leaves the owner's own styles away, so that the page that mends them can always be read. */
  readonly isPlain?: boolean;
  /** `column` to read (34rem), `narrow` for short forms, `wide` for grids (72rem). */
  readonly shape?: "column" | "narrow" | "wide";
  readonly status?: number;
  /** Marks where we are in the navigation. */
  readonly place?: Place;
  /** May be kept for a minute by caches when nobody is signed in. */
  readonly isPublic?: boolean;
  /** Keeps search engines away. */
  readonly noindex?: boolean;
};

/** Answers with a page and the cache headers it deserves (docs/threats.md, defaults). */
export function showPage(c: WebContext, page: Page): Response | Promise<Response> {
  const visit = c.get("visit");
  const isNobody = visit.viewer === null && ownPlace(visit) === null;
  const mayCache = isNobody && page.isPublic === true && (page.status ?? 200) === 200;
  c.header("Cache-Control", mayCache ? "public, max-age=60" : "private, no-store");
  c.header("Vary", "Accept, Accept-Language, Cookie, Signature");
  c.header("Content-Language", visit.i18n.locale);
  c.status((page.status ?? 200) as 200);
  return c.html(documentOf(visit, page));
}

/** The media type by which our own modules ask for a piece of a page instead of the whole of it. */
export const FRAGMENT = "text/vnd.causeway.fragment+html";

/** True when the piece alone is wanted: `web/scripts/dom.js` asks so. */
export function wantsFragment(c: WebContext): boolean {
  return (c.req.header("accept") ?? "").startsWith(FRAGMENT);
}

/** Answers with a piece of a page; never kept by caches. */
export function showFragment(c: WebContext, piece: Html, status = 200): Response | Promise<Response> {
  c.header("Cache-Control", "private, no-store");
  c.header("Vary", "Accept, Accept-Language, Cookie, Signature");
  c.header("Content-Type", `${FRAGMENT}; charset=utf-8`);
  c.status(status as 200);
  return c.body(String(piece));
}

function documentOf(visit: Visit, page: Page): Html {
  const { t, locale } = visit.i18n;
  const title = page.title === visit.settings.name ? page.title : `${page.title} · ${visit.settings.name}`;
  return html`<!doctype html>
<html lang="${locale}" dir="${DIRECTIONS[locale]}" data-theme="${visit.theme}">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="${visit.theme === "light" || visit.theme === "dark" ? visit.theme : "light dark"}">
${themeColours(visit)}
${page.noindex === true || visit.viewer !== null ? html`<meta name="robots" content="noindex">` : ""}
<link rel="stylesheet" href="${visit.assets.css}">${ownStyles(visit, page)}
${siteIcon(visit)}
<link rel="manifest" href="/manifest.webmanifest">
<link rel="apple-touch-icon" href="/icons/icon-192.png">
<script type="module" src="${visit.assets.script}"></script>
${page.head ?? ""}
</head>
<body class="${visit.viewer === null ? "guest" : "member"}"${visit.viewer?.preferences.shortcuts === true ? html` data-keys` : ""}>
<a class="skip" href="#main">${t("nav.skip")}</a>
<div class="shell shape-${page.shape ?? "column"}">
${visit.viewer === null ? guestHeader(visit, page.place) : memberHeader(visit, page.place)}
<main id="main" tabindex="-1" data-component="main">${launchBanners(visit)}${page.main}</main>
<div class="side">${asidePart(visit, page)}${footer(visit)}</div>
</div>
<p class="hidden" id="live" role="status" data-offline="${t("offline.line")}" data-failed="${t("note.not_sent")}"></p>
</body>
</html>`;
}

/** Accent, radius and custom styles of the owner: one file after ours, under a name that changes with it. */
function ownStyles(visit: Visit, page: Page): Html {
  const { sheet } = visit.settings.appearance;
  return sheet === null || page.isPlain === true
    ? html``
    : html`<link rel="stylesheet" href="/theme/${sheet}.css">`;
}

function siteIcon(visit: Visit): Html {
  const { logo } = visit.settings.appearance;
  return logo === null
    ? html`<link rel="icon" href="${visit.assets.favicon}" type="image/svg+xml">`
    : html`<link rel="icon" href="/media/${logo}">`;
}

/** The browser's own bars take the page's colour: the tokens `--page` of the style sheet. */
function themeColours(visit: Visit): Html {
  const light = "#fafaf7";
  const dark = "#121416";
  if (visit.theme === "light" || visit.theme === "dark")
    return html`<meta name="theme-color" content="${visit.theme === "dark" ? dark : light}">`;
  return html`<meta name="theme-color" media="(prefers-color-scheme: light)" content="${light}">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="${dark}">`;
}

function brand(visit: Visit): Html {
  const { logo } = visit.settings.appearance;
  return html`<a class="brand" href="/" data-component="brand"><img src="${logo === null ? visit.assets.favicon : `/media/${logo}`}" width="28" height="28" alt=""><bdi>${visit.settings.name}</bdi></a>`;
}

type Link = {
  readonly place: Place;
  readonly href: string;
  readonly icon: IconName;
  readonly label: MessageKey;
  /** For the bar, where a fifth of a phone's width has to do. */
  readonly short?: MessageKey;
};

function linksOf(visit: Visit): Readonly<Record<Place, Link>> {
  const me = visit.viewer === null ? "/login" : `/@${visit.viewer.username}`;
  return {
    home: { place: "home", href: "/", icon: "home", label: "nav.home" },
    explore: { place: "explore", href: "/explore", icon: "compass", label: "nav.explore" },
    lists: { place: "lists", href: "/lists", icon: "users", label: "nav.lists" },
    write: { place: "write", href: "/compose", icon: "plus", label: "nav.write" },
    notifications: {
      place: "notifications",
      href: "/notifications",
      icon: "bell",
      label: "nav.notifications",
      short: "nav.notifications_short",
    },
    search: { place: "search", href: "/search", icon: "search", label: "nav.search" },
    bookmarks: { place: "bookmarks", href: "/bookmarks", icon: "bookmark", label: "nav.bookmarks" },
    drafts: { place: "drafts", href: "/drafts", icon: "stack", label: "nav.drafts" },
    me: { place: "me", href: me, icon: "user", label: "nav.me" },
    settings: { place: "settings", href: "/settings", icon: "settings", label: "nav.settings" },
    about: { place: "about", href: "/about", icon: "globe", label: "nav.about" },
  };
}

const RAIL: readonly Place[] = [
  "home",
  "explore",
  "notifications",
  "search",
  "lists",
  "bookmarks",
  "drafts",
  "me",
  "settings",
];
/** What the bar of a phone has no room for. */
const MORE: readonly Place[] = ["lists", "bookmarks", "drafts", "settings", "about"];
const GUEST_BAR: readonly Place[] = ["home", "explore", "search", "about"];
const BAR: readonly Place[] = ["home", "explore", "write", "notifications", "me"];

function memberHeader(visit: Visit, here: Place | undefined): Html {
  const { t } = visit.i18n;
  const links = linksOf(visit);
  const show = (place: Place) => navLink(visit, links[place], here);
  const showShort = (place: Place) =>
    navLink(visit, { ...links[place], label: links[place].short ?? links[place].label }, here);
  const showWord = (place: Place) =>
    html`<li><a href="${links[place].href}"${place === here ? html` aria-current="page"` : ""}>${t(links[place].label)}</a></li>`;
  return html`<header class="top" data-component="header">
${brand(visit)}
<nav class="rail" data-component="rail" aria-label="${t("nav.main")}"><ul>${RAIL.map(show)}</ul>
<a class="button primary write" href="/compose"${here === "write" ? html` aria-current="page"` : ""}>${icon(visit, "edit")}<span>${t("nav.write")}</span></a></nav>
<nav class="quick" aria-label="${t("nav.more")}"><ul>${show("search")}<li><button class="quick-more" type="button" popovertarget="more">${icon(visit, "menu")}<span class="word">${t("nav.more")}</span></button></li></ul>
<div class="more-menu" id="more" popover><ul>${MORE.map(showWord)}</ul></div></nav>
</header>
<nav class="bar" data-component="bar" aria-label="${t("nav.main")}"><ul>${BAR.map(showShort)}</ul></nav>`;
}

function navLink(visit: Visit, link: Link, here: Place | undefined): Html {
  const { t, count } = visit.i18n;
  const unread =
    link.place === "notifications" && visit.unread > 0
      ? html`<span class="unread"><span aria-hidden="true">${count(visit.unread)}</span><span class="hidden">${t("nav.unread", { count: visit.unread })}</span></span>`
      : "";
  return html`<li class="to-${link.place}"><a href="${link.href}"${link.place === here ? html` aria-current="page"` : ""}>${icon(visit, link.icon)}<span class="word">${t(link.label)}</span>${unread}</a></li>`;
}

/** Before set-up there is nothing yet that a link could lead to. */
function guestHeader(visit: Visit, here: Place | undefined): Html {
  const { t } = visit.i18n;
  const links = linksOf(visit);
  if (!visit.settings.setUp)
    return html`<header class="top" data-component="header">${brand(visit)}</header>`;
  return html`<header class="top" data-component="header">
${brand(visit)}
<nav class="guest-nav" aria-label="${t("nav.main")}"><ul>
${navLink(visit, links.explore, here)}
${navLink(visit, links.search, here)}
${navLink(visit, links.about, here)}
${ownPlace(visit) === null ? wayIn(visit) : html`<li><a class="button quiet" href="${ownPlace(visit)}">${t(links.me.label)}</a></li>`}
</ul></nav>
</header>
<nav class="bar" data-component="bar" aria-label="${t("nav.more")}"><ul>${GUEST_BAR.map((place) => navLink(visit, links[place], here))}</ul></nav>`;
}

/** The one page of those who have an account and may not use it: nobody asks them to sign in or to join. */
function ownPlace({ suspended, waiting }: Visit): string | null {
  if (suspended !== null) return SUSPENDED;
  return waiting === null ? null : "/join/waiting";
}

function wayIn({ i18n, settings }: Visit): Html {
  return html`<li><a class="button quiet" href="/login">${i18n.t("nav.login")}</a></li>
${settings.joinMode === "closed" ? "" : html`<li class="to-join"><a class="button primary" href="/join">${i18n.t("nav.join")}</a></li>`}`;
}

/** Search, what the page puts there, and for visitors what an account is good for. */
function asidePart(visit: Visit, page: Page): Html {
  const { t } = visit.i18n;
  const hasRoom = (page.shape ?? "column") === "column" && visit.settings.setUp;
  if (hasRoom && page.place === "settings" && !/^\/settings(?:\?|$)/.test(visit.path))
    return asideOf(
      visit,
      html`${/^\/(?:admin|moderation)\b/.test(visit.path) ? adminAside(visit) : settingsAside(visit)}${page.aside ?? ""}`,
    );
  if (!hasRoom) return page.aside === undefined ? html`` : asideOf(visit, page.aside);
  const search = html`<form class="search aside-search" role="search" action="/search" aria-label="${t("aside.search")}"><label class="hidden" for="aside-q">${t("aside.search")}</label><input type="search" id="aside-q" name="q" placeholder="${t("aside.search_hint")}" maxlength="300">
<button class="button quiet">${icon(visit, "search")}<span class="hidden">${t("aside.search")}</span></button></form>`;
  return asideOf(
    visit,
    html`${page.place === "search" ? "" : search}${page.aside ?? ""}${visit.viewer === null && ownPlace(visit) === null ? invitation(visit) : ""}`,
  );
}

function asideOf(visit: Visit, content: Html): Html {
  return html`<aside class="aside" aria-label="${visit.i18n.t("aside.label")}" data-component="aside">${content}</aside>`;
}

/** Whoever arrives by a link learns where they are, and how to stay. */
function invitation(visit: Visit): Html {
  const { t, rich } = visit.i18n;
  const { settings } = visit;
  return html`<section class="card invitation" aria-labelledby="invitation"><h2 class="section-title" id="invitation">${rich("guest.title", { server: html`<bdi>${settings.name}</bdi>` })}</h2>
<p class="muted">${t("guest.text")}</p>
<p class="form-buttons">${settings.joinMode === "closed" ? "" : html`<a class="button primary" href="/join">${t("nav.join")}</a>`}<a class="button quiet" href="/login">${t("nav.login")}</a></p></section>`;
}

function footer(visit: Visit): Html {
  const { t, locale } = visit.i18n;
  return html`<footer class="foot" data-component="foot">
<p class="foot-name"><bdi>${visit.settings.name}</bdi></p>
${visit.settings.description === "" ? "" : html`<p class="foot-text" dir="auto">${visit.settings.description}</p>`}
${
  visit.settings.setUp
    ? html`<ul class="foot-links">
<li><a href="/about">${t("nav.about")}</a></li>
<li><a href="/about/rules">${t("nav.rules")}</a></li>
<li><a href="/about/privacy">${t("foot.privacy")}</a></li>
<li><a href="/explore">${t("nav.explore")}</a></li>
</ul>`
    : ""
}
<div class="foot-switches"><form class="switch" method="post" action="/language">${wayBack(visit)}
<span class="switch-label" id="switch-language">${t("foot.language")}</span>
<span class="switch-choices" role="group" aria-labelledby="switch-language">${LOCALES.map(
    (tag) =>
      html`<button name="locale" value="${tag}" lang="${tag}" aria-pressed="${String(tag === locale)}">${OWN_NAMES[tag]}</button>`,
  )}</span></form>
<form class="switch" method="post" action="/theme">${wayBack(visit)}
<span class="switch-label" id="switch-theme">${t("foot.theme")}</span>
<span class="switch-choices" role="group" aria-labelledby="switch-theme">${THEMES.map(
    (theme) =>
      html`<button name="theme" value="${theme}" aria-pressed="${String(theme === visit.theme)}">${t(`theme.${theme}`)}</button>`,
  )}</span></form>
</div>
<p class="foot-made">${t("foot.software")}</p>
</footer>`;
}
