// Lifeboats, as files and signatures: did:key, recovery phrases, proofs, archives, sealing. Nothing here needs an instance, a
// database or a network, so that a lifeboat can be checked where there is none. May import domain and errors;
// imported by services, federation and roots.

import { createPublicKey, type KeyObject } from "node:crypto";
import { fromBase58, toBase58 } from "../domain/multibase.ts";

/** Multicodec of an Ed25519 public key. */
const ED25519 = [0xed, 0x01] as const;
const PREFIX = "did:key:";

/** The did:key of an Ed25519 public or private key (did:key method, section 3.1). */
export function toDidKey(key: KeyObject): string {
  const { x } = key.export({ format: "jwk" });
  if (key.asymmetricKeyType !== "ed25519" || typeof x !== "string") throw new TypeError("not an Ed25519 key");
  return `${PREFIX}${toBase58(Uint8Array.from([...ED25519, ...Buffer.from(x, "base64url")]))}`;
}

/** The Ed25519 public key that a did:key is; null for any other text. */
export function fromDidKey(did: string): KeyObject | null {
  if (!did.startsWith(PREFIX)) return null;
  const bytes = fromBase58(did.slice(PREFIX.length), 34);
  if (bytes === null || bytes[0] !== ED25519[0] || bytes[1] !== ED25519[1]) return null;
  try {
    const x = Buffer.from(bytes.subarray(2)).toString("base64url");
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return null;
  }
}

/** The id of the one key of a did:key, as proofs name it. */
export function didKeyMethod(did: string): string {
  return `${did}#${did.slice(PREFIX.length)}`;
}
