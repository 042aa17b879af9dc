import { z } from "zod";
import { FILTER_CONTEXTS, type FilterKeywordId } from "../../server/domain/filter.ts";
import { invalid } from "../../server/errors.ts";
import {
  changeFilterParts,
  findFilterKeyword,
  getFilterDetails,
  listFilterDetails,
  removeFilterKeyword,
} from "../../server/services/filters/filter-parts.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { answer, endpoint } from "../endpoint.ts";
import { Nothing } from "../entities/common.ts";
import { OldFilter } from "../entities/filter.ts";
import { flag, listOf, pathId, text } from "../kinds.ts";
import { toOldFilter } from "../serialize/filter.ts";
import { expiresIn } from "./filters.ts";

// Filters as they were before Mastodon 4: each word of a filter is one of them.

const READ = ["read:filters"] as const;
const WRITE = ["write:filters"] as const;
const one = z.object({ id: pathId<FilterKeywordId>() });
const form = {
  phrase: text,
  context: listOf(z.enum(FILTER_CONTEXTS), 10),
  irreversible: flag,
  whole_word: flag,
  expires_in: expiresIn.optional(),
};

export const getOldFilters = endpoint({
  who: "user",
  scopes: READ,
  summary: "The words of all filters of the person, each as a filter",
  params: z.object({}),
  returns: z.array(OldFilter),
  run: async ({ app, viewer }) => {
    const filters = await listFilterDetails(app, viewer);
    return answer(filters.flatMap((filter) => filter.keywords.map((word) => toOldFilter(filter, word))));
  },
});

export const getOldFilter = endpoint({
  who: "user",
  scopes: READ,
  summary: "One word of the person's filters",
  params: one,
  returns: OldFilter,
  run: async ({ app, viewer, params }) => {
    const { filter, keyword } = await findFilterKeyword(app, viewer, params.id);
    return answer(toOldFilter(filter, keyword));
  },
});

export const postOldFilter = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Makes a filter of one word",
  params: z.object(form),
  returns: OldFilter,
  run: async ({ app, viewer, params }) => {
    const { phrase = "", irreversible, whole_word, expires_in } = params;
    if (phrase.trim() === "") throw invalid({ phrase: { key: "field.required" } });
    const id = await createFilter(app, viewer, {
      title: phrase,
      contexts: params.context,
      action: irreversible === true ? "hide" : "warn",
      keywords: [{ keyword: phrase, wholeWord: whole_word === true }],
      expiresInMs: expires_in ?? null,
    });
    const filter = await getFilterDetails(app, viewer, id);
    return answer(filter.keywords.map((word) => toOldFilter(filter, word))[0]);
  },
});

export const putOldFilter = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Changes one word of a filter, and the filter it belongs to",
  params: one.extend(form),
  returns: OldFilter,
  run: async ({ app, viewer, params }) => {
    const { phrase, context, irreversible, whole_word, expires_in } = params;
    const before = await findFilterKeyword(app, viewer, params.id);
    await changeFilterParts(app, viewer, before.filter.id, {
      contexts: context.length === 0 ? undefined : context,
      action: irreversible === undefined ? undefined : irreversible ? "hide" : "warn",
      expiresInMs: expires_in,
      keywordChanges: [{ id: params.id, keyword: phrase, wholeWord: whole_word }],
    });
    const { filter, keyword } = await findFilterKeyword(app, viewer, params.id);
    return answer(toOldFilter(filter, keyword));
  },
});

export const removeOldFilter = endpoint({
  who: "user",
  scopes: WRITE,
  summary: "Takes a word away, and its filter when that is about nothing any more",
  params: one,
  returns: Nothing,
  run: async ({ app, viewer, params }) => {
    await removeFilterKeyword(app, viewer, params.id, true);
    return answer({});
  },
});
