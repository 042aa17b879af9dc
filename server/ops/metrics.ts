import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { App } from "../context.ts";
import { listRuleRows } from "../store/classifier-rules.ts";
import { hostCounts } from "../store/hosts.ts";
import { GiveUp, jobCounts, type JobHandler, RetryLater } from "../store/jobs.ts";
import { databaseBytes, oldestWaitingMs } from "../store/operations.ts";

/** What an instance counts of itself; each instance has its own registry, so that two can live in one process. */
export type Metrics = {
  /** Notes an answered request. `seconds` from the first byte to the response object. */
  countRequest(
    request: { readonly method: string; readonly url: string },
    status: number,
    seconds: number,
  ): void;
  /** The same handlers, counted by kind and outcome. */
  countJobs(handlers: Readonly<Record<string, JobHandler>>): Readonly<Record<string, JobHandler>>;
  /** Notes how one try of a delivery went. */
  countDelivery(outcome: string): void;
  /** The text that Prometheus reads, gauges measured now. */
  render(app: App): Promise<{ readonly text: string; readonly contentType: string }>;
};

/** Makes an empty set of counters. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Histogram({
    name: "causeway_http_request_duration_seconds",
    help: "Answered requests by kind of route and status class.",
    labelNames: ["route", "method", "status"],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const inbox = new Counter({
    name: "causeway_inbox_total",
    help: "Activities that came in, by what was answered.",
    labelNames: ["outcome"],
    registers,
  });
  const jobs = new Counter({
    name: "causeway_jobs_total",
    help: "Background work by kind and outcome; kind=deliver is delivery to other servers.",
    labelNames: ["kind", "outcome"],
    registers,
  });
  const measure = createGauges(registers);
  let collecting = false;
  return {
    countRequest: (request, status, seconds) => {
      const route = routeClass(request.method, new URL(request.url).pathname);
      requests.observe(
        { route, method: methodOf(request), status: `${Math.floor(status / 100)}xx` },
        seconds,
      );
      if (route === "inbox") inbox.inc({ outcome: inboxOutcome(status) });
    },
    countJobs: (handlers) =>
      Object.fromEntries(
        Object.entries(handlers).map(([kind, handler]) => [
          kind,
          counted(handler, (outcome) => jobs.inc({ kind, outcome })),
        ]),
      ),
    countDelivery: (outcome) => jobs.inc({ kind: "deliver", outcome }),
    render: async (app) => {
      // Watching garbage collection and the event loop costs something, so it begins when somebody asks.
      if (!collecting) collectDefaultMetrics({ register: registry });
      collecting = true;
      await measure(app);
      return { text: await registry.metrics(), contentType: registry.contentType };
    },
  };
}

/** Gauges that are read from the database; one pass over the jobs, so not more often than every five seconds. */
function createGauges(registers: Registry[]): (app: App) => Promise<void> {
  const waiting = new Gauge({
    name: "causeway_jobs",
    help: "Jobs and deliveries by state; deliveries to resting hosts are delayed.",
    labelNames: ["state"],
    registers,
  });
  const oldest = new Gauge({
    name: "causeway_jobs_oldest_seconds",
    help: "How long the oldest job or delivery that could run has been waiting.",
    registers,
  });
  const bytes = new Gauge({ name: "causeway_database_bytes", help: "Size of the database.", registers });
  const media = new Gauge({ name: "causeway_media_bytes", help: "Size of all stored files.", registers });
  const hosts = new Gauge({
    name: "causeway_delivery_hosts",
    help: "Other servers that get nothing at the moment: resting after failures, or given up as dead.",
    labelNames: ["state"],
    registers,
  });
  const hits = new Gauge({
    name: "causeway_classifier_rule_hits",
    help: "How often each rule of the classifier met something.",
    labelNames: ["rule"],
    registers,
  });
  let measuredAt = Number.NEGATIVE_INFINITY;
  return async (app) => {
    const now = app.clock.now();
    if (now - measuredAt < 5_000) return;
    measuredAt = now;
    for (const [state, count] of Object.entries(await jobCounts(app.db, now)))
      waiting.set({ state }, Number(count));
    oldest.set((await oldestWaitingMs(app.db, now)) / 1000);
    for (const [state, count] of Object.entries(await hostCounts(app.db, now))) hosts.set({ state }, count);
    hits.reset();
    for (const rule of await listRuleRows(app.db)) hits.set({ rule: String(rule.id) }, rule.hits);
    bytes.set(await databaseBytes(app.db));
    // A store that is down is told by what fails for people, not by metrics that fail with it.
    media.set(await app.files.usage().catch(() => Number.NaN));
  };
}

function counted(handler: JobHandler, count: (outcome: string) => void): JobHandler {
  return async (app, payload, context) => {
    try {
      await handler(app, payload, context);
      count("done");
    } catch (error) {
      count(error instanceof GiveUp ? "given_up" : error instanceof RetryLater ? "put_off" : "failed");
      throw error;
    }
  };
}

/** A few words for all paths, so that the number of series does not grow with the content. */
function routeClass(method: string, path: string): string {
  if (method === "POST" && (path === "/inbox" || path.endsWith("/inbox"))) return "inbox";
  if (path.startsWith("/.well-known/") || path.startsWith("/nodeinfo")) return "discovery";
  if (path.startsWith("/users/")) return "actor";
  if (/^\/(?:notes|activities|likes|follows|announces|blocks)\//.test(path)) return "object";
  if (path.startsWith("/media/") || path.startsWith("/proxy/")) return "media";
  if (path.startsWith("/static/") || path.startsWith("/assets/")) return "static";
  if (path.startsWith("/api/") || path.startsWith("/oauth/")) return "api";
  if (/^\/(?:livez|readyz|metrics)$/.test(path)) return "health";
  return "page";
}

function methodOf(request: { readonly method: string }): string {
  return ["GET", "HEAD", "POST"].includes(request.method) ? request.method : "other";
}

function inboxOutcome(status: number): string {
  const refusals: Readonly<Record<number, string>> = {
    400: "malformed",
    401: "unsigned",
    403: "forbidden",
    413: "too_large",
    429: "too_many",
  };
  if (status < 300) return "accepted";
  return refusals[status] ?? (status < 500 ? "refused" : "failed");
}
