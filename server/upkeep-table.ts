import type { App } from "./context.ts";
import { refillKeyPool } from "./services/keys.ts";
import { removeFreeAttachments } from "./services/media.ts";
import { sweepSessions } from "./store/accounts.ts";
import { sweepDrafts, sweepIdempotent } from "./store/drafts.ts";
import { sweepActivities, sweepTombstones } from "./store/inbox.ts";
import { sweepJobs } from "./store/jobs.ts";
import { sweepExpired } from "./store/kv.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What is done again and again by one process of the instance, and how long things are kept (docs/operating.md). */
export const UPKEEP: readonly { readonly name: string; readonly everyMs: number; readonly run: (app: App) => Promise<unknown> }[] = [
  { name: "keys", everyMs: MINUTE, run: (app) => refillKeyPool(app) },
  { name: "kv", everyMs: MINUTE, run: (app) => sweepExpired(app.db, app.clock.now()) },
  { name: "sessions", everyMs: HOUR, run: (app) => sweepSessions(app.db, app.clock.now()) },
  { name: "drafts", everyMs: HOUR, run: (app) => sweepDrafts(app.db, app.clock.now() - 7 * DAY) },
  { name: "idempotency", everyMs: HOUR, run: (app) => sweepIdempotent(app.db, app.clock.now() - DAY) },
  { name: "uploads", everyMs: HOUR, run: (app) => removeFreeAttachments(app) },
  { name: "jobs", everyMs: HOUR, run: (app) => sweepJobs(app.db, app.clock.now()) },
  { name: "activities", everyMs: DAY, run: (app) => sweepActivities(app.db, app.clock.now() - 30 * DAY) },
  { name: "tombstones", everyMs: DAY, run: (app) => sweepTombstones(app.db, app.clock.now() - 365 * DAY) },
];
