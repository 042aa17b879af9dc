// The composition root: builds App once per instance, mounts the doors into one Hono app, hands jobs their handlers.
// The only file that imports api/, web/ and federation/; imported by ops/, cli/, demo.ts, deno-compat/, test/ and bench/.

import { join } from "node:path";
import { Hono } from "hono";
import { createApiDoor } from "../api/door.ts";
import { createFederationDoor } from "../federation/federation.ts";
import { retryAfter } from "../federation/inbox/inbox.ts";
import { createRemote } from "../federation/remote/remote.ts";
import { createFileDoor } from "../web/files.ts";
import { pushWords } from "../web/push-words.ts";
import { createWebDoor } from "../web/routes.ts";
import { createSay } from "../web/say.ts";
import type { Config } from "./config.ts";
import { type App, type Clock, createIds, createRecent, systemClock } from "./context.ts";
import { createUris } from "./domain/uris.ts";
import { createHealth } from "./health.ts";
import { clientAddress } from "./http/addresses.ts";
import { createEgress, type Egress } from "./http/egress.ts";
import { createRateLimiter } from "./http/rate-limit.ts";
import type { Deliver } from "./http/inbox-lane.ts";
import { csrfGuard, fixedHeaders, hostGuard, securityHeaders } from "./http/security.ts";
import { createSchedule, type Schedule } from "./jobs/schedule.ts";
import { createWorker, together, type Worker } from "./jobs/worker.ts";
import { JOBS } from "./job-table.ts";
import { createFiles } from "./media/files.ts";
import { createPasswords } from "./passwords.ts";
import { HOST_RULES_KEPT_MS, isDeniedHost } from "./services/moderation/domains.ts";
import { MAINTENANCE } from "./services/operations/maintenance.ts";
import { isSetUp } from "./services/accounts/setup.ts";
import { sendPush } from "./services/push/send.ts";
import type { JobHandler } from "./store/jobs.ts";
import type { Database } from "./store/database.ts";
import { openVault } from "./vault.ts";
import { openStore, type Store } from "./ops/file-store.ts";
import { createMetrics } from "./ops/metrics.ts";
import { readVersion } from "./ops/version.ts";

/** What an instance is built from; everything that is left out is the real thing. */
export type Parts = {
  readonly config: Config;
  readonly database: Database;
  readonly clock?: Clock;
  readonly http?: App["http"];
  readonly files?: App["files"];
  readonly cache?: App["cache"];
  readonly vault?: App["vault"];
  readonly passwords?: App["passwords"];
};

/** A whole Causeway: answers requests and does background work. */
export type Instance = {
  readonly app: App;
  readonly database: Database;
  readonly worker: Worker;
  readonly schedule: Schedule;
  /** The way out of this process; null when a test brought its own. */
  readonly egress: Egress | null;
  /** Answers a request; `ip` is the peer of the connection. */
  fetch(request: Request, info: { readonly ip: string }): Promise<Response>;
  /** Answers a POST to an inbox straight from the connection; null when it has to be answered by `fetch`. */
  readonly deliver: Deliver;
  /** Starts background work, as far as the role has any. */
  start(): Promise<void>;
  /** Lets running jobs end within `graceMs`. The database stays open. */
  stop(graceMs: number): Promise<void>;
};

/** Builds an instance on an open, migrated database. */
export async function createApp(parts: Parts): Promise<Instance> {
  const { config, database } = parts;
  const clock = parts.clock ?? systemClock;
  // Jobs may be written before the worker exists; it looks at the table when it starts.
  const waker = { wake: (): void => undefined };
  const egress = parts.http === undefined ? openEgress(config, () => app) : null;
  const store: Store = parts.files === undefined ? openStore(config, clock) : { files: parts.files };
  const base: Omit<App, "remote"> = {
    config,
    db: database.db,
    clock,
    ids: createIds(clock),
    uris: createUris(config.origin),
    http: parts.http ?? egress ?? unreachable(),
    files: store.files,
    cache: parts.cache ?? createFiles(join(config.dataDir, "proxied")),
    vault: parts.vault ?? (await openVault(config.dataDir)),
    passwords: parts.passwords ?? createPasswords(),
    limiter: createRateLimiter(() => clock.now()),
    hostRules: createRecent(clock, HOST_RULES_KEPT_MS),
    wake: () => waker.wake(),
  };
  const app: App = { ...base, remote: createRemote(base) };
  const door = createFederationDoor(app);
  const metrics = createMetrics();
  const jobs = createWorker({
    app,
    database,
    handlers: metrics.countJobs({ ...JOBS, ...door.jobs, push: pushJob }),
  });
  const worker = together(jobs, door.sender(metrics.countDelivery));
  waker.wake = () => worker.wake();
  const schedule = createSchedule(app, MAINTENANCE);
  const health = createHealth({ app, database, worker, metrics });
  const isReady = rememberOnce(() => isSetUp(app));
  const site = mountSite(app, door, health.routes, isReady);
  const deliver = createLane(app, door, isReady);
  return {
    app,
    database,
    worker,
    schedule,
    egress,
    fetch: async (request, info) =>
      await health.observe(request, () => Promise.resolve(site.fetch(request, info))),
    deliver: async (request, info) =>
      await health.observe({ method: request.method, url: request.url.href }, () => deliver(request, info)),
    start: async () => {
      if (config.role === "web") return;
      await worker.start();
      await schedule.start();
    },
    stop: async (graceMs) => {
      await schedule.stop();
      await worker.stop(graceMs);
      await egress?.close();
      await store.close?.();
    },
  };
}

function openEgress(config: Config, app: () => App): Egress {
  return createEgress({
    allowPrivateAddresses: config.allowPrivateAddresses,
    userAgent: `Causeway/${readVersion()} (+${config.origin})`,
    isBlockedHost: (host) => isDeniedHost(app(), host),
  });
}

function unreachable(): never {
  throw new Error("No way out was given.");
}

type SiteEnv = { Bindings: { ip: string } };

/** The one job whose words come from a door: what a message to a device says is text of the pages. */
const pushJob: JobHandler = async (app, payload, { createdAt }) => {
  const of = (name: string): number => {
    const value: unknown =
      typeof payload === "object" && payload !== null ? Reflect.get(payload, name) : undefined;
    return typeof value === "number" ? value : 0;
  };
  const job = { subscriptionId: of("subscriptionId"), notificationId: of("notificationId"), createdAt };
  await sendPush(app, job, pushWords);
};

/** Health first (no guards, for the machine itself), then the guards that every door shares, then the doors. */
function mountSite(
  app: App,
  door: ReturnType<typeof createFederationDoor>,
  health: Hono,
  isReady: () => Promise<boolean>,
): Hono<SiteEnv> {
  const { config } = app;
  const site = new Hono<SiteEnv>();
  site.route("/", health);
  site.use(hostGuard(() => [new URL(config.origin).host, config.handleHost]));
  site.use(securityHeaders({ https: config.origin.startsWith("https:") }));
  site.use(async (c, next) => {
    // Before set-up nobody is here to be found: the web door answers 503 to everything but the set-up page.
    if (!(await isReady()))
      return wantsPage(c.req.raw) ? await next() : c.body(null, 503, { "Retry-After": "60" });
    const response = await door.fetch(c.req.raw, {
      clientIp: clientAddress(c.env.ip, c.req.raw.headers, config.trustedProxies),
      next: async () => {
        await next();
        return c.res;
      },
    });
    if (c.res !== response) c.res = response;
    return undefined;
  });
  site.route("/", createFileDoor(app));
  site.route("/", createApiDoor(app, { say: createSay(() => app.clock.now()) }));
  site.use(csrfGuard(() => config.origin, new Set(["/share"])));
  site.route("/", createWebDoor(app));
  return site;
}

/** Inboxes without request objects: the same door; answers without a body need few of the headers of pages. */
function createLane(
  app: App,
  door: ReturnType<typeof createFederationDoor>,
  isReady: () => Promise<boolean>,
): Deliver {
  const headers = fixedHeaders({ https: app.config.origin.startsWith("https:") });
  const fixed = Object.fromEntries([...headers].filter(([name]) => /^(?:x-content|strict-t)/i.test(name)));
  return async (request, { ip }) => {
    if (!(await isReady())) return null;
    const clientIp = clientAddress(ip, { get: request.header }, app.config.trustedProxies);
    const answer = await door.deliver(request, clientIp);
    return { status: answer.status, headers: { ...fixed, ...retryAfter(answer) } };
  };
}

/** Pages are for browsers; a server or a client that asks for JSON gets a bare status. */
function wantsPage(request: Request): boolean {
  const accept = request.headers.get("accept") ?? "*/*";
  const { pathname } = new URL(request.url);
  const isForServers = /^\/(?:inbox|users|notes|activities|contexts|nodeinfo|\.well-known)(?:\/|$)/.test(
    pathname,
  );
  return !isForServers && (accept.includes("text/html") || !/json/i.test(accept));
}

/** Asks until the answer is yes, and never again. */
function rememberOnce(ask: () => Promise<boolean>): () => Promise<boolean> {
  let known = false;
  return async () => {
    known ||= await ask();
    return known;
  };
}
