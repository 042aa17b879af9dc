import { onTestFinished } from "vitest";
import { followActor } from "../../server/services/relations/follows.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { aMember, createInstance, type Member, type TestInstance } from "./instance.ts";
import { drain } from "./network.ts";
import { aPair, find, type Pair } from "./pair.ts";

/** Three whole instances over one network and one clock: a pair and a third one, with a member of its own. */
export type Trio = Pair & {
  readonly south: TestInstance;
  /** A member of south. */
  readonly cy: Member;
};

/** Starts a trio, closed after the test. */
export async function aTrio(): Promise<Trio> {
  const pair = await aPair();
  const { network, clock } = pair;
  const south = await createInstance({ host: "south.test", network, clock });
  onTestFinished(async () => {
    await south.close();
  });
  const cy = await aMember(south, "cy");
  return { ...pair, south, cy, settle: () => drain(pair.east, pair.west, south) };
}

/** Makes somebody follow a handle, and lets all sides settle. */
export async function followIn(trio: Trio, at: TestInstance, who: Viewer, handle: string): Promise<void> {
  await followActor(at.app, who, (await find(at, who, handle)).id);
  await trio.settle();
}

/** Takes an instance off the network, as an outage does, and gives back what ends it. */
export function outage(trio: Pick<Pair, "network">, of: TestInstance): () => void {
  trio.network.leave(of.host);
  return () => trio.network.join(of.host, (request) => of.fetch(request, { ip: "198.51.100.7" }));
}
