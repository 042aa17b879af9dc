import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { EscapeKit, LifeboatManifest, LifeboatMedia } from "../domain/lifeboat.ts";
import { isObject, objectOf } from "./actor-documents.ts";
import { LIFEBOAT_LIMITS, type ListName, mostBytesAt, PLACES, placeOfList } from "./archive-format.ts";
import { linesOf } from "./bytes.ts";
import { checkArchive, type CheckedLifeboat, type FileSink } from "./check-archive.ts";
import { isOwnCreate } from "./check-outbox.ts";
import { lifeboatFault } from "./faults.ts";
import type { Signed } from "./proofs.ts";
import { readSeal, type Sealed, type Unlock } from "./seal.ts";

/** What is in a media folder beside its bytes. */
export type LifeboatFile = LifeboatMedia["files"][number];

/** A private key that somebody took along. */
export type LifeboatKey = { readonly id: string; readonly privateKeyPem: string };

/** A lifeboat that was checked, unpacked. Everything is read from disk when it is asked for. */
export type Archive = {
  readonly checked: CheckedLifeboat;
  readonly manifest: LifeboatManifest;
  readonly manifestHash: string;
  readonly actor: Signed;
  /** The Creates, oldest first, from a line on (the first is 1). */
  outbox(from?: number): AsyncIterable<{ readonly line: number; readonly create: Signed }>;
  /** A list as Mastodon writes it; null when it is not inside. */
  csv(name: ListName): Promise<string | null>;
  /** What is known of the media files. */
  mediaList(): Promise<LifeboatMedia>;
  /** Where a media file is on this machine. `sha256` in hex. Null when it is not inside. */
  media(sha256: string): Promise<{ readonly file: LifeboatFile; readonly path: string } | null>;
  kit(): Promise<EscapeKit | null>;
  /** The private keys of the actor, when they were taken along. */
  keys(): Promise<{ readonly rsa: LifeboatKey; readonly ed25519: LifeboatKey } | null>;
};

const READ_BYTES = 1024 * 1024;
/** Written last: a folder without it was not unpacked whole. */
const CHECKED = "checked.json";

/** What a file asks for before it opens; null when it is not sealed, or no lifeboat. */
export async function sealOf(path: string): Promise<Sealed | null> {
  const source = createReadStream(path);
  try {
    return (await readSeal(source)).sealed;
  } finally {
    source.destroy();
  }
}

/** Checks a lifeboat without writing anything. @throws invalid (`lifeboat_fault.…`) */
export async function verifyLifeboat(
  path: string,
  unlock: Unlock | null,
  onBytes?: (bytes: number) => void,
): Promise<CheckedLifeboat> {
  const source = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    const { open: openSeal } = await readSeal(source);
    return await checkArchive(await openSeal(unlock), onBytes === undefined ? {} : { onBytes });
  } finally {
    source.destroy();
  }
}

/**
 * Unpacks a lifeboat into a new folder while it is checked; a lifeboat that is not good leaves nothing behind. Bytes on disk
 * never exceed what its manifest says, nor `maxBytes`. @throws invalid (`lifeboat_fault.…`)
 */
export async function unpackLifeboat(
  path: string,
  unlock: Unlock | null,
  stage: string,
  limits: { readonly maxBytes: number },
): Promise<Archive> {
  const source = createReadStream(path, { highWaterMark: READ_BYTES });
  try {
    await rm(stage, { recursive: true, force: true });
    await mkdir(stage, { recursive: true, mode: 0o700 });
    const { open: openSeal } = await readSeal(source);
    const sink = (name: string) => fileSink(stage, name);
    const checked = await checkArchive(await openSeal(unlock), { ...limits, sink });
    await writeFile(join(stage, `.${CHECKED}`), JSON.stringify(checked), { mode: 0o600 });
    await rename(join(stage, `.${CHECKED}`), join(stage, CHECKED));
    return archiveIn(stage, checked);
  } catch (error) {
    await rm(stage, { recursive: true, force: true });
    throw error;
  } finally {
    source.destroy();
  }
}

/** A lifeboat that `unpackLifeboat` unpacked earlier; null when there is none, or not all of it. */
export async function openStage(stage: string): Promise<Archive | null> {
  const text = await readFile(join(stage, CHECKED), "utf8").catch(() => null);
  const parsed = text === null ? null : Checked.safeParse(objectOf(text));
  return parsed?.success === true ? archiveIn(stage, parsed.data) : null;
}

/** Checks a lifeboat, unpacks it into `stage` and opens it; what was unpacked there before is opened as it is. */
export async function openArchive(
  path: string,
  unlock: Unlock | null,
  options: { readonly stage: string; readonly maxBytes: number },
): Promise<Archive> {
  return (await openStage(options.stage)) ?? (await unpackLifeboat(path, unlock, options.stage, options));
}

const Checked: z.ZodType<CheckedLifeboat> = z.object({
  manifest: LifeboatManifest,
  manifestHash: z.string(),
  actor: z.record(z.string(), z.unknown()),
  did: z.string().nullable(),
  signedBy: z.object({ did: z.boolean(), instance: z.boolean() }),
  notes: z.int(),
  files: z.int(),
  bytes: z.int(),
});

function archiveIn(stage: string, checked: CheckedLifeboat): Archive {
  const { manifest, manifestHash, actor } = checked;
  const paths = new Set(manifest.files.map(({ path }) => path));
  const text = async (path: string) => (paths.has(path) ? await readFile(join(stage, path), "utf8") : null);
  let list: Promise<LifeboatMedia> | undefined;
  const mediaList = () => (list ??= text(PLACES.media).then((json) => mediaIn(json, paths)));
  return {
    checked,
    manifest,
    manifestHash,
    actor,
    outbox: (from = 1) => outboxIn(stage, manifest.actor, paths.has(PLACES.outbox), from),
    csv: (name) => text(placeOfList(name)),
    mediaList,
    async media(sha256) {
      const file = (await mediaList()).files.find((one) => one.sha256 === sha256);
      return file === undefined ? null : { file, path: join(stage, file.path) };
    },
    async kit() {
      const parsed = EscapeKit.safeParse(objectOf((await text(PLACES.kit)) ?? ""));
      return parsed.success ? parsed.data : null;
    },
    async keys() {
      const rsa = keyIn(await text(PLACES.rsaKey), manifest.actor);
      const ed25519 = keyIn(await text(PLACES.ed25519Key), manifest.actor);
      return rsa === null || ed25519 === null ? null : { rsa, ed25519 };
    },
  };
}

async function* outboxIn(
  stage: string,
  actorId: string,
  isThere: boolean,
  from: number,
): AsyncGenerator<{ readonly line: number; readonly create: Signed }> {
  if (!isThere) return;
  const source = createReadStream(join(stage, PLACES.outbox), { highWaterMark: READ_BYTES });
  let line = 0;
  try {
    for await (const text of linesOf(source, LIFEBOAT_LIMITS.lineBytes)) {
      line += 1;
      const create = text === null || line < from ? null : objectOf(text);
      if (create !== null && isOwnCreate(create, actorId)) yield { line, create };
    }
  } finally {
    source.destroy();
  }
}

/** Only files that are there are in the list, whatever it says. @throws invalid when it cannot be read */
function mediaIn(json: string | null, paths: ReadonlySet<string>): LifeboatMedia {
  if (json === null) return { files: [], missing: [] };
  const parsed = LifeboatMedia.safeParse(objectOf(json));
  if (!parsed.success) throw lifeboatFault("altered", { file: PLACES.media });
  const files = parsed.data.files.filter(
    ({ path, sha256 }) => paths.has(path) && path.startsWith(`media/${sha256}.`),
  );
  return { ...parsed.data, files };
}

function keyIn(json: string | null, actorId: string): LifeboatKey | null {
  const document = json === null ? null : objectOf(json);
  if (!isObject(document)) return null;
  const { id, privateKeyPem } = document;
  const isOurs = typeof id === "string" && id.startsWith(`${actorId}#`);
  return isOurs && typeof privateKeyPem === "string" ? { id, privateKeyPem } : null;
}

async function fileSink(stage: string, path: string): Promise<FileSink> {
  // The check lets no other names pass; this one is written to disk, so it is asked again.
  if (mostBytesAt(path) === null) throw lifeboatFault("name", { file: path });
  const target = join(stage, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(target, "wx", 0o600);
  return { write: (chunk) => file.writeFile(chunk), close: () => file.close() };
}
