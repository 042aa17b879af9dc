import { expect, test } from "vitest";
import { createRateLimiter, LIMITS } from "../../server/http/rate-limit.ts";

const rule = { name: "r", limit: 3, windowMs: 3_000 };

test("a bucket gives its limit, says when there is more, and fills up again", () => {
  let now = 0;
  const limiter = createRateLimiter(() => now);
  const take = () => limiter.take(rule, "a");
  expect([take(), take(), take()].every(({ ok }) => ok)).toBe(true);
  expect(take()).toEqual({ ok: false, retryAfterMs: 1_000 });
  now = 400;
  expect(take()).toEqual({ ok: false, retryAfterMs: 600 });
  now = 1_000;
  expect(take()).toEqual({ ok: true, left: 0, fullInMs: 3_000 });
  now = 1_000_000;
  expect([take(), take(), take(), take()].map(({ ok }) => ok)).toEqual([true, true, true, false]);
});

test("a burst is smaller than the limit of the window", () => {
  let now = 0;
  const limiter = createRateLimiter(() => now);
  const takes = (count: number) =>
    Array.from({ length: count }, () => limiter.take(LIMITS.inboxHost, "peer.test")).filter(({ ok }) => ok)
      .length;
  expect(takes(200)).toBe(100);
  now = 1_000;
  expect(takes(200)).toBe(10);
});

test("keys and rules are counted apart", () => {
  const limiter = createRateLimiter(() => 0);
  const one = { name: "one", limit: 1, windowMs: 1_000 };
  expect(limiter.take(one, "a").ok).toBe(true);
  expect(limiter.take(one, "b").ok).toBe(true);
  expect(limiter.take({ ...one, name: "two" }, "a").ok).toBe(true);
  expect(limiter.take(one, "a").ok).toBe(false);
});

test("a clock set back neither fills nor locks a bucket", () => {
  let now = 10_000;
  const limiter = createRateLimiter(() => now);
  for (let i = 0; i < 3; i++) limiter.take(rule, "a");
  now = 0;
  expect(limiter.take(rule, "a")).toEqual({ ok: false, retryAfterMs: 1_000 });
  now = 1_000;
  expect(limiter.take(rule, "a").ok).toBe(true);
});

test("only so many keys are remembered, the ones unused for longest are forgotten", () => {
  const limiter = createRateLimiter(() => 0, 2);
  const one = { name: "one", limit: 1, windowMs: 1_000 };
  for (const key of ["a", "b", "c"]) limiter.take(one, key);
  expect(limiter.take(one, "c").ok).toBe(false);
  expect(limiter.take(one, "a").ok).toBe(true);
});

test("no two limits share a name", () => {
  const names = Object.values(LIMITS).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
