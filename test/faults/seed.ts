// Faults that take long: kill -9 again and again, full disks, locked and slow databases, floods. Run by `npm run test:faults` with
// a fixed seed (another one with FAULT_SEED); the short ones are in the ordinary suite. May import what tests may.

/** Numbers from 0 to 1 that are the same in each run (mulberry32), so that a fault that was found can be found again. */
export function seeded(offset = 0): () => number {
  let state = (Number(process.env["FAULT_SEED"] ?? 20_250_119) + offset) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
