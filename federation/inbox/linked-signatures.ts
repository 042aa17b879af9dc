import { hash, verify } from "node:crypto";
import jsonld from "@fedify/vocab-runtime/jsonld";
import type { App } from "../../server/context.ts";
import { loadContext } from "../reading/contexts.ts";
import { isJson, listOf, sameOrigin, webAddress, type Json } from "../reading/json.ts";
import { timeFromIso } from "../reading/time.ts";
import type { KeyRing, RemoteKey } from "./keys.ts";
import type { ProofOutcome } from "./proofs.ts";

// Linked data signatures, `RsaSignature2017`, as Mastodon puts them on what is relayed and forwarded. They cover the
// statements of a document, not its shape, and never expire: so they are a reason to ask the origin, and no more; except for
// Moves that were sealed in advance (seals.ts).

const AS = "https://www.w3.org/ns/activitystreams";
const IDENTITY = "https://w3id.org/identity/v1";
const MINUTE = 60_000;
const DAY = 86_400_000;
const NEWEST_MS = 5 * MINUTE;
const OLDEST_MS = 7 * DAY;
/** Canonical order is found by trying: small documents alone (threats JLD-10). */
const MOST_CHARACTERS = 64 * 1024;
const MOST_BLANK_NODES = 64;

/** True when a document carries something that claims to be such a signature. */
export function hasLinkedSignature(document: Json): boolean {
  const signature = document["signature"];
  return isJson(signature) && signature["type"] === "RsaSignature2017";
}

/** True when this key, which is the actor's, made the document's signature, whenever that was. */
export async function isLinkedBy(document: Json, key: RemoteKey, actorUri: string): Promise<boolean> {
  const signature = document["signature"];
  if (!isJson(signature) || !hasLinkedSignature(document)) return false;
  if (!listOf(document["@context"]).includes(AS)) return false;
  const text = await textOf(document, signature);
  return text !== null && isFit(text, signature, key, actorUri);
}

/** Verifies the signature that `ownerUri` made over a document's statements. */
export async function verifyLinkedSignature(
  app: App,
  ring: KeyRing,
  document: Json,
  ownerUri: string,
): Promise<ProofOutcome> {
  const signature = document["signature"];
  if (!isJson(signature) || !hasLinkedSignature(document)) return invalid("no signature");
  // Words that the document does not declare are not covered, though we would read them.
  if (!listOf(document["@context"]).includes(AS)) return invalid("no ActivityStreams");
  const created = timeFromIso(String(signature["created"]));
  const now = app.clock.now();
  if (created === null || created > now + NEWEST_MS || created < now - OLDEST_MS)
    return invalid("signature too old or too new");
  const keyId = signature["creator"];
  if (typeof keyId !== "string" || webAddress(keyId) === null || !sameOrigin(keyId, ownerUri))
    return invalid("key of another origin");
  const text = await textOf(document, signature);
  if (text === null) return invalid("cannot be canonized");
  const found = await ring.find(keyId);
  if (found.type === "busy") return found;
  if (found.type !== "found") return invalid("no key");
  if (isFit(text, signature, found.key, ownerUri)) return { type: "valid" };
  if (!found.cached) return invalid("signature does not fit");
  const fresh = await ring.refetch(keyId);
  if (fresh.type === "busy") return fresh;
  const isRotated = fresh.type === "found" && isFit(text, signature, fresh.key, ownerUri);
  return isRotated ? { type: "valid" } : invalid("signature does not fit");
}

function isFit(text: string, signature: Json, { key, ownerUri }: RemoteKey, actorUri: string): boolean {
  const value = signature["signatureValue"];
  if (ownerUri !== actorUri || key.asymmetricKeyType !== "rsa" || typeof value !== "string") return false;
  return verify("sha256", Buffer.from(text), key, Buffer.from(value, "base64"));
}

/** What is signed: the hashes of the signature's own statements and of the document's. */
async function textOf(document: Json, signature: Json): Promise<string | null> {
  if (JSON.stringify(document).length > MOST_CHARACTERS) return null;
  const { type: _type, id: _id, signatureValue: _value, ...options } = signature;
  const { signature: _signature, ...signed } = document;
  if (countBlankNodes(signed) > MOST_BLANK_NODES) return null;
  const optionsHash = await statementsHash({ ...options, "@context": IDENTITY });
  const documentHash = await statementsHash(signed);
  return optionsHash === null || documentHash === null ? null : optionsHash + documentHash;
}

function countBlankNodes(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + countBlankNodes(one), 0);
  if (!isJson(value)) return 0;
  const isNamed = typeof value["id"] === "string" && !value["id"].startsWith("_:");
  return Object.entries(value)
    .filter(([key]) => key !== "@context")
    .reduce((sum, [, one]) => sum + countBlankNodes(one), isNamed ? 0 : 1);
}

async function statementsHash(json: Json): Promise<string | null> {
  try {
    // The library's types know neither our loader's tag nor this algorithm's name.
    const options = {
      algorithm: "URDNA2015",
      format: "application/n-quads",
      documentLoader: loadContext,
    } as object;
    const statements: unknown = await jsonld.canonize(json as object as never, options);
    return typeof statements === "string" ? hash("sha256", statements, "hex") : null;
  } catch {
    return null;
  }
}

function invalid(reason: string): ProofOutcome {
  return { type: "invalid", reason };
}
