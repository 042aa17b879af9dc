// What every answer carries and every request must pass, whichever door it is for.
import type { Context, MiddlewareHandler } from "hono";
import { isOneOfHosts } from "./hosts.ts";

export type SecurityOptions = {
  /** Whether people reach us over https; HSTS is sent only then. */
  readonly https: boolean;
  /** Origin of uploaded and proxied media, when it is not ours. */
  readonly mediaOrigin?: string;
};

const PERMISSIONS = `accelerometer autoplay browsing-topics camera clipboard-read display-capture encrypted-media
  fullscreen gamepad geolocation gyroscope hid identity-credentials-get idle-detection local-fonts magnetometer
  microphone midi payment picture-in-picture screen-wake-lock serial usb xr-spatial-tracking`;

const STATE_CHANGING: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);
/** What a form of another site can send without asking us first (Fetch, "CORS-safelisted request-header"). */
const FORM_TYPES: ReadonlySet<string> = new Set([
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

/**
 * The value of `Content-Security-Policy`. `formAction` widens the targets of forms by one exact origin, for the OAuth
 * approval page only (browsers apply it to the redirect after the form, too).
 */
export function contentSecurityPolicy(mediaOrigin?: string, formAction?: string): string {
  const also = (origin: string | undefined) => (origin === undefined ? "" : ` ${origin}`);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self'${also(mediaOrigin)} data:`,
    `media-src ${mediaOrigin ?? "'self'"}`,
    "connect-src 'self'",
    "font-src 'self'",
    `form-action 'self'${also(formAction)}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "require-trusted-types-for 'script'",
    "trusted-types causeway",
  ].join("; ");
}

/**
 * Sets the security headers on every answer, errors and redirects included. A header that the route has set stays
 * (media: another CSP, `cross-origin`); HTML without its own word on caches is private and never stored.
 */
export function securityHeaders(options: SecurityOptions): MiddlewareHandler {
  const fixed = fixedHeaders(options);
  const forPages = new Map([
    ["Vary", "Accept, Cookie, Signature"],
    ["Cache-Control", "private, no-store"],
  ]);
  return async (c, next) => {
    await next();
    const headers = writableHeaders(c);
    const isPage = (headers.get("content-type") ?? "").startsWith("text/html");
    for (const [name, value] of isPage ? [...fixed, ...forPages] : fixed) {
      if (!headers.has(name)) headers.set(name, value);
    }
    // What may stand in the pages of others (embedded notes) says so, and older browsers must not read it otherwise.
    if (headers.get("content-security-policy")?.includes("frame-ancestors *") === true)
      headers.delete("X-Frame-Options");
  };
}

/**
 * The headers of the answer itself, without those that name the software: Hono's `c.header` would build the whole answer
 * anew for each. One whose headers cannot be changed (Fetch standard, guard "immutable") is built anew, once.
 */
function writableHeaders(c: Context): Headers {
  try {
    withoutSoftware(c.res.headers);
  } catch {
    c.res = new Response(c.res.body, c.res);
    withoutSoftware(c.res.headers);
  }
  return c.res.headers;
}

function withoutSoftware(headers: Headers): void {
  for (const name of ["Server", "X-Powered-By"]) headers.delete(name);
}

/** The headers that are the same on every answer. */
export function fixedHeaders(options: SecurityOptions): ReadonlyMap<string, string> {
  const fixed = new Map([
    ["Content-Security-Policy", contentSecurityPolicy(options.mediaOrigin)],
    ["X-Content-Type-Options", "nosniff"],
    ["Referrer-Policy", "same-origin"],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
    [
      "Permissions-Policy",
      PERMISSIONS.split(/\s+/)
        .map((feature) => `${feature}=()`)
        .join(", "),
    ],
    ["X-Frame-Options", "DENY"],
  ]);
  if (options.https) fixed.set("Strict-Transport-Security", "max-age=31536000");
  return fixed;
}

/**
 * Answers 421 to requests for other hosts than ours (RFC 9110, 15.5.20). Entries are `host` or `host:port`; ports 80
 * and 443 count as none. `allowed` is asked each time, so that hosts can be added while we run.
 */
export function hostGuard(allowed: () => readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const hosts = allowed();
    const asked = [new URL(c.req.url).host, c.req.header("host")];
    const isOurs = asked.every((host) => host === undefined || isOneOfHosts(host, hosts));
    return isOurs ? next() : c.text("Misdirected request", 421);
  };
}

/**
 * Refuses with 403 what a page of another origin could make a browser send: state-changing requests with a form's
 * content type or with cookies need `Sec-Fetch-Site`, `Origin` or, from old browsers, `Referer` to name our origin.
 * Requests with an `Authorization` header pass: no page can send one without asking first (CORS preflight).
 * `sharedTo` are the paths that the browser itself posts to when another app shares something (Web Share Target): nobody's
 * page, and so of no origin. No page can make a browser say so (Fetch Metadata, 2.3: `none` is the person's own doing).
 */
export function csrfGuard(
  originOf: (c: Context) => string,
  sharedTo: ReadonlySet<string> = new Set(),
): MiddlewareHandler {
  return async (c, next) => {
    if (!STATE_CHANGING.has(c.req.method) || !comesFromBrowser(c)) return next();
    if (sharedTo.has(c.req.path) && isOfNoPage(c)) return next();
    return isFromOurPages(c, originOf(c)) ? next() : c.text("Forbidden", 403);
  };
}

function isOfNoPage(c: Context): boolean {
  return c.req.header("origin") === "null" && c.req.header("sec-fetch-site") === "none";
}

function comesFromBrowser(c: Context): boolean {
  if (c.req.header("authorization") !== undefined) return false;
  if (c.req.header("cookie") !== undefined) return true;
  const type = c.req.header("content-type")?.split(";", 1)[0] ?? "";
  return FORM_TYPES.has(type.trim().toLowerCase());
}

function isFromOurPages(c: Context, ours: string): boolean {
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  const isSameSite = site === "same-origin" || site === "none";
  if (site !== undefined && !isSameSite) return false;
  if (origin !== undefined) return origin === ours;
  if (isSameSite) return true;
  const referer = c.req.header("referer");
  return referer !== undefined && URL.canParse(referer) && new URL(referer).origin === ours;
}
