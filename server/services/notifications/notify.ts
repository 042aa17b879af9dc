import type { App } from "../../context.ts";
import type { NotificationKind } from "../../domain/notification.ts";
import { findAccountsOfActors } from "../../store/accounts.ts";
import { flag } from "../../store/codec.ts";
import type { Db } from "../../store/database.ts";
import { findAccountsMuting } from "../../store/muted-threads.ts";
import {
  insertNotifications,
  listNotifiedFollowers,
  removeNotifications,
} from "../../store/notifications.ts";
import { enqueuePush } from "../push/enqueue-push.ts";
import { announce } from "../streams/announce.ts";
import { holdBack, judgeTelling } from "./judge.ts";

/** What is told to local actors, as part of the fact: same transaction. Remote and own actors are left out. */
export type Telling = {
  readonly kind: NotificationKind;
  readonly to: readonly number[];
  readonly actorId: number;
  readonly noteId?: number;
};

/** Tells local actors of something inside the caller's transaction. Mutes and blocks are applied when it is read. */
export async function notify(app: App, tx: Db, telling: Telling): Promise<void> {
  const targets = telling.to.filter((id) => id !== telling.actorId);
  const accounts = await findAccountsOfActors(tx, [...new Set(targets)]);
  const wanting = await withoutMuting(tx, [...accounts.values()], telling.noteId);
  const answers = await judgeTelling(app, tx, telling, wanting);
  const told = wanting
    .filter((accountId) => answers.get(accountId) !== "drop")
    .map((accountId) => ({
      accountId,
      notificationId: app.ids.next(),
      waits: answers.get(accountId) === "filter",
    }));
  if (told.length === 0) return;
  await insertNotifications(
    tx,
    told.map(({ accountId, notificationId, waits }) => ({
      id: notificationId,
      account_id: accountId,
      kind: telling.kind,
      actor_id: telling.actorId,
      note_id: telling.noteId ?? 0,
      created_at: app.clock.now(),
      filtered: flag(waits),
    })),
  );
  const waiting = told.filter(({ waits }) => waits).map(({ accountId }) => accountId);
  if (waiting.length > 0) await holdBack(app, tx, telling, waiting);
  const heard = told.filter(({ waits }) => !waits);
  if (heard.length > 0) {
    await enqueuePush(app, tx, telling.kind, heard);
    announce(app, { type: "notified", told: heard.map((one) => [one.accountId, one.notificationId]) });
  }
}

/** Who has muted the thread of a note hears nothing of it. */
async function withoutMuting(
  tx: Db,
  accountIds: readonly number[],
  noteId: number | undefined,
): Promise<readonly number[]> {
  if (noteId === undefined || accountIds.length === 0) return accountIds;
  const muting = await findAccountsMuting(tx, accountIds, noteId);
  return accountIds.filter((id) => !muting.has(id));
}

/** Followers here who asked to be told of each note of somebody hear of a new one that they may see. */
export async function notifyFollowers(
  app: App,
  tx: Db,
  note: {
    readonly noteId: number;
    readonly actorId: number;
    readonly visibility: string;
    readonly isReply: boolean;
  },
): Promise<void> {
  if (note.visibility === "direct" || note.isReply) return;
  const to = await listNotifiedFollowers(tx, note.actorId);
  await notify(app, tx, { kind: "note", to, actorId: note.actorId, noteId: note.noteId });
}

/** Takes back what was told, when the fact is. */
export async function untell(
  tx: Db,
  telling: {
    readonly kinds: readonly NotificationKind[];
    readonly to: number;
    readonly actorId: number;
    readonly noteId?: number;
  },
): Promise<void> {
  const accounts = await findAccountsOfActors(tx, [telling.to]);
  for (const accountId of accounts.values())
    await removeNotifications(tx, {
      accountId,
      kinds: telling.kinds,
      actorId: telling.actorId,
      ...(telling.noteId === undefined ? {} : { noteId: telling.noteId }),
    });
}
