// The whole page table. A row: method, path, page. `member(…)` = signed-in people only; others sign in first.

import { member } from "./member.ts";
import { getAbout } from "./pages/joining/about.ts";
import { getAdminSettings, postAdminSettings } from "./pages/admin/settings.ts";
import { getBookmarks } from "./pages/explore/bookmarks.ts";
import { getCompose, postCompose } from "./pages/writing/compose.ts";
import { getDrafts, postDeleteDraft } from "./pages/writing/drafts.ts";
import { getFollowRequests } from "./pages/people/follow-requests.ts";
import { getHome } from "./pages/explore/home.ts";
import { getCollection, postCollection } from "./pages/people/collections.ts";
import { getElsewhere, postElsewhere } from "./pages/sharing/interact-elsewhere.ts";
import { getInteraction } from "./pages/sharing/interact.ts";
import { getIntent, getShare, postIntent } from "./pages/sharing/intents.ts";
import { getJoin, postJoin } from "./pages/joining/join.ts";
import { getLocal, getTag } from "./pages/explore/local.ts";
import { getLogin, postLogin, postLogout } from "./pages/joining/login.ts";
import { getBoosts, getHistory, getLikes } from "./pages/notes/lists.ts";
import { getDelete, getEdit, postDelete, postEdit } from "./pages/notes/own.ts";
import { getNotePolicy, postNotePolicy } from "./pages/notes/policy.ts";
import { postReact } from "./pages/notes/react.ts";
import { postReplies } from "./pages/notes/replies.ts";
import { postVote } from "./pages/notes/vote.ts";
import { getNote } from "./pages/notes/note.ts";
import { getReports, postReportState } from "./pages/moderation/reports.ts";
import { getNotifications, postRead } from "./pages/notifications/notifications.ts";
import { postLanguage, postTheme } from "./pages/joining/preferences.ts";
import { getFollowers, getFollowing } from "./pages/people/profile-people.ts";
import { getProfile, getProfileReplies } from "./pages/people/profile.ts";
import { getBlock, getMute, postRelationship } from "./pages/people/relationship.ts";
import { getReport, postReport } from "./pages/moderation/report.ts";
import { getReactions, postReactions, postRevokeQuote } from "./pages/notes/reactions.ts";
import {
  getPolicySettings,
  getRequests,
  postPolicySettings,
  postRequest,
} from "./pages/notifications/requests.ts";
import { getRobots } from "./pages/joining/robots.ts";
import { getSearch } from "./pages/explore/search.ts";
import { getInvites, postInvites } from "./pages/settings/invites.ts";
import { getCollectionSettings, postCollectionSettings } from "./pages/settings/collections.ts";
import { getFeaturedSettings, postFeaturedSettings } from "./pages/settings/featured.ts";
import { getMoving, postMoving } from "./pages/settings/moving.ts";
import { getPeopleSettings } from "./pages/settings/people.ts";
import { getSevered, getSeveredFile } from "./pages/settings/severed.ts";
import { getProfileSettings, postProfileSettings } from "./pages/settings/profile.ts";
import {
  getDeleteAccount,
  getSecurity,
  postDeleteAccount,
  postPassword,
  postRevokeSession,
} from "./pages/settings/security.ts";
import { getLanguageSettings, getSettingsIndex, postLanguageSettings } from "./pages/settings/index.ts";
import { getSetup, postSetup } from "./pages/joining/setup.ts";
import type { PageHandler } from "./visit.ts";

const ACTOR = "/:handle{@[^/]+}";
const NOTE = `${ACTOR}/:id{[0-9]+}`;

/** Method, path, page: every address of the web door. */
export const PAGES: readonly (readonly ["GET" | "POST", string, PageHandler])[] = [
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
