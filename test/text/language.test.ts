import { describe, expect, it } from "vitest";
import { LANGUAGES, canonicalLanguage, languageName, sameLanguage } from "../../server/text/language.ts";

describe("language tags", () => {
  it("are canonical and never shortened", () => {
    expect(canonicalLanguage("zh-hant-tw")).toBe("zh-Hant-TW");
    expect(canonicalLanguage("ZH_hans")).toBe("zh-Hans");
    expect(canonicalLanguage("en-gb")).toBe("en-GB");
    for (const bad of ["", "x", "en--gb", "日本語", "en-", `en-${"aaaaaaaa-".repeat(4)}b`]) {
      expect(canonicalLanguage(bad)).toBeNull();
    }
  });

  it("are the same when the same reader can read both", () => {
    expect(sameLanguage("en", "en-GB")).toBe(true);
    expect(sameLanguage("zh-TW", "zh-Hant")).toBe(true);
    expect(sameLanguage("zh", "zh-Hans")).toBe(true);
    expect(sameLanguage("zh-Hans", "zh-Hant")).toBe(false);
    expect(sameLanguage("en", "fr")).toBe(false);
    expect(sameLanguage("!", "!")).toBe(false);
  });

  it("have names in the reader's language", () => {
    expect(languageName("zh-Hant", "en")).toBe("Traditional Chinese");
    expect(languageName("en", "zh-Hans")).toBe("英语");
    expect(languageName("qqq", "en")).toBe("qqq");
    expect(languageName("<b>", "nonsense!")).toBe("<b>");
  });

  it("of the picker are canonical, unique and named", () => {
    expect(LANGUAGES.map(canonicalLanguage)).toEqual(LANGUAGES);
    expect(new Set(LANGUAGES).size).toBe(LANGUAGES.length);
    expect(LANGUAGES.filter((tag) => languageName(tag, "en") === tag)).toEqual([]);
    expect(LANGUAGES).toEqual(
      expect.arrayContaining(["zh-Hans", "zh-Hant", "zh-Hant-HK", "yue", "en", "ja"]),
    );
  });
});
