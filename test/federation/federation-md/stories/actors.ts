import { deleteAccount } from "../../../../server/services/accounts/departures.ts";
import { featureTag, unfeatureTag } from "../../../../server/services/actors/featured-tags.ts";
import { addAlias, moveAccount } from "../../../../server/services/moves/moves.ts";
import { pinNote, unpinNote } from "../../../../server/services/actors/pins.ts";
import { updateProfile } from "../../../../server/services/accounts/profile.ts";
import { aNote, PASSWORD } from "../../../support/instance.ts";
import { actorDocument } from "../../peer.ts";
import { aPicture, createWorld, type Story } from "../world.ts";

export const actors: Readonly<Record<string, Story>> = {
  async person(world) {
    const { here, alice, get, aliceUri } = world;
    const change = {
      fields: [{ name: "Garden", value: "https://garden.example" }],
      attributionDomains: ["garden.example"],
      avatar: await aPicture(),
      indexable: true,
    };
    await world.boFollows();
    const update = await world.theOne("Update", () => updateProfile(here.app, alice.viewer, change));
    const person = await get(aliceUri);
    return {
      person,
      "update-person": { ...update, object: { id: aliceUri, type: "Person", "…": "as served" } },
    };
  },

  async instanceActor({ get }) {
    const links = (await get("/.well-known/nodeinfo", "application/json"))["links"] as {
      rel: string;
      href: string;
    }[];
    const uri = links.find(({ rel }) => rel.endsWith("#Application"))?.href ?? "";
    return { application: await get(uri) };
  },

  async bot({ here, alice, get, aliceUri }) {
    await updateProfile(here.app, alice.viewer, { bot: true });
    const { id, type } = await get(aliceUri);
    return { service: { id, type, "…": "as above" } };
  },

  async authorizedFetch() {
    const guarded = await createWorld({ CAUSEWAY_AUTHORIZED_FETCH: "on" });
    try {
      return { "person-unsigned": guarded.shown(await guarded.get(guarded.aliceUri)) };
    } finally {
      await guarded.here.close();
    }
  },

  async pins(world) {
    const { here, alice, get, aliceUri } = world;
    await world.boFollows();
    const note = await aNote(here, { by: alice.viewer, source: "Start here.", language: "en" });
    world.name(note.id, "201");
    const add = await world.theOne("Add", () => pinNote(here.app, alice.viewer, note.id));
    const featured = await get(`${aliceUri}/featured`);
    const remove = await world.theOne("Remove", () => unpinNote(here.app, alice.viewer, note.id));
    return { add, featured, remove };
  },

  async featuredTags(world) {
    const { here, alice, get, aliceUri } = world;
    await world.boFollows();
    const added = await world.theOne("Add", () => featureTag(here.app, alice.viewer, "Trains"));
    const tags = await get(`${aliceUri}/featured-tags`);
    const removed = await world.theOne("Remove", () => unfeatureTag(here.app, alice.viewer, "Trains"));
    return { "add-hashtag": added, "featured-tags": tags, "remove-hashtag": removed };
  },

  async move(world) {
    const { here, alice, bo, get, aliceUri } = world;
    await world.boFollows();
    bo.documents.set("/users/bo", { ...(await actorDocument(bo, "bo")), alsoKnownAs: [aliceUri] });
    await addAlias(here.app, alice.viewer, bo.actorUri);
    const command = { target: bo.actorUri, password: PASSWORD };
    const move = await world.theOne("Move", () => moveAccount(here.app, alice.viewer, command));
    const { movedTo, alsoKnownAs } = await get(aliceUri);
    return { move, moved: { id: aliceUri, type: "Person", movedTo, alsoKnownAs } };
  },

  async deleted(world) {
    const { here, alice } = world;
    await world.boFollows();
    const sent = await world.theOne("Delete", () =>
      deleteAccount(here.app, alice.viewer, { password: PASSWORD }),
    );
    return { "delete-actor": sent, "tombstone-actor": await world.get(world.aliceUri) };
  },
};
