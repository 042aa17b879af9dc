import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import {
  ALL_FORMATS,
  BufferSource,
  BufferTarget,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  Mp4OutputFormat,
  Output,
} from "mediabunny";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { type FilmLimits, type FilmOrder, makeFilm, sniffFilm } from "../../server/media/films.ts";
import { probeFilming } from "../../server/media/films-probe.ts";
import { aFilm } from "../support/films.ts";

const ORDER: FilmOrder = {
  videoSeconds: 60,
  audioSeconds: 120,
  mostPixels: 4096 * 2304,
  longSide: 1280,
  shortSide: 720,
  framesPerSecond: 30,
  videoBitrate: 2_500_000,
  audioBitrate: 128_000,
  mostBytes: 50_000_000,
  loopSeconds: 10,
};
const LIMITS: FilmLimits = {
  startMs: 30_000,
  perSecondMs: 10_000,
  wallMs: 60_000,
  silenceMs: 20_000,
  rssBytes: 2 ** 30,
  heapMiB: 256,
};

const folder = mkdtempSync(join(tmpdir(), "causeway-films-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

async function make(
  bytes: Uint8Array,
  options: {
    order?: Partial<FilmOrder>;
    limits?: Partial<FilmLimits>;
    entry?: string;
    signal?: AbortSignal;
  } = {},
) {
  count += 1;
  const source = join(folder, `source-${count}`);
  writeFileSync(source, bytes);
  const seen: number[] = [];
  const outcome = await makeFilm({
    source,
    folder: join(folder, `work-${count}`),
    order: { ...ORDER, ...options.order },
    limits: { ...LIMITS, ...options.limits },
    signal: options.signal ?? new AbortController().signal,
    onProgress: (percent) => seen.push(percent),
    ...(options.entry === undefined ? {} : { entry: options.entry }),
  });
  return { outcome, seen };
}

async function made(bytes: Uint8Array, options: Parameters<typeof make>[1] = {}) {
  const { outcome } = await make(bytes, options);
  if (!outcome.ok) throw new Error(`The film was refused: ${outcome.fault}`);
  const film = readFileSync(outcome.film);
  const input = new Input({ source: new BufferSource(film), formats: ALL_FORMATS });
  return { ...outcome, bytes: film, input };
}

/** A process in the place of the one that works on films. */
function aChild(code: string): string {
  const path = join(folder, `child-${(count += 1)}.ts`);
  writeFileSync(path, code);
  return path;
}

/** A film with a note in front of its first picture, as drones write them (H.264, SEI, user data unregistered). */
async function withNote(film: Uint8Array, note: string): Promise<Uint8Array> {
  const input = new Input({ source: new BufferSource(film), formats: ALL_FORMATS });
  const track = await input.getPrimaryVideoTrack();
  const decoderConfig = (await track?.getDecoderConfig()) ?? null;
  if (track === null || decoderConfig === null) throw new Error("The film has no pictures.");
  const payload = Buffer.concat([Buffer.alloc(16, 7), Buffer.from(note)]);
  const unit = Buffer.concat([Buffer.from([6, 5, payload.length]), payload, Buffer.from([0x80])]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat(), target });
  const pictures = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(pictures);
  await output.start();
  let isFirst = true;
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const data = isFirst ? new Uint8Array(Buffer.concat([length, unit, packet.data])) : packet.data;
    await pictures.add(packet.clone({ data }), { decoderConfig });
    isFirst = false;
  }
  await output.finalize();
  return new Uint8Array(target.buffer ?? new ArrayBuffer(0));
}

describe("A film", () => {
  test("becomes H.264 and AAC with its index in front, and leaves everything personal behind (MED-05)", async () => {
    const { facts, bytes, input, still } = await made(
      await aFilm({
        in: "mkv",
        video: { codec: "vp9", width: 320, height: 240 },
        audio: { codec: "opus" },
        tags: { title: "Kreuzberg", comment: "+52.4990+013.4180/" },
      }),
    );
    expect(facts).toMatchObject({
      kind: "video",
      mediaType: "video/mp4",
      width: 320,
      height: 240,
      isLoop: false,
    });
    expect(facts.durationMs).toBeGreaterThan(950);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    expect(bytes.includes("Kreuzberg") || bytes.includes("+52.4990")).toBe(false);
    expect(await (await input.getPrimaryVideoTrack())?.getCodec()).toBe("avc");
    expect(await (await input.getPrimaryAudioTrack())?.getCodec()).toBe("aac");
    expect(still === null ? null : (await sharp(readFileSync(still)).metadata()).format).toBe("webp");
  });

  test("that fits is copied packet by packet, without what was written about it", async () => {
    const source = await aFilm({
      in: "mp4",
      video: { codec: "avc", width: 160, height: 120 },
      audio: { codec: "aac" },
      tags: { title: "Kreuzberg" },
    });
    const { bytes, input } = await made(source);
    const before = new Input({ source: new BufferSource(source), formats: ALL_FORMATS });
    const stats = async (of: Input) => await (await of.getPrimaryVideoTrack())?.computePacketStats();
    expect((await stats(input))?.averageBitrate).toBeCloseTo((await stats(before))?.averageBitrate ?? 0, -3);
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    expect(bytes.includes("Kreuzberg")).toBe(false);
  });

  test("with notes of its recorder between the pictures is not copied but made anew", async () => {
    const source = await withNote(
      await aFilm({ in: "mp4", video: { codec: "avc", width: 160, height: 120 } }),
      "GPS 52.4990 N 13.4180 E",
    );
    expect(Buffer.from(source).includes("GPS 52.4990")).toBe(true);
    const { bytes, facts } = await made(source);
    expect(facts).toMatchObject({ width: 160, height: 120 });
    expect(bytes.includes("GPS 52.4990")).toBe(false);
  });

  test("that lies on its side is turned, and so is its still", async () => {
    const { facts, input, still } = await made(
      await aFilm({ in: "mov", video: { codec: "avc", width: 160, height: 120, rotation: 90 } }),
    );
    expect(facts).toMatchObject({ width: 120, height: 160, isLoop: true });
    expect(await (await input.getPrimaryVideoTrack())?.getRotation()).toBe(0);
    const image = sharp(readFileSync(still ?? ""));
    expect(await image.metadata()).toMatchObject({ width: 120, height: 160 });
    // What was at the top left is at the top right after a quarter turn clockwise.
    const corner = await sharp(
      await image.extract({ left: 100, top: 8, width: 12, height: 12 }).toBuffer(),
    ).stats();
    expect(corner.channels[0]?.mean ?? 0).toBeGreaterThan((corner.channels[1]?.mean ?? 0) + 80);
  });

  test("is made smaller to fit 720 lines, lying or standing, never larger, and slower than 31 pictures a second", async () => {
    const tall = await made(
      await aFilm({
        in: "mp4",
        seconds: 0.2,
        video: { codec: "avc", width: 900, height: 1600, framesPerSecond: 60 },
      }),
    );
    expect(tall.facts).toMatchObject({ width: 720, height: 1280 });
    const track = await tall.input.getPrimaryVideoTrack();
    expect((await track?.computePacketStats())?.averagePacketRate).toBeLessThanOrEqual(31);
  });

  test("too large for memory has room for its index in front", async () => {
    const source = await aFilm({
      in: "webm",
      seconds: 2,
      video: { codec: "vp8", width: 160, height: 120 },
      audio: { codec: "opus" },
    });
    const { bytes, input } = await made(source, { order: { videoBitrate: 4_000_000_000 } });
    expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    expect(await input.computeDuration()).toBeGreaterThan(1.9);
  });
});

describe("A recording", () => {
  test.each([
    ["mp3", "mp3"],
    ["wav", "pcm-s16"],
    ["ogg", "opus"],
  ] as const)("as %s becomes AAC", async (wrapping, codec) => {
    const source = await aFilm({ in: wrapping, audio: { codec }, tags: { artist: "Somebody" } });
    expect(sniffFilm(source)).toBe("audio");
    const { facts, bytes, input } = await made(source);
    expect(facts).toMatchObject({ kind: "audio", mediaType: "audio/mp4", width: null, hasStill: false });
    expect(await (await input.getPrimaryAudioTrack())?.getCodec()).toBe("aac");
    expect(bytes.includes("Somebody")).toBe(false);
  });
});

describe("What cannot be used is refused with its reason", () => {
  test("cut off, empty, disguised or noise", async () => {
    const film = await aFilm({ in: "mp4", seconds: 2, video: { codec: "avc", width: 160, height: 120 } });
    const cut = film.subarray(0, Math.floor(film.length / 2));
    const page = new TextEncoder().encode("\0\0\0\x18ftypisom<html><script>alert(1)</script>");
    const noise = film.map((byte, index) => (index > 60 ? (byte * 7 + index) & 255 : byte));
    for (const bytes of [cut, page, noise, new Uint8Array(0)]) {
      const { outcome } = await make(bytes);
      expect(outcome.ok ? "ok" : outcome.fault).toMatch(/^(?:broken|empty)$/);
    }
  });

  test("too long and too large pictures are not even decoded", async () => {
    const film = await aFilm({ in: "mp4", seconds: 3, video: { codec: "avc", width: 160, height: 120 } });
    expect((await make(film, { order: { videoSeconds: 1 } })).outcome).toEqual({
      ok: false,
      fault: "too_long",
    });
    expect((await make(film, { order: { mostPixels: 10_000 } })).outcome).toEqual({
      ok: false,
      fault: "too_wide",
    });
  });

  test("a result that grows over the limit", async () => {
    const film = await aFilm({ in: "webm", video: { codec: "vp8", width: 160, height: 120 } });
    expect((await make(film, { order: { mostBytes: 1_000 } })).outcome).toEqual({
      ok: false,
      fault: "too_large",
    });
  });

  test("names and claimed types say nothing: pictures, pages and documents are no films", () => {
    const text = (value: string) => new TextEncoder().encode(value);
    for (const head of [
      "<!doctype html>",
      "%PDF-1.7",
      "GIF89a",
      "\0\0\0\x1cftypavif",
      "\0\0\0\x1cftypheic",
      "MZ",
      "",
    ])
      expect(sniffFilm(text(head))).toBeNull();
    expect(sniffFilm(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toBeNull();
    expect(sniffFilm(text("#EXTM3U\nhttps://internal/"))).toBeNull();
  });
});

describe("The process", () => {
  test("that hangs, and one that says nothing, is killed (MED-04)", async () => {
    const film = await aFilm({ in: "mp4", video: { codec: "avc", width: 160, height: 120 } });
    const busy = aChild(
      `setInterval(() => console.log(JSON.stringify({ type: "progress", percent: 1, rss: 1 })), 20);`,
    );
    expect((await make(film, { entry: busy, limits: { startMs: 700 } })).outcome).toEqual({
      ok: false,
      fault: "too_heavy",
    });
    const silent = aChild(`process.stdout.write(""); for (;;) {}`);
    expect((await make(film, { entry: silent, limits: { silenceMs: 700 } })).outcome).toEqual({
      ok: false,
      fault: "too_heavy",
    });
  });

  test("that takes too much memory is killed", async () => {
    const greedy = aChild(
      `const kept = []; setInterval(() => { kept.push(Buffer.alloc(40e6, 1)); console.log(JSON.stringify({ type: "progress", percent: 1, rss: process.memoryUsage.rss() })); }, 10);`,
    );
    const { outcome } = await make(new Uint8Array(8), { entry: greedy, limits: { rssBytes: 300e6 } });
    expect(outcome).toEqual({ ok: false, fault: "too_heavy" });
  });

  test("that crashes is a broken film, and the server lives", async () => {
    const crashing = aChild(`process.kill(process.pid, "SIGSEGV"); setInterval(() => {}, 1e6);`);
    expect((await make(new Uint8Array(8), { entry: crashing })).outcome).toEqual({
      ok: false,
      fault: "broken",
    });
  });

  test("has no environment, reads and writes no files but those it was handed, and starts nothing (SSR-11)", async () => {
    const curious = aChild(`
      import { readFileSync, writeFileSync, writeSync } from "node:fs";
      import { execSync } from "node:child_process";
      const denied = (work) => { try { work(); return false; } catch (error) { return error.code === "ERR_ACCESS_DENIED"; } };
      writeSync(4, JSON.stringify({
        env: Object.keys(process.env),
        read: denied(() => readFileSync("/etc/passwd")),
        write: denied(() => writeFileSync("x", "x")),
        exec: denied(() => execSync("true")),
      }));
      console.log(JSON.stringify({ type: "done", facts: { kind: "audio", hasStill: false } }));
      setInterval(() => {}, 1e6);`);
    const { outcome } = await make(new Uint8Array(8), { entry: curious });
    const told = outcome.ok ? (JSON.parse(readFileSync(outcome.film, "utf8")) as unknown) : outcome;
    expect(told).toEqual({ env: [], read: true, write: true, exec: true });
  });

  test("is tried by the doctor with a recording of its own", async () => {
    expect(await probeFilming(LIMITS.rssBytes)).toMatchObject({ ok: true, facts: { kind: "audio" } });
  });

  test("ends with its parent, however that ended", async () => {
    const entry = fileURLToPath(new URL("../../server/media/films-child.ts", import.meta.url));
    const child = spawn(process.execPath, [entry], { stdio: ["pipe", "ignore", "ignore"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.once("spawn", resolve));
    child.stdin.destroy();
    expect(await ended).toBe(1);
  });

  test("ends when its work is not wanted any more", async () => {
    const control = new AbortController();
    const busy = aChild(
      `setInterval(() => console.log(JSON.stringify({ type: "progress", percent: 1, rss: 1 })), 20);`,
    );
    const work = make(new Uint8Array(8), { entry: busy, signal: control.signal });
    setTimeout(() => control.abort(new Error("The server is stopping.")), 300);
    await expect(work).rejects.toThrow("stopping");
  });
});
