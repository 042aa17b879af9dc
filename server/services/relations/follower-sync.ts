// Follows, blocks and mutes, and keeping follower lists equal on both sides (FEP-8fcf).
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import { createHash } from "node:crypto";
import type { App } from "../../context.ts";
import { asId, type ActorId } from "../../domain/ids.ts";
import { followerDigest } from "../../domain/follower-digest.ts";
import type { RateRule } from "../../domain/limits.ts";
import { type ActorRow, findActorById, findActorByUri } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import { acceptFollow, findFollow, removeFollow } from "../../store/follows.ts";
import { type FollowerRow, listFollowersOnOrigin } from "../../store/follower-sync.ts";
import { enqueue } from "../../store/jobs.ts";
import { isOurUri } from "../actors/actors.ts";
import { federate } from "../federation/federate.ts";
import { notify, untell } from "../notifications/notify.ts";

/** Comparing costs a hash for each follower; a busy actor need not cause it with every delivery. */
const COMPARE: RateRule = { name: "follower-digest", limit: 1, windowMs: 60_000 };
/** Lists that never come to agree must not be read for ever. */
const SYNC: RateRule = { name: "follower-sync", limit: 4, windowMs: 3_600_000 };
/** What is on its way settles first, and not all servers ask at once. */
const SETTLE_MS = 60_000;
const SPREAD_MS = 120_000;

/** The SHA-256 of a text, for `followerDigest`. */
export function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** The uris of a local actor's followers on the origin of `peerUri`: all of them, since one left out loses its follow. */
export async function followersOnOriginOf(
  app: App,
  actorId: ActorId,
  peerUri: string,
): Promise<readonly string[]> {
  if (!URL.canParse(peerUri)) return [];
  const rows = await listFollowersOnOrigin(app.db, actorId, new URL(peerUri).origin);
  return rows.map((row) => row.uri);
}

export type NoticedDigest = {
  readonly actorUri: string;
  /** The followers collection that the digest is of. */
  readonly collectionUri: string;
  /** Where the followers here are listed; on the actor's own origin. */
  readonly url: string;
  readonly digest: string;
};

/** A remote actor told the digest of its followers here; when ours differs, the list itself is read a little later. */
export async function noticeFollowerDigest(app: App, noticed: NoticedDigest): Promise<void> {
  const actor = await findActorByUri(app.db, noticed.actorUri);
  if (actor === undefined || actor.host === "" || actor.followers_uri !== noticed.collectionUri) return;
  if (!app.limiter.take(COMPARE, noticed.actorUri).ok) return;
  const ours = (await followersHere(app, app.db, actor)).map((row) => row.uri);
  if (followerDigest(ours, sha256) === noticed.digest) return;
  if (!app.limiter.take(SYNC, noticed.actorUri).ok) return;
  const now = app.clock.now();
  const spread = Number.parseInt(Buffer.from(app.ids.secret(2), "base64url").toString("hex"), 16) / 65_536;
  await enqueue(app.db, {
    id: app.ids.next(),
    now,
    runAt: now + SETTLE_MS + Math.floor(spread * SPREAD_MS),
    kind: "sync-followers",
    payload: { actorId: actor.id, url: noticed.url },
    dedupeKey: `sync-followers:${actor.id}`,
    lane: 2,
  });
  app.wake();
}

async function followersHere(app: App, db: Db, actor: ActorRow): Promise<readonly FollowerRow[]> {
  return await listFollowersOnOrigin(db, actor.id, app.config.origin);
}

/**
 * Makes the follows of a remote actor here agree with its own list (FEP-8fcf): those it does not list are over, those it
 * lists that we do not know are taken back, and a request that it lists was accepted. The job behind `sync-followers`.
 */
export async function syncFollowers(app: App, actorId: ActorId, url: string): Promise<void> {
  const actor = await findActorById(app.db, actorId);
  if (actor === undefined || actor.host === "" || actor.deleted_at !== null) return;
  // Before the list is read: a follow that is accepted meanwhile need not be in it.
  const before = await followersHere(app, app.db, actor);
  const listed = await app.remote.wholeCollection(url);
  if (listed === null) return;
  const theirs = new Set(listed);
  const gone = before.filter((row) => !theirs.has(row.uri));
  const known = new Set(before.map((row) => row.uri));
  const surplus = listed.filter((uri) => !known.has(uri) && isOurUri(app, uri));
  for (const row of gone) await transaction(app.db, (tx) => endFollow(tx, row, actorId));
  for (const uri of surplus) await transaction(app.db, (tx) => answerListed(app, tx, uri, actorId));
  app.wake();
}

async function endFollow(tx: Db, row: FollowerRow, targetId: ActorId): Promise<void> {
  const follow = await findFollow(tx, row.actor_id, targetId);
  // Another one may have begun under another id.
  if (follow === undefined || follow.id !== row.follow_id) return;
  await removeFollow(tx, row.actor_id, targetId);
  await untell(tx, { kinds: ["follow_accepted"], to: row.actor_id, actorId: targetId });
}

async function answerListed(app: App, tx: Db, uri: string, targetId: ActorId): Promise<void> {
  const follower = await findActorByUri(tx, uri);
  if (follower === undefined || follower.host !== "" || follower.deleted_at !== null) return;
  const follow = await findFollow(tx, follower.id, targetId);
  if (follow !== undefined) {
    // Their Accept was lost.
    if (await acceptFollow(tx, follow.id))
      await notify(app, tx, { kind: "follow_accepted", to: [follower.id], actorId: targetId });
    return;
  }
  // Whatever id the follow had is forgotten here; who followed whom is in the Undo.
  await federate(app, tx, follower.id, {
    type: "follow.undone",
    activityId: asId(app.ids.next()),
    followUri: app.uris.follow(app.ids.next()),
    actorId: asId(follower.id),
    targetId,
  });
}
