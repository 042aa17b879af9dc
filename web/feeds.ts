// Feeds as text: one list of entries, written as RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1.
// Imported by web/pages/sharing.

import { isoTime } from "../server/context.ts";
import { escapeHtml } from "../server/text/sanitize.ts";

export const FEED_FORMATS = ["rss", "atom", "json"] as const;
export type FeedFormat = (typeof FEED_FORMATS)[number];

/** A file of an entry; `size` in bytes, as far as it is known. */
export type FeedFile = {
  readonly url: string;
  readonly mediaType: string;
  readonly size: number | null;
  readonly title: string;
};

export type FeedEntry = {
  /** What makes it this one for ever. */
  readonly uri: string;
  readonly url: string;
  readonly title: string;
  readonly html: string;
  readonly publishedAt: number;
  readonly updatedAt: number;
  readonly author: { readonly name: string; readonly url: string };
  readonly language: string | null;
  readonly tags: readonly string[];
  readonly files: readonly FeedFile[];
};

/** All addresses are absolute. */
export type FeedText = {
  readonly title: string;
  readonly description: string;
  /** The page that the feed is of. */
  readonly page: string;
  /** The feed itself, without its ending. */
  readonly stem: string;
  readonly icon: string | null;
  readonly language: string | null;
  readonly author: { readonly name: string; readonly url: string } | null;
  readonly entries: readonly FeedEntry[];
};

export const FEED_TYPES: Readonly<Record<FeedFormat, string>> = {
  rss: "application/rss+xml",
  atom: "application/atom+xml",
  json: "application/feed+json",
};

/** A feed in one of its formats. */
export function writeFeed(feed: FeedText, format: FeedFormat): string {
  if (format === "rss") return rss(feed);
  return format === "atom" ? atom(feed) : json(feed);
}

/** When anything in a feed changed last, ms; 0 for an empty one. */
export function changedAt({ entries }: FeedText): number {
  return Math.max(0, ...entries.map((entry) => entry.updatedAt));
}

const DECLARATION = `<?xml version="1.0" encoding="utf-8"?>\n`;

function rss(feed: FeedText): string {
  const self = `<atom:link rel="self" type="${FEED_TYPES.rss}" href="${xml(`${feed.stem}.rss`)}"/>`;
  const image =
    feed.icon === null
      ? ""
      : `<image>${tag("url", feed.icon)}${tag("title", feed.title)}${tag("link", feed.page)}</image>`;
  return `${DECLARATION}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
${tag("title", feed.title)}${tag("link", feed.page)}${tag("description", feed.description)}${self}${feed.language === null ? "" : tag("language", feed.language)}${dateTag("lastBuildDate", changedAt(feed))}${image}
${feed.entries.map(rssItem).join("\n")}
</channel></rss>\n`;
}

/** One file for each item: readers take no more (RSS 2.0 says nothing else, podcast players insist). */
function rssItem(entry: FeedEntry): string {
  const file = entry.files[0];
  const enclosure =
    file === undefined
      ? ""
      : `<enclosure url="${xml(file.url)}" type="${xml(file.mediaType)}" length="${file.size ?? 0}"/>`;
  return `<item>${tag("title", entry.title)}${tag("link", entry.url)}<guid isPermaLink="false">${xml(entry.uri)}</guid>${dateTag("pubDate", entry.publishedAt)}${tag("dc:creator", entry.author.name)}${tag("description", entry.html)}${entry.tags.map((name) => tag("category", name)).join("")}${enclosure}</item>`;
}

function atom(feed: FeedText): string {
  const address = `${feed.stem}.atom`;
  return `${DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom"${langOf(feed.language)}>
${tag("id", address)}${tag("title", feed.title)}${tag("subtitle", feed.description)}${tag("updated", isoTime(changedAt(feed)))}<link rel="alternate" type="text/html" href="${xml(feed.page)}"/><link rel="self" type="${FEED_TYPES.atom}" href="${xml(address)}"/>${feed.icon === null ? "" : tag("icon", feed.icon)}${feed.author === null ? "" : atomAuthor(feed.author)}
${feed.entries.map(atomEntry).join("\n")}
</feed>\n`;
}

function atomEntry(entry: FeedEntry): string {
  const files = entry.files.map(
    (file) =>
      `<link rel="enclosure" href="${xml(file.url)}" type="${xml(file.mediaType)}"${file.size === null ? "" : ` length="${file.size}"`}${file.title === "" ? "" : ` title="${xml(file.title)}"`}/>`,
  );
  return `<entry${langOf(entry.language)}>${tag("id", entry.uri)}${tag("title", entry.title)}<link rel="alternate" type="text/html" href="${xml(entry.url)}"/>${tag("published", isoTime(entry.publishedAt))}${tag("updated", isoTime(entry.updatedAt))}${atomAuthor(entry.author)}<content type="html">${xml(entry.html)}</content>${entry.tags.map((name) => `<category term="${xml(name)}"/>`).join("")}${files.join("")}</entry>`;
}

function atomAuthor({ name, url }: FeedEntry["author"]): string {
  return `<author>${tag("name", name)}${tag("uri", url)}</author>`;
}

function json(feed: FeedText): string {
  return JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: feed.title,
    description: feed.description,
    home_page_url: feed.page,
    feed_url: `${feed.stem}.json`,
    ...(feed.icon === null ? {} : { icon: feed.icon }),
    ...(feed.language === null ? {} : { language: feed.language }),
    ...(feed.author === null ? {} : { authors: [feed.author] }),
    items: feed.entries.map((entry) => ({
      id: entry.uri,
      url: entry.url,
      title: entry.title,
      content_html: entry.html,
      date_published: isoTime(entry.publishedAt),
      ...(entry.updatedAt === entry.publishedAt ? {} : { date_modified: isoTime(entry.updatedAt) }),
      authors: [entry.author],
      ...(entry.language === null ? {} : { language: entry.language }),
      ...(entry.tags.length === 0 ? {} : { tags: entry.tags }),
      ...(entry.files.length === 0 ? {} : { attachments: entry.files.map(jsonFile) }),
    })),
  });
}

function jsonFile(file: FeedFile): Readonly<Record<string, unknown>> {
  return {
    url: file.url,
    mime_type: file.mediaType,
    ...(file.title === "" ? {} : { title: file.title }),
    ...(file.size === null ? {} : { size_in_bytes: file.size }),
  };
}

function tag(name: string, text: string): string {
  return `<${name}>${xml(text)}</${name}>`;
}

/** RFC 822, as RSS has it. */
function dateTag(name: string, ms: number): string {
  return tag(name, new Date(ms).toUTCString());
}

function langOf(language: string | null): string {
  return language === null ? "" : ` xml:lang="${xml(language)}"`;
}

/** Text for XML 1.0: escaped, without characters that no document may have (section 2.2). */
function xml(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return escapeHtml(text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ""));
}
