import type { App } from "../../../server/context.ts";
import type { ActivityId, ActorId } from "../../../server/domain/ids.ts";
import type { OutgoingEvent } from "../../../server/domain/outgoing.ts";
import { type FederatedNote } from "../../../server/services/federation/federated-notes.ts";
import { inboxOf, type Inboxes } from "../../../server/services/federation/federation-records.ts";
import type { Activity } from "@fedify/vocab";
import type { Extras } from "../wire.ts";

/** An activity that is ready to be written down, and the inboxes it goes to. */
export type Outgoing = {
  readonly id: ActivityId;
  readonly actorId: ActorId;
  readonly activity: Activity;
  readonly extras?: Extras;
  /** May be read by anybody at its own address. */
  readonly isPublic: boolean;
  readonly inboxes: readonly string[];
  /** Relays pass it on as it is: it carries a linked data signature in the place of a proof. */
  readonly isRelayed?: boolean;
};

/** The events of these types. */
export type Of<T extends OutgoingEvent["type"]> = Extract<OutgoingEvent, { readonly type: T }>;

/** Where the author of a note takes deliveries. */
export async function inboxesOfAuthor(app: App, note: FederatedNote | null): Promise<readonly string[]> {
  return note === null ? [] : inboxesOfActor(app, note.actorId);
}

/** Where an actor takes what is for it alone. */
export async function inboxesOfActor(app: App, actorId: ActorId): Promise<readonly string[]> {
  return personal(await inboxOf(app, actorId));
}

/** Where something for one actor alone goes; local actors need no delivery. */
export function personal(inboxes: Inboxes): readonly string[] {
  return inboxes === null ? [] : [inboxes.inbox];
}

/** Where something for many goes: once for all actors of a host, if it has a shared inbox. */
export function shared(inboxes: Inboxes): readonly string[] {
  return inboxes === null ? [] : [inboxes.sharedInbox ?? inboxes.inbox];
}

/** The id of a note as a URL. */
export function urlOf(note: FederatedNote | null): URL | null {
  return note === null ? null : new URL(note.uri);
}
