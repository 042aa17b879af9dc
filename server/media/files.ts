// Files and pictures: where uploads are kept, and how they are re-encoded. May import context and errors.
// Imported by services/media/, app.ts and process entries. Names are unguessable and made here, never taken from people.
// Nothing here knows who may see a file.

import { createReadStream } from "node:fs";
import {
  copyFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import type { Readable } from "node:stream";
import type { Files } from "../context.ts";
import { CausewayError } from "../errors.ts";

const ENDINGS = "webp|avif|png|jpg|gif|mp4|webm|mov|m4a|mp3|ogg|opus|flac|wav|vtt|bin";
const NAME = new RegExp(`^[A-Za-z0-9_-]{22,}\\.(?:${ENDINGS})$`);
/** Every name in a text; `g`, so for `matchAll` alone. */
export const FILE_NAMES = new RegExp(`[A-Za-z0-9_-]{22,}\\.(?:${ENDINGS})`, "g");
const LONGEST_NAME = 128;
const TEMPORARY = "incoming";

/** True for a name of this store: 22 or more characters of base64url and a known ending. */
export function isFileName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name);
}

/** Throws unless `name` is one of ours: whatever comes from elsewhere never becomes a path or a key. */
export function requireFileName(name: string): void {
  if (!isFileName(name)) throw new Error("This is not the name of a stored file.");
}

/** Where a file lies below its folder, in a bucket as on a disk: one folder per first two characters. */
export function placeOf(name: string): string {
  return `${name.slice(0, 2)}/${name}`;
}

/**
 * Files in a folder of the disk, spread over sub-folders by the first two characters of their names. A file has its name
 * only once all its bytes are on the disk. @throws unavailable when the disk is full.
 */
export function createFiles(folder: string): Files {
  const pathOf = (name: string) => join(folder, placeOf(name));
  const put = async (name: string, fill: (temporary: string) => Promise<void>) => {
    requireFileName(name);
    try {
      await writeWhole(join(folder, TEMPORARY, name), pathOf(name), fill);
    } catch (error) {
      if (isFull(error)) throw new CausewayError("unavailable", "error.unavailable", { cause: error });
      throw error;
    }
  };
  return {
    write: (name, bytes) => put(name, async (temporary) => await writeFile(temporary, bytes)),
    take: (name, path) => put(name, async (temporary) => await moveFile(path, temporary)),
    read: async (name) => (isFileName(name) ? await orNull(readFile(pathOf(name))) : null),
    size: async (name) => (isFileName(name) ? ((await orNull(stat(pathOf(name))))?.size ?? null) : null),
    async open(name, range) {
      const file = isFileName(name) ? await orNull(open(pathOf(name))) : null;
      return file === null ? null : await streamOf(file, range);
    },
    async withPath(name, work) {
      const there = isFileName(name) && (await orNull(stat(pathOf(name)))) !== null;
      return there ? await work(pathOf(name)) : null;
    },
    async remove(name) {
      requireFileName(name);
      await rm(pathOf(name), { force: true });
    },
    list: () => listFolder(folder),
    async usage() {
      let sum = 0;
      for await (const { size } of listFolder(folder)) sum += size;
      return sum;
    },
    sweep: (before) => sweepFolder(join(folder, TEMPORARY), before),
  };
}

/** Files in memory, for tests. */
export function memoryFiles(): Files {
  const kept = new Map<string, { readonly bytes: Uint8Array; readonly changedAt: number }>();
  const sizeOf = (name: string) => kept.get(name)?.bytes.length ?? null;
  return {
    async write(name, bytes) {
      requireFileName(name);
      kept.set(name, { bytes: bytes.slice(), changedAt: 0 });
    },
    async take(name, path) {
      requireFileName(name);
      kept.set(name, { bytes: await readFile(path), changedAt: 0 });
      await rm(path, { force: true });
    },
    read: async (name) => kept.get(name)?.bytes.slice() ?? null,
    size: async (name) => sizeOf(name),
    async open(name, range) {
      const size = sizeOf(name);
      const bytes = kept
        .get(name)
        ?.bytes.slice(range?.start ?? 0, range === undefined ? undefined : range.end + 1);
      return size === null || bytes === undefined ? null : { size, stream: new Blob([bytes]).stream() };
    },
    async withPath(name, work) {
      const bytes = kept.get(name)?.bytes;
      if (bytes === undefined) return null;
      return await withTemporary(name, async (path) => {
        await writeFile(path, bytes);
        return await work(path);
      });
    },
    async remove(name) {
      kept.delete(name);
    },
    async *list() {
      for (const [name, { bytes, changedAt }] of kept) yield { name, size: bytes.length, changedAt };
    },
    usage: async () => [...kept.values()].reduce((sum, { bytes }) => sum + bytes.length, 0),
    sweep: async () => 0,
  };
}

/** Runs `work` with a path in a new folder of its own that is gone afterwards; the file's ending is kept. */
export async function withTemporary<T>(
  name: string,
  work: (path: string) => Promise<T>,
  parent = tmpdir(),
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "causeway-file-"));
  try {
    return await work(join(folder, `file${extname(name)}`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function streamOf(
  file: FileHandle,
  range: { readonly start: number; readonly end: number } | undefined,
): Promise<{ readonly size: number; readonly stream: ReadableStream<Uint8Array> }> {
  const { size } = await file.stat();
  const end = Math.min(range?.end ?? size - 1, size - 1);
  const start = range?.start ?? 0;
  if (end < start) {
    await file.close();
    return { size, stream: new Blob([]).stream() };
  }
  // The stream closes the file, also when whoever reads it goes away.
  return { size, stream: readableOf(createReadStream("", { fd: file, start, end })) };
}

/** A stream of the disk as the web knows them, read piece by piece as it is asked for. */
function readableOf(source: Readable): ReadableStream<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      else controller.enqueue(new Uint8Array(next.value));
    },
    cancel: () => void source.destroy(),
  });
}

/** Renames, or copies where source and target are on different disks. */
async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
    await copyFile(from, to);
    await rm(from, { force: true });
  }
}

async function writeWhole(
  temporary: string,
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(temporary), { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  try {
    await fill(temporary);
    await settle(temporary, 0o640);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The new name is an entry of the folder, which is a file of its own to the disk.
  await settle(dirname(path));
}

/** Waits until what was written is on the disk. */
async function settle(path: string, mode?: number): Promise<void> {
  const file = await open(path, "r");
  try {
    if (mode !== undefined) await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function* listFolder(folder: string): ReturnType<Files["list"]> {
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== TEMPORARY) yield* listFolder(path);
    if (!entry.isFile() || !isFileName(basename(path))) continue;
    // A file may be removed between the listing and the look.
    const found = await orNull(stat(path));
    if (found !== null) yield { name: entry.name, size: found.size, changedAt: found.mtimeMs };
  }
}

/** Removes what was last changed in a folder before a time in ms; returns how many. */
export async function sweepFolder(folder: string, before: number): Promise<number> {
  let removed = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    const found = await orNull(stat(path));
    if (found === null || found.mtimeMs >= before) continue;
    await rm(path, { force: true, recursive: true });
    removed += 1;
  }
  return removed;
}

async function entriesOf(folder: string) {
  return (await orNull(readdir(folder, { withFileTypes: true }))) ?? [];
}

/** Null instead of an error where there is nothing by that name. */
async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(codeOf(error));
}
