// Telling people what happened.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { outranks, type Viewer } from "../../domain/actor.ts";
import type { DecisionView } from "../../domain/decision.ts";
import { type ActorId, asId, type NotificationId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import {
  ALWAYS_TOLD,
  type NotificationKind,
  type NotificationView,
  type Severance,
} from "../../domain/notification.ts";
import type { OwnReportView, ReportView } from "../../domain/report.ts";
import { notFound } from "../../errors.ts";
import { findAccount, updateAccount } from "../../store/accounts.ts";
import {
  countUnreadRows,
  findNotificationRow,
  listNotificationRows,
  type NotificationChoice,
  type NotificationRow,
  removeNotification,
  removeNotificationsOf,
} from "../../store/notifications.ts";
import { findLatestSeverance } from "../../store/domains.ts";
import { latestDecision } from "../moderation/decision-views.ts";
import { lastClosedReport, latestReportsAbout } from "../moderation/report-views.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews, isShown, visibleNoteViews } from "../views.ts";

/** Which notifications are wanted; what is left out = all that the person hears of. */
export type NotificationSieve = {
  readonly only?: readonly NotificationKind[] | undefined;
  readonly ofActorId?: ActorId | undefined;
  /** Those that wait in a request, too. */
  readonly withFiltered?: boolean | undefined;
};

/** What happened to the person, newest first; what they may no longer see, or chose not to, is left out. */
export async function listNotifications(
  app: App,
  viewer: Viewer,
  request: PageRequest & NotificationSieve,
): Promise<Page<NotificationView>> {
  const cursor = toCursor(request);
  const readId = await readIdOf(app, viewer);
  const rows = await listNotificationRows(app.db, choiceOf(viewer, request), cursor, app.clock.now());
  return await toPage(rows, cursor, (found) => drawNotifications(app, viewer, found, readId));
}

/** Up to which id the person has read. */
export async function readIdOf(app: App, viewer: Viewer): Promise<number> {
  return (await findAccount(app.db, viewer.accountId))?.notifications_read_id ?? 0;
}

/** One notification as the list would show it; null when the person does not hear of it, or may not see its note. */
export async function findNotification(
  app: App,
  viewer: Viewer,
  id: NotificationId,
  sieve: NotificationSieve = {},
): Promise<NotificationView | null> {
  const row = await findNotificationRow(app.db, choiceOf(viewer, sieve), id, app.clock.now());
  if (row === undefined) return null;
  const [view] = await drawNotifications(app, viewer, [row], 0);
  return view ?? null;
}

/** What the person hears of, for the store. */
export function choiceOf(viewer: Viewer, sieve: NotificationSieve = {}): NotificationChoice {
  const { hiddenNotifications, notifyFrom } = viewer.preferences;
  return {
    accountId: viewer.accountId,
    actorId: viewer.actorId,
    hidden: hiddenNotifications,
    from: notifyFrom,
    always: ALWAYS_TOLD,
    only: sieve.only,
    ofActorId: sieve.ofActorId,
    withFiltered: sieve.withFiltered,
  };
}

/** Rows as views, in their order, in a fixed number of statements; what is not for the person to see is left out. */
export async function drawNotifications(
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
  const extras = await extrasOf(app, viewer, rows);
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
        report: row.kind === "report" ? (extras.reports.get(row.actor_id) ?? null) : null,
        severance: row.kind === "severed" ? extras.severance : null,
        closed: row.kind === "report_closed" ? extras.closed : null,
        decision: row.kind === "decision" ? extras.decision : null,
      },
    ];
  });
}

/** What some rare kinds are about; no statement when none of them is there. */
async function extrasOf(
  app: App,
  viewer: Viewer,
  rows: readonly NotificationRow[],
): Promise<{
  readonly reports: ReadonlyMap<number, ReportView>;
  readonly severance: Severance | null;
  readonly closed: OwnReportView | null;
  readonly decision: DecisionView | null;
}> {
  const reported = rows.filter((row) => row.kind === "report").map((row) => row.actor_id);
  const isStaff = outranks(viewer.role, "member");
  return {
    reports: isStaff && reported.length > 0 ? await latestReportsAbout(app, viewer, reported) : new Map(),
    severance: rows.some((row) => row.kind === "severed")
      ? await findLatestSeverance(app.db, viewer.actorId)
      : null,
    closed: rows.some((row) => row.kind === "report_closed") ? await lastClosedReport(app, viewer) : null,
    decision: rows.some((row) => row.kind === "decision") ? await latestDecision(app, viewer) : null,
  };
}

/** Unread notifications, counted up to `most`, 100 unless told otherwise. */
export async function countUnread(
  app: App,
  viewer: Viewer,
  { most, ...sieve }: NotificationSieve & { readonly most?: number } = {},
): Promise<number> {
  return await countUnreadRows(app.db, choiceOf(viewer, sieve), app.clock.now(), most);
}

/** Marks everything up to now as read. */
export async function markRead(app: App, viewer: Viewer): Promise<void> {
  await updateAccount(app.db, viewer.accountId, { notifications_read_id: app.ids.next() });
}

/** Removes one notification for good. @throws not_found for any other id, or when it is of another kind. */
export async function dismissNotification(
  app: App,
  viewer: Viewer,
  id: NotificationId,
  only: readonly NotificationKind[],
): Promise<void> {
  const sieve = { only, withFiltered: true };
  const row = await findNotificationRow(app.db, choiceOf(viewer, sieve), id, app.clock.now());
  if (row === undefined || !(await removeNotification(app.db, viewer.accountId, id))) throw notFound();
}

/** Removes all notifications of some kinds for good. */
export async function clearNotifications(
  app: App,
  viewer: Viewer,
  kinds: readonly NotificationKind[],
): Promise<void> {
  await removeNotificationsOf(app.db, viewer.accountId, { kinds });
}
