// The one kind of tar that lifeboats are: plain files, one after another, with headers that say nothing but name, size and
// time. A header that this file would not have written belongs to no lifeboat, whatever other programs make of it.

/** Everything in a tar is a multiple of this, bytes. */
export const BLOCK = 512;
/** What eleven octal digits can say. */
export const MOST_FILE_BYTES = 8 ** 11 - 1;
/** What stands behind the last file: two empty blocks. */
export const END_BYTES = 2 * BLOCK;

const NAME_BYTES = 100;
const CHECKSUM = { at: 148, bytes: 8 } as const;
const KIND_AT = 156;
const MAGIC_AT = 257;

/** A file in a tar; `size` in bytes, `time` in whole seconds since 1970. */
export type TarFile = { readonly path: string; readonly size: number; readonly time: number };

/** The header of a file (POSIX ustar). @throws RangeError for what does not fit into one. */
export function toTarHeader({ path, size, time }: TarFile): Buffer {
  const name = Buffer.from(path, "latin1");
  if (name.length === 0 || name.length > NAME_BYTES || !/^[!-~]+$/.test(path)) throw new RangeError("name");
  if (!Number.isSafeInteger(size) || size < 0 || size > MOST_FILE_BYTES) throw new RangeError("size");
  if (!Number.isSafeInteger(time) || time < 0 || time > MOST_FILE_BYTES) throw new RangeError("time");
  const block = Buffer.alloc(BLOCK);
  name.copy(block);
  const write = (text: string, at: number): void => void block.write(text, at, "latin1");
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  write("0000644\0", 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  write(`${octal(size, 11)}\0`, 124);
  write(`${octal(time, 11)}\0`, 136);
  write("0", KIND_AT);
  write("ustar\x0000", MAGIC_AT);
  write("0000000\0", 329);
  write("0000000\0", 337);
  write(`${octal(checksumOf(block), 6)}\0 `, CHECKSUM.at);
  return block;
}

/** Why a block is no header of ours. */
export type TarFault = "kind" | "broken";

/** Reads a header; `kind` for a link, device, folder, sparse file or extension, `broken` for anything else foreign. */
export function fromTarHeader(block: Uint8Array): TarFile | TarFault {
  const buffer = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  const path = textIn(buffer, 0, NAME_BYTES);
  const file = { path, size: octalIn(buffer, 124), time: octalIn(buffer, 136) };
  if (isSameHeader(buffer, file)) return file;
  const isTar =
    textIn(buffer, MAGIC_AT, 5) === "ustar" && octalIn(buffer, CHECKSUM.at) === checksumOf(buffer);
  return isTar && !["0", ""].includes(textIn(buffer, KIND_AT, 1)) ? "kind" : "broken";
}

/** Zeros between the end of a file and the next header, bytes. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Bytes that a file takes, header and padding included. */
export function roomOf(size: number): number {
  return BLOCK + size + paddingOf(size);
}

function isSameHeader(block: Buffer, file: TarFile): boolean {
  try {
    return toTarHeader(file).equals(block);
  } catch {
    return false;
  }
}

/** Sum of all bytes, with spaces where the sum itself stands. */
function checksumOf(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries())
    sum += at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.bytes ? 0x20 : byte;
  return sum;
}

function textIn(block: Buffer, at: number, bytes: number): string {
  const part = block.subarray(at, at + bytes);
  const end = part.indexOf(0);
  return part.toString("latin1", 0, end < 0 ? bytes : end);
}

function octalIn(block: Buffer, at: number): number {
  const [digits] = /^[0-7]{1,12}/.exec(block.toString("latin1", at, at + 12)) ?? [];
  return digits === undefined ? -1 : Number.parseInt(digits, 8);
}
