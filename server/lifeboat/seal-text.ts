import { Decrypter, Encrypter } from "age-encryption";

/** Encrypts a text to an age recipient (`age1…`); base64 of a binary age file. @throws for what is no recipient */
export async function sealText(text: string, recipient: string): Promise<string> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(text)).toString("base64");
}

/** Encrypts a file to an age recipient while it comes. @throws for what is no recipient */
export async function sealStream(
  stream: ReadableStream<Uint8Array>,
  recipient: string,
): Promise<ReadableStream<Uint8Array>> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return await encrypter.encrypt(stream);
}

/** How many bytes a file of this size has at most when it is sealed to one recipient. */
export function sealedSize(bytes: number): number {
  return bytes + HEADER_MOST + TAG * (Math.floor(bytes / CHUNK) + 1);
}

/** How every binary age file begins. */
export const AGE_BEGINNING = "age-encryption.org/v1\n";
const HEADER_MOST = 4_096;
const CHUNK = 64 * 1024;
const TAG = 16;

/** The text that was sealed to the recipient of this identity (`AGE-SECRET-KEY-1…`). @throws when it was not, or was altered */
export async function openText(sealed: string, identity: string): Promise<string> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return await decrypter.decrypt(Buffer.from(sealed, "base64"), "text");
}
