import { Parser } from "htmlparser2";
import { CARD_LIMITS } from "../domain/card.ts";
import { stripControls } from "./characters.ts";
import { canonicalLanguage } from "./language.ts";
import { safeHttpUrl } from "./sanitize.ts";

/** What a web page says about itself in its head. Plain texts, absolute web addresses. */
export type PageCard = {
  readonly title: string;
  readonly description: string;
  readonly site: string;
  readonly author: string;
  /** `user@host` of `fediverse:creator` (Mastodon 4.3), unchecked. */
  readonly creator: string | null;
  readonly imageUrl: string | null;
  readonly language: string | null;
};

/** JSON-LD beyond this is no description of a page. */
const MAX_DATA = 100_000;
const MAX_METAS = 400;
/** Parsers shift the whole list of open elements with each one: the work grows with the square of the depth. */
const MAX_DEPTH = 256;
const PIECE = 16 * 1024;

type Found = {
  readonly metas: Map<string, string>;
  readonly data: string[];
  title: string;
  language: string | null;
};

/**
 * Reads OpenGraph, Twitter cards, JSON-LD and the plain title of a page. Null when it does not even have a title, or asks
 * not to be shown elsewhere (`robots: nosnippet` leaves the description away). Never throws, linear in the input.
 */
export function readPageCard(html: string, pageUrl: string): PageCard | null {
  const { metas, data, title, language } = scan(html);
  const of = (...names: readonly string[]): string =>
    names.map((name) => metas.get(name) ?? "").find((value) => value !== "") ?? "";
  const linked = data.flatMap(describedBy);
  const fromData = (name: string): string =>
    linked.map((one) => textIn(one[name])).find((text) => text !== "") ?? "";
  const named = clean(of("og:title", "twitter:title") || fromData("headline") || title, CARD_LIMITS.title);
  if (named === "") return null;
  const isSilent = /\bnosnippet\b|\bnone\b/i.test(of("robots"));
  const author = of("author", "article:author", "twitter:creator") || fromData("author");
  const image = of("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src");
  return {
    title: named,
    description: isSilent
      ? ""
      : clean(
          of("og:description", "twitter:description", "description") || fromData("description"),
          CARD_LIMITS.description,
        ),
    site: clean(of("og:site_name", "application-name"), CARD_LIMITS.site),
    // Some name the author by the address of a profile, which is no name.
    author: /^https?:/i.test(author.trim()) ? "" : clean(author, CARD_LIMITS.author).replace(/^@+/, ""),
    creator: creatorOf(of("fediverse:creator")),
    imageUrl: imageOf(image || fromData("image"), pageUrl),
    language: language === null ? null : canonicalLanguage(language),
  };
}

/**
 * The text of a page in the coding that it names in `Content-Type`, its byte order mark or its first kilobyte of markup
 * (HTML, 13.2.3.2); UTF-8 otherwise. Never throws.
 */
export function decodePage(bytes: Uint8Array, contentType: string): string {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  const named =
    markOf(bytes) ??
    /charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(contentType)?.[1] ??
    /<meta[^>]{0,200}charset\s*=\s*["']?([\w:.-]{1,40})/i.exec(head)?.[1] ??
    "utf-8";
  return decoderFor(named).decode(bytes);
}

function markOf(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : null;
}

function decoderFor(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

function scan(html: string): Found {
  const found: Found = { metas: new Map(), data: [], title: "", language: null };
  let inside: "title" | "data" | null = null;
  let isHead = true;
  let text = "";
  let depth = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      depth += 1;
      if (name === "html") found.language = attributes["lang"] ?? null;
      if (name === "meta" && found.metas.size < MAX_METAS) keepMeta(found.metas, attributes);
      // Drawings in the body have titles too.
      if (name === "body" || name === "svg") isHead = false;
      if (name === "title" && isHead && found.title === "") inside = "title";
      if (name === "script" && /ld\+json/i.test(attributes["type"] ?? "")) inside = "data";
    },
    ontext(part) {
      if (inside !== null && text.length < MAX_DATA) text += part;
    },
    onclosetag(name) {
      depth -= 1;
      if (inside === "title" && name === "title") found.title = text;
      if (inside === "data" && name === "script" && found.data.length < 8) found.data.push(text);
      if (name === "title" || name === "script") {
        inside = null;
        text = "";
      }
    },
  });
  // No page nests so deep; what such a one has said up to there counts.
  for (let at = 0; at < html.length && depth <= MAX_DEPTH; at += PIECE)
    parser.write(html.slice(at, at + PIECE));
  if (depth <= MAX_DEPTH) parser.end();
  return found;
}

/** The first of a name counts, as everybody reads them. */
function keepMeta(metas: Map<string, string>, attributes: Readonly<Record<string, string>>): void {
  const name = (attributes["property"] ?? attributes["name"] ?? "").trim().toLowerCase();
  const content = attributes["content"] ?? "";
  if (name !== "" && content.trim() !== "" && !metas.has(name)) metas.set(name, content);
}

/** The things that a JSON-LD block describes and that could be the page: no bread crumbs, no search boxes. */
function describedBy(text: string): readonly Readonly<Record<string, unknown>>[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [];
  }
  const graph = isRecord(json) && Array.isArray(json["@graph"]) ? json["@graph"] : json;
  const things = Array.isArray(graph) ? graph : [graph];
  return things
    .slice(0, 50)
    .filter(isRecord)
    .filter((thing) => "headline" in thing);
}

/** Texts, names and addresses, however deep schema.org lets them be. */
function textIn(value: unknown, depth = 0): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return textIn(value[0], depth + 1);
  if (!isRecord(value) || depth > 3) return "";
  return textIn(value["name"] ?? value["url"], depth + 1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function creatorOf(text: string): string | null {
  const match = /^@?([\w.~-]{1,128})@([a-z0-9.-]{1,253}(?::\d{1,5})?)$/i.exec(text.trim());
  return match === null ? null : `${match[1]}@${match[2]?.toLowerCase()}`;
}

function imageOf(text: string, pageUrl: string): string | null {
  const address = text.trim();
  return address === "" || !URL.canParse(address, pageUrl)
    ? null
    : safeHttpUrl(new URL(address, pageUrl).href);
}

/** One line of plain text without what would turn or hide it (threats XSS-19). */
function clean(text: string, max: number): string {
  const line = stripControls(text)
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .toWellFormed();
  const characters = [...line];
  if (characters.length <= max) return line;
  return `${characters
    .slice(0, max - 1)
    .join("")
    .trimEnd()}…`;
}
