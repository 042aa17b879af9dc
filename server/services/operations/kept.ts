/** How long things are kept, in days: what the server goes by, and what `/about/privacy` tells people. */
export const KEPT = {
  /** A session ends so long after its last use … */
  sessionIdleDays: 30,
  /** … and in any case so long after its beginning. */
  sessionDays: 90,
  /** The same with the hardened profile (CAUSEWAY_PROFILE). */
  hardenedIdleDays: 7,
  hardenedDays: 30,
  /** For deliveries, which are given up after 7 days, and for servers that ask for an activity a little later. */
  activityDays: 30,
  /** What was deleted stays away this long (docs/threats.md, defaults). */
  tombstoneDays: 365,
} as const;

/** How long a session lasts unused, and in all, in days. */
export function sessionDays({ hardened }: { readonly hardened: boolean }): {
  readonly idle: number;
  readonly most: number;
} {
  return hardened
    ? { idle: KEPT.hardenedIdleDays, most: KEPT.hardenedDays }
    : { idle: KEPT.sessionIdleDays, most: KEPT.sessionDays };
}
