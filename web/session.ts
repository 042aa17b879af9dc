// The session cookie, the token that every form carries, and who is asking.

import { timingSafeEqual } from "node:crypto";
import { deleteCookie, setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import type { App } from "../server/context.ts";
import { outranks } from "../server/domain/actor.ts";
import { clientAddress, clientKey } from "../server/http/addresses.ts";
import { countUnread } from "../server/services/notifications/notifications.ts";
import { findViewer } from "../server/services/accounts/sessions.ts";
import { findSuspended } from "../server/services/accounts/suspended.ts";
import { findWaiting } from "../server/services/accounts/sign-up-line.ts";
import { getSettings } from "../server/services/accounts/settings.ts";
import { countHeld } from "../server/services/moderation/holds.ts";
import { listPublicEvacuations } from "../server/services/escapes/evacuations.ts";
import type { Assets } from "./assets.ts";
import { readForm } from "./forms.ts";
import { isLocale, localeFor, negotiate } from "./i18n.ts";
import type { I18n, Locale } from "./i18n.ts";
import { THEMES } from "./visit.ts";
import type { Theme, Visit, WebContext } from "./visit.ts";

const LOCALE_COOKIE = "locale";
const THEME_COOKIE = "theme";
const HOME_COOKIE = "elsewhere";
/** Sessions end after 90 days however often they are used; the service ends idle ones after 30. */
const SESSION_SECONDS = 90 * 24 * 3600;
const VISITOR_SECONDS = 3600;
/** Preferences may stay as long as browsers let cookies stay (RFC 6265bis: 400 days). */
const PREFERENCE_SECONDS = 400 * 24 * 3600;

/** Finds out who asks, in which language and under which theme: a fixed handful of look-ups a request. */
export async function readVisit(
  c: WebContext,
  app: App,
  shared: { readonly assets: Assets; readonly i18n: (locale: Locale) => I18n },
): Promise<Visit> {
  const settings = await getSettings(app);
  const token = cookieOf(c, sessionCookieName(app));
  const viewer = token === null ? null : await findViewer(app, token);
  const waiting = token === null || viewer !== null ? null : await findWaiting(app, token);
  const isOut = token !== null && viewer === null && waiting === null;
  const suspended = isOut ? await findSuspended(app, token) : null;
  const isKnown = viewer !== null || suspended !== null;
  const unread = viewer === null ? 0 : await countUnread(app, viewer);
  const evacuations = await listPublicEvacuations(app);
  const url = new URL(c.req.url);
  const isForStaff =
    viewer !== null && outranks(viewer.role, "member") && /^\/(?:moderation|admin)\b/.test(url.pathname);
  return {
    app,
    settings,
    viewer,
    waiting: waiting === null || token === null ? null : { ...waiting, sessionToken: token },
    suspended: suspended === null || token === null ? null : { ...suspended, sessionToken: token },
    sessionToken: viewer === null ? null : token,
    csrf: !isKnown || token === null ? "" : csrfToken(app, token),
    i18n: shared.i18n(
      localeOf(c, viewer?.locale ?? waiting?.locale ?? suspended?.locale ?? null, settings.languages),
    ),
    i18nOf: shared.i18n,
    theme: viewer === null ? themeOf(cookieOf(c, THEME_COOKIE)) : viewer.preferences.theme,
    assets: shared.assets,
    path: url.pathname + url.search,
    unread,
    held: isForStaff && viewer !== null ? await countHeld(app, viewer) : 0,
    evacuations,
    ip: clientKey(clientAddress(peerAddress(c.env), c.req.raw.headers, app.config.trustedProxies)),
  };
}

/** True when the submitted form belongs to this very session (docs/threats.md, defaults). */
export async function hasFormToken(c: WebContext): Promise<boolean> {
  const expected = Buffer.from(c.get("visit").csrf);
  const given = Buffer.from((await readForm(c)).text("csrf"));
  return expected.length > 0 && expected.length === given.length && timingSafeEqual(expected, given);
}

/** Hands the browser a session. */
export function startSession(c: WebContext, sessionToken: string): void {
  const { app } = c.get("visit");
  c.header("Cache-Control", "private, no-store");
  setCookie(c, sessionCookieName(app), sessionToken, { ...cookieOptions(app), maxAge: SESSION_SECONDS });
}

/**
 * The secret of this browser, for challenges that only it may answer: the session's, or of a visitor one of their own that
 * lasts an hour.
 */
export function holderOf(c: WebContext, mayStart = false): string {
  const { app, sessionToken } = c.get("visit");
  if (sessionToken !== null) return sessionToken;
  const name = isHttps(app) ? "__Host-visitor" : "visitor";
  const known = cookieOf(c, name);
  if (known !== null || !mayStart) return known ?? "";
  const secret = app.ids.secret(32);
  setCookie(c, name, secret, { ...cookieOptions(app), maxAge: VISITOR_SECONDS });
  return secret;
}

/** Goes on in this very request with a session whose token was changed. */
export function renewVisit(c: WebContext, sessionToken: string): void {
  const visit = c.get("visit");
  startSession(c, sessionToken);
  c.set("visit", { ...visit, sessionToken, csrf: csrfToken(visit.app, sessionToken) });
}

/** Takes the session from the browser, and what belonged to it there; the service ends it on the server. */
export function forgetSession(c: WebContext): void {
  const { app } = c.get("visit");
  deleteCookie(c, sessionCookieName(app), cookieOptions(app));
  clearBrowser(c);
}

/**
 * Lets the browser forget what it kept for somebody: what the service worker keeps for reading without a network, and the
 * worker itself with its push messages. Whoever uses this browser next may be somebody else.
 */
export function clearBrowser(c: WebContext): void {
  c.header("Clear-Site-Data", '"storage"');
}

/** True for a browser that still carries a session that has ended: ran out, or was ended from elsewhere. */
export function carriesEndedSession(c: WebContext): boolean {
  const { app, viewer, waiting, suspended } = c.get("visit");
  return (
    viewer === null && waiting === null && suspended === null && cookieOf(c, sessionCookieName(app)) !== null
  );
}

/** Remembers the language of a visitor without an account. */
export function rememberLocale(c: WebContext, locale: Locale): void {
  setCookie(c, LOCALE_COOKIE, locale, { ...cookieOptions(c.get("visit").app), maxAge: PREFERENCE_SECONDS });
}

/** Remembers light or dark in this browser. */
export function rememberTheme(c: WebContext, theme: Theme): void {
  setCookie(c, THEME_COOKIE, theme, { ...cookieOptions(c.get("visit").app), maxAge: PREFERENCE_SECONDS });
}

/** Remembers for the next time where a visitor without an account here lives; told to nobody but us, and only where it is asked for. */
export function rememberHome(c: WebContext, account: string): void {
  setCookie(c, HOME_COOKIE, encodeURIComponent(account.slice(0, 200)), {
    ...cookieOptions(c.get("visit").app),
    path: "/interact",
    maxAge: PREFERENCE_SECONDS,
  });
}

/** What `rememberHome` kept, or nothing. */
export function rememberedHome(c: WebContext): string {
  try {
    return decodeURIComponent(decodeURIComponent(cookieOf(c, HOME_COOKIE) ?? "")).slice(0, 200);
  } catch {
    return "";
  }
}

/** `__Host-` keeps other hosts of the same site from planting the cookie, but needs https (RFC 6265bis, 4.1.3.2). */
function sessionCookieName(app: App): string {
  return isHttps(app) ? "__Host-session" : "session";
}

function cookieOptions(app: App): CookieOptions {
  return { path: "/", httpOnly: true, sameSite: "Lax", secure: isHttps(app) };
}

function isHttps(app: App): boolean {
  return app.config.origin.startsWith("https:");
}

/** What the forms of this session carry. */
export function csrfToken(app: App, sessionToken: string): string {
  return app.vault.mac(sessionToken, "csrf").slice(0, 24);
}

/** A cookie's value; null also when there are two of one name, since one of them was planted (threats WEB-11). */
function cookieOf(c: WebContext, name: string): string | null {
  const values = (c.req.header("cookie") ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** The account's language, else this browser's choice, else what it accepts, else the server's first. */
function localeOf(c: WebContext, own: string | null, languages: readonly string[]): Locale {
  if (isLocale(own)) return own;
  const chosen = cookieOf(c, LOCALE_COOKIE);
  if (isLocale(chosen)) return chosen;
  const accepted = negotiate(c.req.header("accept-language"));
  if (accepted !== null) return accepted;
  return languages.map(localeFor).find((locale) => locale !== null) ?? "en";
}

function themeOf(value: string | null): Theme {
  return THEMES.find((theme) => theme === value) ?? "auto";
}

/** The peer of the connection, which the host of this door hands over as `c.env.ip`. */
export function peerAddress(env: unknown): string {
  const ip: unknown = typeof env === "object" && env !== null ? Reflect.get(env, "ip") : undefined;
  return typeof ip === "string" ? ip : "unknown";
}
