/** What is known of whether a host takes deliveries. Times in ms. */
export type HostHealth = {
  /** Failures since the last success. */
  readonly failures: number;
  readonly failingSince: number | null;
  /** Rests until then; after it a single delivery is the probe. Null = well. */
  readonly retryAt: number | null;
  /** Since when it rests because it failed. */
  readonly openedAt: number | null;
  /** Given up since then: nothing is written down for it until it is heard of again. */
  readonly deadAt: number | null;
};

/** A host of which nothing bad is known. */
export const WELL: HostHealth = {
  failures: 0,
  failingSince: null,
  retryAt: null,
  openedAt: null,
  deadAt: null,
};

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** docs/threats.md, defaults: circuit breaker. */
const BREAKER = {
  failures: 5,
  withinMs: 10 * MINUTE,
  firstMs: 30 * MINUTE,
  mostMs: DAY,
} as const;
/** A host that was silent for this long is given up (threats F17). */
const DEAD_AFTER_MS = 30 * DAY;
/** A dead host is asked once a day whether it is back. */
export const DEAD_PROBE_MS = DAY;

/**
 * The health after one more failure: five within ten minutes open the breaker for 30 minutes, doubling to 24 hours while
 * probes fail; after 30 days of this the host is dead.
 */
export function afterFailure(health: HostHealth, now: number): HostHealth {
  if (health.deadAt !== null) return { ...health, retryAt: now + DEAD_PROBE_MS };
  const failingSince = health.failingSince ?? now;
  const isStale = health.openedAt === null && now - failingSince > BREAKER.withinMs;
  const failures = isStale ? 1 : health.failures + 1;
  const rounds = failures - BREAKER.failures;
  if (rounds < 0) return { ...health, failures, failingSince: isStale ? now : failingSince };
  const openedAt = health.openedAt ?? now;
  const isDead = now - openedAt >= DEAD_AFTER_MS;
  const rest = isDead ? DEAD_PROBE_MS : Math.min(BREAKER.firstMs * 2 ** rounds, BREAKER.mostMs);
  return { failures, failingSince, openedAt, retryAt: now + rest, deadAt: isDead ? now : null };
}

/** The health of a host that asked to be left alone until `until`: no failure. */
export function resting(health: HostHealth, until: number): HostHealth {
  return { ...health, retryAt: Math.max(health.retryAt ?? 0, until) };
}

/** True for a host of which nothing bad is known. */
export function isWell(health: HostHealth): boolean {
  return health.failures === 0 && health.retryAt === null && health.deadAt === null;
}

/** Whether deliveries may go out now: as they come, a single one as a probe, or none. */
export function opening(health: HostHealth, now: number): "open" | "probe" | "closed" {
  if (health.deadAt !== null) return "closed";
  if (health.retryAt === null) return "open";
  return health.retryAt <= now ? "probe" : "closed";
}
