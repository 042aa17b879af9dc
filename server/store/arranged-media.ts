import type { Db } from "./database.ts";

export type ArrangedMedia = {
  readonly id: number;
  readonly alt?: string | undefined;
  /** From -1 to 1 each way; null for the middle. */
  readonly focus?: { readonly x: number; readonly y: number } | null | undefined;
  readonly isCover?: boolean | undefined;
};

/** Gives a note its files in this order: an actor's own that are free or the note's already; anything else is left alone. */
export async function arrangeMedia(
  db: Db,
  change: { readonly actorId: number; readonly noteId: number; readonly media: readonly ArrangedMedia[] },
): Promise<void> {
  for (const [position, item] of change.media.entries())
    await db
      .updateTable("attachments")
      .set({ note_id: change.noteId, position, ...columnsOf(item) })
      .where("id", "=", item.id)
      .where("actor_id", "=", change.actorId)
      .where((eb) => eb.or([eb("note_id", "is", null), eb("note_id", "=", change.noteId)]))
      .execute();
}

/** Changes what is said of an actor's own upload that no note holds yet. */
export async function describeMedia(db: Db, actorId: number, item: ArrangedMedia): Promise<void> {
  const columns = columnsOf(item);
  if (Object.keys(columns).length === 0) return;
  await db
    .updateTable("attachments")
    .set(columns)
    .where("id", "=", item.id)
    .where("actor_id", "=", actorId)
    .where("note_id", "is", null)
    .execute();
}

function columnsOf({ alt, focus, isCover }: ArrangedMedia) {
  return {
    ...(alt === undefined ? {} : { alt }),
    ...(focus === undefined
      ? {}
      : {
          focus_x: focus === null ? null : thousandths(focus.x),
          focus_y: focus === null ? null : thousandths(focus.y),
        }),
    ...(isCover === undefined ? {} : { is_cover: isCover ? (1 as const) : (0 as const) }),
  };
}

function thousandths(share: number): number {
  return Math.round(Math.min(1, Math.max(-1, share)) * 1000);
}

/** Takes from a note what is not in `keep`; it is nobody's then, and maintenance removes its files. */
export async function dropMedia(db: Db, noteId: number, keep: readonly number[]): Promise<void> {
  await db
    .updateTable("attachments")
    .set({ note_id: null, position: 0, is_cover: 0 })
    .where("note_id", "=", noteId)
    .where("id", "not in", keep.length === 0 ? [0] : [...keep])
    .execute();
}

/** Frees all files of a note, as if they had just been uploaded; ms. */
export async function freeMedia(db: Db, noteId: number, now: number): Promise<void> {
  await db
    .updateTable("attachments")
    .set({ note_id: null, position: 0, is_cover: 0, created_at: now })
    .where("note_id", "=", noteId)
    .execute();
}

/** Notes of this server whose time is over, the oldest first. Index: notes_expiring (partial). */
export async function listExpiredNotes(db: Db, now: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("notes")
    .select("id")
    .where("expires_at", "<=", now)
    .where("local", "=", 1)
    .where("deleted_at", "is", null)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}
