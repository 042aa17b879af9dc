import { importJwk } from "@fedify/fedify";
import { LRUCache } from "lru-cache";
import type { App } from "../../server/context.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { getKeys, getSigningJwk } from "../../server/services/accounts/keys.ts";
import { cavageHeaders } from "./cavage.ts";
import type { Message, SigningKey, Spec } from "./message.ts";
import { rfc9421Headers } from "./rfc9421.ts";

/** Private keys, imported once and kept for the busiest actors. */
export type KeyStore = {
  /** RSA, for HTTP signatures: of local actors, and of those from lost servers whose keys were entrusted to us. */
  signingKey(actorId: ActorId): Promise<SigningKey>;
  /** Ed25519, for object integrity proofs (FEP-8b32). */
  proofKey(actorId: ActorId): Promise<SigningKey>;
};

const KEPT_KEYS = 2_000;
/** How long the key of an old actor is kept open, ms. */
const ENTRUSTED_KEPT_MS = 10 * 60_000;

/** Makes the store of imported keys; importing costs as much as signing. */
export function createKeyStore(app: App): KeyStore {
  const imported = new LRUCache<string, Promise<SigningKey>>({ max: KEPT_KEYS });
  type Found = { readonly keyId: string; readonly privateJwk: JsonWebKey; readonly isEntrusted?: boolean };
  const importFound = async ({ keyId, privateJwk }: Found): Promise<SigningKey> => ({
    keyId,
    privateKey: await importJwk(withAlgorithm(privateJwk), "private"),
  });
  // Those who ask at the same time share one import.
  const keep = (name: string, find: () => Promise<Found>): Promise<SigningKey> => {
    const known = imported.get(name);
    if (known !== undefined) return known;
    const key = find().then((found) => {
      // Soon after it was forgotten in the database it is used no more.
      if (found.isEntrusted === true) imported.set(name, key, { ttl: ENTRUSTED_KEPT_MS });
      return importFound(found);
    });
    imported.set(name, key);
    // A failure is not an answer to keep.
    key.catch(() => imported.delete(name));
    return key;
  };
  return {
    signingKey: (id) =>
      keep(`rsa ${id}`, async () => {
        const { actorUri, privateJwk, isEntrusted } = await getSigningJwk(app, id);
        return { keyId: rsaKeyId(actorUri), privateJwk, isEntrusted };
      }),
    proofKey: (id) =>
      keep(`ed25519 ${id}`, async () => {
        const { privateJwk } = (await getKeys(app, id)).ed25519;
        return { keyId: proofKeyId(app.uris.actor(id)), privateJwk };
      }),
  };
}

/** Names the algorithm of an RSA key, which Fedify will not guess. */
function withAlgorithm(jwk: JsonWebKey): JsonWebKey {
  return jwk.kty === "RSA" ? { ...jwk, alg: "RS256" } : jwk;
}

/** Where a local actor's RSA key is found; the fragment is what most of the fediverse expects. */
export function rsaKeyId(actorUri: string): string {
  return `${actorUri}#main-key`;
}

/** Where a local actor's Ed25519 key is found (FEP-521a). */
export function proofKeyId(actorUri: string): string {
  return `${actorUri}#ed25519-key`;
}

/** True for the name of a scheme, as stored per host. */
export function isSpec(value: string | null | undefined): value is Spec {
  return value === "rfc9421" || value === "draft-cavage-http-signatures-12";
}

/** The scheme for the second knock. */
export function otherSpec(spec: Spec): Spec {
  return spec === "rfc9421" ? "draft-cavage-http-signatures-12" : "rfc9421";
}

/** The headers of a message, signature included. */
export async function signedHeaders(key: SigningKey, message: Message): Promise<Record<string, string>> {
  return message.spec === "rfc9421" ? await rfc9421Headers(key, message) : await cavageHeaders(key, message);
}
