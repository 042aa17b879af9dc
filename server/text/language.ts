/** The tags a language picker offers; others are accepted as well. */
export const LANGUAGES: readonly string[] = (
  "en zh-Hans zh-Hant zh-Hant-HK yue wuu nan ja ko ug bo mn " +
  "ar az be bg bn br ca cs cy da de el eo es et eu fa fi fil fr ga gd gl he hi hr hu hy id is it ka kk km " +
  "lo lt lv mk ml mr ms my nb ne nl nn oc pa pl pt pt-BR ro ru sk sl sq sr sr-Latn sv sw ta te th tok tr uk ur uz vi"
).split(" ");

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

/** Scripts that only one language, or one that stands for its group, is likely to be written in. */
const SCRIPTS: readonly (readonly [script: RegExp, language: string])[] = [
  [/\p{Script=Hangul}/gu, "ko"],
  [/\p{Script=Thai}/gu, "th"],
  [/\p{Script=Hebrew}/gu, "he"],
  [/\p{Script=Greek}/gu, "el"],
  [/\p{Script=Arabic}/gu, "ar"],
  [/\p{Script=Cyrillic}/gu, "ru"],
  [/\p{Script=Devanagari}/gu, "hi"],
  [/\p{Script=Bengali}/gu, "bn"],
  [/\p{Script=Tamil}/gu, "ta"],
  [/\p{Script=Telugu}/gu, "te"],
  [/\p{Script=Tibetan}/gu, "bo"],
  [/\p{Script=Khmer}/gu, "km"],
];
/** Fewer letters than this say nothing: an "ok" or a name is at home in every language. */
const ENOUGH_LETTERS = 8;
/** Ideographs say more each. */
const ENOUGH_HAN = 3;

/** Common letters that are written in one of the two ways only. */
const SIMPLIFIED = /[们这说时会为国后过还对开关么里见长问门东车书马语话爱觉欢学发现样点应该经让写听买卖头]/gu;
const TRADITIONAL =
  /[們這說時會為國後過還對開關麼裡見長問門東車書馬語話愛覺歡學發現樣點應該經讓寫聽買賣頭]/gu;

/**
 * What a text is written in, by its letters alone: links, names and tags are left out. `latin` is any language in Latin
 * letters; null when the text is too short or too mixed to say.
 */
export function writtenIn(text: string): string | null {
  const words = text
    .replace(/https?:\/\/\S+/giu, " ")
    .replace(/[@＠][\w.@-]+/gu, " ")
    .replace(/:[a-z0-9_]+:/giu, " ")
    .slice(0, 5_000);
  const countOf = (pattern: RegExp) => words.match(pattern)?.length ?? 0;
  const han = countOf(/\p{Script=Han}/gu);
  const kana = countOf(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu);
  const latin = countOf(/\p{Script=Latin}/gu);
  const all = countOf(/\p{L}/gu);
  if (kana > 0 && kana * 8 >= han && (han + kana) * 2 >= all && han + kana >= ENOUGH_HAN) return "ja";
  if (han >= ENOUGH_HAN && han * 3 >= all) return chineseOf(countOf(SIMPLIFIED), countOf(TRADITIONAL));
  if (all < ENOUGH_LETTERS) return null;
  const found = SCRIPTS.find(([script]) => countOf(script) * 2 > all);
  if (found !== undefined) return found[1];
  return latin * 5 > all * 4 ? "latin" : null;
}

/** Which of the two ways to write Chinese; just `zh` when nothing tells. */
function chineseOf(simplified: number, traditional: number): string {
  if (simplified > traditional * 2) return "zh-Hans";
  return traditional > simplified * 2 ? "zh-Hant" : "zh";
}

/**
 * Tells whether a text can be in the language that was chosen for it, by its letters: Chinese in a note marked as English
 * cannot. `language` is what it seems to be, null when all is well or nobody can say.
 */
export function languageDoubt(text: string, chosen: string): string | null {
  const seems = writtenIn(text);
  const tag = likely(chosen);
  if (seems === null || tag === null) return null;
  if (seems === "latin") return tag.script === "Latn" ? null : "latin";
  if (seems === "zh") return isHan(tag) ? null : "zh";
  const wanted = likely(seems);
  if (seems.startsWith("zh-")) return isHan(tag) && tag.script === wanted?.script ? null : seems;
  return tag.script === wanted?.script ? null : seems;
}

/** Chinese of every kind; Japanese and Korean are written in Han letters of their own ways. */
function isHan(tag: { readonly script: string | undefined }): boolean {
  return tag.script === "Hans" || tag.script === "Hant";
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
