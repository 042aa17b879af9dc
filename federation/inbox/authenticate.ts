// What comes in: requests are judged, activities authenticated and kept, and a job does what they mean.
// May import services, domain, http, store/{jobs,kv} and the other folders of federation/; imported by federation.ts.
// This file: who signed a request, and for whom an activity speaks.

import type { App } from "../../server/context.ts";
import { isOneOfHosts } from "../../server/http/hosts.ts";
import { ageFault } from "../../server/http/inbox-guard.ts";
import { isSignedBy } from "../../server/http/signature.ts";
import {
  readSignature,
  type SignatureClaim,
  type SignedRequest,
} from "../../server/http/signature-headers.ts";
import { iriOf, listOf, sameOrigin, webAddress, type Json } from "../reading/json.ts";
import type { KeyOutcome, KeyRing, RemoteKey } from "./keys.ts";

/** Who signed a request, or why nobody knows. */
export type Signer =
  { readonly type: "signed"; readonly key: RemoteKey } | Exclude<KeyOutcome, { readonly type: "found" }>;

export type Authentication =
  | { readonly ok: true; readonly actorUri: string; readonly activityUri: string; readonly isSigner: boolean }
  | {
      readonly ok: false;
      readonly reason: string;
      /** The actor is one of ours: whoever brings it passes our own words on to us. */
      readonly isOurs?: true;
    };

/**
 * Verifies the HTTP signature of a request whose URL is the canonical one. A signature that the known key does not fit
 * gets one look at the key as it is now (rotation).
 */
export async function verifySigner(
  ring: KeyRing,
  request: SignedRequest,
  claim: SignatureClaim,
): Promise<Signer> {
  const known = await ring.find(claim.keyId);
  if (known.type !== "found") return known;
  if (isSignedBy(request, claim, known.key.key)) return { type: "signed", key: known.key };
  if (!known.cached) return { type: "refused", reason: "signature does not fit" };
  const fresh = await ring.refetch(claim.keyId);
  if (fresh.type !== "found") return fresh;
  return isSignedBy(request, claim, fresh.key.key)
    ? { type: "signed", key: fresh.key }
    : { type: "refused", reason: "signature does not fit" };
}

/**
 * The one place that binds an activity, in normal form, to its actor: there is exactly one, which is not ours, and
 * actor and activity id are of one origin. `isSigner` says whether the key is that actor's own: its owner, as `keys.ts`
 * proved, on the same origin. If not, something else has to vouch for the activity (`vouchers.ts`).
 */
export function authenticate(app: App, activity: Json, key: RemoteKey): Authentication {
  const [actor, ...others] = listOf(activity["actor"]);
  const actorUri = webAddress(iriOf(actor));
  const activityUri = webAddress(activity["id"]);
  if (actorUri === null || others.length > 0) return { ok: false, reason: "not exactly one actor" };
  if (activityUri === null) return { ok: false, reason: "no activity id" };
  if (!sameOrigin(activityUri, actorUri)) return { ok: false, reason: "activity id of another origin" };
  if (sameOrigin(actorUri, app.config.origin)) return { ok: false, reason: "our own actor", isOurs: true };
  if (!sameOrigin(key.id, key.ownerUri)) return { ok: false, reason: "key of another origin" };
  return { ok: true, actorUri, activityUri, isSigner: actorUri === key.ownerUri };
}

/** The actor that signed a GET, or null: nobody did, or not well enough to be shown more than everybody. */
export async function signerOfGet(app: App, ring: KeyRing, request: Request): Promise<string | null> {
  const asked = new URL(request.url);
  const signed: SignedRequest = {
    method: request.method === "HEAD" ? "HEAD" : "GET",
    url: new URL(`${app.config.origin}${asked.pathname}${asked.search}`),
    header: (name) => request.headers.get(name),
    body: null,
  };
  const reading = readSignature(signed);
  if (!reading.ok || webAddress(reading.claim.keyId) === null) return null;
  if (!isOneOfHosts(signed.header("host") ?? signed.url.host, [signed.url.host])) return null;
  if (ageFault(reading.claim, signed.header("date"), app.clock.now()) !== null) return null;
  const signer = await verifySigner(ring, signed, reading.claim);
  if (signer.type !== "signed" || !sameOrigin(signer.key.id, signer.key.ownerUri)) return null;
  return signer.key.ownerUri;
}
