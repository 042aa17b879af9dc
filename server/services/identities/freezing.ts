import type { App } from "../../context.ts";
import { asId, type ActorId } from "../../domain/ids.ts";
import { type ActorRow, findActorById, updateActor } from "../../store/actors.ts";
import { toJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { removeHeldRows } from "../../store/held-inbox.ts";
import { enqueue } from "../../store/jobs.ts";
import { listLocalFollows } from "../../store/moves.ts";
import { hasLocalFollow, removeFrozenNotices } from "../../store/pinned-identities.ts";
import { releaseHeld } from "../federation/inbox.ts";
import { notify } from "../notifications/notify.ts";
import type { FrozenOffer } from "./pins.ts";

/** People told in one transaction. */
const BATCH = 50;

/** Why an actor is frozen. */
export const FREEZE_REASONS = ["key", "did", "move"] as const;
export type FreezeReason = (typeof FREEZE_REASONS)[number];

/**
 * Takes nothing of an actor any more until its followers here have decided, inside the caller's transaction; they are told by a
 * job. One who is frozen already stays so for the first reason, with what is offered now.
 */
export async function freeze(
  app: App,
  tx: Db,
  actor: ActorRow,
  reason: FreezeReason,
  offer: FrozenOffer,
): Promise<void> {
  if (actor.frozen_at !== null && actor.frozen_reason !== reason) return;
  await updateActor(tx, asId(actor.id), {
    frozen_at: actor.frozen_at ?? app.clock.now(),
    frozen_reason: reason,
    frozen_offer: toJson(offer),
  });
  if (actor.frozen_at !== null) return;
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "tell-frozen",
    payload: { actorId: actor.id },
    dedupeKey: `tell-frozen:${actor.id}`,
    lane: 1,
  });
}

/** Tells everybody here who follows a frozen actor; the job behind `tell-frozen`, may be run again. */
export async function tellFrozen(app: App, actorId: ActorId): Promise<void> {
  for (let after = 0; ;) {
    const actor = await findActorById(app.db, actorId);
    if (actor === undefined || actor.frozen_at === null) return;
    const rows = await listLocalFollows(app.db, actorId, { after, limit: BATCH });
    const last = rows.at(-1);
    if (last === undefined) return;
    const to = rows.map((row) => row.actor_id);
    await transaction(app.db, (tx) => notify(app, tx, { kind: "frozen", to, actorId }));
    app.wake();
    after = last.id;
  }
}

/** Believes an actor again, and carries out what was held of it, inside the caller's transaction. */
export async function thaw(app: App, tx: Db, actor: ActorRow): Promise<void> {
  if (actor.frozen_at === null) return;
  await updateActor(tx, asId(actor.id), { frozen_at: null, frozen_reason: null, frozen_offer: null });
  await releaseHeld(app, tx, actor.uri);
}

/** The same when the actor is as it was before, so that there is nothing to decide any more. */
export async function callOff(app: App, tx: Db, actor: ActorRow): Promise<void> {
  if (actor.frozen_at === null) return;
  await thaw(app, tx, actor);
  await removeFrozenNotices(tx, actor.id);
}

/** Ends the doubt about somebody whose followers go elsewhere: what was held is of no concern any more. Inside the transaction. */
export async function settleMoved(tx: Db, actor: ActorRow): Promise<void> {
  if (actor.frozen_at === null) return;
  await updateActor(tx, asId(actor.id), { frozen_at: null, frozen_reason: null, frozen_offer: null });
  await removeFrozenNotices(tx, actor.id);
  await removeHeldRows(tx, actor.uri);
}

/** When nobody here is left who would decide, nothing is remembered of who the actor was. Inside the caller's transaction. */
export async function forgetUnfollowed(tx: Db, actor: ActorRow): Promise<void> {
  if (actor.frozen_at === null || (await hasLocalFollow(tx, actor.id))) return;
  await updateActor(tx, asId(actor.id), {
    did: null,
    did_statement: null,
    did_keys: null,
    frozen_at: null,
    frozen_reason: null,
    frozen_offer: null,
  });
  await removeFrozenNotices(tx, actor.id);
  await removeHeldRows(tx, actor.uri);
}
