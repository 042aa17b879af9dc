import type { App } from "../../context.ts";
import { ARRIVAL_LIMITS, type LeftReason, type NoteOutcome } from "../../domain/arrival.ts";
import { asId } from "../../domain/ids.ts";
import { NOTE_LIMITS, type ReceivedNote } from "../../domain/note.ts";
import { isObject } from "../../lifeboat/actor-documents.ts";
import type { Signed } from "../../lifeboat/proofs.ts";
import { type ActorRow, findActorsByUri } from "../../store/actors.ts";
import { arrangeMedia } from "../../store/arranged-media.ts";
import { findArrivedNotes } from "../../store/arrivals.ts";
import type { Db } from "../../store/database.ts";
import { findNoteByUri } from "../../store/notes.ts";
import { writeMediaKinds } from "../../store/note-media.ts";
import { textOfArrived } from "./arrived-text.ts";
import type { ArrivingNote } from "./source.ts";
import { takeMedia } from "./take-media.ts";
import type { TakingIn } from "./taking.ts";
import { type Answered, insertArrived } from "./write-note.ts";

/** A note that is ready to be written, or why there is nothing to write. */
export type ReadyNote =
  | { readonly type: "settled"; readonly outcome: NoteOutcome }
  | { readonly type: "ready"; write(tx: Db): Promise<NoteOutcome> };

/**
 * Reads one note of a lifeboat and keeps its files. Writing it is left to the caller's transaction, together with how far the
 * arrival is. @throws unavailable when there is no room for a file
 */
export async function readyNote(app: App, into: TakingIn, note: ArrivingNote): Promise<ReadyNote> {
  const left = (reason: LeftReason): ReadyNote => ({
    type: "settled",
    outcome: { type: "left", uri: note.uri, reason },
  });
  if (note.create === null) return left("sealed");
  if (await isHere(app.db, into, note.uri)) return { type: "settled", outcome: { type: "already" } };
  const received = await readReceived(app, into, note.create);
  if (typeof received === "string") return left(received);
  const text = await textOfArrived(app, into, note.create, received);
  const { media, left: mediaLeft } = await takeMedia(app, into.actorId, note, received, into.folder);
  const isEmpty = text.html === "" && media.length === 0 && received.poll === null && text.title === null;
  if (isEmpty) return left("empty");
  const mentioned = await mentionedHere(app, into, received);
  return {
    type: "ready",
    async write(tx) {
      // Two workers after a lost lease: the first one counts.
      if (await isHere(tx, into, note.uri)) return { type: "already" };
      const id = await insertArrived(app, tx, into, {
        received,
        text,
        mentionIds: mentioned.map((actor) => actor.id),
        answered: await answeredHere(tx, into, received),
      });
      if (media.length > 0) {
        await arrangeMedia(tx, { actorId: into.actorId, noteId: id, media });
        await writeMediaKinds(tx, id);
      }
      return { type: "taken", uri: note.uri, media: media.length, mediaLeft };
    },
  };
}

/** A copy of it is here, also one that was deleted since; or it was written here in the first place. */
async function isHere(db: Db, { actorId }: TakingIn, uri: string): Promise<boolean> {
  if ((await findArrivedNotes(db, actorId, [uri])).has(uri)) return true;
  const own = await findNoteByUri(db, uri);
  return own !== undefined && own.actor_id === actorId;
}

async function readReceived(
  app: App,
  { source }: TakingIn,
  create: Signed,
): Promise<ReceivedNote | LeftReason> {
  const object = create["object"];
  if (!isObject(object)) return "unreadable";
  if (isTooLong(object)) return "too_long";
  const followers = source.actor["followers"];
  // An object that says nothing of its readers has those of its Create (ActivityPub 6.2).
  const isSilent = object["to"] === undefined && object["cc"] === undefined;
  const readers = isSilent ? { to: create["to"], cc: create["cc"] } : {};
  const document = { "@context": create["@context"], ...object, ...readers };
  const received = await app.remote.readNote(document, typeof followers === "string" ? followers : null);
  if (received === null) return "unreadable";
  // What JSON-LD makes of it has to be what the proof was looked at for.
  if (received.authorUri !== source.actorUri || received.uri !== object["id"]) return "foreign";
  if (received.visibility === "direct") return "direct";
  return received;
}

/** Readers cut what is longer; what somebody wrote is not taken in by halves. */
function isTooLong(object: Signed): boolean {
  const map = object["contentMap"];
  const texts = [object["content"], ...(isObject(map) ? Object.values(map) : [])];
  return texts.some((text) => typeof text === "string" && text.length > ARRIVAL_LIMITS.characters);
}

/** People whom it names and who are known here; the old actor is the person themselves. Nobody is told. */
async function mentionedHere(
  app: App,
  { source }: TakingIn,
  received: ReceivedNote,
): Promise<readonly ActorRow[]> {
  const uris = received.mentionUris.filter((uri) => uri !== source.actorUri).slice(0, NOTE_LIMITS.addressees);
  return (await findActorsByUri(app.db, uris)).filter((actor) => actor.deleted_at === null);
}

/**
 * What it answers: a copy of one's own note, or only an address. Nobody is put below the notes of others without their
 * server having been asked.
 */
async function answeredHere(tx: Db, { actorId }: TakingIn, received: ReceivedNote): Promise<Answered> {
  const uri = received.inReplyToUri;
  if (uri === null) return { uri: null, parent: null };
  const copy = (await findArrivedNotes(tx, actorId, [uri])).get(uri);
  const own = copy ?? (await ownNote(tx, actorId, uri));
  if (own === undefined || own.deleted_at !== null) return { uri, parent: null };
  return { uri: own.uri, parent: { id: asId(own.id), contextUri: own.context_uri } };
}

async function ownNote(tx: Db, actorId: number, uri: string) {
  const row = await findNoteByUri(tx, uri);
  return row?.actor_id === actorId ? row : undefined;
}
