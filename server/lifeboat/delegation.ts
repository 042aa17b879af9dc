import type { KeyObject } from "node:crypto";
import { LifeboatDelegation } from "../domain/lifeboat.ts";
import { didKeyMethod, fromDidKey, toDidKey } from "./did-key.ts";
import type { PhraseKeys } from "./phrase.ts";
import { addProof, isProvedBy, type Signed } from "./proofs.ts";

/** Lets `key`, which exists for one lifeboat alone, sign that lifeboat for the did:key. `created`: ISO, whole seconds. */
export function makeDelegation(
  keys: Pick<PhraseKeys, "did" | "signer">,
  lifeboat: { readonly key: KeyObject; readonly actor: string; readonly seq: number },
  created: string,
): Signed {
  const { actor, seq } = lifeboat;
  const key = toDidKey(lifeboat.key);
  return addProof(
    { type: "LifeboatDelegation", v: 1, subject: keys.did, key, actor, seq },
    keys.signer,
    created,
  );
}

/** The did:key that may sign this lifeboat for `did`; null when the delegation is for another one, or proves nothing. */
export function delegatedDid(
  delegation: unknown,
  did: string,
  lifeboat: { readonly actor: string; readonly seq: number },
): string | null {
  const parsed = LifeboatDelegation.safeParse(delegation);
  const subject = fromDidKey(did);
  if (!parsed.success || subject === null) return null;
  const { data } = parsed;
  if (data.subject !== did || data.actor !== lifeboat.actor || data.seq !== lifeboat.seq) return null;
  // What is signed is what came, members we do not know included.
  const document = delegation as Signed;
  return isProvedBy(document, didKeyMethod(did), subject) ? data.key : null;
}
