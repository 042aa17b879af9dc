import type { Locale } from "../i18n.ts";

/** Names of countries (ISO 3166-1 alpha-2) in a language of the pages; a code without a name stands for itself. */
export function countryNames(locale: Locale, codes: readonly string[]): readonly string[] {
  const names = new Intl.DisplayNames([locale], { type: "region", fallback: "code" });
  return codes.map((code) => {
    try {
      return names.of(code) ?? code;
    } catch {
      return code;
    }
  });
}
