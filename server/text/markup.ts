import { Marked, type RendererObject, type TokenizerObject, type Tokens } from "marked";
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
  /** Bare URLs and the targets of Markdown links. */
  readonly urls: readonly string[];
};

/** One rendering: what was found in the source, and what of it has been linked so far. */
type Rendering = {
  readonly source: string;
  readonly entities: readonly Entity[];
  readonly resolve: (mention: Mention) => { href: string; label: string } | null;
  readonly tagHref: (tag: string) => string;
  readonly linked: Set<number>;
  readonly urls: Set<string>;
};
type Mention = { username: string; host: string | null };

const MAX_OUTPUT = 64 * 1024;
const MAX_MARKDOWN = 20_000;
/** Brackets, stars and the like: a text with more is not prose, and the parser's work explodes with them. */
const MAX_MARKS = 800;
/** Those that pair up; looking for the partner is what costs most. */
const MAX_EMPHASIS = 400;
const MAX_NESTING = 10;
/** How much of a URL is shown, in characters after the scheme; Mastodon shows as much. */
const SHOWN_URL = 30;
const REL = "nofollow noopener noreferrer";

/**
 * Renders Markdown (GFM without tables, reference definitions, underlined headings and raw HTML; a line break
 * is a line break) as safe HTML with Mastodon's microformats for mentions, tags and links. A text too deep, too
 * dense or, once rendered, over 64 KiB becomes plain paragraphs instead: linked, or if still too large, bare.
 * Never throws.
 */
export function renderMarkup(source: string, links: MarkupLinks): Rendered {
  const rendering = startRendering(normalizeText(source), links);
  const html = asMarkdown(rendering) ?? asPlain(rendering) ?? asBare(rendering);
  const linked = rendering.entities.filter((_, index) => rendering.linked.has(index));
  const mentions = new Map<string, Mention>();
  for (const entity of linked) {
    if (
      entity.kind === "mention" &&
      rendering.resolve(entity) !== null &&
      !mentions.has(mentionKey(entity))
    ) {
      mentions.set(mentionKey(entity), { username: entity.username, host: entity.host });
    }
  }
  const tags = linked.flatMap((entity) => (entity.kind === "tag" ? [entity.tag] : []));
  return { html, mentions: [...mentions.values()], tags: [...new Set(tags)], urls: [...rendering.urls] };
}

/**
 * Gives the text of sanitised HTML for titles, previews and notifications: blocks and breaks become line feeds,
 * other white space one space, hidden ends of URLs are kept so that they stay whole. Not escaped.
 */
export function plainText(html: string): string {
  let text = "";
  let pre = 0;
  for (const [token, slash, tag, content] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^<>]*>|([^<]+)|</gi)) {
    const name = tag?.toLowerCase() ?? "";
    if (name === "pre") pre = slash === "/" ? 0 : 1;
    if (BREAKING.has(name)) text += "\n";
    else if (tag === undefined) text += pre > 0 ? token : (content ?? token).replace(/[ \t\n\r\f]+/g, " ");
  }
  // A line may carry the spaces of both its neighbours: trimming line by line stays linear.
  const lines = text.split("\n").map((line) => decodeReferences(line).trim());
  return lines.filter((line) => line !== "").join("\n");
}

function startRendering(source: string, links: MarkupLinks): Rendering {
  const known = new Map<string, { href: string; label: string } | null>();
  const resolve = ({ username, host }: Mention) => {
    const key = mentionKey({ username, host });
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const target = links.mention({ username, host });
    known.set(key, target);
    return target;
  };
  const tagHref = (tag: string) => links.tag(tag);
  return { source, entities: findEntities(source), resolve, tagHref, linked: new Set(), urls: new Set() };
}

function mentionKey({ username, host }: Mention): string {
  return `${username.toLowerCase()}@${host ?? ""}`;
}

function asMarkdown(rendering: Rendering): string | null {
  const source = withPlaceholders(rendering);
  if (!isTame(source)) return null;
  try {
    const html = createMarked(rendering).parse(source, { async: false });
    return html.length > MAX_OUTPUT || utf8Length(html) > MAX_OUTPUT ? null : sanitizeLocalHtml(html).trim();
  } catch {
    // marked 18 throws RangeError on thousands of list markers in one line.
    return null;
  }
}

function asPlain(rendering: Rendering): string | null {
  rendering.linked.clear();
  rendering.urls.clear();
  const text = withPlaceholders(rendering);
  const html = paragraphs(text, (line) => fill(rendering, escapeHtml(line), true));
  return utf8Length(html) > MAX_OUTPUT ? null : sanitizeLocalHtml(html);
}

/** Nothing is linked, but all that was found is still reported: callers refuse texts with too many addressees. */
function asBare(rendering: Rendering): string {
  rendering.entities.forEach((_, index) => rendering.linked.add(index));
  return sanitizeLocalHtml(paragraphs(rendering.source, escapeHtml));
}

function paragraphs(text: string, write: (line: string) => string): string {
  const blocks = text.split(/\n[ \t]*(?=\n)/).map((block) => block.trim());
  const written = blocks
    .filter((block) => block !== "")
    .map((block) => block.split("\n").map(write).join("<br>"));
  return written.map((block) => `<p>${block}</p>`).join("");
}

/**
 * Puts a token between two noncharacters (which normalizeText has removed from the source) where an entity
 * stands, so that Markdown neither sees the underscores of a name nor the parentheses of a URL.
 */
function withPlaceholders({ source, entities }: Rendering): string {
  let text = "";
  let at = 0;
  entities.forEach((entity, index) => {
    const bracketed = entity.kind === "url" && source[entity.start - 1] === "<" && source[entity.end] === ">";
    const edge = bracketed ? 1 : 0;
    text += `${source.slice(at, entity.start - edge)}\ufdd0${index}\ufdd1`;
    at = entity.end + edge;
  });
  return text + source.slice(at);
}

/** Replaces placeholders by links, or by the escaped source where a link cannot stand. */
function fill(rendering: Rendering, html: string, linking: boolean): string {
  return html.replace(/\ufdd0(\d+)\ufdd1/g, (_, digits: string) => {
    const index = Number(digits);
    const entity = rendering.entities[index];
    if (entity === undefined) return "";
    const written = escapeHtml(rendering.source.slice(entity.start, entity.end));
    return linking ? linkEntity(rendering, index, entity, written) : written;
  });
}

function linkEntity(rendering: Rendering, index: number, entity: Entity, written: string): string {
  switch (entity.kind) {
    case "mention": {
      const target = rendering.resolve(entity);
      if (target === null) return written;
      rendering.linked.add(index);
      const label = escapeHtml(target.label.replace(/^@/, ""));
      const link = `<a href="${escapeHtml(target.href)}" class="u-url mention">@<span>${label}</span></a>`;
      return `<span class="h-card">${link}</span>`;
    }
    case "tag": {
      rendering.linked.add(index);
      const href = escapeHtml(rendering.tagHref(entity.tag));
      return `<a href="${href}" class="mention hashtag" rel="tag">#<span>${escapeHtml(entity.text)}</span></a>`;
    }
    case "url": {
      rendering.linked.add(index);
      rendering.urls.add(entity.url);
      return linkUrl(entity.url, rendering.source.slice(entity.start, entity.end));
    }
    default:
      return entity satisfies never;
  }
}

/** Mastodon's shape: hidden scheme, visible start (never less than the host), hidden rest. */
function linkUrl(url: string, written: string): string {
  const scheme = /^https?:\/\/(?:www\.)?/i.exec(written)?.[0] ?? "";
  const rest = written.slice(scheme.length);
  const host = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const visible = [...rest].slice(0, Math.max(SHOWN_URL, [...host].length)).join("");
  const hidden = rest.slice(visible.length);
  const shown = hidden === "" ? `<span>${escapeHtml(visible)}</span>` : ellipsis(visible, hidden);
  return `<a href="${escapeHtml(url)}" rel="${REL}"><span class="invisible">${escapeHtml(scheme)}</span>${shown}</a>`;
}

function ellipsis(visible: string, hidden: string): string {
  return `<span class="ellipsis">${escapeHtml(visible)}</span><span class="invisible">${escapeHtml(hidden)}</span>`;
}

/** Keeps the parser from inputs on which its time or its stack grows out of proportion. */
function isTame(source: string): boolean {
  if (source.length > MAX_MARKDOWN) return false;
  if ((source.match(/[*_~`[\]<>!()\\]/g)?.length ?? 0) > MAX_MARKS) return false;
  if ((source.match(/[*_~]/g)?.length ?? 0) > MAX_EMPHASIS) return false;
  return source.split("\n").every((line) => {
    const markers = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)]))*/.exec(line)?.[0] ?? "";
    const count = markers.match(/[>*+-]|[.)]/g)?.length ?? 0;
    const indent = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    const isRule = /^[ \t]*(?:-[ \t]*)+$|^[ \t]*(?:\*[ \t]*)+$/.test(line) && line.length < 100;
    return (count <= MAX_NESTING || isRule) && (count === 0 || indent <= 4 * MAX_NESTING);
  });
}

function createMarked(rendering: Rendering): Marked {
  // Tables multiply their input a thousandfold; definitions hide text; raw HTML is text; URLs are ours already.
  const nothing = () => undefined;
  const tokenizer: TokenizerObject = {
    table: nothing,
    def: nothing,
    lheading: nothing,
    html: nothing,
    tag: nothing,
    autolink: nothing,
    url: nothing,
  };
  return new Marked({ gfm: true, breaks: true, tokenizer, renderer: createRenderer(rendering) });
}

function createRenderer(rendering: Rendering): RendererObject {
  const raw = (text: string) => fill(rendering, escapeHtml(text), false);
  let inLink = false;
  const link = (href: string, source: string, content: () => string): string => {
    const url = safeHttpUrl(restore(rendering, href));
    if (url === null) return raw(source);
    rendering.urls.add(url);
    inLink = true;
    const inner = content();
    inLink = false;
    return `<a href="${escapeHtml(url)}" rel="${REL}">${inner === "" ? escapeHtml(url) : inner}</a>`;
  };
  return {
    text(token: Tokens.Text | Tokens.Escape) {
      if ("tokens" in token && token.tokens !== undefined) return this.parser.parseInline(token.tokens);
      return fill(rendering, escapeKeepingReferences(token.text), !inLink);
    },
    code: ({ text }) => `<pre><code>${raw(text)}\n</code></pre>\n`,
    codespan: ({ text }) => `<code>${raw(text)}</code>`,
    html: ({ text }) => raw(text),
    hr: ({ raw: source }) => `<p>${raw(source.trim())}</p>`,
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
    link(token) {
      return link(token.href, token.raw, () => this.parser.parseInline(token.tokens));
    },
    image: (token) => link(token.href, token.raw, () => raw(token.text)),
  };
}

function restore({ source, entities }: Rendering, text: string): string {
  return text.replace(/\ufdd0(\d+)\ufdd1/g, (_, digits: string) => {
    const entity = entities[Number(digits)];
    return entity === undefined ? "" : source.slice(entity.start, entity.end);
  });
}

/** CommonMark 2.5: `&copy;` in prose is a character reference; sanitize-html resolves it. */
function escapeKeepingReferences(text: string): string {
  return text
    .replace(/&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});)/gi, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}

function decodeReferences(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: "\u00a0",
  };
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos|nbsp));/gi,
    (whole, decimal, hex, name) => {
      if (typeof name === "string") return named[name.toLowerCase()] ?? whole;
      const code = typeof decimal === "string" ? Number(decimal) : Number.parseInt(String(hex), 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : "";
    },
  );
}

const BREAKING: ReadonlySet<string> = new Set(
  "p br li ul ol blockquote pre div h1 h2 h3 h4 h5 h6".split(" "),
);
