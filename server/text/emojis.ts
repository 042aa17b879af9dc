import { escapeHtml } from "./sanitize.ts";

/** A picture for `:name:`; `url` is on our own origin. */
type Drawn = { readonly name: string; readonly url: string };

/**
 * Puts pictures where `:name:` stands in the text of sanitised HTML: not in tags, not in code, and not where a letter or
 * another colon stands next to it. What has no picture stays as it is. The stored text is never changed.
 */
export function drawEmojis(html: string, emojis: readonly Drawn[]): string {
  if (emojis.length === 0 || !html.includes(":")) return html;
  const byName = new Map(emojis.map((emoji) => [emoji.name, emoji.url]));
  let code = 0;
  // Sanitised HTML has no `<` or `>` but those of tags: both are escaped in text and in attributes.
  return html.replace(/<(\/?)([a-z][a-z0-9]*)[^<>]*>|[^<]+/gi, (token, slash?: string, tag?: string) => {
    if (tag === undefined) return code > 0 ? token : drawn(token, byName);
    if (tag === "pre" || tag === "code") code = Math.max(0, code + (slash === "/" ? -1 : 1));
    return token;
  });
}

/** The same for plain text, which is escaped. */
export function drawEmojisInText(text: string, emojis: readonly Drawn[]): string {
  return drawEmojis(escapeHtml(text), emojis);
}

function drawn(text: string, byName: ReadonlyMap<string, string>): string {
  return text.replace(/(?<![a-zA-Z0-9_:]):([a-zA-Z0-9_]{1,64}):(?![a-zA-Z0-9_:])/g, (whole, name: string) => {
    const url = byName.get(name);
    return url === undefined ? whole : picture(name, url);
  });
}

/** Width and height are those of the line in any case (style sheet), so that nothing jumps when the picture comes. */
function picture(name: string, url: string): string {
  const label = `:${escapeHtml(name)}:`;
  return `<img class="emoji" src="${escapeHtml(url)}" alt="${label}" title="${label}" width="20" height="20" loading="lazy" decoding="async">`;
}
