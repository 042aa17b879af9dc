import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** Multihash: sha2-256 (0x12), 32 bytes (0x20). */
const SHA2_256 = [0x12, 0x20];

/** SHA-256 of a file as a multihash in base58btc multibase, as FEP-1311 shows it (`zQm…`). */
export function digestMultibase(bytes: Uint8Array): string {
  return toMultibase(createHash("sha256").update(bytes).digest());
}

/** The same of a file on this machine, without taking it into memory. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return toMultibase(hash.digest());
}

/** SHA-256 as lists of files write it, hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The same of a file on this machine, without taking it into memory. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** The hash in such a multibase, hex; null when it is something else. */
export function sha256OfMultibase(text: string): string | null {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{40,50}$/.test(text)) return null;
  let number = 0n;
  for (const letter of text.slice(1)) number = number * 58n + BigInt(BASE58.indexOf(letter));
  const hex = number.toString(16).padStart(68, "0");
  return hex.length === 68 && hex.startsWith("1220") ? hex.slice(4) : null;
}

function toMultibase(hash: Uint8Array): string {
  let number = BigInt(`0x${Buffer.from([...SHA2_256, ...hash]).toString("hex")}`);
  let text = "";
  while (number > 0n) {
    text = `${BASE58[Number(number % 58n)] ?? ""}${text}`;
    number /= 58n;
  }
  return `z${text}`;
}
