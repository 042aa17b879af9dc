// The process that works on one film or recording, started by films.ts. Decoders are the part of a server that strangers'
// bytes break first, so they run here: no environment, no paths, no network, three open files and a pipe each way. It ends with
// its parent, and its parent ends it at its limits.

import { ftruncateSync, fstatSync, read as readAt, writeSync } from "node:fs";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import {
  ADTS,
  CustomSource,
  FLAC,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  type MetadataTags,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from "mediabunny";
import { convertFilm, planFilm } from "./films-conversion.ts";
import { type FilmEvent, type FilmFacts, type FilmFault, type FilmOrder, HANDED } from "./films-order.ts";
import { findStill } from "./films-still.ts";
import { createToneMap } from "./films-tone.ts";

/** Playlists are left out: they name other files. */
const FORMATS = [MP4, QTFF, WEBM, MATROSKA, OGG, MP3, WAVE, FLAC, ADTS, MPEG_TS];
const TELL_EVERY_MS = 400;
/** Above normal work of the machine, so that pages stay quick. */
const NICENESS = 10;
const MOST_COVER_BYTES = 8 * 1024 * 1024;

const readFrom = promisify(readAt);

let percent = 0;

function tell(event: FilmEvent): void {
  writeSync(1, `${JSON.stringify(event)}\n`);
}

function sourceOf(fd: number): CustomSource {
  return new CustomSource({
    getSize: () => fstatSync(fd).size,
    read: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await readFrom(fd, bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    },
    prefetchProfile: "fileSystem",
    handleUnhandledError: () => undefined,
  });
}

async function work(order: FilmOrder): Promise<FilmFacts | FilmFault> {
  using input = new Input({ source: sourceOf(HANDED.source), formats: FORMATS });
  const plan = await planFilm(input, order);
  if (typeof plan === "string") return plan;
  tell({ type: "planned", seconds: plan.seconds });
  const tone = plan.video?.isHdr === true ? await createToneMap() : null;
  const still =
    plan.video === null
      ? coverOf(await input.getMetadataTags())
      : await findStill(plan.video.track, plan.seconds, tone);
  if (plan.video !== null && still === null) return "broken";
  if (still !== null) writeSync(HANDED.still, still);
  percent = 2;
  const written = await convertFilm(input, plan, order, {
    tone,
    write: (bytes, position) => void writeSync(HANDED.film, bytes, 0, bytes.length, position),
    onProgress: (share) => (percent = 2 + Math.floor(share * 97)),
  });
  tone?.close();
  if (written === "too_large") return "too_large";
  ftruncateSync(HANDED.film, written);
  return {
    kind: plan.video === null ? "audio" : "video",
    mediaType: plan.video === null ? "audio/mp4" : "video/mp4",
    width: plan.video?.width ?? null,
    height: plan.video?.height ?? null,
    durationMs: Math.round(plan.seconds * 1000),
    isLoop: plan.video !== null && plan.audio === null && plan.seconds <= order.loopSeconds,
    hasStill: still !== null,
  };
}

/** The picture inside a recording; whoever keeps it encodes it anew. */
function coverOf(tags: MetadataTags): Uint8Array | null {
  const images = tags.images ?? [];
  const cover = images.find((image) => image.kind === "coverFront") ?? images[0];
  return cover === undefined || cover.data.length > MOST_COVER_BYTES ? null : cover.data;
}

async function main(order: FilmOrder): Promise<void> {
  const ticking = setInterval(
    () => tell({ type: "progress", percent, rss: process.memoryUsage.rss() }),
    TELL_EVERY_MS,
  );
  try {
    const outcome = await work(order);
    tell(
      typeof outcome === "string" ? { type: "refused", fault: outcome } : { type: "done", facts: outcome },
    );
  } catch {
    // Whatever a decoder says about a file, for the person it is one thing: it cannot be played.
    tell({ type: "refused", fault: "broken" });
  }
  clearInterval(ticking);
  process.exit(0);
}

setPriority(NICENESS);
Reflect.deleteProperty(globalThis, "fetch");
Reflect.deleteProperty(globalThis, "WebSocket");
Logging.level = LogLevel.Silent;
const lines = createInterface({ input: process.stdin });
// The pipe ends when the parent ends, however it ended.
lines.once("close", () => process.exit(1));
lines.once("line", (line) => {
  void (async () => {
    const { registerMediabunnyServer } = await import("@mediabunny/server");
    // No search for graphics hardware: it prints to the terminal and opens devices.
    registerMediabunnyServer({ hardwareContext: null });
    await main(JSON.parse(line) as FilmOrder);
  })();
});
