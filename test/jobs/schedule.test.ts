import { describe, expect, test } from "vitest";
import { createSchedule, type ScheduledTask } from "../../server/jobs/schedule.ts";
import { memoryFiles } from "../../server/media/files.ts";
import { MAINTENANCE } from "../../server/services/operations/maintenance.ts";
import { setValue } from "../../server/store/kv.ts";
import { countSpareKeys } from "../../server/store/keys.ts";
import { memoryVault } from "../../server/vault.ts";
import { partialApp } from "../support/app.ts";
import { eachDatabase } from "../support/databases.ts";
import { testConfig } from "../support/instance.ts";

describe("the schedule", () => {
  eachDatabase((_name, open) => {
    const start = async () => {
      const app = partialApp((await open()).db);
      const ran: string[] = [];
      const task = (name: string, everyMs: number, fault?: Error): ScheduledTask => ({
        name,
        everyMs,
        run: async () => {
          ran.push(name);
          if (fault !== undefined) throw fault;
        },
      });
      return { app, ran, task };
    };

    test("runs each task when its time has come, also after a restart", async () => {
      const { app, ran, task } = await start();
      const tasks = [task("often", 10), task("seldom", 100)];
      expect(await createSchedule(app, tasks).runDue()).toEqual(["often", "seldom"]);
      expect(await createSchedule(app, tasks).runDue()).toEqual([]);
      app.clock.advance(10);
      expect(await createSchedule(app, tasks).runDue()).toEqual(["often"]);
      app.clock.advance(90);
      expect(await createSchedule(app, tasks).runDue()).toEqual(["often", "seldom"]);
      expect(ran).toEqual(["often", "seldom", "often", "often", "seldom"]);
    });

    test("goes on with the other tasks when one fails", async () => {
      const { app, task } = await start();
      const schedule = createSchedule(app, [task("bad", 10, new Error("broken")), task("good", 10)]);
      expect(await schedule.runDue()).toEqual(["bad", "good"]);
    });

    test("lets only one process work at a time", async () => {
      const { app, ran, task } = await start();
      let inside: (() => Promise<unknown>) | null = null;
      const slow: ScheduledTask = { name: "slow", everyMs: 10, run: async () => await inside?.() };
      const other = createSchedule(app, [task("slow", 10), task("more", 10)]);
      inside = () => other.runDue();
      await createSchedule(app, [slow]).runDue();
      expect(ran).toEqual([]);
      expect(await other.runDue()).toEqual(["more"]);
    });

    test("starts and stops without leaving anything running", async () => {
      const { app, ran, task } = await start();
      const schedule = createSchedule(app, [task("never", 10)]);
      schedule.start();
      await schedule.stop();
      expect(ran).toEqual([]);
    });

    test("keeps house: every task of the instance runs on an empty database", async () => {
      const { db } = await open();
      const files = { files: memoryFiles(), cache: memoryFiles() };
      const app = partialApp(db, { config: testConfig({}), vault: memoryVault(), ...files });
      const quick = MAINTENANCE.filter((task) => task.name !== "spare-keys");
      await setValue(db, ["gone"], 1, app.clock.now() - 10, 5);
      const failed: string[] = [];
      const watched = quick.map((task) => ({
        ...task,
        run: async () => await task.run(app).catch(() => failed.push(task.name)),
      }));
      expect(await createSchedule(app, watched).runDue()).toEqual(quick.map((task) => task.name));
      expect(failed).toEqual([]);
      expect(await db.selectFrom("kv").select("key").where("key", "=", "gone").execute()).toEqual([]);
      expect(await countSpareKeys(db)).toBe(0);
    });
  });
});
