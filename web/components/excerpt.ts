const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * Plain text of sanitised HTML, on one line, at most `max` characters with an ellipsis.
 * Only for HTML that a service has sanitised: there are no comments, scripts or raw `<` left in it.
 */
export function excerpt(contentHtml: string, max: number): string {
  const text = plainText(contentHtml).replace(/\s+/g, " ").trim();
  const characters = [...text];
  if (characters.length <= max) return text;
  return `${characters
    .slice(0, max - 1)
    .join("")
    .trimEnd()}…`;
}

/** Plain text of sanitised HTML with its lines; addresses of links in full. */
export function plainLines(contentHtml: string): string {
  return plainText(contentHtml.replace(/<span class="invisible">([^<]*)<\/span>/g, "$1"), "\n").trim();
}

function plainText(contentHtml: string, lineEnd = " "): string {
  return contentHtml
    .replace(/<span class="invisible">[^<]*<\/span>/g, "")
    .replace(/<(?:\/p|br|\/li|\/blockquote|\/pre)\b[^>]*>/g, lineEnd)
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return Number.isInteger(code) && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}
