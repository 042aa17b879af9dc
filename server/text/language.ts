/** The tags a language picker offers; others are accepted as well. */
export const LANGUAGES: readonly string[] = (
  "en zh-Hans zh-Hant zh-Hant-HK yue wuu nan ja ko ug bo mn " +
  "ar az be bg bn br ca cs cy da de el eo es et eu fa fi fil fr ga gd gl he hi hr hu hy id is it ka kk km " +
  "lo lt lv mk ml mr ms my nb ne nl nn oc pa pl pt pt-BR ro ru sk sl sq sr sr-Latn sv sw ta te th tok tr uk ur uz vi"
).split(" ");

/** Fewer Latin letters than this name no language: "lol" is at home everywhere. */

/**
 * Gives the canonical form of a BCP-47 tag (RFC 5646 4.5), never shortened: `zh-hant-tw` becomes `zh-Hant-TW`.
 * Null when it is malformed or longer than 35 characters.
 */
export function canonicalLanguage(tag: string): string | null {
  const written = tag.trim().replace(/_/g, "-");
  if (written.length > 35) return null;
  try {
    const canonical = Intl.getCanonicalLocales(written)[0] ?? null;
    return canonical !== null && canonical.length <= 35 ? canonical : null;
  } catch {
    return null;
  }
}

/**
 * Tells whether two tags may be taken for the same language by a reader: same language and, where the script
 * decides who can read it (Chinese, Serbian, …), same script once the likely subtags are filled in.
 */
export function sameLanguage(a: string, b: string): boolean {
  const [left, right] = [likely(a), likely(b)];
  return left !== null && right !== null && left.language === right.language && left.script === right.script;
}

/** Names a language in another one, the tag itself when nobody has named it: `zh-Hant` in `en` is "Traditional Chinese". */
export function languageName(tag: string, inLocale: string): string {
  const canonical = canonicalLanguage(tag);
  if (canonical === null) return tag;
  const locale = canonicalLanguage(inLocale) ?? "en";
  return (
    new Intl.DisplayNames([locale, "en"], { type: "language", fallback: "code" }).of(canonical) ?? canonical
  );
}

/** Intl.Locale.maximize fills in what a tag leaves out: `zh-TW` is `zh-Hant-TW`. */
function likely(tag: string): { readonly language: string; readonly script: string | undefined } | null {
  const canonical = canonicalLanguage(tag);
  if (canonical === null) return null;
  const { language, script } = new Intl.Locale(canonical).maximize();
  return { language, script };
}
