import { MEDIA_BITS } from "../domain/explore.ts";
import type { Db } from "./database.ts";

/**
 * Writes at a note and its own entry which kinds of media it has, so that lists can be filtered by index. To be called
 * whenever its attachments change, or become ready: what is still being worked on is not counted.
 */
export async function writeMediaKinds(db: Db, noteId: number): Promise<void> {
  const rows = await db
    .selectFrom("attachments")
    .select("kind")
    .distinct()
    .where("note_id", "=", noteId)
    .where("state", "=", "ready")
    .execute();
  const media = rows.reduce((bits, { kind }) => bits | bitOf(kind), 0);
  await db.updateTable("notes").set({ media }).where("id", "=", noteId).execute();
  await db
    .updateTable("entries")
    .set({ media })
    .where("note_id", "=", noteId)
    .where("announce", "=", 0)
    .execute();
}

function bitOf(kind: string): number {
  return kind === "image" || kind === "video" || kind === "audio" ? MEDIA_BITS[kind] : 0;
}
