// What a running server does by itself, and what its operator looks at.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { sweepSessions } from "../../store/accounts.ts";
import { sweepDrafts, sweepIdempotent } from "../../store/drafts.ts";
import { sweepActivities, sweepTombstones } from "../../store/inbox.ts";
import { sweepHosts } from "../../store/hosts.ts";
import { sweepJobs } from "../../store/jobs.ts";
import { sweepExpired } from "../../store/kv.ts";
import { tidyIndex } from "../../store/search.ts";
import { noticeFederationMode } from "../moderation/domains.ts";
import { refillKeyPool } from "../accounts/keys.ts";
import { removeFreeAttachments } from "../media/attachments.ts";
import { pruneRelayed } from "../moderation/relayed-notes.ts";
import { endPolls } from "../notes/polls.ts";

type Task = { readonly name: string; readonly everyMs: number; run(app: App): Promise<unknown> };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An activity is kept for deliveries, which are given up after 7 days, and for servers that ask for it a little later. */
const ACTIVITIES_KEPT_MS = 30 * DAY;
/** What was deleted stays away this long (docs/threats.md, defaults). */
const TOMBSTONES_KEPT_MS = 365 * DAY;
/** What is known of a host is learned again at the next delivery. */
const HOSTS_KEPT_MS = 90 * DAY;
const KV_BATCH = 500;

/** What is done again and again so that nothing grows without bound; `jobs/schedule.ts` runs it in one process. */
export const MAINTENANCE: readonly Task[] = [
  { name: "kv", everyMs: MINUTE, run: sweepKv },
  { name: "spare-keys", everyMs: MINUTE, run: (app) => refillKeyPool(app) },
  { name: "federation-mode", everyMs: MINUTE, run: noticeFederationMode },
  { name: "ended-polls", everyMs: MINUTE, run: (app) => endPolls(app) },
  { name: "free-attachments", everyMs: HOUR, run: removeFreeAttachments },
  { name: "sessions", everyMs: HOUR, run: (app) => sweepSessions(app.db, app.clock.now()) },
  { name: "idempotency", everyMs: HOUR, run: (app) => sweepIdempotent(app.db, app.clock.now() - DAY) },
  { name: "posted-drafts", everyMs: HOUR, run: (app) => sweepDrafts(app.db, app.clock.now() - 7 * DAY) },
  { name: "hosts", everyMs: DAY, run: (app) => sweepHosts(app.db, app.clock.now() - HOSTS_KEPT_MS) },
  { name: "dead-jobs", everyMs: DAY, run: (app) => sweepJobs(app.db, app.clock.now()) },
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

/** In batches, so that no write lock is held for long. */
async function sweepKv(app: App): Promise<void> {
  while ((await sweepExpired(app.db, app.clock.now(), KV_BATCH)) === KV_BATCH);
}
