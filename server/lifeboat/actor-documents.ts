import type { KeyObject } from "node:crypto";
import { fromDidKey } from "./did-key.ts";
import { didOfStatement } from "./identity.ts";
import { isProvedBy, type Signed } from "./proofs.ts";

/** A key that an actor's document names for proofs (FEP-521a). */
export type ActorKey = { readonly method: string; readonly key: KeyObject };

/** An actor as its document says: nothing of it is proved by that alone. */
export type ActorDocument = {
  readonly document: Signed;
  readonly id: string;
  readonly key: ActorKey;
  /** The did:key of a statement in it that holds (FEP-c390). */
  readonly did: string | null;
};

/** Reads the document of an actor; null when it is none, or names no Ed25519 key. */
export function readActorDocument(bytes: Uint8Array): ActorDocument | null {
  const document = objectOf(bytes);
  const id = document?.["id"];
  if (document === null || typeof id !== "string" || !URL.canParse(id)) return null;
  const [key] = listIn(document, "assertionMethod").flatMap((method) => keyOf(method, id) ?? []);
  if (key === undefined) return null;
  const statements = listIn(document, "attachment");
  const found = statements.find((item) => isSafely(() => didOfStatement(item, id) !== null));
  return { document, id, key, did: found === undefined ? null : didOfStatement(found, id) };
}

/** True when an actor's document is proved by the key that it names itself: nobody changed it since. */
export function isSelfProved({ document, key }: ActorDocument): boolean {
  return isSafely(() => isProvedBy(document, key.method, key.key));
}

/** The JSON object in some bytes; null when there is none. */
export function objectOf(bytes: Uint8Array | string): Signed | null {
  try {
    const json: unknown = JSON.parse(typeof bytes === "string" ? bytes : Buffer.from(bytes).toString("utf8"));
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Signed {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** False also for JSON that is nested so deep that nobody can canonicalise it. */
export function isSafely(test: () => boolean): boolean {
  try {
    return test();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function keyOf(method: unknown, actorId: string): ActorKey | null {
  if (!isObject(method) || method["controller"] !== actorId) return null;
  const { id, publicKeyMultibase: text } = method;
  if (typeof id !== "string" || !id.startsWith(`${actorId}#`) || typeof text !== "string") return null;
  const key = fromDidKey(`did:key:${text}`);
  return key === null ? null : { method: id, key };
}

function listIn(document: Signed, name: string): readonly unknown[] {
  const value = document[name];
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).slice(0, 200);
}
