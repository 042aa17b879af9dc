import type { App } from "../../server/context.ts";
import { findBereaved } from "../../server/services/streams/gone.ts";
import type { Registry } from "./registry.ts";

/** Says that a note or a boost is gone to those who may have had it: its id, and nothing else. */
export async function tellBereaved(
  app: App,
  registry: Registry,
  gone: { readonly id: number; readonly noteId: number; readonly actorId: number },
): Promise<void> {
  const { actors, lists, isPublic } = await findBereaved(app, gone, registry.viewers(), registry.listIds());
  for (const connection of registry.listeners()) {
    const viewer = connection.holder?.viewer ?? null;
    for (const { names, channel } of connection.subscriptions.values()) {
      const isOpen = channel.kind === "public" || channel.kind === "hashtag";
      const isFor = isOpen
        ? isPublic
        : channel.kind === "list"
          ? lists.has(channel.listId)
          : channel.kind === "user" && viewer !== null && actors.has(viewer.actorId);
      if (isFor) connection.outlet.send({ stream: names, event: "delete", payload: String(gone.id) });
    }
  }
}
