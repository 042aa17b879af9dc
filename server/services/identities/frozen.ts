import { hash } from "node:crypto";
import type { App } from "../../context.ts";
import type { ActorView, Viewer } from "../../domain/actor.ts";
import { type ActorId, asId } from "../../domain/ids.ts";
import { CausewayError, notFound } from "../../errors.ts";
import {
  type ActorRow,
  findActors,
  findActorByUri,
  findActorsByUri,
  updateActor,
} from "../../store/actors.ts";
import { fromJson } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { acceptFollow, blockedEitherWay, findFollow, type FollowRow } from "../../store/follows.ts";
import { enqueue } from "../../store/jobs.ts";
import { holdFollows, listFrozenOf, lockActor, resumeFollow } from "../../store/pinned-identities.ts";
import { requestRefresh } from "../actors/actors.ts";
import { untell } from "../notifications/notify.ts";
import { dropFollow, writeFollow } from "../relations/follows.ts";
import { actorView } from "../views.ts";
import { forgetUnfollowed, FREEZE_REASONS, type FreezeReason, thaw } from "./freezing.ts";
import type { FrozenOffer } from "./pins.ts";

/** More than anybody decides about at once. */
const MOST = 40;

/** Somebody about whom a follower has to decide. */
export type FrozenView = {
  readonly actor: ActorView;
  /** Null = others have believed the change; this follower's follow was set aside until then. */
  readonly reason: FreezeReason | null;
  /** Since when, ms; null with `reason`. */
  readonly since: number | null;
  /** Where they are said to live now. */
  readonly target: { readonly uri: string; readonly actor: ActorView | null } | null;
  /** The change names a recovery key, though not the one that is known. */
  readonly hasOtherIdentity: boolean;
  /** What is decided about, so that a decision is about what was seen. */
  readonly stamp: string;
};

/** What a follower decides: believe the change and keep following, follow no more, or say nothing yet. */
export const FROZEN_DECISIONS = ["keep", "unfollow", "later"] as const;
export type FrozenDecision = (typeof FROZEN_DECISIONS)[number];

/** Those about whom the person has to decide, the newest here first. */
export async function listFrozen(app: App, viewer: Viewer): Promise<readonly FrozenView[]> {
  const found = await listFrozenOf(app.db, viewer.actorId, MOST);
  const rows = new Map(
    (await findActors(app.db, [...new Set(found.map((row) => row.id))])).map((row) => [row.id, row]),
  );
  const targets = [...rows.values()].flatMap((row) => targetOf(row) ?? []);
  const homes = new Map((await findActorsByUri(app.db, targets)).map((row) => [row.uri, row]));
  return found.flatMap(({ id }) => {
    const row = rows.get(id);
    return row === undefined ? [] : [viewOf(app, row, homes)];
  });
}

/** True when there is somebody about whom the person has to decide. */
export async function hasFrozen(app: App, viewer: Viewer): Promise<boolean> {
  return (await listFrozenOf(app.db, viewer.actorId, 1)).length > 0;
}

function viewOf(app: App, row: ActorRow, homes: ReadonlyMap<string, ActorRow>): FrozenView {
  const target = targetOf(row);
  const home = target === null ? undefined : homes.get(target);
  const offer = offerOf(row);
  return {
    actor: actorView(app, row),
    reason: reasonOf(row),
    since: row.frozen_at,
    target: target === null ? null : { uri: target, actor: home === undefined ? null : actorView(app, home) },
    hasOtherIdentity: offer?.kind === "identity" && offer.pin.did !== null && offer.pin.did !== row.did,
    stamp: stampOf(row),
  };
}

function reasonOf(row: ActorRow): FreezeReason | null {
  return FREEZE_REASONS.find((one) => one === row.frozen_reason) ?? null;
}

function offerOf(row: ActorRow): FrozenOffer | null {
  return fromJson<FrozenOffer | null>(row.frozen_offer, null);
}

function targetOf(row: ActorRow): string | null {
  const offer = offerOf(row);
  return offer?.kind === "move" ? offer.target : null;
}

function stampOf(row: ActorRow): string {
  return hash("sha256", `${row.frozen_at ?? ""} ${row.frozen_offer ?? ""}`, "hex").slice(0, 16);
}

/**
 * Carries a follower's decision out. Who keeps following takes the offered keys for good, or follows to the new home; what was
 * held comes in. Others who follow have their follow set aside until they decide, so that nobody decides for them.
 * @throws not_found when there is nothing to decide, conflict when something else is offered meanwhile
 */
export async function decideFrozen(
  app: App,
  viewer: Viewer,
  actorId: ActorId,
  command: { readonly decision: FrozenDecision; readonly stamp: string },
): Promise<void> {
  const { decision, stamp } = command;
  const uri = await transaction(app.db, async (tx) => {
    // Of two followers who decide at once, the second decides about what the first left.
    const row = await lockActor(tx, actorId);
    const follow = await findFollow(tx, viewer.actorId, actorId);
    if (row === undefined || follow === undefined) throw notFound();
    if (row.frozen_at === null && follow.state !== "held") throw notFound();
    await untell(tx, { kinds: ["frozen"], to: viewer.actorId, actorId });
    if (decision === "later") return null;
    if (decision === "unfollow") {
      await dropFollow(app, tx, viewer.actorId, actorId);
      await forgetUnfollowed(tx, row);
      return null;
    }
    if (stampOf(row) !== stamp) throw new CausewayError("conflict", "error.frozen_changed");
    await keep(app, tx, viewer, row, follow);
    return row.uri;
  });
  // The profile was not taken while it was doubted.
  if (uri !== null) await requestRefresh(app, uri);
  app.wake();
}

async function keep(app: App, tx: Db, viewer: Viewer, row: ActorRow, follow: FollowRow): Promise<void> {
  const offer = offerOf(row);
  if (row.frozen_at === null || offer === null) return await resume(tx, follow);
  if (offer.kind === "move") return await followToHome(app, tx, viewer, row, offer.target);
  await updateActor(tx, asId(row.id), offer.pin);
  await thaw(app, tx, row);
  await holdFollows(tx, row.id, viewer.actorId);
  await enqueue(tx, {
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "backfill",
    payload: { actorId: row.id },
    dedupeKey: `backfill:${row.id}`,
    lane: 1,
  });
}

async function resume(tx: Db, follow: FollowRow): Promise<void> {
  if (await resumeFollow(tx, follow.id)) await acceptFollow(tx, follow.id);
}

async function followToHome(app: App, tx: Db, viewer: Viewer, row: ActorRow, target: string): Promise<void> {
  const home = await findActorByUri(tx, target);
  const isThere = home !== undefined && home.deleted_at === null && home.suspended_at === null;
  if (!isThere || (await blockedEitherWay(tx, viewer.actorId, home.id)))
    throw new CausewayError("conflict", "error.frozen_changed");
  if (home.id !== viewer.actorId) await writeFollow(app, tx, viewer.actorId, home);
  await dropFollow(app, tx, viewer.actorId, asId(row.id));
  await forgetUnfollowed(tx, row);
}
