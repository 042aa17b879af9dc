import { createHash } from "node:crypto";
import { LifeboatManifest } from "../domain/lifeboat.ts";
import {
  type ActorDocument,
  isSafely,
  isSelfProved,
  objectOf,
  readActorDocument,
} from "./actor-documents.ts";
import { hashInPlace, LIFEBOAT_LIMITS, mostBytesAt, PLACES } from "./archive-format.ts";
import { type ByteReader, createByteReader, drain, linesOf } from "./bytes.ts";
import { createOutboxCheck } from "./check-outbox.ts";
import { delegatedDid } from "./delegation.ts";
import { didKeyMethod, fromDidKey } from "./did-key.ts";
import { isLifeboatFault, lifeboatFault } from "./faults.ts";
import { manifestHash, manifestText, secondsOf } from "./pack-archive.ts";
import { isProvedBy, type Signed } from "./proofs.ts";
import { BLOCK, END_BYTES, fromTarHeader, paddingOf, type TarFile } from "./tar.ts";

/** A lifeboat that holds together: every byte of it is what its signers signed. */
export type CheckedLifeboat = {
  readonly manifest: LifeboatManifest;
  /** SHA-256 of the manifest with its proofs, canonical JSON, hex: what the next lifeboat calls `previous`. */
  readonly manifestHash: string;
  /** The actor as its server served it. */
  readonly actor: Signed;
  /** The did:key that the actor states and that holds (FEP-c390); null when it states none. */
  readonly did: string | null;
  readonly signedBy: {
    /** The did:key itself, or a key that it let sign this lifeboat. */
    readonly did: boolean;
    readonly instance: boolean;
  };
  readonly notes: number;
  readonly files: number;
  /** Of all files. */
  readonly bytes: number;
};

/** Takes the bytes of one file, in order. */
export type FileSink = { write(chunk: Uint8Array): Promise<void>; close(): Promise<void> };

export type CheckOptions = {
  /** Refuse when all files together are larger, bytes. */
  readonly maxBytes?: number;
  /** Where files go; checked only when it is left out. */
  readonly sink?: (path: string) => Promise<FileSink>;
  readonly onBytes?: (bytes: number) => void;
};

/**
 * Reads a lifeboat to its end and proves it: names, sizes and hashes of all files, the proofs of the manifest and of each
 * note. In constant memory. @throws invalid (`lifeboat_fault.…`) naming the first file that is not as it was signed
 */
export async function checkArchive(
  source: AsyncIterable<Uint8Array>,
  options: CheckOptions = {},
): Promise<CheckedLifeboat> {
  const check: Check = { reader: createByteReader(source), options, seen: new Set(), at: PLACES.readable };
  try {
    return await readAll(check);
  } catch (error) {
    // The seal knows nothing of files.
    if (isLifeboatFault(error) && error.key === "lifeboat_fault.seal_broken")
      throw lifeboatFault("seal_broken_in", { file: check.at }, error);
    throw error;
  }
}

type Check = {
  readonly reader: ByteReader;
  readonly options: CheckOptions;
  readonly seen: Set<string>;
  /** The file that is read. */
  at: string;
};

const MOST_PROOFS = 4;

type Taken = { readonly file: TarFile; readonly bytes: Buffer; readonly sha256: string };
type Listed = LifeboatManifest["files"][number];

async function readAll(check: Check): Promise<CheckedLifeboat> {
  const readable = await takeSmall(check, PLACES.readable, []);
  const written = await takeSmall(check, PLACES.manifest, []);
  const { document, manifest } = readManifest(written.bytes);
  const served = await takeSmall(check, PLACES.actor, manifest.files);
  const actor = provedActor(document, manifest, served);
  requireListed(manifest.files[0], readable);
  const time = secondsOf(manifest.created);
  for (const { file } of [readable, written, served])
    if (file.time !== time) throw lifeboatFault("altered", { file: file.path });
  requireShape(manifest, check.options);
  const hasInstance = manifest.files[2]?.path === PLACES.instance;
  const instance = hasInstance ? await takeInstance(check, manifest) : null;
  const signedBy = requireProofs(document, manifest, actor, instance);
  const notes = await takeRest(check, manifest, actor, hasInstance ? 3 : 2);
  await requireEnd(check, manifest);
  return {
    manifest,
    manifestHash: manifestHash(document),
    actor: actor.document,
    did: actor.did,
    signedBy,
    notes,
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, { size }) => sum + size, 0),
  };
}

/** The manifest, in the one spelling that it has. */
function readManifest(bytes: Buffer): { readonly document: Signed; readonly manifest: LifeboatManifest } {
  const altered = () => lifeboatFault("altered", { file: PLACES.manifest });
  const document = objectOf(bytes);
  if (document === null) throw altered();
  const version = document["v"];
  if (document["type"] === "Lifeboat" && typeof version === "number" && version > 1)
    throw lifeboatFault("newer");
  const files = document["files"];
  if (Array.isArray(files) && files.length > LIFEBOAT_LIMITS.files)
    throw lifeboatFault("too_many_files", { max: LIFEBOAT_LIMITS.files });
  const parsed = LifeboatManifest.safeParse(document);
  if (!parsed.success || !isSafely(() => manifestText(document) === bytes.toString("utf8"))) throw altered();
  return { document, manifest: parsed.data };
}

/** Names, caps and order of what the manifest lists, before anything of it is read. */
function requireShape({ files }: LifeboatManifest, { maxBytes = Infinity }: CheckOptions): void {
  const names = new Set<string>([PLACES.manifest]);
  let sum = 0;
  for (const { path, size, sha256 } of files) {
    const most = mostBytesAt(path);
    const hash = hashInPlace(path);
    if (most === null) throw lifeboatFault("name", { file: path });
    if (names.has(path)) throw lifeboatFault("twice", { file: path });
    if (hash !== null && hash !== sha256) throw lifeboatFault("name", { file: path });
    if (size > most) throw lifeboatFault("too_large", { file: path });
    names.add(path);
    sum += size;
  }
  if (sum > maxBytes) throw lifeboatFault("too_large", { file: files.at(-1)?.path ?? "" });
}

/**
 * The actor, when its key signed the manifest. When it did not, one of the two was altered; the actor's own proof says
 * which.
 */
function provedActor(document: Signed, manifest: LifeboatManifest, served: Taken): ActorDocument {
  const altered = (file: string) => lifeboatFault("altered", { file });
  const actor = readActorDocument(served.bytes);
  const listed = manifest.files[1];
  const isListed = listed !== undefined && isAsListed(listed, served);
  if (actor === null || !isSelfProved(actor)) {
    if (isListed) throw lifeboatFault("proof", { file: PLACES.actor });
    throw altered(PLACES.actor);
  }
  if (isSafely(() => isProvedBy(document, actor.key.method, actor.key.key))) {
    if (!isListed) throw altered(PLACES.actor);
    if (actor.id !== manifest.actor) throw lifeboatFault("foreign_proof", { file: PLACES.manifest });
    return actor;
  }
  const isNamed = proofsOf(document).some((proof) => proof["verificationMethod"] === actor.key.method);
  throw isNamed || !isListed
    ? altered(PLACES.manifest)
    : lifeboatFault("foreign_proof", { file: PLACES.manifest });
}

async function takeInstance(check: Check, manifest: LifeboatManifest): Promise<ActorDocument> {
  const served = await takeSmall(check, PLACES.instance, manifest.files);
  requireListed(manifest.files[2], served);
  const instance = readActorDocument(served.bytes);
  if (instance === null || !isSelfProved(instance)) throw lifeboatFault("proof", { file: PLACES.instance });
  return instance;
}

/** Every proof of the manifest has to be of somebody who may sign it, and has to hold. */
function requireProofs(
  document: Signed,
  manifest: LifeboatManifest,
  actor: ActorDocument,
  instance: ActorDocument | null,
): CheckedLifeboat["signedBy"] {
  const isOfHome = instance !== null && originOf(instance.id) === originOf(manifest.actor);
  const { did } = actor;
  const delegate = did === null ? null : delegatedDid(manifest.delegation, did, manifest);
  const known = new Map([[actor.key.method, actor.key.key]]);
  if (instance !== null && isOfHome) known.set(instance.key.method, instance.key.key);
  for (const one of [did, delegate]) {
    const key = one === null ? null : fromDidKey(one);
    if (one !== null && key !== null) known.set(didKeyMethod(one), key);
  }
  const proofs = proofsOf(document);
  // Each takes a walk over the whole manifest, and there is no fifth who could sign.
  if (proofs.length > MOST_PROOFS) throw lifeboatFault("foreign_proof", { file: PLACES.manifest });
  const methods = proofs.map((proof) => {
    const method = String(proof["verificationMethod"]);
    const key = known.get(method);
    if (key === undefined) throw lifeboatFault("foreign_proof", { file: PLACES.manifest });
    const holds = isSafely(() => isProvedBy({ ...document, proof }, method, key));
    if (!holds) throw lifeboatFault("altered", { file: PLACES.manifest });
    return method;
  });
  const isSigned = (one: string | null) => one !== null && methods.includes(didKeyMethod(one));
  return {
    did: isSigned(did) || isSigned(delegate),
    instance: instance !== null && methods.includes(instance.key.method),
  };
}

/** Everything behind the documents of the actors; answers how many notes there are. */
async function takeRest(
  check: Check,
  manifest: LifeboatManifest,
  actor: ActorDocument,
  from: number,
): Promise<number> {
  const time = secondsOf(manifest.created);
  const outbox = createOutboxCheck(actor);
  for (const listed of manifest.files.slice(from)) {
    const file = await takeHeader(check, listed.path, manifest.files);
    if (file.size !== listed.size || file.time !== time)
      throw lifeboatFault("altered", { file: listed.path });
    const hash = createHash("sha256");
    const body = bodyOf(check, file, (chunk) => void hash.update(chunk));
    if (listed.path === PLACES.outbox) await takeOutbox(body, outbox);
    else await drain(body);
    if (hash.digest("hex") !== listed.sha256) throw lifeboatFault("altered", { file: listed.path });
    if (listed.path === PLACES.outbox) outbox.requireGood();
  }
  await outbox.end();
  const media = manifest.files.filter(({ path }) => hashInPlace(path) !== null).length;
  if (outbox.count() !== manifest.counts.notes || media !== manifest.counts.media)
    throw lifeboatFault("counts");
  return outbox.count();
}

/** A fault of a line waits until the hash is known: an altered file is that first. */
async function takeOutbox(
  body: AsyncIterable<Uint8Array>,
  outbox: ReturnType<typeof createOutboxCheck>,
): Promise<void> {
  for await (const line of linesOf(body, LIFEBOAT_LIMITS.lineBytes)) await outbox.take(line);
}

async function takeSmall(check: Check, path: string, listed: readonly Listed[]): Promise<Taken> {
  const file = await takeHeader(check, path, listed);
  if (file.size > (mostBytesAt(path) ?? 0)) throw lifeboatFault("too_large", { file: path });
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyOf(check, file, () => undefined)) chunks.push(Uint8Array.from(chunk));
  const bytes = Buffer.concat(chunks);
  return { file, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** The next header, which has to be that of `path`; anything else says what is wrong. */
async function takeHeader(check: Check, path: string, listed: readonly Listed[]): Promise<TarFile> {
  check.at = path;
  const block = await check.reader.exactly(BLOCK);
  if (block === null)
    throw isFirst(path) ? lifeboatFault("not_lifeboat") : lifeboatFault("truncated", { file: path });
  if (block.every((byte) => byte === 0)) throw lifeboatFault("missing", { file: path });
  const file = fromTarHeader(block);
  if (file === "kind") throw lifeboatFault("kind", { file: nameIn(block) });
  if (file === "broken")
    throw isForeign(block, path) ? lifeboatFault("not_lifeboat") : lifeboatFault("altered", { file: path });
  if (file.path !== path) throw strangerFault(check, path, file.path, listed);
  check.seen.add(path);
  return file;
}

function strangerFault(check: Check, expected: string, found: string, listed: readonly Listed[]): Error {
  if (isFirst(expected)) return lifeboatFault("not_lifeboat");
  if (mostBytesAt(found) === null) return lifeboatFault("name", { file: found });
  if (check.seen.has(found)) return lifeboatFault("twice", { file: found });
  const isLater = listed.length === 0 || listed.some(({ path }) => path === found);
  return isLater ? lifeboatFault("missing", { file: expected }) : lifeboatFault("extra", { file: found });
}

/** The bytes of a file, handed on to the sink; its padding has to be empty. */
async function* bodyOf(
  check: Check,
  { path, size }: TarFile,
  hear: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const { reader, options } = check;
  const sink = await options.sink?.(path);
  try {
    for (let left = size; left > 0;) {
      const chunk = await reader.upTo(left);
      if (chunk === null) throw lifeboatFault("truncated", { file: path });
      left -= chunk.length;
      hear(chunk);
      await sink?.write(chunk);
      options.onBytes?.(chunk.length);
      yield chunk;
    }
  } finally {
    await sink?.close();
  }
  const padding = await reader.exactly(paddingOf(size));
  if (padding === null) throw lifeboatFault("truncated", { file: path });
  if (padding.some((byte) => byte !== 0)) throw lifeboatFault("altered", { file: path });
}

async function requireEnd(check: Check, manifest: LifeboatManifest): Promise<void> {
  const last = manifest.files.at(-1)?.path ?? PLACES.manifest;
  check.at = last;
  const first = await check.reader.exactly(BLOCK);
  if (first === null) throw lifeboatFault("truncated", { file: last });
  const file = fromTarHeader(first);
  if (file === "kind") throw lifeboatFault("kind", { file: nameIn(first) });
  if (file !== "broken") {
    if (mostBytesAt(file.path) === null) throw lifeboatFault("name", { file: file.path });
    throw lifeboatFault(check.seen.has(file.path) ? "twice" : "extra", { file: file.path });
  }
  const second = await check.reader.exactly(END_BYTES - BLOCK);
  if (second === null) throw lifeboatFault("truncated", { file: last });
  const isEmpty = [first, second].every((block) => block.every((byte) => byte === 0));
  if (!isEmpty || (await check.reader.upTo(1)) !== null) throw lifeboatFault("altered", { file: "end" });
}

function requireListed(listed: Listed | undefined, taken: Taken): void {
  if (listed === undefined || !isAsListed(listed, taken))
    throw lifeboatFault("altered", { file: taken.file.path });
}

function isAsListed(listed: Listed, { file, sha256 }: Taken): boolean {
  return listed.path === file.path && listed.size === file.size && listed.sha256 === sha256;
}

/** True when a file does not even begin like a lifeboat. */
function isForeign(block: Buffer, path: string): boolean {
  return isFirst(path) && nameIn(block) !== path && block.toString("latin1", 257, 262) !== "ustar";
}

function isFirst(path: string): boolean {
  return path === PLACES.readable;
}

function nameIn(block: Buffer): string {
  const end = block.indexOf(0);
  return block.toString("latin1", 0, end < 0 || end > 100 ? 100 : end);
}

function originOf(uri: string): string | null {
  return URL.parse(uri)?.origin ?? null;
}

function proofsOf(document: Signed): readonly Signed[] {
  const proof = document["proof"];
  const list: readonly unknown[] = Array.isArray(proof) ? proof : [proof];
  // Something else than a proof among them is nobody's.
  return list.map((one) => (typeof one === "object" && one !== null ? (one as Signed) : {}));
}
