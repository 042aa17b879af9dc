import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FilmOutcome, makeFilm } from "./films.ts";

const RATE = 8_000;

/** Works on a tenth of a second of silence, as it would on a real recording: answers with what came of it. Takes about a second. */
export async function probeFilming(rssBytes: number): Promise<FilmOutcome> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-probe-"));
  try {
    const source = join(folder, "silence");
    await writeFile(source, silence());
    return await makeFilm({
      source,
      folder: join(folder, "work"),
      order: {
        videoSeconds: 1,
        audioSeconds: 1,
        mostPixels: 1,
        longSide: 2,
        shortSide: 2,
        framesPerSecond: 1,
        videoBitrate: 1_000,
        audioBitrate: 64_000,
        mostBytes: 1_000_000,
        loopSeconds: 0,
      },
      limits: {
        startMs: 30_000,
        perSecondMs: 1_000,
        wallMs: 30_000,
        silenceMs: 30_000,
        rssBytes,
        heapMiB: 256,
      },
      signal: AbortSignal.timeout(40_000),
      onProgress: () => undefined,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** RIFF/WAVE, one channel of 16-bit PCM. */
function silence(): Buffer {
  const data = Buffer.alloc((RATE / 10) * 2);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
