import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import type { ReactionsTable } from "./schema.ts";

export type ReactionRow = Selectable<ReactionsTable>;

/** Adds a reaction once per (actor, note, name); false when it was there already. */
export async function insertReaction(db: Db, row: Insertable<ReactionsTable>): Promise<boolean> {
  const done = await db
    .insertInto("reactions")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Takes a reaction back; the removed row, or undefined. */
export async function removeReaction(
  db: Db,
  actorId: number,
  noteId: number,
  name: string,
): Promise<ReactionRow | undefined> {
  return await db
    .deleteFrom("reactions")
    .where("actor_id", "=", actorId)
    .where("note_id", "=", noteId)
    .where("name", "=", name)
    .returningAll()
    .executeTakeFirst();
}

/** A reaction by id. */
export async function findReaction(db: Db, id: number): Promise<ReactionRow | undefined> {
  return await db.selectFrom("reactions").selectAll().where("id", "=", id).executeTakeFirst();
}

/** A reaction by uri. Index: reactions (uri). */
export async function findReactionByUri(db: Db, uri: string): Promise<ReactionRow | undefined> {
  return await db.selectFrom("reactions").selectAll().where("uri", "=", uri).executeTakeFirst();
}

/** Everything an actor reacted with to a note, oldest first. Index: reactions (actor_id, note_id, name). */
export async function listOwnReactions(
  db: Db,
  actorId: number,
  noteId: number,
): Promise<readonly ReactionRow[]> {
  return await db
    .selectFrom("reactions")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("note_id", "=", noteId)
    .orderBy("id")
    .execute();
}

/** Reactions to one note with the same emoji. */
export type ReactionTally = {
  readonly note_id: number;
  readonly name: string;
  readonly emoji_url: string | null;
  readonly count: number;
  readonly mine: boolean;
};

/**
 * Reactions to notes, counted, the most frequent first, at most `shown` of a note: one query, whatever the page holds.
 * Index: reactions (note_id, name, id).
 */
export async function tallyReactions(
  db: Db,
  noteIds: readonly number[],
  viewer: number | null,
  shown: number,
): Promise<readonly ReactionTally[]> {
  if (noteIds.length === 0) return [];
  const values = { viewer: viewer ?? 0, noteIds, shown };
  const rows = await prepared(db, "reactions", values, (on, places) => ({
    compile: () => tally(places).compile(on),
  }));
  return rows.map(({ people, mine, ...row }) => ({
    ...row,
    count: Number(people),
    mine: Number(mine) === 1,
  }));
}

type Tallied = {
  note_id: number;
  name: string;
  emoji_url: string | null;
  people: number;
  mine: number;
};

function tally(by: {
  readonly viewer: number;
  readonly noteIds: readonly number[];
  readonly shown: number;
}): RawBuilder<Tallied> {
  return sql<Tallied>`select note_id, name, emoji_url, people, mine from (
      select note_id, name, emoji_url, count(*) as people,
        max(case when actor_id = ${by.viewer} then 1 else 0 end) as mine,
        row_number() over (partition by note_id order by count(*) desc, min(id)) as place
      from reactions where note_id in (${sql.join([...by.noteIds])}) group by note_id, name, emoji_url) tallied
    where place <= ${by.shown} order by note_id, place`;
}

/** Who reacted to a note, newest first; `id` is the cursor. Index: reactions (note_id, name, id). */
export async function listReactionRows(
  db: Db,
  noteId: number,
  limit: number,
): Promise<readonly ReactionRow[]> {
  return await db
    .selectFrom("reactions")
    .selectAll()
    .where("note_id", "=", noteId)
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}
