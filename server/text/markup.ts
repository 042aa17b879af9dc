import { Marked, type RendererObject, type TokenizerObject } from "marked";
import { utf8Length } from "./characters.ts";
import { findEntities, normalizeText, type Entity } from "./entities.ts";
import { escapeHtml, safeHttpUrl, sanitizeLocalHtml } from "./sanitize.ts";

/** Where mentions and tags lead; hrefs are absolute http(s) URLs, others lose their link. */
export type MarkupLinks = {
  /** Null leaves the mention as text. `label` is what follows the `@`. */
  mention(m: { username: string; host: string | null }): { href: string; label: string } | null;
  tag(tag: string): string;
};

/** A rendered text and what it links to, each once, in order of appearance. */
export type Rendered = {
  readonly html: string;
  /** Only those that were resolved. */
  readonly mentions: readonly { username: string; host: string | null }[];
  /** As `normalizeTag` makes them. */
  readonly tags: readonly string[];
  readonly urls: readonly string[];
};

type Links = { readonly entities: readonly Entity[]; readonly html: (index: number) => string; readonly seen: Seen };
type Seen = {
  readonly mentions: Map<string, { username: string; host: string | null }>;
  readonly tags: Set<string>;
  readonly urls: Set<string>;
};

const MAX_OUTPUT = 64 * 1024;
const MAX_MARKDOWN = 20_000;
/** Brackets, stars and the like in one text; beyond that it is not prose and the parser's work explodes. */
const MAX_MARKS = 1200;
const MAX_NESTING = 12;
/** How much of a URL is shown, in characters after the scheme; Mastodon shows as much. */
const SHOWN_URL = 30;
const REL = "nofollow noopener noreferrer";

/**
 * Renders Markdown (GFM without tables, footnotes and raw HTML; single line breaks count) as safe HTML with
 * Mastodon's microformats for mentions, tags and links. Text too deep, too dense or too large once rendered
 * (64 KiB) becomes plain paragraphs instead, first linked, then bare. Never throws.
 */
export function renderMarkup(source: string, links: MarkupLinks): Rendered {
  const text = normalizeText(source);
  const context = createLinks(findEntities(text), links);
  const html = renderMarkdown(text, context) ?? renderPlain(text, context) ?? bareParagraphs(text);
  const { mentions, tags, urls } = context.seen;
  // What was dropped for size still counts, so that callers can refuse a text with too many addressees.
  if (context.entities.length > 0 && utf8Length(html) > 0) context.entities.forEach((_, i) => note(context, i));
  return { html, mentions: [...mentions.values()], tags: [...tags], urls: [...urls] };
}
