import { followsUnspaced, stripControls } from "./characters.ts";
import { opaqueRegions } from "./regions.ts";
import { urlAt } from "./url-scan.ts";

/** One thing in a source text that becomes a link; `start` and `end` are UTF-16 offsets. */
export type Entity =
  | {
      readonly kind: "mention";
      readonly start: number;
      readonly end: number;
      readonly username: string;
      /** Lower-case ASCII host, with its port when one was written; null for an account of this server. */
      readonly host: string | null;
    }
  | {
      readonly kind: "tag";
      readonly start: number;
      readonly end: number;
      /** As {@link normalizeTag} makes it. */
      readonly tag: string;
      /** As written, without the hash. */
      readonly text: string;
    }
  | { readonly kind: "url"; readonly start: number; readonly end: number; readonly url: string };

type Found = { readonly entity: Entity | null; readonly end: number };

const MAX_TAG = 100;
const MAX_USERNAME = 128;

/**
 * Finds mentions, hashtags and http(s) URLs in plain text or Markdown source, in order and in linear time.
 * Nothing is found in code, in link destinations, inside URLs or in e-mail addresses; a backslash escapes.
 * Never throws.
 */
export function findEntities(source: string): readonly Entity[] {
  const regions = opaqueRegions(source);
  const found: Entity[] = [];
  const trigger = /[@＠#＃\\]|https?:\/\//gi;
  let region = 0;
  for (let match = trigger.exec(source); match !== null; match = trigger.exec(source)) {
    const at = match.index;
    while ((regions[region]?.end ?? Infinity) <= at) region++;
    const opaque = regions[region];
    if (opaque !== undefined && opaque.start <= at) {
      trigger.lastIndex = opaque.end;
      continue;
    }
    const { entity, end } = entityAt(source, at, match[0]);
    if (entity !== null && entity.end <= (opaque?.start ?? Infinity)) found.push(entity);
    trigger.lastIndex = end;
  }
  return found;
}

/** Gives the one spelling under which a hashtag is stored and compared: NFKC, lower-case, no hash. */
export function normalizeTag(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/^[#＃]+/, "")
    .toLowerCase()
    .normalize("NFKC");
}

/** Tells whether a text, with or without its hash, can be a hashtag: word characters, at least one letter. */
export function isTag(text: string): boolean {
  const tag = normalizeTag(text);
  return tagLength(tag, 0) === tag.length && tag.length <= MAX_TAG && /\p{L}/u.test(tag);
}

/** Makes any text storable: NFC, line feeds only, no controls, no bidirectional overrides, no lone surrogates. */
export function normalizeText(text: string): string {
  return stripControls(text).normalize("NFC");
}

/**
 * Cleans a display name so that it can neither break a line, reorder its surroundings, hide characters nor
 * tower over them.
 * @param max the most code points kept; a grapheme cluster is never cut in two
 */
export function cleanName(text: string, max: number): string {
  const visible = normalizeText(text.slice(0, 8192))
    .replace(/[\s\u2028\u2029]+/gu, " ")
    // Blank letters used to fake an empty or spaced name: Hangul fillers.
    .replace(/[\u115f\u1160\u3164\uffa0]/g, "")
    .replace(/\p{Cf}/gu, keepUsefulFormat)
    .replace(/(\p{M}{4})\p{M}+/gu, "$1")
    .trim();
  // Where every letter is one character there is nothing to cut in two, and a segmenter costs a hundred times the rest.
  if (/^[\x20-\x7e]*$/.test(visible)) return visible.slice(0, max).trim();
  let name = "";
  let length = 0;
  for (const { segment } of new Intl.Segmenter("und", { granularity: "grapheme" }).segment(visible)) {
    length += [...segment].length;
    if (length > max) break;
    name += segment;
  }
  return name.trim();
}

/**
 * Keeps the invisible characters that writing needs: joiners between letters of joining scripts and between
 * parts of an emoji, and the tag letters of regional flags (UTS #51).
 */
function keepUsefulFormat(character: string, at: number, whole: string): string {
  const code = character.codePointAt(0) ?? 0;
  const before = whole.slice(Math.max(0, at - 2), at);
  const after = whole.slice(at + character.length, at + character.length + 2);
  const joining = /[\p{scx=Arab}\p{scx=Deva}\p{scx=Beng}\p{scx=Mlym}\p{scx=Knda}\p{scx=Telu}\p{scx=Sinh}]/u;
  if (code === 0x200c || code === 0x200d) {
    const emoji = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u.test(before);
    if (code === 0x200d && emoji && /^\p{Extended_Pictographic}/u.test(after)) return character;
    return joining.test(before) && joining.test(after) ? character : "";
  }
  if (code >= 0xe0020 && code <= 0xe007f)
    return /[\u{1f3f4}\u{e0020}-\u{e007f}]$/u.test(before) ? character : "";
  return "";
}

function entityAt(source: string, at: number, trigger: string): Found {
  switch (trigger) {
    case "\\":
      return { entity: null, end: at + 2 };
    case "@":
    case "＠":
      return mentionAt(source, at);
    case "#":
    case "＃":
      return tagAt(source, at);
    default: {
      if (/[A-Za-z0-9@]/.test(source[at - 1] ?? "")) return { entity: null, end: at + trigger.length };
      const { url, end } = urlAt(source, at);
      return { entity: url === null ? null : { kind: "url", start: at, end, url }, end };
    }
  }
}

/** Mastodon wants a space before `@`; after a letter of an unspaced script we do without, nobody types one there. */
function mentionAt(source: string, at: number): Found {
  const none = { entity: null, end: at + 1 };
  if (isWordBefore(source, at) || /[@＠=/.&]/.test(source[at - 1] ?? "")) return none;
  const name = /[A-Za-z0-9_.-]+/y;
  name.lastIndex = at + 1;
  const username = trimTail(name.exec(source)?.[0] ?? "", ".-");
  if (!/^[A-Za-z0-9_]/.test(username) || username.length > MAX_USERNAME) return none;
  const end = at + 1 + username.length;
  const next = source[end] ?? "";
  if (next === "@" || next === "＠") {
    const host = hostAt(source, end + 1);
    if (host !== null) {
      return {
        entity: { kind: "mention", start: at, end: host.end, username, host: host.name },
        end: host.end,
      };
    }
    // `@alice@some` must not reach the local alice.
    if (/[\p{L}\p{N}@＠]/u.test(source.slice(end + 1, end + 3))) return { entity: null, end: end + 1 };
  }
  // A path such as `@types/node` is not a person.
  if (next === "/" && /[A-Za-z0-9]/.test(source[end + 1] ?? "")) return { entity: null, end };
  return { entity: { kind: "mention", start: at, end, username, host: null }, end };
}

/** A host name with a dot, `localhost`, an IPv4 address, or any of them with a port. */
function hostAt(source: string, at: number): { readonly name: string; readonly end: number } | null {
  const run = /[\p{L}\p{N}\p{M}.-]+/uy;
  run.lastIndex = at;
  let written = trimTail(run.exec(source)?.[0].slice(0, 253) ?? "", ".-");
  const label = written.slice(written.lastIndexOf(".") + 1);
  // 「@alice@host.example你好」: an ASCII top-level domain ends where another script begins.
  const ascii = /^[A-Za-z0-9-]+/.exec(label)?.[0] ?? "";
  if (ascii !== "" && ascii.length < label.length) {
    written = written.slice(0, written.length - label.length + ascii.length);
  }
  if (!/[.]/.test(written) && written.toLowerCase() !== "localhost") return null;
  if (written.includes("..") || written.startsWith(".") || written.startsWith("-")) return null;
  const port = /:\d{1,5}(?!\d)/y;
  port.lastIndex = at + written.length;
  const authority = written + (port.exec(source)?.[0] ?? "");
  if (!URL.canParse(`https://${authority}`)) return null;
  const { hostname } = new URL(`https://${authority}`);
  return { name: hostname + authority.slice(written.length), end: at + authority.length };
}

/** Mastodon's rule (not inside a word, not in a path), except that an unspaced script may stand right before. */
function tagAt(source: string, at: number): Found {
  const none = { entity: null, end: at + 1 };
  if (isWordBefore(source, at) || /[=/)&#＃]/.test(source[at - 1] ?? "")) return none;
  const length = tagLength(source, at + 1);
  const end = at + 1 + length;
  const text = source.slice(at + 1, end);
  if (length === 0 || length > MAX_TAG || !/\p{L}/u.test(text))
    return { entity: null, end: Math.max(end, at + 1) };
  return { entity: { kind: "tag", start: at, end, tag: normalizeTag(text), text }, end };
}

/** Letters, digits, marks and underscores; the middle dots and the non-joiner only between them. */
function tagLength(text: string, at: number): number {
  const body = /[\p{L}\p{N}\p{M}_]+(?:[·・\u200c]+[\p{L}\p{N}\p{M}_]+)*/uy;
  body.lastIndex = at;
  return body.exec(text)?.[0].length ?? 0;
}

function isWordBefore(source: string, at: number): boolean {
  if (at === 0) return false;
  const low = source.charCodeAt(at - 1);
  const start = low >= 0xdc00 && low <= 0xdfff && at > 1 ? at - 2 : at - 1;
  return /[\p{L}\p{N}\p{M}_]/u.test(source.slice(start, at)) && !followsUnspaced(source, at);
}

function trimTail(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1] ?? " ")) end--;
  return text.slice(0, end);
}
