import type { App } from "../../server/context.ts";
import { isBlockedHost } from "../../server/services/moderation/domains.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { proofMethod, type PartnerKey } from "../../server/services/standbys/agreements.ts";
import { signedHeaders, type KeyStore } from "../delivery/signing.ts";
import { fromMultibase } from "../inbox/public-keys.ts";
import { hostOf, isJson, listOf, textOf, webAddress } from "../reading/json.ts";
import type { Documents } from "../remote/documents.ts";

/** What a partner answered; `json` is null when it was none. */
export type PartnerAnswer = { readonly status: number; readonly json: unknown };

const TIMEOUT_MS = 60_000;
const MAX_ANSWER = 8 * 1024 * 1024;

/** Sends a body to a partner, signed by the instance actor. Null: no answer. */
export async function postToPartner(
  app: App,
  keys: KeyStore,
  request: { readonly url: string; readonly type: string; readonly body: string },
): Promise<PartnerAnswer | null> {
  const { url, type } = request;
  if (await isBlockedHost(app, hostOf(url) ?? "")) return null;
  const body = new TextEncoder().encode(request.body);
  const key = await keys.signingKey(await getInstanceActorId(app));
  const headers = await signedHeaders(key, {
    method: "POST",
    url,
    headers: { "content-type": type, accept: "application/json" },
    body,
    spec: "draft-cavage-http-signatures-12",
    now: app.clock.now(),
  });
  try {
    const answer = await app.http.fetch({
      url,
      method: "POST",
      headers,
      body,
      maxBytes: MAX_ANSWER,
      timeoutMs: TIMEOUT_MS,
      maxRedirects: 0,
    });
    return { status: answer.status, json: jsonOf(answer.body) };
  } catch {
    return null;
  }
}

/** Headers of a GET that the instance actor signed: what is not for everybody is handed to the partner alone. */
export async function signedGet(app: App, keys: KeyStore, url: string): Promise<Record<string, string>> {
  return await signedHeaders(await keys.signingKey(await getInstanceActorId(app)), {
    method: "GET",
    url,
    headers: { accept: "application/octet-stream" },
    spec: "draft-cavage-http-signatures-12",
    now: app.clock.now(),
  });
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown;
  } catch {
    return null;
  }
}

/** The Ed25519 key that an instance actor publishes for proofs, read at its own address now. Null: it cannot be had. */
export async function loadPartnerKey(documents: Documents, actorUri: string): Promise<PartnerKey | null> {
  documents.forget(actorUri);
  const loaded = await documents.loadById(actorUri);
  if (!loaded.ok || webAddress(loaded.json["id"]) !== actorUri) return null;
  for (const method of listOf(loaded.json["assertionMethod"])) {
    if (!isJson(method) || textOf(method["id"]) !== proofMethod(actorUri)) continue;
    const key = fromMultibase(textOf(method["publicKeyMultibase"]) ?? "");
    if (key !== null) return { actorUri, publicPem: key.export({ type: "spki", format: "pem" }).toString() };
  }
  return null;
}
