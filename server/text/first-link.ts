import { safeHttpUrl } from "./sanitize.ts";

/**
 * The first web link of sanitised HTML that a card could stand for: no mentions, tags or quotes, by their classes (Mastodon's
 * microformats) or by how their text begins. Null when there is none.
 */
export function firstLink(html: string): string | null {
  return linksOf(html).next().value ?? null;
}

/** All such links, each once; at most `most`. */
export function webLinks(html: string, most: number): readonly string[] {
  const found = new Set<string>();
  for (const url of linksOf(html)) {
    if (found.size >= most) break;
    found.add(url);
  }
  return [...found];
}

function* linksOf(html: string): Generator<string, undefined> {
  const plain = html.replace(
    /<p class="quote-inline">[\s\S]*?<\/p>|<span class="quote-inline">[\s\S]*?<\/span>/g,
    "",
  );
  for (const [, attributes = "", label = ""] of plain.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/g)) {
    if (
      /\bclass="[^"]*\b(?:mention|hashtag|quote)/.test(attributes) ||
      /\brel="[^"]*\btag\b/.test(attributes)
    )
      continue;
    const words = label.replace(/<[^>]*>/g, "").trim();
    const href = /\bhref="([^"]*)"/.exec(attributes)?.[1];
    if (href === undefined || /^[@＠#＃]/.test(words)) continue;
    const url = safeHttpUrl(href.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"'));
    if (url !== null) yield url;
  }
  return undefined;
}
