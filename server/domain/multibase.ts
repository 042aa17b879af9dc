import { base58 } from "@scure/base";

// Multibase base58btc (`z…`): the one spelling of keys and signatures in did:key, FEP-521a and FEP-8b32.

/** Longer texts are no key and no signature, and decoding takes the square of their length. */
const MOST_CHARACTERS = 200;

/** Bytes as `z` and base58. */
export function toBase58(bytes: Uint8Array): string {
  return `z${base58.encode(bytes)}`;
}

/** The bytes of `z…` when they are exactly `size`; null for anything else. */
export function fromBase58(text: string, size: number): Uint8Array | null {
  if (!text.startsWith("z") || text.length > MOST_CHARACTERS) return null;
  try {
    const bytes = base58.decode(text.slice(1));
    return bytes.length === size ? bytes : null;
  } catch {
    return null;
  }
}
