import { type IdentityStatement, IdentityStatement as Statement } from "../domain/lifeboat.ts";
import { fromDidKey } from "./did-key.ts";
import type { PhraseKeys } from "./phrase.ts";
import { addProof, isProvedBy } from "./proofs.ts";

/** States that an actor and a did:key are one person, signed by the did:key (FEP-c390). `created`: ISO, whole seconds. */
export function makeStatement(keys: PhraseKeys, actorUri: string, created: string): IdentityStatement {
  const claim = { type: "VerifiableIdentityStatement", subject: keys.did, alsoKnownAs: actorUri };
  // The method is the subject itself, as the proposal has it and its readers expect.
  const signer = { verificationMethod: keys.did, privateKey: keys.signer.privateKey };
  return Statement.parse(addProof(claim, signer, created));
}

/** The did:key that a statement proves for this actor; null when it proves nothing. */
export function didOfStatement(statement: unknown, actorUri: string): string | null {
  const parsed = Statement.safeParse(statement);
  if (!parsed.success || parsed.data.alsoKnownAs !== actorUri) return null;
  const { subject } = parsed.data;
  const key = fromDidKey(subject);
  // What is signed is what came, members we do not know included.
  const document = statement as Readonly<Record<string, unknown>>;
  return key !== null && isProvedBy(document, subject, key) ? subject : null;
}
