// What a running server does by itself, and what its operator looks at.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { sweepResetLinks } from "../../store/recovery.ts";
import { sweepSessions } from "../../store/sessions.ts";
import { sweepDrafts, sweepIdempotent } from "../../store/drafts.ts";
import { sweepActivities, sweepTombstones } from "../../store/inbox.ts";
import { sweepHeld } from "../../store/held-inbox.ts";
import { sweepHosts } from "../../store/hosts.ts";
import { sweepJobs } from "../../store/jobs.ts";
import { sweepExpired } from "../../store/kv.ts";
import { pullIn } from "../../store/pull-in.ts";
import { tidyIndex } from "../../store/search.ts";
import { sweepCards } from "../cards/fetch-card.ts";
import { sweepUnusedApps } from "../clients/apps.ts";
import { sweepOldGrants } from "../clients/grants.ts";
import { examineKits } from "../escapes/kits.ts";
import { forgetUsedKeys } from "../escapes/home-keys.ts";
import { tendEvacuations } from "../escapes/evacuations.ts";
import { sweepArrivals } from "../arrivals/sweep.ts";
import { sweepLifeboats } from "../lifeboats/sweep.ts";
import { foldAudit } from "../moderation/audit-views.ts";
import { forgetLoggedObjects } from "../moderation/log-views.ts";
import { signHead } from "../moderation/log-heads.ts";
import { endDueDecisions } from "../moderation/decisions.ts";
import { readDueLists } from "../moderation/domains-lists.ts";
import { endDueWithholdings } from "../moderation/withholdings.ts";
import { noticeFederationMode } from "../moderation/domains.ts";
import { refillKeyPool } from "../accounts/keys.ts";
import { sweepProbations } from "../accounts/probation.ts";
import { sweepSignUps } from "../accounts/sign-up-line.ts";
import { KEPT } from "./kept.ts";
import { removeFreeAttachments } from "../media/attachments.ts";
import { sweepProxied } from "../media/proxy.ts";
import { removeLeftWork } from "../media/film-job.ts";
import { removeStaleUploads } from "../media/pieces.ts";
import { countTrends, TREND_RULES } from "../trends/count-trends.ts";
import { pruneRelayed } from "../moderation/relayed-notes.ts";
import { tendReports } from "../moderation/report-routing.ts";
import { requestRechecks } from "../moves/received-moves.ts";
import { expireNotes } from "../notes/expiry.ts";
import { endPolls } from "../notes/polls.ts";
import { publishDue } from "../notes/scheduled.ts";
import { removeEndedReplicas, tendStandbys } from "../standbys/upkeep.ts";

/** What waits for a decision that nobody takes is news no more. */
const HELD_MS = 30 * 86_400_000;

type Task = { readonly name: string; readonly everyMs: number; run(app: App): Promise<unknown> };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ACTIVITIES_KEPT_MS = KEPT.activityDays * DAY;
const TOMBSTONES_KEPT_MS = KEPT.tombstoneDays * DAY;
/** What is known of a host is learned again at the next delivery. */
const HOSTS_KEPT_MS = 90 * DAY;
const KV_BATCH = 500;

/** What is done again and again so that nothing grows without bound; `jobs/schedule.ts` runs it in one process. */
export const MAINTENANCE: readonly Task[] = [
  { name: "kv", everyMs: MINUTE, run: sweepKv },
  { name: "spare-keys", everyMs: MINUTE, run: (app) => refillKeyPool(app) },
  { name: "federation-mode", everyMs: MINUTE, run: noticeFederationMode },
  { name: "ended-polls", everyMs: MINUTE, run: (app) => endPolls(app) },
  { name: "due-notes", everyMs: MINUTE, run: publishDue },
  { name: "ended-decisions", everyMs: MINUTE, run: endDueDecisions },
  { name: "expired-notes", everyMs: MINUTE, run: expireNotes },
  { name: "domain-lists", everyMs: HOUR, run: readDueLists },
  { name: "log-head", everyMs: MINUTE, run: signHead },
  { name: "due-withholdings", everyMs: MINUTE, run: endDueWithholdings },
  { name: "logged-objects", everyMs: DAY, run: forgetLoggedObjects },
  { name: "audit-fold", everyMs: DAY, run: foldAudit },
  { name: "standbys", everyMs: 5 * MINUTE, run: tendStandbys },
  { name: "ended-standbys", everyMs: HOUR, run: removeEndedReplicas },
  { name: "old-keys", everyMs: HOUR, run: forgetUsedKeys },
  { name: "reports", everyMs: MINUTE, run: tendReports },
  { name: "trends", everyMs: TREND_RULES.everyMinutes * MINUTE, run: countTrends },
  { name: "stale-uploads", everyMs: HOUR, run: removeStaleUploads },
  { name: "lifeboats", everyMs: HOUR, run: sweepLifeboats },
  { name: "arrivals", everyMs: HOUR, run: sweepArrivals },
  { name: "left-film-work", everyMs: DAY, run: removeLeftWork },
  { name: "free-attachments", everyMs: HOUR, run: removeFreeAttachments },
  { name: "proxied", everyMs: HOUR, run: sweepProxied },
  { name: "half-written-files", everyMs: DAY, run: (app) => app.files.sweep(app.clock.now() - DAY) },
  { name: "sessions", everyMs: HOUR, run: (app) => sweepSessions(app.db, app.clock.now()) },
  { name: "reset-links", everyMs: HOUR, run: (app) => sweepResetLinks(app.db, app.clock.now()) },
  { name: "probations", everyMs: MINUTE, run: sweepProbations },
  { name: "sign-ups", everyMs: HOUR, run: sweepSignUps },
  { name: "grants", everyMs: HOUR, run: sweepOldGrants },
  { name: "unused-apps", everyMs: DAY, run: sweepUnusedApps },
  { name: "idempotency", everyMs: HOUR, run: (app) => sweepIdempotent(app.db, app.clock.now() - DAY) },
  { name: "posted-drafts", everyMs: HOUR, run: sweepOldDrafts },
  { name: "evacuations", everyMs: MINUTE, run: tendEvacuations },
  { name: "escape-kits", everyMs: HOUR, run: examineKits },
  { name: "doubted-moves", everyMs: HOUR, run: requestRechecks },
  { name: "held-activities", everyMs: DAY, run: (app) => sweepHeld(app.db, app.clock.now() - HELD_MS) },
  { name: "put-off", everyMs: HOUR, run: (app) => pullIn(app.db, app.clock.now()) },
  { name: "hosts", everyMs: DAY, run: (app) => sweepHosts(app.db, app.clock.now() - HOSTS_KEPT_MS) },
  { name: "dead-jobs", everyMs: DAY, run: (app) => sweepJobs(app.db, app.clock.now()) },
  { name: "cards", everyMs: DAY, run: sweepCards },
  { name: "relayed-notes", everyMs: DAY, run: pruneRelayed },
  { name: "search", everyMs: DAY, run: (app) => tidyIndex(app.db) },
  {
    name: "activities",
    everyMs: DAY,
    run: (app) => sweepActivities(app.db, app.clock.now() - ACTIVITIES_KEPT_MS),
  },
  {
    name: "tombstones",
    everyMs: DAY,
    run: (app) => sweepTombstones(app.db, app.clock.now() - TOMBSTONES_KEPT_MS),
  },
];

async function sweepOldDrafts(app: App): Promise<void> {
  const now = app.clock.now();
  await sweepDrafts(app.db, { posted: now - 7 * DAY, deleted: now - DAY });
}

/** In batches, so that no write lock is held for long. */
async function sweepKv(app: App): Promise<void> {
  while ((await sweepExpired(app.db, app.clock.now(), KV_BATCH)) === KV_BATCH);
}
