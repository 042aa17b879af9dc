import { createHash, type KeyObject } from "node:crypto";
import type { ReceivedIdentity } from "../../server/domain/actor.ts";
import { didOfStatement } from "../../server/lifeboat/identity.ts";
import { readProofs } from "../../server/lifeboat/proofs.ts";
import { fromMultibase, fromPem } from "../inbox/public-keys.ts";
import { isJson, listOf, textOf, typesOf, type Json } from "./json.ts";

/** More than anybody has; each costs a signature to check, or a key to read. */
const MOST = { attachments: 64, statements: 4, keys: 16 } as const;
const STATEMENT = "VerifiableIdentityStatement";
const MOST_CHARACTERS = 8_192;

/**
 * The did:key that an actor's document proves to be the same person (FEP-c390), from the document as it came: what is signed is
 * not its normal form. The newest statement that holds; null when there is none.
 */
export function identityOf(document: Json, actorUri: string): ReceivedIdentity | null {
  const statements = listOf(document["attachment"])
    .slice(0, MOST.attachments)
    .filter(isJson)
    .filter((item) => typesOf(item).some((type) => type.endsWith(STATEMENT)))
    .slice(0, MOST.statements);
  const proved = statements.flatMap((item) => identityIn(item, actorUri) ?? []);
  return proved.toSorted((a, b) => (a.created < b.created ? 1 : -1))[0] ?? null;
}

function identityIn(item: Json, actorUri: string): ReceivedIdentity | null {
  const text = JSON.stringify(item);
  // A short name for the type is what the proposal has; the proof covers whichever spelling came.
  const did = text.length > MOST_CHARACTERS ? null : didOfStatement(item, actorUri);
  const created = readProofs(item).find((proof) => proof.verificationMethod.startsWith(did ?? "-"))?.created;
  return did === null || created === undefined ? null : { did, statement: text, created };
}

/**
 * What the public keys in an actor's document are known by; null when one of them is only named, so that nobody can tell from
 * here what it is.
 */
export function keyPrintsOf(document: Json): readonly string[] | null {
  const entries = [...listOf(document["publicKey"]), ...listOf(document["assertionMethod"])];
  if (entries.length > MOST.keys || !entries.every(isJson)) return null;
  const keys = entries.map(keyIn);
  // A kind of key that we do not read signs nothing here.
  return [...new Set(keys.flatMap((key) => (key === null ? [] : [keyPrint(key)])))].toSorted();
}

function keyIn(entry: Json): KeyObject | null {
  const pem = textOf(entry["publicKeyPem"]);
  const multibase = textOf(entry["publicKeyMultibase"]);
  return (multibase === null ? null : fromMultibase(multibase)) ?? (pem === null ? null : fromPem(pem));
}

/** What a public key is known by: SHA-256 of its SPKI, base64url. */
export function keyPrint(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
}
