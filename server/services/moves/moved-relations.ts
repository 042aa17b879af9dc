// Actors that move: out of here, in to here, and the relations that go along.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import type { App } from "../../context.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { type ActorRow, findActorById } from "../../store/actors.ts";
import { isSet } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { blockedEitherWay, findFollow, insertMute, updateFollow } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import {
  listBlockerInboxes,
  listCommentsToCopy,
  listLocalBlocks,
  listLocalFollows,
  listMutes,
  listOwnersWith,
  replaceOnLists,
} from "../../store/moves.ts";
import { writeComment } from "../../store/relations.ts";
import { COMMENT_MAX } from "../relations/comments.ts";
import { dropFollow, writeFollow } from "../relations/follows.ts";
import { notify } from "../notifications/notify.ts";
import { writeBlock } from "../relations/relationships.ts";

/** Relations changed in one transaction, so that a popular actor's move never holds the write lock. */
const BATCH = 50;

/** Has the relations of people here to one actor taken along to another, inside the caller's transaction. */
export async function requestMovedRelations(app: App, tx: Db, fromId: number, toId: number): Promise<void> {
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "move-relations",
    payload: { fromId, toId },
    dedupeKey: `move-relations:${fromId}`,
    lane: 1,
  });
}

/**
 * Takes what people here have with an actor along to where it moved: mutes and blocks first, so that nobody follows whom
 * they do not want, then what they noted down, then follows and places on lists. The job behind `move-relations`; may be run again.
 */
export async function moveRelations(app: App, fromId: ActorId, toId: ActorId): Promise<void> {
  const to = await findActorById(app.db, toId);
  const from = await findActorById(app.db, fromId);
  if (from === undefined || to === undefined || to.deleted_at !== null || to.suspended_at !== null) return;
  // Moved back, or on, in the meantime.
  if (from.moved_to_uri !== to.uri) return;
  await copyMutes(app, from, to);
  await copyBlocks(app, from, to);
  await copyComments(app, from, to);
  for (let after = 0; ;) {
    const rows = await listLocalFollows(app.db, from.id, { after, limit: BATCH });
    const last = rows.at(-1);
    if (last === undefined) break;
    await transaction(app.db, async (tx) => {
      for (const row of rows) await moveFollow(app, tx, asId(row.actor_id), from, to);
    });
    app.wake();
    after = last.id;
  }
  if (to.host === "") await moveOnLists(app, from, to);
}

/** Whoever follows the new home already, or cannot because of a block, gets no second follow. */
async function moveFollow(
  app: App,
  tx: Db,
  followerId: ActorId,
  from: ActorRow,
  to: ActorRow,
): Promise<void> {
  const follower = await findActorById(tx, followerId);
  if (follower === undefined || follower.moved_to_uri !== null) return;
  const isBlocked = await blockedEitherWay(tx, followerId, to.id);
  if (followerId !== to.id && !isBlocked) {
    const before = await findFollow(tx, followerId, from.id);
    const isNew = (await findFollow(tx, followerId, to.id)) === undefined;
    await writeFollow(app, tx, followerId, to);
    // As it was with the old one; whoever followed both has said how it is with the new one.
    if (isNew && before !== undefined) {
      const { notify: isTold, show_announces, languages } = before;
      await updateFollow(tx, followerId, to.id, { notify: isTold, show_announces, languages });
    }
    await replaceOnLists(tx, followerId, from.id, to.id);
  }
  await dropFollow(app, tx, followerId, asId(from.id));
  if (followerId !== to.id) await notify(app, tx, { kind: "moved", to: [followerId], actorId: from.id });
}

/** Members may stand on lists of those who do not follow them; elsewhere nothing would come of it. */
async function moveOnLists(app: App, from: ActorRow, to: ActorRow): Promise<void> {
  for (let after = 0; ;) {
    const owners = await listOwnersWith(app.db, from.id, { after, limit: BATCH });
    const last = owners.at(-1);
    if (last === undefined) return;
    await transaction(app.db, async (tx) => {
      for (const owner of owners)
        if (!(await blockedEitherWay(tx, owner, to.id))) await replaceOnLists(tx, owner, from.id, to.id);
    });
    after = last;
  }
}

/** Private notes stay with the old home too. Where there is one about the new home, the old one is written below it. */
async function copyComments(app: App, from: ActorRow, to: ActorRow): Promise<void> {
  for (let after = 0; ;) {
    const rows = await listCommentsToCopy(app.db, from.id, to.id, { after, limit: BATCH });
    const last = rows.at(-1);
    if (last === undefined) return;
    await transaction(app.db, async (tx) => {
      for (const { actor_id: actorId, comment, other } of rows) {
        // Also when this runs again.
        if (other?.includes(comment) === true) continue;
        const both = other === null ? comment : `${other}\n\n${comment}`;
        const text = [...both].slice(0, COMMENT_MAX).join("");
        await writeComment(tx, { actorId, targetId: to.id, comment: text, now: app.clock.now() });
      }
    });
    after = last.actor_id;
  }
}

async function copyMutes(app: App, from: ActorRow, to: ActorRow): Promise<void> {
  for (;;) {
    const rows = await listMutes(app.db, from.id, to.id, BATCH);
    if (rows.length === 0) return;
    await transaction(app.db, async (tx) => {
      for (const row of rows)
        await insertMute(tx, {
          id: app.ids.next(),
          actorId: row.actor_id,
          targetId: to.id,
          now: app.clock.now(),
          expiresAt: row.expires_at,
          hidesNotifications: isSet(row.hide_notifications),
        });
    });
  }
}

async function copyBlocks(app: App, from: ActorRow, to: ActorRow): Promise<void> {
  for (;;) {
    const rows = await listLocalBlocks(app.db, from.id, to.id, BATCH);
    if (rows.length === 0) return;
    await transaction(app.db, async (tx) => {
      for (const row of rows) await writeBlock(app, tx, asId(row.actor_id), to);
    });
  }
}

/** Servers of people who block somebody here: they are told of a move as well, so that the block can go along. */
export async function blockerInboxes(app: App, actorId: ActorId): Promise<readonly string[]> {
  return await listBlockerInboxes(app.db, actorId);
}
