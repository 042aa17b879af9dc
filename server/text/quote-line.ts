import { escapeHtml } from "./sanitize.ts";

const OPENING = /<(p|span)\b[^<>]*\bclass="(?:[^"<>]* )?quote-inline(?: [^"<>]*)?"[^<>]*>/;
/** Words beside the link of such a line ("RE:", "Quoting"); more is text that somebody wrote. */
const MAX_WORDS = 24;

/**
 * HTML of ours to be, sanitised, without the line that names what is quoted: it is there for those who draw no quotes,
 * and we do. A line that says more than that stays, so that nothing can be hidden in it.
 */
export function withoutQuoteLine(html: string, isQuote: boolean): string {
  const opening = isQuote ? OPENING.exec(html) : null;
  if (opening === null) return html;
  const tag = opening[1] ?? "";
  const end = endOf(html, tag, opening.index + opening[0].length);
  const inner = html.slice(opening.index + opening[0].length, end);
  const words = inner
    .replace(/<a\b[^<>]*>.*?<\/a>/gs, "")
    .replace(/<[^<>]*>/g, "")
    .trim();
  if (words.length > MAX_WORDS || !/<a\b/.test(inner)) return html;
  const rest = html.slice(0, opening.index) + html.slice(end + tag.length + 3);
  return rest.replace(/<p>\s*<\/p>/g, "").replace(/(?:<br>\s*)+(?=<\/p>)/g, "");
}

/** Where the element that is open at `from` ends: the position of its closing tag. */
function endOf(html: string, tag: string, from: number): number {
  let depth = 1;
  const tags = new RegExp(`<(/?)${tag}\\b[^<>]*>`, "g");
  tags.lastIndex = from;
  for (let found = tags.exec(html); found !== null; found = tags.exec(html)) {
    depth += found[1] === "/" ? -1 : 1;
    if (depth === 0) return found.index;
  }
  return html.length;
}

/** HTML with the line in front that names what is quoted, marked as Mastodon marks it so that it can be left out. */
export function withQuoteLine(html: string, quotedUrl: string): string {
  const url = escapeHtml(quotedUrl);
  return `<p class="quote-inline">RE: <a href="${url}">${url}</a></p>${html}`;
}
