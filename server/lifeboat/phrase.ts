import { createPrivateKey, hkdfSync, type KeyObject } from "node:crypto";
import { bech32 } from "@scure/base";
import { entropyToMnemonic, generateMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { identityToRecipient } from "age-encryption";
import { didKeyMethod, toDidKey } from "./did-key.ts";
import type { ProofSigner } from "./proofs.ts";

/** What a recovery phrase opens: a did:key that signs, and an age identity that decrypts. Neither is kept by the server. */
export type PhraseKeys = {
  readonly did: string;
  readonly signer: ProofSigner;
  /** `age1…`: anybody may seal to it. */
  readonly recipient: string;
  /** `AGE-SECRET-KEY-1…`: opens what was sealed to `recipient`, with any age program. */
  readonly identity: string;
};

/** A new phrase: twelve English words, 128 random bits and a checksum (BIP-39). */
export function newPhrase(): string {
  return generateMnemonic(wordlist, 128);
}

/** The keys of a phrase, however it was spaced and cased; null when a word or the checksum is wrong. */
export async function keysOfPhrase(phrase: string): Promise<PhraseKeys | null> {
  const entropy = entropyOf(phrase);
  if (entropy === null) return null;
  const privateKey = ed25519Of(derive(entropy, "did:key ed25519"));
  const identity = bech32.encodeFromBytes("AGE-SECRET-KEY-", derive(entropy, "age x25519")).toUpperCase();
  const did = toDidKey(privateKey);
  return {
    did,
    signer: { verificationMethod: didKeyMethod(did), privateKey },
    identity,
    recipient: await identityToRecipient(identity),
  };
}

/** The phrase as it was given out, in one spelling; null when it is none. */
export function tidyPhrase(phrase: string): string | null {
  const entropy = entropyOf(phrase);
  return entropy === null ? null : entropyToMnemonic(entropy, wordlist);
}

function entropyOf(phrase: string): Uint8Array | null {
  const words = phrase.normalize("NFKD").trim().toLowerCase().split(/\s+/);
  if (words.length !== 12) return null;
  try {
    return mnemonicToEntropy(words.join(" "), wordlist);
  } catch {
    return null;
  }
}

function derive(entropy: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", entropy, "causeway lifeboat v1", use, 32));
}

/** PKCS#8 of a raw Ed25519 seed (RFC 8410). */
function ed25519Of(seed: Uint8Array): KeyObject {
  const header = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([header, seed]), format: "der", type: "pkcs8" });
}
