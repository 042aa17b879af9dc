import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Decoded pixels, row by row. */
export type Pixels = {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
};

/** Brands of HEVC in HEIF (ISO/IEC 23008-12); `mif1` and `msf1` may hold anything, AVIF too. */
const HEVC = /^(?:hei|hev)[cmsx]$/;
/** The list of items comes before the pictures. */
const ITEMS_WITHIN = 16_384;
const WALL_MS = 30_000;
/** Code and pixels; the decoder's own memory is bounded by the flag below. */
const HEAP_MIB = 384;
const WASM_PAGES = (768 * 1024) / 64;
const HEAD_BYTES = 8;
/** The child halves and thirds what is larger than the largest size that is made. */
const LARGEST_SIDE = 4_096;
const LONGEST_ANSWER = HEAD_BYTES + LARGEST_SIDE * LARGEST_SIDE * 4;
/** Exit codes of heic-child.ts. */
export const HEIC_EXIT = { done: 0, broken: 1, tooLarge: 3 } as const;

/** True for a picture in HEIF whose coding is HEVC: what iPhones take, and what the picture library leaves out for its patents. */
export function isHeic(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256));
  if (head.length < 16 || head.toString("latin1", 4, 8) !== "ftyp") return false;
  const end = Math.min(head.readUInt32BE(0), head.length);
  const brands = [head.toString("latin1", 8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(head.toString("latin1", at, at + 4));
  if (brands.some((brand) => brand.startsWith("avi"))) return false;
  // Some cameras name the family alone; then the kind of its items tells.
  const items = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, ITEMS_WITHIN));
  return brands.some((brand) => HEVC.test(brand)) || items.includes("hvc1");
}

/**
 * Decodes a picture of an iPhone in a process of its own (WebAssembly, without files, network or environment) that is ended
 * at its limits, so that a picture made to hang or to swell hurts nobody. Upright, in sRGB, at most 4,096 pixels long.
 */
export async function decodeHeic(
  bytes: Uint8Array,
  maxPixels: number,
  /** For tests: other limits, another process than the one that decodes. */
  options: { readonly wallMs?: number; readonly entry?: string } = {},
): Promise<Pixels | "broken" | "too_large"> {
  const entry = options.entry ?? fileURLToPath(new URL("heic-child.ts", import.meta.url));
  const child = spawn(process.execPath, [...flagsOf(entry), entry, String(maxPixels), String(LARGEST_SIDE)], {
    env: {},
    // The decoder prints what it thinks of a file; pixels have a way of their own.
    stdio: ["pipe", "ignore", "ignore", "pipe"],
  });
  const tooLong = setTimeout(() => child.kill("SIGKILL"), options.wallMs ?? WALL_MS);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    // One that ends before it has read everything breaks the pipe.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(bytes);
    const pieces: Buffer[] = [];
    let length = 0;
    child.stdio[3]?.on("data", (piece: Buffer) => {
      length += piece.length;
      if (length > LONGEST_ANSWER) child.kill("SIGKILL");
      else pieces.push(piece);
    });
    const code = await ended;
    if (code === HEIC_EXIT.tooLarge) return "too_large";
    return code === HEIC_EXIT.done ? pixelsOf(Buffer.concat(pieces)) : "broken";
  } finally {
    clearTimeout(tooLong);
  }
}

/** The answer of the child: width and height as 32-bit numbers, then RGBA. */
function pixelsOf(answer: Buffer): Pixels | "broken" {
  if (answer.length < HEAD_BYTES) return "broken";
  const [width, height] = [answer.readUInt32BE(0), answer.readUInt32BE(4)];
  const data = answer.subarray(HEAD_BYTES);
  return width > 0 && data.length === width * height * 4 ? { data, width, height, channels: 4 } : "broken";
}

/** It may read code and nothing else (Node's permission model), and grow so far. */
function flagsOf(entry: string): readonly string[] {
  const decoder = fileURLToPath(import.meta.resolve("heic-decode"));
  const packages = decoder.slice(0, decoder.lastIndexOf("node_modules") + "node_modules".length);
  const own = [fileURLToPath(new URL(".", import.meta.url)), entry.slice(0, entry.lastIndexOf("/") + 1)];
  return [
    "--disable-warning=ExperimentalWarning",
    "--disable-warning=SecurityWarning",
    `--max-old-space-size=${HEAP_MIB}`,
    `--wasm-max-mem-pages=${WASM_PAGES}`,
    "--permission",
    ...[`${packages}/`, ...own].map((folder) => `--allow-fs-read=${folder}*`),
  ];
}
