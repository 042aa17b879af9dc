import type { App } from "../../server/context.ts";
import { afterFailure, WELL } from "../../server/domain/host-health.ts";
import { asId } from "../../server/domain/ids.ts";
import { noteInboxGone } from "../../server/services/federation/gone-inboxes.ts";
import {
  claimQueues,
  type EscapeEnd,
  nextTryAt,
  settleDeliveries,
  type WaitingDelivery,
} from "../../server/services/federation/sending.ts";
import { nextTellingAt } from "../../server/services/escapes/ledger.ts";
import { createTellings, mayHaveArrived, type Tellings } from "../escape/tellings.ts";
import { log } from "../log.ts";
import { createFollowersSync, type FollowersSync } from "./followers-sync.ts";
import {
  abandonQueue,
  fromHostQueue,
  type HostQueue,
  isOver,
  leave,
  mayBegin,
  noteFailure,
  noteRest,
  noteWell,
  type Ready,
  takeHeld,
  takeNext,
  toHostQueue,
} from "./host-queue.ts";
import { knock, type Outcome } from "./knock.ts";
import { createParcels, type Parcels } from "./parcels.ts";
import { isBack } from "./revival.ts";
import type { KeyStore } from "./signing.ts";

/** What lies on the sender's desk: queues that are ours, and ends that are not written down yet. */
export type Desk = {
  readonly app: App;
  readonly keys: KeyStore;
  readonly parcels: Parcels;
  readonly sync: FollowersSync;
  readonly tellings: Tellings;
  /** Is told how each try went. */
  readonly count: (outcome: string) => void;
  readonly owner: string;
  readonly queues: Map<string, HostQueue>;
  /** Queues in which something may begin, in turn. */
  readonly line: HostQueue[];
  ends: End[];
  /** Read and not begun. */
  waiting: number;
  inFlight: number;
  /** Nothing more is begun. */
  isAbandoned: boolean;
};

type End = { readonly queue: HostQueue; readonly id: number; readonly escape?: EscapeEnd } & (
  | { readonly type: "done" | "kept" }
  | { readonly type: "gone"; readonly inbox: string; readonly status: number }
  | { readonly type: "dead"; readonly attempts: number; readonly fault: string }
  | {
      readonly type: "later";
      readonly runAt: number;
      readonly attempts: number;
      readonly fault: string | null;
    }
);

/** One thing to do: a delivery, or (null) asking a dead host whether it is back. */
export type Task = { readonly queue: HostQueue; readonly ready: Ready | null };

/** Makes an empty desk. */
export function createDesk(app: App, keys: KeyStore, count: (outcome: string) => void): Desk {
  const desk: Desk = {
    app,
    keys,
    parcels: createParcels(app),
    sync: createFollowersSync(app),
    tellings: createTellings(app, (most, isNew) => escapesAhead(desk, most, isNew)),
    count,
    owner: app.ids.secret(9),
    queues: new Map(),
    line: [],
    ends: [],
    waiting: 0,
    inFlight: 0,
    isAbandoned: false,
  };
  return desk;
}

/** Escapes that come next: the first of each queue in the line, then the second of each, and so on. */
function escapesAhead(desk: Desk, most: number, isNew: (one: Ready) => boolean): readonly Ready[] {
  const found: Ready[] = [];
  let queues = desk.line.filter(({ mode }) => mode !== "closed");
  for (let at = 0; queues.length > 0 && found.length < most; at += 1) {
    queues = queues.filter(({ waiting }) => waiting.length > at);
    for (const { waiting } of queues) {
      const next = waiting[at];
      if (next?.parcel.escape === true && isNew(next)) found.push(next);
      if (found.length >= most) break;
    }
  }
  return found;
}

/** Takes queues that are due and reads their beginnings. Returns how many it got. */
export async function fill(
  desk: Desk,
  room: { readonly hosts: number; readonly perHost: number },
): Promise<number> {
  const { hosts, deliveries } = await claimQueues(desk.app, desk.owner, room);
  if (hosts.length === 0) return 0;
  const parcels = await desk.parcels.load([...new Set(deliveries.map((one) => one.activityId))]);
  const now = desk.app.clock.now();
  for (const claimed of hosts)
    if (!desk.queues.has(claimed.host)) desk.queues.set(claimed.host, toHostQueue(claimed, now));
  const ends: End[] = [];
  for (const delivery of deliveries) {
    const queue = desk.queues.get(delivery.host);
    if (queue === undefined || queue.known.has(delivery.id)) continue;
    queue.known.add(delivery.id);
    const parcel = parcels.get(delivery.activityId);
    const heldUntil = Math.max(delivery.blockedUntil ?? 0, queue.held.get(delivery.orderKey) ?? 0);
    if (parcel === undefined) ends.push({ queue, id: delivery.id, type: "done" });
    else if (heldUntil > now) ends.push(toLater(queue, delivery, heldUntil));
    else {
      queue.waiting.push({ ...delivery, parcel });
      desk.waiting += 1;
    }
  }
  desk.ends.push(...ends);
  for (const { host } of hosts) lineUp(desk, desk.queues.get(host));
  return hosts.length;
}

function toLater(queue: HostQueue, { id, attempts }: WaitingDelivery, runAt: number): End {
  return { queue, id, type: "later", runAt, attempts, fault: null };
}

function lineUp(desk: Desk, queue: HostQueue | undefined): void {
  if (queue === undefined || queue.isInLine || !mayBegin(queue)) return;
  queue.isInLine = true;
  desk.line.push(queue);
}

/** The next thing to do, hosts in turn; null when nothing may begin. */
export function takeTask(desk: Desk): Task | null {
  for (let queue = desk.line.shift(); queue !== undefined; queue = desk.line.shift()) {
    queue.isInLine = false;
    if (queue.isToBeAsked) {
      queue.isToBeAsked = false;
      queue.inFlight += 1;
      desk.inFlight += 1;
      return { queue, ready: null };
    }
    const ready = takeNext(queue);
    if (ready === undefined) continue;
    desk.waiting -= 1;
    desk.inFlight += 1;
    lineUp(desk, queue);
    return { queue, ready };
  }
  return null;
}

/**
 * Does one thing and notes how it ended; `onSigned` is called when nothing is left of it but waiting. Returns what a test
 * wants to see; never throws.
 */
export async function perform(
  desk: Desk,
  { queue, ready }: Task,
  onSigned: () => void = () => undefined,
): Promise<unknown> {
  const { app } = desk;
  if (ready === null) {
    const back = await isBack(app, queue.host);
    queue.health = back ? WELL : afterFailure(queue.health, app.clock.now());
    queue.inFlight -= 1;
    if (!queue.isLost) desk.inFlight -= 1;
    return null;
  }
  if (ready.parcel.escape && !(await mayTell(desk, queue, ready))) return null;
  const actorId = asId<Parameters<FollowersSync["header"]>[0]["actorId"]>(ready.actorId);
  const sync = ready.parcel.sync ? await syncHeader(desk, { ...ready, actorId }) : null;
  const outcome = await knock(app, desk.keys, { ...ready, actorId, sync }, queue.spec, onSigned);
  leave(queue, ready);
  if (!queue.isLost) desk.inFlight -= 1;
  note(desk, queue, ready, outcome);
  lineUp(desk, queue);
  return outcome.type === "failed" ? outcome.error : null;
}

/** Nothing of an escape is sent before it is written down that it is begun. */
async function mayTell(desk: Desk, queue: HostQueue, ready: Ready): Promise<boolean> {
  const { id, activityId, host, attempts } = ready;
  const until = desk.app.clock.now() + TELLING_AGAIN_MS;
  const begin = await desk.tellings.begin(ready).catch((error: unknown) => {
    log.error("telling {host} of {activityId} could not be begun: {error}", { host, activityId, error });
    return { type: "wait", until } as const;
  });
  if (begin.type === "go") return true;
  leave(queue, ready);
  if (!queue.isLost) desk.inFlight -= 1;
  const end: End =
    begin.type === "over"
      ? { queue, id, type: "done" }
      : { queue, id, type: "later", runAt: begin.until, attempts, fault: null };
  add(desk, end);
  lineUp(desk, queue);
  return false;
}

const TELLING_AGAIN_MS = 60_000;

/** Without the header a delivery is as good; the followers are compared next time. */
async function syncHeader(
  desk: Desk,
  delivery: Parameters<FollowersSync["header"]>[0],
): Promise<string | null> {
  try {
    return await desk.sync.header(delivery);
  } catch (error) {
    log.warning("the followers of {actorId} could not be summed up: {error}", {
      actorId: delivery.actorId,
      error,
    });
    return null;
  }
}

function note(desk: Desk, queue: HostQueue, ready: Ready, outcome: Outcome): void {
  const now = desk.app.clock.now();
  const { id, inbox } = ready;
  switch (outcome.type) {
    case "done":
      noteWell(queue, now, outcome.spec);
      desk.count("done");
      return add(desk, { queue, id, type: "done", ...told(ready, "answered") });
    case "gone":
      noteWell(queue, now, null);
      desk.count("gone");
      return add(desk, {
        queue,
        id,
        type: "gone",
        inbox,
        status: outcome.status,
        ...told(ready, "refused", `${ready.host} answered with ${outcome.status}`),
      });
    case "refused":
      if (outcome.isHostWell) noteWell(queue, now, null);
      return bury(desk, queue, ready, outcome.fault);
    case "rest":
      noteRest(queue, now, now + outcome.delayMs);
      desk.count("put_off");
      // The host is what waits: its deliveries stay as they are, in their order.
      return add(desk, { queue, id, type: "kept", ...told(ready, "waiting") });
    case "failed": {
      if (outcome.isHostsFault) noteFailure(queue, now);
      const attempts = ready.attempts + 1;
      const next = ready.parcel.escape
        ? nextTellingAt(desk.app, attempts, ready.createdAt)
        : nextTryAt(desk.app, attempts);
      if (next === null) return bury(desk, queue, ready, outcome.fault);
      desk.count("failed");
      const state = mayHaveArrived(outcome.error) ? "sent" : "waiting";
      return putOff(
        desk,
        queue,
        { ...ready, attempts },
        { type: "later", runAt: next, attempts, fault: outcome.fault, ...told(ready, state, outcome.fault) },
      );
    }
    default:
      return outcome satisfies never;
  }
}

/** What the ledger of escapes is told, when it is one. */
function told(
  { parcel, activityId, host }: Ready,
  state: EscapeEnd["state"],
  fault: string | null = null,
): { readonly escape?: EscapeEnd } {
  return parcel.escape ? { escape: { activityId, host, state, fault } } : {};
}

function add(desk: Desk, ...ends: readonly End[]): void {
  desk.ends.push(...ends);
}

function bury(desk: Desk, queue: HostQueue, ready: Ready, fault: string): void {
  const { id, attempts, inbox } = ready;
  log.warning("delivery {id} to {inbox} is given up: {fault}", { id, inbox, fault });
  desk.count("given_up");
  add(desk, { queue, id, type: "dead", attempts: attempts + 1, fault, ...told(ready, "refused", fault) });
}

/** What was said later about the same thing waits behind it: an Update may not arrive before its Create. */
function putOff(
  desk: Desk,
  queue: HostQueue,
  ready: Ready,
  end: Omit<Extract<End, { type: "later" }>, "queue" | "id">,
): void {
  const held = takeHeld(queue, ready.orderKey, end.runAt);
  desk.waiting -= held.length;
  add(desk, { queue, id: ready.id, ...end }, ...held.map((one) => toLater(queue, one, end.runAt)));
}

/** Writes the ends down and gives back queues in which nothing is left to do, in one commit. */
export async function settle(desk: Desk): Promise<void> {
  const { ends } = desk;
  const over = [...desk.queues.values()].filter(isOver);
  if (ends.length === 0 && over.length === 0) return;
  desk.ends = [];
  const unbegun = unbegunOf(desk, over);
  try {
    await settleDeliveries(desk.app, desk.owner, {
      done: ends.filter((end) => end.type === "done" || end.type === "gone").map((end) => end.id),
      later: ends.filter((end) => end.type === "later"),
      dead: ends.filter((end) => end.type === "dead"),
      escapes: [...ends.flatMap(({ escape }) => escape ?? []), ...unbegun],
      released: over.map(fromHostQueue),
    });
  } catch (error) {
    desk.ends = [...ends, ...desk.ends];
    throw error;
  }
  for (const { queue, id } of ends) queue.known.delete(id);
  for (const queue of over) {
    desk.queues.delete(queue.host);
    desk.waiting -= queue.waiting.length;
  }
  for (const end of ends) if (end.type === "gone") await noteInboxGone(desk.app, end.inbox, end.status);
}

/** What was begun ahead and will not be sent from here: whoever comes next need not wait for it. */
function unbegunOf(desk: Desk, over: readonly HostQueue[]): readonly EscapeEnd[] {
  const left = over.filter((queue) => queue.waiting.length > 0);
  if (left.length === 0 && !desk.isAbandoned) return [];
  const hosts = desk.isAbandoned ? undefined : new Set(left.map(({ host }) => host));
  return desk.tellings.takeUnused(hosts).map(({ activityId, host, at: begunAt }) => ({
    activityId,
    host,
    begunAt,
    state: "waiting",
    fault: null,
  }));
}

/** Begins nothing more in queues that others have by now. What is under way ends, and is not waited for. */
export function lose(desk: Desk, hosts: readonly string[]): void {
  for (const host of hosts) {
    const queue = desk.queues.get(host);
    if (queue === undefined || queue.isLost) continue;
    desk.inFlight -= queue.inFlight;
    abandonQueue(queue, true);
  }
}

/** Begins nothing more and lets `settle` give all queues back, also those with something under way: it will be sent again. */
export function abandon(desk: Desk): void {
  desk.isAbandoned = true;
  desk.line.length = 0;
  for (const queue of desk.queues.values()) {
    if (!queue.isLost) desk.inFlight -= queue.inFlight;
    abandonQueue(queue, queue.isLost || queue.inFlight > 0);
  }
}
