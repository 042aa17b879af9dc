import { type Context, Hono } from "hono";
import { notFound } from "../server/errors.ts";
import { readBody } from "../server/http/body.ts";
import { answerCall, type Asked, CORS, refused, type Reply, type Tools } from "./call.ts";
import { createDescription } from "./openapi.ts";
import { ROUTES } from "./routes.ts";

type Env = { Bindings: { ip: string } };

const DESCRIPTION = "/api/openapi.json";

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
 * `say` puts messages into words. What apps read most of the time comes by another way (lane.ts) to the same endpoints.
 */
export function createApiDoor(tools: Tools): Hono<Env> {
  const door = new Hono<Env>();
  for (const [method, path, endpoint] of ROUTES) {
    const serve = async (c: Context<Env>) => toResponse(await answerCall(tools, askedBy(c), endpoint));
    door.on(method, path, serve);
    // toot and Mastodon.py ask for some addresses with a slash at the end.
    door.on(method, `${path}/`, serve);
  }
  const describe = createDescription(tools.app.config.origin);
  door.get(DESCRIPTION, () => new Response(describe(), { headers: DESCRIBED }));
  const nothing = (c: Context<Env>) => toResponse(refused(tools.say, askedBy(c), notFound()));
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

function askedBy(c: Context<Env>): Asked {
  const request = c.req.raw;
  const [, path = "/", query = ""] = /^[^:]+:\/\/[^/?#]*([^?#]*)(?:\?([^#]*))?/.exec(request.url) ?? [];
  return {
    method: request.method,
    path,
    query,
    named: c.req.param(),
    peer: c.env.ip,
    header: (name) => request.headers.get(name),
    read: request.body === null ? null : (maxBytes) => readBody(request, maxBytes),
  };
}

function toResponse({ status, headers, body }: Reply): Response {
  return new Response(body as BodyInit, { status, headers });
}
