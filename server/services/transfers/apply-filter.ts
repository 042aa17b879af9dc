import { type App, isoTime } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import type { FilterId, FilterKeyword } from "../../domain/filter.ts";
import type { NoteId } from "../../domain/ids.ts";
import type { FilterRow, TransferMode } from "../../domain/transfer.ts";
import type { Message } from "../../errors.ts";
import { filterText } from "../../text/filters.ts";
import { type FilterDetails, listFilterDetails } from "../filters/filter-parts.ts";
import { changeFilter, createFilter, type FilterCommand, filterNote } from "../filters/filters.ts";
import type { Applied } from "./found.ts";
import { titleOf } from "./subjects.ts";

/** Single notes of a filter: those that are to be had, and how many are not. */
export type FoundNotes = { readonly ids: readonly NoteId[]; readonly missing: number };

/**
 * Makes a filter of a file, or changes the one with its title: merging adds words and notes and leaves the rest as the owner
 * set it here, overwriting makes it what the file says. @throws invalid with fields, conflict when there are too many filters
 */
export async function applyFilter(
  app: App,
  viewer: Viewer,
  row: FilterRow,
  { ids, missing }: FoundNotes,
  mode: TransferMode,
): Promise<Applied> {
  const title = titleOf(row);
  const before = (await listFilterDetails(app, viewer)).find((filter) => filter.title === title);
  const changed =
    before === undefined
      ? await make(app, viewer, { ...row, title }, ids)
      : await change(app, viewer, before, mode === "merge" ? merged(before, row) : row, ids);
  const message: Message | undefined =
    missing === 0 ? undefined : { key: "transfer_row.filter_notes", params: { count: missing } };
  return { state: changed.isNew ? "done" : "already", targetId: changed.id, message };
}

type Changed = { readonly id: FilterId; readonly isNew: boolean };

async function make(app: App, viewer: Viewer, row: FilterRow, notes: readonly NoteId[]): Promise<Changed> {
  const command: FilterCommand = {
    title: row.title,
    contexts: row.contexts,
    action: row.action,
    keywords: row.keywords,
    expiresInMs: expiresIn(app, row),
    mayBeEmpty: true,
  };
  const id = await createFilter(app, viewer, command);
  for (const note of notes) await filterNote(app, viewer, id, note);
  return { id, isNew: true };
}

/** What the filter has already, with what it lacks. */
function merged(before: FilterDetails, row: FilterRow): FilterRow {
  const held = new Set(before.keywords.map(({ keyword }) => folded(keyword)));
  const more = row.keywords.filter(({ keyword }) => !held.has(folded(keyword)));
  return {
    ...row,
    contexts: before.contexts,
    action: before.action,
    expiresAt: before.expiresAt === null ? null : isoTime(before.expiresAt),
    keywords: [...before.keywords, ...more],
  };
}

async function change(
  app: App,
  viewer: Viewer,
  before: FilterDetails,
  row: FilterRow,
  notes: readonly NoteId[],
): Promise<Changed> {
  const held = new Set(before.notes.map(({ noteId }) => noteId));
  const moreNotes = notes.filter((note) => !held.has(note));
  const isOther =
    factsOf(row) !==
    factsOf({ ...before, expiresAt: before.expiresAt === null ? null : isoTime(before.expiresAt) });
  if (isOther)
    await changeFilter(app, viewer, before.id, {
      title: before.title,
      contexts: row.contexts,
      action: row.action,
      keywords: keepIds(before, row.keywords),
      expiresInMs: expiresIn(app, row),
      mayBeEmpty: true,
    });
  for (const note of moreNotes) await filterNote(app, viewer, before.id, note);
  return { id: before.id, isNew: isOther || moreNotes.length > 0 };
}

/** Words that stay keep their ids, by which apps know them. */
function keepIds(before: FilterDetails, keywords: readonly FilterKeyword[]): readonly FilterKeyword[] {
  const held = new Map(before.keywords.map((one) => [folded(one.keyword), one.id]));
  return keywords.map(({ keyword, wholeWord }) => {
    const id = held.get(folded(keyword));
    return id === undefined ? { keyword, wholeWord } : { id, keyword, wholeWord };
  });
}

/** What makes a filter the same, in one text. */
function factsOf(filter: Pick<FilterRow, "contexts" | "action" | "keywords" | "expiresAt">): string {
  const words = new Map(
    filter.keywords
      .filter(({ keyword }) => folded(keyword) !== "")
      .map(({ keyword, wholeWord }) => [folded(keyword), wholeWord]),
  );
  const at = filter.expiresAt === null ? null : Date.parse(filter.expiresAt);
  return JSON.stringify([filter.contexts.toSorted(), filter.action, [...words].toSorted(), at]);
}

function folded(keyword: string): string {
  return filterText(keyword).trim();
}

function expiresIn(app: App, { expiresAt }: Pick<FilterRow, "expiresAt">): number | null {
  return expiresAt === null ? null : Date.parse(expiresAt) - app.clock.now();
}
