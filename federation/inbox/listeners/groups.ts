import {
  findPassedOn,
  isGroup,
  receiveGroupDelete,
  receiveGroupNote,
  receiveGroupRemoval,
} from "../../../server/services/notes/groups.ts";
import { receiveNoteUpdate } from "../../../server/services/notes/received-notes.ts";
import { NOTE_TYPES } from "../../reading/from-note.ts";
import {
  iriOf,
  isJson,
  listOf,
  sameOrigin,
  timeOf,
  typesOf,
  webAddress,
  type Json,
} from "../../reading/json.ts";
import { toNormal } from "../../reading/normal.ts";
import type { Documents } from "../../remote/documents.ts";
import {
  embeddedNote,
  embeddedObject,
  fetchedNote,
  type Incoming,
  visibilityOfActivity,
} from "../incoming.ts";
import { onActorUpdate } from "./actors.ts";
import { onAdd } from "./pins.ts";
import { onAnnounce, onLike, onUndo } from "./reactions.ts";

/** Activities that groups pass on whole (FEP-1b12). */
const PASSED_ON =
  /^(?:Create|Update|Delete|Like|EmojiReact|Dislike|Undo|Add|Remove|Lock|Block|Flag|Announce|Follow|Accept|Reject)$/;

/** A boost, or a group that passes on what happened in it: Announce of an activity (FEP-1b12). */
export async function onGroupAnnounce(incoming: Incoming): Promise<void> {
  const object = embeddedObject(incoming);
  if (object === null || !typesOf(object).some((type) => PASSED_ON.test(type))) return onAnnounce(incoming);
  const inner = innerOf(incoming, object);
  if (inner === null) return;
  switch (inner.type) {
    case "Create":
      return await onPassedCreate(incoming, inner);
    case "Update":
      return await onPassedUpdate(incoming, inner);
    case "Delete":
      return await onPassedDelete(incoming, inner);
    case "Like":
    case "EmojiReact":
    case "Undo":
      return await onPassedReaction(incoming, inner);
    default:
      // Votes against, locks, bans and lists of moderators are the group's own affairs.
      return;
  }
}

/** The activity that is passed on, as if it had come by itself; nothing in it is believed yet. */
function innerOf(incoming: Incoming, object: Json): Incoming | null {
  const actorUri = webAddress(iriOf(object["actor"]));
  const uri = webAddress(iriOf(object["id"]));
  const [type] = typesOf(object);
  if (actorUri === null || uri === null || type === undefined || !sameOrigin(actorUri, uri)) return null;
  return { ...incoming, type, json: object, actorUri, uri, objectUri: webAddress(iriOf(object["object"])) };
}

/**
 * True when the group can be taken at its word about somebody: its server signed it all (FEP-fe34, embedding), and it is
 * a group or a service of that server, not one of its people, some of whom may send what they like.
 */
async function speaksFor(group: Incoming, actorUri: string): Promise<boolean> {
  return sameOrigin(actorUri, group.actorUri) && (await isGroup(group.app, group.actorUri));
}

/** The note of a passed-on activity: as it came, or from its own origin. */
async function noteOf(group: Incoming, inner: Incoming) {
  const embedded = (await speaksFor(group, inner.actorUri)) ? await embeddedNote(inner) : null;
  if (embedded !== null) return embedded;
  return inner.objectUri === null ? null : await inner.app.remote.fetchNote(inner.objectUri);
}

async function onPassedCreate(group: Incoming, inner: Incoming): Promise<void> {
  const note = await noteOf(group, inner);
  if (note !== null) await receiveGroupNote(group.app, await passingOf(group), note);
}

async function passingOf(group: Incoming) {
  const now = group.app.clock.now();
  return {
    uri: group.uri,
    groupUri: group.actorUri,
    visibility: await visibilityOfActivity(group),
    publishedAt: Math.min(timeOf(group.json["published"]) ?? now, now),
  };
}

async function onPassedUpdate(group: Incoming, inner: Incoming): Promise<void> {
  const { app, objectUri } = inner;
  if (objectUri === group.actorUri) return await onActorUpdate(group);
  if (objectUri === null || (await findPassedOn(app, objectUri)) === null) return;
  const note = await noteOf(group, inner);
  if (note !== null && note.uri === objectUri) await receiveNoteUpdate(app, note);
}

/** Authors and moderators delete in the same way: what is gone at its origin is gone, anything else only left the group. */
async function onPassedDelete(group: Incoming, { app, objectUri, documents }: Incoming): Promise<void> {
  const known = objectUri === null ? null : await findPassedOn(app, objectUri);
  if (objectUri === null || known === null) return;
  if (!known.isOurs && known.isOpen && (await isGone(documents, objectUri)))
    await receiveGroupDelete(app, objectUri);
  else await receiveGroupRemoval(app, group.actorUri, objectUri);
}

async function isGone(documents: Documents, uri: string): Promise<boolean> {
  documents.forget(uri);
  const loaded = await documents.load(uri);
  if (!loaded.ok) return loaded.status === 404 || loaded.status === 410;
  return sameOrigin(loaded.url, uri) && typesOf(loaded.json).includes("Tombstone");
}

/**
 * Likes of people on the group's own server are as good as the group's word. Those of others are read at their origin, and
 * only when they are about a note of ours: every like of a large community would be a fetch.
 */
async function onPassedReaction(group: Incoming, inner: Incoming): Promise<void> {
  const undone = inner.type === "Undo" ? embeddedObject(inner) : null;
  if (inner.type === "Undo" && (undone === null || !isReaction(undone))) return;
  const noteUri = undone === null ? inner.objectUri : webAddress(iriOf(undone["object"]));
  const known = noteUri === null ? null : await findPassedOn(inner.app, noteUri);
  if (known === null) return;
  if (!(await speaksFor(group, inner.actorUri)) && !(known.isOurs && (await isTrue(inner)))) return;
  return inner.type === "Undo" ? await onUndo(inner) : await onLike(inner);
}

function isReaction(activity: Json): boolean {
  return typesOf(activity).some((type) => type === "Like" || type === "EmojiReact");
}

/** True when the activity is the same at its own address: same actor, same object, same type. */
async function isTrue(inner: Incoming): Promise<boolean> {
  const loaded = await inner.documents.loadById(inner.uri);
  const json = loaded.ok ? await toNormal(loaded.json) : null;
  return (
    json !== null &&
    typesOf(json)[0] === inner.type &&
    webAddress(iriOf(json["id"])) === inner.uri &&
    webAddress(iriOf(json["actor"])) === inner.actorUri &&
    webAddress(iriOf(json["object"])) === inner.objectUri
  );
}

/** Something pinned, or a post on a wall: Smithereen adds those to a collection of the wall's owner (FEP-400e). */
export async function onAddToCollection(incoming: Incoming): Promise<void> {
  const target = listOf(incoming.json["target"])[0];
  const object = embeddedObject(incoming);
  const isOwned = isJson(target) && webAddress(iriOf(target["attributedTo"])) === incoming.actorUri;
  const isNote = object !== null && typesOf(object).some((type) => NOTE_TYPES.has(type));
  if (!isOwned || (object !== null && !isNote)) return await onAdd(incoming);
  const note = (await embeddedNote(incoming)) ?? (await fetchedNote(incoming));
  // The author agrees by naming the same collection; otherwise anybody could hang anything on their wall.
  if (note === null || (note.audienceUri !== incoming.actorUri && note.authorUri !== incoming.actorUri))
    return;
  await receiveGroupNote(incoming.app, await passingOf(incoming), note);
}
