import { expect, test } from "vitest";
import { aCommunity, chances, copy, decide, entrustKeys, goOn, launch, prepare } from "./evacuation-scene.ts";
import { expectNobodyLost, expectNotes, expectTable, mark } from "./evacuation-table.ts";

// The same community when its keys survived, and when it was lost before everything had been copied.

test(
  "with the keys of everybody at hand more servers follow, and each is told once",
  { timeout: 120_000 },
  async () => {
    const community = await aCommunity(3);
    await prepare(community);
    const chance = chances(103);
    await entrustKeys(community);
    community.life.left = 100 + chance(1_200);
    await goOn(community, 4);
    const since = mark(community);
    await decide(community);
    const lives = [100 + chance(300), 300 + chance(300)];
    expect(await launch(community, lives), `lives of ${lives.join(", ")} steps`).toBe(2);
    await expectTable(community, since, "live");
    await expectNotes(community);
  },
);

test(
  "a home that is lost while it is copied for the first time loses nobody",
  { timeout: 120_000 },
  async () => {
    const community = await aCommunity(4);
    const chance = chances(104);
    community.life.left = 400 + chance(600);
    await copy(community);
    const since = mark(community);
    await decide(community);
    expect(await launch(community, [30 + chance(60)])).toBe(1);
    await expectNobodyLost(community, since);
  },
);
