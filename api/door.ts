import { type Context, Hono } from "hono";
import { type App, isoTime } from "../server/context.ts";
import { coversScope } from "../server/domain/scope.ts";
import { CausewayError, notFound } from "../server/errors.ts";
import { clientAddress, clientKey } from "../server/http/addresses.ts";
import { readBody } from "../server/http/body.ts";
import { LIMITS } from "../server/http/rate-limit.ts";
import { findHolder, type TokenHolder } from "../server/services/clients/tokens.ts";
import { linkHeader } from "./answers.ts";
import type { Answer, AnyEndpoint, Call, Endpoint } from "./endpoint.ts";
import { check, refuse, type Say } from "./errors.ts";
import { bodyParams, queryParams } from "./params.ts";
import { ROUTES } from "./routes.ts";

type Env = { Bindings: { ip: string } };

const TEXT_BYTES = 1024 * 1024;
/** A film or recording as apps send it, in one piece; longer ones are for the pages, which send pieces. */
const FILE_BYTES = 64 * 1024 * 1024;

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
/** What only this door answers; everything below is JSON, errors included. */
const OURS = /^\/(?:api\/|oauth\/(?:token|revoke|userinfo)$|\.well-known\/oauth-authorization-server$)/;

/**
 * The client API, to be mounted before the guards of forms: it knows nobody by their cookies, so no page can borrow anybody.
 * `say` puts messages into words.
 */
export function createApiDoor(app: App, { say }: { readonly say: Say }): Hono<Env> {
  const door = new Hono<Env>();
  door.use(async (c, next) => {
    if (!OURS.test(withoutSlash(c.req.path))) return await next();
    return c.req.method === "OPTIONS"
      ? new Response(null, { status: 204, headers: PREFLIGHT })
      : await next();
  });
  for (const [method, path, handler] of ROUTES) {
    const serve = (c: Context<Env>) => answerCall(app, say, c, handler);
    door.on(method, path, serve);
    // toot and Mastodon.py ask for some addresses with a slash at the end.
    door.on(method, `${path}/`, serve);
  }
  door.all("/api/*", (c) => Promise.resolve(refused(c, say, notFound())));
  return door;
}

function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

async function answerCall(app: App, say: Say, c: Context<Env>, anyHandler: AnyEndpoint): Promise<Response> {
  const handler = anyHandler as unknown as Endpoint;
  const rate: Record<string, string> = {};
  try {
    const ip = clientKey(clientAddress(c.env.ip, c.req.raw.headers, app.config.trustedProxies));
    const holder = await holderOf(app, c.req.header("authorization"));
    Object.assign(rate, takeTurn(app, holder, ip));
    authorize(handler, holder);
    const call: Call = {
      app,
      holder,
      viewer: holder?.viewer ?? null,
      params: check(handler.params, await paramsOf(c, handler)),
      request: c.req.raw,
      ip,
      acceptLanguage: c.req.header("accept-language") ?? null,
    } as Call;
    return respond(app, c, handler, await handler.run(call), rate);
  } catch (error) {
    return refused(c, say, error, rate);
  }
}

async function holderOf(app: App, authorization: string | undefined): Promise<TokenHolder | null> {
  if (authorization === undefined) return null;
  const token = /^Bearer +([\w.~+/=-]{1,512})$/i.exec(authorization)?.[1];
  const holder = token === undefined ? null : await findHolder(app, token);
  if (holder === null) throw new CausewayError("unauthenticated", "error.token");
  return holder;
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

/** Counts the request; the headers say how many are left. @throws too_many */
function takeTurn(app: App, holder: TokenHolder | null, ip: string): Readonly<Record<string, string>> {
  const viewer = holder?.viewer ?? null;
  const key = viewer === null ? ip : `account ${viewer.accountId}`;
  const turn = app.limiter.take(LIMITS.api, key);
  if (!turn.ok)
    throw new CausewayError("too_many", "error.too_many", {
      retryAfterSeconds: Math.ceil(turn.retryAfterMs / 1000),
    });
  return {
    "X-RateLimit-Limit": String(LIMITS.api.limit),
    "X-RateLimit-Remaining": String(turn.left),
    "X-RateLimit-Reset": isoTime(app.clock.now() + turn.fullInMs),
  };
}

/** Path over body over query: nobody says twice what an address says. */
async function paramsOf(
  c: Context<Env>,
  { takesFiles }: Endpoint,
): Promise<Readonly<Record<string, unknown>>> {
  const query = queryParams(new URL(c.req.url));
  const hasBody = c.req.raw.body !== null;
  const bytes = hasBody
    ? await readBody(c.req.raw, takesFiles === true ? FILE_BYTES : TEXT_BYTES)
    : new Uint8Array(0);
  if (bytes === "too_large") throw new CausewayError("invalid", "error.body_too_large");
  const body = await bodyParams(bytes, c.req.header("content-type") ?? "");
  return { ...query, ...body, ...c.req.param() };
}

function respond(
  app: App,
  c: Context<Env>,
  { cacheSeconds }: Endpoint,
  { body, status, headers, cursors }: Answer,
  rate: Readonly<Record<string, string>>,
): Response {
  const link = cursors === undefined ? null : linkHeader(app.config.origin, new URL(c.req.url), cursors);
  return new Response(JSON.stringify(body), {
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
): Response {
  const language = c.req.header("accept-language") ?? null;
  const { status, body, headers } = refuse(error, (message) => say(message, language), {
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
