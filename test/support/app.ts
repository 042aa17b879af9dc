import type { App, Clock } from "../../server/context.ts";
import { createIds, createRecent } from "../../server/context.ts";
import { createUris } from "../../server/domain/uris.ts";
import type { Db } from "../../server/store/database.ts";

/** A clock that stands still until it is told to move. */
export type TestClock = Clock & { advance(ms: number): void };

/** Starts at noon of a day in 2026, long before or after which nothing is assumed. */
export function testClock(start = Date.UTC(2026, 5, 1, 12)): TestClock {
  let now = start;
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
  };
}

/**
 * The capabilities that a module under test needs, on a real database; reaching for one that was not given fails the
 * test by name. Whole instances are built by `support/instance.ts`.
 */
export function partialApp(db: Db, given: Partial<App> = {}): App & { readonly clock: TestClock } {
  const clock = testClock();
  const base = {
    db,
    clock,
    ids: createIds(given.clock ?? clock),
    uris: createUris("https://here.example"),
    hostRules: createRecent(clock, 0),
    happenings: { publish: () => undefined, subscribe: () => () => undefined },
    wake: () => undefined,
  };
  return new Proxy({ ...base, ...given } as unknown as App & { clock: TestClock }, {
    get(target, name, receiver) {
      if (typeof name === "string" && !(name in target)) throw new Error(`This test gave no app.${name}.`);
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}
