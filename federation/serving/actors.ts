import { importPem, importJwk } from "@fedify/fedify";
import { Tombstone, type Actor } from "@fedify/vocab";
import type { App } from "../../server/context.ts";
import { parseId, type ActorId } from "../../server/domain/ids.ts";
import { localActorForFederation, type LocalActor } from "../../server/services/actors/local-actors.ts";
import { getKeys } from "../../server/services/accounts/keys.ts";
import type { DoorData } from "./door.ts";
import { extrasOfActor, toActor, type ActorKeys } from "../writing/actors.ts";

/** The document of a local actor, with both of its keys. */
export async function actorDocument(app: App, actor: LocalActor) {
  return toActor(actor, await publicKeys(app, actor.id), app.uris);
}

/** What `/users/{id}` is: an actor, the Tombstone of a deleted one, or null. */
export async function dispatchActor(data: DoorData, identifier: string): Promise<Actor | Tombstone | null> {
  const { app } = data;
  const actor = await findLocalActor(app, identifier);
  if (actor === null) return null;
  if (actor.deleted && !actor.leadsOn) return new Tombstone({ id: new URL(actor.uri) });
  data.extras = extrasOfActor(actor, app.config.handleHost, app.uris);
  return actorDocument(app, actor);
}

/** A local actor, deleted or not, by the id in its address. */
export async function findLocalActor(app: App, identifier: string): Promise<LocalActor | null> {
  const id = parseId<ActorId>(identifier);
  return id === null ? null : localActorForFederation(app, id);
}

/** True for a local actor that is neither suspended nor gone: what they did is shown. */
export async function isShownActor(app: App, id: ActorId): Promise<boolean> {
  const actor = await localActorForFederation(app, id);
  return actor !== null && !actor.deleted && !actor.suspended;
}

async function publicKeys(app: App, actorId: ActorId): Promise<ActorKeys> {
  const { rsa, ed25519 } = await getKeys(app, actorId);
  const [rsaKey, edKey] = await Promise.all([
    importPem(rsa.publicPem),
    importJwk(ed25519.publicJwk, "public"),
  ]);
  return { rsa: rsaKey, ed25519: edKey };
}
