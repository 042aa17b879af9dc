import { test } from "vitest";
import { tendEvacuations } from "../../server/services/escapes/evacuations.ts";
import { aCommunity, chances, decide, goOn, launch, prepare } from "./evacuation-scene.ts";
import { expectNotes, expectTable, mark } from "./evacuation-table.ts";
import { postgresDisk } from "./mortal.ts";

test(
  "a standby on PostgreSQL that is closed and opened between its steps tells each server once",
  { timeout: 120_000 },
  async () => {
    const community = await aCommunity(5, await postgresDisk());
    await prepare(community);
    const chance = chances(105);
    community.life.left = 100 + chance(1_200);
    await goOn(community, 4);
    const since = mark(community);
    await decide(community);
    await community.reopen(Infinity);
    await tendEvacuations(community.standby().app);
    await community.reopen(Infinity);
    await launch(community, []);
    await expectTable(community, since, "sealed");
    await expectNotes(community);
  },
);
