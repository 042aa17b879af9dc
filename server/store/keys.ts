import type { Insertable, Selectable } from "kysely";
import { type Db, transaction } from "./database.ts";
import type { KeysTable, SpareKeysTable } from "./schema.ts";

export type KeyRow = Selectable<KeysTable>;
export type SpareKeyRow = Selectable<SpareKeysTable>;
export type KeyKind = "rsa" | "ed25519";

/** The key pairs of an actor, at most one of each kind. */
export async function listKeys(db: Db, actorId: number): Promise<readonly KeyRow[]> {
  return await db.selectFrom("keys").selectAll().where("actor_id", "=", actorId).execute();
}

/** Keeps a key unless the actor has one of that kind already: of two processes that make one, the first wins. */
export async function insertKey(db: Db, row: Insertable<KeysTable>): Promise<void> {
  await db
    .insertInto("keys")
    .values(row)
    .onConflict((conflict) => conflict.columns(["actor_id", "kind"]).doNothing())
    .execute();
}

/** How many spare RSA keys wait. */
export async function countSpareKeys(db: Db): Promise<number> {
  const row = await db
    .selectFrom("spare_keys")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}

/** Adds a spare RSA key. */
export async function insertSpareKey(db: Db, row: Insertable<SpareKeysTable>): Promise<void> {
  await db.insertInto("spare_keys").values(row).execute();
}

/** Some waiting spare keys, oldest first; another process may take one before we do. */
export async function listSpareKeys(db: Db, limit: number): Promise<readonly SpareKeyRow[]> {
  return await db.selectFrom("spare_keys").selectAll().orderBy("id").limit(limit).execute();
}

/**
 * Moves a spare key to an actor, resealed by the caller, in one transaction: a spare key is nobody's twice. False when
 * another took it first; the actor then has no key from this call.
 */
export async function assignSpareKey(db: Db, spareId: number, row: Insertable<KeysTable>): Promise<boolean> {
  return await transaction(db, async (tx) => {
    const taken = await tx.deleteFrom("spare_keys").where("id", "=", spareId).executeTakeFirst();
    if (taken.numDeletedRows === 0n) return false;
    await insertKey(tx, row);
    return true;
  });
}

/** The RSA key of an actor, ours or one that another server's actor entrusted to us, with whose it is. */
export async function findSigningKey(
  db: Db,
  actorId: number,
): Promise<{ readonly uri: string; readonly host: string; readonly sealed_private: string } | undefined> {
  return await db
    .selectFrom("keys")
    .innerJoin("actors", "actors.id", "keys.actor_id")
    .select(["actors.uri", "actors.host", "keys.sealed_private"])
    .where("keys.actor_id", "=", actorId)
    .where("keys.kind", "=", "rsa")
    .executeTakeFirst();
}

/** Takes a spare key out of the pool; false when another took it first. */
export async function removeSpareKey(db: Db, id: number): Promise<boolean> {
  const taken = await db.deleteFrom("spare_keys").where("id", "=", id).executeTakeFirst();
  return taken.numDeletedRows > 0n;
}

/** True for an actor of ours, deleted ones included: their Delete has to be signed. */
export async function isLocalActor(db: Db, actorId: number): Promise<boolean> {
  const row = await db
    .selectFrom("actors")
    .select("id")
    .where("id", "=", actorId)
    .where("host", "=", "")
    .executeTakeFirst();
  return row !== undefined;
}
