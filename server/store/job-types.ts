/** 0 interactive (somebody waits), 1 normal, 2 bulk (fan-out, backfill): claimed in this order. */
export type Lane = 0 | 1 | 2;

/** Work that must happen later. Handlers run at least once, so each must be idempotent. */
export type NewJob = {
  /** From `app.ids.next()`. PostgreSQL's engine numbers its own. */
  readonly id: number;
  /** `app.clock.now()`. */
  readonly now: number;
  readonly kind: string;
  /** Plain JSON: ids and uris, never keys or bodies. */
  readonly payload: unknown;
  /** Not before this time, ms. Default: at once. */
  readonly runAt?: number;
  /** Jobs with the same key run one at a time, first in first out among those that are ready. */
  readonly orderingKey?: string;
  /** While a job with this key waits, the new one takes its place instead of waiting beside it. */
  readonly dedupeKey?: string;
  /** Default 1. */
  readonly lane?: Lane;
};

export type JobCounts = {
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
};

export type DeadJob = {
  readonly id: number;
  readonly kind: string;
  readonly tries: number;
  readonly fault: string;
  readonly createdAt: number;
};
