/** Bytes of an owner's own style sheet. */
export const CUSTOM_CSS_MAX = 64 * 1024;

/** Why a style sheet is refused; `at` is a line, counted from 1. */
export type CssFault = {
  readonly reason: "address" | "import" | "unclosed" | "stray" | "control" | "long";
  readonly at: number;
};

/** Everything that can fetch something (CSS Values 4, Images 4), and what old browsers ran as a program. */
const FETCHING = /(?:url|src|image-set|-webkit-image-set|image|cross-fade|element|expression)\s*\(\s*$/;
const REFUSED_RULES = /^@(?:import|charset|namespace|document|-moz-document)\b/;

type Scanner = {
  readonly text: string;
  at: number;
  /** Brackets that are open, outermost first. */
  readonly open: string[];
  /** What was read since the last brace or semicolon, comments left out, escapes undone. */
  run: string;
};

/**
 * Looks for what an owner's styles may not do: tell another server who reads (whatever fetches an address; only pictures
 * within the sheet, `data:image/…`, and files of this server are let through), bring in other sheets, or end the layer
 * that they are put in by a brace too many. Escapes are undone first, since `\75rl(` is `url(`. The content policy of the
 * pages refuses other servers as well; this says so to the person who can mend it.
 */
export function findCssFault(source: string): CssFault | null {
  if (new TextEncoder().encode(source).length > CUSTOM_CSS_MAX) return { reason: "long", at: 1 };
  // Browsers end lines so before they read (CSS Syntax 3, 3.3): a string or an escape could end there unseen.
  const css = source.replace(/\r\n?|\f/g, "\n");
  const control = /[\0\p{Cs}\ufffe\uffff]/u.exec(css);
  if (control !== null) return { reason: "control", at: lineOf(css, control.index) };
  const scanner: Scanner = { text: css, at: 0, open: [], run: "" };
  while (scanner.at < css.length) {
    const start = scanner.at;
    const reason = step(scanner);
    if (reason !== null) return { reason, at: lineOf(css, start) };
  }
  return scanner.open.length === 0 ? null : { reason: "unclosed", at: lineOf(css, css.length) };
}

function step(scanner: Scanner): CssFault["reason"] | null {
  const { text, at } = scanner;
  const character = text[at] ?? "";
  if (text.startsWith("/*", at)) return skipComment(scanner);
  if (character === '"' || character === "'") return readString(scanner, character);
  if (character === "\\") return readEscape(scanner);
  scanner.at += 1;
  if (character in CLOSING) scanner.open.push(CLOSING[character] ?? "");
  // A bracket that closes another one than the last is a typing mistake that would swallow the rest of the sheet.
  else if (")]}".includes(character) && scanner.open.pop() !== character) return "stray";
  if (character === "{" || character === "}" || character === ";") scanner.run = "";
  else scanner.run = (scanner.run + character.toLowerCase()).replace(/\s+$/, " ").slice(-400);
  if (REFUSED_RULES.test(scanner.run.trimStart())) return "import";
  return character === "(" && FETCHING.test(scanner.run) ? readAddress(scanner) : null;
}

const CLOSING: Readonly<Record<string, string>> = { "{": "}", "(": ")", "[": "]" };

function skipComment(scanner: Scanner): CssFault["reason"] | null {
  const end = scanner.text.indexOf("*/", scanner.at + 2);
  if (end === -1) return "unclosed";
  scanner.at = end + 2;
  return null;
}

/** A string: words for `content`, or an address where only a string is wanted (`image-set("…")`, checked there). */
function readString(scanner: Scanner, quote: string): CssFault["reason"] | null {
  const end = endOfString(scanner.text, scanner.at, quote);
  if (end === null) return "unclosed";
  scanner.at = end + 1;
  scanner.run += '""';
  return null;
}

function endOfString(text: string, from: number, quote: string): number | null {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "\n") return null;
    else if (text[at] === quote) return at;
  }
  return null;
}

/** The character that an escape stands for joins what is read, so that no name can hide. */
function readEscape(scanner: Scanner): null {
  const hex = /^\\([0-9a-f]{1,6})\s?/i.exec(scanner.text.slice(scanner.at, scanner.at + 9));
  const code = Number.parseInt(hex?.[1] ?? "", 16);
  const character =
    hex === null
      ? (scanner.text[scanner.at + 1] ?? "")
      : code > 0 && code <= 0x10ffff
        ? String.fromCodePoint(code)
        : "";
  scanner.run += character.toLowerCase();
  scanner.at += hex === null ? 2 : hex[0].length;
  return null;
}

/** What stands between the brackets of something that fetches. Several addresses (`image-set`) are all looked at. */
function readAddress(scanner: Scanner): CssFault["reason"] | null {
  const rest = scanner.text.slice(scanner.at);
  // Without quotes, brackets, backslashes and line breaks nothing can be misread.
  const plain = /^\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)'|([^"'()\\\s]*))\s*\)/.exec(rest);
  if (plain === null) return "address";
  const address = plain[1] ?? plain[2] ?? plain[3] ?? "";
  if (!isOwnAddress(address)) return "address";
  scanner.at += plain[0].length;
  scanner.open.pop();
  scanner.run = `${scanner.run.slice(0, -1)}) `;
  return null;
}

function isOwnAddress(address: string): boolean {
  return (
    /^data:image\/(?:png|jpeg|webp|avif|gif|svg\+xml)[;,]/i.test(address) ||
    /^\/(?:media|static)\/[\w-]+(?:\.[\w-]+)*$/.test(address) ||
    /^#[\w-]*$/.test(address)
  );
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
