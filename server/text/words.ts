import { isUnspaced } from "./characters.ts";

/** The most terms of one query that are looked up. */
const MAX_TERMS = 32;
const MAX_WORD = 64;

/**
 * Gives the form of a text that is stored for search: words separated by one space, with a space at both ends.
 *
 * - The text is folded: NFKC (so full-width is half-width), lower-case, Latin, Greek and Cyrillic accents dropped.
 * - A word is a run of letters, digits and marks; everything else separates.
 * - Scripts written without spaces (Han, kana, Hangul, Bopomofo, Thai, Lao, Khmer, Myanmar) are cut into
 *   single characters (with their marks) and overlapping pairs: `今天好` is stored as ` 今 今天 天 天好 好 `.
 *
 * SQLite FTS5 (unicode61) indexes it as it is; PostgreSQL finds a term by `LIKE '% term %'` and the beginning of
 * a word by `LIKE '% term%'`. Terms hold letters, digits and marks only: no quotes, `%` or `_` to be escaped.
 */
export function searchText(text: string): string {
  const stored: string[] = [];
  for (const { parts, unspaced } of runs(text)) {
    if (!unspaced) stored.push(parts.slice(0, MAX_WORD).join(""));
    else {
      parts.forEach((part, index) => {
        const next = parts[index + 1];
        stored.push(...(next === undefined ? [part] : [part, part + next]));
      });
    }
  }
  return stored.length === 0 ? "" : ` ${stored.join(" ")} `;
}

/**
 * Gives the terms, each once and at most 32, that must all occur in a text's {@link searchText} for the query to
 * match: whole words, and for unspaced scripts the overlapping pairs of a run, or the character itself when the
 * run is one character long. Quote each term for FTS5 (`"term"`), so that NOT, OR and NEAR stay words.
 */
export function searchTerms(query: string): readonly string[] {
  const terms = new Set<string>();
  for (const { parts, unspaced } of runs(query)) {
    if (!unspaced) terms.add(parts.slice(0, MAX_WORD).join(""));
    else if (parts.length === 1) terms.add(parts[0] ?? "");
    else parts.slice(1).forEach((part, index) => terms.add((parts[index] ?? "") + part));
    if (terms.size >= MAX_TERMS) break;
  }
  return [...terms].slice(0, MAX_TERMS);
}

/** Cuts a text into runs of one kind; a part is one character with the marks that follow it. */
function runs(text: string): readonly { readonly parts: readonly string[]; readonly unspaced: boolean }[] {
  const found: { parts: string[]; unspaced: boolean }[] = [];
  for (const [word] of fold(text).matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    let last: { parts: string[]; unspaced: boolean } | null = null;
    for (const [part, base] of word.matchAll(/([\p{L}\p{N}]|^\p{M})\p{M}*/gu)) {
      const unspaced = isUnspaced(base ?? "");
      if (last === null || last.unspaced !== unspaced) found.push((last = { parts: [], unspaced }));
      last.parts.push(part);
    }
  }
  return found;
}

function fold(text: string): string {
  const bare = text
    .toWellFormed()
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "");
  return bare
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFKC");
}
