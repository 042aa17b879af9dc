// Files and pictures: where uploads are kept, and how they are re-encoded. May import context and errors.
// Imported by services/media/ and app.ts. Names are unguessable and made here, never taken from people.
// Nothing here knows who may see a file.

import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Files } from "../context.ts";
import { CausewayError } from "../errors.ts";

const NAME = /^[A-Za-z0-9_-]{22,}\.(?:webp|avif|png|jpg|gif|mp4)$/;
const LONGEST_NAME = 128;
const TEMPORARY = "incoming";

/** True for a name of this store: 22 or more characters of base64url and a known ending. */
export function isFileName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name);
}

/**
 * Files in a folder of the disk, spread over sub-folders by the first two characters of their names. A file has its name
 * only once all its bytes are on the disk. @throws unavailable when the disk is full.
 */
export function createFiles(folder: string): Files {
  const pathOf = (name: string) => join(folder, name.slice(0, 2), name);
  return {
    async write(name, bytes) {
      requireName(name);
      try {
        await writeWhole(join(folder, TEMPORARY, name), pathOf(name), bytes);
      } catch (error) {
        if (isFull(error)) throw new CausewayError("unavailable", "error.unavailable", { cause: error });
        throw error;
      }
    },
    async read(name) {
      if (!isFileName(name)) return null;
      try {
        return await readFile(pathOf(name));
      } catch (error) {
        if (codeOf(error) === "ENOENT") return null;
        throw error;
      }
    },
    async remove(name) {
      requireName(name);
      await rm(pathOf(name), { force: true });
    },
    usage: async () => await sizeOf(folder),
  };
}

/** Files in memory, for tests. */
export function memoryFiles(): Files {
  const kept = new Map<string, Uint8Array>();
  return {
    async write(name, bytes) {
      requireName(name);
      kept.set(name, bytes.slice());
    },
    read: async (name) => kept.get(name)?.slice() ?? null,
    async remove(name) {
      kept.delete(name);
    },
    usage: async () => [...kept.values()].reduce((sum, bytes) => sum + bytes.length, 0),
  };
}

function requireName(name: string): void {
  if (!isFileName(name)) throw new Error("This is not the name of a stored file.");
}

async function writeWhole(temporary: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(temporary), { recursive: true });
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(temporary, "w", 0o640);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The new name is an entry of the folder, which is a file of its own to the disk.
  const parent = await open(dirname(path), "r");
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

async function sizeOf(folder: string): Promise<number> {
  let sum = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += await sizeOf(path);
    else if (entry.isFile()) sum += await bytesOf(path);
  }
  return sum;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/** A file may be removed between the listing and the look. */
async function bytesOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(codeOf(error));
}
