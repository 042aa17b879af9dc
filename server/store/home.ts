import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import { prepared } from "./prepared.ts";
import type { EntryRow } from "./timelines.ts";
import { boostVisibleTo, openToStrangers, type Reader, unmutedBy, visibleTo } from "./visible.ts";

// Timelines that are put together for one reader: of those they follow, of a list, of tags. Pulled by index, never written.

/** Who reads, and what a timeline is of: the places of these values in statements that are built once (prepared.ts). */
type Of = { readonly viewer: number; readonly listId: number };

/** A timeline; both parts must look at nothing of `Of` but its places, and are the same for all timelines of the name. */
type Timeline = {
  readonly name: string;
  /** Whose entries, and which tags: queries of one column, `id` and `tag`. */
  readonly authors: ((of: Of) => RawBuilder<unknown>) | null;
  readonly tags: ((of: Of) => RawBuilder<unknown>) | null;
  /** Which of these entries have a place in it. */
  readonly fits: (of: Of) => RawBuilder<boolean>;
};

/** For timelines that are of no list. */
const NO_LIST = 0;

/** Rounds of candidates at most: filters (mutes, blocks, visibility) drop some of each. */
const ROUNDS = 8;

/**
 * Notes and boosts of the viewer's followees and their own, and public notes with tags they follow, newest first. Cost
 * grows with the number of followees and tags (one index probe each), never with the number of notes, also when the
 * followees are silent: see docs/adr on home timelines. Members of exclusive lists stand in their lists instead.
 * Index: follows (actor_id, state, id), entries (actor_id, id), tag_follows (actor_id, tag), note_tags (tag, note_id).
 */
export async function homeEntries(
  db: Db,
  viewer: number,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  return await walk(db, { viewer, listId: NO_LIST }, HOME, cursor, now);
}

/** Members of exclusive lists, who stand in their lists instead of at home. */
function setApart(viewer: Reader): RawBuilder<unknown> {
  return sql`select member.actor_id from list_members member join lists on lists.id = member.list_id
    where lists.actor_id = ${viewer} and lists.exclusive = 1`;
}

function isFollowed(viewer: Reader): RawBuilder<boolean> {
  return sql<boolean>`(entries.actor_id = ${viewer} or (
    exists (select 1 from follows f where f.actor_id = ${viewer} and f.target_id = entries.actor_id
      and f.state = 'accepted' and (entries.announce = 0 or f.show_announces = 1) and ${isRead})
    and entries.actor_id not in (${setApart(viewer)})))`;
}

/** Whether any entry has a place in somebody's home, mutes and blocks aside: what `homeEntries` would find. */
export function atHomeOf(viewer: Reader): RawBuilder<boolean> {
  return sql<boolean>`(${isFollowed(viewer)} or (${openToAll(viewer)} and exists (select 1 from note_tags of_note
    join tag_follows followed on followed.tag = of_note.tag
    where of_note.note_id = entries.note_id and followed.actor_id = ${viewer})))`;
}

const HOME: Timeline = {
  name: "home",
  authors: ({
    viewer,
  }) => sql`select target_id as id from follows where actor_id = ${viewer} and state = 'accepted'
    and target_id not in (${setApart(viewer)}) union all select ${itself(viewer)}`,
  tags: followedTags,
  fits: ({ viewer }) => atHomeOf(viewer),
};

/** A value in the place of a column, where PostgreSQL has to be told its kind. */
function itself(id: number): RawBuilder<unknown> {
  return sql`cast(${id} as bigint)`;
}

/** Public notes with tags that the viewer follows, newest first. Index: tag_follows (actor_id, tag), note_tags (tag, note_id). */
export async function followedTagEntries(
  db: Db,
  viewer: number,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  const timeline: Timeline = {
    name: "tags",
    authors: null,
    tags: followedTags,
    fits: (of) => openToAll(of.viewer),
  };
  return await walk(db, { viewer, listId: NO_LIST }, timeline, cursor, now);
}

/**
 * True when the follow `f` is of all languages, or the note behind the entry is in one of its own, or in none that is known.
 * Both sides are compared by their primary subtag, which every note's own entry has.
 */
const isRead = sql<boolean>`(f.languages is null or not exists (
  select 1 from entries own where own.id = entries.note_id and own.language is not null
    and f.languages not like '%"' || own.language || '"%' and f.languages not like '%"' || own.language || '-%'))`;

/** Notes and boosts of a list's members, newest first. Index: list_members (list_id, actor_id), entries (actor_id, id). */
export async function listEntries(
  db: Db,
  viewer: number,
  list: { readonly id: number; readonly replies: string },
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  const replies = REPLIES.find((one) => one === list.replies) ?? "members";
  const timeline: Timeline = {
    name: `list ${replies}`,
    authors: ({ listId }) => sql`select actor_id as id from list_members where list_id = ${listId}`,
    tags: null,
    fits: (of) => answersFor(of, replies),
  };
  return await walk(db, { viewer, listId: list.id }, timeline, cursor, now);
}

/** Whose answers a list shows beside those of people to themselves; of its members is what everything else means. */
const REPLIES = ["none", "followed", "members"] as const;

function followedTags({ viewer }: Of): RawBuilder<unknown> {
  return sql`select tag from tag_follows where actor_id = ${viewer}`;
}

/** What comes by a tag alone: what its author wrote to everybody, and not as an answer to somebody. */
function openToAll(viewer: Reader): RawBuilder<boolean> {
  return sql<boolean>`(entries.announce = 0 and entries.reply = 0 and entries.visibility = 'public'
    and ${openToStrangers(viewer, "entries.actor_id")})`;
}

/** Whether an entry that answers somebody has a place in a list; people who answer themselves go on writing. */
function answersFor({ viewer, listId }: Of, replies: (typeof REPLIES)[number]): RawBuilder<boolean> {
  const none = sql<boolean>`entries.reply = 0`;
  if (replies === "none") return none;
  const whom =
    replies === "followed"
      ? sql`select target_id from follows where actor_id = ${viewer} and state = 'accepted' union all select ${itself(viewer)}`
      : sql`select actor_id from list_members where list_id = ${listId}`;
  return sql<boolean>`(${none} or exists (select 1 from notes parent where parent.id = notes.reply_to_id
    and (parent.actor_id = notes.actor_id or parent.actor_id in (${whom}))))`;
}

async function walk(
  db: Db,
  of: Of,
  timeline: Timeline,
  cursor: Cursor,
  now: number,
): Promise<Rows<EntryRow>> {
  const found: EntryRow[] = [];
  let at = cursor;
  for (let round = 0; round < ROUNDS && found.length <= cursor.limit; round++) {
    const ids = await candidates(db, of, timeline, at, (cursor.limit + 1) * (round + 1));
    const last = ids.at(-1);
    if (last === undefined) break;
    found.push(...(await showable(db, of, timeline, ids, ascending(cursor), now)));
    at = ascending(cursor) ? { ...at, after: last } : { ...at, before: last };
  }
  return cut(found, cursor);
}

/**
 * The next `count` entry ids below (or above) the cursor. Each source is asked for its nearest entry; only the `count`
 * nearest sources can have entries among the nearest `count`, and only those are asked for more.
 */
async function candidates(
  db: Db,
  of: Of,
  { name, authors, tags }: Timeline,
  cursor: Cursor,
  count: number,
): Promise<readonly number[]> {
  const up = ascending(cursor);
  const values = { ...of, before: cursor.before ?? Number.MAX_SAFE_INTEGER, after: cursor.after ?? 0 };
  const found = await prepared(db, `nearest ${name} ${up} ${count}`, values, (on, places) => {
    const way = wayOf(up, count, places);
    const parts = [
      authors === null ? null : byAuthor(authors(places), way),
      tags === null ? null : byTag(tags(places), way),
    ].filter((part) => part !== null);
    const query = sql<{ id: number }>`${sql.join(parts, sql` union `)}
      order by id ${way.order} limit ${way.count}`;
    return { compile: () => query.compile(on) };
  });
  return found.map((row) => row.id);
}

function wayOf(up: boolean, count: number, ends: { readonly before: number; readonly after: number }): Way {
  return {
    count: sql.lit(count),
    nearest: sql.raw(up ? "min" : "max"),
    farthest: sql.raw(up ? "max" : "min"),
    upTo: sql.raw(up ? "<=" : ">="),
    order: sql.raw(up ? "asc" : "desc"),
    bound: (column: string) =>
      sql`${sql.ref(column)} < ${ends.before} and ${sql.ref(column)} > ${ends.after}`,
  };
}

type Way = {
  readonly count: RawBuilder<unknown>;
  readonly nearest: RawBuilder<unknown>;
  readonly farthest: RawBuilder<unknown>;
  readonly upTo: RawBuilder<unknown>;
  readonly order: RawBuilder<unknown>;
  readonly bound: (column: string) => RawBuilder<unknown>;
};

function byAuthor(authors: RawBuilder<unknown>, { count, nearest, farthest, upTo, order, bound }: Way) {
  return sql`select * from (
    with authors as (${authors}),
    nearest as (
      select author from (select authors.id as author, (
        select ${nearest}(e.id) from entries e where e.actor_id = authors.id and ${bound("e.id")}) as top from authors) found
      where top is not null order by top ${order} limit ${count}),
    reach as (
      select author, (select ${farthest}(x.id) from (
        select e.id from entries e where e.actor_id = nearest.author and ${bound("e.id")}
        order by e.id ${order} limit ${count}) x) as edge from nearest)
    select e.id as id from reach join entries e
      on e.actor_id = reach.author and e.id ${upTo} reach.edge and ${bound("e.id")}
    order by e.id ${order} limit ${count}) by_author`;
}

function byTag(tags: RawBuilder<unknown>, { count, nearest, farthest, upTo, order, bound }: Way) {
  return sql`select * from (
    with tags as (${tags}),
    nearest as (
      select tag from (select tags.tag as tag, (
        select ${nearest}(n.note_id) from note_tags n where n.tag = tags.tag and ${bound("n.note_id")}) as top from tags) found
      where top is not null order by top ${order} limit ${count}),
    reach as (
      select tag, (select ${farthest}(x.note_id) from (
        select n.note_id from note_tags n where n.tag = nearest.tag and ${bound("n.note_id")}
        order by n.note_id ${order} limit ${count}) x) as edge from nearest)
    select n.note_id as id from reach join note_tags n
      on n.tag = reach.tag and n.note_id ${upTo} reach.edge and ${bound("n.note_id")}
    order by n.note_id ${order} limit ${count}) by_tag`;
}

async function showable(
  db: Db,
  of: Of,
  { name, fits }: Timeline,
  ids: readonly number[],
  isAscending: boolean,
  now: number,
): Promise<readonly EntryRow[]> {
  return await prepared(db, `showable ${name} ${isAscending}`, { ...of, ids, now }, (on, places) =>
    on
      .selectFrom("entries")
      .innerJoin("notes", "notes.id", "entries.note_id")
      .selectAll("entries")
      .where("entries.id", "in", places.ids)
      .where(fits(places))
      .where(visibleTo(places.viewer))
      .where(boostVisibleTo(places.viewer))
      .where(unmutedBy(places.viewer, "notes.actor_id", places.now))
      .where(unmutedBy(places.viewer, "entries.actor_id", places.now))
      .orderBy("entries.id", isAscending ? "asc" : "desc"),
  );
}
