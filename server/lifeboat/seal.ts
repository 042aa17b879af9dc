import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  scrypt,
  type CipherChaCha20Poly1305Types,
} from "node:crypto";
import { Decrypter, Encrypter, type Identity, Stanza } from "age-encryption";
import { type ByteReader, createByteReader } from "./bytes.ts";
import { lifeboatFault } from "./faults.ts";

// Sealed files are age files (age-encryption.org/v1), which any age program opens. Headers come from the library; the body,
// which may have gigabytes, is written and read here with the ciphers of Node, some times faster, and the passphrase is
// stretched on the thread pool.

/** What opens a sealed file. */
export type Unlock =
  | { readonly passphrase: string }
  /** `AGE-SECRET-KEY-1…`, which a recovery phrase gives. */
  | { readonly identity: string };

/** To whom a file is sealed: whoever knows a passphrase, or whoever has the phrase behind a recipient (`age1…`). */
export type SealTo = { readonly passphrase: string } | { readonly recipient: string };

/** The beginning of a sealed file, and the key that seals this one file and opens nothing else. */
export type Seal = { readonly header: string; readonly fileKey: Uint8Array };

const MAGIC = "age-encryption.org/v1";
const CHUNK = 64 * 1024;
const TAG = 16;
const NONCE = 16;
const MOST_HEADER_BYTES = 16 * 1024;
/** 2^18 rounds of scrypt take about a second and 256 MiB, as with other age programs; files that ask for more are refused. */
const WORK_FACTOR = 18;
const MOST_WORK = 20;
const CIPHER: CipherChaCha20Poly1305Types = "chacha20-poly1305";

/** Makes the seal of one file. */
export async function makeSeal(to: SealTo): Promise<Seal> {
  let fileKey: Uint8Array = new Uint8Array(0);
  const encrypter = new Encrypter();
  encrypter.addRecipient({
    async wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return "passphrase" in to ? [await wrapByPassphrase(key, to.passphrase)] : [];
    },
  });
  if ("recipient" in to) encrypter.addRecipient(to.recipient);
  const file = Buffer.from(await encrypter.encrypt(new Uint8Array(0)));
  return { header: file.toString("latin1", 0, endOfHeader(file)), fileKey };
}

/** Seals a stream, in chunks of 64 KiB, each of which is proved when it is read. */
export async function* seal(
  source: AsyncIterable<Uint8Array>,
  { header, fileKey }: Seal,
): AsyncGenerator<Uint8Array> {
  const nonce = randomBytes(NONCE);
  yield Buffer.concat([Buffer.from(header, "latin1"), nonce]);
  const key = payloadKey(fileKey, nonce);
  const reader = createByteReader(source);
  let chunk = await fullChunk(reader, CHUNK);
  for (let index = 0; ; index += 1) {
    const next = chunk.length < CHUNK ? EMPTY : await fullChunk(reader, CHUNK);
    const isLast = next.length === 0;
    const cipher = createCipheriv(CIPHER, key, chunkNonce(index, isLast), { authTagLength: TAG });
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    if (isLast) return;
    chunk = next;
  }
}

/** What a file asks for before it opens: null when it is not sealed. */
export type Sealed = "passphrase" | "phrase";

/** Reads the beginning of a file: what it asks for, and how to read on. */
export async function readSeal(source: AsyncIterable<Uint8Array>): Promise<{
  readonly sealed: Sealed | null;
  /** The bytes inside. @throws invalid: wrong secret, seal broken */
  open(unlock: Unlock | null): Promise<AsyncIterable<Uint8Array>>;
}> {
  const reader = createByteReader(source);
  const start = await someBytes(reader, MAGIC.length);
  if (start.toString("latin1") !== MAGIC)
    return { sealed: null, open: () => Promise.resolve(prefixed(start, reader)) };
  const header = await restOfHeader(reader, start);
  const sealed = /^-> scrypt /m.test(header) ? "passphrase" : "phrase";
  return {
    sealed,
    async open(unlock) {
      if (unlock === null) throw lifeboatFault(`needs_${sealed}`);
      return opened(reader, await openHeader(header, unlock));
    },
  };
}

const EMPTY = Buffer.alloc(0);

async function* prefixed(start: Buffer, reader: ByteReader): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  yield* reader.rest();
}

async function* opened(reader: ByteReader, fileKey: Uint8Array): AsyncGenerator<Uint8Array> {
  const nonce = await reader.exactly(NONCE);
  if (nonce === null) throw lifeboatFault("seal_broken");
  const key = payloadKey(fileKey, nonce);
  let chunk = await fullChunk(reader, CHUNK + TAG);
  for (let index = 0; ; index += 1) {
    const next = chunk.length < CHUNK + TAG ? EMPTY : await fullChunk(reader, CHUNK + TAG);
    const isLast = next.length === 0;
    const plain = openChunk(chunk, key, chunkNonce(index, isLast));
    // Only an empty file may end with an empty chunk.
    if (plain === null || (plain.length === 0 && index > 0)) throw lifeboatFault("seal_broken");
    if (plain.length > 0) yield plain;
    if (isLast) return;
    chunk = next;
  }
}

function openChunk(chunk: Buffer, key: Uint8Array, nonce: Uint8Array): Buffer | null {
  if (chunk.length < TAG) return null;
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(chunk.subarray(chunk.length - TAG));
  try {
    return Buffer.concat([decipher.update(chunk.subarray(0, chunk.length - TAG)), decipher.final()]);
  } catch {
    return null;
  }
}

/** As many bytes as there are, at most `count`. */
async function someBytes(reader: ByteReader, count: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let left = count; left > 0;) {
    const part = await reader.upTo(left);
    if (part === null) break;
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts);
}

const fullChunk = someBytes;

async function restOfHeader(reader: ByteReader, start: Buffer): Promise<string> {
  const bytes: Uint8Array[] = [start];
  let length = start.length;
  let line = start.toString("latin1");
  for (;;) {
    const byte = await reader.exactly(1);
    length += 1;
    if (byte === null || length > MOST_HEADER_BYTES) throw lifeboatFault("seal_broken");
    bytes.push(byte);
    if (byte[0] !== 10) line += byte.toString("latin1");
    else if (line.startsWith("---")) return Buffer.concat(bytes).toString("latin1");
    else line = "";
  }
}

async function openHeader(header: string, unlock: Unlock): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity("passphrase" in unlock ? byPassphrase(unlock.passphrase) : unlock.identity);
    return await decrypter.decryptHeader(Buffer.from(header, "latin1"));
  } catch (error) {
    throw lifeboatFault("wrong_secret", {}, error);
  }
}

function byPassphrase(passphrase: string): Identity {
  return {
    async unwrapFileKey(stanzas) {
      const [stanza] = stanzas;
      const [kind, salt = "", work = ""] = stanza?.args ?? [];
      if (stanza === undefined || stanzas.length !== 1 || kind !== "scrypt") return null;
      const factor = /^[1-9]\d?$/.test(work) ? Number(work) : Infinity;
      if (factor > MOST_WORK) return null;
      const key = await stretch(passphrase, Buffer.from(salt, "base64"), factor);
      return openChunk(Buffer.from(stanza.body), key, ZERO_NONCE);
    },
  };
}

async function wrapByPassphrase(fileKey: Uint8Array, passphrase: string): Promise<Stanza> {
  const salt = randomBytes(16);
  const key = await stretch(passphrase, salt, WORK_FACTOR);
  const cipher = createCipheriv(CIPHER, key, ZERO_NONCE, { authTagLength: TAG });
  const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
  return new Stanza(["scrypt", salt.toString("base64").replace(/=+$/, ""), String(WORK_FACTOR)], body);
}

const ZERO_NONCE = Buffer.alloc(12);

function stretch(passphrase: string, salt: Uint8Array, factor: number): Promise<Uint8Array> {
  const N = 2 ** factor;
  const label = Buffer.concat([Buffer.from(`${MAGIC}/scrypt`), salt]);
  return new Promise((done, failed) => {
    // 128 * N * r bytes, and a little more.
    scrypt(passphrase, label, 32, { N, r: 8, p: 1, maxmem: 1024 * N + 2 ** 20 }, (error, key) =>
      error === null ? done(key) : failed(error),
    );
  });
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", fileKey, nonce, "payload", 32));
}

/** Eleven bytes that count, and one that marks the last chunk: nothing can be cut off or moved. */
function chunkNonce(index: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function endOfHeader(file: Buffer): number {
  const mac = file.indexOf("\n--- ");
  return file.indexOf("\n", mac + 1) + 1;
}
