// The web door: what every request meets before its page (page-table.ts).

import { Hono } from "hono";
import type { App } from "../server/context.ts";
import { CausewayError } from "../server/errors.ts";
import { LIMITS } from "../server/http/rate-limit.ts";
import { loadAssets } from "./assets.ts";
import { beingSetUp, errorPage, nothingHere, refuseToken } from "./errors.ts";
import { createI18n } from "./i18n.ts";
import { PAGES } from "./page-table.ts";
import { carriesEndedSession, forgetSession, hasFormToken, readVisit } from "./session.ts";
import type { WebContext, WebEnv } from "./visit.ts";

/**
 * Forms that open a session: there is none yet whose token they could carry. And what other apps share with ours, which
 * the browser posts by itself and becomes a draft, no more. The page on which somebody lets an app in looks at the token
 * itself: without the right one it asks again, by the name of whoever is here now.
 */
const SESSION_FORMS: ReadonlySet<string> = new Set([
  "/share",
  "/login",
  "/login/2fa",
  "/join",
  "/setup",
  "/oauth/authorize",
  "/oauth/authorize/",
]);
/** What can be asked for before the server has an owner. */
const BEFORE_SETUP: ReadonlySet<string> = new Set(["/setup", "/language", "/theme", "/passkeys/options"]);

/**
 * The pages, to be mounted last: whatever no other door has answered is asked for here, and answered with a page.
 * Expects `securityHeaders`, `hostGuard` and `csrfGuard` around it.
 */
export function createWebDoor(app: App): Hono<WebEnv> {
  const door = new Hono<WebEnv>();
  const { assets, serve } = loadAssets();
  const i18n = createI18n(() => app.clock.now());
  door.onError(errorPage);
  door.get("/static/:file", serve);
  door.get("/static/:folder/:file", serve);
  door.get("/favicon.ico", (c) => c.redirect(assets.favicon, 302));
  door.use(async (c, next) => {
    c.set("visit", await readVisit(c, app, { assets, i18n }));
    const visit = c.get("visit");
    if (!visit.settings.setUp && !BEFORE_SETUP.has(c.req.path)) return await beingSetUp(c);
    if (visit.viewer === null) limitVisitor(app, visit.ip);
    const hasEnded = carriesEndedSession(c);
    if (hasEnded) forgetSession(c);
    // PostgreSQL takes no NUL in any text, and no address of ours has one.
    if (/%00/.test(c.req.url)) return await nothingHere(c);
    const isKnown = visit.viewer !== null || visit.suspended !== null;
    const needsToken = c.req.method === "POST" && isKnown && !SESSION_FORMS.has(c.req.path);
    if (needsToken && !(await hasFormToken(c))) return await refuseToken(c);
    await next();
    if (isOnTheWayToApp(c)) c.header("Cross-Origin-Opener-Policy", "unsafe-none");
    // The answer takes cookies away, so it is this browser's alone.
    if (hasEnded) c.header("Cache-Control", "private, no-store");
    return undefined;
  });
  for (const [method, path, page] of PAGES) door.on(method, path, page);
  door.all("*", nothingHere);
  return door;
}

/**
 * True for the page that lets an app in, and for signing in before it. Apps open it in a window of their own and are told
 * from there when it is done; with our usual policy that window would be nobody's (HTML, 7.1.3).
 */
function isOnTheWayToApp(c: WebContext): boolean {
  const page = "/oauth/authorize";
  return (
    c.req.path.startsWith(page) || (c.get("form")?.text("then") ?? c.req.query("then") ?? "").startsWith(page)
  );
}

/** Crawlers and floods wait; signed-in people have the limits of what they do. @throws too_many */
function limitVisitor(app: App, ip: string): void {
  const turn = app.limiter.take(LIMITS.pages, ip);
  if (turn.ok) return;
  throw new CausewayError("too_many", "error.too_many", {
    retryAfterSeconds: Math.ceil(turn.retryAfterMs / 1000),
  });
}
