import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createI18n, DIRECTIONS, LOCALES, localeFor, negotiate, OWN_NAMES } from "../../web/i18n.ts";
import { ar } from "../../web/locales/ar.ts";
import type { MessageText } from "../../web/locales/catalogue.ts";
import { en } from "../../web/locales/en.ts";
import { es } from "../../web/locales/es.ts";
import { zhHans } from "../../web/locales/zh-Hans.ts";
import { zhHant } from "../../web/locales/zh-Hant.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CATALOGUES = { en, "zh-Hans": zhHans, "zh-Hant": zhHant, es, ar } as const;

function sourcesOf(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8"));
}

function formsOf(text: MessageText): readonly string[] {
  return typeof text === "string" ? [text] : Object.values(text);
}

function slotsOf(text: MessageText): string {
  const slots = formsOf(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []);
  // "One person" needs no number.
  return [...new Set(slots)]
    .filter((slot) => slot !== "{count}")
    .toSorted()
    .join(" ");
}

describe("the words of the pages", () => {
  it("exist for every fault that a use case can report", () => {
    const keys = ["server/services", "server/media", "server/text", "server/jobs"]
      .flatMap(sourcesOf)
      .flatMap((source) =>
        [...source.matchAll(/"((?:error|field)\.[a-z_]+)"/g)].map((match) => match[1] ?? ""),
      );
    expect(keys.length).toBeGreaterThan(20);
    expect([...new Set(keys)].filter((key) => !(key in en))).toEqual([]);
  });

  it.each(LOCALES)("are complete in %s, with the same values to fill in", (locale) => {
    const texts: Readonly<Record<string, MessageText>> = CATALOGUES[locale];
    expect(Object.keys(texts).toSorted()).toEqual(Object.keys(en).toSorted());
    const different = Object.entries<MessageText>(en)
      .filter(([key, text]) => slotsOf(texts[key] ?? "") !== slotsOf(text))
      .map(([key]) => key);
    expect(different).toEqual([]);
  });

  it.each(LOCALES)("have every plural form that %s has, wherever they have more than one", (locale) => {
    const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
    const lacking = Object.entries<MessageText>(CATALOGUES[locale]).flatMap(([key, text]) => {
      // What is not translated yet stands there in English, and is counted in English.
      if (typeof text === "string" || text === (en as Readonly<Record<string, MessageText>>)[key]) return [];
      const missing = pluralCategories.filter((category) => text[category] === undefined);
      return missing.length === 0 ? [] : [`${key}: ${missing.join(", ")}`];
    });
    expect(locale === "en" || !locale.startsWith("zh") ? lacking : []).toEqual([]);
  });

  it("are asked for by what a browser says, the nearest language first", () => {
    expect(negotiate("zh-TW,zh;q=0.8,en;q=0.5")).toBe("zh-Hant");
    expect(negotiate("zh-HK")).toBe("zh-Hant");
    expect(negotiate("yue")).toBe("zh-Hant");
    expect(negotiate("zh-Hans-HK")).toBe("zh-Hans");
    expect(negotiate("zh")).toBe("zh-Hans");
    expect(negotiate("es-419,en;q=0.2")).toBe("es");
    expect(negotiate("ca,en;q=0.2")).toBe("es");
    expect(negotiate("ar-EG")).toBe("ar");
    expect(negotiate("de,ja;q=0.5")).toBeNull();
    expect(negotiate("en;q=0, ar;q=0.1")).toBe("ar");
    expect(localeFor("tlh")).toBeNull();
  });

  it("name themselves in their own language, and begin at their own side", () => {
    expect(new Set(Object.values(OWN_NAMES)).size).toBe(LOCALES.length);
    for (const locale of LOCALES) {
      const { direction } = (
        new Intl.Locale(locale) as { getTextInfo?: () => { direction: string } }
      ).getTextInfo?.() ?? { direction: DIRECTIONS[locale] };
      expect(DIRECTIONS[locale]).toBe(direction);
    }
  });

  it("count and tell the time as their readers do", () => {
    const i18n = createI18n(() => Date.UTC(2026, 5, 1));
    expect(LOCALES.map((locale) => i18n(locale).count(12_345).replace(/\s/u, " "))).toEqual([
      "12.3K",
      "1.2万",
      "1.2萬",
      "12,3 mil",
      "12.3 ألف",
    ]);
    expect(i18n("ar").t("form.faults", { count: 2 })).toBe("أمران يحتاجان إلى مراجعة:");
    expect(i18n("ar").t("form.faults", { count: 3 })).toContain("أمور");
    expect(i18n("ar").t("form.faults", { count: 11 })).toContain("أمرًا");
    expect(i18n("ar").t("lists.members", { count: 11 })).toBe("11 شخصًا");
    expect(i18n("ar").t("lists.members", { count: 12_345 }).replace(/\s/gu, " ")).toBe("12.3 ألف شخص");
  });
});
