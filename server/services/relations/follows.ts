import type { App } from "../../context.ts";
import type { ActorView, Relationship, Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { USE_LIMITS } from "../../domain/limits.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { type ActorRow, findActorById, findActorByUri } from "../../store/actors.ts";
import { flag, isSet, toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  acceptFollow,
  blockedEitherWay,
  findFollow,
  findFollowByUri,
  type FollowChange,
  type FollowRow,
  insertFollow,
  listFollowerInboxes,
  listFollows,
  removeFollow,
  renameFollow,
  updateFollow,
} from "../../store/follows.ts";
import { isHiddenHost } from "../../store/hidden-hosts.ts";
import { isTombstone, removeTombstone } from "../../store/inbox.ts";
import { enqueue } from "../../store/jobs.ts";
import { canonicalLanguage } from "../../text/language.ts";
import { takeLimit } from "../accounts/limits.ts";
import { findOrFetchActor, findRelationship } from "../actors/actors.ts";
import { isReturning } from "../escapes/returning.ts";
import { federate } from "../federation/federate.ts";
import { requireAtHome } from "../moves/moved.ts";
import { notify, untell } from "../notifications/notify.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";

/** What a follow brings beside the notes; left out = as it is, or as usual for a new one. */
export type FollowWish = {
  /** One is told of each note. */
  readonly notifies?: boolean | undefined;
  readonly showsAnnounces?: boolean | undefined;
  /** Only notes in these languages stand in one's own home (BCP 47); empty = all. */
  readonly languages?: readonly string[] | undefined;
};

/**
 * Follows an actor, or asks to: a locked local one must accept, a remote one always answers itself. Idempotent; whoever is
 * followed already gets the wishes alone. @throws not_found, forbidden, too_many
 */
export async function followActor(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  wish: FollowWish = {},
): Promise<Relationship> {
  const target = await followable(app, viewer, actorId);
  takeLimit(app, USE_LIMITS.follows, String(viewer.actorId));
  await followWith(app, viewer, target, wish);
  return await findRelationship(app, viewer, actorId);
}

/** The same for a list that somebody brings along: whoever works it off sets the pace. @throws not_found, forbidden */
export async function followListed(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  wish: FollowWish = {},
): Promise<void> {
  await followWith(app, viewer, await followable(app, viewer, actorId), wish);
}

async function followable(app: App, viewer: Viewer, actorId: ActorId): Promise<ActorRow> {
  if (viewer.actorId === actorId) throw new CausewayError("invalid", "error.follow_self");
  const target = await findActorById(app.db, actorId);
  if (target === undefined || target.deleted_at !== null || target.suspended_at !== null) throw notFound();
  await requireAtHome(app, viewer);
  return target;
}

async function followWith(app: App, viewer: Viewer, target: ActorRow, wish: FollowWish): Promise<void> {
  const targetId = asId<ActorId>(target.id);
  await transaction(app.db, async (tx) => {
    const isRefused =
      (await blockedEitherWay(tx, viewer.actorId, targetId)) ||
      (await isHiddenHost(tx, viewer.actorId, target.host));
    if (isRefused) throw new CausewayError("forbidden", "error.follow_blocked");
    await writeFollow(app, tx, viewer.actorId, target);
    const columns = followColumns(wish);
    if (Object.keys(columns).length > 0) await updateFollow(tx, viewer.actorId, targetId, columns);
  });
  app.wake();
}

function followColumns({ notifies, showsAnnounces, languages }: FollowWish): FollowChange {
  const tags = languages?.flatMap((tag) => canonicalLanguage(tag) ?? []) ?? [];
  return {
    ...(notifies === undefined ? {} : { notify: flag(notifies) }),
    ...(showsAnnounces === undefined ? {} : { show_announces: flag(showsAnnounces) }),
    ...(languages === undefined
      ? {}
      : { languages: tags.length === 0 ? null : toJson([...new Set(tags)].slice(0, MAX_LANGUAGES)) }),
  };
}

const MAX_LANGUAGES = 20;

/** The follow of a local actor inside the caller's transaction, which has looked for blocks. Idempotent. */
export async function writeFollow(app: App, tx: Db, actorId: ActorId, target: ActorRow): Promise<void> {
  if ((await findFollow(tx, actorId, target.id)) !== undefined) return;
  const local = target.host === "";
  const asks = !local || isSet(target.locked) || (await isLimitedStranger(tx, actorId, target.id));
  const state = asks ? "pending" : "accepted";
  const id = app.ids.next();
  await insertFollow(tx, {
    id,
    uri: app.uris.follow(id),
    actor_id: actorId,
    target_id: target.id,
    state,
    created_at: app.clock.now(),
  });
  if (local)
    await notify(app, tx, {
      kind: state === "accepted" ? "follow" : "follow_request",
      to: [target.id],
      actorId,
    });
  else await federate(app, tx, actorId, { type: "follow.created", followId: asId(id) });
}

/** Stops following, or takes a request back. Idempotent. @throws not_found for unknown people */
export async function unfollowActor(app: App, viewer: Viewer, actorId: ActorId): Promise<Relationship> {
  if ((await findActorById(app.db, actorId)) === undefined) throw notFound();
  await transaction(app.db, (tx) => dropFollow(app, tx, viewer.actorId, actorId));
  app.wake();
  return await findRelationship(app, viewer, actorId);
}

/** What a follow brings beside the notes: being told of each, and their boosts. Nobody else learns of it. @throws not_found */
export async function changeFollow(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  change: FollowWish,
): Promise<Relationship> {
  const columns = followColumns(change);
  if (Object.keys(columns).length > 0 && !(await updateFollow(app.db, viewer.actorId, actorId, columns)))
    throw notFound();
  return await findRelationship(app, viewer, actorId);
}

/** Removes the follow of a local actor and tells the other side. Inside the caller's transaction. */
export async function dropFollow(app: App, tx: Db, actorId: ActorId, targetId: ActorId): Promise<void> {
  const row = await removeFollow(tx, actorId, targetId);
  if (row === undefined) return;
  await untell(tx, { kinds: ["follow", "follow_request"], to: targetId, actorId });
  const target = await findActorById(tx, targetId);
  if (target !== undefined && target.host !== "")
    await federate(app, tx, actorId, {
      type: "follow.undone",
      activityId: asId(app.ids.next()),
      followUri: row.uri,
      actorId,
      targetId,
    });
}

/** Who asks to follow the person, newest first. */
export async function listFollowRequests(
  app: App,
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<ActorView>> {
  const cursor = toCursor(request);
  const rows = await listFollows(app.db, "followers", viewer.actorId, "pending", cursor);
  return await toPage(rows, cursor, (found) =>
    actorViews(
      app,
      found.map((row) => row.actor_id),
    ),
  );
}

/** Accepts or rejects a follow request. @throws not_found when there is none. */
export async function answerFollowRequest(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  answer: "accept" | "reject",
): Promise<Relationship> {
  await transaction(app.db, async (tx) => {
    const row = await findFollow(tx, actorId, viewer.actorId);
    if (row === undefined || row.state !== "pending") throw notFound();
    await untell(tx, { kinds: ["follow_request"], to: viewer.actorId, actorId });
    if (answer === "reject") return await rejectRow(app, tx, row);
    // Of two answers at once, one is the answer.
    if (!(await acceptFollow(tx, row.id))) throw notFound();
    await notify(app, tx, { kind: "follow", to: [viewer.actorId], actorId });
    await tellAccepted(app, tx, row);
  });
  app.wake();
  return await findRelationship(app, viewer, actorId);
}

/**
 * Ends somebody's follow of the person: they get a Reject (ActivityPub 7.7) and no more followers-only notes. Idempotent.
 * @throws not_found for unknown people
 */
export async function removeFollower(app: App, viewer: Viewer, actorId: ActorId): Promise<Relationship> {
  if ((await findActorById(app.db, actorId)) === undefined) throw notFound();
  await transaction(app.db, async (tx) => {
    const row = await findFollow(tx, actorId, viewer.actorId);
    if (row !== undefined) await rejectRow(app, tx, row);
  });
  app.wake();
  return await findRelationship(app, viewer, actorId);
}

/** Removes a follow of a local actor by its target and tells a remote follower. */
export async function rejectRow(app: App, tx: Db, row: FollowRow): Promise<void> {
  await removeFollow(tx, row.actor_id, row.target_id);
  await untell(tx, { kinds: ["follow", "follow_request"], to: row.target_id, actorId: row.actor_id });
  const follower = await findActorById(tx, row.actor_id);
  if (follower === undefined || follower.host === "") return;
  await federate(app, tx, row.target_id, {
    type: "follow.rejected",
    activityId: asId(app.ids.next()),
    followUri: row.uri,
    actorId: asId(row.target_id),
    followerId: asId(row.actor_id),
  });
}

async function tellAccepted(app: App, tx: Db, row: FollowRow): Promise<void> {
  const follower = await findActorById(tx, row.actor_id);
  if (follower === undefined) return;
  if (follower.host === "")
    return await notify(app, tx, { kind: "follow_accepted", to: [row.actor_id], actorId: row.target_id });
  await federate(app, tx, row.target_id, {
    type: "follow.accepted",
    activityId: asId(app.ids.next()),
    followUri: row.uri,
    actorId: asId(row.target_id),
    followerId: asId(row.actor_id),
  });
}

export type ReceivedFollow = { readonly uri: string; readonly actorUri: string; readonly objectUri: string };

/** A remote actor asks to follow a local one. A repeated Follow is answered again, so that a lost Accept heals. */
export async function receiveFollow(app: App, received: ReceivedFollow): Promise<void> {
  const target = await findActorByUri(app.db, received.objectUri);
  if (
    target === undefined ||
    target.host !== "" ||
    target.deleted_at !== null ||
    target.suspended_at !== null
  )
    return;
  if (target.kind === "Application") return;
  const followerId = await findOrFetchActor(app, received.actorUri);
  if (followerId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  await transaction(app.db, async (tx) => {
    // Its Undo came first; that has done its work, so that the same id may follow again.
    if (await isTombstone(tx, received.uri, received.actorUri))
      return await removeTombstone(tx, received.uri, received.actorUri);
    const row = await findFollow(tx, followerId, target.id);
    if (await isUnwanted(tx, followerId, target.id))
      return await refuse(app, tx, received.uri, target.id, followerId);
    if (row !== undefined) {
      await renameFollow(tx, row.id, received.uri);
      if (row.state === "accepted") await tellAccepted(app, tx, { ...row, uri: received.uri });
      return;
    }
    const returning = { targetId: target.id, followerUri: received.actorUri };
    const mustAsk = isSet(target.locked) || (await isLimitedStranger(tx, followerId, target.id));
    const isAsked = mustAsk && !(await isReturning(app, tx, returning));
    const fresh: FollowRow = {
      id: app.ids.next(),
      uri: received.uri,
      actor_id: followerId,
      target_id: target.id,
      state: isAsked ? "pending" : "accepted",
      created_at: app.clock.now(),
      notify: 0,
      show_announces: 1,
      languages: null,
    };
    await insertFollow(tx, fresh);
    await notify(app, tx, {
      kind: fresh.state === "accepted" ? "follow" : "follow_request",
      to: [target.id],
      actorId: followerId,
    });
    if (fresh.state === "accepted") await tellAccepted(app, tx, fresh);
  });
  app.wake();
}

/** Who is limited by moderators asks before following, also where nobody else has to; not those who follow them. */
async function isLimitedStranger(tx: Db, followerId: number, targetId: number): Promise<boolean> {
  const follower = await findActorById(tx, followerId);
  if (follower === undefined || follower.limited_at === null) return false;
  return (await findFollow(tx, targetId, followerId))?.state !== "accepted";
}

/** One blocks the other, or who is to be followed hides the whole server of the follower. */
async function isUnwanted(tx: Db, followerId: number, targetId: number): Promise<boolean> {
  if (await blockedEitherWay(tx, followerId, targetId)) return true;
  const follower = await findActorById(tx, followerId);
  return follower !== undefined && (await isHiddenHost(tx, targetId, follower.host));
}

async function refuse(
  app: App,
  tx: Db,
  followUri: string,
  targetId: number,
  followerId: ActorId,
): Promise<void> {
  await federate(app, tx, targetId, {
    type: "follow.rejected",
    activityId: asId(app.ids.next()),
    followUri,
    actorId: asId(targetId),
    followerId,
  });
}

/** An Accept or Reject of a Follow of ours: by the Follow's uri, or by who follows whom when it came embedded. */
export type ReceivedAnswer = {
  readonly actorUri: string;
  readonly followUri: string | null;
  readonly follow: { readonly actorUri: string; readonly objectUri: string } | null;
};

/** The followed actor accepted. Only the stored target of a stored follow is believed (threats AUZ-07). */
export async function receiveAccept(app: App, answer: ReceivedAnswer): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await answeredFollow(tx, answer);
    if (row === undefined || !(await acceptFollow(tx, row.id))) return;
    await notify(app, tx, { kind: "follow_accepted", to: [row.actor_id], actorId: row.target_id });
    await enqueue(tx, {
      id: app.ids.next(),
      now: app.clock.now(),
      kind: "backfill",
      payload: { actorId: row.target_id },
      dedupeKey: `backfill:${row.target_id}`,
      lane: 1,
    });
  });
  app.wake();
}

/** The followed actor refused, or removed a follower later (Reject after Accept). */
export async function receiveReject(app: App, answer: ReceivedAnswer): Promise<void> {
  await transaction(app.db, async (tx) => {
    const row = await answeredFollow(tx, answer);
    if (row === undefined) return;
    await removeFollow(tx, row.actor_id, row.target_id);
    await untell(tx, { kinds: ["follow_accepted"], to: row.actor_id, actorId: row.target_id });
  });
}

async function answeredFollow(tx: Db, answer: ReceivedAnswer): Promise<FollowRow | undefined> {
  const target = await findActorByUri(tx, answer.actorUri);
  if (target === undefined || target.host === "") return undefined;
  const byUri = answer.followUri === null ? undefined : await findFollowByUri(tx, answer.followUri);
  if (byUri !== undefined) return byUri.target_id === target.id ? byUri : undefined;
  if (answer.follow === null || answer.follow.objectUri !== answer.actorUri) return undefined;
  const follower = await findActorByUri(tx, answer.follow.actorUri);
  return follower?.host === "" ? await findFollow(tx, follower.id, target.id) : undefined;
}

/** Distinct inboxes of an actor's remote followers, shared ones preferred. */
export async function followerInboxes(app: App, actorId: ActorId): Promise<readonly string[]> {
  return await listFollowerInboxes(app.db, actorId);
}

export type UriPage = {
  readonly total: number;
  readonly uris: readonly string[];
  readonly older: number | null;
};

/** One page of a followers or following collection, as uris; only the total when its owner does not have it listed. */
export async function followUrisPage(
  app: App,
  side: "followers" | "following",
  actorId: ActorId,
  request: PageRequest,
): Promise<UriPage> {
  const cursor = toCursor({ ...request, limit: request.limit ?? 40 });
  const actor = await findActorById(app.db, actorId);
  const total = (side === "followers" ? actor?.followers_count : actor?.following_count) ?? 0;
  if (isSet(actor?.hide_collections ?? 0)) return { total, uris: [], older: null };
  const rows = await listFollows(app.db, side, actorId, "accepted", cursor);
  const last = rows.rows.at(-1);
  return {
    total,
    uris: rows.rows.map((row) => row.uri),
    older: rows.more && last !== undefined ? last.id : null,
  };
}
