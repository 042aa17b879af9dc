import { importPem, importJwk } from "@fedify/fedify";
import { Tombstone, type Actor } from "@fedify/vocab";
import type { App } from "../../server/context.ts";
import { parseId, type ActorId } from "../../server/domain/ids.ts";
import { findLocalActorId, localActorForFederation, type LocalActor } from "../../server/services/actors.ts";
import { getKeys } from "../../server/services/keys.ts";
import { getInstanceActorId } from "../../server/services/settings.ts";
import type { DoorData } from "./door.ts";
import { toActor, type ActorKeys } from "../writing/outbound.ts";
import type { Extras } from "../writing/wire.ts";

/** The document of a local actor, with both of its keys. */
export async function actorDocument(app: App, actor: LocalActor) {
  return toActor(actor, await publicKeys(app, actor.id), app.uris);
}

/** What `/users/{id}` is: an actor, the Tombstone of a deleted one, or null. */
export async function dispatchActor(data: DoorData, identifier: string): Promise<Actor | Tombstone | null> {
  const { app } = data;
  const actor = await findLocalActor(app, identifier);
  if (actor === null) return null;
  if (actor.deleted) return new Tombstone({ id: new URL(actor.uri) });
  data.extras = extrasOfActor(app, actor);
  return actorDocument(app, actor);
}

/** What an actor says beyond the vocabulary. */
export function extrasOfActor(app: App, actor: LocalActor): Extras {
  return { actor: { webfinger: `${actor.username}@${app.config.handleHost}` } };
}

/** A local actor, deleted or not, by the id in its address. */
export async function findLocalActor(app: App, identifier: string): Promise<LocalActor | null> {
  const id = parseId<ActorId>(identifier);
  return id === null ? null : localActorForFederation(app, id);
}

/** The id behind `acct:name@ourhost`; the host's own name is the instance actor (FEP-2677, FEP-d556). */
export async function identifierOfHandle(app: App, username: string): Promise<string | null> {
  const name = username.toLowerCase();
  const isInstance = name === app.config.handleHost || name === new URL(app.config.origin).host;
  const id = isInstance ? await getInstanceActorId(app) : await findLocalActorId(app, name);
  return id === null ? null : String(id);
}

/** The id behind another address of an actor: its page, or our origin for the instance actor. */
export async function identifierOfPage(app: App, resource: URL): Promise<string | null> {
  if (resource.origin !== app.config.origin) return null;
  if (resource.pathname === "/") return String(await getInstanceActorId(app));
  const username = /^\/@([^/@]+)\/?$/.exec(resource.pathname)?.[1];
  return username === undefined ? null : identifierOfHandle(app, decodeURIComponent(username));
}

async function publicKeys(app: App, actorId: ActorId): Promise<ActorKeys> {
  const { rsa, ed25519 } = await getKeys(app, actorId);
  const [rsaKey, edKey] = await Promise.all([
    importPem(rsa.publicPem),
    importJwk(ed25519.publicJwk, "public"),
  ]);
  return { rsa: rsaKey, ed25519: edKey };
}
