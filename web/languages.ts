import type { Choice } from "./components/fields.ts";
import type { I18n } from "./i18n.ts";

/** Languages that forms offer, widely written ones; anyone's own stay on offer even when they are not among these. */
const OFFERED: readonly string[] = [
  "en",
  "zh-Hans",
  "zh-Hant",
  "ar",
  "bn",
  "cs",
  "da",
  "de",
  "el",
  "eo",
  "es",
  "fa",
  "fi",
  "fr",
  "he",
  "hi",
  "hu",
  "id",
  "it",
  "ja",
  "ko",
  "ms",
  "nb",
  "nl",
  "pl",
  "pt",
  "pt-BR",
  "ro",
  "ru",
  "sv",
  "ta",
  "te",
  "th",
  "tl",
  "tr",
  "uk",
  "ur",
  "vi",
  "yue",
];

/** Languages for a form: `first` (the person's own, recent first), then the others by name. */
export function languageChoices(i18n: I18n, first: readonly string[]): readonly Choice[] {
  const toChoice = (value: string): Choice => ({ value, label: i18n.languageName(value) });
  const own = [...new Set(first)].map(toChoice);
  const collator = new Intl.Collator(i18n.locale);
  const others = OFFERED.filter((tag) => !first.includes(tag)).map(toChoice);
  return [...own, ...others.toSorted((a, b) => collator.compare(a.label, b.label))];
}

/** The few languages that sign-up and set-up ask about; the rest is in the settings. */
export function mainLanguageChoices(i18n: I18n, chosen: readonly string[]): readonly Choice[] {
  const tags = [...new Set([...chosen, "en", "zh-Hans", "zh-Hant", "es", "fr", "de", "ja", "ko"])];
  return tags.map((value) => ({ value, label: i18n.languageName(value) }));
}
