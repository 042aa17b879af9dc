// The whole page table; the rows for staff are in page-table-staff.ts. A row: method, path, page. `member(…)` = signed-in people only; others sign in first;
// `dangerous(…)` = those of them who proved within ten minutes who they are.

import { confirmed, member } from "./member.ts";
import { getAbout, getAboutBlocks, getAboutPrivacy, getAboutRules, getTerms } from "./pages/joining/about.ts";
import { postAnnouncementRead } from "./pages/admin/announcements.ts";
import { moderators } from "./staff.ts";
import { getBookmarks } from "./pages/explore/bookmarks.ts";
import { getCompose, postCompose } from "./pages/writing/compose.ts";
import { getDrafts, postDeleteDraft, postRestoreDraft } from "./pages/writing/drafts.ts";
import { getScheduled, postScheduled } from "./pages/writing/scheduled.ts";
import { getSuggestions } from "./pages/writing/suggest.ts";
import { getFollowRequests } from "./pages/people/follow-requests.ts";
import { getHome } from "./pages/explore/home.ts";
import { getCollection, postCollection } from "./pages/people/collections.ts";
import { getEmbed, getOembed, getShareNote } from "./pages/sharing/embed.ts";
import { getBoardFeed, getProfileFeed, getTagFeed } from "./pages/sharing/feeds.ts";
import { getIcon, getManifest, getOffline, getServiceWorker } from "./pages/sharing/installed.ts";
import { getElsewhere, postElsewhere } from "./pages/sharing/interact-elsewhere.ts";
import { getInteraction } from "./pages/sharing/interact.ts";
import { getIntent, postIntent } from "./pages/sharing/intents.ts";
import { getShare, postShare } from "./pages/sharing/share.ts";
import { getAuthorize, postAuthorize } from "./pages/joining/authorize.ts";
import { getConfirm, postConfirm } from "./pages/joining/confirm.ts";
import { getJoin, getJoinName, getJoinWork, postJoin } from "./pages/joining/join.ts";
import { getWaitingRoom, postWaitingRoom } from "./pages/joining/waiting-room.ts";
import { getSuspended, getSuspendedFile, postSuspended } from "./pages/joining/suspended.ts";
import { getSecondStep, postSecondStep } from "./pages/joining/login-2fa.ts";
import {
  getBoard,
  getDeleteBoard,
  getEditBoard,
  postBoard,
  postDeleteBoard,
  postEditBoard,
} from "./pages/explore/board.ts";
import { getBoards, postBoards } from "./pages/explore/boards.ts";
import { getCollect, postCollect } from "./pages/explore/collect.ts";
import { getExplore, getLocal } from "./pages/explore/explore.ts";
import { getFilms } from "./pages/explore/films.ts";
import { getListsOf, postListsOf } from "./pages/explore/list-members.ts";
import {
  getDeleteList,
  getEditList,
  getList,
  getLists,
  postDeleteList,
  postEditList,
  postLists,
} from "./pages/explore/lists.ts";
import { getFollowedTags, getTag, postFollowedTags, postTag } from "./pages/explore/tags.ts";
import { getSuggestedPeople, getTrendingTags, getTrendRules } from "./pages/explore/trends.ts";
import { getLogin, postLogin, postLogout } from "./pages/joining/login.ts";
import { getGallery } from "./pages/notes/gallery.ts";
import { getHistory } from "./pages/notes/history.ts";
import { getKeys } from "./pages/notes/keys.ts";
import { getBoosts, getLikes } from "./pages/notes/lists.ts";
import { getNews, postHomeRead } from "./pages/notes/news.ts";
import { getDelete, getEdit, postDelete, postEdit } from "./pages/notes/own.ts";
import { getNotePolicy, postNotePolicy } from "./pages/notes/policy.ts";
import { postReact } from "./pages/notes/react.ts";
import { postReplies } from "./pages/notes/replies.ts";
import { postVote } from "./pages/notes/vote.ts";
import { getNote } from "./pages/notes/note.ts";
import { getModerating, postModerating } from "./pages/settings/moderating.ts";
import { getOwnReports } from "./pages/settings/reports.ts";
import { getFrozen, postFrozen } from "./pages/notifications/frozen.ts";
import { getMessages, postMessages } from "./pages/notifications/messages.ts";
import { getNotifications, postRead } from "./pages/notifications/notifications.ts";
import { postPasskeyOptions } from "./pages/joining/passkeys.ts";
import { postLanguage, postTheme } from "./pages/joining/preferences.ts";
import { getReset, postReset } from "./pages/joining/reset.ts";
import { getWelcome, postWelcome } from "./pages/joining/welcome.ts";
import { getFollowers, getFollowing } from "./pages/people/profile-people.ts";
import { getProfile, getProfileMedia, getProfilePinned, getProfileReplies } from "./pages/people/profile.ts";
import { getBlock, getMute, postRelationship } from "./pages/people/relationship.ts";
import { getReport, postReport } from "./pages/moderation/report.ts";
import { getReactions, postReactions, postRevokeQuote } from "./pages/notes/reactions.ts";
import { getRequests, postRequest } from "./pages/notifications/requests.ts";
import { getWaiting, postWaiting } from "./pages/notifications/waiting.ts";
import { getChangePassword, getRobots } from "./pages/joining/robots.ts";
import { getSearch } from "./pages/explore/search.ts";
import { getPolicySettings, getPosting, postPosting } from "./pages/settings/posting.ts";
import {
  getNotificationSettings,
  postNotificationPolicy,
  postNotificationSettings,
  postPush,
  postPushEnd,
  postPushKinds,
} from "./pages/settings/notifications.ts";
import { getInvites, postInvites } from "./pages/settings/invites.ts";
import { getCollectionSettings, postCollectionSettings } from "./pages/settings/collections.ts";
import { getFeaturedSettings, postFeaturedSettings } from "./pages/settings/featured.ts";
import { getMoving, postMoving } from "./pages/settings/moving.ts";
import { getExport, getExportFile } from "./pages/settings/export.ts";
import { getImportPage, postImportPage } from "./pages/settings/import.ts";
import { getImportFailed, getImportOne, postImportOne } from "./pages/settings/import-one.ts";
import {
  getBlocks,
  getMutes,
  getPeopleSettings,
  postBlocks,
  postHiddenServers,
  postMutes,
} from "./pages/settings/people.ts";
import { getApps, getEndApp, postEndApp } from "./pages/settings/apps.ts";
import { getAppearance, postAppearance } from "./pages/settings/appearance.ts";
import {
  getDeleteFilter,
  getFilterPage,
  getFilters,
  getNewFilter,
  postDeleteFilter,
  postFilter,
  postFilterNote,
  postNewFilter,
} from "./pages/settings/filters.ts";
import { getPrivacy, postPrivacy } from "./pages/settings/privacy.ts";
import { getLifeboatFile, getLifeboatSettings, postLifeboatSettings } from "./pages/settings/lifeboat.ts";
import { getLifeboatNew, postLifeboatNew } from "./pages/settings/lifeboat-new.ts";
import { getPhrase, postPhrase } from "./pages/settings/lifeboat-phrase.ts";
import {
  deleteArrivalUpload,
  getArrivalPage,
  getArrivalUpload,
  patchArrivalUpload,
  postArrivalPage,
  postArrivalUpload,
} from "./pages/settings/arrival.ts";
import { getArrivalOne, postArrivalOne } from "./pages/settings/arrival-one.ts";
import { getArrival } from "./pages/lifeboat/arrival.ts";
import { getCommunity, postCommunity } from "./pages/lifeboat/community.ts";
import { getLifeboat, postLifeboat } from "./pages/lifeboat/lifeboat.ts";
import { getKitFile, getLaunchSettings, postLaunchSettings } from "./pages/lifeboat/own.ts";
import { getTheme } from "./pages/joining/theme.ts";
import { getDecisions, getHistoryFile, postDecisions } from "./pages/settings/decisions.ts";
import { getSevered, getSeveredFile, postSevered } from "./pages/settings/severed.ts";
import { getProfileSettings, postProfileSettings } from "./pages/settings/profile.ts";
import { getDeleteAccount, postDeleteAccount } from "./pages/settings/delete.ts";
import { getPasskeys, getRemovePasskey, postPasskeys } from "./pages/settings/passkeys.ts";
import { getPassword, postPassword } from "./pages/settings/password.ts";
import { getRecovery, postRecovery } from "./pages/settings/recovery.ts";
import { getSecurity } from "./pages/settings/security.ts";
import { getStandby, postStandby } from "./pages/settings/standby.ts";
import { getSessions, postRevokeSession } from "./pages/settings/sessions.ts";
import { getTotp, postTotp } from "./pages/settings/totp.ts";
import { getSettingsIndex } from "./pages/settings/index.ts";
import { getLanguageSettings, postLanguageSettings } from "./pages/settings/language.ts";
import { getSetup, postSetup } from "./pages/joining/setup.ts";
import { getCaptions, postCaptions } from "./pages/media/captions.ts";
import {
  deleteUpload,
  getMediaState,
  getUploadState,
  patchUpload,
  postUpload,
} from "./pages/media/uploads.ts";
import { STAFF_PAGES } from "./page-table-staff.ts";
import type { MemberHandler, PageHandler } from "./visit.ts";

const ACTOR = "/:handle{@[^/]+}";
const NOTE = `${ACTOR}/:id{[0-9]+}`;
const BOARD = `${ACTOR}/boards/:board{[0-9]+}`;
const LIST = "/lists/:id{[0-9]+}";
const COMMUNITY = "/lifeboat/:agreement{[0-9a-fA-F-]{36}}";

/** For people who proved a moment ago who they are. */
const dangerous = (handler: MemberHandler): PageHandler => member(confirmed(handler));

/** For moderators and above; others find nothing. */
const staff = (handler: MemberHandler): PageHandler => member(moderators(handler));

/** Method, path, page: every address of the web door. */
export const PAGES: readonly (readonly ["GET" | "POST" | "PATCH" | "DELETE", string, PageHandler])[] = [
  ["GET", "/", getHome],
  ["GET", "/home", getHome],
  ["GET", "/home/new", member(getNews)],
  ["POST", "/home/read", member(postHomeRead)],
  ["GET", "/keys", member(getKeys)],
  ["GET", "/local", getLocal],
  ["GET", "/tags/:feed{.+\\.(?:rss|atom|json)}", getTagFeed],
  ["GET", "/explore", getExplore],
  ["GET", "/explore/films", getFilms],
  ["GET", "/explore/tags", getTrendingTags],
  ["GET", "/explore/people", getSuggestedPeople],
  ["GET", "/explore/about", getTrendRules],
  ["GET", "/tags", member(getFollowedTags)],
  ["POST", "/tags", member(postFollowedTags)],
  ["GET", "/tags/:tag", getTag],
  ["POST", "/tags/:tag", member(postTag)],
  ["GET", "/lists", member(getLists)],
  ["POST", "/lists", member(postLists)],
  ["GET", LIST, member(getList)],
  ["GET", `${LIST}/edit`, member(getEditList)],
  ["POST", `${LIST}/edit`, member(postEditList)],
  ["GET", `${LIST}/delete`, member(getDeleteList)],
  ["POST", `${LIST}/delete`, member(postDeleteList)],
  ["GET", "/search", getSearch],
  ["GET", "/about", getAbout],
  ["GET", "/about/rules", getAboutRules],
  ["GET", "/about/privacy", getAboutPrivacy],
  ["GET", "/about/blocks", getAboutBlocks],
  ["GET", "/terms", getTerms],
  ["GET", "/theme/:sheet", getTheme],
  ["GET", "/.well-known/change-password", getChangePassword],
  ["GET", "/robots.txt", getRobots],

  ["GET", "/setup", getSetup],
  ["POST", "/setup", postSetup],
  ["GET", "/join", getJoin],
  ["GET", "/join/name", getJoinName],
  ["GET", "/join/work", getJoinWork],
  ["GET", "/join/waiting", getWaitingRoom],
  ["POST", "/join/waiting", postWaitingRoom],
  ["GET", "/join/:invite", getJoin],
  ["POST", "/join", postJoin],
  ["GET", "/login", getLogin],
  ["POST", "/login", postLogin],
  ["GET", "/login/2fa", getSecondStep],
  ["POST", "/login/2fa", postSecondStep],
  ["GET", "/suspended", getSuspended],
  ["POST", "/suspended", postSuspended],
  ["GET", "/suspended/:file", getSuspendedFile],
  ["POST", "/passkeys/options", postPasskeyOptions],
  ["GET", "/password/reset", getReset],
  ["POST", "/password/reset", postReset],
  ["GET", "/welcome", member(getWelcome)],
  ["POST", "/welcome", member(postWelcome)],
  ["GET", "/confirm", member(getConfirm)],
  ["POST", "/confirm", member(postConfirm)],
  ["POST", "/logout", postLogout],
  ["GET", "/oauth/authorize", getAuthorize],
  ["POST", "/oauth/authorize", postAuthorize],
  // toot asks with a slash at the end.
  ["GET", "/oauth/authorize/", getAuthorize],
  ["POST", "/oauth/authorize/", postAuthorize],
  ["GET", "/lifeboat", getLifeboat],
  ["POST", "/lifeboat", postLifeboat],
  ["GET", "/lifeboat/of/:name{[a-z0-9_]+}", getArrival],
  ["GET", COMMUNITY, getCommunity],
  ["POST", COMMUNITY, postCommunity],
  ["POST", "/language", postLanguage],
  ["POST", "/theme", postTheme],

  ["GET", "/compose", member(getCompose)],
  ["POST", "/compose", member(postCompose)],
  ["GET", "/compose/suggest", member(getSuggestions)],
  ["POST", "/uploads", postUpload],
  ["GET", "/uploads/:id{[0-9]+}", getUploadState],
  ["PATCH", "/uploads/:id{[0-9]+}", patchUpload],
  ["DELETE", "/uploads/:id{[0-9]+}", deleteUpload],
  ["GET", "/uploads/media/:id{[0-9]+}", getMediaState],
  ["GET", "/media/:id{[0-9]+}/captions", member(getCaptions)],
  ["POST", "/media/:id{[0-9]+}/captions", member(postCaptions)],
  ["GET", "/drafts", member(getDrafts)],
  ["POST", "/drafts/:id{[0-9]+}/delete", member(postDeleteDraft)],
  ["POST", "/drafts/:id{[0-9]+}/restore", member(postRestoreDraft)],
  ["GET", "/scheduled", member(getScheduled)],
  ["POST", "/scheduled/:id{[0-9]+}", member(postScheduled)],
  ["GET", "/notifications", member(getNotifications)],
  ["POST", "/notifications/read", member(postRead)],
  ["GET", "/messages", member(getMessages)],
  ["POST", "/messages", member(postMessages)],
  ["GET", "/notifications/frozen", member(getFrozen)],
  ["POST", "/notifications/frozen/:id{[0-9]+}", member(postFrozen)],
  ["GET", "/notifications/waiting", member(getWaiting)],
  ["POST", "/notifications/waiting/:id{[0-9]+}", member(postWaiting)],
  ["GET", "/bookmarks", member(getBookmarks)],
  ["GET", "/follow-requests", member(getFollowRequests)],
  ["GET", "/requests", member(getRequests)],
  ["POST", "/requests/:id{[0-9]+}", member(postRequest)],
  ["GET", "/authorize_interaction", member(getInteraction)],
  ["GET", "/intents/:verb", member(getIntent)],
  ["POST", "/intents/:verb", member(postIntent)],
  ["GET", "/share", member(getShare)],
  ["POST", "/share", member(postShare)],
  ["GET", "/collections/:id{[0-9]+}", getCollection],
  ["POST", "/collections/:id{[0-9]+}", member(postCollection)],
  ["GET", "/interact", getElsewhere],
  ["POST", "/interact", postElsewhere],

  ["GET", "/oembed", getOembed],
  ["GET", "/manifest.webmanifest", getManifest],
  ["GET", "/icons/:file", getIcon],
  ["GET", "/service-worker.js", getServiceWorker],
  ["GET", "/offline", getOffline],

  ["GET", `${NOTE}/embed`, getEmbed],
  ["GET", `${NOTE}/share`, getShareNote],
  ["GET", NOTE, getNote],
  ["GET", `${NOTE}/likes`, getLikes],
  ["GET", `${NOTE}/boosts`, getBoosts],
  ["GET", `${NOTE}/history`, getHistory],
  ["GET", `${NOTE}/media/:number{[1-9][0-9]?}`, getGallery],
  ["POST", `${NOTE}/react`, member(postReact)],
  ["GET", `${NOTE}/reactions`, getReactions],
  ["POST", `${NOTE}/reactions`, member(postReactions)],
  ["POST", `${NOTE}/revoke-quote`, member(postRevokeQuote)],
  ["POST", `${NOTE}/vote`, member(postVote)],
  ["POST", `${NOTE}/replies`, member(postReplies)],
  ["GET", `${NOTE}/collect`, member(getCollect)],
  ["POST", `${NOTE}/collect`, member(postCollect)],
  ["GET", `${NOTE}/edit`, member(getEdit)],
  ["POST", `${NOTE}/edit`, member(postEdit)],
  ["GET", `${NOTE}/policy`, member(getNotePolicy)],
  ["POST", `${NOTE}/policy`, member(postNotePolicy)],
  ["GET", `${NOTE}/delete`, member(getDelete)],
  ["POST", `${NOTE}/delete`, member(postDelete)],
  ["GET", `${NOTE}/report`, member(getReport)],
  ["POST", `${NOTE}/report`, member(postReport)],

  ["GET", "/:feed{@[a-z0-9_]+\\.(?:rss|atom|json)}", getProfileFeed],
  ["GET", ACTOR, getProfile],
  ["GET", `${ACTOR}/replies`, getProfileReplies],
  ["GET", `${ACTOR}/media`, getProfileMedia],
  ["GET", `${ACTOR}/pinned`, getProfilePinned],
  ["GET", `${ACTOR}/followers`, getFollowers],
  ["GET", `${ACTOR}/following`, getFollowing],
  ["GET", `${ACTOR}/boards/:feed{[0-9]+\\.(?:rss|atom|json)}`, getBoardFeed],
  ["GET", `${ACTOR}/boards`, getBoards],
  ["POST", `${ACTOR}/boards`, member(postBoards)],
  ["GET", BOARD, getBoard],
  ["POST", BOARD, member(postBoard)],
  ["GET", `${BOARD}/edit`, member(getEditBoard)],
  ["POST", `${BOARD}/edit`, member(postEditBoard)],
  ["GET", `${BOARD}/delete`, member(getDeleteBoard)],
  ["POST", `${BOARD}/delete`, member(postDeleteBoard)],
  ["GET", `${ACTOR}/lists`, member(getListsOf)],
  ["POST", `${ACTOR}/lists`, member(postListsOf)],
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
  ["GET", "/settings/standby", member(getStandby)],
  ["POST", "/settings/standby", member(postStandby)],
  ["GET", "/settings/posting", member(getPosting)],
  ["POST", "/settings/posting", member(postPosting)],
  ["GET", "/settings/policy", member(getPolicySettings)],
  ["GET", "/settings/notifications", member(getNotificationSettings)],
  ["POST", "/settings/notifications", member(postNotificationSettings)],
  ["POST", "/settings/notifications/policy", member(postNotificationPolicy)],
  ["POST", "/settings/notifications/push", member(postPushKinds)],
  ["POST", "/settings/notifications/devices", member(postPush)],
  ["POST", "/settings/notifications/devices/:id{[0-9]+}/end", member(postPushEnd)],
  ["GET", "/settings/security", member(getSecurity)],
  ["GET", "/settings/password", member(getPassword)],
  ["POST", "/settings/password", member(postPassword)],
  ["GET", "/settings/passkeys", dangerous(getPasskeys)],
  ["POST", "/settings/passkeys", dangerous(postPasskeys)],
  ["GET", "/settings/passkeys/:id{[0-9]+}/remove", dangerous(getRemovePasskey)],
  ["GET", "/settings/totp", dangerous(getTotp)],
  ["POST", "/settings/totp", dangerous(postTotp)],
  ["GET", "/settings/recovery", dangerous(getRecovery)],
  ["POST", "/settings/recovery", dangerous(postRecovery)],
  ["GET", "/settings/sessions", member(getSessions)],
  ["POST", "/settings/sessions", dangerous(postRevokeSession)],
  ["GET", "/settings/apps", member(getApps)],
  ["GET", "/settings/apps/:id{[0-9]+}/end", member(getEndApp)],
  ["POST", "/settings/apps/:id{[0-9]+}/end", member(postEndApp)],
  ["GET", "/settings/appearance", member(getAppearance)],
  ["POST", "/settings/appearance", member(postAppearance)],
  ["GET", "/settings/privacy", member(getPrivacy)],
  ["POST", "/settings/privacy", member(postPrivacy)],
  ["GET", "/settings/filters", member(getFilters)],
  ["GET", "/settings/filters/new", member(getNewFilter)],
  ["POST", "/settings/filters/new", member(postNewFilter)],
  ["POST", "/settings/filters/note", member(postFilterNote)],
  ["GET", "/settings/filters/:id{[0-9]+}", member(getFilterPage)],
  ["POST", "/settings/filters/:id{[0-9]+}", member(postFilter)],
  ["GET", "/settings/filters/:id{[0-9]+}/delete", member(getDeleteFilter)],
  ["POST", "/settings/filters/:id{[0-9]+}/delete", member(postDeleteFilter)],
  ["GET", "/settings/mutes", member(getMutes)],
  ["POST", "/settings/mutes", member(postMutes)],
  ["GET", "/settings/blocks", member(getBlocks)],
  ["POST", "/settings/blocks", member(postBlocks)],
  ["POST", "/settings/blocks/servers", member(postHiddenServers)],
  ["GET", "/settings/people", getPeopleSettings],
  ["GET", "/settings/severed", member(getSevered)],
  ["POST", "/settings/severed", member(postSevered)],
  ["GET", "/settings/severed.csv", member(getSeveredFile)],
  ["GET", "/settings/decisions", member(getDecisions)],
  ["POST", "/settings/decisions", member(postDecisions)],
  ["GET", "/settings/decisions/decisions.json", member(getHistoryFile)],
  ["GET", "/settings/reports", member(getOwnReports)],
  ["GET", "/settings/moderation", staff(getModerating)],
  ["POST", "/settings/moderation", staff(postModerating)],
  ["GET", "/settings/featured", member(getFeaturedSettings)],
  ["POST", "/settings/featured", member(postFeaturedSettings)],
  ["GET", "/settings/collections", member(getCollectionSettings)],
  ["POST", "/settings/collections", member(postCollectionSettings)],
  ["GET", "/settings/export", member(getExport)],
  ["GET", "/settings/export/:file", member(getExportFile)],
  ["GET", "/settings/import", member(getImportPage)],
  ["POST", "/settings/import", member(postImportPage)],
  ["GET", "/settings/import/:id{[0-9]+}", member(getImportOne)],
  ["POST", "/settings/import/:id{[0-9]+}", member(postImportOne)],
  ["GET", "/settings/import/:id{[0-9]+}/failed", member(getImportFailed)],
  ["GET", "/settings/moving", dangerous(getMoving)],
  ["POST", "/settings/moving", dangerous(postMoving)],
  ["GET", "/settings/lifeboat", member(getLifeboatSettings)],
  ["POST", "/settings/lifeboat", member(postLifeboatSettings)],
  ["GET", "/settings/lifeboat/new", dangerous(getLifeboatNew)],
  ["POST", "/settings/lifeboat/new", dangerous(postLifeboatNew)],
  ["GET", "/settings/lifeboat/phrase", dangerous(getPhrase)],
  ["POST", "/settings/lifeboat/phrase", dangerous(postPhrase)],
  ["GET", "/settings/lifeboat/:id{[0-9]+}/file", member(getLifeboatFile)],
  ["GET", "/settings/arrival", member(getArrivalPage)],
  ["POST", "/settings/arrival", member(postArrivalPage)],
  ["POST", "/settings/arrival/upload", postArrivalUpload],
  ["GET", "/settings/arrival/upload/:id{[0-9]+}", getArrivalUpload],
  ["PATCH", "/settings/arrival/upload/:id{[0-9]+}", patchArrivalUpload],
  ["DELETE", "/settings/arrival/upload/:id{[0-9]+}", deleteArrivalUpload],
  ["GET", "/settings/arrival/:id{[0-9]+}", member(getArrivalOne)],
  ["POST", "/settings/arrival/:id{[0-9]+}", member(postArrivalOne)],
  ["GET", "/settings/launch", dangerous(getLaunchSettings)],
  ["POST", "/settings/launch", dangerous(postLaunchSettings)],
  ["GET", "/settings/launch/kit.json", dangerous(getKitFile)],
  ["GET", "/settings/invites", member(getInvites)],
  ["POST", "/settings/invites", member(postInvites)],
  ["GET", "/settings/delete", dangerous(getDeleteAccount)],
  ["POST", "/settings/delete", dangerous(postDeleteAccount)],
  ...STAFF_PAGES,
  ["POST", "/announcements/:id{[0-9]+}/read", member(postAnnouncementRead)],
];
