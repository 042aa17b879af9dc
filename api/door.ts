import { type Context, Hono } from "hono";
import { type App, isoTime } from "../server/context.ts";
import { APP_FILE_BYTES } from "../server/domain/limits.ts";
import { coversScope } from "../server/domain/scope.ts";
import { CausewayError, notFound } from "../server/errors.ts";
import { clientAddress, clientKey } from "../server/http/addresses.ts";
import { readBody } from "../server/http/body.ts";
import { LIMITS } from "../server/http/rate-limit.ts";
import { findHolder, type TokenHolder } from "../server/services/clients/tokens.ts";
import { linkHeader } from "./answers.ts";
import type { Answer, AnyEndpoint, Call, Endpoint } from "./endpoint.ts";
import { check, refuse, refuseOAuth, type Say } from "./errors.ts";
import { createDescription } from "./openapi.ts";
import { bodyParams, queryParams, storable } from "./params.ts";
import { ROUTES } from "./routes.ts";
import type { Registry } from "./streaming/registry.ts";

type Env = { Bindings: { ip: string } };

const TEXT_BYTES = 1024 * 1024;
const DESCRIPTION = "/api/openapi.json";

const CORS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Idempotency-Key",
};
const PREFLIGHT: Readonly<Record<string, string>> = {
  ...CORS,
  "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
  "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Accept",
  "Access-Control-Max-Age": "86400",
};
const DESCRIBED: Readonly<Record<string, string>> = {
  ...CORS,
  "Content-Type": "application/json; charset=utf-8",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Cache-Control": "public, max-age=3600",
};

/**
 * The client API, to be mounted before the guards of forms: it knows nobody by their cookies, so no page can borrow anybody.
 * `say` puts messages into words.
 */
export function createApiDoor(
  app: App,
  { say, streams }: { readonly say: Say; readonly streams: Registry },
): Hono<Env> {
  const door = new Hono<Env>();
  for (const [method, path, handler] of ROUTES) {
    const serve = (c: Context<Env>) => answerCall(app, { say, streams }, c, handler);
    door.on(method, path, serve);
    // toot and Mastodon.py ask for some addresses with a slash at the end.
    door.on(method, `${path}/`, serve);
  }
  const describe = createDescription(app.config.origin);
  door.get(DESCRIPTION, () => new Response(describe(), { headers: DESCRIBED }));
  const nothing = (c: Context<Env>) => Promise.resolve(refused(c, say, notFound()));
  const preflight = () => new Response(null, { status: 204, headers: PREFLIGHT });
  for (const path of jsonAddresses()) {
    door.options(path, preflight);
    door.all(path, nothing);
  }
  return door;
}

/** Addresses where nobody is ever answered with a page, whatever the method. */
function jsonAddresses(): readonly string[] {
  const others = ROUTES.map(([, path]) => path).filter((path) => !path.startsWith("/api/"));
  return ["/api/*", ...new Set(others.flatMap((path) => [path, `${path}/`]))];
}

async function answerCall(
  app: App,
  { say, streams }: { readonly say: Say; readonly streams: Registry },
  c: Context<Env>,
  anyHandler: AnyEndpoint,
): Promise<Response> {
  const handler = anyHandler as unknown as Endpoint;
  const rate: Record<string, string> = {};
  try {
    const request = c.req.raw;
    const ip = clientKey(clientAddress(c.env.ip, request.headers, app.config.trustedProxies));
    const token = handler.shape === "oauth" ? null : tokenFor(handler, request);
    const holder = token === null ? null : await findHolder(app, token);
    takeTurn(app, holder, ip, rate);
    if (token !== null && holder === null) throw new CausewayError("unauthenticated", "error.token");
    authorize(handler, holder);
    const call: Call = {
      app,
      streams,
      holder,
      viewer: holder?.viewer ?? null,
      params: check(handler.params, await paramsOf(c, handler)),
      request,
      ip,
      acceptLanguage: request.headers.get("accept-language"),
    } as Call;
    return respond(app, c, handler, await handler.run(call), rate);
  } catch (error) {
    return refused(c, say, error, rate, handler.shape);
  }
}

function tokenFor({ queryToken }: Endpoint, request: Request): string | null {
  const token = tokenOf(request.headers.get("authorization"));
  return (
    token ?? (queryToken === true ? new URLSearchParams(queryOf(request.url)).get("access_token") : null)
  );
}

/** The bearer token of a request; other schemes are the endpoint's own (apps prove themselves by `Basic`). */
function tokenOf(authorization: string | null): string | null {
  if (authorization === null || !/^Bearer\b/i.test(authorization)) return null;
  // What cannot be one of ours is looked for like any other, and is nobody's.
  return /^Bearer +([\w.~+/=-]{1,512})$/i.exec(authorization)?.[1] ?? "";
}

/** @throws unauthenticated, forbidden */
function authorize({ who, scopes }: Endpoint, holder: TokenHolder | null): void {
  if (who !== "anyone" && holder === null) throw new CausewayError("unauthenticated", "error.token");
  if (who === "user" && (holder?.viewer ?? null) === null)
    throw new CausewayError("unauthenticated", "error.token_of_app");
  if (holder === null || scopes.length === 0) return;
  if (!scopes.some((scope) => coversScope(holder.scopes, scope)))
    throw new CausewayError("forbidden", "error.scope");
}

/** Counts the request, also of those whose token is nobody's; the headers say how many are left. @throws too_many */
function takeTurn(app: App, holder: TokenHolder | null, ip: string, headers: Record<string, string>): void {
  const viewer = holder?.viewer ?? null;
  const key = viewer === null ? ip : `account ${viewer.accountId}`;
  const turn = app.limiter.take(LIMITS.api, key);
  const resetInMs = turn.ok ? turn.fullInMs : turn.retryAfterMs;
  headers["X-RateLimit-Limit"] = String(LIMITS.api.limit);
  headers["X-RateLimit-Remaining"] = turn.ok ? String(turn.left) : "0";
  headers["X-RateLimit-Reset"] = isoTime(app.clock.now() + resetInMs);
  if (!turn.ok)
    throw new CausewayError("too_many", "error.too_many", {
      retryAfterSeconds: Math.ceil(turn.retryAfterMs / 1000),
    });
}

/** Path over body over query: nobody says twice what an address says. */
async function paramsOf(
  c: Context<Env>,
  { takesFiles }: Endpoint,
): Promise<Readonly<Record<string, unknown>>> {
  const query = queryParams(queryOf(c.req.raw.url));
  const path = Object.entries(c.req.param()).map(([name, value]) => [name, storable(value)] as const);
  const request = c.req.raw;
  if (request.method === "GET" || request.body === null) return { ...query, ...Object.fromEntries(path) };
  const bytes = await readBody(request, takesFiles === true ? APP_FILE_BYTES : TEXT_BYTES);
  if (bytes === "too_large") throw new CausewayError("invalid", "error.body_too_large");
  const body = await bodyParams(bytes, request.headers.get("content-type") ?? "");
  return { ...query, ...body, ...Object.fromEntries(path) };
}

function queryOf(url: string): string {
  const at = url.indexOf("?");
  return at === -1 ? "" : url.slice(at + 1);
}

/** The path as it was asked for: Hono's own is decoded, which is no address and may be no header either. */
function rawPathOf(url: string): string {
  return /^[^:]+:\/\/[^/]*([^?#]*)/.exec(url)?.[1] ?? "/";
}

function respond(
  app: App,
  c: Context<Env>,
  { cacheSeconds }: Endpoint,
  { body, status, headers, cursors }: Answer,
  rate: Readonly<Record<string, string>>,
): Response {
  const asked = { path: rawPathOf(c.req.raw.url), query: queryOf(c.req.raw.url) };
  const link = cursors === undefined ? null : linkHeader(app.config.origin, asked, cursors);
  const written = headers?.["Content-Type"] === undefined ? JSON.stringify(body) : (body as BodyInit);
  return new Response(written, {
    status: status ?? 200,
    headers: {
      ...CORS,
      ...rate,
      "Content-Type": "application/json; charset=utf-8",
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Cache-Control": cacheSeconds === undefined ? "private, no-store" : `public, max-age=${cacheSeconds}`,
      Vary: "Authorization, Origin, Accept-Language",
      ...(link === null ? {} : { Link: link }),
      ...headers,
    },
  });
}

function refused(
  c: Context<Env>,
  say: Say,
  error: unknown,
  rate: Readonly<Record<string, string>> = {},
  shape?: "oauth",
): Response {
  const language = c.req.header("accept-language") ?? null;
  const refuseIt = shape === "oauth" ? refuseOAuth : refuse;
  const { status, body, headers } = refuseIt(error, (message) => say(message, language), {
    method: c.req.method,
    path: c.req.path,
  });
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...CORS,
      ...rate,
      "Content-Type": "application/json; charset=utf-8",
      "Cross-Origin-Resource-Policy": "cross-origin",
      "Cache-Control": "private, no-store",
      ...headers,
    },
  });
}
