import type { App } from "../../context.ts";
import type { NotificationKind } from "../../domain/notification.ts";
import { findAccountsOfActors } from "../../store/accounts.ts";
import type { Db } from "../../store/database.ts";
import {
  insertNotifications,
  listNotifiedFollowers,
  removeNotifications,
} from "../../store/notifications.ts";
import { enqueuePush } from "../push/enqueue-push.ts";

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
  const told = [...accounts.values()].map((accountId) => ({
    accountId,
    notificationId: app.ids.next(),
  }));
  if (told.length === 0) return;
  await insertNotifications(
    tx,
    told.map(({ accountId, notificationId }) => ({
      id: notificationId,
      account_id: accountId,
      kind: telling.kind,
      actor_id: telling.actorId,
      note_id: telling.noteId ?? 0,
      created_at: app.clock.now(),
    })),
  );
  await enqueuePush(app, tx, telling.kind, told);
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
