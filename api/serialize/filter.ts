import { isoTime } from "../../server/context.ts";
import type {
  FilterDetails,
  FilteredNote,
  KnownKeyword,
} from "../../server/services/filters/filter-parts.ts";
import type { Filter, FilterKeyword, FilterStatus, OldFilter } from "../entities/filter.ts";

/** A filter with its parts. */
export function toFilter(filter: FilterDetails): Filter {
  return {
    id: String(filter.id),
    title: filter.title,
    context: [...filter.contexts],
    expires_at: filter.expiresAt === null ? null : isoTime(filter.expiresAt),
    filter_action: filter.action,
    keywords: filter.keywords.map(toFilterKeyword),
    statuses: filter.notes.map(toFilterStatus),
  };
}

/** A word of a filter. */
export function toFilterKeyword({ id, keyword, wholeWord }: KnownKeyword): FilterKeyword {
  return { id: String(id), keyword, whole_word: wholeWord };
}

/** A single status that a filter is about. */
export function toFilterStatus({ id, noteId }: FilteredNote): FilterStatus {
  return { id: String(id), status_id: String(noteId) };
}

/** One word of a filter, as a filter of the old kind; its id is that of the word. */
export function toOldFilter(filter: FilterDetails, { id, keyword, wholeWord }: KnownKeyword): OldFilter {
  return {
    id: String(id),
    phrase: keyword,
    context: [...filter.contexts],
    whole_word: wholeWord,
    expires_at: filter.expiresAt === null ? null : isoTime(filter.expiresAt),
    irreversible: filter.action === "hide",
  };
}
