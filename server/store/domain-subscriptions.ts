import type { Insertable, Selectable, Updateable } from "kysely";
import type { Db } from "./database.ts";
import type { DomainSubscriptionsTable } from "./safety-schema.ts";

export type SubscriptionRow = Selectable<DomainSubscriptionsTable>;

/** Subscribes to a list; false when that address is subscribed to already. */
export async function insertSubscription(
  db: Db,
  row: Insertable<DomainSubscriptionsTable>,
): Promise<boolean> {
  const done = await db
    .insertInto("domain_subscriptions")
    .values(row)
    .onConflict((conflict) => conflict.column("url").doNothing())
    .returning("id")
    .executeTakeFirst();
  return done !== undefined;
}

/** Lists that are subscribed to, in order of subscription (primary key). There are a few. */
export async function listSubscriptionRows(db: Db): Promise<readonly SubscriptionRow[]> {
  return await db.selectFrom("domain_subscriptions").selectAll().orderBy("id").execute();
}

export async function findSubscription(db: Db, id: number): Promise<SubscriptionRow | undefined> {
  return await db.selectFrom("domain_subscriptions").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function updateSubscription(
  db: Db,
  id: number,
  change: Updateable<DomainSubscriptionsTable>,
): Promise<void> {
  await db.updateTable("domain_subscriptions").set(change).where("id", "=", id).execute();
}

/** Ends a subscription; false when there is none. */
export async function removeSubscription(db: Db, id: number): Promise<boolean> {
  const done = await db.deleteFrom("domain_subscriptions").where("id", "=", id).executeTakeFirst();
  return done.numDeletedRows > 0n;
}
