import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { DraftsTable } from "./schema.ts";

export type DraftRow = Selectable<DraftsTable>;

/**
 * Writes a draft of an account over its earlier state, which also takes away why it could not be posted, and that it was
 * thrown away; false when the id belongs to somebody else or was posted.
 */
export async function writeDraft(
  db: Db,
  row: {
    readonly id: number;
    readonly accountId: number;
    readonly body: string;
    readonly now: number;
    /** When it is to be posted by itself, ms; null takes it off the schedule. */
    readonly publishAt: number | null;
  },
): Promise<boolean> {
  const state = {
    body: row.body,
    updated_at: row.now,
    publish_at: row.publishAt,
    fault: null,
    deleted_at: null,
  };
  const done = await db
    .insertInto("drafts")
    .values({ id: row.id, account_id: row.accountId, note_id: null, ...state })
    .onConflict((conflict) =>
      conflict
        .column("id")
        .doUpdateSet(state)
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

/** Drafts that wait for their author, last changed first. Index: drafts (account_id, updated_at). */
export async function listDraftRows(db: Db, accountId: number): Promise<readonly DraftRow[]> {
  return await db
    .selectFrom("drafts")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("note_id", "is", null)
    .where("deleted_at", "is", null)
    .where("publish_at", "is", null)
    .orderBy("updated_at", "desc")
    .limit(100)
    .execute();
}

/** Drafts that will be posted by themselves, the next one first. Index: drafts (account_id, updated_at). */
export async function listScheduledRows(
  db: Db,
  accountId: number,
  limit: number,
): Promise<readonly DraftRow[]> {
  return await db
    .selectFrom("drafts")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("note_id", "is", null)
    .where("publish_at", "is not", null)
    .orderBy("publish_at")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** How many drafts of an account wait to be posted by themselves. Index: drafts (account_id, updated_at). */
export async function countScheduled(db: Db, accountId: number): Promise<number> {
  const row = await db
    .selectFrom("drafts")
    .select(({ fn }) => fn.countAll<number | string>().as("count"))
    .where("account_id", "=", accountId)
    .where("note_id", "is", null)
    .where("publish_at", "is not", null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/** Drafts of anybody whose time to be posted has come, the oldest first. Index: drafts_due (partial). */
export async function listDueDrafts(db: Db, now: number, limit: number): Promise<readonly DraftRow[]> {
  return await db
    .selectFrom("drafts")
    .selectAll()
    .where("publish_at", "<=", now)
    .where("note_id", "is", null)
    .orderBy("publish_at")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** Locks a draft that is due until the transaction ends; false when it was posted, changed or taken off meanwhile. */
export async function claimDueDraft(
  db: Db,
  draft: Pick<DraftRow, "id" | "body" | "publish_at">,
): Promise<boolean> {
  const done = await db
    .updateTable("drafts")
    .set({ publish_at: draft.publish_at })
    .where("id", "=", draft.id)
    .where("note_id", "is", null)
    .where("publish_at", "=", draft.publish_at)
    .where("body", "=", draft.body)
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Sets when a waiting draft is posted, ms, or takes it off the schedule; `fault` says why. False when it does not wait. */
export async function reschedule(
  db: Db,
  accountId: number,
  id: number,
  change: { readonly publishAt: number | null; readonly fault?: string },
): Promise<boolean> {
  const done = await db
    .updateTable("drafts")
    .set({ publish_at: change.publishAt, fault: change.fault ?? null })
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .where("note_id", "is", null)
    .where("publish_at", "is not", null)
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
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
        .doUpdateSet({ body: "{}", updated_at: now, note_id: noteId, publish_at: null, fault: null })
        .where("drafts.account_id", "=", accountId),
    )
    .execute();
}

/** Throws a draft away at a time in ms, or takes it back with null. Posted ones stay as they are. */
export async function setDraftDeleted(
  db: Db,
  accountId: number,
  id: number,
  deletedAt: number | null,
): Promise<void> {
  await db
    .updateTable("drafts")
    .set({ deleted_at: deletedAt, publish_at: null })
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .where("note_id", "is", null)
    .execute();
}

/** Forgets posted drafts, and for good those thrown away, older than a time in ms each. */
export async function sweepDrafts(
  db: Db,
  before: { readonly posted: number; readonly deleted: number },
): Promise<void> {
  await db
    .deleteFrom("drafts")
    .where("note_id", "is not", null)
    .where("updated_at", "<", before.posted)
    .execute();
  await db.deleteFrom("drafts").where("deleted_at", "<", before.deleted).execute();
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
