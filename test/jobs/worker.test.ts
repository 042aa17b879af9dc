import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createWorker, GiveUp, type JobHandler, RetryLater, type Worker } from "../../server/jobs/worker.ts";
import { backOffMs } from "../../server/store/back-off.ts";
import { type Database, transaction } from "../../server/store/database.ts";
import {
  enqueue,
  enqueueMany,
  jobCounts,
  listDead,
  type NewJob,
  retryDead,
  sweepJobs,
} from "../../server/store/jobs.ts";
import { partialApp } from "../support/app.ts";
import { eachDatabase } from "../support/databases.ts";

type Bench = ReturnType<typeof benchOn>;

function benchOn(database: Database) {
  const app = partialApp(database.db);
  const ran: unknown[] = [];
  const note: JobHandler = async (_app, payload) => void ran.push(payload);
  const job = (payload: unknown, more: Partial<NewJob> = {}): NewJob => ({
    id: app.ids.next(),
    now: app.clock.now(),
    kind: "note",
    payload,
    ...more,
  });
  const add = (...jobs: NewJob[]) => transaction(database.db, (tx) => enqueueMany(tx, jobs));
  const worker = (handlers: Record<string, JobHandler> = { note }): Worker =>
    createWorker({ app, database, handlers });
  return { app, database, ran, job, add, worker };
}

function failing(bench: Bench, error: () => Error): JobHandler {
  return async (_app, _payload, context) => {
    bench.ran.push(context.attempt);
    throw error();
  };
}

const HOUR = 3_600_000;

describe("jobs", () => {
  eachDatabase((_name, open) => {
    const bench = async () => benchOn(await open());

    test("run once each, in the order they were written, with their payload", async () => {
      const b = await bench();
      await b.add(b.job({ a: 1 }), b.job([2]), b.job("three"), b.job(null));
      expect(await b.worker().drain()).toBe(4);
      expect(b.ran).toEqual([{ a: 1 }, [2], "three", null]);
      expect(await b.worker().drain()).toBe(0);
    });

    test("exist only if the transaction that wrote them commits", async () => {
      const b = await bench();
      const failed = transaction(b.database.db, async (tx) => {
        await enqueue(tx, b.job("lost"));
        throw new Error("rolled back");
      });
      await expect(failed).rejects.toThrow("rolled back");
      expect(await b.worker().drain()).toBe(0);
    });

    test("of interactive lanes run before bulk", async () => {
      const b = await bench();
      await b.add(b.job("bulk", { lane: 2 }), b.job("normal"), b.job("interactive", { lane: 0 }));
      await b.worker().drain();
      expect(b.ran).toEqual(["interactive", "normal", "bulk"]);
    });

    test("wait for their time on the instance's clock", async () => {
      const b = await bench();
      await b.add(b.job("later", { runAt: b.app.clock.now() + HOUR }), b.job("now"));
      await b.worker().drain();
      expect(b.ran).toEqual(["now"]);
      expect(await jobCounts(b.database.db, b.app.clock.now())).toMatchObject({
        ready: 0,
        delayed: 1,
        dead: 0,
      });
      b.app.clock.advance(HOUR);
      await b.worker().drain();
      expect(b.ran).toEqual(["now", "later"]);
    });

    test("that a handler enqueues are drained too", async () => {
      const b = await bench();
      const chain: JobHandler = async (app, payload) => {
        const left = Number(payload);
        b.ran.push(left);
        if (left > 0) await transaction(app.db, (tx) => enqueue(tx, b.job(left - 1, { kind: "chain" })));
      };
      await b.add(b.job(3, { kind: "chain" }));
      expect(await b.worker({ chain }).drain()).toBe(4);
      expect(b.ran).toEqual([3, 2, 1, 0]);
    });

    test("with one dedupe key merge while they wait, the last payload counts", async () => {
      const b = await bench();
      await b.add(b.job("one", { dedupeKey: "k" }));
      await b.add(b.job("two", { dedupeKey: "k" }), b.job("three", { dedupeKey: "k" }), b.job("other"));
      expect(await b.worker().drain()).toBe(2);
      expect(b.ran).toContain("three");
      expect(b.ran).not.toContain("one");
    });

    test("keep their time when a later one with the same dedupe key merges into them", async () => {
      const b = await bench();
      await b.add(b.job("one", { dedupeKey: "k", runAt: b.app.clock.now() + HOUR }));
      b.app.clock.advance(HOUR / 2);
      await b.add(b.job("two", { dedupeKey: "k", runAt: b.app.clock.now() + HOUR }));
      b.app.clock.advance(HOUR / 2);
      await b.worker().drain();
      expect(b.ran).toEqual(["two"]);
    });

    test("with a dedupe key do not merge into one that is already running", async () => {
      const b = await bench();
      const once: JobHandler = async (app, payload) => {
        b.ran.push(payload);
        if (payload === "first")
          await transaction(app.db, (tx) => enqueue(tx, b.job("second", { kind: "once", dedupeKey: "k" })));
      };
      await b.add(b.job("first", { kind: "once", dedupeKey: "k" }));
      await b.worker({ once }).drain();
      expect(b.ran).toEqual(["first", "second"]);
    });

    test("that fail are tried again with growing delays and become dead letters after ten tries", async () => {
      const b = await bench();
      const worker = b.worker({ bad: failing(b, () => new Error("no luck")) });
      await b.add(b.job(null, { kind: "bad" }));
      await worker.drain();
      expect(b.ran).toEqual([1]);
      for (let round = 0; round < 12; round += 1) {
        b.app.clock.advance(12 * HOUR);
        await worker.drain();
      }
      expect(b.ran).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      const [dead] = await listDead(b.database.db);
      expect(dead).toMatchObject({ kind: "bad", fault: "Error: no luck" });
      expect(await jobCounts(b.database.db, b.app.clock.now())).toEqual({
        ready: 0,
        delayed: 0,
        leased: 0,
        dead: 1,
      });
    });

    test("given up by their handler are dead letters at once, and can be given another chance", async () => {
      const b = await bench();
      await b.add(b.job("x", { kind: "hopeless", dedupeKey: "k", orderingKey: "o" }));
      await b.worker({ hopeless: failing(b, () => new GiveUp("410 Gone")) }).drain({ failFast: true });
      const [dead] = await listDead(b.database.db);
      expect(dead).toMatchObject({ kind: "hopeless", fault: "GiveUp: 410 Gone" });
      expect(await retryDead(b.database.db, dead?.id ?? 0, b.app.clock.now())).toBe(true);
      const hopeless: JobHandler = async (_app, payload) => void b.ran.push(payload);
      expect(await b.worker({ hopeless }).drain()).toBe(1);
      expect(b.ran).toEqual([1, "x"]);
      expect(await listDead(b.database.db)).toEqual([]);
    });

    test("that ask for later run then, without losing a try", async () => {
      const b = await bench();
      const worker = b.worker({ held: failing(b, () => new RetryLater(HOUR, "circuit open")) });
      await b.add(b.job(null, { kind: "held" }));
      for (let round = 0; round < 15; round += 1) {
        await worker.drain({ failFast: true });
        b.app.clock.advance(HOUR);
      }
      expect(b.ran).toEqual(Array.from({ length: 15 }, () => 1));
    });

    test("that ask for later for more than seven days are dead letters", async () => {
      const b = await bench();
      const worker = b.worker({ held: failing(b, () => new RetryLater(24 * HOUR)) });
      await b.add(b.job(null, { kind: "held" }));
      for (let day = 0; day < 10; day += 1) {
        await worker.drain();
        b.app.clock.advance(24 * HOUR);
      }
      expect(b.ran).toHaveLength(9);
      expect(await listDead(b.database.db)).toHaveLength(1);
    });

    test("of a kind that nobody runs are parked and shown", async () => {
      const b = await bench();
      await b.add(b.job("?", { kind: "from-the-future" }), b.job("known"));
      await b.worker().drain();
      expect(b.ran).toEqual(["known"]);
      expect(await listDead(b.database.db)).toMatchObject([{ kind: "from-the-future" }]);
    });

    test("with failFast, throw what a handler threw", async () => {
      const b = await bench();
      await b.add(b.job(null, { kind: "bad" }));
      const worker = b.worker({ bad: failing(b, () => new TypeError("a bug")) });
      await expect(worker.drain({ failFast: true })).rejects.toThrow("a bug");
    });

    test("are written by the thousand in one transaction", async () => {
      const b = await bench();
      const jobs = Array.from({ length: 1_700 }, (_, index) =>
        b.job(index, { orderingKey: `host-${index % 7}`, lane: 2 }),
      );
      await b.add(...jobs);
      expect(await jobCounts(b.database.db, b.app.clock.now())).toEqual({
        ready: 1_700,
        delayed: 0,
        leased: 0,
        dead: 0,
      });
    });

    test("of one ordering key run one at a time and in order while others run beside them", async () => {
      const b = await bench();
      let busy = 0;
      let together = 0;
      const order: number[] = [];
      const { promise: finished, resolve } = Promise.withResolvers<void>();
      const total = 24;
      const work: JobHandler = async (_app, payload) => {
        const { key, index } = payload as { key: string; index: number };
        if (key === "same") {
          busy += 1;
          expect(busy).toBe(1);
          order.push(index);
        }
        await sql`select 1`.execute(b.database.db);
        together = Math.max(together, worker.inFlight);
        if (key === "same") busy -= 1;
        b.ran.push(index);
        if (b.ran.length === total) resolve();
      };
      const worker = { inFlight: 0 };
      const counted: JobHandler = async (app, payload, context) => {
        worker.inFlight += 1;
        try {
          await work(app, payload, context);
        } finally {
          worker.inFlight -= 1;
        }
      };
      for (let index = 0; index < total; index += 1) {
        const key = index % 2 === 0 ? "same" : `own-${index}`;
        await b.add(b.job({ key, index }, { kind: "work", orderingKey: key }));
      }
      const live = b.worker({ work: counted });
      await live.start();
      expect(live.alive()).toBe(true);
      await finished;
      await live.stop(5_000);
      expect(order).toEqual(order.toSorted((a, c) => a - c));
      expect(together).toBeGreaterThan(1);
      expect(live.alive()).toBe(false);
      expect(await jobCounts(b.database.db, b.app.clock.now())).toEqual({
        ready: 0,
        delayed: 0,
        leased: 0,
        dead: 0,
      });
    });

    test("of the bulk lane leave slots to those that somebody waits for", async () => {
      const b = await bench();
      const { promise: release, resolve: letGo } = Promise.withResolvers<void>();
      const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
      const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
      let bulk = 0;
      const hold: JobHandler = async () => {
        bulk += 1;
        if (bulk === 3) isFull();
        await release;
      };
      const worker = createWorker({ ...b, handlers: { hold, quick: async () => answer() }, concurrency: 4 });
      await b.add(...Array.from({ length: 6 }, (_, index) => b.job(index, { kind: "hold", lane: 2 })));
      await worker.start();
      await full;
      await b.add(b.job("now", { kind: "quick", lane: 0 }));
      worker.wake();
      await answered;
      expect(bulk).toBe(3);
      letGo();
      await worker.stop(5_000);
    });

    test("wake a worker that is already running", async () => {
      const b = await bench();
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const worker = b.worker({ note: async (_app, payload) => resolve(payload) });
      await worker.start();
      await b.add(b.job("hello"));
      worker.wake();
      expect(await promise).toBe("hello");
      await worker.stop(5_000);
    });

    test("that outlast the grace at a stop are aborted and run again later", async () => {
      const b = await bench();
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const slow: JobHandler = async (_app, _payload, { signal }) => {
        resolve();
        await new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      };
      await b.add(b.job("again", { kind: "slow" }));
      const worker = b.worker({ slow });
      await worker.start();
      await begun;
      await worker.stop(10);
      const attempts: number[] = [];
      await b
        .worker({ slow: async (_app, _payload, context) => void attempts.push(context.attempt) })
        .drain();
      expect(attempts).toEqual([1]);
    });

    test("that died are kept for thirty days", async () => {
      const b = await bench();
      await b.add(b.job(null, { kind: "bad" }));
      await b.worker({ bad: failing(b, () => new GiveUp("never")) }).drain();
      expect(await sweepJobs(b.database.db, b.app.clock.now())).toBe(0);
      if (b.database.dialect === "postgres")
        await sql`update graphile_worker._private_jobs set updated_at = now() - interval '31 days'`.execute(
          b.database.db,
        );
      b.app.clock.advance(31 * 24 * HOUR);
      expect(await sweepJobs(b.database.db, b.app.clock.now())).toBe(1);
    });
  });
});

describe("back-off", () => {
  test("doubles its ceiling from one minute to twelve hours, with full jitter", () => {
    expect([1, 2, 3, 4].map((attempt) => backOffMs(attempt, 1))).toEqual([60_000, 120_000, 240_000, 480_000]);
    expect(backOffMs(30, 1)).toBe(12 * HOUR);
    expect(backOffMs(3, 0.5)).toBe(120_000);
    expect(backOffMs(3, 0)).toBe(1_000);
  });
});
