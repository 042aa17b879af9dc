import { stripControls, utf8Length } from "./characters.ts";
import { hasBlock, isElement, serialize, type Element } from "./html-element.ts";
import { settleLink, unhide } from "./html-links.ts";

/** How a tree is rebuilt: who wrote it, and which link targets are allowed (null drops the link). */
export type Rules = {
  readonly trust: "remote" | "local";
  readonly safeUrl: (text: string) => string | null;
};

/** An open element; `element` is null when its tag is dropped and only its content stays. */
type Frame = { readonly tag: string; readonly elements: readonly Element[] };
type Builder = {
  readonly root: Element;
  readonly frames: Frame[];
  readonly open: Element[];
  readonly rules: Rules;
};

const MAX_DEPTH = 32;
const MAX_BYTES = 64 * 1024;
const MAX_ELEMENTS = 3900;

/**
 * The second wall behind sanitize-html: reads its output into a tree of known elements, mends the structure so
 * that a browser builds the very same tree (WHATWG HTML 13.2.6: paragraphs hold no blocks, links no links),
 * checks every attribute, caps depth and size, and writes it anew. Anything not understood comes out as text.
 */
export function rebuildHtml(html: string, rules: Rules): string {
  const root: Element = { tag: "", attributes: new Map(), children: [] };
  const builder: Builder = { root, frames: [], open: [root], rules };
  const token = /<(\/?)([a-z][a-z0-9]*)([^<>]*)>|[^<]+|</g;
  for (const [text, slash, tag, attributes] of html.matchAll(token)) {
    if (tag === undefined) parent(builder).children.push(decode(text));
    else if (slash === "/") closeTag(builder, tag);
    else openTag(builder, tag, readAttributes(attributes ?? ""));
  }
  while (builder.frames.length > 0) closeTop(builder);
  return serialize(root, { bytes: MAX_BYTES, elements: MAX_ELEMENTS }, utf8Length);
}

function openTag(builder: Builder, tag: string, given: ReadonlyMap<string, string>): void {
  if (tag === "br") {
    parent(builder).children.push({ tag: "br", attributes: new Map(), children: [] });
    return;
  }
  if (!INLINE.has(tag)) closeThrough(builder, (element) => element.tag === "p");
  switch (tag) {
    case "a": {
      const href = builder.rules.safeUrl(given.get("href") ?? "");
      if (href === null) return push(builder, tag, []);
      closeThrough(builder, (element) => element.tag === "a");
      return push(builder, tag, [create("a", given, builder.rules, href)]);
    }
    case "li": {
      const around = builder.open.findLast(({ tag: name }) => LIST_SCOPE.has(name))?.tag ?? "";
      if (around === "li") closeThrough(builder, (element) => element.tag === "li");
      const inList = /^[uo]l$/.test(builder.open.findLast((e) => LIST_SCOPE.has(e.tag))?.tag ?? "");
      return push(builder, tag, [create(inList ? "li" : "div", given, builder.rules)]);
    }
    case "rt":
    case "rp": {
      if (!builder.open.some((element) => element.tag === "ruby")) return push(builder, tag, []);
      while (/^(?:p|div|li|rt|rp)$/.test(parent(builder).tag))
        closeThrough(builder, (e) => e === parent(builder));
      return push(builder, tag, [create(tag, given, builder.rules)]);
    }
    default: {
      const names = /^h[1-6]$/.test(tag) ? ["p", "strong"] : [KEPT.has(tag) ? tag : "div"];
      const made = names.map((name) => create(name, given, builder.rules));
      // Hidden text is for the two ends of a link; elsewhere it would hide words from readers and moderators.
      if (!builder.open.some((element) => element.tag === "a")) made.forEach(unhide);
      return push(builder, tag, made);
    }
  }
}

function push(builder: Builder, tag: string, elements: readonly Element[]): void {
  const fits = builder.open.length + elements.length <= MAX_DEPTH + 1 ? elements : [];
  builder.frames.push({ tag, elements: fits });
  builder.open.push(...fits);
}

/** A closing tag closes everything opened since its opening tag; one without an opening tag is ignored. */
function closeTag(builder: Builder, tag: string): void {
  const index = builder.frames.findLastIndex((frame) => frame.tag === tag);
  if (index === -1) return;
  while (builder.frames.length > index) closeTop(builder);
}

function closeThrough(builder: Builder, matches: (element: Element) => boolean): void {
  const target = builder.open.findLast((element) => element !== builder.root && matches(element));
  while (target !== undefined && builder.open.includes(target)) closeTop(builder);
}

function closeTop(builder: Builder): void {
  const frame = builder.frames.pop();
  for (const element of frame?.elements.toReversed() ?? []) {
    builder.open.pop();
    attach(parent(builder), element, builder.rules);
  }
}

/** Empty elements vanish; a layout block that holds only inline content is a paragraph, else it dissolves. */
function attach(into: Element, element: Element, rules: Rules): void {
  if (element.children.length === 0 && element.tag !== "li") return;
  if (element.tag !== "div") {
    into.children.push(element.tag === "a" ? settleLink(element, rules.safeUrl) : element);
    return;
  }
  const blank = element.children.every((child) => !isElement(child) && child.trim() === "");
  if (blank || element.children.some((child) => isElement(child) && hasBlock(child))) {
    into.children.push(...element.children);
  } else into.children.push({ ...element, tag: "p" });
}

function parent(builder: Builder): Element {
  return builder.open.at(-1) ?? builder.root;
}

function create(tag: string, given: ReadonlyMap<string, string>, rules: Rules, href?: string): Element {
  const attributes = new Map<string, string>();
  if (href !== undefined) attributes.set("href", href);
  for (const [name, value] of given) {
    const kept = attributeValue(tag, name, value, rules);
    if (kept !== null) attributes.set(name, kept);
  }
  if (tag === "a" && rules.trust === "remote") attributes.set("rel", "nofollow noopener noreferrer");
  return { tag, attributes, children: [] };
}

function attributeValue(tag: string, name: string, value: string, rules: Rules): string | null {
  switch (`${tag} ${name}`) {
    case "a class":
      return words(value, /^(?:mention|hashtag|u-url|h-card)$/);
    case "p class":
      return words(value, /^quote-inline$/);
    case "span class":
      return words(value, /^(?:mention|hashtag|u-url|h-card|ellipsis|invisible|quote-inline)$/);
    case "a rel":
      return rules.trust === "local" ? words(value, /^(?:tag|me|nofollow|noopener|noreferrer)$/) : null;
    case "a translate":
    case "span translate":
      return /^(?:yes|no)$/.test(value) ? value : null;
    case "p lang":
    case "span lang":
      return /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(value) ? value : null;
    case "p dir":
    case "span dir":
      return /^(?:ltr|rtl|auto)$/.test(value) ? value : null;
    case "ol start":
    case "li value":
      return /^-?\d{1,9}$/.test(value) ? value : null;
    case "ol reversed":
      return "";
    default:
      return null;
  }
}

function words(value: string, allowed: RegExp): string | null {
  const kept = value.split(/\s+/).filter((word) => allowed.test(word));
  return kept.length === 0 ? null : [...new Set(kept)].join(" ");
}

function readAttributes(source: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [, name, value] of source.matchAll(/([a-z][a-z-]*)(?:="([^"]*)")?/g)) {
    if (name !== undefined && !found.has(name)) found.set(name, decode(value ?? ""));
  }
  return found;
}

/** sanitize-html writes no other character references. */
function decode(text: string): string {
  const decoded = text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");
  return stripControls(decoded);
}

const KEPT: ReadonlySet<string> = new Set(
  "p span a del s pre code em strong b i u ul ol li blockquote ruby rt rp".split(" "),
);
const INLINE: ReadonlySet<string> = new Set("span a del s code em strong b i u ruby rt rp".split(" "));
const LIST_SCOPE: ReadonlySet<string> = new Set(["li", "ul", "ol", "blockquote", "pre"]);
