import { expect, test } from "vitest";
import { aCommunity, chances, decide, goOn, launch, prepare } from "./evacuation-scene.ts";
import { expectNotes, expectTable, mark } from "./evacuation-table.ts";

// Twenty members, forty followers on six kinds of servers and some on a Causeway. The home is lost at a moment that a seed
// draws (between any two statements or requests), the standby loses its power in the middle of the launch, again and again.

const ROUNDS = 4;

test.each([1, 2])(
  "a community that was lost at any moment comes over as the table says, once (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const community = await aCommunity(seed);
    await prepare(community);
    const chance = chances(seed + 100);
    community.life.left = 100 + chance(1_200);
    await goOn(community, ROUNDS);
    const since = mark(community);
    await decide(community);
    const lives = [30, 200, 200].map((least) => least + chance(400));
    expect(await launch(community, lives), `lives of ${lives.join(", ")} steps`).toBe(3);
    await expectTable(community, since, "sealed", lives.length);
    await expectNotes(community);
  },
);
