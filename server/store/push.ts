import type { Insertable, Selectable } from "kysely";
import type { Db } from "./database.ts";
import type { PushSubscriptionsTable } from "./schema.ts";

export type PushRow = Selectable<PushSubscriptionsTable>;

/** Keeps where a browser or an app wants to be told; what it had subscribed before is replaced. */
export async function insertPush(db: Db, row: Insertable<PushSubscriptionsTable>): Promise<void> {
  const { id: _, endpoint_hash: _hash, account_id: _account, ...columns } = row;
  await db
    .insertInto("push_subscriptions")
    .values(row)
    .onConflict((conflict) => conflict.columns(["endpoint_hash", "account_id"]).doUpdateSet(columns))
    .execute();
}

/** Subscriptions of an account, newest first, with the app they are of. Index: push_subscriptions (account_id). */
export async function listPush(
  db: Db,
  accountId: number,
): Promise<readonly (PushRow & { readonly app_name: string | null })[]> {
  return await db
    .selectFrom("push_subscriptions")
    .leftJoin("tokens", "tokens.id", "push_subscriptions.token_id")
    .leftJoin("apps", "apps.id", "tokens.app_id")
    .selectAll("push_subscriptions")
    .select("apps.name as app_name")
    .where("push_subscriptions.account_id", "=", accountId)
    .orderBy("push_subscriptions.id", "desc")
    .limit(100)
    .execute();
}

/** The subscription that belongs to an app's token. Index: push_subscriptions (token_id). */
export async function findPushOfToken(db: Db, tokenId: number): Promise<PushRow | undefined> {
  return await db
    .selectFrom("push_subscriptions")
    .selectAll()
    .where("token_id", "=", tokenId)
    .executeTakeFirst();
}

/** Changes what an app's subscription is told. */
export async function updatePush(
  db: Db,
  id: number,
  change: { readonly kinds?: string; readonly policy?: string },
): Promise<void> {
  if (Object.keys(change).length === 0) return;
  await db.updateTable("push_subscriptions").set(change).where("id", "=", id).execute();
}

/** Removes the subscription of an app's token, if there is one. Index: push_subscriptions (token_id). */
export async function removePushOfToken(db: Db, tokenId: number): Promise<void> {
  await db.deleteFrom("push_subscriptions").where("token_id", "=", tokenId).execute();
}

/** Subscriptions of accounts. Index: push_subscriptions (account_id). */
export async function listPushOf(
  db: Db,
  accountIds: readonly number[],
): Promise<readonly Pick<PushRow, "id" | "account_id" | "kinds">[]> {
  if (accountIds.length === 0) return [];
  return await db
    .selectFrom("push_subscriptions")
    .select(["id", "account_id", "kinds"])
    .where("account_id", "in", [...accountIds])
    .execute();
}

/** A subscription by id. */
export async function findPush(db: Db, id: number): Promise<PushRow | undefined> {
  return await db.selectFrom("push_subscriptions").selectAll().where("id", "=", id).executeTakeFirst();
}

/** Changes the kinds of all browsers of an account; apps choose for themselves. */
export async function updatePushKinds(db: Db, accountId: number, kinds: string): Promise<void> {
  await db
    .updateTable("push_subscriptions")
    .set({ kinds })
    .where("account_id", "=", accountId)
    .where("token_id", "is", null)
    .execute();
}

/** Notes since when a subscription cannot be reached, ms; null = it can. */
export async function setPushFailing(db: Db, id: number, since: number | null): Promise<void> {
  await db.updateTable("push_subscriptions").set({ failing_since: since }).where("id", "=", id).execute();
}

/** Removes a subscription; of an account alone, when one is named. True when there was one. */
export async function removePush(db: Db, id: number, accountId?: number): Promise<boolean> {
  let query = db.deleteFrom("push_subscriptions").where("id", "=", id);
  if (accountId !== undefined) query = query.where("account_id", "=", accountId);
  return (await query.executeTakeFirst()).numDeletedRows > 0n;
}
