// FEP-8fcf: what a Collection-Synchronization header causes, and whom the list of followers is shown to.

import { createHash } from "node:crypto";
import { signRequest } from "@fedify/fedify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toInstant } from "../../federation/reading/time.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { followerDigest, toSyncHeader } from "../../server/domain/follower-digest.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import { findOrFetchActor, findRelationship } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver, type Peer } from "./peer.ts";
import { get } from "./signed-get.ts";

type Json = Readonly<Record<string, unknown>>;
const MINUTE = 60_000;
const LIST = "/users/eve/followers_synchronization";

let here: TestInstance;
let alice: Viewer;
let bob: Viewer;
let eve: Peer;
let eveId: ActorId;
let count = 0;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  bob = (await aMember(here, "bob")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  const id = await findOrFetchActor(here.app, eve.actorUri);
  if (id === null) throw new Error("eve cannot be found");
  eveId = id;
});
afterEach(() => here.close());

const uriOf = (viewer: Viewer) => here.app.uris.actor(viewer.actorId);
const state = async (viewer: Viewer) => (await findRelationship(here.app, viewer, eveId)).following;
const digest = (uris: readonly string[]) =>
  followerDigest(uris, (text) => createHash("sha256").update(text).digest());
const asked = () => eve.asked.filter((path) => path === LIST).length;

/** Follows eve, who accepts, or says nothing. */
async function follow(viewer: Viewer, answer: "accept" | "silence" = "accept"): Promise<void> {
  await followActor(here.app, viewer, eveId);
  await drain(here);
  const sent = eve.received.findLast((one) => one.json["type"] === "Follow");
  if (answer === "silence") return;
  const accept = {
    id: `${eve.actorUri}/accepts/${++count}`,
    type: "Accept",
    actor: eve.actorUri,
    object: sent?.json["id"],
  };
  expect(await deliver(here, eve, accept)).toBe(202);
  await drain(here);
}

function publishList(uris: readonly string[], more: Json = {}): void {
  eve.documents.set(LIST, {
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `https://e.test${LIST}`,
    type: "OrderedCollection",
    orderedItems: uris,
    ...more,
  });
}

type HeaderOptions = { readonly collectionId?: string; readonly url?: string; readonly signed?: boolean };

/** A delivery that tells of eve's followers here. */
async function tell(uris: readonly string[], options: HeaderOptions = {}): Promise<void> {
  const value = toSyncHeader({
    collectionId: options.collectionId ?? `${eve.actorUri}/followers`,
    url: options.url ?? `https://e.test${LIST}`,
    digest: digest(uris),
  });
  const body = JSON.stringify({
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `${eve.actorUri}/likes/${++count}`,
    type: "Like",
    actor: eve.actorUri,
    object: "https://here.test/notes/1",
  });
  const base = { "content-type": "application/activity+json" };
  const headers = options.signed === false ? base : { ...base, "collection-synchronization": value };
  const request = new Request("https://here.test/inbox", { method: "POST", headers, body });
  const signed = await signRequest(request, eve.keys.privateKey, new URL(eve.keyId), {
    spec: "draft-cavage-http-signatures-12",
    currentTime: toInstant(here.clock.now()),
  });
  const all = new Headers(signed.headers);
  all.set("collection-synchronization", value);
  const sent = new Request("https://here.test/inbox", { method: "POST", headers: all, body });
  expect((await here.fetch(sent, { ip: "192.0.2.1" })).status).toBe(202);
  await drain(here);
  // The list is read a little later.
  here.clock.advance(5 * MINUTE);
  await drain(here);
}

describe("a digest that differs", () => {
  it("ends the follows that the other side does not list, quietly", async () => {
    await follow(alice);
    await follow(bob);
    publishList([uriOf(bob)]);
    await tell([uriOf(bob)]);
    expect([await state(alice), await state(bob)]).toEqual(["no", "accepted"]);
    expect((await listNotifications(here.app, alice, {})).items.map((one) => one.kind)).toEqual([]);
    expect(eve.received.filter((one) => one.json["type"] === "Undo")).toEqual([]);
  });

  it("takes back what only the other side has, and heals a lost Accept", async () => {
    await follow(alice, "silence");
    publishList([uriOf(alice), uriOf(bob), "https://here.test/users/99", "https://other.test/users/1"]);
    await tell([uriOf(alice), uriOf(bob)]);
    expect(await state(alice)).toBe("accepted");
    const undone = eve.received.filter((one) => one.json["type"] === "Undo").map((one) => one.json);
    expect(undone).toMatchObject([
      { actor: uriOf(bob), object: { type: "Follow", actor: uriOf(bob), object: eve.actorUri } },
    ]);
  });

  it("causes one look an activity burst, and few an hour", async () => {
    await follow(alice);
    publishList([uriOf(alice)]);
    for (let times = 0; times < 12; times++) await tell([]);
    expect(asked()).toBeGreaterThan(0);
    expect(asked()).toBeLessThanOrEqual(8);
    expect(await state(alice)).toBe("accepted");
  });
});

describe("a digest that is right, or is no reason to look", () => {
  it("the same digest causes nothing", async () => {
    await follow(alice);
    await tell([uriOf(alice)]);
    expect(asked()).toBe(0);
  });

  it.each([
    ["that the signature does not cover", { signed: false }],
    ["of another collection", { collectionId: "https://e.test/users/other/followers" }],
    ["with a list on another host", { url: "https://v.test/list" }],
  ] as const)("a header %s causes nothing", async (_name, options) => {
    await follow(alice);
    publishList([]);
    await tell([], options);
    expect(asked()).toBe(0);
    expect(here.network.log.some((one) => one.url.startsWith("https://v.test"))).toBe(false);
    expect(await state(alice)).toBe("accepted");
  });
});

describe("a list that is not whole ends nobody's follow", () => {
  it.each([
    ["paged", { first: "https://e.test/page" }],
    ["longer than it shows", { totalItems: 5 }],
    ["no collection", { type: "Note" }],
    ["without items", { orderedItems: undefined }],
  ])("%s", async (_name, more) => {
    await follow(alice);
    publishList([], more);
    await tell([]);
    expect(asked()).toBe(1);
    expect(await state(alice)).toBe("accepted");
  });

  it.each([404, 500])("answered with %i", async (status) => {
    await follow(alice);
    eve.documents.set(LIST, new Response(null, { status }));
    await tell([]);
    expect(await state(alice)).toBe("accepted");
  });
});

describe("our own list", () => {
  const ours = () => here.app.uris.followerSync(alice.actorId);

  async function followsAlice(peer: Peer): Promise<void> {
    const activity = {
      id: `${peer.actorUri}/follows/1`,
      type: "Follow",
      actor: peer.actorUri,
      object: uriOf(alice),
    };
    expect(await deliver(here, peer, activity)).toBe(202);
    await drain(here);
  }

  it("shows a server its own people, and nobody else's", async () => {
    const mallory = await createPeer(here, "m.test", "mallory");
    for (const peer of [eve, mallory]) await followsAlice(peer);
    for (const peer of [eve, mallory]) {
      const response = await get(here, ours(), peer);
      expect(response.headers.get("cache-control")).toBe("private, no-store");
      expect(await response.json()).toMatchObject({
        type: "OrderedCollection",
        orderedItems: [peer.actorUri],
      });
    }
  });

  it("is not there for the unsigned, the blocked, or for an actor that is not ours", async () => {
    await followsAlice(eve);
    expect((await get(here, ours())).status).toBe(401);
    expect((await get(here, "https://here.test/users/99/followers_synchronization", eve)).status).toBe(404);
    await blockDomain(here.app, { domain: "e.test" });
    expect((await get(here, ours(), eve)).status).toBe(403);
  });
});
