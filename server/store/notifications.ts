import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { NotificationsTable } from "./schema.ts";

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

/** Whose notifications, and which of them. */
export type NotificationChoice = {
  readonly accountId: number;
  readonly actorId: number;
  /** Kinds that are asked for; left out = all. */
  readonly only?: readonly string[] | undefined;
  /** Kinds that the person does not want to see. */
  readonly hidden: readonly string[];
  /** Of whom; kinds among `always` come from everybody. */
  readonly from: "everyone" | "known" | "followed";
  readonly always: readonly string[];
};

/** Notifications of an account, newest first, without those from muted or blocked actors. Index: notifications (account_id, id). */
export async function listNotificationRows(
  db: Db,
  choice: NotificationChoice,
  cursor: Cursor,
  now: number,
): Promise<Rows<NotificationRow>> {
  let query = db
    .selectFrom("notifications")
    .selectAll()
    .where("account_id", "=", choice.accountId)
    .where(heardBy(choice, now));
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** One notification, as far as the account hears of it. Index: notifications (id). */
export async function findNotificationRow(
  db: Db,
  choice: NotificationChoice,
  id: number,
  now: number,
): Promise<NotificationRow | undefined> {
  return await db
    .selectFrom("notifications")
    .selectAll()
    .where("id", "=", id)
    .where("account_id", "=", choice.accountId)
    .where(heardBy(choice, now))
    .executeTakeFirst();
}

/** Unread notifications, counted up to 100. Index: notifications (account_id, id). */
export async function countUnreadRows(db: Db, choice: NotificationChoice, now: number): Promise<number> {
  const rows = await db
    .selectFrom("notifications")
    .innerJoin("accounts", "accounts.id", "notifications.account_id")
    .select("notifications.id")
    .where("notifications.account_id", "=", choice.accountId)
    .whereRef("notifications.id", ">", "accounts.notifications_read_id")
    .where(heardBy(choice, now))
    .limit(100)
    .execute();
  return rows.length;
}

/**
 * Muted and blocked actors are not heard of, unless the mute leaves notifications; that somebody was reported is about
 * duty, not about hearing of them.
 */
function heardBy(choice: NotificationChoice, now: number): RawBuilder<boolean> {
  const me = choice.actorId;
  const other = sql.ref("notifications.actor_id");
  const kind = sql.ref("notifications.kind");
  const none = (words: readonly string[]) => (words.length === 0 ? ["-"] : [...words]);
  const isUnmuted = sql<boolean>`(not exists (select 1 from mutes where mutes.actor_id = ${me}
      and mutes.target_id = ${other} and mutes.hide_notifications = 1
      and (mutes.expires_at is null or mutes.expires_at > ${now}))
    and not exists (select 1 from blocks where blocks.actor_id = ${me} and blocks.target_id = ${other})
    and not exists (select 1 from blocks where blocks.actor_id = ${other} and blocks.target_id = ${me}))`;
  const isOnly =
    choice.only === undefined
      ? sql<boolean>`1 = 1`
      : sql<boolean>`${kind} in (${sql.join(none(choice.only))})`;
  const isHidden = sql<boolean>`${kind} in (${sql.join(none(choice.hidden))})`;
  const follows = sql<boolean>`exists (select 1 from follows where follows.actor_id = ${me}
    and follows.target_id = ${other} and follows.state = 'accepted')`;
  const followed = sql<boolean>`exists (select 1 from follows where follows.actor_id = ${other}
    and follows.target_id = ${me} and follows.state = 'accepted')`;
  const isFrom =
    choice.from === "everyone"
      ? sql<boolean>`1 = 1`
      : sql<boolean>`(${kind} in (${sql.join(none(choice.always))}) or ${follows}
          ${choice.from === "known" ? sql`or ${followed}` : sql``})`;
  return sql<boolean>`((${kind} = 'report' or ${isUnmuted}) and ${isOnly} and not ${isHidden} and ${isFrom})`;
}

/** Local followers who want to be told of each note of an actor. Index: follows (target_id). */
export async function listNotifiedFollowers(db: Db, actorId: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom("follows")
    .select("actor_id")
    .where("target_id", "=", actorId)
    .where("notify", "=", 1)
    .where("state", "=", "accepted")
    .limit(10_000)
    .execute();
  return rows.map((row) => row.actor_id);
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
