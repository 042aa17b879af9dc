import { sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import { prepared } from "./prepared.ts";
import type { EntryRow } from "./timelines.ts";
import { visibleTo } from "./visible.ts";

/** Entries of one author that a step looks through at most: from one picture to the next may be far. */
const STEP = 1_000;

/** Notes of one actor with pictures, films or sound, as `viewer` may see them. Index: entries (actor_id, id). */
export async function mediaEntries(
  db: Db,
  viewer: number | null,
  actorId: number,
  cursor: Cursor,
): Promise<Rows<EntryRow>> {
  let query = db
    .selectFrom("entries")
    .innerJoin("notes", "notes.id", "entries.note_id")
    .selectAll("entries")
    .where("entries.actor_id", "=", actorId)
    .where("entries.announce", "=", 0)
    .where("entries.media", ">", 0)
    .where(visibleTo(viewer));
  if (cursor.before !== undefined) query = query.where("entries.id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("entries.id", ">", cursor.after);
  const found = await query
    .orderBy("entries.id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/**
 * The author's nearest older (or newer) note with a picture or a film that `viewer` may see; what is behind a warning is
 * passed over, since a warning is read before its pictures. Index: entries (actor_id, id).
 */
export async function findNeighbour(
  db: Db,
  viewer: number | null,
  note: { readonly id: number; readonly actorId: number },
  way: "older" | "newer",
): Promise<number | null> {
  const [side, order] = way === "older" ? (["<", "desc"] as const) : ([">", "asc"] as const);
  const row = await db
    .selectFrom((eb) =>
      eb
        .selectFrom("entries")
        .select(["note_id", "media"])
        .where("entries.actor_id", "=", note.actorId)
        .where("entries.announce", "=", 0)
        .where("entries.id", side, note.id)
        .orderBy("entries.id", order)
        .limit(STEP)
        .as("near"),
    )
    .innerJoin("notes", "notes.id", "near.note_id")
    .select("notes.id")
    // Bits 1 and 2: pictures and films; a recording alone is nothing to look at.
    .where(sql<boolean>`near.media % 4 > 0`)
    .where("notes.sensitive", "=", 0)
    .where("notes.sensitized_at", "is", null)
    .where("notes.summary", "is", null)
    .where(visibleTo(viewer))
    .orderBy("notes.id", order)
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The preferences of the member behind an actor, as kept; null for actors of other servers. */
export async function findPreferencesOf(db: Db, actorId: number): Promise<string | null> {
  const [row] = await prepared(db, "preferences", { actorId }, (on, places) =>
    on.selectFrom("accounts").select("preferences").where("actor_id", "=", places.actorId),
  );
  return row?.preferences ?? null;
}
