import { parseHandle } from "../domain/actor.ts";
import type { RowOf, TransferKind } from "../domain/transfer.ts";

// The tables that Mastodon writes and reads: which columns they have, and what a row of them says.

export type CsvKind = Exclude<TransferKind, "filters">;
type Cells = readonly string[];

/** The columns by kind, as the header names them (app/models/export.rb and form/import.rb have the same). */
const COLUMNS: Readonly<Record<CsvKind, readonly string[]>> = {
  follows: ["Account address", "Show boosts", "Notify on new posts", "Languages"],
  mutes: ["Account address", "Hide notifications"],
  blocks: ["Account address"],
  lists: ["List name", "Account address"],
  domains: ["#domain"],
  bookmarks: ["#uri"],
};

/** The other ones begin with their first row. */
const HEADED: ReadonlySet<CsvKind> = new Set(["follows", "mutes"]);

/** The header of a file of this kind; null for those that have none. */
export function headerOf(kind: CsvKind): readonly string[] | null {
  return HEADED.has(kind) ? COLUMNS[kind] : null;
}

/** What a table holds: by the header, else by the name of the file, else by the cells of its first row; null = it could be several. */
export function guessKind(name: string, rows: readonly Cells[]): CsvKind | null {
  const header = foundHeader(rows);
  return (header === null ? null : kindOfHeader(header)) ?? kindOfName(name) ?? kindOfCells(rows, header);
}

/** True when the header says that the table holds something that cannot be taken for `kind`. */
export function contradicts(kind: CsvKind, rows: readonly Cells[]): boolean {
  const header = foundHeader(rows);
  if (header === null) return false;
  const said = kindOfHeader(header);
  // Whoever was followed or muted elsewhere may be muted or blocked here: their addresses are in the same column.
  if (PEOPLE.has(kind)) return !header.includes("account address");
  return said !== null && said !== kind;
}

const PEOPLE: ReadonlySet<CsvKind> = new Set(["follows", "mutes", "blocks"]);
const FIRST_CELLS: ReadonlySet<string> = new Set(["account address", "list name"]);

/** The first row in small letters when it names columns. */
function foundHeader(rows: readonly Cells[]): Cells | null {
  const first = rows[0]?.map((cell) => cell.trim().toLowerCase()) ?? [];
  const isHeader = first.some((cell) => FIRST_CELLS.has(cell)) || /^#[a-z]/.test(first[0] ?? "");
  return isHeader ? first : null;
}

function kindOfHeader(header: Cells): CsvKind | null {
  const has = (column: string) => header.includes(column);
  if (has("#domain")) return "domains";
  if (has("#uri")) return "bookmarks";
  if (has("list name")) return "lists";
  if (has("hide notifications")) return "mutes";
  return ["show boosts", "notify on new posts", "languages"].some(has) ? "follows" : null;
}

const NAMES: readonly (readonly [RegExp, CsvKind])[] = [
  [/domain/i, "domains"],
  [/mute/i, "mutes"],
  [/block/i, "blocks"],
  [/bookmark/i, "bookmarks"],
  [/list/i, "lists"],
  [/follow(?!er)/i, "follows"],
];

function kindOfName(name: string): CsvKind | null {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** Somebody's address alone may be of anybody: followed, muted or blocked. */
function kindOfCells(rows: readonly Cells[], header: Cells | null): CsvKind | null {
  const [first = "", second = ""] = rows[header === null ? 0 : 1] ?? [];
  if (isAddress(first)) return "bookmarks";
  if (isWholeHandle(second)) return "lists";
  return isDomain(first) ? "domains" : null;
}

/** A row as the file has it; `isSound` is false when it cannot be what the others are. */
export type ReadRow<K extends CsvKind> = { readonly row: RowOf[K]; readonly isSound: boolean };

/** The rows of a table without its header. Columns without a header are in the order of Mastodon's. */
export function readRows<K extends CsvKind>(kind: K, rows: readonly Cells[]): readonly ReadRow<K>[] {
  const header = foundHeader(rows);
  const names = header ?? COLUMNS[kind].map((name) => name.toLowerCase());
  return (header === null ? rows : rows.slice(1)).map((cells) => {
    const cell = (name: string) => {
      const at = names.indexOf(name.toLowerCase());
      return at === -1 ? undefined : cells[at]?.trim();
    };
    return READERS[kind](cell);
  });
}

type Cell = (name: string) => string | undefined;

const READERS: { readonly [K in CsvKind]: (cell: Cell) => ReadRow<K> } = {
  follows: (cell) => ({
    row: {
      ...personOf(cell),
      showsBoosts: truth(cell("Show boosts")),
      notifies: truth(cell("Notify on new posts")),
      languages: cell("Languages")
        ?.split(/[,;\s]+/)
        .filter((tag) => tag !== ""),
    },
    isSound: isPerson(cell),
  }),
  mutes: (cell) => ({
    row: { ...personOf(cell), hidesNotifications: truth(cell("Hide notifications")) },
    isSound: isPerson(cell),
  }),
  blocks: (cell) => ({ row: personOf(cell), isSound: isPerson(cell) }),
  lists: (cell) => ({
    row: { list: cell("List name") ?? "", ...personOf(cell) },
    isSound: isPerson(cell) && (cell("List name") ?? "") !== "",
  }),
  domains: (cell) => ({
    row: { domain: cell("#domain") ?? "" },
    isSound: isDomain(cell("#domain") ?? ""),
  }),
  bookmarks: (cell) => ({ row: { uri: cell("#uri") ?? "" }, isSound: isAddress(cell("#uri") ?? "") }),
};

function personOf(cell: Cell): { readonly handle: string } {
  return { handle: cell("Account address") ?? "" };
}

function isPerson(cell: Cell): boolean {
  return parseHandle(cell("Account address") ?? "") !== null;
}

/** What Rails takes for false is false; an empty cell says nothing. */
function truth(cell: string | undefined): boolean | undefined {
  if (cell === undefined || cell === "") return undefined;
  return !/^(?:false|f|0|no|off)$/i.test(cell);
}

function isWholeHandle(cell: string): boolean {
  return (parseHandle(cell)?.host ?? null) !== null;
}

function isAddress(cell: string): boolean {
  return /^https?:\/\/\S+$/i.test(cell) && cell.length <= 2_048 && URL.canParse(cell);
}

function isDomain(cell: string): boolean {
  return cell.length <= 253 && /^(?:https?:\/\/)?(?:\*\.)?[^\s/@:#?,]+\.[^\s/@:#?,]+\/?$/i.test(cell);
}

/** The cells of a row, as Mastodon writes them. */
export function toCells<K extends CsvKind>(kind: K, row: RowOf[K]): readonly string[] {
  return WRITERS[kind](row);
}

const WRITERS: { readonly [K in CsvKind]: (row: RowOf[K]) => readonly string[] } = {
  follows: ({ handle, showsBoosts, notifies, languages = [] }) => [
    handle,
    spelled(showsBoosts),
    spelled(notifies),
    languages.join(", "),
  ],
  mutes: ({ handle, hidesNotifications }) => [handle, spelled(hidesNotifications)],
  blocks: ({ handle }) => [handle],
  lists: ({ list, handle }) => [list, handle],
  domains: ({ domain }) => [domain],
  bookmarks: ({ uri }) => [uri],
};

function spelled(truth: boolean | undefined): string {
  return truth === undefined ? "" : String(truth);
}
