import { type Insertable, type Selectable, sql } from "kysely";
import { fromJson } from "./codec.ts";
import type { Db } from "./database.ts";
import { writeMediaKinds } from "./note-media.ts";
import { prepared } from "./prepared.ts";
import type { AttachmentsTable } from "./schema.ts";

export type AttachmentRow = Selectable<AttachmentsTable>;

/** Keeps an uploaded file that no note holds yet. */
export async function insertAttachment(db: Db, row: Insertable<AttachmentsTable>): Promise<void> {
  await db.insertInto("attachments").values(row).execute();
  if (typeof row.note_id === "number") await writeMediaKinds(db, row.note_id);
}

/** An attachment with whether pictures of its author's server are taken (`actors.media_rejected`). */
export type ListedAttachmentRow = AttachmentRow & { readonly media_rejected: 0 | 1 | null };

/** Attachments of notes, in order. Indexes: attachments (note_id, position), actors (primary key). */
export async function listAttachments(
  db: Db,
  noteIds: readonly number[],
): Promise<readonly ListedAttachmentRow[]> {
  if (noteIds.length === 0) return [];
  return await prepared(db, "attachments", { noteIds }, (on, places) =>
    on
      .selectFrom("attachments")
      .leftJoin("actors", "actors.id", "attachments.actor_id")
      .selectAll("attachments")
      .select("actors.media_rejected")
      .where("attachments.note_id", "in", places.noteIds)
      .orderBy("attachments.note_id")
      .orderBy("attachments.position"),
  );
}

/** An actor's own uploads by id, in the order asked for; other people's ids are left out (threats MED-07). */
export async function findOwnAttachments(
  db: Db,
  actorId: number,
  ids: readonly number[],
): Promise<readonly AttachmentRow[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("attachments")
    .selectAll()
    .where("actor_id", "=", actorId)
    .where("id", "in", ids)
    .execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Changes the description of an actor's own upload. */
export async function updateAlt(db: Db, actorId: number, id: number, alt: string): Promise<void> {
  await db
    .updateTable("attachments")
    .set({ alt })
    .where("id", "=", id)
    .where("actor_id", "=", actorId)
    .execute();
}

/** Changes what must stay in sight of an actor's own upload. */
export async function updateFocus(
  db: Db,
  actorId: number,
  id: number,
  focus: { readonly x: number; readonly y: number } | null,
): Promise<void> {
  await db
    .updateTable("attachments")
    .set({
      focus_x: focus === null ? null : share(focus.x),
      focus_y: focus === null ? null : share(focus.y),
    })
    .where("id", "=", id)
    .where("actor_id", "=", actorId)
    .execute();
}

/** Ties an actor's own free uploads to a note, in order; anything else is left alone. */
export async function attachToNote(
  db: Db,
  change: {
    readonly actorId: number;
    readonly noteId: number;
    readonly media: readonly {
      readonly id: number;
      readonly alt?: string | undefined;
      /** From -1 to 1 each way. */
      readonly focus?: { readonly x: number; readonly y: number } | undefined;
    }[];
  },
): Promise<void> {
  for (const [position, item] of change.media.entries())
    await db
      .updateTable("attachments")
      .set({
        note_id: change.noteId,
        position,
        ...(item.alt === undefined ? {} : { alt: item.alt }),
        ...(item.focus === undefined ? {} : { focus_x: share(item.focus.x), focus_y: share(item.focus.y) }),
      })
      .where("id", "=", item.id)
      .where("actor_id", "=", change.actorId)
      .where("note_id", "is", null)
      .execute();
  await writeMediaKinds(db, change.noteId);
}

/** A share from -1 to 1 in thousandths. */
function share(value: number): number {
  return Math.round(Math.min(1, Math.max(-1, value)) * 1000);
}

/** Columns of an attachment that name files of the store; `filesOf` reads them. */
export const FILE_COLUMNS = ["file", "variants", "cover_file", "captions", "source_file"] as const;

/** Names of all files that belong to an attachment: itself, its other sizes, cover, captions and what it was made of. */
export function filesOf(row: Pick<AttachmentRow, (typeof FILE_COLUMNS)[number]>): readonly string[] {
  const kept = [row.variants, row.captions].flatMap((json) =>
    fromJson<readonly { readonly file: string }[]>(json, []).map(({ file }) => file),
  );
  return [row.file, row.cover_file, row.source_file, ...kept].filter((name) => name !== null);
}

/** Removes a note's attachments and returns the names of the files that are now nobody's. */
export async function detachFromNote(db: Db, noteId: number): Promise<readonly string[]> {
  const rows = await db
    .deleteFrom("attachments")
    .where("note_id", "=", noteId)
    .returning(FILE_COLUMNS)
    .execute();
  return rows.flatMap(filesOf);
}

/** Addresses of other servers' media of notes, covers of films included. Index: attachments (note_id, position). */
export async function listRemoteMedia(db: Db, noteIds: readonly number[]): Promise<readonly string[]> {
  if (noteIds.length === 0) return [];
  const rows = await db
    .selectFrom("attachments")
    .select(["remote_url", "cover_url"])
    .where("note_id", "in", noteIds)
    .execute();
  return rows.flatMap((row) => [row.remote_url, row.cover_url].filter((url) => url !== null));
}

/** Attachments of a received note: addresses only, the files stay where they are. */
export async function insertRemoteAttachments(
  db: Db,
  rows: readonly Insertable<AttachmentsTable>[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("attachments")
    .values([...rows])
    .execute();
  for (const noteId of new Set(rows.flatMap((row) => row.note_id ?? []))) await writeMediaKinds(db, noteId);
}

/** Replaces a received note's attachments after an edit. */
export async function replaceRemoteAttachments(
  db: Db,
  noteId: number,
  rows: readonly Insertable<AttachmentsTable>[],
): Promise<void> {
  await db.deleteFrom("attachments").where("note_id", "=", noteId).where("file", "is", null).execute();
  await insertRemoteAttachments(db, rows);
  if (rows.length === 0) await writeMediaKinds(db, noteId);
}

/** Removes one free upload of an actor; the names of its files, or null when there was none. */
export async function removeFreeAttachment(
  db: Db,
  actorId: number,
  id: number,
): Promise<readonly string[] | null> {
  const row = await db
    .deleteFrom("attachments")
    .where("id", "=", id)
    .where("actor_id", "=", actorId)
    .where("note_id", "is", null)
    .returning(FILE_COLUMNS)
    .executeTakeFirst();
  return row === undefined ? null : filesOf(row);
}

/**
 * Uploads older than a time in ms that neither a note nor a waiting draft holds. A draft's JSON is searched for the id as
 * text: ids have 16 digits, so a chance hit is rare, and keeps a file. Index: attachments_free (partial).
 */
export async function listFreeAttachments(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly AttachmentRow[]> {
  return await db
    .selectFrom("attachments")
    .selectAll()
    .where("note_id", "is", null)
    .where("created_at", "<", before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("drafts")
            .innerJoin("accounts", "accounts.id", "drafts.account_id")
            .select("drafts.id")
            .whereRef("accounts.actor_id", "=", "attachments.actor_id")
            .where("drafts.note_id", "is", null)
            .where(sql<boolean>`drafts.body like '%' || cast(attachments.id as text) || '%'`),
        ),
      ),
    )
    .orderBy("created_at")
    .limit(limit)
    .execute();
}
