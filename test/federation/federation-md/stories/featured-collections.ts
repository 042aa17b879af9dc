import { viewCollection } from "../../../../server/services/collections/collection-views.ts";
import { answerPlace, getPlaces } from "../../../../server/services/collections/collection-consent.ts";
import {
  addToCollection,
  createCollection,
  removeFromCollection,
} from "../../../../server/services/collections/collections.ts";
import { actorDocument } from "../../peer.ts";
import { PUBLIC, type World, type Story } from "../world.ts";

const FEP = "https://w3id.org/fep/7aa9";
const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://gotosocial.org/ns", FEP];

export const featuredCollections: Readonly<Record<string, Story>> = {
  async collectionOfPeople(world) {
    const { here, alice, bo, aliceUri, get } = world;
    await world.boFollows();
    bo.documents.set("/users/bo", { ...(await actorDocument(bo, "bo")), ...asksFirst() });
    const boId = await world.findBo();
    const add = await world.theOne("Add", async () => {
      const form = { name: "Tea people", summary: "They know their leaves.", language: "en", tag: "tea" };
      world.name(await createCollection(here.app, alice.viewer, form), "301");
    });
    const uri = String(
      add["object"] instanceof Object ? (add["object"] as { id: string }).id : add["object"],
    );
    const id = (await idOf(world, uri)) as Parameters<typeof addToCollection>[2];
    const request = await world.theOne("FeatureRequest", () =>
      addToCollection(here.app, alice.viewer, id, boId),
    );
    const stamp = "https://elsewhere.example/stamps/1";
    bo.documents.set("/stamps/1", { "@context": CONTEXT, ...stampOf(stamp, uri, bo.actorUri) });
    const addItem = await world.theOne("Add", () =>
      world.receive({
        id: "https://elsewhere.example/accepts/1",
        type: "Accept",
        object: request["id"],
        result: stamp,
      }),
    );
    const collection = await get(uri);
    const { members } = await viewCollection(here.app, alice.viewer, id);
    const item = members[0]?.itemId;
    if (item === undefined) throw new Error("Nobody stands in the collection.");
    const list = await get(`${aliceUri}/collections`);
    const remove = await world.theOne("Remove", () => removeFromCollection(here.app, alice.viewer, item));
    return {
      "featured-collections": list,
      "featured-collection": collection,
      "add-collection": add,
      "feature-request": request,
      "add-item": addItem,
      "remove-item": remove,
    };
  },

  async placeInCollection(world) {
    const { here, alice, bo, aliceUri, get } = world;
    const uri = "https://elsewhere.example/collections/4";
    const collection = {
      id: uri,
      type: "FeaturedCollection",
      attributedTo: bo.actorUri,
      name: "Train people",
    };
    bo.documents.set("/collections/4", { "@context": CONTEXT, ...collection, orderedItems: [] });
    await world.receive({
      "@context": CONTEXT,
      id: "https://elsewhere.example/feature-requests/4",
      type: "FeatureRequest",
      object: aliceUri,
      instrument: uri,
    });
    const [place] = (await getPlaces(here.app, alice.viewer)).places;
    if (place === undefined) throw new Error("No place was offered.");
    const accept = await world.theOne("Accept", () =>
      answerPlace(here.app, alice.viewer, place.itemId, "accept"),
    );
    const stamp = await get(String(accept["result"]));
    const revoke = await world.theOne("Delete", () =>
      answerPlace(here.app, alice.viewer, place.itemId, "reject"),
    );
    return {
      "accept-feature": accept,
      "feature-authorization": stamp,
      "delete-feature-authorization": revoke,
    };
  },
};

function asksFirst() {
  return {
    "@context": [...CONTEXT, "https://w3id.org/security/v1", { canFeature: `${FEP}#canFeature` }],
    interactionPolicy: { canFeature: { automaticApproval: [], manualApproval: [PUBLIC] } },
  };
}

function stampOf(id: string, collectionUri: string, memberUri: string) {
  return {
    id,
    type: "FeatureAuthorization",
    attributedTo: memberUri,
    interactingObject: collectionUri,
    interactionTarget: memberUri,
  };
}

async function idOf({ here }: World, uri: string): Promise<number> {
  const row = await here.database.db
    .selectFrom("collections")
    .select("id")
    .where("uri", "=", uri)
    .executeTakeFirstOrThrow();
  return row.id;
}
