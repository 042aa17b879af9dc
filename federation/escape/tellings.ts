import type { App } from "../../server/context.ts";
import { EgressError } from "../../server/http/egress-error.ts";
import { type Begin, beginTellings } from "../../server/services/escapes/ledger.ts";

export type Telling = { readonly activityId: number; readonly host: string };

/**
 * Asks the ledger of escapes whether deliveries may begin. A commit is shared by those that ask at the same time and by some
 * that come next, which `ahead` names: a commit for each would cost more than its signature. Few enough are begun ahead
 * that a crash leaves little to wait for.
 */
export type Tellings = {
  begin(telling: Telling): Promise<Begin>;
  /** Those that were begun ahead and never asked for; they count as not begun. */
  takeUnused(): readonly Telling[];
};

type Asked = {
  readonly telling: Telling;
  readonly answer: (begin: Begin) => void;
  readonly fail: (error: unknown) => void;
};

/** Tellings in one commit at most. */
const MOST_AT_ONCE = 128;

/** Makes the sender's side of the ledger. */
export function createTellings(app: App, ahead: (most: number) => readonly Telling[]): Tellings {
  let waiting: Asked[] = [];
  const granted = new Map<string, { readonly telling: Telling; readonly begin: Begin }>();
  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    const names = new Set(batch.map(({ telling }) => nameOf(telling)));
    const next = ahead(MOST_AT_ONCE - batch.length).filter((one) => {
      const name = nameOf(one);
      return !names.has(name) && !granted.has(name);
    });
    try {
      const tellings = [...batch.map(({ telling }) => telling), ...next];
      const answers = await beginTellings(app, tellings);
      next.forEach((telling, index) => {
        const begin = answers[batch.length + index];
        if (begin?.type === "go") granted.set(nameOf(telling), { telling, begin });
      });
      batch.forEach(({ answer }, index) => answer(answers[index] ?? { type: "over" }));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  };
  return {
    begin: (telling) => {
      const name = nameOf(telling);
      const known = granted.get(name);
      if (known !== undefined) {
        granted.delete(name);
        return Promise.resolve(known.begin);
      }
      return new Promise((answer, fail) => {
        if (waiting.length === 0) setImmediate(() => void flush());
        waiting.push({ telling, answer, fail });
      });
    },
    takeUnused: () => {
      const unused = [...granted.values()].map(({ telling }) => telling);
      granted.clear();
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
