const FIRST_DELAY_MS = 60_000;
const LONGEST_DELAY_MS = 12 * 3_600_000;
const SHORTEST_DELAY_MS = 1_000;

/** The delay after the `attempt`th failed try: full jitter from 1 minute doubling to 12 hours. `fraction` is 0..1. */
export function backOffMs(attempt: number, fraction: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempt - 1));
  return Math.max(SHORTEST_DELAY_MS, Math.floor(ceiling * fraction));
}

/** A random number of 0..1. */
export function fractionOf(ids: { secret(bytes?: number): string }): number {
  return Buffer.from(ids.secret(6), "base64url").readUIntBE(0, 6) / 2 ** 48;
}
