// The composition root: builds App once per instance, mounts the doors into one Hono app, hands jobs their handlers.
// The only file that imports api/, web/ and federation/; imported by ops/, cli/, demo.ts, deno-compat/, test/ and bench/.

import { getLogger } from "@logtape/logtape";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { createApiDoor } from "../api/door.ts";
import { createApiLane } from "../api/lane.ts";
import type { Sockets } from "../api/streaming/sockets.ts";
import type { Say } from "../api/errors.ts";
import { createStreams, type Streams } from "../api/streaming/streams.ts";
import { typeOf } from "../api/serialize/notification.ts";
import { createFederationDoor } from "../federation/federation.ts";
import { keepFollowedKeys } from "../federation/inbox/kept-keys.ts";
import { retryAfter } from "../federation/inbox/inbox.ts";
import { createFileDoor } from "../web/files.ts";
import { pushWords } from "../web/push-words.ts";
import { createWebDoor } from "../web/routes.ts";
import { createSay } from "../web/say.ts";
import { openCapabilities, type Parts } from "./capabilities.ts";
import type { App } from "./context.ts";
import { CausewayError } from "./errors.ts";
import { createHealth } from "./health.ts";
import { clientAddress } from "./http/addresses.ts";
import { requestCountry } from "./http/country.ts";
import type { Egress } from "./http/egress.ts";
import type { Deliver } from "./http/lane.ts";
import { csrfGuard, fixedHeaders, hostGuard, securityHeaders } from "./http/security.ts";
import { createSchedule, type Schedule } from "./jobs/schedule.ts";
import { createWorker, together, type Worker } from "./jobs/worker.ts";
import { JOBS } from "./job-table.ts";
import { createOverload } from "./ops/overload.ts";
import { noteListening } from "./services/escapes/ledger.ts";
import { fromNowhere, readingFrom } from "./services/moderation/withheld-here.ts";
import { MAINTENANCE } from "./services/operations/maintenance.ts";
import { knownFault } from "./services/operations/storage-faults.ts";
import { isSetUp } from "./services/accounts/setup.ts";
import { sendPush } from "./services/push/send.ts";
import type { JobHandler } from "./store/jobs.ts";
import type { Database } from "./store/database.ts";
import { sweepJournal } from "./ops/deletion-journal.ts";
import { createMetrics } from "./ops/metrics.ts";

const DAY = 86_400_000;

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
  /** Answers a POST to an inbox, or a read of an app, straight from the connection; null when `fetch` has to. */
  readonly deliver: Deliver;
  /** Takes connections that become WebSockets, straight from the HTTP server. */
  readonly sockets: Sockets;
  /** Starts background work, as far as the role has any. */
  start(): Promise<void>;
  /** Lets running jobs end within `graceMs`. The database stays open. */
  stop(graceMs: number): Promise<void>;
};

/** Builds an instance on an open, migrated database. */
export async function createApp(parts: Parts): Promise<Instance> {
  const { config, database } = parts;
  const { app, egress, waker, carrier, close } = await openCapabilities(parts);
  const door = createFederationDoor(app);
  const metrics = createMetrics();
  const jobs = createWorker({
    app,
    database,
    handlers: metrics.countJobs({ ...JOBS, ...door.jobs, push: pushJob }),
  });
  const worker = together(jobs, door.sender(metrics.countDelivery));
  // Work that a request causes is done for nobody in its country.
  waker.wake = () => fromNowhere(() => worker.wake());
  const schedule = createSchedule(app, [
    ...MAINTENANCE,
    { name: "deletion-journal", everyMs: DAY, run: sweepJournal },
    { name: "followed-keys", everyMs: DAY, run: keepFollowedKeys },
  ]);
  const health = createHealth({ app, database, worker, metrics });
  const isReady = rememberOnce(() => isSetUp(app));
  const say = createSay(() => app.clock.now());
  const streams = createStreams(app, say);
  const overload = createOverload(say);
  const site = mountSite(app, door, { health: health.routes, isReady, say, streams });
  const deliver = createLane(app, { door, isReady, say, streams });
  return {
    app,
    database,
    worker,
    schedule,
    egress,
    fetch: async (request, info) =>
      await health.observe(request, () =>
        overload.fetch(request, async () => await site.fetch(request, info)),
      ),
    deliver: async (request, info) =>
      await health.observe({ method: request.method, url: request.url.href }, () =>
        overload.deliver(request, () => deliver(request, info)),
      ),
    sockets: streams.sockets,
    start: async () => {
      if (config.role !== "worker") {
        overload.start();
        carrier.listen();
        await noteListening(app);
      }
      if (config.role === "web") return;
      await worker.start();
      await schedule.start();
    },
    stop: async (graceMs) => {
      overload.stop();
      await streams.stop();
      await schedule.stop();
      await worker.stop(graceMs);
      await close();
    },
  };
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
  await sendPush(app, job, { words: pushWords, typeOf });
};

/** Health first (no guards, for the machine itself), then the guards that every door shares, then the doors. */
function mountSite(
  app: App,
  door: ReturnType<typeof createFederationDoor>,
  parts: {
    readonly health: Hono;
    readonly isReady: () => Promise<boolean>;
    readonly say: Say;
    readonly streams: Streams;
  },
): Hono<SiteEnv> {
  const { health, isReady, say, streams } = parts;
  const { config } = app;
  const site = new Hono<SiteEnv>();
  site.onError(answerFault);
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
  if (config.countryHeader !== null) site.use(readFromCountry(app, config.countryHeader));
  site.route("/", createFileDoor(app));
  site.route("/", createApiDoor({ app, say, streams: streams.registry }));
  site.use(csrfGuard(() => config.origin, new Set(["/share"])));
  site.route("/", createWebDoor(app));
  return site;
}

/** What no door has answered: a bare status, as for servers. */
function answerFault(thrown: Error, c: Context<SiteEnv>): Response {
  const error = knownFault(thrown);
  if (error instanceof CausewayError && error.kind === "unavailable")
    return c.body(null, 503, { "Retry-After": String(error.retryAfterSeconds ?? 30) });
  const { method, path } = c.req;
  getLogger(["causeway", "http"]).error("request failed: {method} {path}", { method, path, error });
  return c.body(null, 500);
}

/**
 * Lets people read from the country that a trusted proxy names. What other servers fetch is answered before: documents of the
 * wire are the same everywhere. Where anything came up that is withheld somewhere, no cache may share the answer (RFC 7725
 * says nothing of caches; a page of one country must not be served to another).
 */
function readFromCountry({ config }: App, name: string): MiddlewareHandler<SiteEnv> {
  return async (c, next) => {
    const country = requestCountry(config, c.env.ip, (header) => c.req.header(header) ?? null);
    const from = { country, met: false };
    await readingFrom(from, () => next());
    c.res.headers.append("Vary", name);
    if (from.met) c.res.headers.set("Cache-Control", "private, no-store");
  };
}

/**
 * Inboxes and what apps read, without request objects: the same doors behind what the guards would say. Answers without a body
 * need few of the headers of pages.
 */
function createLane(
  app: App,
  {
    door,
    isReady,
    say,
    streams,
  }: {
    readonly door: ReturnType<typeof createFederationDoor>;
    readonly isReady: () => Promise<boolean>;
    readonly say: Say;
    readonly streams: Streams;
  },
): Deliver {
  const { origin, handleHost, trustedProxies } = app.config;
  const headers = Object.fromEntries(fixedHeaders({ https: origin.startsWith("https:") }));
  const fewer = Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(?:x-content|strict-t)/i.test(name)),
  );
  // Written in another way it may still be our host: the guard knows.
  const hosts: ReadonlySet<string | null> = new Set([new URL(origin).host, handleHost]);
  const readApi = createApiLane({ app, say, streams: streams.registry });
  return async (request, { ip }) => {
    if (!(await isReady())) return null;
    if (request.method === "GET") {
      const country = requestCountry(app.config, ip, request.header);
      const from = { country, met: false };
      const read = () => readApi(request, ip);
      const readHere = app.config.countryHeader === null ? read : () => readingFrom(from, read);
      const reply = hosts.has(request.header("host")) ? await readHere() : null;
      if (reply === null) return null;
      // As `readFromCountry` has it: no cache shares what is withheld somewhere.
      const law = from.met ? { "Cache-Control": "private, no-store" } : {};
      return { ...reply, headers: { ...headers, ...reply.headers, ...law } };
    }
    const clientIp = clientAddress(ip, { get: request.header }, trustedProxies);
    const answer = await door.deliver(request, clientIp);
    return { status: answer.status, headers: { ...fewer, ...retryAfter(answer) } };
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
