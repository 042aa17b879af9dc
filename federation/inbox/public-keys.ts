import { createPublicKey, type KeyObject } from "node:crypto";
import { fromBase58 } from "../../server/domain/multibase.ts";

// Public keys as other servers publish them.

const PEM = /^\s*-----BEGIN (?:RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (?:RSA )?PUBLIC KEY-----\s*$/;
const MAX_PEM = 4_096;
/** Larger keys cost us more than their owner; smaller ones prove nothing. */
const RSA_BITS = { least: 1_024, most: 8_192 };
const MOST_EXPONENT = 0xffff_ffffn;
/** Multicodec of an Ed25519 public key (FEP-521a). */
const ED25519_CODE = [0xed, 0x01] as const;

/** A key from `publicKeyPem`; null when it is none that we verify with. Private keys and certificates are no such text. */
export function fromPem(pem: string): KeyObject | null {
  if (pem.length > MAX_PEM || !PEM.test(pem)) return null;
  try {
    const key = createPublicKey(pem);
    return isUsable(key) ? key : null;
  } catch {
    return null;
  }
}

/** An Ed25519 key from `publicKeyMultibase`; null for all other kinds. */
export function fromMultibase(text: string): KeyObject | null {
  const bytes = fromBase58(text, 34);
  if (bytes === null || bytes[0] !== ED25519_CODE[0] || bytes[1] !== ED25519_CODE[1]) return null;
  try {
    const x = Buffer.from(bytes.subarray(2)).toString("base64url");
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch {
    return null;
  }
}

function isUsable(key: KeyObject): boolean {
  if (key.asymmetricKeyType === "ed25519") return true;
  if (key.asymmetricKeyType !== "rsa") return false;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength >= RSA_BITS.least && modulusLength <= RSA_BITS.most && publicExponent <= MOST_EXPONENT;
}
