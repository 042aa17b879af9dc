import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { asId, type NotificationRequestId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import type { NotificationRequestView } from "../../domain/notification.ts";
import { type PolicyChange, policyOf, withPolicy } from "../../domain/notification-policy.ts";
import type { NotificationPolicy, Preferences } from "../../domain/preferences.ts";
import { notFound } from "../../errors.ts";
import { transaction } from "../../store/database.ts";
import {
  admitSenders,
  countWaiting,
  dismissSenders,
  findRequestRows,
  listRequestRows,
  type RequestRow,
} from "../../store/notification-requests.ts";
import { updatePreferences } from "../accounts/preferences.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews, visibleNoteViews } from "../views.ts";
import { admitMessages } from "../conversations/conversations.ts";
import { announce } from "../streams/announce.ts";

/** Of whom something waits, newest first. */
export async function listNotificationRequests(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<NotificationRequestView>> {
  const cursor = toCursor(request);
  const rows = await listRequestRows(app.db, viewer.accountId, cursor);
  return await toPage(rows, cursor, (found) => draw(app, viewer, found));
}

/** One request. @throws not_found for any other id, and when nothing waits in it any more. */
export async function viewNotificationRequest(
  app: App,
  viewer: Viewer,
  id: NotificationRequestId,
): Promise<NotificationRequestView> {
  const [view] = await draw(app, viewer, await findRequestRows(app.db, viewer.accountId, [id]));
  if (view === undefined) throw notFound();
  return view;
}

async function draw(
  app: App,
  viewer: Viewer,
  rows: readonly RequestRow[],
): Promise<readonly NotificationRequestView[]> {
  const found = await actorViews(
    app,
    rows.map((row) => row.actor_id),
  );
  const actors = new Map(found.map((actor) => [actor.id as number, actor]));
  const notes = await visibleNoteViews(
    app,
    viewer,
    rows.flatMap((row) => row.last_note_id ?? []),
    "notifications",
  );
  const noteOf = new Map(notes.map((note) => [note.id as number, note]));
  return rows.flatMap((row) => {
    const actor = actors.get(row.actor_id);
    if (actor === undefined) return [];
    return [
      {
        id: asId<NotificationRequestId>(row.id),
        actor,
        lastNote: noteOf.get(row.last_note_id ?? 0) ?? null,
        waiting: row.waiting,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      },
    ];
  });
}

/**
 * Takes these requests: what waited comes, and nothing of these people waits any more. Or dismisses them: what waited is
 * gone. Ids of others name nothing. @throws not_found when none of the ids is a request of the person.
 */
export async function answerNotificationRequests(
  app: App,
  viewer: Viewer,
  command: { readonly ids: readonly NotificationRequestId[]; readonly accept: boolean },
): Promise<void> {
  await transaction(app.db, async (tx) => {
    const rows = await findRequestRows(tx, viewer.accountId, command.ids);
    if (rows.length === 0) throw notFound();
    const actorIds = rows.map((row) => row.actor_id);
    if (!command.accept) return await dismissSenders(tx, viewer.accountId, actorIds);
    await admitMessages(app, tx, viewer, actorIds);
    await admitSenders(tx, viewer.accountId, actorIds, app.clock.now());
    announce(app, { type: "merged", accountId: viewer.accountId });
  });
}

/** What the person's policy is, and how much waits because of it. */
export type PolicyView = {
  readonly policy: NotificationPolicy;
  readonly requests: number;
  readonly notifications: number;
};

/** The policy of whose notifications come, with what waits. */
export async function viewNotificationPolicy(
  app: App,
  viewer: Viewer,
  preferences: Preferences = viewer.preferences,
): Promise<PolicyView> {
  return { policy: policyOf(preferences), ...(await countWaiting(app.db, viewer.accountId)) };
}

/** Changes some answers of the policy; what was made before stays as it is. */
export async function changeNotificationPolicy(
  app: App,
  viewer: Viewer,
  change: PolicyChange,
): Promise<PolicyView> {
  const next = withPolicy(viewer.preferences, change);
  await updatePreferences(app, viewer, next);
  return await viewNotificationPolicy(app, viewer, { ...viewer.preferences, ...next });
}
