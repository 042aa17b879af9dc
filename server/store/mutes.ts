import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";

export type MuteRow = {
  readonly id: number;
  readonly target_id: number;
  readonly expires_at: number | null;
  readonly hide_notifications: number;
};

/** Mutes of an actor that are not over, newest first; the cursor is the mute. Index: mutes (actor_id, target_id). */
export async function listMuteRows(
  db: Db,
  actorId: number,
  cursor: Cursor,
  now: number,
): Promise<Rows<MuteRow>> {
  let query = db
    .selectFrom("mutes")
    .select(["id", "target_id", "expires_at", "hide_notifications"])
    .where("actor_id", "=", actorId)
    .where((eb) => eb.or([eb("expires_at", "is", null), eb("expires_at", ">", now)]));
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  return cut(
    await query
      .orderBy("id", ascending(cursor) ? "asc" : "desc")
      .limit(cursor.limit + 1)
      .execute(),
    cursor,
  );
}
