import { createPublicKey, type KeyObject } from "node:crypto";

// PURE: whether a private key is the one behind what an old home published. Other servers know no other.

/** The RSA key that an actor's document publishes; null when it has none that can be read. */
export function publishedKey(profile: Readonly<Record<string, unknown>>): KeyObject | null {
  const { publicKeyPem: pem } = (profile["publicKey"] ?? {}) as Readonly<Record<string, unknown>>;
  return typeof pem === "string" ? readPublicKey(pem) : null;
}

/** A public RSA key in PEM; null when it is none. */
export function readPublicKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "rsa" ? key : null;
  } catch {
    return null;
  }
}

/** True when both are the same public key; of a private one, its public half counts. */
export function isSameKey(one: KeyObject, other: KeyObject): boolean {
  return spki(one).equals(spki(other));
}

function spki(key: KeyObject): Buffer {
  const open = key.type === "private" ? createPublicKey(key) : key;
  return open.export({ type: "spki", format: "der" });
}
