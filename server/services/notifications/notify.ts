import type { App } from "../../context.ts";
import type { NotificationKind } from "../../domain/notification.ts";
import { findAccountsOfActors } from "../../store/accounts.ts";
import type { Db } from "../../store/database.ts";
import { insertNotifications, removeNotifications } from "../../store/notifications.ts";

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
  await insertNotifications(
    tx,
    [...accounts.values()].map((accountId) => ({
      id: app.ids.next(),
      account_id: accountId,
      kind: telling.kind,
      actor_id: telling.actorId,
      note_id: telling.noteId ?? 0,
      created_at: app.clock.now(),
    })),
  );
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
