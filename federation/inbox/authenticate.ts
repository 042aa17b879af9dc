import { verifyRequest } from "@fedify/fedify";
import type { Activity } from "@fedify/vocab";
import type { App } from "../../server/context.ts";
import { isOneOfHosts } from "../../server/http/hosts.ts";
import { CLOSED } from "../reading/contexts.ts";
import { sameOrigin, webAddress } from "../reading/json.ts";
import type { KeyOutcome, KeyRing, RemoteKey } from "./keys.ts";
import { toInstant } from "../reading/time.ts";

/** Who signed a request, or why nobody knows. */
export type Signer =
  { readonly type: "signed"; readonly key: RemoteKey } | Exclude<KeyOutcome, { readonly type: "found" }>;

export type Authentication =
  | { readonly ok: true; readonly actorUri: string; readonly activityUri: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Verifies the HTTP signature of a request whose URL is the canonical one. The key comes from our own ring, never from
 * what Fedify would fetch; a signature that the known key does not fit gets one look at the key as it is now.
 */
export async function verifySigner(
  app: App,
  ring: KeyRing,
  request: Request,
  keyId: string,
): Promise<Signer> {
  const known = await ring.find(keyId);
  if (known.type !== "found") return known;
  if (await fits(app, request, known.key)) return { type: "signed", key: known.key };
  if (!known.cached) return { type: "refused", reason: "signature does not fit" };
  const fresh = await ring.refetch(keyId);
  if (fresh.type !== "found") return fresh;
  const isRotated = await fits(app, request, fresh.key);
  return isRotated
    ? { type: "signed", key: fresh.key }
    : { type: "refused", reason: "signature does not fit" };
}

/**
 * The one place that binds an activity to its sender: the signer's key is listed by the actor that the signer owns up
 * to (`keys.ts`), that actor is the activity's only one, and key, actor and activity id are of one origin (docs/threats.md, defaults).
 */
export function authenticate(app: App, activity: Activity, key: RemoteKey): Authentication {
  const [actorId, ...others] = activity.actorIds;
  const actorUri = webAddress(actorId?.href);
  const activityUri = webAddress(activity.id?.href);
  if (actorUri === null || others.length > 0) return { ok: false, reason: "not exactly one actor" };
  if (activityUri === null) return { ok: false, reason: "no activity id" };
  if (actorUri !== key.ownerUri) return { ok: false, reason: "signed by somebody else" };
  if (!sameOrigin(key.id, actorUri)) return { ok: false, reason: "key of another origin" };
  if (!sameOrigin(activityUri, actorUri)) return { ok: false, reason: "activity id of another origin" };
  if (sameOrigin(actorUri, app.config.origin)) return { ok: false, reason: "our own actor" };
  return { ok: true, actorUri, activityUri };
}

/** The actor that signed a GET, or null: nobody did, or not well enough to be shown more than everybody. */
export async function signerOfGet(app: App, ring: KeyRing, request: Request): Promise<string | null> {
  const keyId = keyIdOfGet(request.headers);
  if (keyId === null) return null;
  const host = new URL(app.config.origin).host;
  if (!isOneOfHosts(request.headers.get("host") ?? host, [host])) return null;
  const url = new URL(request.url);
  const canonical = new Request(`${app.config.origin}${url.pathname}${url.search}`, {
    headers: request.headers,
  });
  const signer = await verifySigner(app, ring, canonical, keyId);
  if (signer.type !== "signed" || !sameOrigin(signer.key.id, signer.key.ownerUri)) return null;
  return signer.key.ownerUri;
}

/** The key of a GET whose signature covers at least method, target, host and date; null for less. */
function keyIdOfGet(headers: Headers): string | null {
  const signature = headers.get("signature");
  if (signature === null) return null;
  const input = headers.get("signature-input");
  const source = input ?? signature;
  const keyIds = [...source.matchAll(/\bkeyid\s*=\s*"([^"\\]{1,2048})"/gi)];
  const keyId = webAddress(keyIds[0]?.[1]);
  if (keyId === null || keyIds.length !== 1) return null;
  const covered =
    input === null ? (/\bheaders="([^"]*)"/.exec(signature)?.[1] ?? "").split(" ") : componentsOf(input);
  const needed = input === null ? ["(request-target)", "host", "date"] : ["@method", "@target-uri"];
  return needed.every((name) => covered.includes(name)) ? keyId : null;
}

function componentsOf(input: string): readonly string[] {
  return [...(/\(([^()]*)\)/.exec(input)?.[1] ?? "").matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
}

async function fits(app: App, request: Request, key: RemoteKey): Promise<boolean> {
  const keyUrl = new URL(key.id).href;
  try {
    const verified = await verifyRequest(request.clone(), {
      ...CLOSED,
      // `null` makes Fedify refuse; its second try after a misfit finds that nothing can be loaded.
      keyCache: {
        get: (id) => Promise.resolve(id.href === keyUrl ? key.key : null),
        set: () => Promise.resolve(),
      },
      currentTime: toInstant(app.clock.now()),
      timeWindow: { hours: 1 },
    });
    return verified !== null;
  } catch {
    // Malformed base64 or dates of a stranger.
    return false;
  }
}
