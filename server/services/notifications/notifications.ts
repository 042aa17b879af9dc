// Telling people what happened.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NotificationId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { ALWAYS_TOLD, type NotificationKind, type NotificationView } from "../../domain/notification.ts";
import { findAccount, updateAccount } from "../../store/accounts.ts";
import {
  countUnreadRows,
  findNotificationRow,
  listNotificationRows,
  type NotificationChoice,
  type NotificationRow,
} from "../../store/notifications.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews, isShown, visibleNoteViews } from "../views.ts";

/** What happened to the person, newest first; what they may no longer see, or chose not to, is left out. */
export async function listNotifications(
  app: App,
  viewer: Viewer,
  request: PageRequest & { readonly only?: readonly NotificationKind[] | undefined },
): Promise<Page<NotificationView>> {
  const cursor = toCursor(request);
  const account = await findAccount(app.db, viewer.accountId);
  const readId = account?.notifications_read_id ?? 0;
  const choice = { ...choiceOf(viewer), only: request.only };
  const rows = await listNotificationRows(app.db, choice, cursor, app.clock.now());
  return await toPage(rows, cursor, (found) => drawAll(app, viewer, found, readId));
}

/** One notification as the list would show it; null when the person does not hear of it, or may not see its note. */
export async function findNotification(
  app: App,
  viewer: Viewer,
  id: NotificationId,
): Promise<NotificationView | null> {
  const row = await findNotificationRow(app.db, choiceOf(viewer), id, app.clock.now());
  if (row === undefined) return null;
  const [view] = await drawAll(app, viewer, [row], 0);
  return view ?? null;
}

function choiceOf(viewer: Viewer): NotificationChoice {
  const { hiddenNotifications, notifyFrom } = viewer.preferences;
  return {
    accountId: viewer.accountId,
    actorId: viewer.actorId,
    hidden: hiddenNotifications,
    from: notifyFrom,
    always: ALWAYS_TOLD,
  };
}

async function drawAll(
  app: App,
  viewer: Viewer,
  rows: readonly NotificationRow[],
  readId: number,
): Promise<readonly NotificationView[]> {
  const actors = new Map(
    (
      await actorViews(
        app,
        rows.map((row) => row.actor_id),
      )
    ).map((actor) => [actor.id as number, actor]),
  );
  const noteIds = rows.map((row) => row.note_id).filter((id) => id !== 0);
  const notes = new Map(
    (await visibleNoteViews(app, viewer, noteIds, "notifications")).map((note) => [note.id as number, note]),
  );
  return rows.flatMap((row) => {
    const actor = actors.get(row.actor_id);
    const note = row.note_id === 0 ? null : notes.get(row.note_id);
    if (actor === undefined || note === undefined || (note !== null && !isShown(note))) return [];
    return [
      {
        id: asId(row.id),
        kind: row.kind as NotificationKind,
        actor,
        note,
        at: row.created_at,
        read: row.id <= readId,
      },
    ];
  });
}

/** Unread notifications, counted up to 100. */
export async function countUnread(app: App, viewer: Viewer): Promise<number> {
  return await countUnreadRows(app.db, choiceOf(viewer), app.clock.now());
}

/** Marks everything up to now as read. */
export async function markRead(app: App, viewer: Viewer): Promise<void> {
  await updateAccount(app.db, viewer.accountId, { notifications_read_id: app.ids.next() });
}
