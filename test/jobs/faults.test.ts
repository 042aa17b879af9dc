import { describe, expect, onTestFinished, test, vi } from "vitest";
import { runAttempt, TRY_LIMIT_MS } from "../../server/jobs/run.ts";
import { createWorker } from "../../server/jobs/worker.ts";
import { transaction } from "../../server/store/database.ts";
import { enqueue, listDead } from "../../server/store/jobs.ts";
import { partialApp } from "../support/app.ts";
import { memoryDatabase } from "../support/databases.ts";

describe("a job", () => {
  test("that hangs is cut short after five minutes, told so, and tried again later (F07)", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { db, close } = await memoryDatabase();
    onTestFinished(close);
    const told: string[] = [];
    const hang = (_app: unknown, _payload: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise<void>(() => signal.addEventListener("abort", () => told.push(String(signal.reason))));
    const attempt = { id: 1, kind: "hang", payload: null, number: 1, createdAt: 0 };
    const ended = runAttempt(partialApp(db), { hang }, attempt, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(TRY_LIMIT_MS - 1);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await ended).toMatchObject({
      type: "retry",
      countsTry: true,
      fault: "Error: Took longer than 5 minutes.",
    });
    expect(told).toEqual(["Error: Took longer than 5 minutes."]);
  });

  test("whose row is damaged is parked where its operator sees it, and the others run (F38)", async () => {
    const database = await memoryDatabase();
    onTestFinished(database.close);
    const app = partialApp(database.db);
    const ran: unknown[] = [];
    for (const payload of ["one", "two", "three"])
      await transaction(database.db, (tx) =>
        enqueue(tx, { id: app.ids.next(), now: app.clock.now(), kind: "note", payload }),
      );
    await database.db.updateTable("jobs").set({ payload: '{"cut' }).where("payload", "=", '"two"').execute();
    const note = async (_app: unknown, payload: unknown) => void ran.push(payload);
    await createWorker({ app, database, handlers: { note } }).drain({ failFast: true });
    expect(ran).toEqual(["one", "three"]);
    expect((await listDead(database.db, 10)).map(({ kind, fault }) => [kind, fault])).toEqual([
      ["note", "What was to be done is not readable any more."],
    ]);
  });
});
