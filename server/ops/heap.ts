import v8 from "node:v8";

/** V8's default. The launcher starts with 1, which keeps an idle server some 20 MB smaller. */
const GROWING = "--semi-space-growth-factor=2";
const STEADY = "--semi-space-growth-factor=1";
/** Under load V8 would take 128 MB for what lives for a moment; an eighth of that costs no time that can be measured. */
const MOST_BYTES = 16 * 1024 * 1024;
const LOOK_MS = 100;

/** Lets the heap for short-lived things grow with the load, up to some 32 MB. */
export function letHeapGrow(): void {
  v8.setFlagsFromString(GROWING);
  const timer = setInterval(() => {
    const young = v8.getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
    if (young === undefined || young.space_size < MOST_BYTES) return;
    v8.setFlagsFromString(STEADY);
    clearInterval(timer);
  }, LOOK_MS);
  timer.unref();
}
