import { hash, type KeyObject, sign, verify } from "node:crypto";
import { canonicalJson } from "../domain/canonical-json.ts";
import { fromBase58, toBase58 } from "../domain/multibase.ts";

/** A JSON object that carries proofs. */
export type Signed = Readonly<Record<string, unknown>>;

/** Who signs: an Ed25519 private key and the id that its public half is known by. */
export type ProofSigner = { readonly verificationMethod: string; readonly privateKey: KeyObject };

/** `eddsa-jcs-2022`, as far as it is read here. */
export type Proof = {
  readonly verificationMethod: string;
  readonly created: string;
  readonly proofValue: string;
};

const SIGNATURE_BYTES = 64;
const MOST_PROOFS = 32;

/**
 * Adds a proof (Data Integrity, eddsa-jcs-2022; FEP-8b32) over a document without its proofs: several people may sign the
 * same document, in any order. `created` is an ISO time in whole seconds.
 */
export function addProof(document: Signed, signer: ProofSigner, created: string): Signed {
  const options = {
    ...contextOf(document),
    type: "DataIntegrityProof",
    cryptosuite: "eddsa-jcs-2022",
    verificationMethod: signer.verificationMethod,
    proofPurpose: "assertionMethod",
    created,
  };
  const signature = sign(null, digestOf(options, document), signer.privateKey);
  const proof = { ...options, proofValue: toBase58(signature) };
  const before = proofsIn(document);
  return { ...document, proof: before.length === 0 ? proof : [...before, proof] };
}

/** The proofs of a document that have the form of one; whether they hold is for `isProvedBy` to say. */
export function readProofs(document: Signed): readonly Proof[] {
  return proofsIn(document).flatMap((proof) => {
    const { verificationMethod, created, proofValue, type, cryptosuite, proofPurpose } = proof;
    const isOurs =
      type === "DataIntegrityProof" && cryptosuite === "eddsa-jcs-2022" && proofPurpose === "assertionMethod";
    const isWhole =
      typeof verificationMethod === "string" && typeof created === "string" && typeof proofValue === "string";
    return isOurs && isWhole ? [{ verificationMethod, created, proofValue }] : [];
  });
}

/** True when one of a document's proofs names this method and was made with this key over all of the document. */
export function isProvedBy(document: Signed, verificationMethod: string, key: KeyObject): boolean {
  if (key.asymmetricKeyType !== "ed25519") return false;
  return proofsIn(document).some((proof) => {
    const { proofValue, ...options } = proof;
    if (options["verificationMethod"] !== verificationMethod || typeof proofValue !== "string") return false;
    if (readProofs({ proof }).length === 0) return false;
    const signature = fromBase58(proofValue, SIGNATURE_BYTES);
    return signature !== null && verify(null, digestOf(options, document), key, signature);
  });
}

/** The same on the thread pool, for documents by the thousand. */
export async function isProvedInPool(
  document: Signed,
  verificationMethod: string,
  key: KeyObject,
): Promise<boolean> {
  const [proof, ...more] = proofsIn(document);
  if (proof === undefined || more.length > 0) return isProvedBy(document, verificationMethod, key);
  const { proofValue, ...options } = proof;
  const signature = typeof proofValue === "string" ? fromBase58(proofValue, SIGNATURE_BYTES) : null;
  if (signature === null || options["verificationMethod"] !== verificationMethod) return false;
  if (key.asymmetricKeyType !== "ed25519" || readProofs({ proof }).length === 0) return false;
  const digest = digestOf(options, document);
  return await new Promise((done) => {
    verify(null, digest, key, signature, (error, isProved) => done(error === null && isProved));
  });
}

function digestOf(options: Signed, document: Signed): Buffer {
  const { proof: _proof, ...unsecured } = document;
  const digest = (json: Signed): Buffer => hash("sha256", canonicalJson(json), "buffer");
  return Buffer.concat([digest(options), digest(unsecured)]);
}

function contextOf(document: Signed): Signed {
  return document["@context"] === undefined ? {} : { "@context": document["@context"] };
}

function proofsIn(document: Signed): readonly Signed[] {
  const proof = document["proof"];
  const list: readonly unknown[] = Array.isArray(proof) ? proof : proof === undefined ? [] : [proof];
  return list.slice(0, MOST_PROOFS).filter(isObject);
}

function isObject(value: unknown): value is Signed {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
