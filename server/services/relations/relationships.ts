import type { App } from "../../context.ts";
import type { ActorView, Relationship, Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import type { Page, PageRequest } from "../../domain/note.ts";
import { CausewayError, notFound } from "../../errors.ts";
import { type ActorRow, findActorById, findActorByUri } from "../../store/actors.ts";
import { type Db, transaction } from "../../store/database.ts";
import {
  findFollow,
  insertBlock,
  insertMute,
  listBlocked,
  removeBlock,
  removeFollow,
  removeMute,
} from "../../store/follows.ts";
import { isTombstone } from "../../store/inbox.ts";
import { findOrFetchActor, findRelationship } from "../actors/actors.ts";
import { federate } from "../federation/federate.ts";
import { dropFollow, rejectRow } from "./follows.ts";
import { toCursor, toPage } from "../pages.ts";
import { actorViews } from "../views.ts";

/** Blocks an actor: follows end both ways, and neither sees the other any more. Idempotent. */
export async function blockActor(app: App, viewer: Viewer, actorId: ActorId): Promise<Relationship> {
  if (viewer.actorId === actorId) throw new CausewayError("invalid", "error.block_self");
  const target = await findActorById(app.db, actorId);
  if (target === undefined) throw notFound();
  await transaction(app.db, (tx) => writeBlock(app, tx, viewer.actorId, target));
  app.wake();
  return await findRelationship(app, viewer, actorId);
}

/** The block of a local actor, with all that ends by it, inside the caller's transaction. Idempotent. */
export async function writeBlock(app: App, tx: Db, actorId: ActorId, target: ActorRow): Promise<void> {
  const id = app.ids.next();
  const targetId = asId<ActorId>(target.id);
  const row = {
    id,
    uri: app.uris.block(id),
    actor_id: actorId,
    target_id: targetId,
    created_at: app.clock.now(),
  };
  if (!(await insertBlock(tx, row))) return;
  await dropFollow(app, tx, actorId, targetId);
  const back = await findFollow(tx, targetId, actorId);
  if (back !== undefined) await rejectRow(app, tx, back);
  if (target.host !== "") await federate(app, tx, actorId, { type: "block.created", blockId: asId(id) });
}

/** Takes a block back. Follows do not come back by themselves. @throws not_found for unknown people */
export async function unblockActor(app: App, viewer: Viewer, actorId: ActorId): Promise<Relationship> {
  if ((await findActorById(app.db, actorId)) === undefined) throw notFound();
  await transaction(app.db, async (tx) => {
    const row = await removeBlock(tx, viewer.actorId, actorId);
    if (row === undefined) return;
    const target = await findActorById(tx, actorId);
    if (target === undefined || target.host === "") return;
    await federate(app, tx, viewer.actorId, {
      type: "block.undone",
      activityId: asId(app.ids.next()),
      blockUri: row.uri,
      actorId: viewer.actorId,
      targetId: actorId,
    });
  });
  app.wake();
  return await findRelationship(app, viewer, actorId);
}

/** How a mute is: without an end, and with their notifications, unless something else is said. */
export type Mute = {
  /** How long it lasts, in ms. */
  readonly forMs?: number | undefined;
  readonly hidesNotifications?: boolean | undefined;
};

/** Hides an actor's notes and notifications from the person; nobody else learns of it. */
export async function muteActor(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  mute: Mute = {},
): Promise<Relationship> {
  if (viewer.actorId === actorId) throw new CausewayError("invalid", "error.block_self");
  if ((await findActorById(app.db, actorId)) === undefined) throw notFound();
  await insertMute(app.db, {
    id: app.ids.next(),
    actorId: viewer.actorId,
    targetId: actorId,
    now: app.clock.now(),
    expiresAt: mute.forMs === undefined ? null : app.clock.now() + mute.forMs,
    hidesNotifications: mute.hidesNotifications,
  });
  return await findRelationship(app, viewer, actorId);
}

/** Takes a mute back. @throws not_found for unknown people */
export async function unmuteActor(app: App, viewer: Viewer, actorId: ActorId): Promise<Relationship> {
  if ((await findActorById(app.db, actorId)) === undefined) throw notFound();
  await removeMute(app.db, viewer.actorId, actorId);
  return await findRelationship(app, viewer, actorId);
}

/** Whom the person blocks, newest first. */
export async function listBlocks(app: App, viewer: Viewer, request: PageRequest): Promise<Page<ActorView>> {
  return await listOf(app, "blocks", viewer, request);
}

/** Whom the person mutes, newest first. */
export async function listMutes(app: App, viewer: Viewer, request: PageRequest): Promise<Page<ActorView>> {
  return await listOf(app, "mutes", viewer, request);
}

async function listOf(
  app: App,
  table: "blocks" | "mutes",
  viewer: Viewer,
  request: PageRequest,
): Promise<Page<ActorView>> {
  const cursor = toCursor(request);
  const rows = await listBlocked(app.db, table, viewer.actorId, cursor);
  return await toPage(rows, cursor, (found) =>
    actorViews(
      app,
      found.map((row) => row.actor_id),
    ),
  );
}

/** A remote actor blocks a local one: follows end both ways and nobody is told. */
export async function receiveBlock(
  app: App,
  received: { readonly uri: string; readonly actorUri: string; readonly objectUri: string },
): Promise<void> {
  const target = await findActorByUri(app.db, received.objectUri);
  if (target === undefined || target.host !== "") return;
  const actorId = await findOrFetchActor(app, received.actorUri);
  if (actorId === null) throw new CausewayError("remote_failed", "error.remote_failed");
  await transaction(app.db, async (tx) => {
    if (await isTombstone(tx, received.uri, received.actorUri)) return;
    await insertBlock(tx, {
      id: app.ids.next(),
      uri: received.uri,
      actor_id: actorId,
      target_id: target.id,
      created_at: app.clock.now(),
    });
    await removeFollow(tx, actorId, target.id);
    await removeFollow(tx, target.id, actorId);
  });
}
