import { describe, expect, test } from "vitest";
import {
  aLostHome,
  endTheDoubt,
  makeLongAgo,
  statesOf,
  TELLINGS,
  untilInDoubt,
  untilItIsOver,
  untilTheyCame,
  untilTold,
} from "./launch-scene.ts";
import { restart, startServer } from "./processes.ts";

const [ANSWERED, TAKEN] = [7, 2];

describe("kill -9", { timeout: 240_000 }, () => {
  test("in the middle of a launch: every server is told of every member, and none of them twice", async () => {
    const scene = await aLostHome("sqlite");
    const { gate } = scene;
    gate.next({ answered: ANSWERED, taken: TAKEN });
    let server = await startServer(scene.environment);
    // Whoever was told looks at the new account at once: a standby that is away then is not asked again.
    await untilTold(scene, ANSWERED + TAKEN);
    await server.kill();
    gate.next(null);
    // It is away for so long that nobody would be in doubt any more, but nobody could come meanwhile either.
    await makeLongAgo(scene);
    server = await restart(server);
    await untilTheyCame(scene, ANSWERED + TAKEN);
    await untilInDoubt(scene, TELLINGS - ANSWERED - TAKEN);
    expect(gate.told()).toBe(ANSWERED + TAKEN);
    expect(await statesOf(scene)).toContain("sent");
    await endTheDoubt(scene);
    await untilItIsOver(scene);
    await server.kill();
  });
});
