// Lists that come and go as files, in the formats of Mastodon. Part of services/: may import what services may; imported by
// the doors, by lifeboats and by roots.

import { type App, isoTime } from "../../context.ts";
import {
  type BookmarkRow,
  type DomainRow,
  type FilterRow,
  type FollowRow,
  type ListedRow,
  type MuteRow,
  type PersonRow,
  type TransferKind,
} from "../../domain/transfer.ts";
import { LIST_LIMITS } from "../../domain/list.ts";
import { fromJson, isSet } from "../../store/codec.ts";
import { listFilterKeywords, listFilterRows } from "../../store/filters.ts";
import { listHiddenHostRows } from "../../store/hidden-hosts.ts";
import { listListRows } from "../../store/lists.ts";
import {
  blocksOut,
  bookmarksOut,
  countOut,
  filteredUris,
  followsOut,
  listedOut,
  mutesOut,
  type OutCounts,
  type PersonOut,
} from "../../store/transfers-out.ts";
import { csvLine } from "../../text/csv.ts";
import { type CsvKind, headerOf, toCells } from "../../text/csv-lists.ts";
import { toFilterInFile } from "../../text/filters-file.ts";
import { toAction, toContexts, toKeyword } from "../filters/filters.ts";

/** Whose lists they are. */
export type Owner = { readonly actorId: number; readonly accountId: number };

/** Rows asked of the database at a time: a file is made while it is sent, however long it is. */
const BATCH = 500;

/** How many rows each file would have. */
export async function countExports(app: App, owner: Owner): Promise<OutCounts> {
  return await countOut(app.db, owner.actorId, owner.accountId, app.clock.now());
}

/** A file in pieces, exactly as Mastodon writes it: `\n` as line end, headers for follows and mutes alone, JSON for filters. */
export async function* exportFile(app: App, owner: Owner, kind: TransferKind): AsyncGenerator<string> {
  if (kind === "filters") return yield* filtersFile(app, owner);
  const header = headerOf(kind);
  if (header !== null) yield csvLine(header);
  for await (const lines of linesOf(app, owner, kind)) yield lines.join("");
}

async function* linesOf(app: App, owner: Owner, kind: CsvKind): AsyncGenerator<readonly string[]> {
  switch (kind) {
    case "follows":
      return yield* drawn(followsBy(app, owner), (row) => csvLine(toCells("follows", row)));
    case "mutes":
      return yield* drawn(mutesBy(app, owner), (row) => csvLine(toCells("mutes", row)));
    case "blocks":
      return yield* drawn(blocksBy(app, owner), (row) => csvLine(toCells("blocks", row)));
    case "lists":
      return yield* drawn(listedBy(app, owner), (row) => csvLine(toCells("lists", row)));
    case "domains":
      return yield* drawn(domainsBy(app, owner), (row) => csvLine(toCells("domains", row)));
    case "bookmarks":
      return yield* drawn(bookmarksBy(app, owner), (row) => csvLine(toCells("bookmarks", row)));
    default: {
      const unknown: never = kind;
      return unknown;
    }
  }
}

type Batches<T> = AsyncGenerator<readonly T[]>;

async function* drawn<T>(batches: Batches<T>, draw: (row: T) => string): AsyncGenerator<readonly string[]> {
  for await (const rows of batches) yield rows.map(draw);
}

/** Batches of rows, the newest first, each after the last one of the one before. */
async function* walk<R extends { readonly id: number }>(
  load: (before: number) => Promise<readonly R[]>,
): Batches<R> {
  for (let before: number = Number.MAX_SAFE_INTEGER; ;) {
    const rows = await load(before);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return;
    before = last.id;
  }
}

async function* mapped<R, T>(batches: Batches<R>, to: (row: R) => T): Batches<T> {
  for await (const rows of batches) yield rows.map(to);
}

/** Members here are written with our name too: the file is for somewhere else. */
function handleOf(app: App, person: PersonOut): string {
  return `${person.username}@${person.host === "" ? app.config.handleHost : person.host}`;
}

function followsBy(app: App, { actorId }: Owner): Batches<FollowRow> {
  const batches = walk((before) => followsOut(app.db, actorId, before, BATCH));
  return mapped(batches, (row) => ({
    handle: handleOf(app, row),
    showsBoosts: isSet(row.show_announces),
    notifies: isSet(row.notify),
    languages: fromJson<readonly string[]>(row.languages ?? "[]", []),
  }));
}

function mutesBy(app: App, { actorId }: Owner): Batches<MuteRow> {
  const now = app.clock.now();
  const batches = walk((before) => mutesOut(app.db, actorId, before, BATCH, now));
  return mapped(batches, (row) => ({
    handle: handleOf(app, row),
    hidesNotifications: isSet(row.hide_notifications),
  }));
}

function blocksBy(app: App, { actorId }: Owner): Batches<PersonRow> {
  const batches = walk((before) => blocksOut(app.db, actorId, before, BATCH));
  return mapped(batches, (row) => ({ handle: handleOf(app, row) }));
}

async function* listedBy(app: App, { actorId }: Owner): Batches<ListedRow> {
  for (const list of await listListRows(app.db, actorId, LIST_LIMITS.lists)) {
    const batches = walk((before) => listedOut(app.db, list.id, before, BATCH));
    yield* mapped(batches, (row) => ({ list: list.title, handle: handleOf(app, row) }));
  }
}

function domainsBy(app: App, { actorId }: Owner): Batches<DomainRow> {
  const load = async (before: number) =>
    (await listHiddenHostRows(app.db, actorId, { before, limit: BATCH })).rows;
  return mapped(walk(load), (row) => ({ domain: row.host }));
}

function bookmarksBy(app: App, { actorId }: Owner): Batches<BookmarkRow> {
  const batches = walk((before) => bookmarksOut(app.db, actorId, before, BATCH));
  return mapped(batches, (row) => ({ uri: row.uri }));
}

async function* filtersFile(app: App, owner: Owner): AsyncGenerator<string> {
  const filters = await filtersOf(app, owner);
  yield `${JSON.stringify({ custom_filters: filters.map(toFilterInFile) }, null, 2)}\n`;
}

/** The filters of an account with words and notes: three statements. */
export async function filtersOf(app: App, { accountId }: Owner): Promise<readonly FilterRow[]> {
  const rows = await listFilterRows(app.db, accountId);
  const ids = rows.map((row) => row.id);
  const keywords = Map.groupBy(await listFilterKeywords(app.db, ids), (row) => row.filter_id);
  const notes = Map.groupBy(await filteredUris(app.db, ids), (row) => row.filter_id);
  return rows.map((row) => ({
    title: row.title,
    expiresAt: row.expires_at === null ? null : isoTime(row.expires_at),
    contexts: toContexts(row),
    action: toAction(row),
    keywords: (keywords.get(row.id) ?? []).map((one) => ({
      keyword: toKeyword(one).keyword,
      wholeWord: isSet(one.whole_word),
    })),
    notes: (notes.get(row.id) ?? []).map(({ uri }) => uri),
  }));
}
