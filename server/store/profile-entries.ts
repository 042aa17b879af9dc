import { sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { EntryRow } from "./timelines.ts";
import { boostVisibleTo, visibleTo } from "./visible.ts";

/** What of somebody's notes and boosts is asked for; left out = all. */
export type ProfileSieve = {
  /** Answers to oneself go on writing: they are no replies. */
  readonly withoutReplies?: boolean | undefined;
  readonly withoutBoosts?: boolean | undefined;
  /** Notes of their own with pictures, films or sound. */
  readonly mediaOnly?: boolean | undefined;
  readonly withoutDirect?: boolean | undefined;
  /** As compared (`normalizeTag`). */
  readonly tag?: string | undefined;
};

/**
 * Notes and boosts of one actor as `viewer` may see them, newest first. Index: entries (actor_id, id), note_tags (tag,
 * note_id).
 */
export async function sievedProfileEntries(
  db: Db,
  viewer: number | null,
  actorId: number,
  cursor: Cursor,
  sieve: ProfileSieve,
): Promise<Rows<EntryRow>> {
  const { tag } = sieve;
  let query = db
    .selectFrom("entries")
    .innerJoin("notes", "notes.id", "entries.note_id")
    .selectAll("entries")
    .where("entries.actor_id", "=", actorId)
    .where(visibleTo(viewer))
    .where(boostVisibleTo(viewer));
  if (sieve.withoutReplies === true)
    query = query.where(
      sql<boolean>`(entries.reply = 0 or exists (select 1 from notes parent
        where parent.id = notes.reply_to_id and parent.actor_id = notes.actor_id))`,
    );
  if (sieve.withoutBoosts === true || sieve.mediaOnly === true)
    query = query.where("entries.announce", "=", 0);
  if (sieve.mediaOnly === true) query = query.where("notes.media", "<>", 0);
  if (sieve.withoutDirect === true) query = query.where("entries.visibility", "<>", "direct");
  if (tag !== undefined)
    query = query.where("entries.note_id", "in", (eb) =>
      eb.selectFrom("note_tags").select("note_id").where("tag", "=", tag),
    );
  if (cursor.before !== undefined) query = query.where("entries.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("entries.id", ">", cursor.after);
  const found = await query
    .orderBy("entries.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}
