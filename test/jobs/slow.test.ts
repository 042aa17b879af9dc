import { expect, test } from "vitest";
import { createWorker, type JobHandler } from "../../server/jobs/worker.ts";
import { transaction } from "../../server/store/database.ts";
import { enqueueMany } from "../../server/store/jobs.ts";
import { partialApp } from "../support/app.ts";
import { memoryDatabase } from "../support/databases.ts";

test("jobs that wait for slow servers leave their slots to the others, and are finished all the same", async () => {
  const database = await memoryDatabase();
  const app = partialApp(database.db);
  const { promise: servers, resolve: answer } = Promise.withResolvers<void>();
  const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
  const { promise: quickDone, resolve: quickIsDone } = Promise.withResolvers<void>();
  let waiting = 0;
  let quick = 0;
  const handlers: Record<string, JobHandler> = {
    slow: async () => {
      waiting += 1;
      if (waiting === 2) isFull();
      await servers;
    },
    quick: async () => {
      quick += 1;
      if (quick === 3) quickIsDone();
      return await Promise.resolve();
    },
  };
  const job = (kind: string) => ({
    id: app.ids.next(),
    now: app.clock.now(),
    kind,
    payload: null,
    lane: 1 as const,
  });
  const worker = createWorker({ app, database, handlers, concurrency: 2 });
  await transaction(database.db, (tx) =>
    enqueueMany(tx, ["slow", "slow", "quick", "quick", "quick"].map(job)),
  );
  await worker.start();
  await full;
  expect(quick).toBe(0);
  app.clock.advance(150);
  worker.wake();
  await quickDone;
  answer();
  await worker.stop(5_000);
  expect([waiting, quick]).toEqual([2, 3]);
  expect(await database.db.selectFrom("jobs").select("id").execute()).toEqual([]);
  await database.close();
});
