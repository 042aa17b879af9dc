// The scan of raw bytes that decides whether a body from a stranger may reach JSON.parse at all.

export { refusesContextAliases } from "./json-context.ts";

/** What {@link scanJson} allows: nesting of containers, and keys + values + containers together. */
export type ScanLimits = { readonly maxDepth: number; readonly maxTokens: number };

/** The text that is safe to hand to `JSON.parse`, or why there is none. */
export type ScanResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly reason: string };

type Scan = { readonly text: string; readonly limits: ScanLimits; at: number; tokens: number };
/** `null` when the piece was well-formed, else the reason for refusing the whole document. */
type Fault = string | null;

export const DEFAULT_LIMITS: ScanLimits = { maxDepth: 32, maxTokens: 5_000 };

/**
 * Keys that let one document be read in two ways. `@graph`, `@included`, `@reverse` and `@nest` move statements to
 * other nodes (JSON-LD 1.1, section 9), `__proto__` is not a plain key for every JavaScript consumer.
 */
export const FORBIDDEN_KEYS: ReadonlySet<string> = new Set([
  "@graph",
  "@included",
  "@reverse",
  "@nest",
  "__proto__",
]);

/** The ActivityStreams context defines these two aliases, so the pairs are one key. */
const KEY_ALIASES: ReadonlyMap<string, string> = new Map([
  ["id", "@id"],
  ["type", "@type"],
]);

/** Longer numbers are no ActivityPub; they only cost time. */
const MAX_NUMBER_LENGTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

/**
 * Scans a body once, before `JSON.parse`, and refuses what is not one plain, shallow JSON object with unique keys.
 * Never throws. JSON-LD parsing costs the square of the depth, so a byte limit alone does not protect (RFC 8259
 * section 9 allows limits; I-JSON, RFC 7493 section 2, requires unique names and no lone surrogates).
 */
export function scanJson(bytes: Uint8Array, limits: ScanLimits = DEFAULT_LIMITS): ScanResult {
  const text = decodeUtf8(bytes);
  if (text === null) return { ok: false, reason: "not valid UTF-8" };
  const fault = scanText(text, limits);
  return fault === null ? { ok: true, text } : { ok: false, reason: fault };
}

/** What is wrong with a text; null when it may be parsed. */
export function scanText(text: string, limits: ScanLimits): string | null {
  if (text.charCodeAt(0) === 0xfeff) return "byte order mark";
  const scan: Scan = { text, limits, at: 0, tokens: 0 };
  skipSpace(scan);
  if (text[scan.at] !== "{") return "not an object";
  const fault = scanContainer(scan, 1);
  if (fault !== null) return fault;
  skipSpace(scan);
  return scan.at === text.length ? null : "something follows the object";
}

/** A text from bytes; null when they are not UTF-8. A byte order mark stays in it. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function skipSpace(scan: Scan): void {
  const { text } = scan;
  for (;;) {
    const code = text.charCodeAt(scan.at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    scan.at++;
  }
}

function countToken(scan: Scan): Fault {
  scan.tokens++;
  return scan.tokens > scan.limits.maxTokens ? "too many tokens" : null;
}

/** Recursion is bounded by `maxDepth`: the depth is checked before each step down. */
function scanValue(scan: Scan, depth: number): Fault {
  skipSpace(scan);
  const code = scan.text.charCodeAt(scan.at);
  if (code === 0x7b || code === 0x5b) return scanContainer(scan, depth + 1);
  const tooMany = countToken(scan);
  if (tooMany !== null) return tooMany;
  if (code === QUOTE) return scanString(scan);
  return scanLiteral(scan, code);
}

function scanContainer(scan: Scan, depth: number): Fault {
  if (depth > scan.limits.maxDepth) return "nested too deep";
  const tooMany = countToken(scan);
  if (tooMany !== null) return tooMany;
  const isObject = scan.text.charCodeAt(scan.at) === 0x7b;
  const end = isObject ? 0x7d : 0x5d;
  const keys = isObject ? new Set<string>() : null;
  scan.at++;
  skipSpace(scan);
  if (scan.text.charCodeAt(scan.at) === end) {
    scan.at++;
    return null;
  }
  for (;;) {
    const fault = (keys === null ? null : scanKey(scan, keys)) ?? scanValue(scan, depth);
    if (fault !== null) return fault;
    skipSpace(scan);
    const code = scan.text.charCodeAt(scan.at);
    scan.at++;
    if (code === end) return null;
    if (code !== COMMA) return "malformed JSON";
  }
}

function scanKey(scan: Scan, keys: Set<string>): Fault {
  skipSpace(scan);
  if (scan.text.charCodeAt(scan.at) !== QUOTE) return "malformed JSON";
  const start = scan.at;
  const fault = countToken(scan) ?? scanString(scan);
  if (fault !== null) return fault;
  const key = unescaped(scan.text.slice(start, scan.at));
  if (FORBIDDEN_KEYS.has(key)) return `forbidden key ${key}`;
  const name = KEY_ALIASES.get(key) ?? key;
  if (keys.has(name)) return "duplicate key";
  keys.add(name);
  skipSpace(scan);
  if (scan.text.charCodeAt(scan.at) !== COLON) return "malformed JSON";
  scan.at++;
  return null;
}

/** The string token was scanned already, so `JSON.parse` cannot fail on it. */
function unescaped(token: string): string {
  return token.includes("\\") ? String(JSON.parse(token)) : token.slice(1, -1);
}

function scanString(scan: Scan): Fault {
  const { text } = scan;
  let at = scan.at + 1;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      scan.at = at + 1;
      return null;
    }
    if (code === BACKSLASH) {
      const next = afterEscape(text, at);
      if (typeof next === "string") return next;
      at = next;
      continue;
    }
    if (Number.isNaN(code)) return "malformed JSON";
    if (code < 0x20) return "control character";
    at++;
  }
}

/** Index after the escape sequence that begins at `at`, or the fault. Surrogates must come in pairs; U+0000 never. */
function afterEscape(text: string, at: number): number | string {
  const letter = text[at + 1];
  if (letter === undefined) return "malformed JSON";
  if (letter !== "u") return '"\\/bfnrt'.includes(letter) ? at + 2 : "malformed JSON";
  const unit = hexUnit(text, at + 2);
  if (unit === null) return "malformed JSON";
  // PostgreSQL text cannot hold U+0000, and nobody writes it in earnest.
  if (unit === 0) return "NUL character";
  if (unit >= 0xdc00 && unit <= 0xdfff) return "lone surrogate";
  if (unit < 0xd800 || unit > 0xdbff) return at + 6;
  const low = text.startsWith("\\u", at + 6) ? hexUnit(text, at + 8) : null;
  return low !== null && low >= 0xdc00 && low <= 0xdfff ? at + 12 : "lone surrogate";
}

function hexUnit(text: string, at: number): number | null {
  let unit = 0;
  for (let i = at; i < at + 4; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    if (digit < 0) return null;
    unit = unit * 16 + digit;
  }
  return unit;
}

/** -1 for what is no hexadecimal digit, also past the end (`NaN`). */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function scanLiteral(scan: Scan, code: number): Fault {
  if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return scanNumber(scan);
  for (const word of ["true", "false", "null"]) {
    if (scan.text.startsWith(word, scan.at)) {
      scan.at += word.length;
      return null;
    }
  }
  return "malformed JSON";
}

function scanNumber(scan: Scan): Fault {
  const piece = scan.text.slice(scan.at, scan.at + MAX_NUMBER_LENGTH + 1);
  const token = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(piece)?.[0];
  if (token === undefined) return "malformed JSON";
  if (token.length > MAX_NUMBER_LENGTH || !Number.isFinite(Number(token))) return "number out of range";
  scan.at += token.length;
  return null;
}
