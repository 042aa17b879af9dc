// What FEDERATION.md says and no other test proves.

import { afterEach, beforeEach, expect, test } from "vitest";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { toDelivery } from "./peer.ts";
import { AS2, createWorld, type World } from "./federation-md/world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
  await world.boFollows();
});
afterEach(() => world.here.close());

test("who has relations hidden is counted and not listed", async () => {
  const { here, alice, aliceUri, get } = world;
  expect((await get(`${aliceUri}/followers`))["totalItems"]).toBe(1);
  await updateProfile(here.app, alice.viewer, { hidesRelations: true });
  const followers = await get(`${aliceUri}/followers`);
  expect(followers["totalItems"]).toBe(1);
  const pages = typeof followers["first"] === "string" ? [await get(followers["first"])] : [];
  for (const page of [followers, ...pages]) expect(JSON.stringify(page)).not.toContain("elsewhere.example");
});

test("a suspended actor has no collections", async () => {
  const { here, alice, aliceUri, get } = world;
  await aNote(here, { by: alice.viewer, source: "Hello" });
  await drain(here);
  await here.database.db
    .updateTable("actors")
    .set({ suspended_at: here.clock.now() })
    .where("id", "=", alice.viewer.actorId)
    .execute();
  expect((await get(aliceUri))["suspended"]).toBe(true);
  for (const name of ["outbox", "followers", "following", "featured"])
    expect((await here.request(`${aliceUri}/${name}`, { headers: { accept: AS2 } })).status, name).toBe(404);
});

test("what cannot be kept is not promised: 503, and when to come again", async () => {
  const { here, bo, aliceUri } = world;
  await here.database.db.schema.dropTable("inbox").execute();
  const activity = {
    id: "https://elsewhere.example/l/1",
    type: "Like",
    actor: bo.actorUri,
    object: aliceUri,
  };
  const response = await here.fetch(await toDelivery(here, bo, activity), { ip: "192.0.2.1" });
  expect(response.status).toBe(503);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
});
