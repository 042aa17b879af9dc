import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { DraftsTable } from "./schema.ts";

export type DraftRow = Selectable<DraftsTable>;

/** Writes a draft of an account over its earlier state; false when the id belongs to somebody else or was posted. */
export async function writeDraft(
  db: Db,
  row: { readonly id: number; readonly accountId: number; readonly body: string; readonly now: number },
): Promise<boolean> {
  const done = await db
    .insertInto("drafts")
    .values({ id: row.id, account_id: row.accountId, body: row.body, updated_at: row.now, note_id: null })
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet({ body: row.body, updated_at: row.now })
        .where("drafts.account_id", "=", row.accountId)
        .where("drafts.note_id", "is", null),
    )
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** A draft of this account, posted ones included. */
export async function findDraft(db: Db, accountId: number, id: number): Promise<DraftRow | undefined> {
  return await db
    .selectFrom("drafts")
    .selectAll()
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
}

/** Drafts not yet posted, last changed first. Index: drafts (account_id, updated_at). */
export async function listDraftRows(db: Db, accountId: number): Promise<readonly DraftRow[]> {
  return await db
    .selectFrom("drafts")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("note_id", "is", null)
    .orderBy("updated_at", "desc")
    .limit(100)
    .execute();
}

/** Notes that a draft became a note: its text goes, the tie stays for a while so that a second submit finds the note. */
export async function consumeDraft(
  db: Db,
  accountId: number,
  id: number,
  noteId: number,
  now: number,
): Promise<void> {
  await db
    .insertInto("drafts")
    .values({ id, account_id: accountId, body: "{}", updated_at: now, note_id: noteId })
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet({ body: "{}", updated_at: now, note_id: noteId })
        .where("drafts.account_id", "=", accountId),
    )
    .execute();
}

/** Removes a draft of this account. */
export async function removeDraft(db: Db, accountId: number, id: number): Promise<void> {
  await db.deleteFrom("drafts").where("id", "=", id).where("account_id", "=", accountId).execute();
}

/** Forgets posted drafts older than a time in ms. */
export async function sweepDrafts(db: Db, before: number): Promise<void> {
  await db.deleteFrom("drafts").where("note_id", "is not", null).where("updated_at", "<", before).execute();
}

/** The answer kept for a client's Idempotency-Key, if it was used in the last day. */
export async function findIdempotent(db: Db, accountId: number, key: string, since: number) {
  return await db
    .selectFrom("idempotency")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("key", "=", key)
    .where("created_at", ">=", since)
    .executeTakeFirst();
}

/** Keeps the answer for an Idempotency-Key. */
export async function insertIdempotent(
  db: Db,
  row: {
    readonly accountId: number;
    readonly key: string;
    readonly noteId: number;
    readonly requestHash: string;
    readonly now: number;
  },
): Promise<void> {
  const values = { note_id: row.noteId, request_hash: row.requestHash, created_at: row.now };
  await db
    .insertInto("idempotency")
    .values({ account_id: row.accountId, key: row.key, ...values })
    .onConflict((conflict) => conflict.columns(["account_id", "key"]).doUpdateSet(values))
    .execute();
}

/** Forgets kept answers older than a time in ms. */
export async function sweepIdempotent(db: Db, before: number): Promise<void> {
  await db.deleteFrom("idempotency").where("created_at", "<", before).execute();
}
