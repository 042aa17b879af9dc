import type { App } from "../../server/context.ts";
import { type InteractionId, type NoteId, parseId, type ReactionId } from "../../server/domain/ids.ts";
import {
  interactionForFederation,
  quotedForFederation,
} from "../../server/services/consent/consent-records.ts";
import { noteForFederation } from "../../server/services/federation/federated-notes.ts";
import { reactionForFederation } from "../../server/services/reactions/reaction-records.ts";
import { extrasOf, toNote } from "../writing/notes.ts";
import { toAuthorization } from "../writing/policies.ts";
import { toQuoteRequest } from "../writing/quotes.ts";
import { reactionExtras, toReaction } from "../writing/reactions.ts";
import { toWire } from "../writing/wire.ts";
import { isShownActor } from "./actors.ts";
import type { DoorData } from "./door.ts";
import { maySignerSee } from "./reader.ts";
import { activityJson, bare } from "./responses.ts";

/**
 * A stamp, while what it allows is allowed; 410 once it was taken back. It names nothing but two notes and an author,
 * so whoever knows its address may read it: servers that are shown a quote have to. Under a quote of ours for few it is
 * for those few.
 */
export async function answerAuthorization(
  app: App,
  signerOf: DoorData["signer"],
  kind: "quote" | "other",
  idText: string,
): Promise<Response> {
  const id = parseId<InteractionId>(idText);
  const one = id === null ? null : await interactionForFederation(app, id);
  if (one === null || (one.verb === "quote") !== (kind === "quote")) return bare(404);
  if (one.state === "revoked" || (one.state === "accepted" && one.isNoteGone)) return bare(410);
  if (one.state !== "accepted") return bare(404);
  const { privateObjectId } = one;
  if (privateObjectId !== null && !(await maySignerSee(app, signerOf, privateObjectId))) return bare(404);
  return activityJson(await toWire(toAuthorization(one)), privateObjectId === null);
}

/** A reaction to a note that everybody may see; others would say that the note is there. */
export async function answerReaction(app: App, idText: string): Promise<Response> {
  const id = parseId<ReactionId>(idText);
  const reaction = id === null ? null : await reactionForFederation(app, id);
  if (reaction === null || !reaction.isNoteOpen) return bare(404);
  if (!(await isShownActor(app, reaction.actorId))) return bare(404);
  return activityJson(await toWire(toReaction(reaction), reactionExtras(reaction.name)), true);
}

/** The question whether an open note of ours may quote what it quotes. */
export async function answerQuoteRequest(app: App, idText: string): Promise<Response> {
  const id = parseId<NoteId>(idText);
  const note = id === null ? null : await noteForFederation(app, id);
  if (id === null || note === null || !note.local || note.deleted || note.hidden) return bare(404);
  const quoted = await quotedForFederation(app, id);
  const isOpen = note.visibility === "public" || note.visibility === "unlisted";
  if (quoted === null || !isOpen) return bare(404);
  const request = {
    uri: app.uris.quoteRequest(id),
    actorUri: note.actorUri,
    quotedUri: quoted.uri,
    quotedAuthorUri: quoted.authorUri,
    note: toNote(note, app.uris),
  };
  return activityJson(await toWire(toQuoteRequest(request), extrasOf(note)), true);
}
