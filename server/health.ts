import { timingSafeEqual } from "node:crypto";
import { getLogger } from "@logtape/logtape";
import { Hono } from "hono";
import type { App } from "./context.ts";
import type { Worker } from "./jobs/worker.ts";
import { createMetrics, type Metrics } from "./ops/metrics.ts";
import type { Database } from "./store/database.ts";
import { schemaStatus } from "./store/migrate.ts";
import { ping } from "./store/operations.ts";

/** What health needs of an instance. */
export type HealthParts = {
  readonly app: App;
  readonly database: Database;
  readonly worker: Worker;
  /** Left out, a set is made that counts requests alone. */
  readonly metrics?: Metrics;
};

/** `routes`: /livez, /readyz, /metrics. `observe` answers a request and counts it. */
export type Health = {
  readonly routes: Hono;
  observe<T extends { readonly status: number } | null>(
    request: { readonly method: string; readonly url: string },
    answer: () => Promise<T>,
  ): Promise<T>;
};

/** A check that takes longer than this counts as failed. */
const CHECK_MS = 3_000;

/** Makes the pages for machines: is the process alive, is it ready for requests, what does it count. */
export function createHealth(parts: HealthParts): Health {
  const metrics = parts.metrics ?? createMetrics();
  const checks = createChecks(parts);
  const routes = new Hono();
  routes.get("/livez", (c) => c.json({ status: "alive" }));
  routes.get("/readyz", async (c) => {
    const failed = await failedChecks(checks);
    c.header("Cache-Control", "no-store");
    return failed.length === 0 ? c.json({ status: "ready" }) : c.json({ status: "not ready", failed }, 503);
  });
  routes.get("/metrics", async (c) => {
    if (!mayReadMetrics(parts.app, c.req.raw.headers, peerOf(c.env)))
      return c.json({ error: "forbidden" }, 403);
    const { text, contentType } = await metrics.render(parts.app);
    return c.body(text, 200, { "Content-Type": contentType, "Cache-Control": "no-store" });
  });
  const observe: Health["observe"] = async (request, answer) => {
    const startedAt = performance.now();
    const response = await answer();
    if (response !== null)
      metrics.countRequest(request, response.status, (performance.now() - startedAt) / 1000);
    return response;
  };
  return { routes, observe };
}

type Checks = Readonly<Record<string, () => Promise<boolean>>>;

function createChecks({ app, database, worker }: HealthParts): Checks {
  let schemaIsCurrent = false;
  return {
    database: async () => {
      await ping(database.db);
      return true;
    },
    // Once up to date it stays so: only a restart brings a version that wants more.
    migrations: async () => {
      schemaIsCurrent ||= (await schemaStatus(database.db)).pending.length === 0;
      return schemaIsCurrent;
    },
    worker: async () => app.config.role === "web" || worker.alive(),
  };
}

/** Names of the checks that fail, throw or take too long. */
async function failedChecks(checks: Checks): Promise<readonly string[]> {
  const names = Object.keys(checks);
  const passed = await Promise.all(names.map((name) => passes(name, checks[name])));
  return names.filter((_, index) => passed[index] !== true);
}

async function passes(name: string, check: (() => Promise<boolean>) | undefined): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), CHECK_MS);
  try {
    return await Promise.race([check?.() ?? false, tooLate]);
  } catch (error) {
    getLogger(["causeway", "health"]).warning("The {name} check failed: {error}", { name, error });
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The bearer token from anywhere, or a loopback peer that speaks for itself: a proxy on this machine is a loopback peer
 * too, but it says for whom it asks.
 */
function mayReadMetrics(app: App, headers: Headers, peer: string): boolean {
  const { metricsToken } = app.config;
  const given = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (given !== undefined) return metricsToken !== null && isSame(given, metricsToken);
  const forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"].some((name) => headers.has(name));
  return !forwarded && /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/.test(peer);
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The peer of the connection, as `Instance.fetch` hands it on. */
function peerOf(env: unknown): string {
  return typeof env === "object" && env !== null && "ip" in env && typeof env.ip === "string" ? env.ip : "";
}
