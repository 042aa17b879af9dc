import { beforeEach, describe, expect, test } from "vitest";
import { listCollections, viewCollection } from "../../server/services/collections/collection-views.ts";
import {
  answerPlace,
  getPlaces,
  setFeatureChoice,
} from "../../server/services/collections/collection-consent.ts";
import {
  addToCollection,
  changeCollection,
  createCollection,
  deleteCollection,
  removeFromCollection,
} from "../../server/services/collections/collections.ts";
import { requestFeatured } from "../../server/services/actors/featured.ts";
import type { CollectionId } from "../../server/domain/ids.ts";
import { createPeer, deliver } from "../federation/peer.ts";
import { aMember, type Member, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";

type Json = Record<string, unknown>;

let pair: Pair;
/** A collection of ann of east. */
let tea: CollectionId;
beforeEach(async () => {
  pair = await aPair();
  tea = await createCollection(pair.east.app, pair.ann.viewer, {
    name: "Tea people",
    summary: "They know their leaves.",
    language: "en",
    tag: "#Tea",
  });
  await pair.settle();
});

async function get(instance: TestInstance, uri: string): Promise<{ status: number; json: Json }> {
  const response = await instance.request(uri, { headers: { accept: "application/activity+json" } });
  const text = await response.text();
  return { status: response.status, json: text === "" ? {} : (JSON.parse(text) as Json) };
}

/** Ann puts bo of west into her collection; his answer is up to him. */
async function annAddsBo(): Promise<void> {
  const bo = await find(pair.east, pair.ann.viewer, "@bo@west.test");
  await addToCollection(pair.east.app, pair.ann.viewer, tea, bo.id);
  await pair.settle();
}

async function boAnswers(answer: "accept" | "reject"): Promise<void> {
  const [place] = (await getPlaces(pair.west.app, pair.bo.viewer)).places;
  if (place === undefined) throw new Error("no place was offered");
  await answerPlace(pair.west.app, pair.bo.viewer, place.itemId, answer);
  await pair.settle();
}

async function members(viewer: Member["viewer"] | null = null): Promise<readonly string[]> {
  const shown = await viewCollection(pair.east.app, viewer, tea);
  return shown.members.map(({ actor, state }) => `${actor.username} ${state}`);
}

describe("putting somebody elsewhere into a collection", () => {
  test("asks them first, shows them once they agreed, and ends when they take it back", async () => {
    const { east, west, bo } = pair;
    await annAddsBo();
    expect(await members()).toEqual([]);
    expect(await members(pair.ann.viewer)).toEqual(["bo pending"]);
    expect((await getPlaces(west.app, bo.viewer)).places).toMatchObject([
      { name: "Tea people", state: "pending", owner: { username: "ann" } },
    ]);
    await boAnswers("accept");
    expect(await members()).toEqual(["bo accepted"]);

    const { json } = await get(east, east.app.uris.collection(tea));
    expect(json).toMatchObject({
      type: "FeaturedCollection",
      attributedTo: east.app.uris.actor(pair.ann.viewer.actorId),
      name: "Tea people",
      summary: "They know their leaves.",
      summaryMap: { en: "They know their leaves." },
      topic: { type: "Hashtag", name: "#tea" },
      totalItems: 1,
      orderedItems: [
        {
          type: "FeaturedItem",
          featuredObject: west.app.uris.actor(bo.viewer.actorId),
          featuredObjectType: "Person",
        },
      ],
    });
    const [item] = json["orderedItems"] as Json[];
    const stampUri = String(item?.["featureAuthorization"]);
    expect(new URL(stampUri).host).toBe("west.test");
    expect((await get(west, stampUri)).json).toMatchObject({
      type: "FeatureAuthorization",
      interactingObject: east.app.uris.collection(tea),
      interactionTarget: west.app.uris.actor(bo.viewer.actorId),
    });
    expect((await get(east, String(item?.["id"]))).json["type"]).toBe("FeaturedItem");

    await boAnswers("reject");
    expect(await members()).toEqual([]);
    expect((await get(west, stampUri)).status).toBe(410);
  });

  test("is a no by itself when they want nobody to, and a yes when they let everybody", async () => {
    const { west, bo } = pair;
    await setFeatureChoice(west.app, bo.viewer, "everyone");
    await pair.settle();
    await annAddsBo();
    expect(await members()).toEqual(["bo accepted"]);
    const cy = await aMember(west, "cy");
    await setFeatureChoice(west.app, cy.viewer, "nobody");
    const seen = await find(pair.east, pair.ann.viewer, "@cy@west.test");
    await expect(addToCollection(pair.east.app, pair.ann.viewer, tea, seen.id)).rejects.toMatchObject({
      key: "error.feature_refused",
    });
  });

  test("that was refused leaves nothing, and a stranger's yes counts for nothing", async () => {
    await annAddsBo();
    const eve = await createPeer(pair.east, "eve.test");
    const asked = pair.network.log.map(({ body }) => body).find((body) => body.includes('"FeatureRequest"'));
    await deliver(pair.east, eve, {
      id: "https://eve.test/accept",
      type: "Accept",
      actor: eve.actorUri,
      object: (JSON.parse(asked ?? "{}") as Json)["id"],
      result: "https://eve.test/stamp",
    });
    await drainWithFaults(pair.east);
    expect(await members()).toEqual([]);
    await boAnswers("reject");
    expect(await members(pair.ann.viewer)).toEqual([]);
  });
});

describe("a collection elsewhere", () => {
  test("is shown on the profile with those who agreed, and follows what its owner does", async () => {
    const { east, west, ann, bo } = pair;
    await setFeatureChoice(west.app, bo.viewer, "everyone");
    await pair.settle();
    await annAddsBo();
    await follow(pair, west, bo.viewer, "@ann@east.test");
    const seen = await find(west, bo.viewer, "@ann@east.test");
    const [collection] = await listCollections(west.app, seen.id);
    if (collection === undefined) throw new Error("no collection");
    expect(collection).toMatchObject({ name: "Tea people", tag: "tea", language: "en" });
    const membersAtWest = async () =>
      (await viewCollection(west.app, bo.viewer, collection.id)).members.map(({ actor }) => actor.username);
    expect(await membersAtWest()).toEqual(["bo"]);

    await changeCollection(east.app, ann.viewer, tea, { name: "Coffee people", summary: "" });
    await pair.settle();
    expect((await listCollections(west.app, seen.id)).map(({ name }) => name)).toEqual(["Coffee people"]);
    const dee = await aMember(east, "dee");
    await setFeatureChoice(east.app, dee.viewer, "everyone");
    await addToCollection(east.app, ann.viewer, tea, dee.viewer.actorId);
    await pair.settle();
    expect(await membersAtWest()).toEqual(["bo", "dee"]);
    const place = (await viewCollection(east.app, null, tea)).members.find(
      ({ actor }) => actor.username === "dee",
    );
    if (place === undefined) throw new Error("no place");
    await removeFromCollection(east.app, ann.viewer, place.itemId);
    await pair.settle();
    expect(await membersAtWest()).toEqual(["bo"]);
    await deleteCollection(east.app, ann.viewer, tea);
    await pair.settle();
    expect(await listCollections(west.app, seen.id)).toEqual([]);
  });

  test("shows nobody who did not agree: no stamp, somebody else's, one for another collection, one of ours forged", async () => {
    const { west, bo } = pair;
    const eve = await createPeer(west, "eve.test");
    const victim = await createPeer(west, "victim.test");
    const list = "https://eve.test/users/eve/collections";
    const uri = "https://eve.test/collections/1";
    const document = eve.documents.get("/users/eve");
    eve.documents.set("/users/eve", { ...document, featuredCollections: list });
    const stamp = {
      type: "FeatureAuthorization",
      interactingObject: uri,
      interactionTarget: victim.actorUri,
    };
    eve.documents.set("/stamp", { id: "https://eve.test/stamp", ...stamp });
    victim.documents.set("/other", {
      ...stamp,
      id: "https://victim.test/other",
      interactingObject: "https://eve.test/collections/2",
    });
    const boUri = west.app.uris.actor(bo.viewer.actorId);
    const item = (n: number, featuredObject: string, featureAuthorization?: string) => ({
      id: `${uri}/${n}`,
      type: "FeaturedItem",
      featuredObject,
      featureAuthorization,
    });
    const collection = (orderedItems: readonly Json[]) => ({
      "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/fep/7aa9"],
      id: uri,
      type: "FeaturedCollection",
      attributedTo: eve.actorUri,
      name: "Fools",
      orderedItems,
    });
    eve.documents.set("/users/eve/collections", { id: list, type: "OrderedCollection", orderedItems: [uri] });
    eve.documents.set("/collections/1", {
      ...collection([
        item(1, victim.actorUri),
        item(2, victim.actorUri, "https://eve.test/stamp"),
        item(3, victim.actorUri, "https://victim.test/other"),
        item(4, boUri, "https://west.test/feature-authorizations/1"),
      ]),
    });
    const seen = await find(west, bo.viewer, "@eve@eve.test");
    const shown = async () => {
      await requestFeatured(west.app, seen.id, "changed");
      pair.clock.advance(3_600_000);
      await drain(west);
      const [one] = await listCollections(west.app, seen.id);
      return one === undefined ? null : (await viewCollection(west.app, bo.viewer, one.id)).members.length;
    };
    expect(await shown()).toBe(0);
    victim.documents.set("/stamp", { id: "https://victim.test/stamp", ...stamp });
    eve.documents.set("/collections/1", collection([item(5, victim.actorUri, "https://victim.test/stamp")]));
    expect(await shown()).toBe(1);
  });

  test("of one server is not another's to ask for", async () => {
    const { west, bo } = pair;
    const eve = await createPeer(west, "eve.test");
    const victim = await createPeer(west, "victim.test");
    victim.documents.set("/collections/1", {
      "@context": "https://w3id.org/fep/7aa9",
      id: "https://victim.test/collections/1",
      type: "FeaturedCollection",
      attributedTo: victim.actorUri,
      name: "Mine",
    });
    await deliver(west, eve, {
      id: "https://eve.test/requests/1",
      type: "FeatureRequest",
      actor: eve.actorUri,
      object: west.app.uris.actor(bo.viewer.actorId),
      instrument: "https://victim.test/collections/1",
    });
    await drainWithFaults(west);
    expect((await getPlaces(west.app, bo.viewer)).places).toEqual([]);
  });
});
