// Texts, numbers and times in the reader's language. Everything by `Intl`; nothing here knows about requests
// except `negotiate`, which reads an Accept-Language header.

import { html } from "hono/html";
import { LRUCache } from "lru-cache";
import type { Message } from "../server/errors.ts";
import type { Html } from "./html.ts";
import type { MessageText } from "./locales/catalogue.ts";
import { ar } from "./locales/ar.ts";
import { en } from "./locales/en.ts";
import type { Catalogue, MessageKey } from "./locales/en.ts";
import { es } from "./locales/es.ts";
import { zhHans } from "./locales/zh-Hans.ts";
import { zhHant } from "./locales/zh-Hant.ts";

/** The languages of the pages, by BCP-47 tag. */
export const LOCALES = ["en", "zh-Hans", "zh-Hant", "es", "ar"] as const;
export type Locale = (typeof LOCALES)[number];

type Params = Readonly<Record<string, string | number>>;
type HtmlParams = Readonly<Record<string, string | number | Html>>;

/** Everything that is said differently in another language. */
export type I18n = {
  readonly locale: Locale;
  /** A text with its slots filled in; `count` chooses the plural form. */
  t(key: MessageKey, params?: Params): string;
  /** The same, with markup allowed in the slots; plain values are escaped. */
  rich(key: MessageKey, params: HtmlParams): Html;
  /** A message of a CausewayError; a key we do not know becomes the general one. */
  message(message: Message): string;
  /** A count, short: 12.3K, 1.2万. */
  count(value: number): string;
  /** How long ago; a date after a week. */
  ago(ms: number): string;
  /** Day, month, year; UTC, since the reader's zone is not known without JavaScript. */
  day(ms: number): string;
  /** Day and minute, marked as UTC. */
  moment(ms: number): string;
  /** A language by its own tag, in the reader's language. */
  languageName(tag: string): string;
};

const CATALOGUES: Readonly<Record<Locale, Catalogue>> = {
  en,
  "zh-Hans": zhHans,
  "zh-Hant": zhHant,
  es,
  ar,
};

/** The name of a language of the pages in that language itself, for the switch. */
export const OWN_NAMES: Readonly<Record<Locale, string>> = {
  en: "English",
  "zh-Hans": "简体中文",
  "zh-Hant": "繁體中文",
  es: "Español",
  ar: "العربية",
};

/** Where lines begin. */
export const DIRECTIONS: Readonly<Record<Locale, "ltr" | "rtl">> = {
  en: "ltr",
  "zh-Hans": "ltr",
  "zh-Hant": "ltr",
  es: "ltr",
  ar: "rtl",
};

/** True for a tag that the pages are written in. */
export function isLocale(tag: string | null | undefined): tag is Locale {
  return LOCALES.some((locale) => locale === tag);
}

/** The formatters of every language of the pages; `now` in ms, for "3 hours ago". */
export function createI18n(now: () => number): (locale: Locale) => I18n {
  const made = new Map(LOCALES.map((locale) => [locale, forLocale(locale, now)]));
  const fallback = forLocale("en", now);
  return (locale) => made.get(locale) ?? fallback;
}

/** The first language of an Accept-Language header (RFC 9110, 12.5.4) that the pages speak, or null. */
export function negotiate(header: string | undefined): Locale | null {
  const wanted = (header ?? "")
    .slice(0, 400)
    .split(",")
    .map((part, index) => ({ ...parseRange(part), index }))
    .filter((range) => range.quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.index - b.index);
  for (const { tag } of wanted) {
    const locale = localeFor(tag);
    if (locale !== null) return locale;
  }
  return null;
}

/**
 * The page language nearest to a tag, or null. Chinese goes by script, or by where it is written (CLDR, likely subtags):
 * `zh-TW`, `zh-HK`, `zh-MO` and Cantonese are Traditional. Where a language has no pages of its own, one that its readers
 * mostly read as well stands in.
 */
export function localeFor(tag: string): Locale | null {
  const [primary = "", ...subtags] = tag.toLowerCase().split("-");
  if (primary === "zh" || primary === "yue") {
    if (subtags.includes("hans")) return "zh-Hans";
    const isTraditional = primary === "yue" || subtags.some((part) => TRADITIONAL.has(part));
    return isTraditional ? "zh-Hant" : "zh-Hans";
  }
  return LOCALES.find((locale) => locale === primary) ?? NEAREST[primary] ?? null;
}

const TRADITIONAL: ReadonlySet<string> = new Set(["hant", "tw", "hk", "mo"]);
const NEAREST: Readonly<Record<string, Locale>> = {
  gl: "es",
  ca: "es",
  ast: "es",
  eu: "es",
  an: "es",
  cmn: "zh-Hans",
  wuu: "zh-Hans",
  nan: "zh-Hant",
  hak: "zh-Hant",
  arz: "ar",
  ary: "ar",
  apc: "ar",
};

function parseRange(part: string): { readonly tag: string; readonly quality: number } {
  const [tag = "", ...params] = part.trim().split(";");
  const given = params.map((param) => /^\s*q=([\d.]+)\s*$/.exec(param)?.[1]).find((q) => q !== undefined);
  const quality = given === undefined ? 1 : Number(given);
  return { tag: tag.trim(), quality: Number.isFinite(quality) ? quality : 0 };
}

function forLocale(locale: Locale, now: () => number): I18n {
  const texts = CATALOGUES[locale];
  const plurals = new Intl.PluralRules(locale);
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat(locale);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const moment = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  const names = new Intl.DisplayNames([locale], { type: "language", languageDisplay: "standard" });

  // A short count ends in the word for thousand or million, and in Arabic the noun then agrees with that word.
  const pluralOf = (count: number): Intl.LDMLPluralRule =>
    locale === "ar" && Math.abs(count) >= 1000 ? "other" : plurals.select(count);
  const textOf = (key: MessageKey, params: HtmlParams): string => {
    const text: MessageText | undefined = texts[key];
    // A message that was kept in a row, which is damaged: the page is worth more than its one sentence.
    if (text === undefined) return "";
    if (typeof text === "string") return text;
    const count = params["count"];
    return text[pluralOf(typeof count === "number" ? count : 0)] ?? text.other;
  };
  // A count is shown short, a limit in full: "12.3K likes", but "at most 5,000 characters".
  const show = (name: string, value: string | number): string =>
    typeof value === "string" ? value : (name === "count" ? compact : plain).format(value);
  const t = (key: MessageKey, params: Params = {}): string => {
    const text = textOf(key, params);
    if (!text.includes("{")) return text;
    return text.replace(/\{(\w+)\}/g, (slot, name: string) => {
      const value = params[name];
      return value === undefined ? slot : show(name, value);
    });
  };
  const dayOf = remembered(DAY, (ms) => day.format(ms));

  return {
    locale,
    t,
    rich: (key, params) => {
      const parts = textOf(key, params).split(/\{(\w+)\}/);
      return html`${parts.map((part, index) => {
        if (index % 2 === 0) return part;
        const value = params[part];
        return typeof value === "number" ? show(part, value) : (value ?? "");
      })}`;
    },
    message: ({ key, params }) => (key in texts ? t(key as MessageKey, params) : t("error.invalid")),
    count: remembered(1, (value) => compact.format(value)),
    ago: (ms) => ago(relative, dayOf, ms, now()),
    day: dayOf,
    moment: remembered(MINUTE, (ms) => `${moment.format(ms)} UTC`),
    languageName: (tag) => languageName(names, tag),
  };
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Relative for a week (right in every time zone), then the date. */
function ago(
  relative: Intl.RelativeTimeFormat,
  dayOf: (ms: number) => string,
  ms: number,
  now: number,
): string {
  const past = Math.max(0, now - ms);
  if (past < MINUTE) return relative.format(0, "second");
  if (past < HOUR) return relative.format(-Math.floor(past / MINUTE), "minute");
  if (past < DAY) return relative.format(-Math.floor(past / HOUR), "hour");
  if (past < 7 * DAY) return relative.format(-Math.floor(past / DAY), "day");
  return dayOf(ms);
}

/** Formats that are kept: those of a few hundred notes. */
const KEPT = 2_000;

/** The same function with what it said of the latest numbers kept; it says the same of every number within `unit`. */
function remembered(unit: number, format: (value: number) => string): (value: number) => string {
  const kept = new LRUCache<number, string>({ max: KEPT });
  return (value) => {
    const key = Math.floor(value / unit);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const said = format(value);
    kept.set(key, said);
    return said;
  };
}

function languageName(names: Intl.DisplayNames, tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}
