import { getLogger } from "@logtape/logtape";

/** By how much everything in this process is late. */
export type Delay = {
  /** Smoothed over about two seconds, ms. */
  now(): number;
  stop(): void;
};

const EVERY_MS = 100;
/** Weight of the newest look: a pause of half a second alone is soon forgotten, one after the other is not. */
const NEWEST = 0.08;
const BLOCKED_MS = 1_000;

/**
 * Looks every 100 ms how late it is: a process that has more to do than it can is late with everything (threats F29, F33). One
 * look that is late by a second or more is logged, since somebody waited for it.
 */
export function watchDelay(): Delay {
  let [smooth, at] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    const late = Math.max(0, now - at - EVERY_MS);
    at = now;
    smooth += (late - smooth) * NEWEST;
    if (late >= BLOCKED_MS)
      getLogger(["causeway", "process"]).warning("nothing was answered for {ms} ms", {
        ms: Math.round(late),
      });
  }, EVERY_MS);
  timer.unref();
  return { now: () => smooth, stop: () => clearInterval(timer) };
}
