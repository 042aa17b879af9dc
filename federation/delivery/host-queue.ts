import { afterFailure, type HostHealth, opening, resting, WELL } from "../../server/domain/host-health.ts";
import type { ClaimedHost, WaitingDelivery } from "../../server/services/federation/sending.ts";
import type { Spec } from "./message.ts";
import type { Parcel } from "./parcels.ts";
import { isSpec } from "./signing.ts";

/** A delivery with what it carries. */
export type Ready = WaitingDelivery & { readonly parcel: Parcel };

/** The beginning of the queue of one host while it is ours. Pure memory: what is decided here is written in batches. */
export type HostQueue = {
  readonly host: string;
  spec: Spec | null;
  okAt: number | null;
  health: HostHealth;
  mode: "open" | "probe" | "closed";
  /** In order, not begun. */
  readonly waiting: Ready[];
  /** Of what was read and is not written off yet. */
  readonly known: Set<number>;
  /** Inboxes and senders under way: one delivery at a time each, so that what is said first arrives first. */
  readonly lanes: Set<string>;
  /** Order keys that wait for another try, and until when. */
  readonly held: Map<number, number>;
  inFlight: number;
  /** A dead host that is to be asked whether it is back. */
  isToBeAsked: boolean;
  /** Given back with deliveries under way, at the end of the process. */
  isLost: boolean;
  /** Stands in the line of queues that may send. */
  isInLine: boolean;
};

/** Deliveries to one host at the same time (docs/threats.md, defaults). */
const PER_HOST = 4;

/** Makes the queue of a host that was claimed. */
export function toHostQueue(claimed: ClaimedHost, now: number): HostQueue {
  const { host, health, signatureSpec, okAt } = claimed;
  return {
    host,
    spec: isSpec(signatureSpec) ? signatureSpec : null,
    okAt,
    health,
    mode: opening(health, now),
    waiting: [],
    known: new Set(),
    lanes: new Set(),
    held: new Map(),
    inFlight: 0,
    isToBeAsked: health.deadAt !== null && (health.retryAt ?? 0) <= now,
    isLost: false,
    isInLine: false,
  };
}

/** What the host is given back with. */
export function fromHostQueue(queue: HostQueue): ClaimedHost {
  return { host: queue.host, health: queue.health, signatureSpec: queue.spec, okAt: queue.okAt };
}

/** True when the next delivery may begin, or the host is to be asked. */
export function mayBegin(queue: HostQueue): boolean {
  return queue.isToBeAsked || nextIndex(queue) >= 0;
}

/** Takes the next delivery that may begin. */
export function takeNext(queue: HostQueue): Ready | undefined {
  const index = nextIndex(queue);
  if (index < 0) return undefined;
  const [delivery] = queue.waiting.splice(index, 1);
  if (delivery === undefined) return undefined;
  queue.lanes.add(laneOf(delivery));
  queue.inFlight += 1;
  return delivery;
}

/** A probe is alone; otherwise the first whose inbox and sender are free. */
function nextIndex(queue: HostQueue): number {
  if (queue.mode === "closed" || queue.inFlight >= (queue.mode === "probe" ? 1 : PER_HOST)) return -1;
  return queue.waiting.findIndex((delivery) => !queue.lanes.has(laneOf(delivery)));
}

/** A delivery is over, however it ended. */
export function leave(queue: HostQueue, delivery: WaitingDelivery): void {
  queue.lanes.delete(laneOf(delivery));
  queue.inFlight -= 1;
}

function laneOf(delivery: WaitingDelivery): string {
  return `${delivery.actorId} ${delivery.inbox}`;
}

/** The host took something, or at least answered as a host that is well does. */
export function noteWell(queue: HostQueue, now: number, spec: Spec | null): void {
  queue.spec = spec ?? queue.spec;
  queue.okAt = queue.okAt === null || now - queue.okAt > OK_EVERY_MS ? now : queue.okAt;
  if (queue.health !== WELL) queue.health = WELL;
  if (queue.mode === "probe") queue.mode = "open";
}

const OK_EVERY_MS = 3_600_000;

/** The host failed. Once it has to rest, nothing more goes there. */
export function noteFailure(queue: HostQueue, now: number): void {
  queue.health = afterFailure(queue.health, now);
  close(queue, now);
}

/** The host asked for a pause. */
export function noteRest(queue: HostQueue, now: number, until: number): void {
  queue.health = resting(queue.health, until);
  close(queue, now);
}

function close(queue: HostQueue, now: number): void {
  // A failed probe ends in rest as well; those in flight may still change their mind.
  if (opening(queue.health, now) === "closed") queue.mode = "closed";
}

/** Nothing more is begun; with `isLost`, what is under way is not waited for either. */
export function abandonQueue(queue: HostQueue, isLost: boolean): void {
  queue.mode = "closed";
  queue.isInLine = false;
  queue.isToBeAsked = false;
  queue.isLost = isLost;
}

/** True when nothing of it is under way or may begin: it can be given back. */
export function isOver(queue: HostQueue): boolean {
  if (queue.isLost) return true;
  return (
    !queue.isToBeAsked && queue.inFlight === 0 && (queue.mode === "closed" || queue.waiting.length === 0)
  );
}

/** What waits behind one that is tried again at `runAt` under the same order key; it is taken out of the queue. */
export function takeHeld(queue: HostQueue, orderKey: number, runAt: number): readonly Ready[] {
  queue.held.set(orderKey, runAt);
  const held = queue.waiting.filter((delivery) => delivery.orderKey === orderKey);
  for (const delivery of held) queue.waiting.splice(queue.waiting.indexOf(delivery), 1);
  return held;
}
