import { hash, verify } from "node:crypto";
import type { App } from "../../server/context.ts";
import { canonicalJson } from "../../server/domain/canonical-json.ts";
import { fromBase58 } from "../../server/domain/multibase.ts";
import { isJson, listOf, sameOrigin, webAddress, type Json } from "../reading/json.ts";
import { timeFromIso } from "../reading/time.ts";
import type { KeyRing, RemoteKey } from "./keys.ts";

// Integrity proofs over whole documents, `eddsa-jcs-2022` (FEP-8b32, Data Integrity EdDSA Cryptosuites 1.0, section 3.3).

const MINUTE = 60_000;
const DAY = 86_400_000;
const NEWEST_MS = 5 * MINUTE;
/** What is forwarded is news; whoever kept an older activity may keep it. */
const OLDEST_MS = 30 * DAY;
const SIGNATURE_BYTES = 64;
const MOST_PROOFS = 4;

/** Why there is no valid proof; `busy` when the budget of the key's host is used up. */
export type ProofOutcome =
  | { readonly type: "valid" }
  | { readonly type: "invalid"; readonly reason: string }
  | { readonly type: "busy"; readonly retryAfterMs: number };

/**
 * Verifies the one proof of a document that `ownerUri` made: of the right kind, in time, over all of the document as it
 * came, by a key that the owner's own document lists under `assertionMethod`. A `signature` of another scheme in the
 * document was put there afterwards and is not covered (as Mastodon does it).
 */
export async function verifyProof(
  app: App,
  ring: KeyRing,
  document: Json,
  ownerUri: string,
): Promise<ProofOutcome> {
  const proofs = listOf(document["proof"]).filter(isJson).filter(isOurKind);
  const [proof] = proofs;
  if (proof === undefined || listOf(document["proof"]).length > MOST_PROOFS) return invalid("no proof");
  if (proofs.length > 1) return invalid("more than one proof");
  const age = timeFault(proof, app.clock.now());
  if (age !== null) return invalid(age);
  const keyId = proof["verificationMethod"];
  if (typeof keyId !== "string" || webAddress(keyId) === null || !sameOrigin(keyId, ownerUri))
    return invalid("key of another origin");
  const found = await ring.find(keyId);
  if (found.type === "busy") return found;
  if (found.type !== "found") return invalid("no key");
  if (isProvedBy(document, proof, found.key, ownerUri)) return { type: "valid" };
  if (!found.cached) return invalid("proof does not fit");
  const fresh = await ring.refetch(keyId);
  if (fresh.type === "busy") return fresh;
  const isRotated = fresh.type === "found" && isProvedBy(document, proof, fresh.key, ownerUri);
  return isRotated ? { type: "valid" } : invalid("proof does not fit");
}

/** True when a document carries something that claims to be such a proof. */
export function hasProof(document: Json): boolean {
  return listOf(document["proof"]).some((proof) => isJson(proof) && isOurKind(proof));
}

function isOurKind(proof: Json): boolean {
  return (
    proof["type"] === "DataIntegrityProof" &&
    proof["cryptosuite"] === "eddsa-jcs-2022" &&
    proof["proofPurpose"] === "assertionMethod"
  );
}

function timeFault(proof: Json, now: number): string | null {
  const created = timeFromIso(String(proof["created"]));
  if (created === null || created > now + NEWEST_MS || created < now - OLDEST_MS)
    return "proof too old or too new";
  if (proof["expires"] === undefined) return null;
  const expires = timeFromIso(String(proof["expires"]));
  return expires !== null && expires >= now ? null : "proof expired";
}

function isProvedBy(
  document: Json,
  proof: Json,
  { key, ownerUri, isForProofs }: RemoteKey,
  actorUri: string,
): boolean {
  if (ownerUri !== actorUri || !isForProofs || key.asymmetricKeyType !== "ed25519") return false;
  const value = proof["proofValue"];
  const signature = typeof value === "string" ? fromBase58(value, SIGNATURE_BYTES) : null;
  if (signature === null) return false;
  const { proofValue: _value, ...options } = proof;
  const { proof: _proof, signature: _signature, ...unsecured } = document;
  const context = document["@context"];
  if (options["@context"] !== undefined) {
    // A proof that names its contexts names those of the document (section 3.3.2, step 3).
    return (
      canonicalJson(options["@context"]) === canonicalJson(context) &&
      fits(options, unsecured, key, signature)
    );
  }
  return (
    fits({ ...options, "@context": context }, unsecured, key, signature) ||
    fits(options, unsecured, key, signature)
  );
}

function fits(options: Json, unsecured: Json, key: RemoteKey["key"], signature: Uint8Array): boolean {
  const digest = (json: Json) => hash("sha256", canonicalJson(json), "buffer");
  return verify(null, Buffer.concat([digest(options), digest(unsecured)]), key, signature);
}

function invalid(reason: string): ProofOutcome {
  return { type: "invalid", reason };
}
