import { detectAll } from "tinyld";

/** Languages offered first in pickers: widely spoken ones, Chinese by script and region. */
export const LANGUAGES: readonly string[] =
  `en zh-Hans zh-Hant zh-Hant-HK yue nan wuu ja ko es fr de pt pt-BR it nl ru uk pl cs sk sl hr sr bs bg mk ro hu fi sv nb nn da is
  et lv lt el tr az kk uz ky mn ka hy he ar fa ur ps ckb hi bn pa gu mr ta te kn ml si ne th lo my km vi id ms jv tl sw am ha yo ig zu
  af eu ca gl cy ga eo la`.split(/\s+/);

const LONGEST_TAG = 35;

/** A BCP-47 tag in canonical form, kept whole (`zh-Hant-TW`), or null when it is none. */
export function canonicalLanguage(tag: string): string | null {
  const text = tag.trim().replaceAll("_", "-");
  if (text === "" || text.length > LONGEST_TAG) return null;
  try {
    const [canonical] = Intl.getCanonicalLocales(text);
    return canonical === undefined || canonical === "und" ? null : canonical;
  } catch {
    return null;
  }
}

/** A language's name in another, such as "Chinese (Simplified)"; the tag itself when it has no name. */
export function languageName(tag: string, inLocale: string): string {
  try {
    return new Intl.DisplayNames([inLocale, "en"], { type: "language", languageDisplay: "standard" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** True when two tags are the same language in the same script, whatever the region: `zh-TW` and `zh-Hant`. */
export function sameLanguage(a: string, b: string): boolean {
  return coreOf(a) === coreOf(b);
}

function coreOf(tag: string): string {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return `${language}-${script ?? ""}`;
  } catch {
    return tag.toLowerCase();
  }
}

const LETTERS_NEEDED = 12;
const SURE = 0.35;

/** The language of a text by its script and words, or null when it could be another. A guess, to be marked as one. */
export function detectLanguage(text: string): string | null {
  const letters = text.replace(/https?:\/\/\S+|[@#＠＃][\p{L}\p{N}_.@-]+/gu, " ").match(/\p{L}/gu) ?? [];
  const share = (script: RegExp) => letters.filter((letter) => script.test(letter)).length;
  if (letters.length === 0) return null;
  if (share(/[\p{Script=Hiragana}\p{Script=Katakana}]/u) > 0 && share(/\p{Script=Han}/u) + share(/[\p{Script=Hiragana}\p{Script=Katakana}]/u) > letters.length / 2) return "ja";
  if (share(/\p{Script=Hangul}/u) > letters.length / 2) return "ko";
  if (share(/\p{Script=Han}/u) > letters.length / 2) return "zh";
  if (letters.length < LETTERS_NEEDED) return null;
  const [best, next] = detectAll(text);
  if (best === undefined || best.accuracy < SURE) return null;
  return next !== undefined && next.accuracy > best.accuracy * 0.8 ? null : best.lang;
}
