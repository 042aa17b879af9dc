import { describe, expect, onTestFinished, test } from "vitest";
import { claimAccount } from "../../server/services/escapes/claims.ts";
import { listFrozen } from "../../server/services/identities/frozen.ts";
import { takeIdentity } from "../../server/services/identities/phrases.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { requestRechecks } from "../../server/services/moves/received-moves.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aMember, createInstance, PASSWORD } from "../support/instance.ts";
import { anEscape, type EscapeMember } from "./escape-scene.ts";
import { followsOf } from "./follows.ts";
import { gone, kill, seize, settleAll } from "./peers/disasters.ts";

// Three whole Causeways: a home that is lost, the standby that its members go to, and one where somebody follows them.

const HOUR = 3_600_000;

async function aFollower(withPhrase: boolean) {
  const escape = await anEscape();
  const south = await createInstance({
    host: "south.test",
    network: escape.network,
    clock: escape.clock,
  });
  onTestFinished(() => south.close());
  const cy = await aMember(south, "cy");
  const ann = await escape.member("ann");
  if (withPhrase) await takeIdentity(escape.home.app, ann.viewer, ann.keys);
  const settle = () => settleAll([escape.home, escape.standby, south], []);
  await settle();
  const received = await south.app.remote.findActor(ann.oldUri);
  if (received === null) throw new Error("ann is not found");
  await followActor(south.app, cy.viewer, await receiveActor(south.app, received));
  await settle();
  await escape.seal();
  await settle();
  const launch = async () => {
    await escape.launch(ann);
    await settle();
  };
  const claim = async () => {
    const command = { phrase: ann.phrase, password: PASSWORD, ip: "203.0.113.5", agent: "", locale: null };
    await claimAccount(escape.standby.app, command);
    await settle();
  };
  return { escape, south, cy, ann, settle, launch, claim, follows: () => followsOf(south, cy.viewer) };
}

/** The documents of the home as somebody serves them who took the domain. */
async function documentsOf(
  { escape }: Awaited<ReturnType<typeof aFollower>>,
  ann: EscapeMember,
): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const { pathname } = new URL(ann.oldUri);
  const answer = await escape.home.request(pathname, { headers: { accept: "application/activity+json" } });
  return new Map([[pathname, (await answer.json()) as Record<string, unknown>]]);
}

describe("followers on another Causeway", () => {
  test.each(["dead", "gone", "seized"] as const)("come along when the home is %s", async (how) => {
    const scene = await aFollower(false);
    const { escape, ann } = scene;
    expect(await scene.follows()).toEqual({ [ann.oldUri]: "accepted" });
    if (how === "dead") kill(escape.network, "home.test");
    if (how === "gone") gone(escape.network, "home.test");
    if (how === "seized") await seize(escape.network, "home.test", await documentsOf(scene, ann));
    const asked = () =>
      escape.network.log.filter(({ url, method }) => method === "GET" && url.startsWith("https://home.test"));
    const before = asked().length;
    await scene.launch();
    expect(await scene.follows()).toEqual({ [ann.newUri]: "accepted" });
    // Where the Undo of the old follow is answered with 410, the profile is looked at once, after the move.
    expect(asked()).toHaveLength(how === "gone" ? before + 1 : before);
  });

  test("of somebody with a recovery phrase come along when that person launches", async () => {
    const scene = await aFollower(true);
    kill(scene.escape.network, "home.test");
    await scene.claim();
    expect(await scene.follows()).toEqual({ [scene.ann.newUri]: "accepted" });
    expect(await listFrozen(scene.south.app, scene.cy.viewer)).toEqual([]);
  });

  test("are asked when others launched for somebody with a phrase, and come along once that person came", async () => {
    const scene = await aFollower(true);
    const { escape, south, ann, cy } = scene;
    kill(escape.network, "home.test");
    await scene.launch();
    expect(await scene.follows()).toEqual({ [ann.oldUri]: "accepted" });
    expect(await listFrozen(south.app, cy.viewer)).toMatchObject([
      { reason: "move", target: { uri: ann.newUri } },
    ]);
    await requestRechecks(south.app);
    await scene.settle();
    expect(await scene.follows()).toEqual({ [ann.oldUri]: "accepted" });
    await scene.claim();
    escape.clock.advance(HOUR);
    await requestRechecks(south.app);
    await scene.settle();
    expect(await scene.follows()).toEqual({ [ann.newUri]: "accepted" });
    expect(await listFrozen(south.app, cy.viewer)).toEqual([]);
  });
});
