/** How long things are kept, in days: what the server goes by, and what `/about/privacy` tells people. */
export const KEPT = {
  /** A session ends so long after its last use … */
  sessionIdleDays: 30,
  /** … and in any case so long after its beginning. */
  sessionDays: 90,
  /** For deliveries, which are given up after 7 days, and for servers that ask for an activity a little later. */
  activityDays: 30,
  /** What was deleted stays away this long (docs/threats.md, defaults). */
  tombstoneDays: 365,
} as const;
