import { sql } from "kysely";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { unmutedBy } from "./visible.ts";

export type LastNote = { readonly actor_id: number; readonly at: number };

/**
 * When each of some actors last wrote something that everybody may see, ms; those who never did are left out.
 * Index: notes (actor_id, id), walked from its end for each of them.
 */
export async function findLastNotes(db: Db, ids: readonly number[]): Promise<readonly LastNote[]> {
  if (ids.length === 0) return [];
  const found = await prepared(db, "last notes", { ids }, (on, places) =>
    on
      .selectFrom("actors")
      .select([
        "actors.id as actor_id",
        sql<number | null>`(
          select n.published_at from notes n where n.actor_id = actors.id and n.deleted_at is null
            and n.visibility in ('public', 'unlisted') order by n.id desc limit 1)`.as("at"),
      ])
      .where("actors.id", "in", places.ids),
  );
  return found.flatMap(({ actor_id, at }) => (at === null ? [] : [{ actor_id, at }]));
}

/** Which people a directory shows. */
export type DirectoryChoice = {
  readonly localOnly: boolean;
  /** Who wrote last comes first, or who came last. */
  readonly order: "active" | "new";
  readonly from: number;
  readonly limit: number;
  readonly viewer: number | null;
  readonly now: number;
};

/** Newest entries that are looked at for who wrote last: what lies deeper is not active. */
const LOOKED_AT = 5_000;

/**
 * Ids of people who want to be found. Index: entries_local or the key of entries for the active ones, the key of actors for
 * the new ones.
 */
export async function listDirectory(db: Db, choice: DirectoryChoice): Promise<readonly number[]> {
  const { localOnly, order, from, limit, viewer, now } = choice;
  const isFindable = sql<boolean>`(actors.discoverable = 1 and actors.deleted_at is null and actors.suspended_at is null
    and actors.limited_at is null     and actors.origin_suspended = 0 and actors.moved_to_uri is null and actors.kind <> 'Application'
    ${localOnly ? sql`and actors.host = ''` : sql``}
    ${viewer === null ? sql`` : sql`and ${unmutedBy(viewer, "actors.id", now)}`})`;
  const newest = sql`select entries.id as id, entries.actor_id as actor_id from entries
    where entries.announce = 0 and entries.visibility = 'public'
      ${localOnly ? sql`and entries.local = 1 and entries.reply = 0` : sql``}
    order by entries.id desc limit ${sql.lit(LOOKED_AT)}`;
  const found =
    order === "new"
      ? await sql<{ id: number }>`select actors.id as id from actors where ${isFindable}
          order by actors.id desc limit ${limit} offset ${from}`.execute(db)
      : await sql<{ id: number }>`select actors.id as id from (
            select newest.actor_id as actor_id, max(newest.id) as latest from (${newest}) newest
            group by newest.actor_id) active
          join actors on actors.id = active.actor_id where ${isFindable}
          order by active.latest desc limit ${limit} offset ${from}`.execute(db);
  return found.rows.map((row) => row.id);
}
