import { onTestFinished } from "vitest";
import type { ActorView, Viewer } from "../../server/domain/actor.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { search } from "../../server/services/search.ts";
import { testClock, type TestClock } from "./app.ts";
import { aMember, createInstance, type Member, type TestInstance } from "./instance.ts";
import { createNetwork, drain, type Network } from "./network.ts";

type Environment = Readonly<Record<string, string>>;

/** Two whole instances with https names, a member each, over one routed network and one clock. */
export type Pair = {
  readonly east: TestInstance;
  readonly west: TestInstance;
  readonly network: Network;
  readonly clock: TestClock;
  /** A member of east. */
  readonly ann: Member;
  /** A member of west. */
  readonly bo: Member;
  /** Lets both sides do all their work. */
  settle(): Promise<void>;
};

/** Starts a pair, closed after the test; each side may have an environment of its own. */
export async function aPair(
  environment: { readonly east?: Environment; readonly west?: Environment } = {},
): Promise<Pair> {
  const clock = testClock();
  const network = createNetwork();
  const east = await createInstance({
    host: "east.test",
    network,
    clock,
    environment: environment.east ?? {},
  });
  const west = await createInstance({
    host: "west.test",
    network,
    clock,
    environment: environment.west ?? {},
  });
  onTestFinished(async () => {
    for (const instance of [east, west]) await instance.close();
  });
  const ann = await aMember(east, "ann");
  const bo = await aMember(west, "bo");
  return { east, west, network, clock, ann, bo, settle: () => drain(east, west) };
}

/** Finds somebody by handle as the search box does. */
export async function find(instance: TestInstance, viewer: Viewer, handle: string): Promise<ActorView> {
  const [actor] = (await search(instance.app, viewer, handle)).actors;
  if (actor === undefined) throw new Error(`${handle} was not found at ${instance.host}.`);
  return actor;
}

/** Makes `follower` of `at` follow a handle, and lets both sides settle. */
export async function follow(
  pair: Pair,
  at: TestInstance,
  follower: Viewer,
  handle: string,
): Promise<ActorView> {
  const actor = await find(at, follower, handle);
  await followActor(at.app, follower, actor.id);
  await pair.settle();
  return actor;
}
