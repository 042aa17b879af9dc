import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type {
  FilterAction,
  FilterContext,
  Filtered,
  FilterId,
  FilterKeyword,
  FilterMatch,
} from "../../domain/filter.ts";
import { asId } from "../../domain/ids.ts";
import type { NoteView } from "../../domain/note.ts";
import { listFilterKeywords, listFilterNotes, listFilterRows } from "../../store/filters.ts";
import { filterText, keywordsIn } from "../../text/filters.ts";
import { plainText } from "../../text/markup.ts";
import { toAction, toContexts, toKeyword } from "./filters.ts";

/** What is compared of a note. */
export type Filterable = Pick<
  NoteView,
  "id" | "title" | "summary" | "contentHtml" | "contentMap" | "tags" | "attachments" | "poll" | "viewer"
>;

type Active = Pick<FilterMatch, "id" | "title" | "contexts" | "action" | "expiresAt"> & {
  readonly words: readonly FilterKeyword[];
};

/** Closed wins over out of sight pictures, left out over both. */
const STRENGTH: Readonly<Record<FilterAction, number>> = { blur: 1, warn: 2, hide: 3 };

/**
 * Says which notes the reader's filters are about in one context: three queries for those who have filters there, one for
 * those who have none, none for visitors; whatever the page holds. Own notes are never filtered.
 */
export async function filteredNotes(
  app: App,
  viewer: Viewer | null,
  context: FilterContext | null,
  noteIds: readonly number[],
): Promise<(note: Filterable) => Filtered | null> {
  const filters = viewer === null || context === null ? [] : await activeFilters(app, viewer, context);
  if (filters.length === 0) return () => null;
  const ids = filters.map(({ id }) => id);
  const single = new Set(
    (await listFilterNotes(app.db, ids, [...new Set(noteIds)])).map(
      (row) => `${row.filter_id} ${row.note_id}`,
    ),
  );
  return (note) => {
    if (note.viewer.mine) return null;
    const text = filterText(textOf(note));
    const matches = filters
      .map(({ words, ...filter }): FilterMatch => {
        const keywords = keywordsIn(text, words);
        return { ...filter, keywords, isNamed: single.has(`${filter.id} ${note.id}`) };
      })
      .filter(({ keywords, isNamed }) => isNamed || keywords.length > 0)
      .toSorted((a, b) => STRENGTH[b.action] - STRENGTH[a.action]);
    const [strongest] = matches;
    return strongest === undefined ? null : { title: strongest.title, action: strongest.action, matches };
  };
}

async function activeFilters(app: App, viewer: Viewer, context: FilterContext): Promise<readonly Active[]> {
  const rows = (await listFilterRows(app.db, viewer.accountId, app.clock.now())).filter((row) =>
    toContexts(row).includes(context),
  );
  const keywords = Map.groupBy(
    await listFilterKeywords(
      app.db,
      rows.map((row) => row.id),
    ),
    (row) => row.filter_id,
  );
  return rows.map((row) => ({
    id: asId<FilterId>(row.id),
    title: row.title,
    contexts: toContexts(row),
    action: toAction(row),
    expiresAt: row.expires_at,
    words: (keywords.get(row.id) ?? []).map(toKeyword),
  }));
}

/** Everything that somebody can read of it: a word in a description or a poll is as unwelcome as one in the text. */
export function textOf(note: Filterable): string {
  return [
    note.title ?? "",
    note.summary ?? "",
    plainText(note.contentHtml),
    ...Object.values(note.contentMap).map(plainText),
    ...note.tags.map((tag) => `#${tag}`),
    ...note.attachments.map(({ alt }) => alt),
    ...(note.poll?.options ?? []).map(({ title }) => title),
  ].join("\n");
}
