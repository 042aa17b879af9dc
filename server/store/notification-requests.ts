import { type Insertable, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { NotificationRequestsTable } from "./schema.ts";

// Notifications that wait until somebody says whether they want to hear of the person, and what decides that they do.

export type RequestRow = Selectable<NotificationRequestsTable> & {
  /** Notifications that wait in it. */
  readonly waiting: number;
};

/** What an account's policy asks about the actor who did something. */
export type SenderFacts = {
  readonly account_id: number;
  readonly actor_id: number;
  readonly preferences: string;
  readonly sender_since: number;
  readonly sender_limited_at: number | null;
  readonly follows: number;
  readonly follower_since: number | null;
  readonly permitted: number;
};

/** The same for several accounts, in one statement. Indexes: primary keys, follows (actor_id, target_id). */
export async function listSenderFacts(
  db: Db,
  accountIds: readonly number[],
  senderId: number,
): Promise<readonly SenderFacts[]> {
  if (accountIds.length === 0) return [];
  const rows = await db
    .selectFrom("accounts")
    .innerJoin("actors as sender", (join) => join.on("sender.id", "=", senderId))
    .select([
      "accounts.id as account_id",
      "accounts.actor_id",
      "accounts.preferences",
      "sender.published_at as sender_since",
      "sender.limited_at as sender_limited_at",
      sql<number>`(select count(*) from follows where follows.actor_id = accounts.actor_id
        and follows.target_id = sender.id and follows.state = 'accepted')`.as("follows"),
      sql<number | null>`(select max(follows.created_at) from follows where follows.actor_id = sender.id
        and follows.target_id = accounts.actor_id and follows.state = 'accepted')`.as("follower_since"),
      sql<number>`(select count(*) from notification_permissions permission
        where permission.account_id = accounts.id and permission.actor_id = sender.id)`.as("permitted"),
    ])
    .where("accounts.id", "in", [...accountIds])
    .execute();
  return rows.map((row) => ({
    ...row,
    follows: Number(row.follows),
    follower_since: row.follower_since === null ? null : Number(row.follower_since),
    permitted: Number(row.permitted),
  }));
}

/** What decides whether somebody asked for a direct note. */
export type MessageFacts = {
  readonly isDirect: boolean;
  readonly answersActorId: number | null;
  /** Who wrote the first note of its thread that is direct, too. */
  readonly begunBy: number | null;
};

/** Whether a note is a direct one, whose note it answers, and who began. Index: the primary key of notes. */
export async function findMessageFacts(db: Db, noteId: number): Promise<MessageFacts> {
  const found = await sql<{ actor_id: number; visibility: string; depth: number }>`
    with recursive above (id, parent, actor_id, visibility, depth) as (
      select notes.id, notes.reply_to_id, notes.actor_id, notes.visibility, 0 from notes where notes.id = ${noteId}
      union all
      select notes.id, notes.reply_to_id, notes.actor_id, notes.visibility, above.depth + 1 from above
        join notes on notes.id = above.parent where above.depth < 500 and above.visibility = 'direct')
    select actor_id, visibility, depth from above order by depth`.execute(db);
  const [row, parent] = found.rows;
  const begun = found.rows.findLast((one) => one.visibility === "direct");
  return {
    isDirect: row?.visibility === "direct",
    answersActorId: parent === undefined ? null : Number(parent.actor_id),
    begunBy: begun === undefined || begun === row ? null : Number(begun.actor_id),
  };
}

/** Direct notes of some actors that wait in requests of an account, oldest first. Index: notifications_account. */
export async function listWaitingMessages(
  db: Db,
  accountId: number,
  actorIds: readonly number[],
  limit: number,
): Promise<readonly { readonly id: number; readonly actor_id: number }[]> {
  if (actorIds.length === 0) return [];
  const rows = await db
    .selectFrom("notifications")
    .innerJoin("notes", "notes.id", "notifications.note_id")
    .select(["notes.id", "notes.actor_id"])
    .distinct()
    .where("notifications.account_id", "=", accountId)
    .where("notifications.actor_id", "in", [...actorIds])
    .where("notifications.filtered", "=", 1)
    .where("notes.visibility", "=", "direct")
    .where("notes.deleted_at", "is", null)
    .orderBy("notes.id")
    .limit(limit)
    .execute();
  return rows;
}

/** Notes that something waits. The same person twice is one request; the newest note stands in it. */
export async function putRequests(
  db: Db,
  rows: readonly Insertable<NotificationRequestsTable>[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("notification_requests")
    .values([...rows])
    .onConflict((conflict) =>
      conflict.columns(["account_id", "actor_id"]).doUpdateSet((eb) => ({
        updated_at: eb.ref("excluded.updated_at"),
        last_note_id: eb.fn.coalesce("excluded.last_note_id", "notification_requests.last_note_id"),
      })),
    )
    .execute();
}

const WAITING = sql<number>`(select count(*) from notifications where notifications.account_id = notification_requests.account_id
  and notifications.actor_id = notification_requests.actor_id and notifications.filtered = 1)`;

function requests(db: Db, accountId: number) {
  return db
    .selectFrom("notification_requests")
    .selectAll("notification_requests")
    .select(WAITING.as("waiting"))
    .where("account_id", "=", accountId)
    .where(sql<boolean>`${WAITING} > 0`);
}

/**
 * Requests in which anything waits, newest first. Indexes: notification_requests (account_id, id), notifications
 * (account_id, actor_id) where filtered.
 */
export async function listRequestRows(db: Db, accountId: number, cursor: Cursor): Promise<Rows<RequestRow>> {
  let query = requests(db, accountId);
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(
    found.map((row) => ({ ...row, waiting: Number(row.waiting) })),
    cursor,
  );
}

/** Requests of an account among some ids. Index: notification_requests (id). */
export async function findRequestRows(
  db: Db,
  accountId: number,
  ids: readonly number[],
): Promise<readonly RequestRow[]> {
  if (ids.length === 0) return [];
  const rows = await requests(db, accountId)
    .where("id", "in", [...ids])
    .execute();
  return rows.map((row) => ({ ...row, waiting: Number(row.waiting) }));
}

/** Requests and notifications that wait, in one statement. Indexes as above. */
export async function countWaiting(
  db: Db,
  accountId: number,
): Promise<{ readonly requests: number; readonly notifications: number }> {
  const row = await db
    .selectFrom("notification_requests")
    .select((eb) => [
      eb.fn.countAll<number>().as("requests"),
      eb.fn.coalesce(eb.fn.sum<number>(WAITING), sql<number>`0`).as("notifications"),
    ])
    .where("account_id", "=", accountId)
    .where(sql<boolean>`${WAITING} > 0`)
    .executeTakeFirstOrThrow();
  return { requests: Number(row.requests), notifications: Number(row.notifications) };
}

/** From now on nothing of these actors waits, and what waited comes. */
export async function admitSenders(
  db: Db,
  accountId: number,
  actorIds: readonly number[],
  now: number,
): Promise<void> {
  if (actorIds.length === 0) return;
  await db
    .insertInto("notification_permissions")
    .values(actorIds.map((actorId) => ({ account_id: accountId, actor_id: actorId, created_at: now })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .updateTable("notifications")
    .set({ filtered: 0 })
    .where("account_id", "=", accountId)
    .where("actor_id", "in", [...actorIds])
    .where("filtered", "=", 1)
    .execute();
  await removeRequests(db, accountId, actorIds);
}

/** What waits of these actors goes; more of them would wait again. */
export async function dismissSenders(db: Db, accountId: number, actorIds: readonly number[]): Promise<void> {
  if (actorIds.length === 0) return;
  await db
    .deleteFrom("notifications")
    .where("account_id", "=", accountId)
    .where("actor_id", "in", [...actorIds])
    .where("filtered", "=", 1)
    .execute();
  await removeRequests(db, accountId, actorIds);
}

async function removeRequests(db: Db, accountId: number, actorIds: readonly number[]): Promise<void> {
  await db
    .deleteFrom("notification_requests")
    .where("account_id", "=", accountId)
    .where("actor_id", "in", [...actorIds])
    .execute();
}
