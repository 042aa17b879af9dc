import type { Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { IdentitiesTable } from "./lifeboat-schema.ts";

export type IdentityRow = Selectable<IdentitiesTable>;

/** Who a local actor is beyond this server; undefined without a recovery phrase. Index: the primary key. */
export async function findIdentity(db: Db, actorId: number): Promise<IdentityRow | undefined> {
  return await db.selectFrom("identities").selectAll().where("actor_id", "=", actorId).executeTakeFirst();
}

/** Gives an actor its identity, in place of the one before. */
export async function writeIdentity(db: Db, row: IdentityRow): Promise<void> {
  const { actor_id: _actor, ...change } = row;
  await db
    .insertInto("identities")
    .values(row)
    .onConflict((conflict) => conflict.column("actor_id").doUpdateSet(change))
    .execute();
}

/** Forgets who an actor is beyond this server. */
export async function removeIdentity(db: Db, actorId: number): Promise<void> {
  await db.deleteFrom("identities").where("actor_id", "=", actorId).execute();
}
