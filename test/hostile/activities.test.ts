import { afterEach, expect, test } from "vitest";
import { deliver } from "../federation/peer.ts";
import { eachDatabase } from "../support/databases.ts";
import { drainWithFaults } from "../support/network.ts";
import { hostileActivities } from "./activities.ts";
import { differences, openScene, type Scene } from "./scene.ts";

let scene: Scene | null = null;
afterEach(async () => {
  await scene?.close();
  scene = null;
});

eachDatabase((kind, open) => {
  test("no signed activity changes what is somebody else's, asks where nobody may, or is a fault of ours", async () => {
    const { home, eve, state, facts, forbidden } = (scene = await openScene(await open()));
    let before = await state();
    const faults: string[] = [];
    for (const [index, { row, activity }] of hostileActivities(facts).entries()) {
      home.clock.advance(1_000);
      const status = await deliver(home, eve, activity);
      const what = `${row} ${JSON.stringify(activity).slice(0, 300)}`;
      if (status >= 500) faults.push(`${status} ${what}`);
      // One by one on SQLite, so that the culprit is named; PostgreSQL is asked now and then, and at the end.
      if (kind === "postgres" && index % 60 !== 0) continue;
      await drainWithFaults(home);
      const now = await state();
      if (now !== before) {
        faults.push(`changed: ${what}\n${differences(before, now)}`);
        before = now;
      }
    }
    await drainWithFaults(home);
    expect(faults).toEqual([]);
    expect(await state()).toBe(before);
    expect(forbidden).toEqual([]);
    expect(({} as Readonly<Record<string, unknown>>)["polluted"]).toBeUndefined();
  }, 120_000);
});
