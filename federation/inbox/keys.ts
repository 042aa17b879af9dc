import type { KeyObject } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { App } from "../../server/context.ts";
import type { Documents } from "../remote/documents.ts";
import { hostOf, iriOf, isJson, listOf, sameOrigin, textOf, webAddress, type Json } from "../reading/json.ts";
import { requestRefresh } from "../../server/services/actors/actors.ts";
import { LIMITS } from "../../server/http/rate-limit.ts";
import { takeFetch } from "../../server/services/escapes/returning.ts";
import { isFollowedHere, isKeyBelieved } from "../../server/services/identities/pins.ts";
import { keyPrint } from "../reading/from-identity.ts";
import { forgetRecord, readRecord, writeRecord } from "../kv.ts";
import { fromMultibase, fromPem } from "./public-keys.ts";

/** A remote key whose owner lists it in the document at the owner's own id: key and owner name each other. */
export type RemoteKey = {
  readonly id: string;
  readonly ownerUri: string;
  readonly key: KeyObject;
  /** True when the owner lists it as an `assertionMethod`: such keys may sign proofs (FEP-8b32). */
  readonly isForProofs: boolean;
};

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
  /** The key of an id if it is in memory: what most deliveries need. */
  known(keyId: string): RemoteKey | null;
  /** The key of an id if it is known here; nobody is asked. */
  kept(keyId: string): Promise<RemoteKey | null>;
};

type KeyRecord = { readonly ownerUri: string; readonly pem: string; readonly isForProofs: boolean };

const KEPT_KEYS = 20_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
/**
 * A departed actor's last Delete is signed with a key that is no longer published: so keys are kept for long, ms. Those of actors
 * that somebody here follows are kept for good (kept-keys.ts).
 */
export const KEEP_RECORD = 30 * DAY;

/** Makes the key ring. Fetches for one key at one time are one fetch. */
export function createKeyRing(app: App, documents: Documents): KeyRing {
  const known = new LRUCache<string, RemoteKey>({ max: KEPT_KEYS });
  const inFlight = new Map<string, Promise<KeyOutcome>>();
  /** When a known key was last looked at anew: bad signatures must not make us ask its owner again and again. */
  const lookedAt = new LRUCache<string, number>({ max: KEPT_KEYS });

  const fetchOnce = (keyId: string): Promise<KeyOutcome> => {
    const running = inFlight.get(keyId) ?? fetchAndKeep(keyId).finally(() => inFlight.delete(keyId));
    inFlight.set(keyId, running);
    return running;
  };
  const fetchAndKeep = async (keyId: string): Promise<KeyOutcome> => {
    const turn = await takeFetch(app, LIMITS.keyFetch, hostOf(keyId) ?? "");
    if (!turn.ok) return { type: "busy", retryAfterMs: turn.retryAfterMs };
    const outcome = await fetchKey(documents, keyId);
    if ("type" in outcome) return outcome;
    const key = toRemoteKey(keyId, outcome);
    if (key === null) return { type: "refused", reason: "unreadable key" };
    if (!(await mayTake(app, key))) return { type: "refused", reason: "key that nobody vouches for" };
    known.set(keyId, key);
    await writeRecord(app, ["key", keyId], outcome, KEEP_RECORD);
    return { type: "found", key, cached: false };
  };

  const keptKey = async (keyId: string): Promise<RemoteKey | null> => {
    const held = known.get(keyId);
    if (held !== undefined) return held;
    const record = await readRecord(app, ["key", keyId]);
    const key = isKeyRecord(record) ? toRemoteKey(keyId, record) : null;
    if (key !== null) known.set(keyId, key);
    return key;
  };

  return {
    known: (keyId) => known.get(keyId) ?? null,
    kept: keptKey,
    async find(keyId) {
      const key = await keptKey(keyId);
      return key === null ? fetchOnce(keyId) : { type: "found", key, cached: true };
    },
    async refetch(keyId) {
      const running = inFlight.get(keyId);
      if (running !== undefined) return running;
      const wait = (lookedAt.get(keyId) ?? 0) + MINUTE - app.clock.now();
      if (wait > 0 && lookedAt.has(keyId)) return { type: "busy", retryAfterMs: wait };
      documents.forget(keyId);
      const outcome = await fetchOnce(keyId);
      if (outcome.type !== "busy") lookedAt.set(keyId, app.clock.now());
      const before = outcome.type === "gone" ? await keptKey(keyId) : null;
      // Whoever has somebody's address now must not be able to take their key away, which may have sealed their Move.
      if (outcome.type === "gone" && (before === null || !(await isFollowedHere(app, before.ownerUri)))) {
        known.delete(keyId);
        await forgetRecord(app, ["key", keyId]);
      }
      return outcome;
    },
  };
}

/**
 * False for a key that took the place of those which somebody with a did:key was seen with: it is for their followers to say
 * whether they believe it. The profile is looked at, so that they are asked.
 */
async function mayTake(app: App, { ownerUri, key }: RemoteKey): Promise<boolean> {
  if (await isKeyBelieved(app, ownerUri, keyPrint(key))) return true;
  await requestRefresh(app, ownerUri);
  return false;
}

/**
 * Reads the key at `keyId` and the actor that owns it. What the key says of its owner is a claim; the actor's own
 * document, served at the actor's id on the same origin and listing the key, is the proof (CVE-2026-96625).
 */
async function fetchKey(documents: Documents, keyId: string): Promise<KeyRecord | KeyOutcome> {
  const loaded = await documents.load(keyId);
  if (!loaded.ok) return missing(loaded.status, loaded.reason);
  // Either an actor that embeds the key (Hubzilla: under the actor's own id; BookWyrm: its address with a slash;
  // GoToSocial: a stub of the actor at the key's own address), or the key by itself, which names its owner (activitypub-bot).
  const isActor = listed(loaded.json, "publicKey", keyId) ?? listed(loaded.json, "assertionMethod", keyId);
  const ownerUri = webAddress(iriOf(isActor === null ? ownerOf(loaded.json) : loaded.json["id"]));
  if (ownerUri === null || !sameOrigin(ownerUri, keyId)) return { type: "refused", reason: "no owner" };
  const owner = await documents.loadById(ownerUri);
  if (!owner.ok) return missing(owner.status, owner.reason);
  if (webAddress(owner.json["id"]) !== ownerUri) return { type: "refused", reason: "owner is somebody else" };
  const asPublic = listed(owner.json, "publicKey", keyId);
  const asMethod = listed(owner.json, "assertionMethod", keyId);
  if (asPublic === null && asMethod === null)
    return { type: "refused", reason: "owner does not list the key" };
  const alone = iriOf(loaded.json["id"]) === keyId ? loaded.json : null;
  const entries = [asMethod, asPublic, alone].filter((entry) => entry !== null);
  const key = entries.map((entry) => keyOf(entry, ownerUri)).find((one) => one !== null) ?? null;
  if (key === null) return { type: "refused", reason: "no key" };
  const pem = key.export({ type: "spki", format: "pem" }).toString();
  return { ownerUri, pem, isForProofs: asMethod !== null };
}

/** The entry of a list of keys with this id, embedded or as a bare IRI. */
function listed(actor: Json, list: "publicKey" | "assertionMethod", keyId: string): Json | null {
  for (const entry of listOf(actor[list])) {
    const key = isJson(entry) ? entry : { id: entry };
    if (textOf(key["id"]) === keyId) return key;
  }
  return null;
}

/** `owner` of a CryptographicKey, `controller` of a Multikey (FEP-521a). */
function ownerOf(key: Json): unknown {
  return key["owner"] ?? key["controller"];
}

/** The key in an entry, unless the entry says that it is somebody else's. */
function keyOf(entry: Json, ownerUri: string): KeyObject | null {
  const claimed = ownerOf(entry);
  if (claimed !== undefined && webAddress(iriOf(claimed)) !== ownerUri) return null;
  const pem = textOf(entry["publicKeyPem"]);
  const multibase = textOf(entry["publicKeyMultibase"]);
  return (multibase === null ? null : fromMultibase(multibase)) ?? (pem === null ? null : fromPem(pem));
}

function missing(status: number | null, reason: string): KeyOutcome {
  // Not their fault: they are to come again.
  if (reason === "budget") return { type: "busy", retryAfterMs: MINUTE };
  return status === 404 || status === 410 ? { type: "gone" } : { type: "refused", reason };
}

function toRemoteKey(keyId: string, record: KeyRecord): RemoteKey | null {
  const key = fromPem(record.pem);
  return key === null ? null : { id: keyId, ownerUri: record.ownerUri, key, isForProofs: record.isForProofs };
}

function isKeyRecord(value: unknown): value is KeyRecord {
  return (
    isJson(value) &&
    typeof value["ownerUri"] === "string" &&
    typeof value["pem"] === "string" &&
    typeof value["isForProofs"] === "boolean"
  );
}
