// Token buckets in memory, bounded, and the table of limits that we ship with.
import { LRUCache } from "lru-cache";

const MINUTE = 60_000;

/** `limit` per `windowMs`, of which `burst` (default: all) may come at once; `name` keeps rules apart. */
export type RateRule = {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly burst?: number;
};

/** Whether a token was there and how many are left, or after how many milliseconds there will be one. */
export type RateOutcome =
  | { readonly ok: true; readonly left: number; readonly fullInMs: number }
  | { readonly ok: false; readonly retryAfterMs: number };

export type RateLimiter = { take(rule: RateRule, key: string): RateOutcome };

type Bucket = { tokens: number; at: number };

/**
 * Limits of the doors; those of use cases are in `domain/limits.ts`. Per what each is counted stands beside it; addresses
 * are counted by `clientKey`.
 */
export const LIMITS = {
  /** Pages asked for by people who are not signed in, per address. */
  pages: { name: "pages", limit: 300, windowMs: 5 * MINUTE },
  /** Requests of apps: for each account, and for each address without one. */
  api: { name: "api", limit: 300, windowMs: 5 * MINUTE },
  /** WebSockets that are opened, per address. */
  streams: { name: "streams", limit: 120, windowMs: 5 * MINUTE },
  /** Deliveries to our inboxes, per host of the key. */
  inboxHost: { name: "inbox-host", limit: 600, windowMs: MINUTE, burst: 100 },
  /** Deliveries without a usable key, per address. */
  inboxKeyless: { name: "inbox-keyless", limit: 60, windowMs: MINUTE },
  /** Fetches of keys that we do not have, per host of the key. */
  keyFetch: { name: "key-fetch", limit: 5, windowMs: MINUTE },
  /** Our own fetches, per host of the other side. */
  fetchHost: { name: "fetch-host", limit: 60, windowMs: MINUTE },
} as const satisfies Readonly<Record<string, RateRule>>;

/**
 * A limiter that keeps at most `maxKeys` buckets and forgets the ones unused for longest; `now` in milliseconds.
 */
export function createRateLimiter(now: () => number, maxKeys = 50_000): RateLimiter {
  const buckets = new LRUCache<string, Bucket>({ max: maxKeys });
  return {
    take(rule, key) {
      const capacity = rule.burst ?? rule.limit;
      const perMs = rule.limit / rule.windowMs;
      const at = now();
      const id = `${rule.name}\n${key}`;
      const bucket = buckets.get(id) ?? { tokens: capacity, at };
      // A clock set back must neither fill nor empty a bucket.
      bucket.tokens = Math.min(capacity, bucket.tokens + Math.max(0, at - bucket.at) * perMs);
      bucket.at = at;
      buckets.set(id, bucket);
      if (bucket.tokens < 1) return { ok: false, retryAfterMs: Math.ceil((1 - bucket.tokens) / perMs) };
      bucket.tokens -= 1;
      const fullInMs = Math.ceil((capacity - bucket.tokens) / perMs);
      return { ok: true, left: Math.floor(bucket.tokens), fullInMs };
    },
  };
}
