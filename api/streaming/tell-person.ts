import type { App } from "../../server/context.ts";
import { asId } from "../../server/domain/ids.ts";
import { coversScope } from "../../server/domain/scope.ts";
import { announcementsFor } from "../../server/services/announcements/announcements.ts";
import { fromNowhere, noteSeenFrom, readingFrom } from "../../server/services/moderation/withheld-here.ts";
import { findNotification } from "../../server/services/notifications/notifications.ts";
import { findRaisedConversations } from "../../server/services/streams/raised.ts";
import { toConversation } from "../serialize/conversation.ts";
import { toAnnouncement } from "../serialize/notices.ts";
import { toNotification } from "../serialize/notification.ts";
import type { Connection, Registry } from "./registry.ts";
import { sendTo, tellPeople } from "./send.ts";

/** Tells people of what happened to them, as far as they hear of it and their app may know of it. */
export async function tellNotified(
  app: App,
  registry: Registry,
  told: readonly (readonly [number, number])[],
): Promise<void> {
  const listening = Map.groupBy(
    [...registry.listeners()].filter(mayHear),
    (connection) => (connection.holder?.viewer?.accountId ?? 0) as number,
  );
  for (const [accountId, notificationId] of told) {
    const connections = listening.get(accountId) ?? [];
    const viewer = connections[0]?.holder?.viewer ?? null;
    if (viewer === null) continue;
    for (const [country, alike] of Map.groupBy(connections, (connection) => connection.country)) {
      const from = { country, met: false };
      const view = await readingFrom(from, () => findNotification(app, viewer, asId(notificationId)));
      const drawn =
        view === null ? null : toNotification({ origin: app.config.origin, isSignedIn: true }, view);
      if (drawn === null) continue;
      const payload = JSON.stringify(drawn);
      for (const connection of alike)
        for (const key of ["user", "user:notification"]) sendTo(connection, key, "notification", payload);
    }
  }
}

/** The stream `user` is open to who may read statuses alone; notifications are left out of it then. */
function mayHear({ holder, subscriptions }: Connection): boolean {
  const isListening = subscriptions.has("user") || subscriptions.has("user:notification");
  if (!isListening || holder === null || holder.viewer === null) return false;
  return coversScope(holder.scopes, "read:notifications");
}

/** Tells the people of a conversation that there is a new note in it. */
export async function tellConversation(
  app: App,
  registry: Registry,
  { noteId }: { readonly noteId: number },
): Promise<void> {
  const connections = [...registry.listeners()].filter(({ subscriptions }) => subscriptions.has("direct"));
  const viewers = connections.flatMap(({ holder }) => holder?.viewer ?? []);
  if (viewers.length === 0) return;
  const unique = [...new Map(viewers.map((viewer) => [viewer.accountId, viewer])).values()];
  const raised = await fromNowhere(() => findRaisedConversations(app, noteId, unique));
  for (const connection of connections) {
    const view = raised.get(connection.holder?.viewer?.accountId ?? 0);
    if (view === undefined) continue;
    const seen = { ...view, last: noteSeenFrom(view.last, connection.country) };
    sendTo(connection, "direct", "conversation", JSON.stringify(toConversation(app.config.origin, seen)));
  }
}

/** Tells everybody of an announcement that is shown now; nobody has read it yet. */
export async function tellAnnouncement(app: App, registry: Registry, id: number): Promise<void> {
  const [viewer] = registry.viewers();
  if (viewer === undefined) return;
  const found = (await announcementsFor(app, viewer, { all: true })).find((one) => one.id === id);
  if (found === undefined) return tellPeople(registry, () => true, "announcement.delete", String(id));
  const payload = JSON.stringify(toAnnouncement({ ...found, read: false }));
  tellPeople(registry, () => true, "announcement", payload);
}
