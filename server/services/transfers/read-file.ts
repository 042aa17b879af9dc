import {
  type FilterRow,
  TRANSFER_LIMITS,
  type TransferKind,
  type TransferRow,
} from "../../domain/transfer.ts";
import { type CausewayError, invalid, type MessageParams } from "../../errors.ts";
import { decodeUtf8, readCsv } from "../../text/csv.ts";
import { contradicts, type CsvKind, guessKind, readRows } from "../../text/csv-lists.ts";
import { looksLikeJson, readFiltersFile } from "../../text/filters-file.ts";

/** A file as it came, and what its owner says that it is; null = see for yourself. */
export type ComingFile = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly kind: TransferKind | null;
};

/** Rows that are not sound cannot be what the others are: an address that is none. */
export type ReadFile = {
  readonly kind: TransferKind;
  readonly rows: readonly { readonly row: TransferRow; readonly isSound: boolean }[];
};

/** What a file holds. @throws invalid `{ file }` or `{ kind }`, with a sentence for each way in which it can be no such file */
export async function readFile({ name, bytes, kind }: ComingFile): Promise<ReadFile> {
  const mb = TRANSFER_LIMITS.bytes / 1024 / 1024;
  if (bytes.byteLength > TRANSFER_LIMITS.bytes) throw refused("field.import_large", { max: mb });
  const text = decodeUtf8(bytes);
  if (text === null) throw refused("field.import_not_text");
  if (text.trim() === "") throw refused("field.import_empty");
  const isFilters = kind === "filters" || (kind === null && looksLikeJson(text));
  const read = isFilters ? filtersIn(text) : await tableIn(text, name, kind);
  if (read.rows.length === 0) throw refused("field.import_empty");
  if (read.rows.every(({ isSound }) => !isSound)) throw refused("field.import_columns");
  return read;
}

function filtersIn(text: string): ReadFile {
  const filters: readonly FilterRow[] | null = readFiltersFile(text);
  if (filters === null) throw refused("field.import_filters");
  const rows = filters.map((filter) => ({ row: { kind: "filters" as const, ...filter }, isSound: true }));
  return { kind: "filters", rows };
}

async function tableIn(text: string, name: string, chosen: CsvKind | null): Promise<ReadFile> {
  const max = TRANSFER_LIMITS.rows;
  // One more for a header.
  const read = await readCsv(text, max + 1);
  if (!read.ok)
    throw read.fault === "many"
      ? refused("field.import_many", { max })
      : refused(`field.import_${read.fault}`, { line: read.line });
  if (read.rows.length === 0) throw refused("field.import_empty");
  const kind = chosen ?? guessKind(name, read.rows);
  if (kind === null) throw invalid({ kind: { key: "field.import_kind" } });
  if (contradicts(kind, read.rows)) throw refused("field.import_columns");
  const rows = readRows(kind, read.rows);
  if (rows.length > max) throw refused("field.import_many", { max });
  return {
    kind,
    rows: rows.map(({ row, isSound }) => ({ row: { kind, ...row } as TransferRow, isSound })),
  };
}

function refused(key: string, params: MessageParams = {}): CausewayError {
  return invalid({ file: { key, params } });
}
