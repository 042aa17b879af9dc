// The process that decodes one picture in HEIF with HEVC, started by heic.ts: the file comes in by standard input, pixels
// leave by descriptor 3. Arguments: most pixels, longest side of the answer.

import { writeSync } from "node:fs";
import decode from "heic-decode";
import { isWide, toStandard } from "./heic-colour.ts";

const PIXELS = 3;
const EXIT = { broken: 1, tooLarge: 3 } as const;
const [maxPixels = 0, longestSide = 1] = process.argv.slice(2).map(Number);

const pieces: Buffer[] = [];
for await (const piece of process.stdin) if (Buffer.isBuffer(piece)) pieces.push(piece);
const file = Buffer.concat(pieces);

const pictures = await decode.all({ buffer: file }).catch(() => null);
const [picture] = pictures ?? [];
if (picture === undefined) process.exit(EXIT.broken);
// What it says of its size is known before a pixel is decoded.
if (picture.width * picture.height > maxPixels) process.exit(EXIT.tooLarge);
const full = await picture.decode().catch(() => null);
if (full === null) process.exit(EXIT.broken);
const step = Math.ceil(Math.max(full.width, full.height) / longestSide);
const small = step === 1 ? full : reduced(full, step);
if (isWide(file)) toStandard(small.data);
const head = Buffer.alloc(8);
head.writeUInt32BE(small.width, 0);
head.writeUInt32BE(small.height, 4);
for (const part of [head, small.data]) writeAll(part);

function writeAll(bytes: Uint8Array | Uint8ClampedArray): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(PIXELS, bytes, at);
    } catch (error) {
      // The pipe is full for a moment.
      if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    }
  }
}

type Picture = { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };

/** Every `step` × `step` pixels become one: their mean. */
function reduced({ width, height, data }: Picture, step: number): Picture {
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)];
  const out = new Uint8ClampedArray(columns * rows * 4);
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      for (let channel = 0; channel < 4; channel += 1) {
        let sum = 0;
        for (let y = 0; y < step; y += 1)
          for (let x = 0; x < step; x += 1)
            sum += data[((row * step + y) * width + column * step + x) * 4 + channel] ?? 0;
        out[(row * columns + column) * 4 + channel] = sum / (step * step);
      }
  return { width: columns, height: rows, data: out };
}
