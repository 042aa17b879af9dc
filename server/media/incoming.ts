import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CausewayError } from "../errors.ts";

const NAME = /^[A-Za-z0-9_-]{22,64}\.part$/;

/** Unfinished uploads in a folder of this machine: kept apart from the store, because they grow. */
export type Incoming = {
  /** Where a file is, for whoever takes it over. */
  pathOf(name: string): string;
  /** Writes a piece at its place and waits until it is on the disk. @throws unavailable when the disk is full. */
  write(name: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** The first bytes of a file; fewer when it is shorter, none when it is gone. */
  head(name: string, length: number): Promise<Uint8Array>;
  /** Bytes on the disk; null when there is no such file. */
  sizeOf(name: string): Promise<number | null>;
  remove(name: string): Promise<void>;
  /** Every file, with when it was last written to, ms. */
  list(): Promise<readonly { readonly name: string; readonly at: number }[]>;
};

/** Unfinished uploads in `folder`, which is made when the first one comes. */
export function createIncoming(folder: string): Incoming {
  const pathOf = (name: string) => {
    if (!NAME.test(name)) throw new Error("This is not the name of an unfinished upload.");
    return join(folder, name);
  };
  return {
    pathOf,
    async write(name, offset, bytes) {
      await mkdir(folder, { recursive: true, mode: 0o750 });
      try {
        await writePiece(pathOf(name), offset, bytes);
      } catch (error) {
        if (["ENOSPC", "EDQUOT"].includes(codeOf(error)))
          throw new CausewayError("unavailable", "film.no_room", { cause: error });
        throw error;
      }
    },
    async head(name, length) {
      try {
        const file = await open(pathOf(name), "r");
        const { buffer, bytesRead } = await file
          .read(new Uint8Array(length), 0, length, 0)
          .finally(() => file.close());
        return buffer.subarray(0, bytesRead);
      } catch (error) {
        if (codeOf(error) === "ENOENT") return new Uint8Array(0);
        throw error;
      }
    },
    sizeOf: async (name) => (await look(pathOf(name)))?.size ?? null,
    remove: async (name) => await rm(pathOf(name), { force: true }),
    async list() {
      const files: { readonly name: string; readonly at: number }[] = [];
      for (const name of await namesIn(folder)) {
        const found = NAME.test(name) ? await look(pathOf(name)) : null;
        if (found !== null) files.push({ name, at: found.mtimeMs });
      }
      return files;
    },
  };
}

async function writePiece(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  // The first piece begins the file anew; later ones never do, and fail when it is gone.
  const file = await open(path, offset === 0 ? "w" : "r+", 0o640);
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function look(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
