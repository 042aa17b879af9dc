import { createHash } from "node:crypto";
import type { BoardId } from "../../../server/domain/board.ts";
import { parseId } from "../../../server/domain/ids.ts";
import { speaksForItself, type NoteView } from "../../../server/domain/note.ts";
import { notFound } from "../../../server/errors.ts";
import { lookUpActor } from "../../../server/services/actors/actors.ts";
import { viewBoard } from "../../../server/services/boards/board-views.ts";
import { profileTimeline, tagTimeline } from "../../../server/services/timelines.ts";
import { isTag, normalizeTag } from "../../../server/text/entities.ts";
import { escapeHtml } from "../../../server/text/sanitize.ts";
import { boardPath } from "../../components/board.ts";
import { excerpt } from "../../components/excerpt.ts";
import { fullHandle } from "../../components/head-tags.ts";
import { absolute } from "../../components/open-note.ts";
import {
  changedAt,
  FEED_FORMATS,
  FEED_TYPES,
  type FeedEntry,
  type FeedFormat,
  type FeedText,
  writeFeed,
} from "../../feeds.ts";
import type { Visit, WebContext } from "../../visit.ts";

// What everybody may follow without an account. Public notes alone (unlisted ones are not for lists), and behind a
// warning nothing but the warning.

const ENTRIES = 40;

/** `/@user.rss`, `.atom`, `.json`: what somebody here writes in public; neither boosts nor replies. */
export async function getProfileFeed(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { stem, format } = partsOf(c.req.param("feed") ?? "");
  const actor = await lookUpActor(visit.app, null, { username: stem.slice(1), host: null });
  if (actor === null || actor.host !== null || actor.suspended) throw notFound();
  const page = await profileTimeline(visit.app, null, actor.id, { limit: ENTRIES });
  const notes = page.items.filter((entry) => entry.announcedBy === null).map((entry) => entry.note);
  if (!actor.indexable) c.header("X-Robots-Tag", "noindex");
  const feed: FeedText = {
    title: visit.i18n.t("feed.of_actor", { name: actor.name, handle: fullHandle(visit, actor) }),
    description: excerpt(actor.bioHtml, 300),
    page: actor.url,
    stem: actor.url,
    icon: actor.avatarUrl === null ? null : absolute(visit, actor.avatarUrl),
    language: null,
    author: { name: actor.name, url: actor.url },
    entries: publicEntries(visit, notes),
  };
  return answer(c, feed, format);
}

/** `/tags/:tag.rss` and so on: public notes with a tag, of people who want to be found. */
export async function getTagFeed(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { stem, format } = partsOf(c.req.param("feed") ?? "");
  const tag = normalizeTag(stem);
  if (!isTag(tag)) throw notFound();
  const page = await tagTimeline(visit.app, null, tag, { limit: ENTRIES });
  const found = page.items.map((entry) => entry.note).filter((note) => note.author.indexable);
  const address = visit.app.uris.tag(tag);
  const feed: FeedText = {
    title: visit.i18n.t("feed.of_tag", { tag, server: visit.settings.name }),
    description: visit.i18n.t("feed.about_tag", { tag }),
    page: address,
    stem: address,
    icon: null,
    language: null,
    author: null,
    entries: publicEntries(visit, found),
  };
  return answer(c, feed, format);
}

/** `/@user/boards/:board.rss` and so on: what somebody here collects in public, with what they wrote beside it. */
export async function getBoardFeed(c: WebContext): Promise<Response> {
  const visit = c.get("visit");
  const { stem, format } = partsOf(c.req.param("feed") ?? "");
  const id = parseId<BoardId>(stem);
  if (id === null) throw notFound();
  const { board, page } = await viewBoard(visit.app, null, id, { limit: ENTRIES });
  const path = boardPath(board);
  if (board.visibility !== "public" || path !== `/${encodeURI(c.req.param("handle") ?? "")}/boards/${stem}`)
    throw notFound();
  const comments = new Map(page.items.map(({ note, comment }) => [note.uri, comment]));
  const notes = page.items.map(({ note }) => note).filter((note) => note.author.indexable);
  const entries = publicEntries(visit, notes).map((entry) => {
    const comment = comments.get(entry.uri) ?? "";
    return comment === "" ? entry : { ...entry, html: `<p><em>${escapeHtml(comment)}</em></p>${entry.html}` };
  });
  const address = `${visit.app.uris.origin}${path}`;
  if (!board.owner.indexable) c.header("X-Robots-Tag", "noindex");
  const feed: FeedText = {
    title: visit.i18n.t("feed.of_board", { name: board.name, server: visit.settings.name }),
    description: board.summary,
    page: address,
    stem: address,
    icon: null,
    language: null,
    author: { name: board.owner.name, url: board.owner.url },
    entries,
  };
  return answer(c, feed, format);
}

/** Entries for the public notes among some. */
export function publicEntries(visit: Visit, notes: readonly NoteView[]): readonly FeedEntry[] {
  return notes.filter((note) => note.visibility === "public").map((note) => entryOf(visit, note));
}

/** Answers with a feed, or with 304 when the reader has it already (RFC 9110, 13.1). */
export function answer(c: WebContext, feed: FeedText, format: FeedFormat): Response {
  const text = writeFeed(feed, format);
  const etag = `"${createHash("sha256").update(text).digest("base64url").slice(0, 27)}"`;
  const changed = Math.floor(changedAt(feed) / 1000) * 1000;
  c.header("ETag", etag);
  if (changed > 0) c.header("Last-Modified", new Date(changed).toUTCString());
  c.header("Cache-Control", "public, max-age=300");
  c.header("Vary", "Accept-Language, Cookie");
  if (isKnown(c, etag, changed)) return c.body(null, 304);
  return c.body(text, 200, { "Content-Type": `${FEED_TYPES[format]}; charset=utf-8` });
}

function isKnown(c: WebContext, etag: string, changed: number): boolean {
  const match = c.req.header("if-none-match");
  if (match !== undefined)
    return match.split(",").some((one) => one.trim().replace(/^W\//, "") === etag || one.trim() === "*");
  const since = Date.parse(c.req.header("if-modified-since") ?? "");
  return changed > 0 && Number.isFinite(since) && changed <= since;
}

/** `@ada.rss` → `@ada` and `rss`. @throws not_found */
function partsOf(name: string): { readonly stem: string; readonly format: FeedFormat } {
  const at = name.lastIndexOf(".");
  const format = FEED_FORMATS.find((one) => one === name.slice(at + 1));
  if (at < 1 || format === undefined) throw notFound();
  return { stem: name.slice(0, at), format };
}

function entryOf(visit: Visit, note: NoteView): FeedEntry {
  const says = speaksForItself(note) && note.withheld?.isHere !== true;
  const named = visit.i18n.t("feed.note_by", { name: note.author.name });
  const words = says ? (note.title ?? excerpt(note.contentHtml, 80)) : (note.summary ?? "");
  return {
    uri: note.uri,
    url: note.url,
    title: words === "" ? named : words,
    html: says ? wholeHtml(visit, note) : warnedHtml(visit, note),
    publishedAt: note.publishedAt,
    updatedAt: note.editedAt ?? note.publishedAt,
    author: { name: note.author.name, url: note.author.url },
    language: note.language,
    tags: says ? note.tags : [],
    files: says ? filesOf(visit, note) : [],
  };
}

/** Only what lies here: an address of the proxy is for our own pages. */
function filesOf(visit: Visit, note: NoteView): FeedEntry["files"] {
  return note.attachments
    .filter(({ url, state }) => url.startsWith("/media/") && state === "ready")
    .map(({ url, mediaType, size, alt }) => ({ url: absolute(visit, url), mediaType, size, title: alt }));
}

function wholeHtml(visit: Visit, note: NoteView): string {
  const pictures = filesOf(visit, note)
    .filter(({ mediaType }) => mediaType.startsWith("image/"))
    .map(({ url, title }) => `<p><img src="${escapeHtml(url)}" alt="${escapeHtml(title)}"></p>`);
  const options = note.poll?.options.map(({ title }) => `<li>${escapeHtml(title)}</li>`) ?? [];
  const quoted = note.quote === null || note.quote.state === "revoked" ? null : note.quote.url;
  return [
    note.contentHtml,
    options.length === 0 ? "" : `<ul>${options.join("")}</ul>`,
    ...pictures,
    quoted === null ? "" : `<p>↪ <a href="${escapeHtml(quoted)}">${escapeHtml(quoted)}</a></p>`,
  ].join("");
}

/** The warning, or that there is something to be warned of, and the way to the note. */
function warnedHtml(visit: Visit, note: NoteView): string {
  const { t } = visit.i18n;
  const { withheld } = note;
  const words =
    withheld?.isHere === true
      ? t("withheld.short", { countries: withheld.countries.join(", ") })
      : (note.summary ?? t("feed.sensitive"));
  return `<p>${escapeHtml(words)}</p><p><a href="${escapeHtml(note.url)}">${escapeHtml(t("feed.read"))}</a></p>`;
}
