import type { App } from "../../context.ts";
import type { CustomEmoji } from "../../domain/emoji.ts";
import { NOTE_LIMITS, type ReceivedNote } from "../../domain/note.ts";
import { isObject } from "../../lifeboat/actor-documents.ts";
import type { Signed } from "../../lifeboat/proofs.ts";
import { findArrivedNotes } from "../../store/arrivals.ts";
import { cleanName, isTag, normalizeTag, normalizeText } from "../../text/entities.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { plainText } from "../../text/markup.ts";
import { withoutQuoteLine } from "../../text/quote-line.ts";
import { escapeHtml, safeHttpUrl, sanitizeRemoteHtml } from "../../text/sanitize.ts";
import { ownEmojisIn } from "../notes/emojis.ts";
import type { TakingIn } from "./taking.ts";

/** What a note says, fit to be shown, and what it is edited from. */
export type ArrivedText = {
  readonly html: string;
  /** By language, when it has several. */
  readonly map: Readonly<Record<string, string>>;
  readonly source: string;
  readonly summary: string | null;
  readonly title: string | null;
  readonly language: string | null;
  readonly tags: readonly string[];
  /** Emoji of this server that stand in it; others stay their names. */
  readonly emojis: readonly CustomEmoji[];
  /** One's own note that it quotes, which arrived as well; anything else that was quoted is a link. */
  readonly quote: { readonly id: number; readonly uri: string } | null;
};

const SUMMARY_MAX = 1_000;
const TITLE_MAX = 500;
/** Languages that one note is kept in. */
const LANGUAGES_MAX = 16;

/** HTML of strangers becomes ours: sanitised, tags lead to this server, and what it quoted is named. */
export async function textOfArrived(
  app: App,
  into: TakingIn,
  create: Signed,
  received: ReceivedNote,
): Promise<ArrivedText> {
  const quote = await quotedCopy(app, into, received);
  const links = linksToTags(app, create);
  const shown = (html: string) => {
    const clean = relinked(sanitizeRemoteHtml(withoutQuoteLine(html, quote !== null)), links);
    return received.quote === null || quote !== null ? clean : withLink(clean, received.quote.uri);
  };
  const html = shown(received.contentHtml);
  const language = received.language === null ? null : canonicalLanguage(received.language);
  const map = Object.entries(received.contentMap).flatMap(([tag, value]) => {
    const known = canonicalLanguage(tag);
    return known === null || known === language ? [] : [[known, shown(value)] as const];
  });
  const own = language === null ? [] : [[language, html] as const];
  const summary = nameOf(received.summary, SUMMARY_MAX);
  // Names are plain text (ActivityStreams 4.2).
  const title = nameOf(received.title?.replaceAll("<", "&lt;") ?? null, TITLE_MAX);
  const source = received.source?.mediaType === "text/markdown" ? received.source.content : plainText(html);
  return {
    html,
    map: map.length === 0 ? {} : Object.fromEntries([...own, ...map].slice(0, LANGUAGES_MAX)),
    source: normalizeText(source),
    summary,
    title,
    language,
    tags: [...new Set(received.tags.filter(isTag).map(normalizeTag))].slice(0, NOTE_LIMITS.tags),
    emojis: await ownEmojisIn(app, html, summary ?? "", title ?? ""),
    quote,
  };
}

/** Plain text, whatever came. */
function nameOf(text: string | null, max: number): string | null {
  const name = text === null ? "" : cleanName(plainText(sanitizeRemoteHtml(text)), max);
  return name === "" ? null : name;
}

async function quotedCopy(
  app: App,
  { actorId }: TakingIn,
  { quote }: ReceivedNote,
): Promise<ArrivedText["quote"]> {
  if (quote === null) return null;
  const copy = (await findArrivedNotes(app.db, actorId, [quote.uri])).get(quote.uri);
  return copy === undefined || copy.deleted_at !== null ? null : { id: copy.id, uri: copy.uri };
}

function withLink(html: string, uri: string): string {
  const url = safeHttpUrl(uri);
  if (url === null || html.includes(`href="${escapeHtml(url)}"`)) return html;
  const link = `<a href="${escapeHtml(url)}" rel="nofollow noopener noreferrer">${escapeHtml(url)}</a>`;
  return `${html}<p>RE: ${link}</p>`;
}

/** Addresses of hashtags at the old server, with those of the same tags here. */
function linksToTags(app: App, create: Signed): ReadonlyMap<string, string> {
  const object = create["object"];
  const tags: readonly unknown[] = isObject(object) && Array.isArray(object["tag"]) ? object["tag"] : [];
  return new Map(
    tags.slice(0, NOTE_LIMITS.tags).flatMap((tag) => {
      if (!isObject(tag) || tag["type"] !== "Hashtag") return [];
      const url = typeof tag["href"] === "string" ? safeHttpUrl(tag["href"]) : null;
      const name = typeof tag["name"] === "string" ? tag["name"].replace(/^#/, "") : "";
      return url === null || !isTag(name)
        ? []
        : [[`href="${escapeHtml(url)}"`, `href="${escapeHtml(app.uris.tag(normalizeTag(name)))}"`] as const];
    }),
  );
}

function relinked(html: string, links: ReadonlyMap<string, string>): string {
  let text = html;
  for (const [from, to] of links) text = text.replaceAll(from, to);
  return text;
}
