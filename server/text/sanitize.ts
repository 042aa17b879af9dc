import sanitizeHtml from "sanitize-html";
import { stripControls } from "./characters.ts";
import { rebuildHtml } from "./html-tree.ts";

const MAX_INPUT = 256 * 1024;
/** Parsers look for the element a closing tag closes: the work grows with the square of the tags. */
const MAX_TAGS = 8000;
const MAX_URL = 2048;

/**
 * Makes HTML from another server safe to show: Mastodon's allow-list (headings become bold paragraphs, layout
 * blocks become paragraphs), absolute http(s) links only, `invisible` honoured only where it hides nothing
 * that matters, nesting at most 32, output at most 64 KiB, balanced. Idempotent; never throws.
 */
export function sanitizeRemoteHtml(html: string): string {
  return sanitize(html, "remote");
}

/**
 * Does the same for HTML that we rendered ourselves, whose links keep their own `rel`. Never throws.
 */
export function sanitizeLocalHtml(html: string): string {
  return sanitize(html, "local");
}

/** Escapes text for HTML content and for attributes in either kind of quotes. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;");
}

/**
 * Gives the canonical form (WHATWG URL: punycode host, no dot segments) of an absolute http or https URL of at
 * most 2048 characters, without user name and password; null for anything else, relative references included.
 */
export function safeHttpUrl(text: string): string | null {
  const trimmed = stripControls(text).trim();
  // `https:host` and `https:/host` parse too, but relative to a page of the same scheme.
  if (trimmed.length > MAX_URL || !/^https?:\/\/[^/\\]/i.test(trimmed) || !URL.canParse(trimmed)) return null;
  const url = new URL(trimmed);
  url.username = "";
  url.password = "";
  return url.href.length > MAX_URL ? null : url.href;
}

function sanitize(html: string, trust: "remote" | "local"): string {
  try {
    const allowed = sanitizeHtml(cutInput(stripControls(html)), OPTIONS);
    return rebuildHtml(allowed, { trust, safeUrl: safeHttpUrl });
  } catch {
    // A parser fault must not lose the post: show it without any markup.
    return escapeHtml(stripControls(html.slice(0, 8192)).replace(/<[^<>]*>/g, " "));
  }
}

function cutInput(html: string): string {
  let at = -1;
  for (let tags = 0; tags < MAX_TAGS; tags++) {
    at = html.indexOf("<", at + 1);
    if (at === -1) return html.slice(0, MAX_INPUT).toWellFormed();
  }
  return html.slice(0, Math.min(at, MAX_INPUT)).toWellFormed();
}

/** What passes the first wall; html-tree.ts, the second, knows what becomes of layout blocks and headings. */
const OPTIONS: sanitizeHtml.IOptions = {
  allowedTags: [
    ..."p br span a del s pre code em strong b i u ul ol li blockquote ruby rt rp".split(" "),
    ..."h1 h2 h3 h4 h5 h6".split(" "),
    ..."div section article aside main header footer nav address figure figcaption details summary".split(
      " ",
    ),
    ..."dl dt dd table caption thead tbody tfoot tr th td center fieldset".split(" "),
  ],
  allowedAttributes: {
    a: ["href", "rel", "class", "translate"],
    p: ["class", "lang", "dir"],
    span: ["class", "translate", "lang", "dir"],
    ol: ["start", "reversed"],
    li: ["value"],
  },
  allowedSchemes: ["http", "https"],
  allowProtocolRelative: false,
  // Their content is not prose, or is parsed differently by browsers (mutation XSS): it goes with the tag.
  nonTextTags: (
    "script style textarea option xmp noscript title iframe noembed noframes plaintext template svg math " +
    "select object embed audio video canvas head"
  ).split(" "),
  parser: { lowerCaseTags: true, decodeEntities: true },
};
