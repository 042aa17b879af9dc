import { asId, type AccountId } from "../domain/ids.ts";
import type { Db } from "./database.ts";

/** Puts new recovery codes in place of all old ones; call it in a transaction. */
export async function replaceRecoveryCodes(
  db: Db,
  accountId: number,
  codes: readonly { readonly id: number; readonly hash: string }[],
): Promise<void> {
  await db.deleteFrom("recovery_codes").where("account_id", "=", accountId).execute();
  if (codes.length === 0) return;
  await db
    .insertInto("recovery_codes")
    .values(codes.map(({ id, hash }) => ({ id, account_id: accountId, code_hash: hash, used_at: null })))
    .execute();
}

/** Uses a recovery code up: true for the one who was first. Index: recovery_codes (account_id, code_hash). */
export async function takeRecoveryCode(
  db: Db,
  accountId: number,
  hash: string,
  now: number,
): Promise<boolean> {
  const done = await db
    .updateTable("recovery_codes")
    .set({ used_at: now })
    .where("account_id", "=", accountId)
    .where("code_hash", "=", hash)
    .where("used_at", "is", null)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Recovery codes that are left. Index: recovery_codes (account_id, code_hash). */
export async function countRecoveryCodes(db: Db, accountId: number): Promise<number> {
  const row = await db
    .selectFrom("recovery_codes")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("account_id", "=", accountId)
    .where("used_at", "is", null)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/**
 * Uses a one-time password up: true when its time step (30 s) is later than every step used before (RFC 6238, 5.2), so
 * that no code is taken twice, whoever races.
 */
export async function takeTotpStep(db: Db, accountId: number, step: number): Promise<boolean> {
  const done = await db
    .updateTable("accounts")
    .set({ totp_step: step })
    .where("id", "=", accountId)
    .where("totp_step", "<", step)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Inserts a reset link and removes the earlier ones of the account; only the token's hash is stored. */
export async function insertResetLink(
  db: Db,
  row: {
    readonly token_hash: string;
    readonly account_id: number;
    readonly created_at: number;
    readonly expires_at: number;
  },
): Promise<void> {
  await removeResetLinks(db, row.account_id);
  await db.insertInto("reset_links").values(row).execute();
}

/** The account of a reset link that can still be used at `now` (ms). */
export async function findResetLink(db: Db, tokenHash: string, now: number): Promise<AccountId | null> {
  const row = await db
    .selectFrom("reset_links")
    .select("account_id")
    .where("token_hash", "=", tokenHash)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return row === undefined ? null : asId(row.account_id);
}

/** Uses a reset link up: true for the one who was first. */
export async function takeResetLink(db: Db, tokenHash: string, now: number): Promise<boolean> {
  const done = await db
    .deleteFrom("reset_links")
    .where("token_hash", "=", tokenHash)
    .where("expires_at", ">", now)
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Removes the reset links of an account. Index: reset_links_account. */
export async function removeResetLinks(db: Db, accountId: number): Promise<void> {
  await db.deleteFrom("reset_links").where("account_id", "=", accountId).execute();
}

/** Removes reset links that ran out. */
export async function sweepResetLinks(db: Db, now: number): Promise<void> {
  await db.deleteFrom("reset_links").where("expires_at", "<=", now).execute();
}
