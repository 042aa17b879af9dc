import pg from "pg";
import type { Happenings } from "../context.ts";
import { type Happening, isHappening } from "../domain/happening.ts";
import type { Database } from "./database.ts";

const CHANNEL = "causeway_happenings";
/** PostgreSQL takes payloads below 8,000 bytes. */
const MOST_BYTES = 7_500;
const RETRY_MS = { first: 500, most: 15_000 } as const;

/** The way from what happened to those who listen, in this process and the others. */
export type Carrier = Happenings & {
  /** Begins to hear other processes; nothing to do on SQLite, which has one. */
  listen(): void;
  /** Lets what was published go out, and hears nothing any more. */
  stop(): Promise<void>;
};

/** `self` tells this process from the others. Other processes are told by LISTEN and NOTIFY, outside of transactions. */
export function createCarrier(database: Database, self: string): Carrier {
  const listeners = new Set<(happening: Happening) => void>();
  const tell = (happening: Happening) => {
    for (const listener of listeners) listener(happening);
  };
  const wire = database.pool === null ? null : createWire(database.pool, self, tell);
  return {
    publish(happening) {
      tell(happening);
      wire?.send(happening);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    listen: () => wire?.listen(),
    stop: async () => await wire?.stop(),
  };
}

type Wire = { send(happening: Happening): void; listen(): void; stop(): Promise<void> };

function createWire(pool: pg.Pool, self: string, tell: (happening: Happening) => void): Wire {
  const waiting: Happening[] = [];
  let sending: Promise<void> | null = null;
  let ear: { stop(): Promise<void> } | null = null;
  const flush = async () => {
    // What is told in one turn goes out together.
    await new Promise((next) => setImmediate(next));
    while (waiting.length > 0) {
      const payload = takePayload(self, waiting);
      // Nice to have: when the database is away, clients read what they missed when they connect again.
      await pool.query("select pg_notify($1, $2)", [CHANNEL, payload]).catch(() => undefined);
    }
    sending = null;
  };
  return {
    send(happening) {
      waiting.push(...inPieces(happening));
      sending ??= flush();
    },
    listen() {
      ear ??= openEar(pool, (payload) => {
        for (const happening of fromPayload(self, payload)) tell(happening);
      });
    },
    async stop() {
      await ear?.stop();
      await sending;
    },
  };
}

const PIECE = 150;

/** A message has room for some hundred ids. */
function inPieces(happening: Happening): readonly Happening[] {
  if (happening.type !== "notified" || happening.told.length <= PIECE) return [happening];
  const { told } = happening;
  return Array.from({ length: Math.ceil(told.length / PIECE) }, (_, index) => ({
    type: "notified",
    told: told.slice(index * PIECE, (index + 1) * PIECE),
  }));
}

/** As many as one message holds, taken from the front. */
function takePayload(self: string, waiting: Happening[]): string {
  const texts: string[] = [];
  let bytes = self.length + 8;
  while (waiting[0] !== undefined) {
    const text = JSON.stringify(waiting[0]);
    if (texts.length > 0 && bytes + text.length + 1 > MOST_BYTES) break;
    texts.push(text);
    bytes += text.length + 1;
    waiting.shift();
  }
  return `["${self}",${texts.join(",")}]`;
}

function fromPayload(self: string, payload: string): readonly Happening[] {
  try {
    const parsed: unknown = JSON.parse(payload);
    if (!Array.isArray(parsed) || parsed[0] === self) return [];
    return parsed.slice(1).filter(isHappening);
  } catch {
    return [];
  }
}

/** A connection of its own that listens, and is opened again when it is lost. */
function openEar(pool: pg.Pool, hear: (payload: string) => void): { stop(): Promise<void> } {
  const { connectionString } = pool.options;
  let stopped = false;
  let client: pg.Client | null = null;
  let again: NodeJS.Timeout | null = null;
  let waitMs: number = RETRY_MS.first;
  const retry = () => {
    if (stopped || again !== null) return;
    again = setTimeout(() => {
      again = null;
      opening = open();
    }, waitMs);
    again.unref();
    waitMs = Math.min(waitMs * 2, RETRY_MS.most);
  };
  const open = async () => {
    const fresh = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: 10_000 });
    fresh.on("error", () => void fresh.end().catch(() => undefined));
    fresh.on("end", () => {
      if (client === fresh) client = null;
      retry();
    });
    fresh.on("notification", ({ payload }) => hear(payload ?? ""));
    try {
      await fresh.connect();
      await fresh.query(`listen ${CHANNEL}`);
      client = fresh;
      waitMs = RETRY_MS.first;
    } catch {
      await fresh.end().catch(() => undefined);
      retry();
    }
  };
  let opening = open();
  return {
    stop: async () => {
      stopped = true;
      if (again !== null) clearTimeout(again);
      await opening;
      await client?.end().catch(() => undefined);
    },
  };
}
