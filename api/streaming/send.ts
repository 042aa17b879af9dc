import type { Viewer } from "../../server/domain/actor.ts";
import type { Connection, Registry } from "./registry.ts";

/** Sends something to the own streams of one person. */
export function tellAccount(
  registry: Registry,
  accountId: number,
  event: string,
  payload: string | null,
): void {
  tellPeople(registry, (viewer) => viewer.accountId === accountId, event, payload);
}

/** Sends something to the own streams of people. */
export function tellPeople(
  registry: Registry,
  isFor: (viewer: Viewer) => boolean,
  event: string,
  payload: string | null,
): void {
  for (const connection of registry.listeners()) {
    const viewer = connection.holder?.viewer ?? null;
    if (viewer !== null && isFor(viewer)) sendTo(connection, "user", event, payload);
  }
}

/** Sends a frame to a connection if it listens to that channel. */
export function sendTo(connection: Connection, key: string, event: string, payload: string | null): void {
  const subscription = connection.subscriptions.get(key);
  if (subscription !== undefined) connection.outlet.send({ stream: subscription.names, event, payload });
}
