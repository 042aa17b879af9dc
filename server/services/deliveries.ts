import type { App } from "../context.ts";
import type { ActivityId, ActorId } from "../domain/ids.ts";
import { type Db, transaction } from "../store/database.ts";
import { findHost, listBlockedDomains, writeHost } from "../store/hosts.ts";
import {
  findActivity,
  findWaiting,
  insertActivity,
  insertInboxRow,
  markHandled,
  reopenInboxRow,
} from "../store/inbox.ts";
import { enqueue, enqueueMany } from "../store/jobs.ts";

export type OutgoingActivity = {
  readonly id: ActivityId;
  readonly uri: string;
  readonly actorId: ActorId;
  /** The signed JSON document, stored once for all deliveries. */
  readonly body: string;
  /** True when anybody may fetch it. */
  readonly public: boolean;
  readonly inboxes: readonly string[];
};

/** Stores an activity of ours and one delivery job an inbox, all or nothing; doing it twice is doing it once. */
export async function storeActivity(app: App, activity: OutgoingActivity): Promise<void> {
  const now = app.clock.now();
  await transaction(app.db, async (tx) => {
    const fresh = await insertActivity(tx, {
      id: activity.id,
      uri: activity.uri,
      actor_id: activity.actorId,
      body: activity.body,
      public: activity.public ? 1 : 0,
      created_at: now,
    });
    if (!fresh) return;
    await enqueueMany(
      tx,
      activity.inboxes.map((inbox) => ({
        id: app.ids.next(),
        now,
        kind: "deliver",
        payload: { activityId: activity.id, inbox },
        // One at a time to each inbox, in order as long as none has to be tried again.
        orderingKey: `deliver:${activity.actorId}:${inbox}`,
        lane: 1 as const,
      })),
    );
  });
  app.wake();
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

export type AcceptedActivity = {
  readonly actorUri: string;
  readonly activityUri: string;
  readonly body: string;
  /** Misskey gives every Follow of the same two people the same id: following again is no repetition. */
  readonly mayRepeat: boolean;
};

/** Commits an authenticated activity and the job that handles it; only then may the door say 202. */
export async function acceptIntoInbox(app: App, activity: AcceptedActivity): Promise<"stored" | "duplicate"> {
  const now = app.clock.now();
  const stored = await transaction(app.db, async (tx) => {
    const inboxId = await keepActivity(app, tx, activity);
    if (inboxId === undefined) return false;
    await enqueue(tx, {
      id: app.ids.next(),
      now,
      kind: "inbox",
      payload: { inboxId },
      // Activities of one actor are handled in the order they came.
      orderingKey: `inbox:${activity.actorUri}`,
      lane: 0,
    });
    return true;
  });
  if (stored) app.wake();
  return stored ? "stored" : "duplicate";
}

async function keepActivity(app: App, tx: Db, activity: AcceptedActivity): Promise<number | undefined> {
  const { actorUri, activityUri, body } = activity;
  const id = app.ids.next();
  if (await insertInboxRow(tx, { id, actorUri, activityUri, body, now: app.clock.now() })) return id;
  return activity.mayRepeat ? await reopenInboxRow(tx, { actorUri, activityUri, body }) : undefined;
}

/** An accepted activity that waits to be handled; null when it was. */
export async function takeFromInbox(
  app: App,
  inboxId: number,
): Promise<{ readonly body: string; readonly actorUri: string; readonly activityUri: string } | null> {
  const row = await findWaiting(app.db, inboxId);
  if (row === undefined || row.body === null) return null;
  return { body: row.body, actorUri: row.actor_uri, activityUri: row.activity_uri };
}

/** Marks an accepted activity as handled. */
export async function finishInbox(app: App, inboxId: number): Promise<void> {
  await markHandled(app.db, inboxId, app.clock.now());
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

const MINUTE = 60_000;
const BREAKER = {
  failures: 5,
  withinMs: 10 * MINUTE,
  firstMs: 30 * MINUTE,
  mostMs: 24 * 60 * MINUTE,
} as const;

/**
 * Notes how a delivery went. Five failures within ten minutes open the breaker for 30 minutes, doubling to 24 hours
 * while probes fail (docs/threats.md, defaults); one success closes it.
 */
export async function recordDelivery(
  app: App,
  host: string,
  outcome: "ok" | "failed",
  signatureSpec?: string,
): Promise<void> {
  const row = await findHost(app.db, host);
  const spec = signatureSpec === undefined ? {} : { signature_spec: signatureSpec };
  if (outcome === "ok") {
    const clean =
      row !== undefined &&
      row.failures === 0 &&
      (signatureSpec === undefined || row.signature_spec === signatureSpec);
    if (!clean) await writeHost(app.db, host, { failures: 0, failing_since: null, retry_at: null, ...spec });
    return;
  }
  const now = app.clock.now();
  const stale =
    row === undefined || (row.retry_at === null && now - (row.failing_since ?? now) > BREAKER.withinMs);
  const failures = stale ? 1 : row.failures + 1;
  const rounds = failures - BREAKER.failures;
  await writeHost(app.db, host, {
    failures,
    failing_since: stale ? now : (row.failing_since ?? now),
    retry_at: rounds < 0 ? null : now + Math.min(BREAKER.firstMs * 2 ** rounds, BREAKER.mostMs),
  });
}

/** True when a host or a domain above it is blocked; ports, case and a trailing dot do not matter (threats MOD-01). */
export async function isBlockedHost(app: App, host: string): Promise<boolean> {
  const blocked = new Set(await listBlockedDomains(app.db));
  if (blocked.size === 0) return false;
  const labels = host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "").split(".");
  return labels.some((_, index) => blocked.has(labels.slice(index).join(".")));
}
