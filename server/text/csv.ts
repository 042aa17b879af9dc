import { CsvError, parse, type Parser } from "csv-parse";
import { stringify } from "csv-stringify/sync";

// Tables as text (RFC 4180), as spreadsheets and other servers write them.

export type CsvOutcome =
  | { readonly ok: true; readonly rows: readonly (readonly string[])[] }
  /** `broken`: quotes that do not match; `long`: a row that no such file has; `many`: more rows than wanted. */
  | { readonly ok: false; readonly fault: "broken" | "long" | "many"; readonly line: number };

/** Characters of a row; a quote that is never closed would make one of the whole file. */
const LONGEST_ROW = 16_384;
/** Characters that are read without letting anybody else have a turn. */
const PIECE = 64 * 1024;

/** The text of a file; null when it is not UTF-8, or holds what no database takes as text. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    // A byte order mark at the beginning, as spreadsheets write it, is left out by the decoder.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** The rows of a table, empty ones left out, with spaces around cells gone; other work has its turn in between. */
export async function readCsv(text: string, mostRows: number): Promise<CsvOutcome> {
  const rows: string[][] = [];
  const parser = parse({
    // Each on its own: files that were put together have several kinds of line ends.
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
    max_record_size: LONGEST_ROW,
  });
  let broken: unknown = null;
  parser.on("error", (error: unknown) => (broken = error));
  const take = (): void => {
    for (let row = read(parser); row !== null && rows.length <= mostRows; row = read(parser)) rows.push(row);
  };
  for (const piece of piecesOf(text)) {
    if (broken !== null || rows.length > mostRows) break;
    parser.write(piece);
    take();
    await pause();
  }
  if (broken === null && rows.length <= mostRows) parser.end();
  while (broken === null && rows.length <= mostRows && !parser.readableEnded) {
    take();
    await pause();
  }
  const line = parser.info.lines;
  parser.destroy();
  if (rows.length > mostRows) return { ok: false, fault: "many", line };
  if (broken === null) return { ok: true, rows };
  if (!(broken instanceof CsvError)) throw broken;
  return { ok: false, fault: broken.code === "CSV_MAX_RECORD_SIZE" ? "long" : "broken", line };
}

/** A character beyond the first plane is two halves, which stay together. */
function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const end = start + PIECE;
    const isCut = /[\uD800-\uDBFF]/.test(text.charAt(end - 1));
    const next = isCut ? end + 1 : end;
    yield text.slice(start, next);
    start = next;
  }
}

function read(parser: Parser): string[] | null {
  return parser.read() as string[] | null;
}

/** Lets requests and other work have their turn; a row at a time would not. */
async function pause(): Promise<void> {
  await new Promise<void>((next) => setImmediate(next));
}

/**
 * One row with its line end. A cell that begins with `=`, `+`, `-` or `@` stays as it is: these files are read by servers,
 * which would take a quote mark in front of it for a part of the name. Whoever opens one in a spreadsheet opens their own data.
 */
export function csvLine(cells: readonly string[]): string {
  return stringify([cells], { quoted_match: /^\s|\s$/ });
}
