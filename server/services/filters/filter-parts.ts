import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { Filter, FilterId, FilterKeyword, FilterKeywordId, FilterNoteId } from "../../domain/filter.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { notFound } from "../../errors.ts";
import {
  findFilterOf,
  listFilterKeywords,
  listNotesOfFilters,
  removeFilterNote,
} from "../../store/filters.ts";
import { announce } from "../streams/announce.ts";
import {
  changeFilter,
  deleteFilter,
  type FilterCommand,
  filterNote,
  getFilter,
  listFilters,
  toKeyword,
} from "./filters.ts";

// Filters piece by piece, as apps change them: each word and each single note has an id of its own.

/** A word with its id. */
export type KnownKeyword = FilterKeyword & { readonly id: FilterKeywordId };
/** A single note that a filter is about. */
export type FilteredNote = { readonly id: FilterNoteId; readonly noteId: NoteId };
/** A filter with the ids of its parts. */
export type FilterDetails = Omit<Filter, "keywords"> & {
  readonly keywords: readonly KnownKeyword[];
  readonly notes: readonly FilteredNote[];
};

/** All filters of the person, oldest first, with their parts: a fixed number of queries. */
export async function listFilterDetails(app: App, viewer: Viewer): Promise<readonly FilterDetails[]> {
  return await withParts(app, await listFilters(app, viewer));
}

/** One filter with its parts. @throws not_found */
export async function getFilterDetails(app: App, viewer: Viewer, id: FilterId): Promise<FilterDetails> {
  const [details] = await withParts(app, [await getFilter(app, viewer, id)]);
  if (details === undefined) throw notFound();
  return details;
}

async function withParts(app: App, filters: readonly Filter[]): Promise<readonly FilterDetails[]> {
  const ids = filters.map(({ id }) => id);
  const keywords = Map.groupBy(await listFilterKeywords(app.db, ids), (row) => row.filter_id);
  const notes = Map.groupBy(await listNotesOfFilters(app.db, ids), (row) => row.filter_id);
  return filters.map((filter) => ({
    ...filter,
    keywords: (keywords.get(filter.id) ?? []).map((row) => ({ ...toKeyword(row), id: asId(row.id) })),
    notes: (notes.get(filter.id) ?? []).map((row) => ({ id: asId(row.id), noteId: asId(row.note_id) })),
  }));
}

/** What becomes of a word: `id` names one that is there; without it a new one is meant. */
export type KeywordChange = {
  readonly id?: FilterKeywordId | undefined;
  readonly keyword?: string | undefined;
  readonly wholeWord?: boolean | undefined;
  readonly isRemoved?: boolean | undefined;
};

/** What is not given stays. */
export type FilterChange = {
  readonly [K in keyof FilterCommand]?: FilterCommand[K] | undefined;
} & { readonly keywordChanges?: readonly KeywordChange[] | undefined };

/** Changes what is given of a filter and keeps the rest. @throws not_found (also for a word of another filter), invalid with fields */
export async function changeFilterParts(
  app: App,
  viewer: Viewer,
  id: FilterId,
  { keywordChanges = [], ...change }: FilterChange,
): Promise<void> {
  const before = await getFilterDetails(app, viewer, id);
  await changeFilter(app, viewer, id, {
    title: change.title ?? before.title,
    contexts: change.contexts ?? before.contexts,
    action: change.action ?? before.action,
    keywords: keywordChanges.reduce(changed, before.keywords),
    expiresInMs: change.expiresInMs,
    mayBeEmpty: true,
  });
}

function changed(keywords: readonly FilterKeyword[], change: KeywordChange): readonly FilterKeyword[] {
  const { id, keyword, wholeWord, isRemoved = false } = change;
  if (id === undefined)
    return isRemoved ? keywords : [...keywords, { keyword: keyword ?? "", wholeWord: wholeWord === true }];
  const found = keywords.find((one) => one.id === id);
  if (found === undefined) throw notFound();
  const rest = { keyword: keyword ?? found.keyword, wholeWord: wholeWord ?? found.wholeWord };
  return keywords.flatMap((one) => (one !== found ? [one] : isRemoved ? [] : [{ ...found, ...rest }]));
}

/** A word of one's own, and the filter it belongs to. @throws not_found */
export async function findFilterKeyword(
  app: App,
  viewer: Viewer,
  id: FilterKeywordId,
): Promise<{ readonly filter: FilterDetails; readonly keyword: KnownKeyword }> {
  const filterId = await findFilterOf(app.db, viewer.accountId, "filter_keywords", id);
  if (filterId === undefined) throw notFound();
  const filter = await getFilterDetails(app, viewer, asId(filterId));
  const keyword = filter.keywords.find((one) => one.id === id);
  if (keyword === undefined) throw notFound();
  return { filter, keyword };
}

/** Adds a word to a filter. Adding one that is there changes it. @throws not_found, invalid with fields */
export async function addFilterKeyword(
  app: App,
  viewer: Viewer,
  id: FilterId,
  word: { readonly keyword: string; readonly wholeWord: boolean },
): Promise<KnownKeyword> {
  const before = new Set((await getFilterDetails(app, viewer, id)).keywords.map((one) => one.id));
  await changeFilterParts(app, viewer, id, { keywordChanges: [word] });
  const { keywords } = await getFilterDetails(app, viewer, id);
  const added = keywords.find((one) => !before.has(one.id)) ?? keywords.at(-1);
  if (added === undefined) throw notFound();
  return added;
}

/** Takes a word away; with `andEmpty` a filter that is about nothing any more goes with it. @throws not_found */
export async function removeFilterKeyword(
  app: App,
  viewer: Viewer,
  id: FilterKeywordId,
  andEmpty = false,
): Promise<void> {
  const { filter } = await findFilterKeyword(app, viewer, id);
  if (andEmpty && filter.keywords.length === 1 && filter.notes.length === 0)
    return await deleteFilter(app, viewer, filter.id);
  await changeFilterParts(app, viewer, filter.id, { keywordChanges: [{ id, isRemoved: true }] });
}

/** Filters one note that the person can see; twice is once. @throws not_found */
export async function addFilteredNote(
  app: App,
  viewer: Viewer,
  id: FilterId,
  noteId: NoteId,
): Promise<FilteredNote> {
  await filterNote(app, viewer, id, noteId);
  const added = (await getFilterDetails(app, viewer, id)).notes.find((one) => one.noteId === noteId);
  if (added === undefined) throw notFound();
  return added;
}

/** A single note of a filter of one's own. @throws not_found */
export async function findFilteredNote(app: App, viewer: Viewer, id: FilterNoteId): Promise<FilteredNote> {
  const filterId = await findFilterOf(app.db, viewer.accountId, "filter_notes", id);
  if (filterId === undefined) throw notFound();
  const filter = await getFilterDetails(app, viewer, asId(filterId));
  const found = filter.notes.find((one) => one.id === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Takes a single note off its filter. @throws not_found */
export async function removeFilteredNote(app: App, viewer: Viewer, id: FilterNoteId): Promise<FilteredNote> {
  const found = await findFilteredNote(app, viewer, id);
  await removeFilterNote(app.db, id);
  announce(app, { type: "filters", accountId: viewer.accountId });
  return found;
}
