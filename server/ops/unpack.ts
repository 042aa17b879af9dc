import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Parser, type ReadEntry } from "tar";
import { OperatorFault, reasonOf } from "./fault.ts";
import { ARCHIVE, ARCHIVE_FORMAT, isNewerVersion, type Manifest, parseManifest } from "./manifest.ts";
import { readVersion } from "./version.ts";

const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$/;

/** What is wanted of an archive; everything in it is checked all the same. */
export type Wanted = {
  /** False for files that are only measured and not written. */
  readonly keeps: (name: string) => boolean;
  /** False when the secret key is at hand from elsewhere: the archive may lack it. */
  readonly needsSecret: boolean;
};

const EVERYTHING: Wanted = { keeps: () => true, needsSecret: true };

/**
 * Unpacks an archive into `stage`: only files that the manifest names, with exactly the size and hash that it names, at
 * places where a backup has files. Links, devices, folders that lead outside and anything else refuse the whole archive.
 * @throws OperatorFault with a sentence.
 */
export async function unpackArchive(
  archive: string,
  stage: string,
  wanted: Wanted = EVERYTHING,
): Promise<Manifest> {
  const reader: Reader = {
    stage,
    archive,
    wanted,
    manifest: null,
    seen: new Set(),
    entry: null,
    fault: null,
  };
  // One entry after another: the parser announces the next one while the last bytes of this are still being written.
  let work = Promise.resolve();
  try {
    await parseEntries(archive, (entry) => {
      work = work
        .then(() => takeEntry(reader, entry))
        .catch((error: unknown) => {
          reader.fault ??= error;
          entry.resume();
        });
    });
  } catch (error) {
    reader.fault ??= new OperatorFault(`${archive} cannot be read as a backup: ${reasonOf(error)}.`, 1, {
      cause: error,
    });
    // What was cut off never ends by itself.
    reader.entry?.destroy(reader.fault);
  }
  await work;
  if (reader.fault !== null) throw reader.fault;
  return requireComplete(reader);
}

/** Reads an archive to its end; an entry waits until it is read, and the archive waits for the entry. */
function parseEntries(archive: string, take: (entry: ReadEntry) => void): Promise<void> {
  return new Promise((ended, failed) => {
    const parser = new Parser({ strict: true, onReadEntry: take });
    parser.on("error", failed);
    parser.on("end", () => ended());
    createReadStream(archive)
      .on("error", failed)
      .pipe(parser as unknown as NodeJS.WritableStream);
  });
}

type Reader = {
  readonly stage: string;
  readonly archive: string;
  readonly wanted: Wanted;
  readonly seen: Set<string>;
  manifest: Manifest | null;
  /** The one that is being read. */
  entry: ReadEntry | null;
  fault: unknown;
};

async function takeEntry(reader: Reader, entry: ReadEntry): Promise<void> {
  if (reader.fault !== null) return void entry.resume();
  reader.entry = entry;
  const name = entry.path;
  if (entry.type !== "File" && entry.type !== "OldFile") throw foreign(reader, name);
  if (reader.seen.has(name)) throw foreign(reader, name);
  reader.seen.add(name);
  if (reader.manifest === null) {
    if (name !== ARCHIVE.manifest) throw new OperatorFault(`${reader.archive} is not a backup of Causeway.`);
    reader.manifest = await readManifest(reader, entry);
    return;
  }
  const expected = reader.manifest.files[name];
  if (expected === undefined || !isPlaceOfBackup(name)) throw foreign(reader, name);
  const found = reader.wanted.keeps(name)
    ? await writeEntry(entry, join(reader.stage, name), expected.bytes)
    : await measureEntry(entry, expected.bytes);
  if (found !== expected.sha256)
    throw new OperatorFault(`${reader.archive} is damaged: ${name} is not what was backed up.`);
}

async function readManifest(reader: Reader, entry: ReadEntry): Promise<Manifest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES) throw foreign(reader, entry.path);
    chunks.push(chunk);
  }
  const manifest = parseManifest(Buffer.concat(chunks).toString("utf8"));
  if (manifest === null)
    throw new OperatorFault(`${reader.archive} is not a backup of Causeway: its manifest cannot be read.`);
  if (manifest.format > ARCHIVE_FORMAT || isNewerVersion(manifest.version, readVersion()))
    throw new OperatorFault(
      `${reader.archive} was made by Causeway ${manifest.version}, this is ${readVersion()}: restore it with that version or a newer one.`,
    );
  return manifest;
}

/** Writes an entry to a new file of mode 0600 and returns its SHA-256; stops at the first byte too many. */
async function writeEntry(entry: ReadEntry, path: string, bytes: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  let size = 0;
  try {
    for await (const chunk of entry) {
      size += chunk.length;
      if (size > bytes) return "";
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return size === bytes ? hash.digest("hex") : "";
}

/** The same without a file. */
async function measureEntry(entry: ReadEntry, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > bytes) return "";
    hash.update(chunk);
  }
  return size === bytes ? hash.digest("hex") : "";
}

function isPlaceOfBackup(name: string): boolean {
  if (name === ARCHIVE.sqlite || name === ARCHIVE.dump || name === ARCHIVE.secret) return true;
  const [top, ...rest] = name.split("/");
  return (
    top === ARCHIVE.media && rest.length > 0 && rest.length <= 8 && rest.every((part) => SEGMENT.test(part))
  );
}

function requireComplete(reader: Reader): Manifest {
  const { manifest, seen } = reader;
  if (manifest === null) throw new OperatorFault(`${reader.archive} is not a backup of Causeway.`);
  const missing = Object.keys(manifest.files).find((name) => !seen.has(name));
  if (missing !== undefined) throw new OperatorFault(`${reader.archive} is damaged: ${missing} is missing.`);
  const database = manifest.database === "sqlite" ? ARCHIVE.sqlite : ARCHIVE.dump;
  for (const name of reader.wanted.needsSecret ? [database, ARCHIVE.secret] : [database])
    if (!seen.has(name)) throw new OperatorFault(`${reader.archive} is damaged: ${name} is missing.`);
  return manifest;
}

function foreign(reader: Reader, name: string): OperatorFault {
  return new OperatorFault(
    `${reader.archive} holds ${JSON.stringify(name.slice(0, 120))}, which no backup of Causeway holds: nothing of it was used.`,
  );
}
