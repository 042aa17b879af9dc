import type { App } from "../../context.ts";
import { opening } from "../../domain/host-health.ts";
import type { ActorId } from "../../domain/ids.ts";
import { backOffMs, fractionOf } from "../../store/back-off.ts";
import { beat, BEAT_EVERY_MS, forgetBeats, QUIET_MS, takeQuiet } from "../../store/beats.ts";
import { type Db, dialectOf, transaction } from "../../store/database.ts";
import {
  buryDeliveries,
  buryQueue,
  claimHosts,
  type ClaimedHost,
  dropQueue,
  extendHostLeases,
  finishDeliveries,
  nextDueAt,
  putOffDeliveries,
  readQueues,
  releaseAllHosts,
  releaseHosts,
  releaseHostsOf,
  type WaitingDelivery,
} from "../../store/deliveries.ts";
import { endEscapes, type EscapeEnd } from "../../store/escapes.ts";
import { listRemoteFollowers, MARK_MODULUS, markFollowers } from "../../store/follower-marks.ts";
import { listActivities } from "../../store/inbox.ts";
import { MAX_TRIES } from "../../store/jobs.ts";
import { isBlockedHost } from "../moderation/domains.ts";

// What the sender of deliveries asks and tells: queues in batches, ends in batches, each batch one commit.

export type { ClaimedHost, WaitingDelivery } from "../../store/deliveries.ts";
export type { EscapeEnd } from "../../store/escapes.ts";

/**
 * A queue is ours this long without a word from us. On PostgreSQL a sender also says every so often that it lives, with one
 * row for all its queues: those of a dead one are free within 20 seconds.
 */
export const QUEUE_LEASE_MS = 120_000;
export const REPORT_EVERY_MS = BEAT_EVERY_MS;
/** Older news is no news; what a peer missed it can read in the outbox (threats F17). */
export const MAX_AGE_MS = 7 * 86_400_000;
const DROPPED_AT_ONCE = 5_000;

/** Queues that are ours now, and their first deliveries. */
export type Claim = {
  readonly hosts: readonly ClaimedHost[];
  readonly deliveries: readonly WaitingDelivery[];
};

/**
 * Takes queues that are due and reads the beginning of each: `perHost` deliveries, those in flight included; one of a
 * host that is probed. What waited too long and what goes to blocked hosts is taken out here.
 */
export async function claimQueues(
  app: App,
  owner: string,
  room: { readonly hosts: number; readonly perHost: number },
): Promise<Claim> {
  const now = app.clock.now();
  const claim = { owner, now, until: now + QUEUE_LEASE_MS, limit: room.hosts };
  const claimed = await claimHosts(app.db, claim);
  if (claimed.length === 0) return { hosts: [], deliveries: [] };
  const hosts: ClaimedHost[] = [];
  for (const one of claimed) {
    if (await isBlockedHost(app, one.host)) await giveUpQueue(app, owner, one);
    else hosts.push(one);
  }
  const open = hosts.filter(({ health }) => opening(health, now) !== "closed").map(({ host }) => host);
  return { hosts, deliveries: await readOpenQueues(app, open, room.perHost) };
}

/** Reads on in queues that are ours. */
export async function readOpenQueues(
  app: App,
  hosts: readonly string[],
  perHost: number,
): Promise<readonly WaitingDelivery[]> {
  const now = app.clock.now();
  const kept: WaitingDelivery[] = [];
  for (let left = hosts; left.length > 0;) {
    const read = await readQueues(app.db, left, now, perHost);
    const isOld = (one: WaitingDelivery) => now - one.createdAt > MAX_AGE_MS;
    const old = read.filter(isOld);
    const isAway = old.map(({ id, attempts, host }) => ({
      id,
      attempts,
      fault: `${host} was away for too long`,
    }));
    await buryDeliveries(app.db, isAway, now);
    kept.push(...read.filter((one) => !isOld(one)));
    // Where all that was read was old, there may be younger ones behind.
    const fresh = new Set(kept.map(({ host }) => host));
    left = [...new Set(old.map(({ host }) => host))].filter((host) => !fresh.has(host));
  }
  return kept;
}

async function giveUpQueue(app: App, owner: string, host: ClaimedHost): Promise<void> {
  await dropQueue(app.db, host.host, DROPPED_AT_ONCE);
  await transaction(app.db, (tx) => releaseHosts(tx, owner, [host], app.clock.now()));
}

/** When a delivery that failed `attempts` times is tried again, ms; null = it had all its tries. */
export function nextTryAt(app: App, attempts: number): number | null {
  return attempts >= MAX_TRIES ? null : app.clock.now() + backOffMs(attempts, fractionOf(app.ids));
}

/** What became of deliveries, and queues that are given back. */
export type Settlement = {
  readonly done: readonly number[];
  readonly later: readonly {
    readonly id: number;
    readonly runAt: number;
    readonly attempts: number;
    readonly fault: string | null;
  }[];
  readonly dead: readonly { readonly id: number; readonly attempts: number; readonly fault: string }[];
  readonly released: readonly ClaimedHost[];
  /** What became of escapes among them. */
  readonly escapes?: readonly EscapeEnd[];
};

/** Writes a batch of ends in one commit. */
export async function settleDeliveries(app: App, owner: string, settlement: Settlement): Promise<void> {
  const { done, later, dead, released, escapes = [] } = settlement;
  const now = app.clock.now();
  const write = async (tx: Db): Promise<void> => {
    await finishDeliveries(tx, done);
    await endEscapes(tx, escapes, now);
    await putOffDeliveries(tx, later);
    await buryDeliveries(tx, dead, now);
    for (const { host, health } of released)
      if (health.deadAt !== null) await buryQueue(tx, host, now, `${host} has not answered for 30 days`);
    await releaseHosts(tx, owner, released, now);
  };
  await transaction(app.db, write);
}

/** Keeps queues that are still worked on; returns those that nobody else has taken meanwhile. */
export async function keepQueues(
  app: App,
  owner: string,
  hosts: readonly string[],
): Promise<ReadonlySet<string>> {
  return new Set(await extendHostLeases(app.db, owner, hosts, app.clock.now() + QUEUE_LEASE_MS));
}

/** Before the first claim: on SQLite a process is alone, so what is held is held by a dead one. */
export async function takeOverQueues(app: App, owner: string): Promise<void> {
  if (dialectOf(app.db) === "sqlite") await releaseAllHosts(app.db, app.clock.now());
  else await reportSender(app, owner);
}

/** What a sender hears from the others. */
export type SenderReport = {
  /** False = the others have thought it dead: its queues may be somebody else's. */
  readonly isKnown: boolean;
  /** How many queues of dead senders are free now. */
  readonly freed: number;
};

/** Says that a sender lives, and frees the queues of those that say so no longer. On SQLite there are no others. */
export async function reportSender(app: App, owner: string): Promise<SenderReport> {
  if (dialectOf(app.db) === "sqlite") return { isKnown: true, freed: 0 };
  const isKnown = await beat(app.db, "sender", owner);
  const freed = await transaction(app.db, async (tx) =>
    releaseHostsOf(tx, await takeQuiet(tx, "sender", QUIET_MS), app.clock.now()),
  );
  return { isKnown, freed };
}

/** At the end of a sender, after it has given back what it had. */
export async function forgetSender(app: App, owner: string): Promise<void> {
  if (dialectOf(app.db) === "postgres") await forgetBeats(app.db, "sender", [owner]);
}

/** When the next queue becomes due, ms; null = nothing waits. */
export async function nextQueueAt(app: App): Promise<number | null> {
  return await nextDueAt(app.db, app.clock.now());
}

/** An activity as it is sent. */
export type StoredActivity = {
  readonly id: number;
  readonly body: string;
  /** Goes with the state of the followers list (FEP-8fcf). */
  readonly sync: boolean;
  /** Is sent at most once to each server, even after a crash (`services/escapes/ledger.ts`). */
  readonly escape: boolean;
};

/** Which of the activities are still there, and all of those that `known` does not say it has. */
export async function readActivities(
  app: App,
  ids: readonly number[],
  known: (id: number) => boolean,
): Promise<{ readonly present: ReadonlySet<number>; readonly read: readonly StoredActivity[] }> {
  const present = new Set((await listActivities(app.db, ids, false)).map((row) => row.id));
  const wanted = [...present].filter((id) => !known(id));
  const rows = wanted.length === 0 ? [] : await listActivities(app.db, wanted, true);
  return {
    present,
    read: rows.map((row) => ({
      id: row.id,
      body: row.body,
      sync: row.sync === 1,
      escape: row.is_escape === 1,
    })),
  };
}

/** Tells whether the followers of an actor are still those that were summed up. */
export type FollowersMark = { readonly count: number; readonly sum: number; readonly newest: number };

/** Ids are added up by their remainders, so that the sum of any number of them is exact. */
export function sumOf(sum: number, id: number): number {
  return sum + (id % MARK_MODULUS);
}

/** The mark of an actor's accepted remote followers. */
export async function followersMark(app: App, actorId: ActorId): Promise<FollowersMark> {
  return await markFollowers(app.db, actorId);
}

/** Accepted remote followers of an actor after a follow's id, in order. */
export async function followersAfter(
  app: App,
  actorId: ActorId,
  after: number,
  limit: number,
): Promise<readonly { readonly id: number; readonly uri: string }[]> {
  return await listRemoteFollowers(app.db, actorId, after, limit);
}
