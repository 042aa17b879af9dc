import { beforeEach, expect, test } from "vitest";
import { featureTag, listFeaturedTags, unfeatureTag } from "../../server/services/actors/featured-tags.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { listPinned, pinNote, unpinNote } from "../../server/services/actors/pins.ts";
import { createPeer, deliver } from "../federation/peer.ts";
import { aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";

const AS2 = { headers: { accept: "application/activity+json" } };

let pair: Pair;
beforeEach(async () => {
  pair = await aPair();
});

/** The texts of the notes pinned on ann's profile, as bo sees it. */
async function pinnedAtWest(): Promise<readonly string[]> {
  const { west, bo } = pair;
  const ann = await find(west, bo.viewer, "@ann@east.test");
  return (await listPinned(west.app, bo.viewer, ann.id)).map((note) =>
    note.contentHtml.replace(/<[^>]*>/g, ""),
  );
}

async function tagsAtWest(): Promise<readonly string[]> {
  const { west, bo } = pair;
  const ann = await find(west, bo.viewer, "@ann@east.test");
  return (await listFeaturedTags(west.app, ann.id)).map(({ name }) => name);
}

test("pinning tells followers, newest first; unpinning and deleting take it back", async () => {
  const { east, west, ann, bo } = pair;
  await follow(pair, west, bo.viewer, "@ann@east.test");
  const notes = [];
  for (const source of ["one", "two", "three"]) notes.push(await aNote(east, { by: ann.viewer, source }));
  await pair.settle();
  for (const note of notes) await pinNote(east.app, ann.viewer, note.id);
  await pair.settle();
  expect(await pinnedAtWest()).toEqual(["three", "two", "one"]);
  const [one, two] = notes;
  if (one === undefined || two === undefined) throw new Error("no notes");
  await unpinNote(east.app, ann.viewer, two.id);
  await deleteNote(east.app, ann.viewer, one.id);
  await pair.settle();
  expect(await pinnedAtWest()).toEqual(["three"]);
});

test("the featured collection holds whole notes in the order of the profile", async () => {
  const { east, ann } = pair;
  const one = await aNote(east, { by: ann.viewer, source: "one", language: "en" });
  const two = await aNote(east, { by: ann.viewer, source: "two" });
  await pinNote(east.app, ann.viewer, one.id);
  await pinNote(east.app, ann.viewer, two.id);
  const response = await east.request(east.app.uris.featured(ann.viewer.actorId), AS2);
  expect(await response.json()).toMatchObject({
    type: "OrderedCollection",
    totalItems: 2,
    orderedItems: [
      { id: two.uri, type: "Note", content: "<p>two</p>" },
      { id: one.uri, type: "Note", contentMap: { en: "<p>one</p>" } },
    ],
  });
});

test("five public notes at most are pinned, all of them one's own", async () => {
  const { east, ann } = pair;
  const hidden = await aNote(east, { by: ann.viewer, visibility: "followers", source: "secret" });
  await expect(pinNote(east.app, ann.viewer, hidden.id)).rejects.toMatchObject({ key: "error.pin_private" });
  if (east.owner === null) throw new Error("no owner");
  const foreign = await aNote(east, { by: east.owner });
  await expect(pinNote(east.app, ann.viewer, foreign.id)).rejects.toMatchObject({ kind: "not_found" });
  for (let index = 0; index < 5; index++)
    await pinNote(east.app, ann.viewer, (await aNote(east, { by: ann.viewer, visibility: "unlisted" })).id);
  const sixth = await aNote(east, { by: ann.viewer });
  await expect(pinNote(east.app, ann.viewer, sixth.id)).rejects.toMatchObject({ key: "error.pin_limit" });
  expect(await listPinned(east.app, null, ann.viewer.actorId)).toHaveLength(5);
});

test("pins and tags from before the follow are read from the profile when the follow is accepted", async () => {
  const { east, west, ann, bo } = pair;
  const note = await aNote(east, { by: ann.viewer, source: "old one" });
  await pinNote(east.app, ann.viewer, note.id);
  await featureTag(east.app, ann.viewer, "#Gardens");
  await follow(pair, west, bo.viewer, "@ann@east.test");
  expect(await pinnedAtWest()).toEqual(["old one"]);
  expect(await tagsAtWest()).toEqual(["Gardens"]);
});

test("tags go to followers as Add and Remove of a Hashtag, and stand in a collection of their own", async () => {
  const { east, west, ann, bo } = pair;
  await follow(pair, west, bo.viewer, "@ann@east.test");
  await featureTag(east.app, ann.viewer, "美食");
  await featureTag(east.app, ann.viewer, "#Gardens");
  await expect(featureTag(east.app, ann.viewer, "two words")).rejects.toMatchObject({
    fields: { tag: { key: "field.tag_form" } },
  });
  await pair.settle();
  expect(await tagsAtWest()).toEqual(["美食", "Gardens"]);
  const add = pair.network.log.map(({ body }) => body).filter((body) => body.includes('"type":"Add"'));
  expect(JSON.parse(add.at(-1) ?? "{}")).toMatchObject({
    type: "Add",
    object: { type: "Hashtag", name: "#Gardens", href: "https://east.test/tags/gardens" },
    target: east.app.uris.featured(ann.viewer.actorId),
  });
  const served = await east.request(east.app.uris.featuredTags(ann.viewer.actorId), AS2);
  expect(await served.json()).toMatchObject({
    totalItems: 2,
    orderedItems: [{ type: "Hashtag", name: "#美食" }, { name: "#Gardens" }],
  });
  await unfeatureTag(east.app, ann.viewer, "gardens");
  await pair.settle();
  expect(await tagsAtWest()).toEqual(["美食"]);
});

test("nobody pins for somebody else, other people's notes, or into another collection", async () => {
  const { west, bo } = pair;
  const eve = await createPeer(west, "eve.test");
  const victim = await createPeer(west, "victim.test");
  for (const peer of [eve, victim]) {
    const document = peer.documents.get("/users/eve");
    peer.documents.set("/users/eve", { ...document, featured: `https://${peer.host}/users/eve/featured` });
    await find(west, bo.viewer, `@eve@${peer.host}`);
  }
  const mine = await aNote(west, { by: bo.viewer });
  const add = async (change: Record<string, unknown>) => {
    await deliver(west, eve, {
      id: `https://eve.test/${west.app.ids.next()}`,
      type: "Add",
      actor: eve.actorUri,
      object: mine.uri,
      target: "https://eve.test/users/eve/featured",
      ...change,
    });
    await drain(west);
  };
  await add({});
  await add({ target: "https://victim.test/users/eve/featured" });
  await add({ target: west.app.uris.featured(bo.viewer.actorId) });
  await add({ type: "Remove", target: west.app.uris.featured(bo.viewer.actorId) });
  const hashtag = { type: "Hashtag", name: "#spam", href: "https://eve.test/tags/spam" };
  await add({ object: hashtag, target: "https://victim.test/users/eve/featured" });
  for (const host of ["eve.test", "victim.test"]) {
    const actor = await find(west, bo.viewer, `@eve@${host}`);
    expect(await listPinned(west.app, bo.viewer, actor.id)).toEqual([]);
    expect(await listFeaturedTags(west.app, actor.id)).toEqual([]);
  }
  expect(await listPinned(west.app, bo.viewer, bo.viewer.actorId)).toEqual([]);
  await add({ object: hashtag });
  const actor = await find(west, bo.viewer, "@eve@eve.test");
  expect(await listFeaturedTags(west.app, actor.id)).toEqual([{ tag: "spam", name: "spam" }]);
});
