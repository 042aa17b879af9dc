import type { App } from "../../context.ts";
import type { ActorId, NoteId } from "../../domain/ids.ts";
import { findActorByUri, findActorById } from "../../store/actors.ts";
import { findEntitledOfHost } from "../../store/domains.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { findNoteById, findVisibleNotes } from "../../store/notes.ts";
import { findOrFetchActor } from "../actors/actors.ts";

/**
 * True when whoever signed a fetch may see a note: the person behind the key, or the instance actor of a server where
 * somebody lives who may. That server has their keys and could ask in their name; that it asks in its own, as Causeway
 * does, shows it nothing more.
 */
export async function maySignerSeeNote(app: App, signerUri: string, noteId: NoteId): Promise<boolean> {
  const viewer = await findActorByUri(app.db, signerUri);
  if ((await findVisibleNotes(app.db, viewer?.id ?? null, [noteId])).length > 0) return true;
  const note = await findNoteById(app.db, noteId);
  const host = note === undefined ? null : await hostOfInstanceActor(app, signerUri);
  if (note === undefined || host === null) return false;
  const entitledId = await findEntitledOfHost(app.db, note, host);
  return entitledId !== null && (await findVisibleNotes(app.db, entitledId, [noteId])).length > 0;
}

/** True when the actor behind a signature and one of ours block each other, either way. */
export async function isBlockedSigner(app: App, signerUri: string, actorId: ActorId): Promise<boolean> {
  const signer = await findActorByUri(app.db, signerUri);
  return signer !== undefined && (await blockedEitherWay(app.db, signer.id, actorId));
}

/**
 * The host that an actor stands for as a whole: an Application that bears the host's own name (FEP-d556; Mastodon,
 * GoToSocial, Causeway). A member's bot, which may be an Application too, has a name of its own.
 */
async function hostOfInstanceActor(app: App, uri: string): Promise<string | null> {
  const id = await findOrFetchActor(app, uri);
  const actor = id === null ? undefined : await findActorById(app.db, id);
  if (actor === undefined || actor.host === "" || actor.suspended_at !== null) return null;
  const isNamedSo = actor.username === actor.host || actor.username === new URL(actor.uri).host;
  return actor.kind === "Application" && isNamedSo ? actor.host : null;
}
