import type { App } from "../../context.ts";
import type { ActorView, ProfileField, ReceivedActor, Relationship, Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { forbidden } from "../../errors.ts";
import {
  type ActorRow,
  findActorByHandle,
  findActorById,
  findActorByUri,
  findRemoteActor,
  insertActor,
  updateActor,
} from "../../store/actors.ts";
import { flag, fromJson, isSet, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { listFollows } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import { hasLocalFollow } from "../../store/pinned-identities.ts";
import { cleanName } from "../../text/entities.ts";
import { safeHttpUrl, sanitizeRemoteHtml } from "../../text/sanitize.ts";
import { callOff, freeze } from "../identities/freezing.ts";
import { judgeProfile } from "../identities/pins.ts";
import { checkedEmojis, emojiColumn, keepEmojis } from "../notes/emojis.ts";
import { laterLookAtProfile } from "../moderation/profile-looks.ts";
import { isBlockedHost } from "../moderation/domains.ts";
import { standingBy } from "../moderation/domains-standing.ts";
import { toCursor, toPage } from "../pages.ts";
import { findRelationships, NO_RELATIONSHIP } from "../relations/standing.ts";
import { actorView, actorViews } from "../views.ts";

const FRESH_MS = 24 * 3_600_000;
const LIMITS = { name: 120, fields: 16 } as const;

/** Finds an actor that is stored here by handle; deleted ones are not found. Never asks the network. */
export async function lookUpActor(
  app: App,
  _viewer: Viewer | null,
  handle: { readonly username: string; readonly host: string | null },
): Promise<ActorView | null> {
  const local = handle.host === null || isOurHost(app, handle.host);
  const row = local
    ? await findActorByHandle(app.db, handle.username.toLowerCase(), "")
    : await findRemoteActor(app.db, handle.username, handle.host ?? "");
  return row === undefined || row.deleted_at !== null ? null : actorView(app, row);
}

/** An actor by id, or null. */
export async function viewActor(app: App, id: ActorId): Promise<ActorView | null> {
  const row = await findActorById(app.db, id);
  return row === undefined || row.deleted_at !== null ? null : actorView(app, row);
}

/** True for the host of our handles and of our origin. */
export function isOurHost(app: App, host: string): boolean {
  const name = host.toLowerCase();
  return name === app.config.handleHost || name === new URL(app.config.origin).host;
}

/** True for an address on our own host, however it is spelled: another scheme or a trailing dot is still us (ORI-11). */
export function isOurUri(app: App, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { hostname, port } = new URL(uri);
  const our = new URL(app.config.origin);
  return hostname.replace(/\.$/, "") === our.hostname && port === our.port;
}

/** What the person is to another actor; all "no" when signed out. */
export async function findRelationship(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
): Promise<Relationship> {
  const found = await findRelationships(app, viewer, [actorId]);
  return found.get(actorId) ?? NO_RELATIONSHIP;
}

/** Where a page of people starts, and what name or handle holds. */
export type PeopleRequest = PageRequest & { readonly words?: string | undefined };

/** Accepted followers, newest first. */
export async function listFollowers(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
  request: PeopleRequest,
): Promise<Page<ActorView>> {
  return await listSide(app, viewer, "followers", actorId, request);
}

/** Accepted followees, newest first. */
export async function listFollowing(
  app: App,
  viewer: Viewer | null,
  actorId: ActorId,
  request: PeopleRequest,
): Promise<Page<ActorView>> {
  return await listSide(app, viewer, "following", actorId, request);
}

/** What is looked for in names: a handle may begin with `@`, and nobody types a hundred letters. */
function searched(words = ""): string {
  return words
    .trim()
    .replace(/^[@＠]/u, "")
    .slice(0, 100);
}

/** Nobody but the actor sees who they are, if the actor wants it so. */
async function listSide(
  app: App,
  viewer: Viewer | null,
  side: "followers" | "following",
  actorId: ActorId,
  request: PeopleRequest,
): Promise<Page<ActorView>> {
  const cursor = toCursor(request);
  const isHidden = isSet((await findActorById(app.db, actorId))?.hide_collections ?? 0);
  if (isHidden && viewer?.actorId !== actorId) return { items: [], older: null, newer: null, first: null };
  const rows = await listFollows(app.db, side, actorId, "accepted", cursor, searched(request.words));
  return await toPage(rows, cursor, (found) =>
    actorViews(
      app,
      found.map((row) => row.actor_id),
    ),
  );
}

/** The id of a stored actor that is not deleted. */
export async function findActorIdByUri(app: App, uri: string): Promise<ActorId | null> {
  const row = await findActorByUri(app.db, uri);
  return row === undefined || row.deleted_at !== null ? null : asId(row.id);
}

/**
 * The followers collection of a remote actor as it was read at its origin within the last day, null when it has none;
 * undefined when nothing is known or that is old.
 */
export async function findFollowersUri(app: App, uri: string): Promise<string | null | undefined> {
  const row = await findActorByUri(app.db, uri);
  const isKnown = row !== undefined && row.host !== "" && row.deleted_at === null;
  return isKnown && app.clock.now() - row.fetched_at < FRESH_MS ? row.followers_uri : undefined;
}

/** The id of an actor: stored and fresh, or fetched from its own origin. Null when it cannot be had. */
export async function findOrFetchActor(app: App, uri: string): Promise<ActorId | null> {
  const row = await findActorByUri(app.db, uri);
  if (row !== undefined && row.deleted_at !== null) return null;
  if (row !== undefined && (row.host === "" || app.clock.now() - row.fetched_at < FRESH_MS))
    return asId(row.id);
  if (isOurUri(app, uri)) return null;
  const received = await app.remote.findActor(uri);
  // Who answers with somebody else's document must not become them: their words would be that person's (FEP-fe34).
  if (received === null || received.uri !== uri) return row === undefined ? null : asId(row.id);
  return await receiveActor(app, received);
}

/**
 * Stores a remote actor as its own origin describes it, or refreshes it. HTML is sanitised here.
 * @throws forbidden when its handle, its uri or one of its boxes lies on our own origin (threats ORI-10), or when the host
 * of its handle is blocked.
 */
export async function receiveActor(app: App, received: ReceivedActor): Promise<ActorId> {
  if (isOurHost(app, received.host)) throw forbidden();
  if (addressesOf(received).some((uri) => isOurUri(app, uri))) throw forbidden();
  // Its server may have another name, which nobody blocked.
  if (await isBlockedHost(app, received.host)) throw forbidden();
  const standing = await standingBy(app, received);
  return await transaction(app.db, async (tx) => {
    const stored = await findActorByUri(tx, received.uri);
    if (stored?.host === "") throw forbidden();
    const { doubt, pin } = judgeProfile(received, stored);
    if (stored !== undefined && doubt !== null && (await hasLocalFollow(tx, stored.id))) {
      // Nothing of it is taken: who stands behind that address now is for its followers here to say.
      await freeze(app, tx, stored, doubt, { kind: "identity", pin });
      await updateActor(tx, asId(stored.id), { fetched_at: app.clock.now() });
      return asId(stored.id);
    }
    if (stored !== undefined && stored.frozen_reason !== "move") await callOff(app, tx, stored);
    const columns = { ...remoteColumns(app, received, stored), ...pin, ...standing(stored) };
    if (columns.media_rejected === 0) await keepEmojis(app, tx, columns.host, received.emojis);
    if (stored !== undefined) {
      const renamed = stored.username !== columns.username || stored.host !== columns.host;
      if (renamed) await releaseHandle(tx, columns.username, columns.host, received.uri);
      await updateActor(tx, asId(stored.id), { ...columns, deleted_at: null });
      if (stored.name !== columns.name || stored.bio_html !== columns.bio_html)
        await laterLookAtProfile(app, tx, stored.id);
      return asId(stored.id);
    }
    await releaseHandle(tx, columns.username, columns.host, received.uri);
    const id = app.ids.next();
    await insertActor(tx, {
      id,
      notes_count: 0,
      followers_count: 0,
      following_count: 0,
      suspended_at: null,
      ...columns,
    });
    await laterLookAtProfile(app, tx, id);
    return asId(id);
  });
}

/** A stored profile is read again at once; one whose server says so all the time, this often. */
const REFRESHES = { name: "refresh-actor", limit: 6, windowMs: 10 * 60_000 } as const;

/** Has a stored remote actor read again at its origin, soon; many wishes are one job. Unknown actors are of no concern. */
export async function requestRefresh(app: App, uri: string): Promise<void> {
  const row = await findActorByUri(app.db, uri);
  if (row === undefined || row.host === "") return;
  const now = app.clock.now();
  const turn = app.limiter.take(REFRESHES, uri);
  await transaction(app.db, (tx) =>
    enqueue(tx, {
      id: app.ids.next(),
      now,
      runAt: turn.ok ? now : now + turn.retryAfterMs,
      kind: "refresh-actor",
      payload: { actorUri: uri },
      dedupeKey: `refresh-actor:${uri}`,
      lane: 1,
    }),
  );
  app.wake();
}

/** Where an actor says it lives and is spoken to. */
function addressesOf(received: ReceivedActor): readonly string[] {
  const boxes = [
    received.inboxUri,
    received.sharedInboxUri,
    received.outboxUri,
    received.featuredUri,
    received.extras.featuredTagsUri,
    received.extras.collectionsUri,
  ];
  return [received.uri, received.followersUri, received.followingUri, ...boxes].filter((uri) => uri !== null);
}

/** A handle that moved to another uri on its host: the older holder keeps its row under a name nobody can type. */
async function releaseHandle(tx: Db, username: string, host: string, uri: string): Promise<void> {
  const holder = await findActorByHandle(tx, username, host);
  if (holder !== undefined && holder.uri !== uri)
    await updateActor(tx, asId(holder.id), { username: `${username}~${holder.id}` });
}

function remoteColumns(app: App, received: ReceivedActor, stored: ActorRow | undefined) {
  const now = app.clock.now();
  const before = fromJson<readonly ProfileField[]>(stored?.fields ?? null, []);
  const safe = (value: string | null) => (value === null ? null : safeHttpUrl(value));
  return {
    uri: received.uri,
    url: safeHttpUrl(received.url) ?? received.uri,
    kind: received.kind,
    username: received.username,
    host: received.host,
    name: cleanName(received.name, LIMITS.name),
    bio_html: sanitizeRemoteHtml(received.bioHtml),
    bio_source: "",
    fields: toJson(
      received.fields.slice(0, LIMITS.fields).map((field) => {
        const valueHtml = sanitizeRemoteHtml(field.valueHtml);
        const verified = before.find((one) => one.valueHtml === valueHtml && one.verifiedAt !== null);
        return {
          name: cleanName(field.name, LIMITS.name),
          valueHtml,
          verifiedAt: verified?.verifiedAt ?? null,
        };
      }),
    ),
    avatar: safe(received.avatarUrl),
    header: safe(received.headerUrl),
    locked: flag(received.locked),
    discoverable: flag(received.discoverable),
    indexable: flag(received.indexable),
    inbox_uri: received.inboxUri,
    shared_inbox_uri: received.sharedInboxUri,
    outbox_uri: received.outboxUri,
    followers_uri: received.followersUri,
    following_uri: received.followingUri,
    featured_uri: received.featuredUri,
    ...extraColumns(received),
    // Who does not say since when they are there is known since the first look, not since the last.
    published_at: Math.min(received.publishedAt ?? stored?.published_at ?? now, now),
    fetched_at: now,
    ...counts(received),
  };
}

function extraColumns({ extras, emojis }: ReceivedActor) {
  return {
    also_known_as: toJson(extras.alsoKnownAs),
    moved_to_uri: extras.movedToUri,
    feature_policy: extras.canFeature === null ? null : toJson(extras.canFeature),
    memorial: flag(extras.memorial),
    origin_suspended: flag(extras.suspended),
    featured_tags_uri: extras.featuredTagsUri,
    collections_uri: extras.collectionsUri,
    attribution_domains: toJson(extras.attributionDomains),
    implements: toJson(extras.implements),
    show_featured: flag(extras.shows.featured),
    show_media: flag(extras.shows.media),
    show_media_replies: flag(extras.shows.mediaOfReplies),
    emojis: emojiColumn(checkedEmojis(emojis)),
  };
}

function counts(received: ReceivedActor) {
  const of = (value: number | null, column: string) =>
    value === null || !Number.isSafeInteger(value) || value < 0 ? {} : { [column]: value };
  return {
    ...of(received.followersCount, "followers_count"),
    ...of(received.followingCount, "following_count"),
    ...of(received.notesCount, "notes_count"),
  };
}

/** The id of a local actor by username, or null. */
export async function findLocalActorId(app: App, username: string): Promise<ActorId | null> {
  const row = await findActorByHandle(app.db, username.toLowerCase(), "");
  return row === undefined || row.deleted_at !== null ? null : asId(row.id);
}
