import { type RawBuilder, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor } from "./page.ts";
import type { EntryRow } from "./timelines.ts";
import { openToStrangers, unmutedBy, visibleTo } from "./visible.ts";

/** What to look for; `bits` as in `domain/explore.ts`, 0 = anything. */
export type Sieve = {
  /** `everywhere`: of members and of those who want to be found; `known`: whatever is stored; `elsewhere`: of that, not ours. */
  readonly from: "here" | "everywhere" | "known" | "elsewhere";
  readonly bits: number;
  /** Primary subtags; empty = every language. */
  readonly languages: readonly string[];
  /** Leaves out what its author closed: for pages that everybody sees at first sight. */
  readonly calm: boolean;
};

/** Rows newest first; `edge` is where a further look begins, null when the end was reached. */
export type Sieved = { readonly rows: readonly EntryRow[]; readonly edge: number | null };

/** Entries looked at in one round, and rounds at most: a rare language must not make a page walk through everything. */
const WINDOW = 500;
const ROUNDS = 4;

/**
 * Public notes that answer nobody and pass a sieve, newest first. Looks at 2,000 entries at most and says where it
 * stopped. Index: entries_local, entries_local_media (partial), for what is known from everywhere the key of entries.
 */
export async function exploreEntries(
  db: Db,
  viewer: number | null,
  sieve: Sieve,
  cursor: Cursor,
  now: number,
): Promise<Sieved> {
  const up = ascending(cursor);
  const found: EntryRow[] = [];
  let at: Cursor = cursor;
  let edge: number | null = null;
  for (let round = 0; round < ROUNDS && found.length <= cursor.limit; round++) {
    edge = await windowEdge(db, sieve, at);
    const wanted = cursor.limit + 1 - found.length;
    found.push(...(await sieved(db, viewer, sieve, { at, edge, wanted, now })));
    if (edge === null) break;
    at = up ? { ...at, after: edge } : { ...at, before: edge };
  }
  const rows = found.slice(0, cursor.limit);
  const further = found.length > cursor.limit ? (rows.at(-1)?.id ?? null) : edge;
  return { rows: up ? rows.toReversed() : rows, edge: further };
}

/** The entry at the far end of the next window; null when fewer are left. */
async function windowEdge(db: Db, sieve: Sieve, at: Cursor): Promise<number | null> {
  const order = sql.raw(ascending(at) ? "asc" : "desc");
  const found = await sql<{
    id: number;
  }>`select entries.id from entries where ${indexed(sieve)} and ${within(at)}
    order by entries.id ${order} limit 1 offset ${sql.lit(WINDOW - 1)}`.execute(db);
  return found.rows[0]?.id ?? null;
}

/** Spelled with the words of the partial indexes, so that both databases use them. */
function indexed(sieve: Sieve): RawBuilder<boolean> {
  if (sieve.from !== "here") return sql`entries.announce = 0`;
  const local = sql<boolean>`entries.local = 1 and entries.announce = 0 and entries.reply = 0 and entries.visibility = 'public'`;
  return sieve.bits === 0 ? local : sql`${local} and entries.media > 0`;
}

function within(at: Cursor): RawBuilder<boolean> {
  return sql`entries.id < ${at.before ?? Number.MAX_SAFE_INTEGER} and entries.id > ${at.after ?? 0}`;
}

async function sieved(
  db: Db,
  viewer: number | null,
  sieve: Sieve,
  look: { readonly at: Cursor; readonly edge: number | null; readonly wanted: number; readonly now: number },
): Promise<readonly EntryRow[]> {
  const { at, edge } = look;
  const up = ascending(at);
  let query = db
    .selectFrom("entries")
    .innerJoin("notes", "notes.id", "entries.note_id")
    .selectAll("entries")
    .where(indexed(sieve))
    .where(within(at))
    .where(passes(sieve))
    .where(visibleTo(viewer))
    .where(openToStrangers(viewer, "notes.actor_id"));
  if (edge !== null) query = query.where("entries.id", up ? "<=" : ">=", edge);
  if (viewer !== null) query = query.where(unmutedBy(viewer, "notes.actor_id", look.now));
  return await query
    .orderBy("entries.id", up ? "asc" : "desc")
    .limit(look.wanted)
    .execute();
}

/** What of an entry and its note has to be right; the same for what is new and what is popular. */
function passes(sieve: Sieve): RawBuilder<boolean> {
  const parts: RawBuilder<boolean>[] = [
    sql`entries.announce = 0 and entries.reply = 0 and entries.visibility = 'public' and notes.visibility = 'public'`,
  ];
  if (sieve.from === "everywhere") parts.push(findable);
  if (sieve.from === "elsewhere") parts.push(sql`entries.local = 0`);
  if (sieve.bits !== 0) parts.push(sql`(entries.media & ${sql.lit(sieve.bits)}) <> 0`);
  if (sieve.languages.length > 0) parts.push(sql`entries.language in (${sql.join(sieve.languages)})`);
  if (sieve.calm) parts.push(calm);
  return sql<boolean>`(${sql.join(parts, sql` and `)})`;
}

/** Nothing that its author, or moderators, cover. */
const calm = sql<boolean>`(notes.sensitive = 0 and notes.sensitized_at is null and not exists (
  select 1 from actors covered where covered.id = notes.actor_id and covered.sensitized_at is not null))`;

/** Members write where members look; of all others, who wants to be found (FEP-5feb `discoverable`). */
const findable = sql<boolean>`(entries.local = 1 or exists (
  select 1 from actors author where author.id = entries.actor_id and author.discoverable = 1))`;

/** Those of the notes that pass a sieve and that the viewer may see, in no order. */
export async function sieveNotes(
  db: Db,
  viewer: number | null,
  sieve: Sieve,
  noteIds: readonly number[],
  now: number,
): Promise<ReadonlySet<number>> {
  if (noteIds.length === 0) return new Set();
  let query = db
    .selectFrom("entries")
    .innerJoin("notes", "notes.id", "entries.note_id")
    .innerJoin("actors", "actors.id", "notes.actor_id")
    .select("entries.id")
    .where("entries.id", "in", [...noteIds])
    .where("actors.discoverable", "=", 1)
    .where(passes(sieve))
    .where(visibleTo(viewer))
    .where(openToStrangers(viewer, "notes.actor_id"));
  if (sieve.from === "here") query = query.where("entries.local", "=", 1);
  if (viewer !== null) query = query.where(unmutedBy(viewer, "notes.actor_id", now));
  return new Set((await query.execute()).map((row) => row.id));
}
