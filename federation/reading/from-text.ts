import type { ReceivedNote } from "../../server/domain/note.ts";
import { linksOf } from "./from-attachments.ts";
import { plain } from "./from-actor.ts";
import { isJson, textOf, typesOf, type Json } from "./json.ts";

const MAX_CONTENT = 200_000;
const MAX_SOURCE = 64_000;
const MAX_SUMMARY = 2_000;
const MAX_TITLE = 500;
const MAX_LANGUAGES = 8;
const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i;

export type ReceivedText = Pick<
  ReceivedNote,
  "contentHtml" | "contentMap" | "language" | "summary" | "title" | "source"
>;

/**
 * Text and language. `content` is what everybody shows; `contentMap` with one key says its language (Mastodon), with
 * several it is a note in several tongues. Articles, pages, events and films have a title, and their `summary` is an
 * abstract, not a content warning, unless they are marked as sensitive.
 */
export function textsOf(json: Json): ReceivedText {
  const contentMap = languageMap(json["contentMap"]);
  const languages = Object.keys(contentMap);
  const content = textOf(json["content"]) ?? Object.values(contentMap)[0] ?? "";
  const named =
    languages.find((language) => contentMap[language] === textOf(json["content"])) ??
    (languages.length === 1 ? languages[0] : undefined);
  const language = named ?? languageOf(json["language"]) ?? null;
  const summary = mappedText(json, "summary");
  const source = sourceOf(json["source"]);
  const body = asHtml(content, json["mediaType"]);
  if (isPlainNote(json)) {
    const titled = withoutTitle(json, body);
    const tongues = Object.entries(contentMap).map(([tag, html]) => [tag, withoutTitle(json, html).html]);
    return {
      contentHtml: titled.html.slice(0, MAX_CONTENT),
      contentMap: Object.fromEntries(tongues),
      language,
      summary: plain(summary, MAX_SUMMARY) || null,
      title: titled.title,
      source,
    };
  }
  const isWarning = json["sensitive"] === true;
  const abstract = !isWarning && body === "" && summary !== null ? paragraphs(summary) : "";
  return {
    contentHtml: (body + abstract + linksAsHtml(json)).slice(0, MAX_CONTENT),
    contentMap: languages.length > 1 ? contentMap : {},
    language,
    summary: isWarning ? plain(summary, MAX_SUMMARY) || null : null,
    title: plain(mappedText(json, "name"), MAX_TITLE) || null,
    source,
  };
}

/**
 * A Note has no title, whatever its `name` says (FEP-b2b8, and what Mastodon does), unless its content begins with that
 * very name in bold, as our own notes with a title do: then it is shown as one, and not twice.
 */
function withoutTitle(json: Json, html: string): { readonly html: string; readonly title: string | null } {
  const name = plain(textOf(json["name"]), MAX_TITLE);
  const first = /^<p><strong>([^<>]{1,4000})<\/strong><\/p>/.exec(html);
  if (name === "" || first === null || plain(unescaped(first[1] ?? ""), MAX_TITLE) !== name)
    return { html, title: null };
  return { html: html.slice(first[0].length), title: name };
}

/** What is a note and not something with a title of its own. */
function isPlainNote(json: Json): boolean {
  return typesOf(json).some((type) => type === "Note" || type === "Question" || type === "ChatMessage");
}

function mappedText(json: Json, term: "name" | "summary"): string | null {
  return textOf(json[term]) ?? Object.values(languageMap(json[`${term}Map`]))[0] ?? null;
}

/** What a text was written as; `htmlMfm` (FEP-c16b) says that the HTML is complete without it, and we never read it again. */
function sourceOf(value: unknown): ReceivedNote["source"] {
  if (!isJson(value)) return null;
  const content = textOf(value["content"]);
  const mediaType = textOf(value["mediaType"]) ?? "text/plain";
  if (content === null || content === "" || !/^[a-z]+\/[a-z0-9.+-]{1,60}$/i.test(mediaType)) return null;
  return { content: content.slice(0, MAX_SOURCE), mediaType: mediaType.toLowerCase() };
}

function linksAsHtml(json: Json): string {
  return linksOf(json)
    .map((link) => `<p><a href="${escaped(link)}">${escaped(link)}</a></p>`)
    .join("");
}

/** PeerTube's descriptions are Markdown; without its marks they read well as plain paragraphs. */
function asHtml(content: string, mediaType: unknown): string {
  return mediaType === "text/markdown" || mediaType === "text/plain" ? paragraphs(escaped(content)) : content;
}

function paragraphs(text: string): string {
  return text
    .split(/(?:\r?\n){2,}/)
    .map((part) => part.trim().replace(/\r?\n/g, "<br>"))
    .filter((part) => part !== "")
    .map((part) => `<p>${part}</p>`)
    .join("");
}

function languageMap(value: unknown): Readonly<Record<string, string>> {
  if (!isJson(value)) return {};
  const entries = Object.entries(value).flatMap(([tag, text]) => {
    const language = languageOf(tag);
    const html = textOf(text);
    return language === null || html === null ? [] : [[language, html.slice(0, MAX_CONTENT)] as const];
  });
  return Object.fromEntries(entries.slice(0, MAX_LANGUAGES));
}

/** The canonical form of a language tag (BCP 47: `zh-Hant`, not `zh-hant`); null for `und` and what is no tag. */
function languageOf(value: unknown): string | null {
  if (isJson(value)) return languageOf(value["identifier"]);
  if (typeof value !== "string" || !LANGUAGE.test(value) || /^(?:und|mul|zxx)\b/i.test(value)) return null;
  try {
    return new Intl.Locale(value).toString();
  } catch {
    return null;
  }
}

function unescaped(html: string): string {
  const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return html.replace(/&(?:#(\d{1,4})|([a-z]{2,4}));/g, (whole, code?: string, name?: string) =>
    code === undefined ? (named[name ?? ""] ?? whole) : String.fromCharCode(Number(code)),
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
