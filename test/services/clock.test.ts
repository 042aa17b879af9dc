// A clock that jumps, forward and back, by hours and days: nothing is lost, done twice, locked out or believed for too long.

import { afterEach, describe, expect, test } from "vitest";
import { timeOfId } from "../../server/domain/ids.ts";
import { isConfirmed } from "../../server/services/accounts/proof.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { createSchedule, type ScheduledTask } from "../../server/jobs/schedule.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { transaction } from "../../server/store/database.ts";
import { enqueue } from "../../server/store/jobs.ts";
import { pullIn } from "../../server/store/pull-in.ts";
import { testClock } from "../support/app.ts";
import { eachDatabase, memoryDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aPair, follow } from "../support/pair.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const JUMPS = [2 * HOUR, -2 * HOUR, 3 * DAY, -3 * DAY, -5 * DAY, 5 * DAY] as const;

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.close();
});

describe("a clock that jumps, forward and back,", () => {
  test("while the server runs: ids go on, people stay signed in, notes arrive once, in order", async () => {
    const pair = await aPair();
    const { east, west, ann, bo, clock } = pair;
    await follow(pair, west, bo.viewer, "@ann@east.test");
    const ids: number[] = [];
    for (const [index, jump] of JUMPS.entries()) {
      clock.advance(jump);
      expect(await findViewer(east.app, ann.sessionToken)).not.toBeNull();
      ids.push((await aNote(east, { by: ann.viewer, source: `Note ${index}` })).id);
      await pair.settle();
    }
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(JUMPS.length);
    const page = await homeTimeline(west.app, bo.viewer, {});
    const sources = await west.app.db.selectFrom("notes").select("content_html").execute();
    expect(sources.length).toBe(JUMPS.length);
    expect(page.items.length).toBe(JUMPS.length);
  });

  test("across a restart: no id twice, sessions and jobs as before", async () => {
    const database = await memoryDatabase();
    const ahead = await createInstance({ database, clock: testClock(Date.UTC(2026, 5, 4, 12)) });
    const ann = await aMember(ahead, "ann");
    await aNote(ahead, { by: ann.viewer, source: "From the future" });
    await ahead.stop(0);
    const { vault, files } = ahead.app;
    const here = await createInstance({ database, before: { vault, files }, untouched: true });
    opened.push(here);
    const viewer = await findViewer(here.app, ann.sessionToken);
    expect(viewer).not.toBeNull();
    for (let n = 0; n < 300; n++) await aNote(here, { by: ann.viewer, source: `Now ${n}` });
    await drain(here);
    const rows = await here.app.db.selectFrom("notes").select("id").execute();
    expect(new Set(rows.map(({ id }) => id)).size).toBe(301);
    expect(rows.filter(({ id }) => timeOfId(id) > here.clock.now() + DAY).length).toBe(1);
  });

  test("makes no proof of who is there last for longer", async () => {
    const here = await createInstance();
    opened.push(here);
    here.clock.advance(3 * DAY);
    const ann = await aMember(here, "ann");
    expect(await isConfirmed(here.app, ann.viewer, ann.sessionToken)).toBe(true);
    here.clock.advance(-3 * DAY);
    expect(await isConfirmed(here.app, ann.viewer, ann.sessionToken)).toBe(false);
    here.clock.advance(3 * DAY + HOUR);
    expect(await isConfirmed(here.app, ann.viewer, ann.sessionToken)).toBe(false);
  });

  eachDatabase((kind, open) => {
    test("keeps no maintenance from being done", async () => {
      const here = await createInstance({ database: await open() });
      const ran: string[] = [];
      const task: ScheduledTask = { name: "daily", everyMs: DAY, run: async () => void ran.push("daily") };
      const schedule = createSchedule(here.app, [task]);
      here.clock.advance(400 * DAY);
      await schedule.runDue();
      here.clock.advance(-400 * DAY);
      // A lease that was given until long after now is renewed by whoever has it, and ends with the process.
      await schedule.runDue();
      await schedule.runDue();
      expect(ran).toEqual(["daily", "daily"]);
      await here.stop(0);
    });

    test("makes nothing wait for longer than it would have", async () => {
      const here = await createInstance({ database: await open() });
      const { app, clock } = here;
      const now = clock.now();
      const host = { host: "far.test", signature_spec: null, failures: 5, failing_since: now };
      const put = { activity_id: 1, actor_id: 1, inbox: "https://far.test/inbox", host: "far.test" };
      await app.db
        .insertInto("hosts")
        .values([
          { ...host, retry_at: now + 3 * DAY, due_at: now + 3 * DAY },
          { ...host, host: "near.test", retry_at: now + HOUR, due_at: now + HOUR },
        ])
        .execute();
      await app.db
        .insertInto("deliveries")
        .values([
          {
            ...put,
            order_key: 1,
            run_at: now + 3 * DAY,
            attempts: 1,
            dead_at: null,
            fault: null,
            created_at: now,
          },
          {
            ...put,
            order_key: 2,
            run_at: now + HOUR,
            attempts: 1,
            dead_at: null,
            fault: null,
            created_at: now,
          },
        ])
        .execute();
      await pullIn(app.db, now);
      expect(
        await app.db.selectFrom("hosts").select(["host", "retry_at", "due_at"]).orderBy("host").execute(),
      ).toEqual([
        { host: "far.test", retry_at: now, due_at: now },
        { host: "near.test", retry_at: now + HOUR, due_at: now + HOUR },
      ]);
      expect(await app.db.selectFrom("deliveries").select("run_at").orderBy("order_key").execute()).toEqual([
        { run_at: now },
        { run_at: now + HOUR },
      ]);
      if (kind === "sqlite") {
        // Written while the clock was ahead, and written now for later.
        for (const at of [now + 3 * DAY, now])
          await transaction(app.db, (tx) =>
            enqueue(tx, { id: app.ids.next(), now: at, kind: "none", payload: at, runAt: now + 4 * DAY }),
          );
        await pullIn(app.db, now);
        const jobs = await app.db
          .selectFrom("jobs")
          .select(["payload", "run_at"])
          .where("kind", "=", "none")
          .execute();
        expect(jobs.map(({ run_at }) => run_at - now).toSorted()).toEqual([0, 4 * DAY]);
      }
      await drainWithFaults(here);
      await here.stop(0);
    });
  });
});
