// What other servers observe when a member hides one of them.

import { afterEach, beforeEach, expect, test } from "vitest";
import { findRelationship } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { hideHost, showHost } from "../../server/services/relations/hidden-hosts.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aMember } from "../support/instance.ts";
import { aCreate } from "./peer.ts";
import { createWorld, type World } from "./federation-md/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.here.close());

type Json = Record<string, unknown>;
const inner = (activity: Json | undefined) => activity?.["object"] as Json | undefined;

/** Alice and Bo follow each other. */
async function bothFollow() {
  const { here, alice, aliceUri, receive, findBo, theOne, bo, boFollows } = world;
  await boFollows();
  const boId = await findBo();
  const asked = await theOne("Follow", () => followActor(here.app, alice.viewer, boId));
  await receive({
    id: "https://elsewhere.example/accepts/1",
    type: "Accept",
    object: { id: asked["id"], type: "Follow", actor: aliceUri, object: bo.actorUri },
  });
  return boId;
}

test("follows with the people of a hidden server end both ways, and it is told nothing else", async () => {
  const { here, alice, aliceUri, bo, sentBy } = world;
  const boId = await bothFollow();
  expect(await findRelationship(here.app, alice.viewer, boId)).toMatchObject({
    following: "accepted",
    followedBy: true,
  });
  const sent = await sentBy(() => hideHost(here.app, alice.viewer, "elsewhere.example"));
  expect(sent.map(({ type }) => type).toSorted()).toEqual(["Reject", "Undo"]);
  const undone = inner(sent.find(({ type }) => type === "Undo"));
  expect(undone).toMatchObject({ type: "Follow", actor: aliceUri, object: bo.actorUri });
  const rejected = inner(sent.find(({ type }) => type === "Reject"));
  expect(rejected).toMatchObject({
    id: "https://elsewhere.example/follows/7",
    type: "Follow",
    actor: bo.actorUri,
    object: aliceUri,
  });
  expect(await findRelationship(here.app, alice.viewer, boId)).toMatchObject({
    following: "no",
    followedBy: false,
    hidesHost: true,
  });
});

test("a later Follow from a hidden server is answered with Reject, until it is shown again", async () => {
  const { here, alice, aliceUri, receive, theOne } = world;
  const boId = await bothFollow();
  await hideHost(here.app, alice.viewer, "elsewhere.example");
  const follow = (n: number): Json => ({
    id: `https://elsewhere.example/follows/${n}`,
    type: "Follow",
    object: aliceUri,
  });
  const refused = await theOne("Reject", () => receive(follow(8)));
  expect(inner(refused)).toMatchObject({ id: "https://elsewhere.example/follows/8" });
  expect(await findRelationship(here.app, alice.viewer, boId)).toMatchObject({ followedBy: false });
  await showHost(here.app, alice.viewer, "elsewhere.example");
  const taken = await theOne("Accept", () => receive(follow(9)));
  expect(inner(taken)).toMatchObject({ id: "https://elsewhere.example/follows/9" });
});

test("a server is hidden for one member: others here go on with its people", async () => {
  const { here, alice, aliceUri, bo, receive, theOne } = world;
  await bothFollow();
  const carol = await aMember(here, "carol");
  const boId = await world.findBo();
  const carolUri = here.app.uris.actor(carol.viewer.actorId);
  const asked = await theOne("Follow", () => followActor(here.app, carol.viewer, boId));
  await receive({
    id: "https://elsewhere.example/accepts/2",
    type: "Accept",
    object: { id: asked["id"], type: "Follow", actor: carolUri, object: bo.actorUri },
  });
  await hideHost(here.app, alice.viewer, "elsewhere.example");
  await receive(aCreate(bo, "9", { content: `<p>Hello <a href="${aliceUri}">@alice</a></p>` }));
  const seen = async ({ viewer }: typeof alice) => (await homeTimeline(here.app, viewer, {})).items.length;
  expect([await seen(alice), await seen(carol)]).toEqual([0, 1]);
  const taken = await theOne("Accept", () =>
    receive({ id: "https://elsewhere.example/follows/10", type: "Follow", object: carolUri }),
  );
  expect(inner(taken)).toMatchObject({ object: carolUri });
});
