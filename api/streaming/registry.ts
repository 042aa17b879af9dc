import type { App } from "../../server/context.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { CausewayError } from "../../server/errors.ts";
import { findHoldersAgain, type TokenHolder } from "../../server/services/clients/tokens.ts";
import { countryOfReader } from "../../server/services/moderation/withheld-here.ts";
import { type Subscription, requireMayListen, toSubscription, type Wanted } from "./channels.ts";

/** One event on its way to one listener. */
export type Frame = {
  /** The channel as the client called it. */
  readonly stream: readonly string[];
  readonly event: string;
  /** JSON or an id as text; null = the event says it all. */
  readonly payload: string | null;
};

/** Why a connection ends from our side. */
export type Ending = "access" | "shutdown";

/** The way out to a client. It must never throw. */
export type Outlet = {
  send(frame: Frame): void;
  end(why: Ending): void;
};

/** Somebody who listens. */
export type Connection = {
  readonly holder: TokenHolder | null;
  /** From which they listen, as far as a trusted proxy says. */
  readonly country: string | null;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  readonly outlet: Outlet;
  /** Begins to listen to something; twice is once. @throws invalid, unauthenticated, forbidden, not_found, too_many */
  subscribe(wanted: Wanted): Promise<void>;
  /** Listens to it no more. @throws invalid */
  unsubscribe(wanted: Wanted): void;
  /** The client is gone. */
  close(): void;
};

/** Who listens to what. */
export type Registry = {
  /** Takes somebody in. @throws too_many, unavailable */
  open(holder: TokenHolder | null, ip: string, outlet: Outlet): Connection;
  /** Whoever listens to a channel of one of these kinds. */
  listeners(): Iterable<Connection>;
  readonly size: number;
  /** Everybody who listens as a person, once each. */
  viewers(): readonly Viewer[];
  listIds(): readonly number[];
  /** Asks again whose tokens are still worth something, and ends the connections of the others. */
  checkAccess(): Promise<void>;
  /** Ends all connections and takes in nobody any more. */
  stop(): Promise<void>;
};

const MOST_PER_ACCOUNT = 20;
const MOST_PER_ADDRESS = 60;
const MOST_SUBSCRIPTIONS = 50;
/** An ended token is worth nothing within 5 s, whichever process ended it and however. */
const CHECK_MS = 2_000;

type Own = {
  holder: TokenHolder | null;
  readonly ip: string;
  readonly country: string | null;
  readonly subscriptions: Map<string, Subscription>;
  readonly outlet: Outlet;
};

/** Nobody listens yet. */
export function createRegistry(app: App): Registry {
  const open = new Map<Connection, Own>();
  const counter = createCounter();
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  const forget = (connection: Connection) => {
    const own = open.get(connection);
    if (own === undefined) return;
    open.delete(connection);
    counter.release(own);
    if (open.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
  const access = oneAtATime(() => endOutdated(app, open, forget));
  return {
    open(holder, ip, outlet) {
      if (stopped || open.size >= app.config.mostStreams)
        throw new CausewayError("unavailable", "error.streams_full", { retryAfterSeconds: 30 });
      const own: Own = { holder, ip, country: countryOfReader(), subscriptions: new Map(), outlet };
      counter.take(own);
      const connection = toConnection(app, own, () => forget(connection));
      open.set(connection, own);
      timer ??= setInterval(() => void access.run(), CHECK_MS).unref();
      return connection;
    },
    listeners: () => open.keys(),
    get size() {
      return open.size;
    },
    viewers: () => {
      const all = [...open.values()].flatMap(({ holder }) => holder?.viewer ?? []);
      return [...new Map(all.map((viewer) => [viewer.accountId, viewer])).values()];
    },
    listIds: () => {
      const all = [...open.values()].flatMap(({ subscriptions }) => [...subscriptions.values()]);
      return [...new Set(all.flatMap(({ channel }) => (channel.kind === "list" ? channel.listId : [])))];
    },
    checkAccess: access.run,
    async stop() {
      stopped = true;
      for (const [connection, { outlet }] of open) {
        forget(connection);
        outlet.end("shutdown");
      }
      await access.idle();
    },
  };
}

/** How many streams each account and each address has. */
function createCounter() {
  const counts = new Map<string, number>();
  const limitsOf = ({ holder, ip }: Own): readonly (readonly [string, number])[] => {
    const viewer = holder?.viewer ?? null;
    const address = [`address ${ip}`, MOST_PER_ADDRESS] as const;
    return viewer === null ? [address] : [address, [`account ${viewer.accountId}`, MOST_PER_ACCOUNT]];
  };
  return {
    /** @throws too_many */
    take(own: Own): void {
      const limits = limitsOf(own);
      if (limits.some(([key, most]) => (counts.get(key) ?? 0) >= most))
        throw new CausewayError("too_many", "error.streams_many", { retryAfterSeconds: 30 });
      for (const [key] of limits) counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    release(own: Own): void {
      for (const [key] of limitsOf(own)) {
        const left = (counts.get(key) ?? 1) - 1;
        if (left === 0) counts.delete(key);
        else counts.set(key, left);
      }
    },
  };
}

/** Ends the connections whose tokens are worth nothing any more; the others know their people anew. */
async function endOutdated(
  app: App,
  open: ReadonlyMap<Connection, Own>,
  forget: (connection: Connection) => void,
): Promise<void> {
  const holders = new Map<number, TokenHolder>();
  for (const { holder } of open.values()) if (holder !== null) holders.set(holder.tokenId, holder);
  const kept = await findHoldersAgain(app, [...holders.values()]);
  for (const [connection, own] of open) {
    // Who came meanwhile was not asked about.
    if (own.holder === null || !holders.has(own.holder.tokenId)) continue;
    const now = kept.get(own.holder.tokenId);
    if (now !== undefined) own.holder = now;
    else {
      forget(connection);
      own.outlet.end("access");
    }
  }
}

/** Whoever asks while a run is under way wants to know of what came after its beginning, and gets the next one. */
function oneAtATime(work: () => Promise<void>): { run(): Promise<void>; idle(): Promise<void> } {
  let running: Promise<void> | null = null;
  return {
    async run() {
      await running;
      // When the database is away nothing is told either, and it is asked again in a moment.
      running ??= work()
        .catch(() => undefined)
        .finally(() => (running = null));
      await running;
    },
    async idle() {
      await running;
    },
  };
}

function toConnection(app: App, own: Own, close: () => void): Connection {
  return {
    get holder() {
      return own.holder;
    },
    country: own.country,
    subscriptions: own.subscriptions,
    outlet: own.outlet,
    async subscribe(wanted) {
      const subscription = toSubscription(wanted);
      await requireMayListen(app, own.holder, subscription);
      if (own.subscriptions.size >= MOST_SUBSCRIPTIONS && !own.subscriptions.has(subscription.key))
        throw new CausewayError("too_many", "error.streams_many");
      own.subscriptions.set(subscription.key, subscription);
    },
    unsubscribe(wanted) {
      own.subscriptions.delete(toSubscription(wanted).key);
    },
    close,
  };
}
