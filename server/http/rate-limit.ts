// Token buckets in memory, bounded, and the table of limits that we ship with.
import { LRUCache } from "lru-cache";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** `limit` per `windowMs`, of which `burst` (default: all) may come at once; `name` keeps rules apart. */
export type RateRule = {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly burst?: number;
};

/** Whether a token was there, or after how many milliseconds there will be one. */
export type RateOutcome = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

export type RateLimiter = { take(rule: RateRule, key: string): RateOutcome };

type Bucket = { tokens: number; at: number };

/**
 * The defaults. Per what each is counted stands beside it; addresses are counted by `clientKey`.
 */
export const LIMITS = {
  /** API requests, per address. */
  api: { name: "api", limit: 300, windowMs: 5 * MINUTE },
  /** Pages, per address, over minutes … */
  pages: { name: "pages", limit: 300, windowMs: 5 * MINUTE },
  /** … and in one rush. */
  pagesRush: { name: "pages-rush", limit: 30, windowMs: 10 * SECOND },
  /** Sign-in attempts, per account. */
  loginAccount: { name: "login-account", limit: 10, windowMs: 5 * MINUTE },
  /** Sign-in attempts, per address. */
  loginAddress: { name: "login-address", limit: 20, windowMs: 5 * MINUTE },
  /** New accounts, per address. */
  signUp: { name: "sign-up", limit: 5, windowMs: HOUR },
  /** Password reset mails, per mail address. */
  resetMail: { name: "reset-mail", limit: 3, windowMs: HOUR },
  /** Confirmation mails, per mail address. */
  confirmMail: { name: "confirm-mail", limit: 3, windowMs: HOUR },
  /** Registered OAuth applications, per address. */
  apps: { name: "apps", limit: 10, windowMs: HOUR },
  /** Uploads, per account. */
  media: { name: "media", limit: 30, windowMs: 30 * MINUTE },
  /** New notes, per account. */
  posts: { name: "posts", limit: 300, windowMs: 3 * HOUR },
  /** Look-ups of unknown actors and notes elsewhere, per account. */
  remoteLookups: { name: "remote-lookups", limit: 20, windowMs: MINUTE },
  /** Deliveries to our inboxes, per host of the key. */
  inboxHost: { name: "inbox-host", limit: 600, windowMs: MINUTE, burst: 100 },
  /** Deliveries without a usable key, per address. */
  inboxKeyless: { name: "inbox-keyless", limit: 60, windowMs: MINUTE },
  /** Fetches of keys that we do not have, per host of the key. */
  keyFetch: { name: "key-fetch", limit: 5, windowMs: MINUTE },
  /** Our own fetches, per host of the other side. */
  fetchHost: { name: "fetch-host", limit: 60, windowMs: MINUTE },
  /** Our own fetches of what we have never seen, per host of the other side. */
  fetchHostCold: { name: "fetch-host-cold", limit: 300, windowMs: HOUR },
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
      return { ok: true };
    },
  };
}
