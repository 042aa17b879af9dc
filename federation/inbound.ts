import {
  Accept,
  Announce,
  Block,
  Create,
  Delete,
  EmojiReact,
  Follow,
  Like,
  type Object as AsObject,
  Reject,
  Undo,
  Update,
  Activity,
  getTypeId,
} from "@fedify/vocab";
import type { App } from "../server/context.ts";
import type { ReceivedNote } from "../server/domain/note.ts";
import { PUBLIC_COLLECTION, visibilityOf, type Visibility } from "../server/domain/visibility.ts";
import { CausewayError } from "../server/errors.ts";
import { receiveActor } from "../server/services/actors.ts";
import { finishInbox, takeFromInbox } from "../server/services/deliveries.ts";
import { receiveAccept, receiveFollow, receiveReject } from "../server/services/follows.ts";
import { receiveAnnounce, receiveLike, receiveUndo } from "../server/services/reactions.ts";
import { receiveNote, receiveNoteDeleted, receiveNoteUpdate } from "../server/services/received-notes.ts";
import { receiveActorDeleted } from "../server/services/departures.ts";
import { receiveBlock } from "../server/services/relationships.ts";
import type { JobHandler } from "../server/store/jobs.ts";
import { CLOSED, parseActivity } from "./contexts.ts";
import type { Documents } from "./documents.ts";
import { iriOf, isJson, sameOrigin, timeOf, typesOf, webAddress, type Json } from "./json.ts";
import { log } from "./log.ts";
import { payloadNumber } from "./payload.ts";
import { followersOf, readNote } from "./remote.ts";

/** An authenticated activity: `actorUri` signed it, it is the activity's only actor, and `uri` is on its origin. */
type Incoming = {
  readonly app: App;
  readonly documents: Documents;
  readonly activity: Activity;
  readonly json: Json;
  readonly actorUri: string;
  readonly uri: string;
  /** The `object` by its id, embedded or not. */
  readonly objectUri: string | null;
};

type Listener = (incoming: Incoming) => Promise<void>;

/** What we understand. A type is matched exactly: a TentativeAccept is no Accept. Everything else is finished unread. */
const LISTENERS: ReadonlyMap<string, Listener> = new Map<string, Listener>([
  [Follow.typeId.href, onFollow],
  [Accept.typeId.href, (incoming) => onAnswer(incoming, receiveAccept)],
  [Reject.typeId.href, (incoming) => onAnswer(incoming, receiveReject)],
  [Undo.typeId.href, onUndo],
  [Create.typeId.href, onCreate],
  [Update.typeId.href, onUpdate],
  [Delete.typeId.href, onDelete],
  [Like.typeId.href, onLike],
  // Pleroma's reaction is a like for those who know no emoji (FEP-c0e0).
  [EmojiReact.typeId.href, onLike],
  [Announce.typeId.href, onAnnounce],
  [Block.typeId.href, onBlock],
]);

/** Makes the job "inbox": what an accepted activity means. Runs at least once; every service behind it is idempotent. */
export function createInboxJob(documents: Documents): JobHandler {
  return async (app, payload) => {
    const inboxId = payloadNumber(payload, "inboxId");
    const taken = await takeFromInbox(app, inboxId);
    if (taken === null) return;
    await listen(app, documents, taken.body, taken.actorUri);
    await finishInbox(app, inboxId);
  };
}

async function listen(app: App, documents: Documents, body: string, actorUri: string): Promise<void> {
  const json: unknown = JSON.parse(body);
  const activity = isJson(json) ? await parseActivity(json) : null;
  if (!isJson(json) || activity?.id === null || activity === null) return;
  const listener = LISTENERS.get(getTypeId(activity).href);
  if (listener === undefined) return;
  const uri = activity.id.href;
  try {
    await listener({
      app,
      documents,
      activity,
      json,
      actorUri,
      uri,
      objectUri: webAddress(activity.objectId?.href),
    });
  } catch (error) {
    if (!isFinal(error)) throw error;
    log.info("inbox activity {uri} not taken: {kind}", { uri, kind: error.kind });
  }
}

/** What is forbidden, missing or malformed stays so; only failures of the network and of ours are worth another try. */
function isFinal(error: unknown): error is CausewayError {
  return error instanceof CausewayError && error.kind !== "remote_failed" && error.kind !== "unavailable";
}

async function onFollow({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveFollow(app, { uri, actorUri, objectUri });
}

/**
 * An answer to a Follow of ours, which may carry no more than the Follow's id. The id is matched with what is stored;
 * nothing is fetched, and an embedded Follow is only a hint that the service checks.
 */
async function onAnswer(incoming: Incoming, receive: typeof receiveAccept): Promise<void> {
  const { app, activity, actorUri, objectUri } = incoming;
  const embedded = await embeddedObject(activity);
  const follower = embedded instanceof Follow ? webAddress(embedded.actorId?.href) : null;
  const followed = embedded instanceof Follow ? webAddress(embedded.objectId?.href) : null;
  const follow = follower === null || followed === null ? null : { actorUri: follower, objectUri: followed };
  await receive(app, { actorUri, followUri: objectUri, follow });
}

async function onUndo({ app, activity, actorUri, uri, objectUri }: Incoming): Promise<void> {
  const embedded = await embeddedObject(activity);
  const undone = embedded instanceof Activity ? embedded : null;
  if (undone !== null && undone.actorId !== null && webAddress(undone.actorId.href) !== actorUri) return;
  // Some servers undo an activity that never had an id; who did what to whom still says which one.
  const undoneUri = objectUri ?? `${uri}#undone`;
  if (!sameOrigin(undoneUri, actorUri)) return;
  const type = undone === null ? null : (getTypeId(undone).href.split(/[#/]/).at(-1) ?? null);
  const objectType = type === "EmojiReact" ? "Like" : type;
  await receiveUndo(app, {
    actorUri,
    objectUri: undoneUri,
    objectType,
    targetUri: webAddress(undone?.objectId?.href),
  });
}

async function onCreate(incoming: Incoming): Promise<void> {
  const note = (await embeddedNote(incoming)) ?? (await fetchedNote(incoming));
  if (note !== null) await receiveNote(incoming.app, note, "delivered");
}

/** Profiles are read again at their origin; notes are taken as sent if the sender is their exact author. */
async function onUpdate(incoming: Incoming): Promise<void> {
  const { app, actorUri, objectUri, documents } = incoming;
  if (objectUri === null) return;
  if (objectUri === actorUri) {
    documents.forget(actorUri);
    const actor = await app.remote.findActor(actorUri);
    if (actor !== null) await receiveActor(app, actor);
    return;
  }
  const note = (await embeddedNote(incoming)) ?? (await fetchedNote(incoming));
  if (note !== null && note.authorUri === actorUri) await receiveNoteUpdate(app, note);
}

/** `object` may be the thing, a Tombstone or a bare id; it must lie on the sender's origin to be the sender's. */
async function onDelete({ app, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri === null || !sameOrigin(objectUri, actorUri)) return;
  if (objectUri === actorUri) await receiveActorDeleted(app, actorUri);
  else await receiveNoteDeleted(app, actorUri, objectUri);
}

async function onLike({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveLike(app, { uri, actorUri, objectUri });
}

/** What is boosted is fetched at its origin, never taken from what came embedded. */
async function onAnnounce(incoming: Incoming): Promise<void> {
  const { app, json, uri, actorUri } = incoming;
  const objectUri = announcedUri(incoming);
  if (objectUri === null) return;
  await receiveAnnounce(app, {
    uri,
    actorUri,
    objectUri,
    visibility: await visibilityOfActivity(incoming),
    publishedAt: Math.min(timeOf(json["published"]) ?? app.clock.now(), app.clock.now()),
  });
}

async function onBlock({ app, uri, actorUri, objectUri }: Incoming): Promise<void> {
  if (objectUri !== null) await receiveBlock(app, { uri, actorUri, objectUri });
}

/** Groups boost whole activities (FEP-1b12): the note of a Create is meant; their likes and edits are not for us. */
function announcedUri({ json, objectUri }: Incoming): string | null {
  const object = json["object"];
  if (!isJson(object)) return objectUri;
  const types = typesOf(object);
  if (types.includes("Create")) return webAddress(iriOf(object["object"]));
  const isActivity = types.some((type) =>
    /^(?:Update|Delete|Like|Dislike|Undo|Add|Remove|Lock|Block|Flag|Announce)$/.test(type),
  );
  return isActivity ? null : objectUri;
}

async function visibilityOfActivity({ activity, documents, actorUri }: Incoming): Promise<Visibility> {
  const to = activity.toIds.map((id) => id.href);
  const cc = activity.ccIds.map((id) => id.href);
  const isPublic = to.includes(PUBLIC_COLLECTION) || cc.includes(PUBLIC_COLLECTION);
  return visibilityOf({ to, cc, followersUri: isPublic ? null : await followersOf(documents, actorUri) });
}

/** The note that came with the activity, if its author sent it: exact author, id on the author's origin (FEP-fe34). */
async function embeddedNote(incoming: Incoming): Promise<ReceivedNote | null> {
  const { app, documents, json, actorUri } = incoming;
  const object = json["object"];
  if (!isJson(object) || object["attributedTo"] === undefined) return null;
  const note = await readNote(documents, app.clock.now(), { "@context": json["@context"], ...object });
  return note !== null && note.authorUri === actorUri && note.uri === incoming.objectUri ? note : null;
}

/** The note at its own origin, when it came as an id alone or embedded by somebody who is not its author. */
async function fetchedNote({ app, objectUri, actorUri, json }: Incoming): Promise<ReceivedNote | null> {
  if (objectUri === null) return null;
  const object = json["object"];
  // An embedded object of the sender that is no note to us will not become one by asking again.
  if (isJson(object) && sameOrigin(objectUri, actorUri) && iriOf(object["attributedTo"]) === actorUri)
    return null;
  return app.remote.fetchNote(objectUri);
}

/** What came embedded, as it came: for reading, never for believing. */
async function embeddedObject(activity: Activity): Promise<AsObject | null> {
  try {
    return await activity.getObject({ ...CLOSED, crossOrigin: "trust", suppressError: true });
  } catch {
    return null;
  }
}
