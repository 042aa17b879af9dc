import { NOTE_LIMITS, type ReceivedNote } from "../../server/domain/note.ts";
import { visibilityOf } from "../../server/domain/visibility.ts";
import { pageOf, plain } from "./from-actor.ts";
import {
  countOf,
  iriOf,
  irisOf,
  isJson,
  listOf,
  sameOrigin,
  textOf,
  timeOf,
  typesOf,
  webAddress,
  type Json,
} from "./json.ts";

/** What is needed to read a note: who wrote it, as far as known here, and the time. */
export type NoteContext = {
  /** The author's followers collection, null when unknown: followers-only notes are then direct ones (never wider). */
  readonly followersUri: string | null;
  /** Now in ms; later times are clamped to it. */
  readonly now: number;
};

/** Object types that are shown as notes: ActivityStreams' own, and what PeerTube, Lemmy, Mobilizon and blogs send. */
export const NOTE_TYPES: ReadonlySet<string> = new Set(
  "Note Article Page Question Event Video Audio Image".split(" "),
);

const MAX_CONTENT = 200_000;
const MAX_SUMMARY = 2_000;
const MAX_LANGUAGES = 8;
const LANGUAGE = /^[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}$/i;

type Attachment = ReceivedNote["attachments"][number];

/**
 * A remote note in normal form as the domain takes it; null when it is none, has no single author on its own origin, or
 * names more people than anybody does. HTML is handed over as it came: services sanitise it when they receive it.
 */
export function fromNote(json: Json, context: NoteContext): ReceivedNote | null {
  const uri = webAddress(iriOf(json["id"]));
  const authorUri = authorOf(json);
  if (uri === null || authorUri === null || !sameOrigin(uri, authorUri)) return null;
  if (!typesOf(json).some((type) => NOTE_TYPES.has(type)) || isVote(json)) return null;
  const to = irisOf(json["to"]);
  const cc = [...irisOf(json["cc"]), ...irisOf(json["audience"])];
  const mentionUris = mentionsOf(json["tag"]);
  if (to.length + cc.length > NOTE_LIMITS.addressees || mentionUris.length > NOTE_LIMITS.addressees)
    return null;
  const publishedAt = Math.min(timeOf(json["published"]) ?? context.now, context.now);
  const text = contentOf(json);
  return {
    uri,
    url: pageOf(json["url"], "text/html"),
    authorUri,
    visibility: visibilityOf({ to, cc, followersUri: context.followersUri }),
    inReplyToUri: webAddress(iriOf(json["inReplyTo"])),
    ...text,
    sensitive: json["sensitive"] === true || (text.summary !== null && json["sensitive"] !== false),
    publishedAt,
    updatedAt: updatedOf(json, publishedAt, context.now),
    mentionUris,
    tags: tagsOf(json["tag"]),
    attachments: attachmentsOf(json),
  };
}

/**
 * The one author: everybody in `attributedTo` that is on the note's own origin. PeerTube names account and channel,
 * Lemmy one person; the first one on the origin is taken, and none of them may be elsewhere.
 */
function authorOf(json: Json): string | null {
  const authors = irisOf(json["attributedTo"]).map((id) => webAddress(id));
  const [first] = authors;
  if (first === undefined || first === null) return null;
  return authors.every((author) => author !== null && sameOrigin(author, first)) ? first : null;
}

type Text = Pick<ReceivedNote, "contentHtml" | "contentMap" | "language" | "summary">;

/**
 * Text and language. `content` is what everybody shows; `contentMap` with one key says its language (Mastodon), with
 * several it is a note in several tongues. Titles of articles, events and videos go before the text.
 */
function contentOf(json: Json): Text {
  const contentMap = languageMap(json["contentMap"]);
  const languages = Object.keys(contentMap);
  const content = textOf(json["content"]) ?? Object.values(contentMap)[0] ?? "";
  const body = asHtml(content, json["mediaType"]) + optionsOf(json);
  const named =
    languages.find((language) => contentMap[language] === textOf(json["content"])) ??
    (languages.length === 1 ? languages[0] : undefined);
  const language = named ?? languageOf(json["language"]);
  const summary = plain(
    textOf(json["summary"]) ?? Object.values(languageMap(json["summaryMap"]))[0] ?? null,
    MAX_SUMMARY,
  );
  const isNote = typesOf(json).some((type) => type === "Note" || type === "Question");
  const title = plain(
    textOf(json["name"]) ?? Object.values(languageMap(json["nameMap"]))[0] ?? null,
    MAX_SUMMARY,
  );
  if (isNote || title === "")
    return {
      contentHtml: body.slice(0, MAX_CONTENT),
      contentMap,
      language: language ?? null,
      summary: summary || null,
    };
  const page = pageOf(json["url"], "text/html") ?? webAddress(iriOf(json["id"]));
  const link = page === null ? "" : `<p><a href="${escaped(page)}">${escaped(page)}</a></p>`;
  // The summary of an Article is an abstract and that of a Page a subtitle, not a content warning.
  const html = `<p><strong>${escaped(title)}</strong></p>${body || (summary === "" ? "" : `<p>${escaped(summary)}</p>`)}${link}`;
  return {
    contentHtml: html.slice(0, MAX_CONTENT),
    contentMap: {},
    language: language ?? null,
    summary: null,
  };
}

/** A vote in a poll is a Note with the answer as its name and nothing else (Mastodon, FEP-9967). */
function isVote(json: Json): boolean {
  return (
    typesOf(json).includes("Note") &&
    textOf(json["name"]) !== null &&
    textOf(json["content"]) === null &&
    json["contentMap"] === undefined
  );
}

/** The answers of a poll as a list: readable, although nobody can vote here. */
function optionsOf(json: Json): string {
  const names = listOf(json["oneOf"] ?? json["anyOf"]).flatMap((option) =>
    isJson(option) ? (textOf(option["name"]) ?? []) : [],
  );
  return names.length === 0
    ? ""
    : `<ul>${names
        .slice(0, 20)
        .map((name) => `<li>${escaped(name)}</li>`)
        .join("")}</ul>`;
}

/** PeerTube's descriptions are Markdown; without its marks they read well as plain paragraphs. */
function asHtml(content: string, mediaType: unknown): string {
  if (mediaType !== "text/markdown" && mediaType !== "text/plain") return content;
  const paragraphs = content
    .split(/(?:\r?\n){2,}/)
    .map((text) => escaped(text.trim()).replace(/\r?\n/g, "<br>"));
  return paragraphs
    .filter((text) => text !== "")
    .map((text) => `<p>${text}</p>`)
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

/** When the note was last edited, never in the future; null when it was not. */
function updatedOf(json: Json, publishedAt: number, now: number): number | null {
  const updated = timeOf(json["updated"]);
  if (updated === null) return null;
  const clamped = Math.min(updated, now);
  // Ghost's new notes are "updated" a millisecond after they were published.
  return clamped >= publishedAt + 1_000 ? clamped : null;
}

function mentionsOf(tag: unknown): readonly string[] {
  const hrefs = listOf(tag).map((item) =>
    isJson(item) && typesOf(item).includes("Mention") ? webAddress(item["href"]) : null,
  );
  return [...new Set(hrefs.filter((href) => href !== null))];
}

/** Hashtags without # or ＃, normalised as FEP-eb48 asks: NFKC, lower case. */
function tagsOf(tag: unknown): readonly string[] {
  const names = listOf(tag).map((item) => {
    if (!isJson(item) || !typesOf(item).includes("Hashtag")) return "";
    return (textOf(item["name"]) ?? "").normalize("NFKC").replace(/^#/, "").toLowerCase();
  });
  return [...new Set(names.filter((name) => /^[\p{L}\p{N}\p{M}_·\u200c\u200d]{1,100}$/u.test(name)))].slice(
    0,
    NOTE_LIMITS.tags,
  );
}

function attachmentsOf(json: Json): readonly Attachment[] {
  const pictures = typesOf(json).includes("Image") ? [json] : [];
  const all = [...listOf(json["attachment"]), ...pictures].flatMap((item) => attachmentOf(item) ?? []);
  return all.slice(0, NOTE_LIMITS.media);
}

function attachmentOf(item: unknown): Attachment | null {
  if (!isJson(item)) return null;
  const link = listOf(item["url"]).find(isJson);
  const url = pageOf(item["url"], "image/");
  const mediaType = String(item["mediaType"] ?? link?.["mediaType"] ?? "").toLowerCase();
  const kind = kindOf(typesOf(item), mediaType);
  if (url === null || kind === null) return null;
  return {
    kind,
    url,
    mediaType,
    // Mastodon 4.6 moves alternative texts to `summary`; `name` is what everybody else writes.
    alt: plain(textOf(item["summary"]) ?? textOf(item["name"]), NOTE_LIMITS.altCharacters),
    width: sizeOf(item["width"] ?? link?.["width"]),
    height: sizeOf(item["height"] ?? link?.["height"]),
    blurhash: blurhashOf(item["blurhash"]),
  };
}

/** Links and previews are no attachments: Lemmy and Friendica put plain web links here. */
function kindOf(types: readonly string[], mediaType: string): Attachment["kind"] | null {
  const main = mediaType.split("/", 1)[0];
  if (main === "image" || main === "video" || main === "audio") return main;
  if (types.includes("Image")) return "image";
  if (types.includes("Video")) return "video";
  if (types.includes("Audio")) return "audio";
  return types.includes("Document") && mediaType !== "" && mediaType !== "text/html" ? "file" : null;
}

function sizeOf(value: unknown): number | null {
  const size = countOf(value);
  return size !== null && size > 0 && size <= 65_535 ? size : null;
}

function blurhashOf(value: unknown): string | null {
  return typeof value === "string" && /^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]{6,100}$/.test(value)
    ? value
    : null;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
