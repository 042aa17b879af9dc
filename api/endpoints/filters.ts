import { z } from "zod";
import type { FilterId, FilterKeywordId, FilterNoteId } from "../../server/domain/filter.ts";
import { FILTER_ACTIONS, FILTER_CONTEXTS } from "../../server/domain/filter.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import { notFound } from "../../server/errors.ts";
import {
  addFilteredNote,
  addFilterKeyword,
  changeFilterParts,
  findFilteredNote,
  findFilterKeyword,
  getFilterDetails,
  type KeywordChange,
  listFilterDetails,
  removeFilteredNote,
  removeFilterKeyword,
} from "../../server/services/filters/filter-parts.ts";
import { createFilter, deleteFilter } from "../../server/services/filters/filters.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { Filter, FilterKeyword, FilterStatus } from "../entities/filter.ts";
import { flag, id, listOf, oneOf, pathId, text, whole } from "../kinds.ts";
import { toFilter, toFilterKeyword, toFilterStatus } from "../serialize/filter.ts";

const READ = ["read:filters"] as const;
const WRITE = ["write:filters"] as const;
/** Ten years; nothing (`null`, empty) means for good. */
const SECONDS = 315_360_000;

/** Seconds from now as the services take them: left out = stays, empty = for good. */
export const expiresIn = z.union([
  z.literal("").transform(() => null),
  z.null(),
  whole(1, SECONDS).transform((seconds) => (seconds === undefined ? undefined : seconds * 1000)),
]);

const one = z.object({ id: pathId<FilterId>() });
const keywordForm = { keyword: text, whole_word: flag };
const form = {
  title: text,
  filter_action: oneOf(FILTER_ACTIONS),
  expires_in: expiresIn.optional(),
  keywords_attributes: listOf(
    z
      .object({ ...keywordForm, id: id<FilterKeywordId>(), _destroy: flag })
      .transform(({ id: known, keyword, whole_word: wholeWord, _destroy: isRemoved }): KeywordChange => {
        return { id: known, keyword, wholeWord, isRemoved };
      }),
    200,
  ),
};
const context = listOf(z.enum(FILTER_CONTEXTS), 10);

export const getFilters = endpoint({
  who: "user",
  scopes: READ,
  summary: "The person's filters, oldest first",
  params: z.object({}),
  returns: z.array(Filter),
  run: async ({ app, viewer }) => answer((await listFilterDetails(app, viewer)).map(toFilter)),
});

export const getFilter = endpoint({
  who: "user",
  scopes: READ,
  summary: "One of the person's filters",
  params: one,
  returns: Filter,
  run: async ({ app, viewer, params }) => answer(toFilter(await getFilterDetails(app, viewer, params.id))),
});

export const postFilter = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Makes a filter",
  params: z.object({ ...form, context }),
  returns: Filter,
  run: async ({ app, viewer, params }) => {
    const made = await createFilter(app, viewer, {
      title: params.title ?? "",
      contexts: params.context,
      action: params.filter_action ?? "warn",
      keywords: params.keywords_attributes
        .filter((word) => word.isRemoved !== true)
        .map((word) => ({ keyword: word.keyword ?? "", wholeWord: word.wholeWord === true })),
      expiresInMs: params.expires_in ?? null,
      mayBeEmpty: true,
    });
    return answer(toFilter(await getFilterDetails(app, viewer, made)));
  },
});

export const putFilter = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Changes a filter; what is not named stays",
  params: one.extend({ ...form, context }),
  returns: Filter,
  run: async ({ app, viewer, params }) => {
    await changeFilterParts(app, viewer, params.id, {
      title: params.title,
      contexts: params.context.length === 0 ? undefined : params.context,
      action: params.filter_action,
      expiresInMs: params.expires_in,
      keywordChanges: params.keywords_attributes,
    });
    return answer(toFilter(await getFilterDetails(app, viewer, params.id)));
  },
});

export const removeFilter = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Removes a filter",
  params: one,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await getFilterDetails(app, viewer, params.id);
    await deleteFilter(app, viewer, params.id);
    return answer({});
  },
});

export const getFilterKeywords = endpoint({
  who: "user",
  scopes: READ,
  summary: "The words of a filter",
  params: one,
  returns: z.array(FilterKeyword),
  run: async ({ app, viewer, params }) => {
    const { keywords } = await getFilterDetails(app, viewer, params.id);
    return answer(keywords.map(toFilterKeyword));
  },
});

export const postFilterKeyword = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Adds a word to a filter",
  params: one.extend(keywordForm),
  returns: FilterKeyword,
  run: async ({ app, viewer, params }) => {
    const word = { keyword: params.keyword ?? "", wholeWord: params.whole_word === true };
    return answer(toFilterKeyword(await addFilterKeyword(app, viewer, params.id, word)));
  },
});

const keyword = z.object({ id: pathId<FilterKeywordId>() });

export const getFilterKeyword = endpoint({
  who: "user",
  scopes: READ,
  summary: "One word of a filter",
  params: keyword,
  returns: FilterKeyword,
  run: async ({ app, viewer, params }) =>
    answer(toFilterKeyword((await findFilterKeyword(app, viewer, params.id)).keyword)),
});

export const putFilterKeyword = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Changes one word of a filter",
  params: keyword.extend(keywordForm),
  returns: FilterKeyword,
  run: async ({ app, viewer, params }) => {
    const { filter } = await findFilterKeyword(app, viewer, params.id);
    const change = { id: params.id, keyword: params.keyword, wholeWord: params.whole_word };
    await changeFilterParts(app, viewer, filter.id, { keywordChanges: [change] });
    return answer(toFilterKeyword((await findFilterKeyword(app, viewer, params.id)).keyword));
  },
});

export const removeFilterKeywordOne = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Takes a word off its filter",
  params: keyword,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await removeFilterKeyword(app, viewer, params.id);
    return answer({});
  },
});

export const getFilterStatuses = endpoint({
  who: "user",
  scopes: READ,
  summary: "The single statuses that a filter is about",
  params: one,
  returns: z.array(FilterStatus),
  run: async ({ app, viewer, params }) => {
    const { notes } = await getFilterDetails(app, viewer, params.id);
    return answer(notes.map(toFilterStatus));
  },
});

export const postFilterStatus = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Adds a single status to a filter",
  params: one.extend({ status_id: id<NoteId>() }),
  returns: FilterStatus,
  run: async ({ app, viewer, params }) => {
    if (params.status_id === undefined) throw notFound();
    return answer(toFilterStatus(await addFilteredNote(app, viewer, params.id, params.status_id)));
  },
});

const single = z.object({ id: pathId<FilterNoteId>() });

export const getFilterStatus = endpoint({
  who: "user",
  scopes: READ,
  summary: "One of the single statuses that a filter is about",
  params: single,
  returns: FilterStatus,
  run: async ({ app, viewer, params }) =>
    answer(toFilterStatus(await findFilteredNote(app, viewer, params.id))),
});

export const removeFilterStatus = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Takes a single status off its filter",
  params: single,
  returns: FilterStatus,
  run: async ({ app, viewer, params }) =>
    answer(toFilterStatus(await removeFilteredNote(app, viewer, params.id))),
});
