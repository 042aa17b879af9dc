const OPENING = /<(?:a|link|area)\s/gi;
const ATTRIBUTE = /([a-z-]{1,30})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/gi;
/** An element with longer attributes is not read. */
const MAX_ELEMENT = 4096;
const MAX_FOUND = 200;

/** Gives the addresses that a page says are the same person (`rel="me"` of a, link and area). Any text; linear time. */
export function relMeLinks(html: string): readonly string[] {
  const found: string[] = [];
  for (const { index } of html.matchAll(OPENING)) {
    if (found.length >= MAX_FOUND) break;
    const end = html.slice(index, index + MAX_ELEMENT).indexOf(">");
    const attributes = end < 0 ? null : attributesOf(html.slice(index, index + end));
    const rel = attributes?.get("rel")?.toLowerCase().split(/\s+/) ?? [];
    const href = attributes?.get("href");
    if (rel.includes("me") && href !== undefined) found.push(href);
  }
  return found;
}

/** Gives the address of the first link of HTML that we sanitised, or null. */
export function firstLink(html: string): string | null {
  const element = /<a\s[^<>]*>/i.exec(html)?.[0];
  return element === undefined ? null : (attributesOf(element).get("href") ?? null);
}

function attributesOf(element: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single, bare] of element.matchAll(ATTRIBUTE)) {
    const value = (double ?? single ?? bare ?? "").replaceAll("&amp;", "&").replaceAll("&#38;", "&");
    if (!attributes.has(name.toLowerCase())) attributes.set(name.toLowerCase(), value.trim());
  }
  return attributes;
}
