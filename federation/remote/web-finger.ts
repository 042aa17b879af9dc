import type { App } from "../../server/context.ts";
import { EgressError } from "../../server/http/egress-error.ts";
import { scanJson } from "../../server/http/raw-json.ts";
import { LIMITS } from "../../server/http/rate-limit.ts";
import { takeFetch } from "../../server/services/escapes/returning.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { isActivityJson } from "./documents.ts";
import { hostOf, isJson, listOf, webAddress, type Json } from "../reading/json.ts";

/** What WebFinger (RFC 7033) at `askedHost` says about a handle: the canonical handle and the actor it stands for. */
export type Finger = {
  readonly askedHost: string;
  readonly username: string;
  readonly host: string;
  readonly actorUri: string;
};

const MAX_BYTES = 64 * 1024;

/**
 * Looks `user@host` up; null when nobody is there. On a split domain the host redirects, or its host-meta names the
 * real address (RFC 6415, Akkoma). The subject of the answer is the canonical handle.
 */
export async function lookUpHandle(app: App, username: string, host: string): Promise<Finger | null> {
  const resource = `acct:${username}@${host}`;
  const address = (template: string) => template.replace("{uri}", encodeURIComponent(resource));
  for (const scheme of schemes(app)) {
    const plain = `${scheme}://${host}/.well-known/webfinger?resource={uri}`;
    const found = fingerOf(await getJson(app, address(plain)), username, host);
    if (found !== null) return found;
    const template = await hostMetaTemplate(app, `${scheme}://${host}/.well-known/host-meta`);
    if (template === null || template === plain) continue;
    const late = fingerOf(await getJson(app, address(template)), username, host);
    if (late !== null) return late;
  }
  return null;
}

/** How many links of an answer are looked at. */
const MAX_LINKS = 50;

/**
 * The templates that a person's own server offers for acting on things elsewhere, by rel: `template` as OStatus has it,
 * or `href` with braces (FEP-3b86). Null when nobody is there.
 */
export async function linkTemplates(
  app: App,
  handle: { readonly username: string | null; readonly host: string },
): Promise<ReadonlyMap<string, string> | null> {
  const { username, host } = handle;
  // A server says what it can do for anybody who lives there under its own address (FEP-3b86).
  const resource = encodeURIComponent(username === null ? `https://${host}/` : `acct:${username}@${host}`);
  for (const scheme of schemes(app)) {
    const plain = `${scheme}://${handle.host}/.well-known/webfinger?resource=${resource}`;
    const jrd =
      (await getJson(app, plain)) ??
      (await jrdByHostMeta(app, `${scheme}://${handle.host}/.well-known/host-meta`, resource));
    if (jrd !== null) return templatesOf(jrd);
  }
  return null;
}

async function jrdByHostMeta(app: App, hostMeta: string, resource: string): Promise<Json | null> {
  const template = await hostMetaTemplate(app, hostMeta);
  return template === null ? null : getJson(app, template.replace("{uri}", resource));
}

function templatesOf(jrd: Json): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const link of listOf(jrd["links"]).slice(0, MAX_LINKS)) {
    if (!isJson(link) || typeof link["rel"] !== "string") continue;
    const template = link["template"] ?? link["href"];
    if (typeof template !== "string" || template.length > 2_000 || !template.includes("{")) continue;
    if (!found.has(link["rel"])) found.set(link["rel"], template);
  }
  return found;
}

/** https alone, except where tests and closed networks have no certificates. */
function schemes(app: App): readonly string[] {
  return app.config.allowPrivateAddresses ? ["https", "http"] : ["https"];
}

/** The `self` link that is an ActivityPub actor, and the canonical handle in `subject`. */
function fingerOf(jrd: Json | null, username: string, host: string): Finger | null {
  if (jrd === null) return null;
  for (const link of listOf(jrd["links"])) {
    if (!isJson(link) || link["rel"] !== "self" || !isActivityJson(String(link["type"] ?? ""))) continue;
    const actorUri = webAddress(link["href"]);
    if (actorUri === null) continue;
    const subject = /^acct:@?([^@\s]+)@([^@\s/]+)$/i.exec(String(jrd["subject"] ?? ""));
    const canonical = { username: subject?.[1] ?? username, host: (subject?.[2] ?? host).toLowerCase() };
    return { askedHost: host, ...canonical, actorUri };
  }
  return null;
}

async function getJson(app: App, url: string): Promise<Json | null> {
  const body = await get(app, url, "application/jrd+json, application/json");
  const scanned = body === null ? null : scanJson(body);
  if (scanned === null || !scanned.ok) return null;
  const json: unknown = JSON.parse(scanned.text);
  return isJson(json) ? json : null;
}

async function hostMetaTemplate(app: App, url: string): Promise<string | null> {
  const body = await get(app, url, "application/xrd+xml, application/xml");
  if (body === null) return null;
  for (const [element] of new TextDecoder().decode(body).matchAll(/<Link\b[^<>]{0,2000}>/g)) {
    if (!/\brel\s*=\s*["']lrdd["']/.test(element)) continue;
    const template = /\btemplate\s*=\s*["']([^"']{1,2000})["']/.exec(element)?.[1]?.replaceAll("&amp;", "&");
    if (template?.includes("{uri}") === true) return template;
  }
  return null;
}

async function get(app: App, url: string, accept: string): Promise<Uint8Array | null> {
  const host = hostOf(url);
  if (host === null || (await isBlockedHost(app, host))) return null;
  if (!(await takeFetch(app, LIMITS.fetchHost, host)).ok) return null;
  try {
    const response = await app.http.fetch({
      url,
      headers: { accept },
      maxBytes: MAX_BYTES,
      maxRedirects: 3,
      onRedirect: async (target) => {
        if (await isBlockedHost(app, hostOf(target) ?? "")) throw new EgressError("refused");
        return {};
      },
    });
    return response.status === 200 ? response.body : null;
  } catch {
    return null;
  }
}
