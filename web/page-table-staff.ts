// Every address of those who run the place: moderation and administration. `staff(…)` = moderators and above,
// `admin(…)` = administrators and the owner, `grave…` = those of them who proved within ten minutes who they are.
// Part of page-table.ts, which alone imports it.

import { confirmed, member } from "./member.ts";
import { getAdmin } from "./pages/admin/overview.ts";
import {
  getAnnouncementPage,
  getAnnouncements,
  getDeleteAnnouncement,
  postAnnouncementPage,
  postAnnouncements,
  postDeleteAnnouncement,
} from "./pages/admin/announcements.ts";
import { getEmoji, postEmoji } from "./pages/admin/emoji.ts";
import { getFederation, postFederation } from "./pages/admin/federation.ts";
import { getAllInvites, postAllInvites } from "./pages/admin/invites.ts";
import { getJoining, postJoining } from "./pages/admin/joining.ts";
import { getBackup, getHealth, getVersion, postBackup, postHealth } from "./pages/admin/machine.ts";
import { getJobs, getQueue, postJobs, postQueue } from "./pages/admin/queue.ts";
import { getReadiness, postReadiness } from "./pages/admin/readiness.ts";
import { getRoles, postRoles } from "./pages/admin/roles.ts";
import { getStandbys, postStandbys } from "./pages/admin/standby.ts";
import { getAdminSettings, postAdminSettings } from "./pages/admin/settings.ts";
import { getStorage, postStorage } from "./pages/admin/storage.ts";
import { getAccount, getAccountChange, postAccountChange } from "./pages/moderation/account.ts";
import { getAccounts } from "./pages/moderation/accounts.ts";
import { getAppeals, postAppeals } from "./pages/moderation/appeals.ts";
import { getDecide, postDecide } from "./pages/moderation/decide.ts";
import { getDomainsBring, postDomainsBring } from "./pages/moderation/domains-bring.ts";
import {
  getDomainsFileDrafts,
  getDomainsListDrafts,
  postDomainsFileDrafts,
  postDomainsListDrafts,
} from "./pages/moderation/domains-drafts.ts";
import { getDomains, getDomainsFile, postDomains } from "./pages/moderation/domains.ts";
import { getLog, getLogLine, getLogObject, postLogLine } from "./pages/moderation/log.ts";
import { getLogFeed, getLogFile, getLogHead } from "./pages/moderation/log-files.ts";
import { getWithheldList, getWithheldNotice } from "./pages/moderation/withheld.ts";
import { getWithholdings, postWithholdings } from "./pages/moderation/withholdings.ts";
import { getInviteTree, postInviteTree } from "./pages/moderation/invite-tree.ts";
import { getSignUps, postSignUps } from "./pages/moderation/sign-ups.ts";
import { getWave, postWave } from "./pages/moderation/waves.ts";
import { getTagRules, postTagRules } from "./pages/moderation/tags.ts";
import { getAudit, getAuditFile } from "./pages/admin/audit.ts";
import { getForward, postForward } from "./pages/moderation/report-forward.ts";
import { getReportPage, postReportPage } from "./pages/moderation/report-one.ts";
import { getReports } from "./pages/moderation/reports.ts";
import { getLaunch, postLaunch } from "./pages/admin/launch.ts";
import { getLook, postLook } from "./pages/admin/look.ts";
import { getHeld, postHeld } from "./pages/moderation/held.ts";
import { getClassifier, getRule, postClassifier, postRule } from "./pages/admin/classifier.ts";
import { administrators, moderators } from "./staff.ts";
import type { MemberHandler, PageHandler } from "./visit.ts";

const MEMBER = "/moderation/accounts/:username{[a-z0-9_]+}";
const LOG_LINE = "/moderation/log/:id{[0-9]+}";
const ANNOUNCEMENT = "/admin/announcements/:id{[0-9]+}";

/** For moderators and above, and for administrators and the owner; others find nothing. */
const staff = (handler: MemberHandler): PageHandler => member(moderators(handler));
const admin = (handler: MemberHandler): PageHandler => member(administrators(handler));
const graveForStaff = (handler: MemberHandler): PageHandler => member(moderators(confirmed(handler)));
const grave = (handler: MemberHandler): PageHandler => member(administrators(confirmed(handler)));

/** Method, path, page. */
export const STAFF_PAGES: readonly (readonly ["GET" | "POST" | "PATCH" | "DELETE", string, PageHandler])[] = [
  ["GET", "/moderation/reports", staff(getReports)],
  ["GET", "/moderation/reports/:id{[0-9]+}", staff(getReportPage)],
  ["POST", "/moderation/reports/:id{[0-9]+}", staff(postReportPage)],
  ["GET", "/moderation/reports/:id{[0-9]+}/forward", staff(getForward)],
  ["POST", "/moderation/reports/:id{[0-9]+}/forward", staff(postForward)],
  ["GET", "/moderation/appeals", staff(getAppeals)],
  ["POST", "/moderation/appeals", staff(postAppeals)],
  ["GET", "/moderation/people/:id{[0-9]+}", staff(getDecide)],
  ["POST", "/moderation/people/:id{[0-9]+}", graveForStaff(postDecide)],
  ["GET", "/moderation/sign-ups", staff(getSignUps)],
  ["POST", "/moderation/sign-ups", staff(postSignUps)],
  ["GET", "/moderation/sign-ups/wave", staff(getWave)],
  ["POST", "/moderation/sign-ups/wave", staff(postWave)],
  ["GET", "/moderation/tree", staff(getInviteTree)],
  ["POST", "/moderation/tree", staff(postInviteTree)],
  ["GET", "/moderation/accounts", staff(getAccounts)],
  ["GET", MEMBER, staff(getAccount)],
  ["GET", `${MEMBER}/:change`, staff(getAccountChange)],
  ["POST", `${MEMBER}/:change`, graveForStaff(postAccountChange)],
  ["GET", "/moderation/domains", staff(getDomains)],
  ["POST", "/moderation/domains", grave(postDomains)],
  ["GET", "/moderation/domains/export.csv", staff(getDomainsFile)],
  ["GET", "/moderation/domains/bring", staff(getDomainsBring)],
  ["POST", "/moderation/domains/bring", admin(postDomainsBring)],
  ["GET", "/moderation/domains/files/:id{[0-9]+}", staff(getDomainsFileDrafts)],
  ["POST", "/moderation/domains/files/:id{[0-9]+}", grave(postDomainsFileDrafts)],
  ["GET", "/moderation/domains/lists/:id{[0-9]+}", staff(getDomainsListDrafts)],
  ["POST", "/moderation/domains/lists/:id{[0-9]+}", grave(postDomainsListDrafts)],
  ["GET", "/moderation/withheld", getWithheldList],
  ["GET", "/moderation/withheld/:id{[0-9]+}", getWithheldNotice],
  ["GET", "/moderation/withholdings", staff(getWithholdings)],
  ["POST", "/moderation/withholdings", graveForStaff(postWithholdings)],
  ["GET", "/moderation/log", getLog],
  ["GET", "/moderation/log.atom", getLogFeed],
  ["GET", "/moderation/log.ndjson", getLogFile],
  ["GET", "/moderation/log/head.json", getLogHead],
  ["GET", LOG_LINE, getLogLine],
  ["POST", LOG_LINE, admin(postLogLine)],
  ["GET", `${LOG_LINE}/object`, getLogObject],
  ["GET", "/moderation/held", staff(getHeld)],
  ["POST", "/moderation/held", staff(postHeld)],
  ["GET", "/moderation/tags", staff(getTagRules)],
  ["POST", "/moderation/tags", staff(postTagRules)],
  ["GET", "/admin", admin(getAdmin)],
  ["GET", "/admin/audit", admin(getAudit)],
  ["GET", "/admin/audit.ndjson", admin(getAuditFile)],
  ["GET", "/admin/settings", grave(getAdminSettings)],
  ["POST", "/admin/settings", grave(postAdminSettings)],
  ["GET", "/admin/appearance", grave(getLook)],
  ["POST", "/admin/appearance", grave(postLook)],
  ["GET", "/admin/announcements", admin(getAnnouncements)],
  ["POST", "/admin/announcements", admin(postAnnouncements)],
  ["GET", ANNOUNCEMENT, admin(getAnnouncementPage)],
  ["POST", ANNOUNCEMENT, admin(postAnnouncementPage)],
  ["GET", `${ANNOUNCEMENT}/delete`, admin(getDeleteAnnouncement)],
  ["POST", `${ANNOUNCEMENT}/delete`, admin(postDeleteAnnouncement)],
  ["GET", "/admin/classifier", grave(getClassifier)],
  ["POST", "/admin/classifier", grave(postClassifier)],
  ["GET", "/admin/classifier/:id{[0-9]+}", grave(getRule)],
  ["POST", "/admin/classifier/:id{[0-9]+}", grave(postRule)],
  ["GET", "/admin/emoji", admin(getEmoji)],
  ["POST", "/admin/emoji", admin(postEmoji)],
  ["GET", "/admin/joining", admin(getJoining)],
  ["POST", "/admin/joining", admin(postJoining)],
  ["GET", "/admin/invites", admin(getAllInvites)],
  ["POST", "/admin/invites", admin(postAllInvites)],
  ["GET", "/admin/roles", admin(getRoles)],
  ["POST", "/admin/roles", grave(postRoles)],
  ["GET", "/admin/health", admin(getHealth)],
  ["POST", "/admin/health", admin(postHealth)],
  ["GET", "/admin/storage", admin(getStorage)],
  ["POST", "/admin/storage", grave(postStorage)],
  ["GET", "/admin/queue", admin(getQueue)],
  ["POST", "/admin/queue", grave(postQueue)],
  ["GET", "/admin/jobs", admin(getJobs)],
  ["POST", "/admin/jobs", grave(postJobs)],
  ["GET", "/admin/federation", admin(getFederation)],
  ["POST", "/admin/federation", grave(postFederation)],
  ["GET", "/admin/launch", admin(getLaunch)],
  ["POST", "/admin/launch", grave(postLaunch)],
  ["GET", "/admin/backup", admin(getBackup)],
  ["POST", "/admin/backup", grave(postBackup)],
  ["GET", "/admin/version", admin(getVersion)],
  ["GET", "/admin/standby", grave(getStandbys)],
  ["POST", "/admin/standby", grave(postStandbys)],
  ["GET", "/admin/readiness", admin(getReadiness)],
  ["POST", "/admin/readiness", admin(postReadiness)],
];
