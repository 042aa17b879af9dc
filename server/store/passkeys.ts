import type { Insertable, Selectable } from "kysely";
import { sql } from "kysely";
import type { Db } from "./database.ts";
import type { PasskeysTable } from "./schema.ts";

export type PasskeyRow = Selectable<PasskeysTable>;

/** Inserts a passkey; false when its credential is known already. */
export async function insertPasskey(db: Db, row: Insertable<PasskeysTable>): Promise<boolean> {
  const done = await db
    .insertInto("passkeys")
    .values(row)
    .onConflict((conflict) => conflict.column("credential_id").doNothing())
    .returning("id")
    .execute();
  return done.length > 0;
}

/** A passkey by the id that its authenticator gave it. Index: passkeys (credential_id). */
export async function findPasskey(db: Db, credentialId: string): Promise<PasskeyRow | undefined> {
  return await db
    .selectFrom("passkeys")
    .selectAll()
    .where("credential_id", "=", credentialId)
    .executeTakeFirst();
}

/** Passkeys of an account, oldest first. Index: passkeys (account_id, id). */
export async function listPasskeyRows(db: Db, accountId: number): Promise<readonly PasskeyRow[]> {
  return await db
    .selectFrom("passkeys")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("id")
    .limit(50)
    .execute();
}

/** How many passkeys an account has. Index: passkeys (account_id, id). */
export async function countPasskeys(db: Db, accountId: number): Promise<number> {
  const row = await db
    .selectFrom("passkeys")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

/**
 * Notes one use of a passkey. False when another use went further meanwhile: of two answers made by a copied key, one is
 * refused (WebAuthn 3, 7.2, step 22; authenticators without a counter say 0 for ever).
 */
export async function noteUse(
  db: Db,
  id: number,
  use: { readonly counter: number; readonly backedUp: boolean; readonly at: number },
): Promise<boolean> {
  const done = await db
    .updateTable("passkeys")
    .set({ counter: use.counter, backed_up: use.backedUp ? 1 : 0, used_at: use.at })
    .where("id", "=", id)
    .where(sql<boolean>`(counter < ${use.counter} or (counter = 0 and ${use.counter} = 0))`)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Gives a passkey of an account another name; false when it has none of this id. */
export async function renamePasskeyRow(
  db: Db,
  accountId: number,
  id: number,
  name: string,
): Promise<boolean> {
  const done = await db
    .updateTable("passkeys")
    .set({ name })
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** Removes a passkey of an account; false when it has none of this id. */
export async function removePasskeyRow(db: Db, accountId: number, id: number): Promise<boolean> {
  const done = await db
    .deleteFrom("passkeys")
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Removes all passkeys of an account. */
export async function removePasskeys(db: Db, accountId: number): Promise<void> {
  await db.deleteFrom("passkeys").where("account_id", "=", accountId).execute();
}
