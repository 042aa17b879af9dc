import { UNKNOWN_LANGUAGE } from "../../domain/report.ts";
import { canonicalLanguage, languageDoubt, writtenIn } from "../../text/language.ts";

/** Plain text and the language that it is said to be in; null = nobody said. */
export type Written = { readonly text: string; readonly language: string | null };

/**
 * The language of a text as a tag: what is said of it, unless its letters cannot be that; null when nobody can tell.
 * Letters alone tell most languages of their own script, and none of those in Latin letters.
 */
export function languageOf({ text, language }: Written): string | null {
  const said = language === null ? null : canonicalLanguage(language);
  const seems = said === null ? writtenIn(text) : languageDoubt(text, said);
  if (seems === null) return said;
  return seems === "latin" ? null : seems;
}

/** The first of somebody's own languages that the letters of their text allow; null when they have none such. */
export function likelyLanguage(text: string, own: readonly string[]): string | null {
  return own.find((tag) => canonicalLanguage(tag) !== null && languageDoubt(text, tag) === null) ?? null;
}

/** The primary subtag of a tag, which says who can read it roughly: `zh` of `zh-Hant-TW`; null for what is no tag. */
export function primaryLanguage(tag: string): string | null {
  const canonical = canonicalLanguage(tag);
  return canonical === null ? null : new Intl.Locale(canonical).language;
}

/** Primary subtags of some texts, each once; `und` alone when none is known. */
export function languagesOf(texts: readonly Written[]): readonly string[] {
  const tags = texts.flatMap((text) => languageOf(text) ?? []);
  const known = [...new Set(tags.flatMap((tag) => primaryLanguage(tag) ?? []))];
  return known.length === 0 ? [UNKNOWN_LANGUAGE] : known.toSorted();
}
