import { spawn } from "node:child_process";
import { type FileHandle, mkdir, open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { FilmEvent, FilmFacts, FilmFault, FilmOrder } from "./films-order.ts";

export type { FilmFacts, FilmFault, FilmOrder } from "./films-order.ts";

/** What the first bytes of a file say it is; the file may still be something else or broken. */
export type FilmSort = "video" | "audio";

/** How many bytes `sniffFilm` wants to see. */
export const FILM_HEAD_BYTES = 1024;

/** Pictures in the same family of boxes as films (ISO/IEC 23008-12). */
const PICTURE_BRANDS = /^(?:avif|avis|hei[cmsx]|hev[cmsx]|mif1|msf1|jxl )$/;
const BOXES = new Set(["moov", "mdat", "wide", "free", "skip", "pnot"]);

/** Whether a file begins like a film or a recording that may be taken; null when it does not. Names and claimed types say nothing. */
export function sniffFilm(bytes: Uint8Array): FilmSort | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, FILM_HEAD_BYTES));
  const text = (start: number, end: number) => head.toString("latin1", start, end);
  if (text(4, 8) === "ftyp") {
    const brand = text(8, 12);
    if (PICTURE_BRANDS.test(brand)) return null;
    return /^M4[AB] /.test(brand) ? "audio" : "video";
  }
  if (BOXES.has(text(4, 8)) && head.readUInt32BE(0) < 2 ** 31) return "video";
  if (text(0, 4) === "\x1aE\xdf\xa3") return "video";
  if (text(0, 4) === "OggS") return "audio";
  if (text(0, 4) === "fLaC" || text(0, 3) === "ID3") return "audio";
  if (text(0, 4) === "RIFF" && text(8, 12) === "WAVE") return "audio";
  // MPEG transport stream: packets of 188 bytes, each with 0x47 in front.
  if (head[0] === 0x47 && head[188] === 0x47 && head[376] === 0x47) return "video";
  return isMpegAudio(head) ? "audio" : null;
}

/** Frame header of MP3 (layer III) or ADTS: 11 or 12 bits set, and then values that are not reserved. */
function isMpegAudio(head: Buffer): boolean {
  const [first = 0, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return false;
  if ((second & 0xf6) === 0xf0) return (third & 0x3c) >> 2 <= 12;
  return (second & 0x06) === 0x02 && (second & 0x18) !== 0x08 && third >> 4 !== 15 && (third & 0x0c) !== 0x0c;
}

/** What came of a film: where its parts are until the work folder is removed, or why there is none. */
export type FilmOutcome =
  | {
      readonly ok: true;
      readonly facts: FilmFacts;
      readonly film: string;
      readonly size: number;
      /** A WebP still of a film, or the picture inside a recording as it was. */
      readonly still: string | null;
    }
  | { readonly ok: false; readonly fault: FilmFault };

/** What the process may take. */
export type FilmLimits = {
  /** Until it is known how long the film is, ms. */
  readonly startMs: number;
  /** From then on for each second of it, ms. */
  readonly perSecondMs: number;
  /** Whole work at most, ms. */
  readonly wallMs: number;
  /** Without a sign of life, ms. */
  readonly silenceMs: number;
  /** Memory, bytes. */
  readonly rssBytes: number;
  /** Of that for JavaScript, MiB. */
  readonly heapMiB: number;
};

/**
 * True when the packages that films need are there: `@mediabunny/server` is optional, and has no build for some machines. Other
 * runtimes than Node cannot start the process that works on films.
 */
export function isFilmingInstalled(): boolean {
  if (process.versions["deno"] !== undefined || process.versions["bun"] !== undefined) return false;
  try {
    import.meta.resolve("@mediabunny/server");
    return true;
  } catch {
    return false;
  }
}

/**
 * Works on a film in a process of its own, which is handed open files instead of paths and is stopped at its limits. `folder`
 * is emptied first, holds the results, and is the caller's to remove. @throws when the process cannot be started or was stopped
 * by `signal`.
 */
export async function makeFilm(job: {
  readonly source: string;
  readonly folder: string;
  readonly order: FilmOrder;
  readonly limits: FilmLimits;
  readonly signal: AbortSignal;
  onProgress(percent: number): void;
  /** For tests: another process than the one that works on films. */
  readonly entry?: string;
}): Promise<FilmOutcome> {
  await rm(job.folder, { recursive: true, force: true });
  await mkdir(job.folder, { recursive: true, mode: 0o700 });
  const [film, still] = [join(job.folder, "film"), join(job.folder, "still")];
  const files: FileHandle[] = [];
  try {
    files.push(await open(job.source, "r"), await open(film, "wx+", 0o600), await open(still, "wx", 0o600));
    const end = await runChild(
      job,
      files.map((file) => file.fd),
    );
    if (end.type === "refused") return { ok: false, fault: end.fault };
    await files[1]?.sync();
    const { size } = await stat(film);
    if (size === 0) return { ok: false, fault: "broken" };
    return { ok: true, facts: end.facts, film, size, still: end.facts.hasStill ? still : null };
  } finally {
    for (const file of files) await file.close();
  }
}

type End = Exclude<FilmEvent, { readonly type: "planned" | "progress" }>;

async function runChild(job: Parameters<typeof makeFilm>[0], handed: readonly number[]): Promise<End> {
  job.signal.throwIfAborted();
  const entry = job.entry ?? fileURLToPath(new URL("films-child.ts", import.meta.url));
  const child = spawn(process.execPath, [...flagsOf(job.limits, entry), entry], {
    cwd: job.folder,
    env: {},
    stdio: ["pipe", "pipe", "ignore", ...handed],
  });
  const { promise, resolve, reject } = Promise.withResolvers<End>();
  const stop = (end: End) => {
    resolve(end);
    child.kill("SIGKILL");
  };
  const heavy = () => stop({ type: "refused", fault: "too_heavy" });
  let wall = setTimeout(heavy, job.limits.startMs);
  let silence = setTimeout(heavy, job.limits.silenceMs);
  const onAbort = () => {
    reject(job.signal.reason);
    child.kill("SIGKILL");
  };
  job.signal.addEventListener("abort", onAbort, { once: true });
  child.once("error", reject);
  // A decoder that crashes takes its process with it, and the film is what it stumbled over.
  const exited = new Promise<void>((done) => child.once("close", () => done()));
  child.once("close", () => stop({ type: "refused", fault: "broken" }));
  child.stdin?.on("error", () => undefined);
  child.stdin?.write(`${JSON.stringify(job.order)}\n`);
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on("line", (line) => {
      clearTimeout(silence);
      silence = setTimeout(heavy, job.limits.silenceMs);
      const event = eventOf(line);
      if (event === null) return;
      if (event.type === "planned") {
        clearTimeout(wall);
        wall = setTimeout(heavy, wallOf(job.limits, event.seconds));
        return;
      }
      if (event.type !== "progress") return stop(event);
      if (event.rss > job.limits.rssBytes) return heavy();
      job.onProgress(event.percent);
    });
  try {
    return await promise;
  } finally {
    clearTimeout(wall);
    clearTimeout(silence);
    job.signal.removeEventListener("abort", onAbort);
    // Its files are read only once it cannot write any more.
    await exited;
  }
}

function wallOf(limits: FilmLimits, seconds: number): number {
  return Math.min(limits.wallMs, limits.startMs + seconds * limits.perSecondMs);
}

function eventOf(line: string): FilmEvent | null {
  try {
    return JSON.parse(line) as FilmEvent;
  } catch {
    return null;
  }
}

/**
 * Node's permission model keeps the process from opening files other than code, from writing any, and from starting others.
 * Decoders are native code and are not bound by it; what binds them is that nothing ever hands them a name.
 */
function flagsOf(limits: FilmLimits, entry: string): readonly string[] {
  const codes = [fileURLToPath(new URL(".", import.meta.url)), join(entry, ".."), ...packageFolders()];
  return [
    "--disable-warning=ExperimentalWarning",
    "--disable-warning=SecurityWarning",
    `--max-old-space-size=${limits.heapMiB}`,
    "--permission",
    "--allow-addons",
    ...codes.map((folder) => `--allow-fs-read=${folder}/*`),
  ];
}

/** The folders of packages that the process loads, wherever they were installed. */
function packageFolders(): readonly string[] {
  const folders = ["mediabunny", "@mediabunny/server", "sharp"].map((name) => {
    const path = fileURLToPath(import.meta.resolve(name));
    const mark = `node_modules`;
    return path.slice(0, path.lastIndexOf(mark) + mark.length);
  });
  return [...new Set(folders)];
}
