import { z } from "zod";
import type { FilterRow } from "../domain/transfer.ts";

// The file of filters, in the words of Mastodon's `{custom_filters: […]}`.

/** Escapes of JSON can name what no database takes: NUL, and half a character. */
const text = (max: number) =>
  z
    .string()
    .max(max)
    .transform((value) => value.replaceAll("\0", "\uFFFD").toWellFormed());

const Keyword = z.object({ keyword: text(1_000), whole_word: z.boolean().default(true) });
const FilterInFile = z.object({
  title: text(1_000).default(""),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  context: z.array(text(40)).max(20).default([]),
  action: text(40).default("warn"),
  keywords_attributes: z.array(Keyword).max(1_000).default([]),
  statuses: z.array(text(2_048)).max(1_000).default([]),
});
const FiltersFile = z.object({ custom_filters: z.array(FilterInFile).max(1_000) });

/** Characters of the file: filters are few. */
const LONGEST = 2 * 1024 * 1024;

/** True for a text that can be nothing but JSON. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

/** The filters of a file; null when it is none. */
export function readFiltersFile(json: string): readonly FilterRow[] | null {
  if (json.length > LONGEST) return null;
  const parsed = FiltersFile.safeParse(jsonOf(json));
  if (!parsed.success) return null;
  return parsed.data.custom_filters.map((filter) => ({
    title: filter.title.trim(),
    expiresAt: filter.expires_at ?? null,
    contexts: filter.context,
    action: filter.action,
    keywords: filter.keywords_attributes.map(({ keyword, whole_word }) => ({
      keyword,
      wholeWord: whole_word,
    })),
    notes: filter.statuses,
  }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** One filter as it stands in the file. */
export function toFilterInFile(filter: FilterRow): unknown {
  return {
    title: filter.title,
    expires_at: filter.expiresAt,
    context: filter.contexts,
    action: filter.action,
    keywords_attributes: filter.keywords.map(({ keyword, wholeWord }) => ({
      keyword,
      whole_word: wholeWord,
    })),
    statuses: filter.notes,
  };
}
