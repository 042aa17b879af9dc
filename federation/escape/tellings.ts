import { setImmediate } from "node:timers/promises";
import type { App } from "../../server/context.ts";
import { EgressError } from "../../server/http/egress-error.ts";
import { type Begin, beginTellings, renewTelling } from "../../server/services/escapes/ledger.ts";

export type Telling = { readonly activityId: number; readonly host: string };

/** One that was begun at a time in ms. */
export type Begun = Telling & { readonly at: number };

/**
 * Asks the ledger of escapes whether deliveries may begin. A commit is shared by those that ask at the same time and by many
 * that come next, which `ahead` names: a commit for each would cost more than its signature. It waits for the disk, since a
 * beginning that a power loss takes back would be a server that is told twice. What is begun ahead when a process dies is
 * told some minutes later: few enough that it is a fraction of a second of sending.
 */
export type Tellings = {
  begin(telling: Telling): Promise<Begin>;
  /** Those that were begun ahead and never asked for, of these hosts or of all; they count as not begun. */
  takeUnused(hosts?: ReadonlySet<string>): readonly Begun[];
};

/** Names up to `most` that come next and are new. */
export type Ahead = (most: number, isNew: (telling: Telling) => boolean) => readonly Telling[];

type Asked = {
  readonly telling: Telling;
  readonly answer: (begin: Begin | Promise<Begin>) => void;
  readonly fail: (error: unknown) => void;
};

/** Tellings in one commit at most. */
const MOST_AT_ONCE = 512;
/** When fewer than this are left of those that were begun ahead, the next ones are, if it is worth a commit. */
const LOW_WATER = 96;
const WORTH_IT = 64;
/** Much shorter than others wait before they take what was begun for lost, in case this process was frozen meanwhile. */
const GRANTED_MS = 60_000;

/** Makes the sender's side of the ledger. */
export function createTellings(app: App, ahead: Ahead): Tellings {
  let waiting: Asked[] = [];
  let isFlushing = false;
  let isDry = false;
  const granted = new Map<string, Begun>();
  const take = (telling: Telling): Promise<Begin> | null => {
    const name = nameOf(telling);
    const known = granted.get(name);
    if (known === undefined) return null;
    granted.delete(name);
    if (app.clock.now() - known.at > GRANTED_MS) return renewTelling(app, telling, known.at);
    return Promise.resolve({ type: "go", at: known.at });
  };
  /** One at a time: what is begun at this moment must not be asked for as if somebody else had begun it. */
  const flush = async (): Promise<void> => {
    if (isFlushing) return;
    isFlushing = true;
    await setImmediate();
    do await flushOnce();
    while (waiting.length > 0);
    isFlushing = false;
  };
  const flushOnce = async (): Promise<void> => {
    const asked = waiting;
    waiting = [];
    const batch = asked.filter(({ telling, answer }) => {
      const known = take(telling);
      if (known !== null) answer(known);
      return known === null;
    });
    const names = new Set(batch.map(({ telling }) => nameOf(telling)));
    const isNew = (one: Telling) => !granted.has(nameOf(one)) && !names.has(nameOf(one));
    const next = ahead(MOST_AT_ONCE - batch.length, isNew);
    isDry = next.length < WORTH_IT;
    if (batch.length === 0 && isDry) return;
    try {
      const answers = await beginTellings(app, [...batch.map(({ telling }) => telling), ...next]);
      next.forEach(({ activityId, host }, index) => {
        const begin = answers[batch.length + index];
        if (begin?.type === "go")
          granted.set(nameOf({ activityId, host }), { activityId, host, at: begin.at });
      });
      batch.forEach(({ answer }, index) => answer(answers[index] ?? { type: "over" }));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  };
  return {
    begin: (telling) => {
      const known = take(telling);
      if (known !== null) {
        if (granted.size < LOW_WATER && !isDry) void flush();
        return known;
      }
      return new Promise((answer, fail) => {
        waiting.push({ telling, answer, fail });
        void flush();
      });
    },
    takeUnused: (hosts) => {
      const unused = [...granted.values()].filter(({ host }) => hosts === undefined || hosts.has(host));
      for (const one of unused) granted.delete(nameOf(one));
      return unused;
    },
  };
}

function nameOf({ activityId, host }: Telling): string {
  return `${activityId} ${host}`;
}

/** Faults after which the other side may have read everything. */
const LATE_CODES: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", ""]);

/** True when a delivery failed in such a way that it may have arrived all the same. */
export function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof EgressError)) return false;
  return error.kind === "timeout" || (error.kind === "network" && LATE_CODES.has(error.code));
}
