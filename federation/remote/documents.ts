import { FetchError, type DocumentLoader } from "@fedify/fedify";
import { LRUCache } from "lru-cache";
import type { App, HttpResponse } from "../../server/context.ts";
import { EgressError } from "../../server/http/egress-error.ts";
import { refusesContextAliases, scanJson } from "../../server/http/raw-json.ts";
import { findFollowersUri } from "../../server/services/actors/actors.ts";
import { LIMITS } from "../../server/http/rate-limit.ts";
import { takeFetch } from "../../server/services/escapes/returning.ts";
import { hostState, recordDelivery } from "../../server/services/federation/deliveries.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { loadContext } from "../reading/contexts.ts";
import { hostOf, isJson, sameOrigin, webAddress, withoutFragment, type Json } from "../reading/json.ts";
import { isSpec, otherSpec, signedHeaders, type KeyStore } from "../delivery/signing.ts";
import type { Spec } from "../delivery/message.ts";

/** Why there is no document: the status it was answered with, or null for anything else. */
export type LoadFault = { readonly ok: false; readonly status: number | null; readonly reason: string };
export type Loaded = { readonly ok: true; readonly url: string; readonly json: Json } | LoadFault;

/** Everything that is read from other servers comes through here. Nothing throws. */
export type Documents = {
  /** The document at an address, by a GET that the instance actor signed. */
  load(url: string): Promise<Loaded>;
  /** The document that an id names: served at that very id, or one hop away at the id that it claims (FEP-fe34). */
  loadById(id: string): Promise<Loaded>;
  /** The followers collection of an actor that was read a short while ago; undefined when it has to be read. */
  knownFollowers(actorUri: string): Promise<string | null | undefined>;
  /** Forgets a failure, when there is reason to believe that things changed. */
  forget(url: string): void;
  /** `load` as Fedify calls it; throws Fedify's FetchError with the status. */
  readonly documentLoader: DocumentLoader;
  readonly contextLoader: DocumentLoader;
};

const ACCEPT =
  'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"';
const MAX_BYTES = 1024 * 1024;
/** Collections and long notes have more keys than an activity; depth costs, so it stays. */
const SCAN = { maxDepth: 32, maxTokens: 20_000 };
const MINUTE = 60_000;
const KNOWN_FAILURES = 5_000;

/** Makes the reader of remote documents; `keys` sign its requests. */
export function createDocuments(app: App, keys: KeyStore): Documents {
  const failures = new LRUCache<string, { readonly fault: LoadFault; readonly until: number }>({
    max: KNOWN_FAILURES,
  });
  const inFlight = new Map<string, Promise<Loaded>>();

  const load = async (address: string): Promise<Loaded> => {
    const url = webAddress(withoutFragment(address));
    if (url === null) return fault(null, "not a web address");
    const failure = failures.get(url);
    if (failure !== undefined && failure.until > app.clock.now()) return failure.fault;
    const running = inFlight.get(url) ?? fetchDocument(app, keys, url).finally(() => inFlight.delete(url));
    inFlight.set(url, running);
    const loaded = await running;
    if (!loaded.ok && loaded.reason !== "budget")
      failures.set(url, { fault: loaded, until: app.clock.now() + keepFailure(loaded.status) });
    return loaded;
  };

  const loadById = async (id: string): Promise<Loaded> => {
    const loaded = await load(id);
    if (!loaded.ok) return loaded;
    const claimed = idOf(loaded.json);
    if (claimed === null) return fault(null, "document without id");
    if (claimed === webAddress(withoutFragment(id)) && sameOrigin(loaded.url, claimed)) return loaded;
    const again = await load(claimed);
    if (!again.ok) return again;
    // An id that answers with yet another id, or from another origin, is a circle or a lie (threats SIG-04, SIG-05).
    const isAtHome = idOf(again.json) === claimed && sameOrigin(again.url, claimed);
    return isAtHome ? again : fault(null, "id served elsewhere");
  };

  const documentLoader: DocumentLoader = async (url) => {
    const loaded = await load(url);
    if (loaded.ok) return { contextUrl: null, documentUrl: loaded.url, document: loaded.json };
    const response =
      loaded.status === null ? undefined : new Response(null, { status: fetchable(loaded.status) });
    throw new FetchError(new URL(url), loaded.reason, response);
  };
  const forget = (url: string): void => void failures.delete(webAddress(withoutFragment(url)) ?? url);
  const knownFollowers = (actorUri: string) => findFollowersUri(app, actorUri);
  return { load, loadById, knownFollowers, forget, documentLoader, contextLoader: loadContext };
}

async function fetchDocument(app: App, keys: KeyStore, url: string): Promise<Loaded> {
  const host = hostOf(url) ?? "";
  if (host === new URL(app.config.origin).host) return fault(null, "our own");
  if (await isBlockedHost(app, host)) return fault(null, "blocked");
  if (!(await takeFetch(app, LIMITS.fetchHost, host)).ok) return fault(null, "budget");
  try {
    const response = await fetchSigned(app, keys, url, host);
    return await read(app, response);
  } catch (error) {
    // Our own queue being full says nothing about the other side.
    return fault(null, error instanceof EgressError && error.kind === "busy" ? "budget" : "no answer");
  }
}

/** Knocks once with the signature the host is known to read, and once more with the other one on 401 (double-knock). */
async function fetchSigned(app: App, keys: KeyStore, url: string, host: string): Promise<HttpResponse> {
  const known = (await hostState(app, host)).signatureSpec;
  const first: Spec = isSpec(known) ? known : "draft-cavage-http-signatures-12";
  const response = await get(app, keys, url, first);
  if (response.status !== 401 && response.status !== 403) return response;
  const second = await get(app, keys, url, otherSpec(first));
  if (second.status >= 200 && second.status < 300) await recordDelivery(app, host, "ok", otherSpec(first));
  return second;
}

async function get(app: App, keys: KeyStore, url: string, spec: Spec): Promise<HttpResponse> {
  const key = await keys.signingKey(await getInstanceActorId(app));
  const headersFor = (target: string) =>
    signedHeaders(key, {
      method: "GET",
      url: target,
      headers: { accept: ACCEPT },
      spec,
      now: app.clock.now(),
    });
  return app.http.fetch({
    url,
    headers: await headersFor(url),
    maxBytes: MAX_BYTES,
    maxRedirects: 3,
    // Not one request goes to a host that is not talked to, also by way of another one (threats MOD-02, MOD-08).
    onRedirect: async (target) => {
      if (await isBlockedHost(app, hostOf(target) ?? "")) throw new EgressError("refused");
      return await headersFor(target);
    },
  });
}

async function read(app: App, response: HttpResponse): Promise<Loaded> {
  if (response.status !== 200) return fault(response.status, `status ${response.status}`);
  const url = webAddress(response.url);
  if (url === null) return fault(null, "not a web address");
  if (await isBlockedHost(app, hostOf(url) ?? "")) return fault(null, "blocked");
  if (!isActivityJson(response.headers.get("content-type"))) return fault(null, "content type");
  const scanned = scanJson(response.body, SCAN);
  if (!scanned.ok) return fault(null, scanned.reason);
  const json: unknown = JSON.parse(scanned.text);
  if (!isJson(json)) return fault(null, "not an object");
  const alias = refusesContextAliases(json);
  return alias === null ? { ok: true, url: withoutFragment(url), json } : fault(null, alias);
}

/**
 * True for the two media types of ActivityPub (section 3.2). A file that somebody uploaded to a victim's server comes
 * as anything else, and must never be taken for the victim's own words (threats ORI-07).
 */
export function isActivityJson(contentType: string | null): boolean {
  const [type, ...parameters] = (contentType ?? "").toLowerCase().split(";");
  if (type?.trim() === "application/activity+json") return true;
  if (type?.trim() !== "application/ld+json") return false;
  return parameters.some((one) =>
    /^\s*profile\s*=\s*"?[^"]*https?:\/\/www\.w3\.org\/ns\/activitystreams(?:[\s"]|$)/.test(one),
  );
}

function idOf(json: Json): string | null {
  return webAddress(json["id"]);
}

function fault(status: number | null, reason: string): LoadFault {
  return { ok: false, status, reason };
}

/** What is gone stays gone; what failed may work again soon. */
function keepFailure(status: number | null): number {
  if (status === 410) return 24 * 60 * MINUTE;
  return status === 404 ? 10 * MINUTE : 2 * MINUTE;
}

/** `Response` refuses statuses outside 200..599. */
function fetchable(status: number): number {
  return status >= 200 && status <= 599 && status !== 204 && status !== 304 ? status : 502;
}
