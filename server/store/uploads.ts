import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { UploadsTable } from "./schema.ts";

export type UploadRow = Selectable<UploadsTable>;

/** Writes down an upload that begins. */
export async function insertUpload(db: Db, row: UploadRow): Promise<void> {
  await db.insertInto("uploads").values(row).execute();
}

/** An account's own upload; other people's are not there (threats OAU-10). */
export async function findUpload(db: Db, accountId: number, id: number): Promise<UploadRow | null> {
  const row = await db
    .selectFrom("uploads")
    .selectAll()
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row ?? null;
}

/** An account's unfinished uploads, the one that rested longest first. Index: uploads_account. */
export async function listUploads(db: Db, accountId: number): Promise<readonly UploadRow[]> {
  return await db
    .selectFrom("uploads")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("updated_at")
    .limit(50)
    .execute();
}

/** Moves an upload on, if it still stands where the piece began. False when another piece was quicker. */
export async function advanceUpload(
  db: Db,
  id: number,
  step: { readonly from: number; readonly to: number; readonly now: number },
): Promise<boolean> {
  const result = await db
    .updateTable("uploads")
    .set({ received: step.to, updated_at: step.now })
    .where("id", "=", id)
    .where("received", "=", step.from)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Removes an upload. False when it is gone already. */
export async function removeUpload(db: Db, id: number): Promise<boolean> {
  const result = await db.deleteFrom("uploads").where("id", "=", id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Removes uploads that rested since a time in ms, up to `limit`, and returns the names of their files. Index: uploads_age. */
export async function removeRestingUploads(
  db: Db,
  before: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .deleteFrom("uploads")
    .where("id", "in", (eb) =>
      eb
        .selectFrom("uploads")
        .select("id")
        .where("updated_at", "<", before)
        .orderBy("updated_at")
        .limit(limit),
    )
    .returning("file")
    .execute();
  return rows.map((row) => row.file);
}

/** Which of these files belong to an upload. */
export async function knownUploadFiles(db: Db, files: readonly string[]): Promise<ReadonlySet<string>> {
  if (files.length === 0) return new Set();
  const rows = await db.selectFrom("uploads").select("file").where("file", "in", files).execute();
  return new Set(rows.map((row) => row.file));
}

/** Bytes that the unfinished uploads of everybody that moved since a time in ms have still to bring. Index: uploads_age. */
export async function missingUploadBytes(db: Db, since: number): Promise<number> {
  const row = await db
    .selectFrom("uploads")
    .select((eb) => eb.fn.sum<number | string | null>(eb("size", "-", eb.ref("received"))).as("bytes"))
    .where("updated_at", ">=", since)
    .executeTakeFirstOrThrow();
  return Number(row.bytes ?? 0);
}
