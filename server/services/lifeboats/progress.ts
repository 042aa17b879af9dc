import type { App } from "../../context.ts";
import { updateUnfinished } from "../../store/lifeboats.ts";

/** How far a lifeboat is, as its page shows it. */
export type Progress = {
  /** There is so much more to do. */
  expect(steps: number): void;
  /** So many are done. */
  step(count: number): void;
};

/** Between two notes of progress. */
const EVERY_MS = 1_000;

/** Writes progress down once a second at most. `onGone` hears that nobody waits for it any more. */
export function createProgress(app: App, id: number, onGone: () => void): Progress {
  let total = 0;
  let done = 0;
  let writtenAt = 0;
  return {
    expect: (steps) => void (total += steps),
    step(count) {
      done += count;
      const now = app.clock.now();
      if (now - writtenAt < EVERY_MS) return;
      writtenAt = now;
      updateUnfinished(app.db, id, { done, total }).then(
        (isWanted) => (isWanted ? undefined : onGone()),
        // How far it is may be lost; the lifeboat goes on.
        () => undefined,
      );
    },
  };
}

/** For who watches the file grow. */
export const NO_PROGRESS: Progress = { expect: () => undefined, step: () => undefined };
