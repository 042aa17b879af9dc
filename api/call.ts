// From what was asked to what is answered, whichever way a request came: as a request object (door.ts) or straight from the
// connection (lane.ts). Knows neither Hono nor Request and Response.

import { type App, isoTime } from "../server/context.ts";
import { APP_FILE_BYTES } from "../server/domain/limits.ts";
import { coversScope } from "../server/domain/scope.ts";
import { CausewayError } from "../server/errors.ts";
import { clientAddress, clientKey } from "../server/http/addresses.ts";
import { LIMITS } from "../server/http/rate-limit.ts";
import { findHolder, type TokenHolder } from "../server/services/clients/tokens.ts";
import { linkHeader } from "./answers.ts";
import { type Answer, type AnyEndpoint, type Call, type Endpoint, JSON_TYPE } from "./endpoint.ts";
import { check, refuse, refuseOAuth, type Say } from "./errors.ts";
import { bodyParams, queryParams, storable } from "./params.ts";
import type { Registry } from "./streaming/registry.ts";

const TEXT_BYTES = 1024 * 1024;

/** What every answer says, so that pages of others may read it. */
export const CORS: Readonly<Record<string, string>> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id, Idempotency-Key",
};
const JSON_HEADERS: Readonly<Record<string, string>> = {
  ...CORS,
  "Content-Type": JSON_TYPE,
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Cache-Control": "private, no-store",
};
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  ...JSON_HEADERS,
  Vary: "Authorization, Origin, Accept-Language",
};

/** A request, whichever way it came. Header names are in lower case. */
export type Asked = {
  readonly method: string;
  /** As it was asked for, not decoded: what is decoded is no address and may be no header either. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  /** What the pattern of the endpoint's address names, decoded. */
  readonly named: Readonly<Record<string, string>>;
  /** The peer of the connection. */
  readonly peer: string;
  readonly header: (name: string) => string | null;
  /** The body, `"too_large"` as soon as it has more bytes; null when there is none. */
  readonly read: ((maxBytes: number) => Promise<Uint8Array<ArrayBuffer> | "too_large">) | null;
};

/** An answer before it is one of Hono or of Node. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or what the endpoint answers with when it names another type than JSON. */
  readonly body: unknown;
};

/** What all calls need beside the request. */
export type Tools = { readonly app: App; readonly say: Say; readonly streams: Registry };

/** Lets an endpoint answer. Never throws: a fault is an answer, too. */
export async function answerCall(tools: Tools, asked: Asked, anyEndpoint: AnyEndpoint): Promise<Reply> {
  const endpoint = anyEndpoint as unknown as Endpoint;
  const { app, streams } = tools;
  const { header } = asked;
  const rate: Record<string, string> = {};
  try {
    const ip = clientKey(clientAddress(asked.peer, { get: header }, app.config.trustedProxies));
    const token = endpoint.shape === "oauth" ? null : tokenFor(endpoint, asked);
    const holder = token === null ? null : await findHolder(app, token);
    takeTurn(app, holder, ip, rate);
    if (token !== null && holder === null) throw new CausewayError("unauthenticated", "error.token");
    authorize(endpoint, holder);
    const call: Call = {
      app,
      streams,
      holder,
      viewer: holder?.viewer ?? null,
      params: check(endpoint.params, await paramsOf(asked, endpoint)),
      address: { path: asked.path, query: asked.query },
      header,
      ip,
      acceptLanguage: header("accept-language"),
    } as Call;
    return respond(app, asked, endpoint, await endpoint.run(call), rate);
  } catch (error) {
    return refused(tools.say, asked, error, { rate, shape: endpoint.shape });
  }
}

function tokenFor({ queryToken }: Endpoint, { header, query }: Asked): string | null {
  const token = tokenOf(header("authorization"));
  return token ?? (queryToken === true ? new URLSearchParams(query).get("access_token") : null);
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
  { method, query, named, header, read }: Asked,
  { takesFiles }: Endpoint,
): Promise<Readonly<Record<string, unknown>>> {
  const path = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, storable(value)]));
  if (method === "GET" || read === null) return { ...queryParams(query), ...path };
  const asked = queryParams(query);
  const bytes = await read(takesFiles === true ? APP_FILE_BYTES : TEXT_BYTES);
  if (bytes === "too_large") throw new CausewayError("invalid", "error.body_too_large");
  return { ...asked, ...(await bodyParams(bytes, header("content-type") ?? "")), ...path };
}

function respond(
  app: App,
  asked: Asked,
  { cacheSeconds }: Endpoint,
  { body, status, headers, cursors }: Answer,
  rate: Readonly<Record<string, string>>,
): Reply {
  const link = cursors === undefined ? null : linkHeader(app.config.origin, asked, cursors);
  return {
    status: status ?? 200,
    headers: {
      ...ANSWER_HEADERS,
      ...rate,
      ...(cacheSeconds === undefined ? {} : { "Cache-Control": `public, max-age=${cacheSeconds}` }),
      ...(link === null ? {} : { Link: link }),
      ...headers,
    },
    body: headers?.["Content-Type"] === undefined ? JSON.stringify(body) : body,
  };
}

/** The answer for whatever was thrown, in the language of whoever asks. */
export function refused(
  say: Say,
  { method, path, header }: Pick<Asked, "method" | "path" | "header">,
  error: unknown,
  {
    rate = {},
    shape,
  }: { readonly rate?: Readonly<Record<string, string>>; readonly shape?: "oauth" | undefined } = {},
): Reply {
  const language = header("accept-language");
  const refuseIt = shape === "oauth" ? refuseOAuth : refuse;
  const { status, body, headers } = refuseIt(error, (message) => say(message, language), { method, path });
  return { status, headers: { ...JSON_HEADERS, ...rate, ...headers }, body: JSON.stringify(body) };
}
