import { type Insertable, type RawBuilder, type Selectable, sql } from "kysely";
import type { Db } from "./database.ts";
import { idAt, SEQUENCE_VALUES } from "../domain/ids.ts";
import { ascending, type Cursor, cut, type Rows } from "./page.ts";
import type { NotificationsTable } from "./schema.ts";
import { hostShownTo } from "./visible.ts";

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
  /** Those of one actor alone. */
  readonly ofActorId?: number | undefined;
  /** Those that wait in a request, too. */
  readonly withFiltered?: boolean | undefined;
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

/** Unread notifications, counted up to `most`. Index: notifications (account_id, id). */
export async function countUnreadRows(
  db: Db,
  choice: NotificationChoice,
  now: number,
  most = 100,
): Promise<number> {
  return (await listUnreadRows(db, choice, now, most)).length;
}

/** What is unread, oldest first, at most `most`. Index: notifications (account_id, id). */
export async function listUnreadRows(
  db: Db,
  choice: NotificationChoice,
  now: number,
  most: number,
): Promise<readonly Pick<NotificationRow, "id" | "kind" | "note_id" | "created_at">[]> {
  return await db
    .selectFrom("notifications")
    .innerJoin("accounts", "accounts.id", "notifications.account_id")
    .select(["notifications.id", "notifications.kind", "notifications.note_id", "notifications.created_at"])
    .where("notifications.account_id", "=", choice.accountId)
    .whereRef("notifications.id", ">", "accounts.notifications_read_id")
    .where(heardBy(choice, now))
    .orderBy("notifications.id")
    .limit(most)
    .execute();
}

/**
 * Muted and blocked actors are not heard of, unless the mute leaves notifications; that somebody was reported or objects is
 * about duty, not about hearing of them.
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
    and not exists (select 1 from blocks where blocks.actor_id = ${other} and blocks.target_id = ${me})
    and ${hostShownTo(me, "notifications.actor_id")})`;
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
  const isOf =
    choice.ofActorId === undefined ? sql<boolean>`1 = 1` : sql<boolean>`${other} = ${choice.ofActorId}`;
  const isHere =
    choice.withFiltered === true
      ? sql<boolean>`1 = 1`
      : sql<boolean>`${sql.ref("notifications.filtered")} = 0`;
  return sql<boolean>`((${kind} in ('report', 'appeal') or ${isUnmuted}) and ${isOnly} and not ${isHidden} and ${isFrom}
    and ${isOf} and ${isHere})`;
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

/** A moment's notifications of some kinds about one note, or of kinds that are about none (`noteId` 0). */
export type GroupMatch = {
  readonly kinds: readonly string[];
  readonly noteId: number;
  /** From and below, ms. */
  readonly from: number;
  readonly to: number;
};

/** Notifications of one group, newest first. Index: notifications (account_id, id). */
export async function listGroupRows(
  db: Db,
  choice: NotificationChoice,
  group: GroupMatch,
  cursor: Cursor,
  now: number,
): Promise<Rows<NotificationRow>> {
  let query = db
    .selectFrom("notifications")
    .selectAll()
    .where("account_id", "=", choice.accountId)
    .where("kind", "in", [...group.kinds])
    .where("note_id", "=", group.noteId)
    .where("id", ">=", idAt(group.from))
    .where("id", "<", idAt(group.to))
    .where(heardBy(choice, now));
  if (cursor.before !== undefined) query = query.where("id", "<", cursor.before);
  if (cursor.after !== undefined) query = query.where("id", ">", cursor.after);
  const found = await query
    .orderBy("id", ascending(cursor) ? "asc" : "desc")
    .limit(cursor.limit + 1)
    .execute();
  return cut(found, cursor);
}

/** How many notifications there are of a kind about a note in a span of time; the newest of them. */
export type GroupCount = {
  readonly kind: string;
  readonly note_id: number;
  readonly bucket: number;
  readonly found: number;
  readonly newest: number;
};

/**
 * Counts what belongs together in each span of `spanMs`, in one statement; ids begin with the time, so that the span is a
 * range of the index. Index: notifications (account_id, id).
 */
export async function countGroups(
  db: Db,
  choice: NotificationChoice,
  match: {
    readonly kinds: readonly string[];
    readonly noteIds: readonly number[];
    readonly from: number;
    readonly to: number;
    readonly spanMs: number;
  },
  now: number,
): Promise<readonly GroupCount[]> {
  if (match.kinds.length === 0 || match.noteIds.length === 0) return [];
  const bucket = sql<number>`(notifications.id / ${sql.lit(SEQUENCE_VALUES * match.spanMs)})`;
  const rows = await db
    .selectFrom("notifications")
    .select((eb) => [
      "kind",
      "note_id",
      bucket.as("bucket"),
      eb.fn.countAll<number>().as("found"),
      eb.fn.max("id").as("newest"),
    ])
    .where("account_id", "=", choice.accountId)
    .where("kind", "in", [...match.kinds])
    .where("note_id", "in", [...match.noteIds])
    .where("id", ">=", idAt(match.from))
    .where("id", "<", idAt(match.to))
    .where(heardBy(choice, now))
    .groupBy(["kind", "note_id", bucket])
    .execute();
  return rows.map((row) => ({
    ...row,
    bucket: Number(row.bucket),
    found: Number(row.found),
    newest: Number(row.newest),
  }));
}

/** Removes one notification of an account; false when it has none of that id. */
export async function removeNotification(db: Db, accountId: number, id: number): Promise<boolean> {
  const done = await db
    .deleteFrom("notifications")
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return done.numDeletedRows > 0n;
}

/** Removes a group, or all notifications of some kinds. Index: notifications (account_id, id). */
export async function removeNotificationsOf(
  db: Db,
  accountId: number,
  match: { readonly kinds: readonly string[] } | GroupMatch,
): Promise<number> {
  let query = db
    .deleteFrom("notifications")
    .where("account_id", "=", accountId)
    .where("kind", "in", [...match.kinds]);
  if ("noteId" in match)
    query = query
      .where("note_id", "=", match.noteId)
      .where("id", ">=", idAt(match.from))
      .where("id", "<", idAt(match.to));
  return Number((await query.executeTakeFirst()).numDeletedRows);
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
