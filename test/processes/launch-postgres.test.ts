import { describe, expect, test } from "vitest";
import { chances } from "../lifeboat/evacuation-scene.ts";
import {
  aLostHome,
  endTheDoubt,
  holdMembers,
  makeQuiet,
  type Stage,
  statesOf,
  TELLINGS,
  untilInDoubt,
  untilItIsOver,
  untilTheyCame,
  untilTold,
} from "./launch-scene.ts";
import { restart, startServer } from "./processes.ts";

const SEED = 6;
const KILLS = 2;

describe(
  "A launch from a standby on PostgreSQL tells each server of each member once",
  { timeout: 240_000 },
  () => {
    test("when its process is killed again and again (seeded), and started again", async () => {
      const scene = await aLostHome("postgres");
      const { gate } = scene;
      const chance = chances(SEED);
      const stages = Array.from({ length: KILLS }, () => aStage(chance));
      gate.next(stages[0] ?? null);
      const hold = await holdMembers(scene);
      let server = await startServer(scene.environment);
      // The first time while people are brought over: the job is a dead process's then.
      await hold.begun();
      await server.kill();
      await hold.release();
      expect(await statesOf(scene)).toEqual([]);
      await makeQuiet(scene);
      server = await restart(server);
      let told = 0;
      for (const [index, { answered, taken }] of stages.entries()) {
        told += answered + taken;
        await untilTold(scene, told);
        await server.kill();
        gate.next(stages[index + 1] ?? null);
        await makeQuiet(scene);
        server = await restart(server);
        await untilTheyCame(scene, told);
        await untilInDoubt(scene, TELLINGS - told);
        expect(gate.told()).toBe(told);
        await endTheDoubt(scene);
      }
      await untilItIsOver(scene);
      await server.kill();
    });

    test("when one of two workers is killed while the pages go on", async () => {
      const scene = await aLostHome("postgres");
      const { gate, environment } = scene;
      const [answered, taken] = [4, 3];
      gate.next({ answered, taken });
      const web = await startServer({ ...environment, CAUSEWAY_ROLE: "web" });
      const { PORT: _port, ...shared } = environment;
      const startWorker = () => startServer({ ...shared, CAUSEWAY_ROLE: "worker" });
      const first = await startWorker();
      await untilTold(scene, answered + taken);
      const second = await startWorker();
      await first.kill();
      gate.next(null);
      await untilTheyCame(scene, answered + taken);
      await makeQuiet(scene);
      await untilInDoubt(scene, TELLINGS - answered - taken);
      expect(gate.told()).toBe(answered + taken);
      await endTheDoubt(scene);
      await untilItIsOver(scene);
      await second.kill();
      await web.kill();
    });
  },
);

/** All together fewer than there are tellings, so that something is left each time. */
function aStage(chance: (below: number) => number): Stage {
  return { answered: chance(4), taken: 1 + chance(3) };
}
