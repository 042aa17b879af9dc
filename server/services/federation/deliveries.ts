// Between the use cases and the federation door: the inbox, events, stored activities, deliveries, records for the wire.
// Part of services/: may import what services may; imported by the doors, by other services and by roots.

import { hash } from "node:crypto";
import type { App } from "../../context.ts";
import { afterFailure, isWell, WELL } from "../../domain/host-health.ts";
import type { ActivityId, ActorId } from "../../domain/ids.ts";
import { flag } from "../../store/codec.ts";
import { type Db, transaction } from "../../store/database.ts";
import { type DeliveryOf, insertDeliveries } from "../../store/deliveries.ts";
import { advanceQueue, findHost, fromHealth, toHealth, writeHost } from "../../store/hosts.ts";
import { findActivity, insertActivities } from "../../store/inbox.ts";

export type OutgoingActivity = {
  readonly id: ActivityId;
  readonly uri: string;
  readonly actorId: ActorId;
  /** The signed JSON document, stored once for all deliveries. */
  readonly body: string;
  /** True when anybody may fetch it. */
  readonly public: boolean;
  readonly inboxes: readonly string[];
  /** What it is about: of what an actor says about one thing to one inbox, nothing overtakes. Default: the activity. */
  readonly objectUri?: string | null;
  /** Addressed to the followers, whose list is then compared (FEP-8fcf). */
  readonly sync?: boolean;
  /** An escape: at most once to each server, even after a crash. */
  readonly escape?: boolean;
};

/** Stores an activity of ours and one delivery an inbox, all or nothing; doing it twice is doing it once. */
export async function storeActivity(app: App, activity: OutgoingActivity): Promise<void> {
  await transaction(app.db, (tx) => writeActivity(app, tx, activity));
  app.wake();
}

/** The same inside the caller's transaction. */
export async function writeActivity(app: App, tx: Db, activity: OutgoingActivity): Promise<void> {
  await writeActivities(app, tx, [activity]);
}

/** The same for several, with as many statements. */
export async function writeActivities(
  app: App,
  tx: Db,
  activities: readonly OutgoingActivity[],
): Promise<void> {
  const now = app.clock.now();
  const rows = activities.map((activity) => ({
    id: activity.id,
    uri: activity.uri,
    actor_id: activity.actorId,
    body: activity.body,
    public: flag(activity.public),
    object_uri: activity.objectUri ?? null,
    sync: flag(activity.sync === true),
    is_escape: flag(activity.escape === true),
    created_at: now,
  }));
  const fresh = await insertActivities(tx, rows);
  const deliveries = activities
    .filter(({ id }) => fresh.has(id))
    .flatMap((activity) => activity.inboxes.map((inbox) => toDelivery(activity, inbox)));
  await insertDeliveries(tx, now, deliveries);
}

/** Queues one delivery of an activity that is stored already; none when it was taken back. */
export async function queueDelivery(app: App, id: ActivityId, inbox: string): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const activity = await findActivity(tx, id);
    if (activity === undefined || !URL.canParse(inbox)) return;
    const { uri, object_uri: objectUri, actor_id: actorId } = activity;
    await insertDeliveries(tx, now, [toDelivery({ id, uri, objectUri, actorId }, inbox)]);
  });
  app.wake();
}

function toDelivery(
  activity: Pick<OutgoingActivity, "id" | "uri" | "objectUri"> & { readonly actorId: number },
  inbox: string,
): DeliveryOf {
  const { id: activityId, actorId, uri, objectUri } = activity;
  // 48 bits: should two keys ever be alike, one delivery waits for another for nothing.
  const orderKey = hash("sha1", `${actorId} ${inbox} ${objectUri ?? uri}`, "buffer").readUIntBE(0, 6);
  return { activityId, actorId, inbox, host: new URL(inbox).host, orderKey };
}

/** An activity of ours by id. */
export async function getActivity(
  app: App,
  id: ActivityId,
): Promise<{ readonly body: string; readonly actorId: ActorId; readonly public: boolean } | null> {
  const row = await findActivity(app.db, id);
  return row === undefined
    ? null
    : { body: row.body, actorId: row.actor_id as ActorId, public: row.public === 1 };
}

export type HostState = {
  /** The signature scheme that last worked, null = not known. */
  readonly signatureSpec: string | null;
  /** The breaker is open until then (ms); null = closed. */
  readonly retryAt: number | null;
};

/** What is known of a remote host. */
export async function hostState(app: App, host: string): Promise<HostState> {
  const row = await findHost(app.db, host);
  return { signatureSpec: row?.signature_spec ?? null, retryAt: row?.retry_at ?? null };
}

/** Notes how a request to a host went (`domain/host-health.ts`). Deliveries are noted by the sender itself. */
export async function recordDelivery(
  app: App,
  host: string,
  outcome: "ok" | "failed",
  signatureSpec?: string,
): Promise<void> {
  const row = await findHost(app.db, host);
  const spec = signatureSpec === undefined ? {} : { signature_spec: signatureSpec };
  const before = row === undefined ? WELL : toHealth(row);
  if (outcome === "ok") {
    const isNews = signatureSpec !== undefined && row?.signature_spec !== signatureSpec;
    if (row === undefined || !isWell(before) || isNews)
      await writeHost(app.db, host, { ...fromHealth(WELL), ...spec, ok_at: app.clock.now() });
    if (!isWell(before) && (await advanceQueue(app.db, host, app.clock.now()))) app.wake();
    return;
  }
  await writeHost(app.db, host, { ...fromHealth(afterFailure(before, app.clock.now())), ...spec });
}
