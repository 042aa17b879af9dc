import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { atHomeOf } from "./home.ts";
import { texts } from "./json-rows.ts";
import type { EntryRow } from "./timelines.ts";
import { boostVisibleTo, openToStrangers, unmutedBy, visibleTo } from "./visible.ts";

// Who of those that are connected hears of one thing: each a single statement, however many are connected.

/** An entry with what decides about its audience. */
export type HeardEntry = EntryRow & {
  readonly author_id: number;
  readonly note_visibility: string;
  readonly reply_to_id: number | null;
  readonly parent_author_id: number | null;
  readonly quote_id: number | null;
  readonly received_at: number;
  /** Everybody may see it. */
  readonly open: number;
  /** Everybody may see what it answers, if anything. */
  readonly parent_open: number;
  readonly quote_open: number;
  /** Its author is limited: strangers do not meet it. */
  readonly apart: number;
};

/** An entry by id; undefined when it is gone. Index: the primary keys of entries and notes. */
export async function findHeardEntry(db: Db, id: number): Promise<HeardEntry | undefined> {
  const { rows } = await sql<HeardEntry>`
    select entries.*, notes.actor_id as author_id, notes.visibility as note_visibility, notes.reply_to_id, notes.quote_id,
      notes.received_at, (select parent.actor_id from notes parent where parent.id = notes.reply_to_id) as parent_author_id,
      ${bit(sql`(${visibleTo(null)} and ${boostVisibleTo(null)})`)} as open,
      ${bit(sql`(notes.reply_to_id is null or exists (select 1 from notes above
        where above.id = notes.reply_to_id and above.hidden_at is null and above.visibility in ('public', 'unlisted')))`)} as parent_open,
      ${bit(sql`(notes.quote_id is null or exists (select 1 from notes quoted
        where quoted.id = notes.quote_id and quoted.hidden_at is null and quoted.visibility in ('public', 'unlisted')))`)} as quote_open,
      ${bit(sql`not ${openToStrangers(null, "notes.actor_id")}`)} as apart
    from entries join notes on notes.id = entries.note_id
    where entries.id = ${id} and notes.deleted_at is null`.execute(db);
  return rows[0];
}

/** How one of those that are connected stands to an entry that they may see; 0 or 1. */
export type EntryReader = {
  readonly actor_id: number;
  readonly home: number;
  /** May see what it answers. */
  readonly sees_parent: number;
  /** Has something of their own on it: wrote it, liked, boosted, kept or answered it, or sees a quote that not everybody sees. */
  readonly personal: number;
  readonly follows: number;
  readonly followed_by: number;
};

/**
 * Those of `actorIds` who may see an entry and have not muted or blocked anybody behind it, and whether it stands in their
 * home. One statement. Index: follows, blocks, mutes by (actor_id, target_id), mentions, likes, announces, bookmarks by note.
 */
export async function listEntryReaders(
  db: Db,
  entry: HeardEntry,
  actorIds: readonly number[],
  now: number,
): Promise<readonly EntryReader[]> {
  if (actorIds.length === 0) return [];
  const me = sql<number>`viewer.id`;
  const has = (table: string) =>
    sql`exists (select 1 from ${sql.table(table)} own where own.note_id = entries.note_id and own.actor_id = viewer.id)`;
  const follow = (by: RawBuilder<number>, target: RawBuilder<number>) =>
    sql`exists (select 1 from follows tie where tie.actor_id = ${by} and tie.target_id = ${target} and tie.state = 'accepted')`;
  const author = sql<number>`notes.actor_id`;
  const { rows } = await sql<EntryReader>`
    select viewer.id as actor_id, ${bit(atHomeOf(me))} as home,
      ${bit(seesNote(entry.reply_to_id))} as sees_parent,
      ${bit(sql`(notes.actor_id = viewer.id or ${has("likes")} or ${has("announces")} or ${has("bookmarks")}
        or ${has("poll_votes")}
        ${entry.quote_open === 1 ? sql`` : sql`or ${seesNote(entry.quote_id)}`})`)} as personal,
      ${bit(follow(me, author))} as follows, ${bit(follow(author, me))} as followed_by
    from entries join notes on notes.id = entries.note_id
    cross join (select cast(v.value as bigint) as id from ${texts(db, actorIds)}) viewer
    where entries.id = ${entry.id} and ${visibleTo(me)} and ${boostVisibleTo(me)}
      and ${unmutedBy(me, "notes.actor_id", now)} and ${unmutedBy(me, "entries.actor_id", now)}`.execute(db);
  return rows;
}

function seesNote(id: number | null): RawBuilder<boolean> {
  if (id === null) return sql<boolean>`1 = 0`;
  return sql<boolean>`exists (select 1 from notes where notes.id = ${id} and ${visibleTo(sql<number>`viewer.id`)})`;
}

function bit(condition: RawBuilder<unknown>): RawBuilder<number> {
  return sql<number>`case when ${condition} then 1 else 0 end`;
}

/**
 * Those of some lists in which an entry stands: its author is on them and their kind of answers fits, as `listEntries` has
 * it; whether the owner may see it is not asked here. One statement. Index: lists (id), list_members (list_id, actor_id).
 */
export async function listListsWithEntry(
  db: Db,
  entryId: number,
  listIds: readonly number[],
): Promise<ReadonlySet<number>> {
  if (listIds.length === 0) return new Set();
  const { rows } = await sql<{ id: number }>`
    select lists.id from entries join notes on notes.id = entries.note_id
    cross join (select cast(v.value as bigint) as id from ${texts(db, listIds)}) wanted
    join lists on lists.id = wanted.id
    where entries.id = ${entryId}
      and exists (select 1 from list_members m where m.list_id = lists.id and m.actor_id = entries.actor_id)
      and (entries.reply = 0 or (lists.replies <> 'none' and exists (
        select 1 from notes parent where parent.id = notes.reply_to_id and (parent.actor_id = notes.actor_id
          or (lists.replies = 'list' and exists (
            select 1 from list_members p where p.list_id = lists.id and p.actor_id = parent.actor_id))
          or (lists.replies = 'followed' and (parent.actor_id = lists.actor_id or exists (
            select 1 from follows f where f.actor_id = lists.actor_id and f.target_id = parent.actor_id
              and f.state = 'accepted')))))))`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/**
 * Those of `actorIds` and `listIds` that may have had something which is gone: who wrote it, was named in it or follows its
 * author, and lists with the author. Two statements. Index: follows (actor_id, target_id), mentions, list_members.
 */
export async function listBereaved(
  db: Db,
  gone: { readonly noteId: number; readonly actorId: number; readonly isForFollowers: boolean },
  actorIds: readonly number[],
  listIds: readonly number[],
): Promise<{ readonly actors: ReadonlySet<number>; readonly lists: ReadonlySet<number> }> {
  const follows = sql`exists (select 1 from follows f where f.actor_id = viewer.id and f.target_id = ${gone.actorId}
    and f.state = 'accepted')`;
  const actors = await sql<{ id: number }>`
    select viewer.id from (select cast(v.value as bigint) as id from ${texts(db, actorIds)}) viewer
    where viewer.id = ${gone.actorId}
      or exists (select 1 from mentions m where m.note_id = ${gone.noteId} and m.actor_id = viewer.id)
      ${gone.isForFollowers ? sql`or ${follows}` : sql``}`.execute(db);
  const lists = await sql<{ id: number }>`
    select m.list_id as id from list_members m where m.actor_id = ${gone.actorId} and m.list_id in (
      select cast(v.value as bigint) from ${texts(db, listIds)})`.execute(db);
  return {
    actors: new Set(actors.rows.map((row) => row.id)),
    lists: new Set(gone.isForFollowers ? lists.rows.map((row) => row.id) : []),
  };
}

/** Filters of many accounts that are not over. */
export type FilterOfReader = {
  readonly id: number;
  readonly account_id: number;
  readonly contexts: string;
  readonly action: string;
};

/** Filters of some accounts that are not over, with their words and whether they name a note. Three statements. Index: filters (account_id, id). */
export async function listFiltersOfReaders(
  db: Db,
  accountIds: readonly number[],
  noteId: number,
  now: number,
) {
  if (accountIds.length === 0) return { filters: [], keywords: [], named: new Set<number>() };
  const of = sql`filters.account_id in (select cast(v.value as bigint) from ${texts(db, accountIds)})
    and (filters.expires_at is null or filters.expires_at > ${now})`;
  const filters = await sql<FilterOfReader>`
    select id, account_id, contexts, action from filters where ${of}`.execute(db);
  if (filters.rows.length === 0) return { filters: [], keywords: [], named: new Set<number>() };
  const keywords = await sql<{ filter_id: number; keyword: string; whole_word: number }>`
    select filter_id, keyword, whole_word from filter_keywords join filters on filters.id = filter_keywords.filter_id
    where ${of}`.execute(db);
  const named = await sql<{ filter_id: number }>`
    select filter_id from filter_notes join filters on filters.id = filter_notes.filter_id
    where filter_notes.note_id = ${noteId} and ${of}`.execute(db);
  return {
    filters: filters.rows,
    keywords: keywords.rows,
    named: new Set(named.rows.map((row) => row.filter_id)),
  };
}

/** Conversations of some accounts whose newest note is this one. Index: conversations (account_id, last_note_id). */
export async function listConversationsEndingWith(
  db: Db,
  noteId: number,
  accountIds: readonly number[],
): Promise<readonly { readonly id: number; readonly account_id: number }[]> {
  if (accountIds.length === 0) return [];
  const { rows } = await sql<{ id: number; account_id: number }>`
    select id, account_id from conversations where last_note_id = ${noteId} and account_id in (
      select cast(v.value as bigint) from ${texts(db, accountIds)})`.execute(db);
  return rows;
}
