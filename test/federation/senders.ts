import { onTestFinished } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { receiveFollow } from "../../server/services/relations/follows.ts";
import type { Database } from "../../server/store/database.ts";
import { jobCounts } from "../../server/store/jobs.ts";
import { aMember, createInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { createPeer, type Peer } from "./peer.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** An instance with a member `mei` whose followers live on peers; `pass` lets time go by in steps, with what became due. */
export async function aSender(database?: Database) {
  const instance = await createInstance(database === undefined ? {} : { database });
  onTestFinished(async () => {
    await instance.stop(0);
  });
  const { app, clock } = instance;
  const { viewer: mei } = await aMember(instance, "mei");
  const aFollower = async (host: string, name = "eve", of: Viewer = mei): Promise<Peer> => {
    const peer = await createPeer(instance, host, name);
    await receiveFollow(app, {
      uri: `${peer.actorUri}/follows/${of.actorId}`,
      actorUri: peer.actorUri,
      objectUri: app.uris.actor(of.actorId),
    });
    await drain(instance);
    peer.received.length = 0;
    return peer;
  };
  const pass = async (ms: number, step = HOUR) => {
    for (let passed = 0; passed < ms; passed += step) {
      clock.advance(step);
      await drainWithFaults(instance);
    }
  };
  const counts = () => jobCounts(app.db, clock.now());
  return { instance, app, clock, mei, aFollower, pass, counts };
}

/** What a peer was told, as "Type text". */
export function toldTo(peer: Peer): readonly string[] {
  return peer.received.map(({ json }) => {
    const words = /<p>([^<]*)<\/p>/.exec(JSON.stringify(json))?.[1];
    return words === undefined ? String(json["type"]) : `${String(json["type"])} ${words}`;
  });
}
