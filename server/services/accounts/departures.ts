import type { App } from "../../context.ts";
import type { Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { movesAgainAt } from "../../domain/move.ts";
import type { OutgoingEvent } from "../../domain/outgoing.ts";
import { CausewayError } from "../../errors.ts";
import { findAccountOfActor, removeAccount } from "../../store/accounts.ts";
import { type ActorRow, findActorById, findActorByUri, updateActor } from "../../store/actors.ts";
import { detachFromNote, listRemoteMedia } from "../../store/attachments.ts";
import { type Db, transaction } from "../../store/database.ts";
import { insertTombstone, isTombstone, removeActivitiesOf } from "../../store/inbox.ts";
import { enqueue } from "../../store/jobs.ts";
import { buryNote } from "../../store/notes.ts";
import { listNotesOfActor, removeActorTraces } from "../../store/departures.ts";
import { unindexNote } from "../../store/search.ts";
import { forgetSecurityEvents } from "./security-events.ts";
import { type Proof, requireProof } from "./proof.ts";
import { federate } from "../federation/federate.ts";
import { journalDeletion } from "../operations/journal.ts";
import { forgetProxied, keysOfProxied } from "../media/proxy.ts";

/** Notes buried in one transaction, so that a long history never holds the write lock. */
const BATCH = 200;

/** The person leaves for good, after a proof of who they are. The last owner cannot. @throws invalid, unauthenticated, conflict */
export async function deleteAccount(app: App, viewer: Viewer, proof: Proof): Promise<void> {
  await requireProof(app, viewer, proof);
  if (viewer.role === "owner") throw new CausewayError("conflict", "error.owner_stays");
  await removeMember(app, viewer.actorId);
}

/**
 * Removes an account at once (nobody can sign in, the profile is gone, other servers are told) and empties its notes in
 * the background. The actor's row stays, so that its name is never given to somebody else.
 */
export async function removeMember(app: App, actorId: ActorId): Promise<void> {
  await transaction(app.db, (tx) => removeMemberWithin(app, tx, actorId));
  app.wake();
}

/** The same inside the caller's transaction, who wakes the jobs afterwards. */
export async function removeMemberWithin(app: App, tx: Db, actorId: ActorId): Promise<void> {
  const now = app.clock.now();
  const account = await findAccountOfActor(tx, actorId);
  if (account !== undefined) {
    await removeAccount(tx, account.id);
    await forgetSecurityEvents(tx, account.id);
  }
  const actor = await findActorById(tx, actorId);
  const files = [actor?.avatar ?? null, actor?.header ?? null].filter((file) => file !== null);
  if (files.length > 0)
    await enqueue(tx, { id: app.ids.next(), now, kind: "remove-files", payload: { files }, lane: 2 });
  await updateActor(tx, actorId, { deleted_at: now, ...EMPTY_PROFILE });
  await journalDeletion(app, tx, "actor", app.uris.actor(actorId));
  const leadsUntil = actor === undefined ? null : movesAgainAt(actor.moved_at, now, "ours");
  const isLeading = actor !== undefined && actor.moved_to_uri !== null && leadsUntil !== null;
  await tellDeleted(app, tx, actorId, isLeading ? leadsUntil : null);
  await enqueueEmptying(app, tx, actorId, isLeading ? leadsUntil : now);
}

const EMPTY_PROFILE = {
  name: "",
  bio_html: "",
  bio_source: "",
  fields: "[]",
  avatar: null,
  header: null,
} as const;

/**
 * Others are told at once, but of somebody who moved a short while ago only when everybody had the time to follow: on
 * Mastodon a Delete, or a 410, ends the follows that are about to be moved.
 */
async function tellDeleted(app: App, tx: Db, actorId: ActorId, later: number | null): Promise<void> {
  const event: OutgoingEvent = { type: "actor.deleted", activityId: asId(app.ids.next()), actorId };
  if (later === null) return await federate(app, tx, actorId, event);
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    runAt: later,
    kind: "federate",
    payload: { event },
    lane: 0,
  });
}

async function enqueueEmptying(app: App, tx: Db, actorId: number, toldAt: number): Promise<void> {
  const now = app.clock.now();
  // After the Delete went out: its recipients are read from the follows that emptying removes.
  const runAt = toldAt + 60 * 60_000;
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    runAt,
    kind: "empty-actor",
    payload: { actorId },
    dedupeKey: `empty-actor:${actorId}`,
    lane: 2,
  });
}

/** A remote actor deleted itself: everything of theirs goes. Only their own signed word counts (the inbox made sure). */
export async function receiveActorDeleted(app: App, actorUri: string): Promise<void> {
  const row = await findActorByUri(app.db, actorUri);
  await transaction(app.db, async (tx) => {
    if (row === undefined || row.host === "")
      return await insertTombstone(tx, actorUri, actorUri, app.clock.now());
    await removeRemoteActor(app, tx, row);
  });
  app.wake();
}

/** Has a remote actor and everything of theirs go from here, for good, inside the caller's transaction. */
export async function removeRemoteActor(app: App, tx: Db, row: ActorRow): Promise<void> {
  const now = app.clock.now();
  await insertTombstone(tx, row.uri, row.uri, now);
  await updateActor(tx, asId(row.id), { deleted_at: now, ...EMPTY_PROFILE });
  const urls = [row.avatar, row.header].filter((url) => url !== null);
  if (urls.length > 0)
    await enqueue(tx, {
      id: app.ids.next(),
      now,
      kind: "forget-proxied",
      payload: { keys: keysOfProxied(app, urls) },
      lane: 2,
    });
  await enqueue(tx, {
    id: app.ids.next(),
    now,
    kind: "empty-actor",
    payload: { actorId: row.id },
    dedupeKey: `empty-actor:${row.id}`,
    lane: 2,
  });
}

/** True for a remote actor that deleted itself: what it sent before and comes only now is of no concern (F22). */
export async function hasLeft(app: App, actorUri: string): Promise<boolean> {
  const row = await findActorByUri(app.db, actorUri);
  if (row !== undefined) return row.host !== "" && row.deleted_at !== null;
  return await isTombstone(app.db, actorUri, actorUri);
}

/** Empties a deleted actor: notes, follows, reactions, blocks, uploads. The job behind `empty-actor`; may be run again. */
export async function emptyActorTraces(app: App, actorId: ActorId): Promise<void> {
  const actor = await findActorById(app.db, actorId);
  if (actor === undefined || actor.deleted_at === null) return;
  for (;;) {
    const files = await buryBatch(app, actor);
    if (files === null) break;
    for (const file of files.names) await app.files.remove(file);
    await forgetProxied(app, keysOfProxied(app, files.urls));
  }
  const gone = actor.deleted_at;
  const uploads = await transaction(app.db, async (tx) => {
    // All they ever said; the Delete itself is younger and may still be on its way.
    await removeActivitiesOf(tx, actorId, gone);
    return await removeActorTraces(tx, actorId);
  });
  for (const file of uploads) await app.files.remove(file);
}

/** Names of our files and addresses of other servers' that belonged to the notes; null when none are left. */
async function buryBatch(
  app: App,
  actor: ActorRow,
): Promise<{ readonly names: readonly string[]; readonly urls: readonly string[] } | null> {
  return await transaction(app.db, async (tx) => {
    const notes = await listNotesOfActor(tx, actor.id, BATCH);
    if (notes.length === 0) return null;
    const urls = await listRemoteMedia(
      tx,
      notes.map((note) => note.id),
    );
    const files: string[] = [];
    for (const note of notes) {
      await unindexNote(tx, note.id);
      files.push(...(await detachFromNote(tx, note.id)));
      await buryNote(tx, note, app.clock.now());
    }
    return { names: files, urls };
  });
}
