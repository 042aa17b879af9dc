import type { App } from "../../server/context.ts";
import {
  forgetSender,
  keepQueues,
  nextQueueAt,
  QUEUE_LEASE_MS,
  REPORT_EVERY_MS,
  reportSender,
  takeOverQueues,
} from "../../server/services/federation/sending.ts";
import { log } from "../log.ts";
import { abandon, createDesk, type Desk, fill, lose, perform, settle, takeTask } from "./desk.ts";
import type { KeyStore } from "./signing.ts";

/** Sends what waits in `deliveries`; one in each process that works. */
export type Sender = {
  start(): Promise<void>;
  /** Begins nothing more, gives what is under way `graceMs`, and gives the queues back. */
  stop(graceMs: number): Promise<void>;
  /** Call after a commit that wrote deliveries. */
  wake(): void;
  /** For tests, instead of `start`: sends one after another what is due, and returns how many were tried. */
  drain(options?: { readonly failFast?: boolean }): Promise<number>;
  alive(): boolean;
};

/** Queues taken at once, and what is read of each, with what is under way. */
const CLAIM = { hosts: 256, perHost: 20 } as const;
/** Read on when fewer than this wait in memory. */
const LOW_WATER = 256;
/** Signatures at once: enough to keep the cores at it. */
const MOST_SIGNING = 48;
/** Requests that wait for the other side cost nothing but their socket: slow servers may hold most of these. */
const MOST_IN_FLIGHT = 1_500;
/** Ends are gathered, so that one commit writes many. */
const GATHER_MS = 40;
/** While there is more to sign than the cores can: then there is always a next commit. */
const BUSY_GATHER_MS = 120;
const GATHER_MOST = 512;
const POLL_MS = 2_000;
const STUCK_MS = 30_000;

/** What the sender knows; the functions below read and change it. */
type Loop = {
  readonly app: App;
  readonly desk: Desk;
  signing: number;
  state: "idle" | "started" | "stopping";
  /** The step that is under way, and whether somebody asked for one more meanwhile. */
  step: Promise<void> | null;
  again: boolean;
  timer: NodeJS.Timeout | undefined;
  gathering: NodeJS.Timeout | undefined;
  heartbeat: NodeJS.Timeout | undefined;
  landed: (() => void) | undefined;
  lookedAt: number;
  keptAt: number;
};

/**
 * Makes the sender. It owns the queue of a host while it sends there, so order needs no locks, and a host that is slow or
 * dead holds up nobody but itself (docs/adr/0009-sender.md). `count` is told how each try went.
 */
export function createSender(app: App, keys: KeyStore, count: (outcome: string) => void): Sender {
  const loop: Loop = {
    app,
    desk: createDesk(app, keys, count),
    signing: 0,
    state: "idle",
    step: null,
    again: false,
    timer: undefined,
    gathering: undefined,
    heartbeat: undefined,
    landed: undefined,
    lookedAt: 0,
    keptAt: 0,
  };
  return {
    start: async () => await start(loop),
    stop: async (graceMs) => await stop(loop, graceMs),
    // While enough waits here, whatever was written is read on the way.
    wake: () => (loop.desk.waiting < LOW_WATER ? wake(loop) : undefined),
    drain: async (options = {}) => await drain(loop.desk, options.failFast === true),
    alive: () => loop.state === "started" && app.clock.now() - loop.lookedAt < STUCK_MS,
  };
}

async function start(loop: Loop): Promise<void> {
  if (loop.state !== "idle") throw new Error("The sender is started already.");
  await takeOverQueues(loop.app, loop.desk.owner);
  loop.state = "started";
  loop.lookedAt = loop.app.clock.now();
  loop.keptAt = loop.lookedAt;
  loop.heartbeat = setInterval(() => void keep(loop), REPORT_EVERY_MS);
  wake(loop);
}

async function stop(loop: Loop, graceMs: number): Promise<void> {
  if (loop.state !== "started") return;
  loop.state = "stopping";
  clearTimeout(loop.timer);
  clearTimeout(loop.gathering);
  clearInterval(loop.heartbeat);
  await loop.step;
  if (loop.desk.inFlight > 0) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const grace = setTimeout(resolve, graceMs);
    loop.landed = resolve;
    await promise;
    clearTimeout(grace);
  }
  abandon(loop.desk);
  await settle(loop.desk);
  await forgetSender(loop.app, loop.desk.owner);
  loop.state = "idle";
}

async function drain(desk: Desk, failFast: boolean): Promise<number> {
  for (let tried = 0; ;) {
    await settle(desk);
    if ((await fill(desk, CLAIM)) === 0) return tried;
    for (let task = takeTask(desk); task !== null; task = takeTask(desk)) {
      const error = await perform(desk, task);
      tried += 1;
      if (!failFast || error === null) continue;
      abandon(desk);
      await settle(desk);
      throw error;
    }
  }
}

/** At most one step runs at a time; a wake during one asks for another. */
function wake(loop: Loop): void {
  if (loop.state !== "started") return;
  loop.again = true;
  loop.step ??= stepUntilQuiet(loop);
}

async function stepUntilQuiet(loop: Loop): Promise<void> {
  // One turn of the event loop, so that many wakes make one step.
  await new Promise((resolve) => setImmediate(resolve));
  try {
    while (loop.again) {
      loop.again = false;
      await step(loop);
    }
  } catch (error) {
    log.error("deliveries could not be claimed or settled: {error}", { error });
    sleep(loop, POLL_MS);
  } finally {
    loop.step = null;
  }
}

async function step(loop: Loop): Promise<void> {
  if (loop.gathering === undefined || loop.desk.ends.length >= GATHER_MOST) {
    clearTimeout(loop.gathering);
    loop.gathering = undefined;
    await settle(loop.desk);
  }
  if (loop.state !== "started") return;
  const isLow = loop.desk.waiting < LOW_WATER && loop.desk.inFlight < MOST_IN_FLIGHT;
  const claimed = isLow ? await fill(loop.desk, CLAIM) : 0;
  loop.lookedAt = loop.app.clock.now();
  pump(loop);
  // Ends that need no sending, and queues of which there are more than were taken.
  const isToSettle = loop.desk.ends.length > 0 && loop.gathering === undefined;
  if (claimed === CLAIM.hosts || isToSettle) loop.again ||= loop.desk.waiting < LOW_WATER;
  const next = isLow && claimed === 0 ? await nextQueueAt(loop.app) : null;
  const wait = next === null ? POLL_MS : Math.max(1, next - loop.app.clock.now());
  sleep(loop, Math.min(POLL_MS, wait));
}

function sleep(loop: Loop, ms: number): void {
  clearTimeout(loop.timer);
  if (loop.state === "started") loop.timer = setTimeout(() => wake(loop), ms);
}

/** Begins as many tries as there is room for: a fifth of the world being slow does not slow the rest. */
function pump(loop: Loop): void {
  if (loop.state !== "started") return;
  while (loop.signing < MOST_SIGNING && loop.desk.inFlight < MOST_IN_FLIGHT) {
    const task = takeTask(loop.desk);
    if (task === null) return;
    let isSigning = true;
    loop.signing += 1;
    const onSigned = (): void => {
      if (!isSigning) return;
      isSigning = false;
      loop.signing -= 1;
      pump(loop);
    };
    void perform(loop.desk, task, onSigned).then(() => {
      onSigned();
      land(loop);
    });
  }
}

function land(loop: Loop): void {
  if (loop.state === "stopping" && loop.desk.inFlight === 0) loop.landed?.();
  if (loop.state !== "started") return;
  pump(loop);
  if (loop.desk.ends.length >= GATHER_MOST) return wake(loop);
  loop.gathering ??= setTimeout(
    () => {
      loop.gathering = undefined;
      wake(loop);
    },
    loop.signing >= MOST_SIGNING ? BUSY_GATHER_MS : GATHER_MS,
  );
}

/** Says that we live. Whoever was thought dead (its process was frozen) sends nothing more of what others have taken. */
async function keep(loop: Loop): Promise<void> {
  const { app, desk } = loop;
  try {
    const { isKnown, freed } = await reportSender(app, desk.owner);
    if (freed > 0) log.warning("{freed} queues of dead senders are free.", { freed });
    const isTime = app.clock.now() - loop.keptAt >= QUEUE_LEASE_MS / 3;
    if (isTime || !isKnown) {
      const held = [...desk.queues.keys()];
      const kept = await keepQueues(app, desk.owner, held);
      lose(
        desk,
        held.filter((host) => !kept.has(host)),
      );
      loop.keptAt = app.clock.now();
    }
    if (freed > 0 || !isKnown) wake(loop);
  } catch (error) {
    log.error("queues of deliveries could not be kept: {error}", { error });
  }
}
