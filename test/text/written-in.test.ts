import { describe, expect, it } from "vitest";
import { languageDoubt, writtenIn } from "../../server/text/language.ts";

describe("what a text is written in", () => {
  it.each([
    ["明天一起去看海吧", "zh"],
    ["我们这个周末还没有说好去哪里", "zh-Hans"],
    ["我們這個週末還沒有說好去哪裡", "zh-Hant"],
    ["明日は海を見に行きましょう", "ja"],
    ["내일 바다 보러 가요", "ko"],
    ["Завтра идём смотреть на море", "ru"],
    ["غدا نذهب لرؤية البحر معا", "ar"],
    ["พรุ่งนี้ไปดูทะเลกัน", "th"],
    ["Tomorrow we go and see the sea", "latin"],
    ["ok 好", null],
    ["https://example.org/a/very/long/latin/path 好", null],
    ["@somebody@example.org #海", null],
    ["", null],
  ])("%s → %s", (text, language) => {
    expect(writtenIn(text)).toBe(language);
  });

  it("doubts a language that has other letters, and no other", () => {
    const chinese = "我们这个周末还没有说好去哪里";
    expect(languageDoubt(chinese, "en")).toBe("zh-Hans");
    expect(languageDoubt(chinese, "zh-Hant-TW")).toBe("zh-Hans");
    expect(languageDoubt("明天一起去看海吧", "yue")).toBeNull();
    for (const fits of ["zh", "zh-CN", "zh-Hans"]) expect(languageDoubt(chinese, fits)).toBeNull();
    expect(languageDoubt("Tomorrow we go and see the sea", "fr")).toBeNull();
    expect(languageDoubt("Tomorrow we go and see the sea", "zh-Hans")).toBe("latin");
    expect(languageDoubt("Завтра идём смотреть на море", "uk")).toBeNull();
    expect(languageDoubt("غدا نذهب لرؤية البحر معا", "fa")).toBeNull();
    expect(languageDoubt("明日は海を見に行きましょう", "ja")).toBeNull();
    expect(languageDoubt("明日は海を見に行きましょう", "zh-Hans")).toBe("ja");
    expect(languageDoubt(chinese, "nonsense-tag-that-is-none")).toBeNull();
  });
});
