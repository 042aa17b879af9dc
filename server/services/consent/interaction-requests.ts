import type { App } from "../../context.ts";
import { asId } from "../../domain/ids.ts";
import type { RateRule } from "../../domain/limits.ts";
import type { ReceivedNote } from "../../domain/note.ts";
import type { Permission, Verb } from "../../domain/policy.ts";
import { sameOrigin } from "../../domain/uris.ts";
import { CausewayError } from "../../errors.ts";
import { findActorById, findActorByUri } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay } from "../../store/follows.ts";
import { insertTombstone, isTombstone } from "../../store/inbox.ts";
import {
  attachReply,
  decideInteraction,
  detachReply,
  findInteraction,
  insertInteraction,
  listNotesWithStamp,
  updateInteraction,
} from "../../store/interactions.ts";
import {
  findNoteById,
  findNoteByUri,
  findVisibleNotes,
  lockNote,
  type NoteRow,
  updateNote,
} from "../../store/notes.ts";
import { findOrFetchActor } from "../actors/actors.ts";
import { admit, type Asked, remember } from "./admission.ts";
import { federate } from "../federation/federate.ts";
import { receiveForeignAnswer } from "./foreign-replies.ts";
import { carryOut, type InteractionDetail } from "./interaction-effects.ts";
import { findPermission } from "./policies.ts";
import { showToQuoted } from "./quotes.ts";
import { receiveNote } from "../notes/received-notes.ts";

/** A QuoteRequest (FEP-044f), ReplyRequest, LikeRequest or AnnounceRequest (GoToSocial). */
export type ReceivedRequest = {
  readonly verb: Verb;
  readonly uri: string;
  readonly actorUri: string;
  /** The note that it is about. */
  readonly noteUri: string;
  /** The quoting note, reply, Like or Announce. */
  readonly objectUri: string;
  /** The quoting note or reply, when its author sent it along. */
  readonly object: ReceivedNote | null;
  readonly detail: InteractionDetail;
};

/**
 * Somebody asks whether they may do something with a note of ours. The policy answers, or the author does later. What is
 * asked for must be the asker's own; a request about a note that they cannot see gets no answer.
 * @throws remote_failed when what they ask for cannot be read now
 */
export async function receiveInteractionRequest(app: App, received: ReceivedRequest): Promise<void> {
  const note = await findNoteByUri(app.db, received.noteUri);
  if (note === undefined || note.deleted_at !== null || !isSet(note.local)) return;
  if (!sameOrigin(received.objectUri, received.actorUri)) return;
  const actorId = await findOrFetchActor(app, received.actorUri);
  if (actorId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  if ((await findVisibleNotes(app.db, actorId, [note.id])).length === 0) return;
  if (await blockedEitherWay(app.db, actorId, note.actor_id)) return;
  // Taken back before the request came.
  if (await isTombstone(app.db, received.objectUri, received.actorUri)) return;
  const known = await findInteraction(app.db, received.verb, received.objectUri, note.id);
  const isRefused =
    known === undefined && (await findPermission(app, app.db, note, actorId, received.verb)) === "no";
  if (!isRefused && !(await hasObject(app, received, note, actorId))) return;
  await transaction(app.db, (tx) => answer(app, tx, received, note, actorId));
  app.wake();
}

/** True when the note that asks is here, by the one who asks, and really quotes or answers ours; Likes need nothing. */
async function hasObject(
  app: App,
  received: ReceivedRequest,
  note: NoteRow,
  actorId: number,
): Promise<boolean> {
  const { verb, objectUri } = received;
  if (verb === "like" || verb === "announce") return true;
  const stored = await findNoteByUri(app.db, objectUri);
  if (stored !== undefined)
    return isAbout(stored, verb, note, actorId) || isMeantAs(received, stored, note, actorId);
  const object = received.object ?? (await app.remote.fetchNote(objectUri));
  if (object === null) throw new CausewayError("remote_failed", "error.remote_failed");
  if (object.uri !== objectUri || object.authorUri !== received.actorUri) return false;
  const id = await receiveNote(app, object, "delivered");
  const made = id === null ? undefined : await findNoteById(app.db, id);
  return made !== undefined && isAbout(made, verb, note, actorId);
}

function isAbout(object: NoteRow, verb: Verb, note: NoteRow, actorId: number): boolean {
  if (object.actor_id !== actorId || object.deleted_at !== null) return false;
  return verb === "quote" ? object.quote_uri === note.uri : object.reply_to_uri === note.uri;
}

/** Hollo keeps the quote out of its Create until it is allowed: so far only the request itself, by its author, says it. */
function isMeantAs(received: ReceivedRequest, stored: NoteRow, note: NoteRow, actorId: number): boolean {
  const { object, verb } = received;
  if (verb !== "quote" || object === null || stored.actor_id !== actorId || stored.deleted_at !== null)
    return false;
  const isItself = object.uri === stored.uri && object.authorUri === received.actorUri;
  return isItself && stored.quote_uri === null && object.quote?.uri === note.uri;
}

async function answer(
  app: App,
  tx: Db,
  received: ReceivedRequest,
  note: NoteRow,
  actorId: number,
): Promise<void> {
  const asked: Asked = {
    verb: received.verb,
    note,
    actorId,
    objectUri: received.objectUri,
    requestUri: received.uri,
    detail: received.detail,
  };
  const permission = await admit(app, tx, asked);
  if (received.verb === "quote" && permission !== "no") await showQuote(tx, received.objectUri, note);
  if (permission === "yes") await remember(app, tx, asked, "accepted");
  const row = await findInteraction(tx, received.verb, received.objectUri, note.id);
  if (row === undefined || row.actor_id !== actorId) {
    if (permission === "no") await refuse(app, tx, received, note, actorId);
    return;
  }
  await updateInteraction(tx, row.id, { request_uri: received.uri });
  if (row.state === "accepted") await carryOut(app, tx, row, note);
  const type = ANSWERS[permission];
  if (type === null) return;
  await federate(app, tx, note.actor_id, {
    type,
    activityId: asId(app.ids.next()),
    interactionId: asId(row.id),
  });
}

/** The request was sent for the author's eyes; a quote that merely came by, for others, was not. */
async function showQuote(tx: Db, quotingUri: string, note: NoteRow): Promise<void> {
  const quoting = await findNoteByUri(tx, quotingUri);
  if (quoting !== undefined) await showToQuoted(tx, quoting.id, note.actor_id);
}

const ANSWERS: Readonly<Record<Permission, "interaction.accepted" | "interaction.rejected" | null>> = {
  yes: "interaction.accepted",
  no: "interaction.rejected",
  ask: null,
};

async function refuse(
  app: App,
  tx: Db,
  received: ReceivedRequest,
  note: NoteRow,
  actorId: number,
): Promise<void> {
  await federate(app, tx, note.actor_id, {
    type: "interaction.refused",
    activityId: asId(app.ids.next()),
    verb: received.verb,
    requestUri: received.uri,
    objectUri: received.objectUri,
    byActorId: asId(actorId),
    noteId: asId(note.id),
  });
}

/** An answer to what somebody here asked for, or did where asking is due. */
export type ReceivedAnswer = {
  readonly isYes: boolean;
  readonly actorUri: string;
  /** The note that asked: of ours, or of somebody elsewhere when the answer is for everybody. */
  readonly noteUri: string;
  /** `null` = its author did not say which: what the note quotes or answers decides. */
  readonly verb: "quote" | "reply" | null;
  /** The stamp, at the answering author's server. */
  readonly stampUri: string | null;
};

/**
 * The author of what a note of ours quotes or answers said yes or no. Only their own word counts, judged by what is
 * stored; the note is sent again with the stamp, so that others can see the consent.
 */
export async function receiveInteractionAnswer(app: App, received: ReceivedAnswer): Promise<void> {
  await transaction(app.db, async (tx) => {
    const found = await findNoteByUri(tx, received.noteUri);
    const note = found === undefined ? undefined : await lockNote(tx, found.id);
    if (note === undefined || note.deleted_at !== null) return;
    if (!isSet(note.local)) return await receiveForeignAnswer(tx, note, received);
    const stampUri =
      received.stampUri !== null && sameOrigin(received.stampUri, received.actorUri)
        ? received.stampUri
        : null;
    const isQuote = received.verb !== "reply" && (await isAuthorOf(tx, note.quote_id, received.actorUri));
    if (isQuote) await answerQuote(app, tx, note, received.isYes, stampUri);
    const isReply =
      received.verb !== "quote" && !isQuote && (await isParentsAuthor(tx, note, received.actorUri));
    if (isReply) await answerReply(app, tx, note, received.isYes, stampUri);
  });
  app.wake();
}

async function isAuthorOf(tx: Db, noteId: number | null, actorUri: string): Promise<boolean> {
  const note = noteId === null ? undefined : await findNoteById(tx, noteId);
  const author = note === undefined || isSet(note.local) ? undefined : await findActorById(tx, note.actor_id);
  return author !== undefined && author.uri === actorUri;
}

/** By the address, since an answer that was turned down is tied to nothing. */
async function isParentsAuthor(tx: Db, note: NoteRow, actorUri: string): Promise<boolean> {
  const parent = note.reply_to_uri === null ? undefined : await findNoteByUri(tx, note.reply_to_uri);
  return await isAuthorOf(tx, parent?.id ?? null, actorUri);
}

async function answerQuote(
  app: App,
  tx: Db,
  note: NoteRow,
  isYes: boolean,
  stampUri: string | null,
): Promise<void> {
  if (!isYes) {
    if (note.quote_state !== "accepted" && note.quote_state !== "pending") return;
    await updateNote(tx, note.id, { quote_state: "rejected", quote_authorization_uri: null });
    if (note.quote_authorization_uri !== null) await sendAgain(app, tx, note);
    return;
  }
  // A yes without a stamp convinces nobody else.
  if (stampUri === null || note.quote_authorization_uri === stampUri) return;
  if (note.quote_state !== "pending" && note.quote_state !== "rejected") return;
  await updateNote(tx, note.id, { quote_state: "accepted", quote_authorization_uri: stampUri });
  await sendAgain(app, tx, note);
}

async function answerReply(
  app: App,
  tx: Db,
  note: NoteRow,
  isYes: boolean,
  stampUri: string | null,
): Promise<void> {
  const parent = note.reply_to_uri === null ? undefined : await findNoteByUri(tx, note.reply_to_uri);
  if (parent === undefined || (isYes && stampUri === null)) return;
  if (isYes) await attachReply(tx, note.uri, parent);
  else await detachReply(tx, note.uri, parent.id);
  const now = app.clock.now();
  const row = await findInteraction(tx, "reply", note.uri, parent.id);
  if (row?.authorization_uri === stampUri && stampUri !== null) return;
  const state = isYes ? "accepted" : "rejected";
  if (row === undefined)
    await insertInteraction(tx, {
      id: app.ids.next(),
      kind: "reply",
      request_uri: null,
      object_uri: note.uri,
      actor_id: note.actor_id,
      note_id: parent.id,
      author_id: parent.actor_id,
      state,
      detail: null,
      authorization_uri: isYes ? stampUri : null,
      created_at: now,
      decided_at: now,
    });
  else {
    await decideInteraction(tx, row.id, { from: ["pending", "accepted", "rejected", "revoked"], state, now });
    await updateInteraction(tx, row.id, { authorization_uri: isYes ? stampUri : null });
  }
  if (isYes) await sendAgain(app, tx, note);
}

/** A yes and a no in turns must not make us write to every follower each time. */
const RESENDS: RateRule = { name: "consent-resends", limit: 6, windowMs: 3_600_000 };

async function sendAgain(app: App, tx: Db, note: NoteRow): Promise<void> {
  if (!app.limiter.take(RESENDS, String(note.id)).ok) return;
  await federate(app, tx, note.actor_id, {
    type: "note.updated",
    activityId: asId(app.ids.next()),
    noteId: asId(note.id),
  });
}

/**
 * An author elsewhere takes consent back, if what was deleted is a stamp: quotes that carry it no longer show what they
 * quoted, and it is remembered as gone.
 */
export async function receiveStampDeleted(app: App, actorUri: string, stampUri: string): Promise<void> {
  await transaction(app.db, async (tx) => {
    const carriers = await listNotesWithStamp(tx, stampUri);
    const actor = await findActorByUri(tx, actorUri);
    if (carriers.length === 0 || actor === undefined || actor.host === "") return;
    await insertTombstone(tx, stampUri, actorUri, app.clock.now());
    for (const note of carriers) {
      const quoted = note.quote_id === null ? undefined : await findNoteById(tx, note.quote_id);
      if (quoted === undefined || quoted.actor_id !== actor.id) continue;
      await updateNote(tx, note.id, {
        quote_state: "revoked",
        ...(isSet(note.local) ? { quote_authorization_uri: null } : {}),
      });
      if (isSet(note.local)) await sendAgain(app, tx, note);
    }
  });
  app.wake();
}
