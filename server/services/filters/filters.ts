// What people do not want to come upon: their filters, and finding what they are about.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import {
  type Filter,
  FILTER_ACTIONS,
  FILTER_CONTEXTS,
  FILTER_LIMITS,
  type FilterAction,
  type FilterContext,
  type FilterId,
  type FilterKeyword,
} from "../../domain/filter.ts";
import { asId, type NoteId } from "../../domain/ids.ts";
import { CausewayError, invalid, type Message, notFound } from "../../errors.ts";
import { lockAccount } from "../../store/accounts.ts";
import { flag, fromJson, isSet, toJson } from "../../store/codec.ts";
import { transaction } from "../../store/database.ts";
import {
  countFilterNotes,
  countFilters,
  type FilterKeywordRow,
  type FilterRow,
  findFilterRow,
  insertFilter,
  insertFilterNote,
  listFilterKeywords,
  listFilterRows,
  removeFilter,
  removeFilterNotes,
  replaceFilterKeywords,
  updateFilter,
} from "../../store/filters.ts";
import { findVisibleNotes } from "../../store/notes.ts";
import { filterText } from "../../text/filters.ts";
import { announce } from "../streams/announce.ts";

export type FilterCommand = {
  readonly title: string;
  readonly contexts: readonly string[];
  readonly action: string;
  readonly keywords: readonly FilterKeyword[];
  /** From now, in ms; null = for good, undefined = as it was. */
  readonly expiresInMs?: number | null | undefined;
  /** A filter without words and notes is fine, when it has a title: apps add these afterwards. */
  readonly mayBeEmpty?: boolean | undefined;
};

/** All filters of the person, oldest first, those that are over included. */
export async function listFilters(app: App, viewer: Viewer): Promise<readonly Filter[]> {
  return await toFilters(app, await listFilterRows(app.db, viewer.accountId));
}

/** One filter. @throws not_found */
export async function getFilter(app: App, viewer: Viewer, id: FilterId): Promise<Filter> {
  const row = await findFilterRow(app.db, viewer.accountId, id);
  const [filter] = row === undefined ? [] : await toFilters(app, [row]);
  if (filter === undefined) throw notFound();
  return filter;
}

async function toFilters(app: App, rows: readonly FilterRow[]): Promise<readonly Filter[]> {
  const ids = rows.map((row) => row.id);
  const keywords = Map.groupBy(await listFilterKeywords(app.db, ids), (row) => row.filter_id);
  const counts = await countFilterNotes(app.db, ids);
  return rows.map((row) => ({
    id: asId(row.id),
    title: row.title,
    contexts: toContexts(row),
    action: toAction(row),
    keywords: (keywords.get(row.id) ?? []).map(toKeyword),
    expiresAt: row.expires_at,
    notesCount: counts.get(row.id) ?? 0,
  }));
}

/** Where a stored filter looks. */
export function toContexts(row: FilterRow): readonly FilterContext[] {
  const stored = fromJson<readonly string[]>(row.contexts, []);
  return FILTER_CONTEXTS.filter((context) => stored.includes(context));
}

/** What a stored filter does. */
export function toAction(row: FilterRow): FilterAction {
  return FILTER_ACTIONS.find((action) => action === row.action) ?? "warn";
}

/** A stored word. */
export function toKeyword(row: FilterKeywordRow): FilterKeyword {
  return { keyword: row.keyword, wholeWord: isSet(row.whole_word) };
}

/**
 * Makes a filter; with a note that the person can see it is about that as well, or about that alone.
 * @throws invalid with fields, conflict when there are too many, not_found.
 */
export async function createFilter(
  app: App,
  viewer: Viewer,
  command: FilterCommand,
  noteId: NoteId | null = null,
): Promise<FilterId> {
  if (noteId !== null) await requireVisible(app, viewer, noteId);
  const checked = checkFilter(command, noteId === null ? 0 : 1);
  const id = app.ids.next();
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    await lockAccount(tx, viewer.accountId);
    if ((await countFilters(tx, viewer.accountId)) >= FILTER_LIMITS.filters)
      throw new CausewayError("conflict", "error.filter_limit", { params: { max: FILTER_LIMITS.filters } });
    await insertFilter(tx, {
      id,
      account_id: viewer.accountId,
      ...columnsOf(checked),
      expires_at: endOf(checked, now) ?? null,
      created_at: now,
    });
    await replaceFilterKeywords(tx, id, keywordRows(app, id, checked.keywords));
    if (noteId !== null) await insertFilterNote(tx, { id: app.ids.next(), filter_id: id, note_id: noteId });
    announce(app, { type: "filters", accountId: viewer.accountId });
  });
  return asId(id);
}

/** Changes a filter; its single notes stay. @throws invalid with fields, not_found. */
export async function changeFilter(
  app: App,
  viewer: Viewer,
  id: FilterId,
  command: FilterCommand,
): Promise<void> {
  const found = await getFilter(app, viewer, id);
  const checked = checkFilter(command, found.notesCount);
  const expiresAt = endOf(checked, app.clock.now());
  await transaction(app.db, async (tx) => {
    await updateFilter(tx, viewer.accountId, id, {
      ...columnsOf(checked),
      ...(expiresAt === undefined ? {} : { expires_at: expiresAt }),
    });
    await replaceFilterKeywords(tx, id, keywordRows(app, id, checked.keywords));
    announce(app, { type: "filters", accountId: viewer.accountId });
  });
}

/** Removes a filter. Idempotent. */
export async function deleteFilter(app: App, viewer: Viewer, id: FilterId): Promise<void> {
  await transaction(app.db, (tx) => removeFilter(tx, viewer.accountId, id));
  announce(app, { type: "filters", accountId: viewer.accountId });
}

/** Filters one note that the person can see. @throws not_found */
export async function filterNote(
  app: App,
  viewer: Viewer,
  filterId: FilterId,
  noteId: NoteId,
): Promise<void> {
  const filter = await findFilterRow(app.db, viewer.accountId, filterId);
  if (filter === undefined) throw notFound();
  await requireVisible(app, viewer, noteId);
  await insertFilterNote(app.db, { id: app.ids.next(), filter_id: filterId, note_id: noteId });
  announce(app, { type: "filters", accountId: viewer.accountId });
}

async function requireVisible(app: App, viewer: Viewer, noteId: NoteId): Promise<void> {
  const [note] = await findVisibleNotes(app.db, viewer.actorId, [noteId]);
  if (note === undefined) throw notFound();
}

/** Takes all single notes off a filter. @throws not_found */
export async function forgetFilteredNotes(app: App, viewer: Viewer, filterId: FilterId): Promise<void> {
  if ((await findFilterRow(app.db, viewer.accountId, filterId)) === undefined) throw notFound();
  await removeFilterNotes(app.db, filterId);
  announce(app, { type: "filters", accountId: viewer.accountId });
}

function columnsOf(command: FilterCommand) {
  return { title: command.title, contexts: toJson(command.contexts), action: command.action };
}

/** Undefined = stays as it was. */
function endOf(command: FilterCommand, now: number): number | null | undefined {
  const { expiresInMs } = command;
  return expiresInMs === undefined || expiresInMs === null ? expiresInMs : now + expiresInMs;
}

function keywordRows(app: App, filterId: number, keywords: readonly FilterKeyword[]) {
  return keywords.map(({ id, keyword, wholeWord }) => ({
    id: id ?? app.ids.next(),
    filter_id: filterId,
    keyword,
    whole_word: flag(wholeWord),
  }));
}

/** Trims, drops empty and repeated words, and reports all faults at once. */
function checkFilter(command: FilterCommand, notesCount = 0): FilterCommand {
  const keywords = [
    ...new Map(
      command.keywords
        .map((one) => ({ ...one, keyword: one.keyword.trim() }))
        .filter(({ keyword }) => filterText(keyword).trim() !== "")
        .map((keyword) => [filterText(keyword.keyword), keyword] as const),
    ).values(),
  ];
  const title = command.title.trim() === "" ? (keywords[0]?.keyword ?? "") : command.title.trim();
  const contexts = FILTER_CONTEXTS.filter((context) => command.contexts.includes(context));
  const faults: Record<string, Message> = {};
  const isAllowed = notesCount > 0 || command.mayBeEmpty === true;
  if (keywords.length === 0 && !isAllowed) faults["keywords"] = { key: "field.filter_words" };
  if (keywords.length === 0 && isAllowed && title === "") faults["title"] = { key: "field.required" };
  if (keywords.length > FILTER_LIMITS.keywords)
    faults["keywords"] = { key: "field.filter_many", params: { max: FILTER_LIMITS.keywords } };
  else if (keywords.some(({ keyword }) => [...keyword].length > FILTER_LIMITS.keywordCharacters))
    faults["keywords"] = { key: "field.filter_long", params: { max: FILTER_LIMITS.keywordCharacters } };
  if ([...title].length > FILTER_LIMITS.titleCharacters)
    faults["title"] = { key: "field.too_long", params: { max: FILTER_LIMITS.titleCharacters } };
  if (contexts.length === 0) faults["contexts"] = { key: "field.filter_where" };
  if (!FILTER_ACTIONS.some((action) => action === command.action))
    faults["action"] = { key: "field.required" };
  if (Object.keys(faults).length > 0) throw invalid(faults);
  return { ...command, title, contexts, keywords };
}
