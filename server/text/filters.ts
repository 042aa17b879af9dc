import type { FilterKeyword } from "../domain/filter.ts";
import { isUnspaced } from "./characters.ts";

/** Longer notes are compared by their beginning: every word of every filter is looked for in it. */
const LONGEST = 20_000;

/** Characters that nobody sees and that could part a word: joiners, soft hyphens, marks of direction and variation. */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A text as filters compare it: compatibility forms and letter case are one (full-width letters, ligatures), every
 * kind of space is one space, and what cannot be seen is not there (threats MOD-07).
 */
export function filterText(text: string): string {
  return text
    .slice(0, LONGEST)
    .normalize("NFKC")
    .replace(UNSEEN, "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ");
}

/**
 * Those of some keywords that are in a text made by `filterText`, as they were typed. A whole word has no letter or digit beside it; scripts
 * without spaces between words (Chinese, Japanese, Thai …) have no such edges, so there a keyword is found anywhere.
 */
export function keywordsIn(text: string, keywords: readonly FilterKeyword[]): readonly string[] {
  const found = keywords.filter(({ keyword, wholeWord }) => {
    const wanted = filterText(keyword).trim();
    if (wanted === "") return false;
    return wholeWord ? hasWord(text, wanted) : text.includes(wanted);
  });
  return found.map(({ keyword }) => keyword);
}

/** True when one of some keywords is in a text made by `filterText`. */
export function hasKeyword(text: string, keywords: readonly FilterKeyword[]): boolean {
  return keywordsIn(text, keywords).length > 0;
}

/** By looking, not by a pattern made of what somebody typed: no keyword can make this slow. */
function hasWord(text: string, wanted: string): boolean {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const before = lastCharacter(text.slice(Math.max(0, at - 2), at));
    const after = firstCharacter(text.slice(at + wanted.length, at + wanted.length + 2));
    if (!isJoined(before, firstCharacter(wanted)) && !isJoined(lastCharacter(wanted), after)) return true;
  }
  return false;
}

/** Two characters side by side in one word. */
function isJoined(left: string, right: string): boolean {
  return isWordCharacter(left) && isWordCharacter(right);
}

function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{M}\p{N}_]/u.test(character) && !isUnspaced(character);
}

function firstCharacter(text: string): string {
  return [...text][0] ?? "";
}

function lastCharacter(text: string): string {
  return [...text].at(-1) ?? "";
}
