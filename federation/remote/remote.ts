import type { App, Remote } from "../../server/context.ts";
import { parseHandle, type ReceivedActor } from "../../server/domain/actor.ts";
import type { ReceivedNote } from "../../server/domain/note.ts";
import { PUBLIC_COLLECTION } from "../../server/domain/visibility.ts";
import { itemsOf, readCollection, SMALL, subjectsOf, wholeCollection } from "./collections.ts";
import { fetchAuthorization } from "./authorizations.ts";
import { createDocuments, type Documents } from "./documents.ts";
import { fromActor } from "../reading/from-actor.ts";
import { identityOf, keyPrintsOf } from "../reading/from-identity.ts";
import { fromNote } from "../reading/from-note.ts";
import {
  iriOf,
  irisOf,
  isJson,
  listOf,
  sameOrigin,
  textOf,
  typesOf,
  webAddress,
  type Json,
} from "../reading/json.ts";
import { toNormal } from "../reading/normal.ts";
import { readRecord } from "../kv.ts";
import { createKeyStore } from "../delivery/signing.ts";
import { fetchFeaturedCollection, fetchFeatureStamp } from "./featured-collections.ts";
import { linkTemplates, lookUpHandle, type Finger } from "./web-finger.ts";

/** A note whose author cannot be read now, so that its audience is unknown: to be tried again. */
export class AuthorUnreachable extends Error {}

/** Implements the port `app.remote`. It is handed everything else of `app`, which it is about to become a part of. */
export function createRemote(parts: Omit<App, "remote">): Remote {
  const remote: Remote = {
    findActor: (handleOrUri) => answer(() => findActor(app, documents, handleOrUri)),
    fetchNote: (uri) => answer(() => fetchNote(documents, app, uri)),
    readNote: (document, followersUri) => answer(() => readHandedNote(app, document, followersUri)),
    keptKey: (keyId) => answer(() => keptKey(app, keyId)),
    fetchAuthorization: (uri) => answer(() => fetchAuthorization(documents, uri)),
    fetchAny: (uri) => answer(() => fetchAny(app, documents, uri)),
    recentNotes: async (outboxUri, limit) =>
      (await answer(() => recentNotes(app, documents, outboxUri, limit))) ?? [],
    pinnedNotes: (collectionUri, limit) => answer(() => pinnedNotes(app, documents, collectionUri, limit)),
    featuredTags: (collectionUri, limit) => answer(() => featuredTags(documents, collectionUri, limit)),
    listCollection: (uri, budget) => answer(() => listCollection(documents, uri, budget)),
    wholeCollection: (uri) => answer(() => wholeCollection(documents, uri)),
    fetchCollection: (uri) => answer(() => fetchFeaturedCollection(documents, uri)),
    fetchFeatureStamp: (uri) => answer(() => fetchFeatureStamp(documents, uri)),
    linkTemplates: (handle) => answer(() => linkTemplates(app, handle)),
  };
  const app: App = { ...parts, remote };
  const documents = createDocuments(app, createKeyStore(app));
  return remote;
}

/** A note that came from nobody's server: who it was for is decided by what the caller knows of its author. */
async function readHandedNote(
  app: App,
  document: Json,
  followersUri: string | null,
): Promise<ReceivedNote | null> {
  const normal = await toNormal(document);
  return normal === null ? null : fromNote(normal, { followersUri, now: app.clock.now() });
}

async function keptKey(app: App, keyId: string): Promise<string | null> {
  const record = await readRecord(app, ["key", keyId]);
  const pem = isJson(record) ? record["pem"] : null;
  return typeof pem === "string" ? pem : null;
}

/** Reads a note that came embedded in something its author sent. @throws AuthorUnreachable */
export async function readNote(documents: Documents, now: number, json: Json): Promise<ReceivedNote | null> {
  const normal = await toNormal(json);
  return normal === null ? null : await readNormalNote(documents, now, normal);
}

/** The same for a note that is in normal form already. @throws AuthorUnreachable */
export async function readNormalNote(
  documents: Documents,
  now: number,
  json: Json,
): Promise<ReceivedNote | null> {
  const audience = [...irisOf(json["to"]), ...irisOf(json["cc"]), ...irisOf(json["audience"])];
  const authorUri = iriOf(json["attributedTo"]);
  // Who may see a public note is known without asking its author.
  const isPublic = audience.includes(PUBLIC_COLLECTION);
  const followersUri = isPublic || authorUri === null ? null : await followersOf(documents, authorUri);
  return fromNote(json, { followersUri, now });
}

/** The followers collection as the author's own document names it, now or within the last day. @throws AuthorUnreachable */
export async function followersOf(documents: Documents, authorUri: string): Promise<string | null> {
  const known = await documents.knownFollowers(authorUri);
  // A request for every note to followers would use up what a large server lets us ask.
  if (known !== undefined) return known;
  const author = await documents.loadById(authorUri);
  // Who is gone has no followers: the note is for those it names. Anything else may be better later.
  if (!author.ok && (author.status === 404 || author.status === 410)) return null;
  if (!author.ok) throw new AuthorUnreachable(author.reason);
  const followers = webAddress(iriOf(author.json["followers"]));
  return followers !== null && sameOrigin(followers, authorUri) ? followers : null;
}

/** Failures are answers: what a stranger sends must never be an error of ours. */
async function answer<T>(ask: () => Promise<T | null>): Promise<T | null> {
  try {
    return await ask();
  } catch {
    return null;
  }
}

async function findActor(app: App, documents: Documents, handleOrUri: string): Promise<ReceivedActor | null> {
  const uri = webAddress(handleOrUri);
  if (uri !== null) return actorAt(app, documents, uri);
  const handle = parseHandle(handleOrUri);
  if (handle === null || handle.host === null || isOurs(app, handle.host)) return null;
  const finger = await lookUpHandle(app, handle.username, handle.host);
  if (finger === null || isOurs(app, finger.host)) return null;
  return actorAt(app, documents, finger.actorUri, finger);
}

async function actorAt(
  app: App,
  documents: Documents,
  uri: string,
  finger?: Finger,
): Promise<ReceivedActor | null> {
  const loaded = await documents.loadById(uri);
  return loaded.ok ? readActor(app, loaded.json, finger) : null;
}

/**
 * Reads an actor and settles the host of its handle: that of its uri, unless the actor names another one (FEP-2c59)
 * or WebFinger does, and WebFinger at that host leads back to this very actor (split domains).
 */
async function readActor(app: App, json: Json, known?: Finger): Promise<ReceivedActor | null> {
  const normal = await toNormal(json);
  const read = normal === null ? null : fromActor(normal);
  if (read === null || isOurs(app, read.host)) return null;
  const proved = { identity: identityOf(json, read.uri), keyPrints: keyPrintsOf(json) };
  const actor = { ...read, extras: { ...read.extras, ...proved } };
  const named = parseHandle(textOf(json["webfinger"]) ?? "");
  const finger = known ?? (await lookUpHandle(app, actor.username, named?.host ?? actor.host));
  if (finger === null || finger.actorUri !== actor.uri) return actor;
  if (finger.host === actor.host || finger.username.toLowerCase() !== actor.username.toLowerCase())
    return actor;
  if (isOurs(app, finger.host)) return null;
  const back =
    finger.host === finger.askedHost ? finger : await lookUpHandle(app, actor.username, finger.host);
  return back !== null && back.actorUri === actor.uri ? { ...actor, host: finger.host } : actor;
}

async function fetchNote(documents: Documents, app: App, uri: string): Promise<ReceivedNote | null> {
  const loaded = await documents.loadById(uri);
  return loaded.ok ? await noteIn(documents, app, loaded.json) : null;
}

/** A note's document, or that of its Create: some servers give the page of a note the activity's document. */
async function noteIn(documents: Documents, app: App, json: Json): Promise<ReceivedNote | null> {
  if (!typesOf(json).includes("Create")) return readNote(documents, app.clock.now(), json);
  const objectUri = webAddress(iriOf(json["object"]));
  return objectUri === null ? null : fetchPlainNote(documents, app, objectUri);
}

async function fetchPlainNote(documents: Documents, app: App, uri: string): Promise<ReceivedNote | null> {
  const loaded = await documents.loadById(uri);
  return loaded.ok ? readNote(documents, app.clock.now(), loaded.json) : null;
}

async function fetchAny(app: App, documents: Documents, uri: string): ReturnType<Remote["fetchAny"]> {
  const loaded = await documents.loadById(uri);
  if (!loaded.ok) return null;
  const note = await noteIn(documents, app, loaded.json);
  if (note !== null) return { type: "note", note };
  const actor = await readActor(app, loaded.json);
  return actor === null ? null : { type: "actor", actor };
}

/** Public and unlisted notes of an outbox, newest first; boosts and what is not on the outbox's origin are left out. */
async function recentNotes(
  app: App,
  documents: Documents,
  outboxUri: string,
  limit: number,
): Promise<readonly ReceivedNote[]> {
  const notes: ReceivedNote[] = [];
  for (const item of await itemsOf(documents, outboxUri)) {
    if (notes.length >= Math.min(limit, SMALL.items)) break;
    if (isJson(item) && typesOf(item).includes("Announce")) continue;
    const object = isJson(item) && typesOf(item).includes("Create") ? item["object"] : item;
    const uri = webAddress(iriOf(object));
    if (uri === null || !sameOrigin(uri, outboxUri)) continue;
    // The collection is served by the authors' own origin, so what it embeds is as good as fetched (FEP-fe34).
    const embedded =
      isJson(object) && object["attributedTo"] !== undefined ? withContext(object, item) : null;
    const note =
      embedded === null
        ? await fetchNote(documents, app, uri)
        : await readNote(documents, app.clock.now(), embedded);
    if (note !== null && (note.visibility === "public" || note.visibility === "unlisted")) notes.push(note);
  }
  return notes;
}

async function listCollection(
  documents: Documents,
  uri: string,
  budget: Parameters<Remote["listCollection"]>[1],
): ReturnType<Remote["listCollection"]> {
  const found = await readCollection(documents, uri, budget);
  if (found === null) return null;
  return { uris: subjectsOf(found.items), total: found.total, requests: found.requests };
}

/** The notes of a `featured` collection in its order; null when it cannot be read, which is not the same as empty. */
async function pinnedNotes(
  app: App,
  documents: Documents,
  collectionUri: string,
  limit: number,
): Promise<readonly ReceivedNote[] | null> {
  const collection = await documents.load(collectionUri);
  return collection.ok ? await recentNotes(app, documents, collectionUri, limit) : null;
}

/** The names of a collection of Hashtags, as written, without `#`. */
async function featuredTags(
  documents: Documents,
  collectionUri: string,
  limit: number,
): Promise<readonly string[] | null> {
  const collection = await documents.load(collectionUri);
  if (!collection.ok) return null;
  const { json } = collection;
  const items =
    json["first"] === undefined
      ? listOf(json["orderedItems"] ?? json["items"])
      : await itemsOf(documents, collectionUri);
  const names = items.flatMap((item) => (isJson(item) ? (textOf(item["name"]) ?? []) : []));
  return names.map((name) => name.replace(/^[#＃]/, "")).slice(0, limit);
}

function withContext(object: Json, parent: unknown): Json {
  const context = object["@context"] ?? (isJson(parent) ? parent["@context"] : undefined);
  return { ...object, "@context": context ?? "https://www.w3.org/ns/activitystreams" };
}

function isOurs(app: App, host: string): boolean {
  const name = host.toLowerCase();
  return name === app.config.handleHost || name === new URL(app.config.origin).host;
}
