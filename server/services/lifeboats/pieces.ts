import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { App } from "../../context.ts";
import type { Piece } from "../../lifeboat/pack-archive.ts";

/** A text that is written to a file of its own while its hash is made, however long it is. */
export type PieceWriter = {
  write(text: string): Promise<void>;
  /** The piece, once everything is written. */
  end(): Promise<Piece>;
};

/** Texts are gathered until they are worth a write, bytes. */
const WRITE_BYTES = 256 * 1024;

/** Writes a piece into `folder`. */
export async function createPieceWriter(folder: string, path: string): Promise<PieceWriter> {
  const target = join(folder, path.replaceAll("/", "-"));
  const file = await open(target, "wx", 0o600);
  const hash = createHash("sha256");
  let size = 0;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    hash.update(bytes);
    await file.writeFile(bytes);
  };
  return {
    async write(text) {
      const bytes = Buffer.from(text);
      size += bytes.length;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (waitingBytes >= WRITE_BYTES) await flush();
    },
    async end() {
      await flush();
      await file.close();
      return { path, size, sha256: hash.digest("hex"), open: () => createReadStream(target) };
    },
  };
}

/** What is read at once from the store. */
export type Measured = { readonly sha256: string; readonly size: number };

/** SHA-256 (hex) and size of a stored file, read once from its beginning to its end; null when it is not there. */
export async function measureStored(app: App, name: string): Promise<Measured | null> {
  const file = await app.files.open(name);
  if (file === null) return null;
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of file.stream) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { sha256: hash.digest("hex"), size };
}

/** A piece that is a stored file. */
export function storedPiece(app: App, path: string, name: string, { sha256, size }: Measured): Piece {
  return { path, sha256, size, open: () => streamOfStored(app, name) };
}

async function* streamOfStored(app: App, name: string): AsyncGenerator<Uint8Array> {
  const file = await app.files.open(name);
  // Gone since it was measured; whoever packs notices that bytes are missing.
  if (file !== null) yield* file.stream;
}
