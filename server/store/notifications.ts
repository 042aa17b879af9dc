import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { NotificationsTable } from "./schema.ts";
import { unmutedBy } from "./visible.ts";

export type NotificationRow = Selectable<NotificationsTable>;

/** Adds notifications; the same one twice is one. */
export async function insertNotifications(
  db: Db,
  rows: readonly Insertable<NotificationsTable>[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("notifications")
    .values([...rows])
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Notifications of an account, newest first, without those from muted or blocked actors. Index: notifications (account_id, id). */
export async function listNotificationRows(
  db: Db,
  account: { readonly accountId: number; readonly actorId: number },
  cursor: Cursor,
  now: number,
): Promise<Rows<NotificationRow>> {
  let query = db
    .selectFrom("notifications")
    .selectAll()
    .where("account_id", "=", account.accountId)
    .where(heardBy(account.actorId, now));
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** Unread notifications, counted up to 100. Index: notifications (account_id, id). */
export async function countUnreadRows(
  db: Db,
  account: { readonly accountId: number; readonly actorId: number },
  now: number,
): Promise<number> {
  const rows = await db
    .selectFrom("notifications")
    .innerJoin("accounts", "accounts.id", "notifications.account_id")
    .select("notifications.id")
    .where("notifications.account_id", "=", account.accountId)
    .whereRef("notifications.id", ">", "accounts.notifications_read_id")
    .where(heardBy(account.actorId, now))
    .limit(100)
    .execute();
  return rows.length;
}

/** Muted and blocked actors are not heard of; that somebody was reported is about duty, not about hearing of them. */
function heardBy(actorId: number, now: number): RawBuilder<boolean> {
  return sql<boolean>`(notifications.kind = 'report' or ${unmutedBy(actorId, "notifications.actor_id", now)})`;
}

/** Removes what a taken-back fact had told. */
export async function removeNotifications(
  db: Db,
  match: {
    readonly accountId: number;
    readonly kinds: readonly string[];
    readonly actorId: number;
    readonly noteId?: number;
  },
): Promise<void> {
  let query = db
    .deleteFrom("notifications")
    .where("account_id", "=", match.accountId)
    .where("kind", "in", [...match.kinds])
    .where("actor_id", "=", match.actorId);
  if (match.noteId !== undefined) query = query.where("note_id", "=", match.noteId);
  await query.execute();
}
