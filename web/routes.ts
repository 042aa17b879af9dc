// The whole page table. A row: method, path, page. `member(…)` = signed-in people only; others sign in first.

import { Hono } from "hono";
import type { App } from "../server/context.ts";
import { CausewayError } from "../server/errors.ts";
import { LIMITS } from "../server/http/rate-limit.ts";
import { loadAssets } from "./assets.ts";
import { beingSetUp, errorPage, nothingHere, refuseToken } from "./errors.ts";
import { createI18n } from "./i18n.ts";
import { member } from "./member.ts";
import { getAbout } from "./pages/about.ts";
import { getAdminSettings, postAdminSettings } from "./pages/admin-settings.ts";
import { getBookmarks } from "./pages/bookmarks.ts";
import { getCompose, postCompose } from "./pages/compose.ts";
import { getDrafts, postDeleteDraft } from "./pages/drafts.ts";
import { getFollowRequests } from "./pages/follow-requests.ts";
import { getHome } from "./pages/home.ts";
import { getCollection, postCollection } from "./pages/collections.ts";
import { getElsewhere, postElsewhere } from "./pages/interact-elsewhere.ts";
import { getInteraction } from "./pages/interact.ts";
import { getIntent, getShare, postIntent } from "./pages/intents.ts";
import { getJoin, postJoin } from "./pages/join.ts";
import { getLocal, getTag } from "./pages/local.ts";
import { getLogin, postLogin, postLogout } from "./pages/login.ts";
import { getBoosts, getHistory, getLikes } from "./pages/note-lists.ts";
import { getDelete, getEdit, postDelete, postEdit } from "./pages/note-own.ts";
import { getNotePolicy, postNotePolicy } from "./pages/note-policy.ts";
import { postReact } from "./pages/note-react.ts";
import { postReplies } from "./pages/note-replies.ts";
import { postVote } from "./pages/note-vote.ts";
import { getNote } from "./pages/note.ts";
import { getReports, postReportState } from "./pages/moderation-reports.ts";
import { getNotifications, postRead } from "./pages/notifications.ts";
import { postLanguage, postTheme } from "./pages/preferences.ts";
import { getFollowers, getFollowing } from "./pages/profile-people.ts";
import { getProfile, getProfileReplies } from "./pages/profile.ts";
import { getBlock, getMute, postRelationship } from "./pages/relationship.ts";
import { getReport, postReport } from "./pages/report.ts";
import { getReactions, postReactions, postRevokeQuote } from "./pages/reactions.ts";
import { getPolicySettings, getRequests, postPolicySettings, postRequest } from "./pages/requests.ts";
import { getRobots } from "./pages/robots.ts";
import { getSearch } from "./pages/search.ts";
import { getInvites, postInvites } from "./pages/settings-invites.ts";
import { getCollectionSettings, postCollectionSettings } from "./pages/settings-collections.ts";
import { getFeaturedSettings, postFeaturedSettings } from "./pages/settings-featured.ts";
import { getMoving, postMoving } from "./pages/settings-moving.ts";
import { getPeopleSettings } from "./pages/settings-people.ts";
import { getSevered, getSeveredFile } from "./pages/settings-severed.ts";
import { getProfileSettings, postProfileSettings } from "./pages/settings-profile.ts";
import {
  getDeleteAccount,
  getSecurity,
  postDeleteAccount,
  postPassword,
  postRevokeSession,
} from "./pages/settings-security.ts";
import { getLanguageSettings, getSettingsIndex, postLanguageSettings } from "./pages/settings.ts";
import { getSetup, postSetup } from "./pages/setup.ts";
import { hasFormToken, readVisit } from "./session.ts";
import type { PageHandler, WebEnv } from "./visit.ts";

const ACTOR = "/:handle{@[^/]+}";
const NOTE = `${ACTOR}/:id{[0-9]+}`;

/** Method, path, page: every address of the web door. */
const PAGES: readonly (readonly ["GET" | "POST", string, PageHandler])[] = [
  ["GET", "/", getHome],
  ["GET", "/home", getHome],
  ["GET", "/local", getLocal],
  ["GET", "/tags/:tag", getTag],
  ["GET", "/search", getSearch],
  ["GET", "/about", getAbout],
  ["GET", "/robots.txt", getRobots],

  ["GET", "/setup", getSetup],
  ["POST", "/setup", postSetup],
  ["GET", "/join", getJoin],
  ["GET", "/join/:invite", getJoin],
  ["POST", "/join", postJoin],
  ["GET", "/login", getLogin],
  ["POST", "/login", postLogin],
  ["POST", "/logout", postLogout],
  ["POST", "/language", postLanguage],
  ["POST", "/theme", postTheme],

  ["GET", "/compose", member(getCompose)],
  ["POST", "/compose", member(postCompose)],
  ["GET", "/drafts", member(getDrafts)],
  ["POST", "/drafts/:id{[0-9]+}/delete", member(postDeleteDraft)],
  ["GET", "/notifications", member(getNotifications)],
  ["POST", "/notifications/read", member(postRead)],
  ["GET", "/bookmarks", member(getBookmarks)],
  ["GET", "/follow-requests", member(getFollowRequests)],
  ["GET", "/requests", member(getRequests)],
  ["POST", "/requests/:id{[0-9]+}", member(postRequest)],
  ["GET", "/authorize_interaction", member(getInteraction)],
  ["GET", "/intents/:verb", member(getIntent)],
  ["POST", "/intents/:verb", member(postIntent)],
  ["GET", "/share", member(getShare)],
  ["GET", "/collections/:id{[0-9]+}", getCollection],
  ["POST", "/collections/:id{[0-9]+}", member(postCollection)],
  ["GET", "/interact", getElsewhere],
  ["POST", "/interact", postElsewhere],

  ["GET", NOTE, getNote],
  ["GET", `${NOTE}/likes`, getLikes],
  ["GET", `${NOTE}/boosts`, getBoosts],
  ["GET", `${NOTE}/history`, getHistory],
  ["POST", `${NOTE}/react`, member(postReact)],
  ["GET", `${NOTE}/reactions`, getReactions],
  ["POST", `${NOTE}/reactions`, member(postReactions)],
  ["POST", `${NOTE}/revoke-quote`, member(postRevokeQuote)],
  ["POST", `${NOTE}/vote`, member(postVote)],
  ["POST", `${NOTE}/replies`, member(postReplies)],
  ["GET", `${NOTE}/edit`, member(getEdit)],
  ["POST", `${NOTE}/edit`, member(postEdit)],
  ["GET", `${NOTE}/policy`, member(getNotePolicy)],
  ["POST", `${NOTE}/policy`, member(postNotePolicy)],
  ["GET", `${NOTE}/delete`, member(getDelete)],
  ["POST", `${NOTE}/delete`, member(postDelete)],
  ["GET", `${NOTE}/report`, member(getReport)],
  ["POST", `${NOTE}/report`, member(postReport)],

  ["GET", ACTOR, getProfile],
  ["GET", `${ACTOR}/replies`, getProfileReplies],
  ["GET", `${ACTOR}/followers`, getFollowers],
  ["GET", `${ACTOR}/following`, getFollowing],
  ["GET", `${ACTOR}/block`, member(getBlock)],
  ["GET", `${ACTOR}/mute`, member(getMute)],
  ["GET", `${ACTOR}/report`, member(getReport)],
  ["POST", `${ACTOR}/report`, member(postReport)],
  ["POST", `${ACTOR}/relationship`, member(postRelationship)],

  ["GET", "/settings", member(getSettingsIndex)],
  ["GET", "/settings/profile", member(getProfileSettings)],
  ["POST", "/settings/profile", member(postProfileSettings)],
  ["GET", "/settings/language", member(getLanguageSettings)],
  ["POST", "/settings/language", member(postLanguageSettings)],
  ["GET", "/settings/policy", member(getPolicySettings)],
  ["POST", "/settings/policy", member(postPolicySettings)],
  ["GET", "/settings/security", member(getSecurity)],
  ["POST", "/settings/password", member(postPassword)],
  ["POST", "/settings/sessions", member(postRevokeSession)],
  ["GET", "/settings/people", member(getPeopleSettings)],
  ["GET", "/settings/severed", member(getSevered)],
  ["GET", "/settings/severed.csv", member(getSeveredFile)],
  ["GET", "/settings/featured", member(getFeaturedSettings)],
  ["POST", "/settings/featured", member(postFeaturedSettings)],
  ["GET", "/settings/collections", member(getCollectionSettings)],
  ["POST", "/settings/collections", member(postCollectionSettings)],
  ["GET", "/settings/moving", member(getMoving)],
  ["POST", "/settings/moving", member(postMoving)],
  ["GET", "/settings/invites", member(getInvites)],
  ["POST", "/settings/invites", member(postInvites)],
  ["GET", "/settings/delete", member(getDeleteAccount)],
  ["POST", "/settings/delete", member(postDeleteAccount)],
  ["GET", "/moderation/reports", member(getReports)],
  ["POST", "/moderation/reports/:id{[0-9]+}", member(postReportState)],
  ["GET", "/admin/settings", member(getAdminSettings)],
  ["POST", "/admin/settings", member(postAdminSettings)],
];

/** Forms that open a session: there is none yet whose token they could carry. */
const SESSION_FORMS: ReadonlySet<string> = new Set(["/login", "/join", "/setup"]);

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
  door.get("/favicon.ico", (c) => c.redirect(assets.favicon, 302));
  door.use(async (c, next) => {
    c.set("visit", await readVisit(c, app, { assets, i18n }));
    const visit = c.get("visit");
    if (
      !visit.settings.setUp &&
      c.req.path !== "/setup" &&
      c.req.path !== "/language" &&
      c.req.path !== "/theme"
    )
      return await beingSetUp(c);
    if (visit.viewer === null) limitVisitor(app, visit.ip);
    const needsToken = c.req.method === "POST" && visit.viewer !== null && !SESSION_FORMS.has(c.req.path);
    if (needsToken && !(await hasFormToken(c))) return await refuseToken(c);
    return await next();
  });
  for (const [method, path, page] of PAGES) door.on(method, path, page);
  door.all("*", nothingHere);
  return door;
}

/** Crawlers and floods wait; signed-in people have the limits of what they do. @throws too_many */
function limitVisitor(app: App, ip: string): void {
  const turn = app.limiter.take(LIMITS.pages, ip);
  if (turn.ok) return;
  throw new CausewayError("too_many", "error.too_many", {
    retryAfterSeconds: Math.ceil(turn.retryAfterMs / 1000),
  });
}
