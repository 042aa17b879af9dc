import { isUnspaced } from "./characters.ts";
import { safeHttpUrl } from "./sanitize.ts";

const MAX_URL = 2048;

/**
 * Reads the URL that starts at `at` with `http://` or `https://`. The end is found as people write: closing
 * punctuation and unpaired brackets stay outside, CJK punctuation ends it, and CJK text glued to an ASCII URL
 * stays outside too (a whole path segment in CJK stays inside). The URL is null when there is none; `end` is
 * then where to go on, so that a scan stays linear.
 */
export function urlAt(source: string, at: number): { readonly url: string | null; readonly end: number } {
  const run = /[[^\s\p{C}\p{P}\p{S}]!#-;=\x3f-\x5a\[\]_a-z~]+/vy;
  run.lastIndex = at;
  const whole = run.exec(source)?.[0] ?? "";
  if (whole.length > MAX_URL) return { url: null, end: at + whole.length };
  const emphasis = /[*_~]/.exec(source[at - 1] ?? "")?.[0] ?? "";
  const text = trimEnd(cutUnpaired(cutGluedText(whole)), emphasis);
  const url = safeHttpUrl(text);
  if (url === null || !hasRealHost(url)) return { url: null, end: at + Math.max(text.length, 7) };
  return { url, end: at + text.length };
}

function hasRealHost(url: string): boolean {
  const { hostname, port } = new URL(url);
  return hostname.includes(".") || hostname.startsWith("[") || hostname === "localhost" || port !== "";
}

/** Cuts 「https://host.example你好」 and 「…/path你好」 before the CJK text, but keeps 「…/wiki/美食」. */
function cutGluedText(text: string): string {
  const scheme = text.indexOf("//") + 2;
  let label = scheme;
  let inHost = true;
  let inRun = false;
  for (let i = scheme; i < text.length;) {
    const character = String.fromCodePoint(text.codePointAt(i) ?? 0);
    if ("/?#".includes(character)) inHost = false;
    if (character === "." && inHost) label = i + 1;
    if (isUnspaced(character)) {
      const before = text[i - 1] ?? "";
      const begins = inHost ? i === label : "/=-_.%~#+".includes(before);
      const escaped = !inHost && /%[0-9a-f]{2}$/i.test(text.slice(Math.max(0, i - 3), i));
      if (!inRun && !begins && !escaped) return text.slice(0, i);
      inRun = true;
    } else inRun = false;
    i += character.length;
  }
  return text;
}

/** Cuts at the first closing bracket that the URL itself did not open: `(see https://a.example/b)`. */
function cutUnpaired(text: string): string {
  const open: string[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "(" || character === "[") open.push(character);
    else if (character === ")" || character === "]") {
      if (open.pop() !== (character === ")" ? "(" : "[")) return text.slice(0, i);
    }
  }
  return text;
}

function trimEnd(text: string, emphasis: string): string {
  const closing = `.,:;!?'*~(&[${emphasis}`;
  let end = text.length;
  while (end > 0 && closing.includes(text[end - 1] ?? " ")) end--;
  return text.slice(0, end);
}
