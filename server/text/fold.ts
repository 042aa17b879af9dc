/** A long text in two parts; `head` and `rest` are whole pieces of HTML each. */
export type Folded = { readonly head: string; readonly rest: string };

/** Tags that never have an end tag in our sanitised HTML. */
const VOID: ReadonlySet<string> = new Set(["br", "img", "hr"]);

/**
 * Cuts long sanitised HTML (of `sanitize.ts`: well-formed) after the first block, or line of a paragraph, with which
 * `keep` characters are reached. Null when what would be folded away is shorter than `least`, or when there is no such
 * place: a sentence is never cut.
 */
export function foldHtml(
  html: string,
  { keep, least }: { readonly keep: number; readonly least: number },
): Folded | null {
  if (html.length < keep + least || textLengthAtMost(html) < keep + least) return null;
  const open: string[] = [];
  let shown = 0;
  for (const match of html.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>|[^<]+/g)) {
    const [text, slash, tag] = match;
    const end = match.index + text.length;
    if (tag === undefined) shown += lengthOf(text);
    else if (slash === "/") open.pop();
    else if (!VOID.has(tag)) open.push(tag);
    if (shown < keep || tag === undefined) continue;
    const isBlockEnd = slash === "/" && open.length === 0;
    const isLineEnd = tag === "br" && open.length === 1 && open[0] === "p";
    if (!isBlockEnd && !isLineEnd) continue;
    const folded = isBlockEnd
      ? { head: html.slice(0, end), rest: html.slice(end) }
      : { head: `${html.slice(0, match.index)}</p>`, rest: `<p>${html.slice(end)}` };
    return lengthOf(folded.rest.replace(/<[^>]*>/g, "")) < least ? null : folded;
  }
  return null;
}

/** Characters as people count them; an entity is one. */
function lengthOf(text: string): number {
  const plain = text.includes("&") ? text.replace(/&[#\w]+;/g, "x") : text;
  let length = plain.length;
  for (let i = 0; i < plain.length; i++) if (plain.charCodeAt(i) >> 10 === LOW_SURROGATE) length--;
  return length;
}

/** Leading bits of the second half of a character beyond U+FFFF (Unicode, 3.8). */
const LOW_SURROGATE = 0xdc00 >> 10;

/** Code units between the tags, which are never fewer than characters: says quickly that a text is short. */
function textLengthAtMost(html: string): number {
  let length = 0;
  let from = 0;
  for (;;) {
    const tag = html.indexOf("<", from);
    if (tag < 0) return length + html.length - from;
    length += tag - from;
    const end = html.indexOf(">", tag);
    if (end < 0) return length;
    from = end + 1;
  }
}
