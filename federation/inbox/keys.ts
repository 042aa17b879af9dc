import { importPem } from "@fedify/fedify";
import { CryptographicKey } from "@fedify/vocab";
import { LRUCache } from "lru-cache";
import type { App } from "../../server/context.ts";
import { LIMITS } from "../../server/http/rate-limit.ts";
import type { Documents } from "../remote/documents.ts";
import { hostOf, iriOf, isJson, listOf, sameOrigin, textOf, webAddress, type Json } from "../reading/json.ts";
import { forgetRecord, readRecord, writeRecord } from "../kv.ts";

/** A remote key whose owner lists it in the document at the owner's own id: key and owner name each other. */
export type RemoteKey = { readonly id: string; readonly ownerUri: string; readonly key: CryptographicKey };

/**
 * `gone`: the key's address says that there is nothing (any more). `busy`: the budget of the key's host is used up.
 * `refused`: anything else.
 */
export type KeyOutcome =
  | { readonly type: "found"; readonly key: RemoteKey; readonly cached: boolean }
  | { readonly type: "gone" }
  | { readonly type: "busy"; readonly retryAfterMs: number }
  | { readonly type: "refused"; readonly reason: string };

/** The public keys of others. */
export type KeyRing = {
  /** The key of an id: from memory, from the store, or fetched within the budget of its host. */
  find(keyId: string): Promise<KeyOutcome>;
  /** The key as its owner publishes it now, for a signature that the known key does not fit (rotation). */
  refetch(keyId: string): Promise<KeyOutcome>;
};

type KeyRecord = { readonly ownerUri: string; readonly pem: string };

const KEPT_KEYS = 5_000;
const DAY = 86_400_000;
/** A departed actor's last Delete is signed with a key that is no longer published: so keys are kept for long. */
const KEEP_RECORD = 30 * DAY;

/** Makes the key ring. Fetches for one key at one time are one fetch. */
export function createKeyRing(app: App, documents: Documents): KeyRing {
  const known = new LRUCache<string, RemoteKey>({ max: KEPT_KEYS });
  const inFlight = new Map<string, Promise<KeyOutcome>>();

  const fetchOnce = (keyId: string): Promise<KeyOutcome> => {
    const running = inFlight.get(keyId) ?? fetchAndKeep(keyId).finally(() => inFlight.delete(keyId));
    inFlight.set(keyId, running);
    return running;
  };
  const fetchAndKeep = async (keyId: string): Promise<KeyOutcome> => {
    const turn = app.limiter.take(LIMITS.keyFetch, hostOf(keyId) ?? "");
    if (!turn.ok) return { type: "busy", retryAfterMs: turn.retryAfterMs };
    const outcome = await fetchKey(documents, keyId);
    if ("type" in outcome) return outcome;
    const key = await toRemoteKey(keyId, outcome);
    if (key === null) return { type: "refused", reason: "unreadable key" };
    known.set(keyId, key);
    await writeRecord(app, ["key", keyId], outcome, KEEP_RECORD);
    return { type: "found", key, cached: false };
  };

  return {
    async find(keyId) {
      const held = known.get(keyId);
      if (held !== undefined) return { type: "found", key: held, cached: true };
      const record = await readRecord(app, ["key", keyId]);
      const kept = isKeyRecord(record) ? await toRemoteKey(keyId, record) : null;
      if (kept === null) return fetchOnce(keyId);
      known.set(keyId, kept);
      return { type: "found", key: kept, cached: true };
    },
    async refetch(keyId) {
      documents.forget(keyId);
      const outcome = await fetchOnce(keyId);
      if (outcome.type === "gone") {
        known.delete(keyId);
        await forgetRecord(app, ["key", keyId]);
      }
      return outcome;
    },
  };
}

/**
 * Reads the key at `keyId` and the actor that owns it. What the key says of its owner is a claim; the actor's own
 * document, served at the actor's id on the same origin and listing the key, is the proof (CVE-2026-96625).
 */
async function fetchKey(documents: Documents, keyId: string): Promise<KeyRecord | KeyOutcome> {
  const loaded = await documents.load(keyId);
  if (!loaded.ok) return missing(loaded.status, loaded.reason);
  const keyOfDocument = keyIn(loaded.json, keyId);
  // Either an actor that embeds the key, or the key by itself, which names its owner.
  const ownerUri = webAddress(
    keyOfDocument === null ? iriOf(loaded.json["owner"]) : iriOf(loaded.json["id"]),
  );
  if (ownerUri === null || !sameOrigin(ownerUri, keyId)) return { type: "refused", reason: "no owner" };
  const owner = await documents.loadById(ownerUri);
  if (!owner.ok) return missing(owner.status, owner.reason);
  if (webAddress(owner.json["id"]) !== ownerUri) return { type: "refused", reason: "owner is somebody else" };
  const listed = keyIn(owner.json, keyId);
  if (listed === null) return { type: "refused", reason: "owner does not list the key" };
  const pem = pemOf(listed) ?? (iriOf(loaded.json["id"]) === keyId ? pemOf(loaded.json) : null);
  return pem === null ? { type: "refused", reason: "no key" } : { ownerUri, pem };
}

/** The entry of `publicKey` with this id, embedded or as a bare IRI. */
function keyIn(actor: Json, keyId: string): Json | null {
  for (const entry of listOf(actor["publicKey"])) {
    const key = isJson(entry) ? entry : { id: entry };
    if (textOf(key["id"]) === keyId) return key;
  }
  return null;
}

function pemOf(key: Json): string | null {
  return textOf(key["publicKeyPem"]);
}

function missing(status: number | null, reason: string): KeyOutcome {
  return status === 404 || status === 410 ? { type: "gone" } : { type: "refused", reason };
}

async function toRemoteKey(keyId: string, record: KeyRecord): Promise<RemoteKey | null> {
  try {
    const publicKey = await importPem(record.pem);
    const key = new CryptographicKey({ id: new URL(keyId), owner: new URL(record.ownerUri), publicKey });
    return { id: keyId, ownerUri: record.ownerUri, key };
  } catch {
    return null;
  }
}

function isKeyRecord(value: unknown): value is KeyRecord {
  return isJson(value) && typeof value["ownerUri"] === "string" && typeof value["pem"] === "string";
}
