import { describe, expect, test } from "vitest";
import { findActorIdByUri, findRelationship } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { blockActor, listBlocks, unblockActor } from "../../server/services/relations/relationships.ts";
import { search } from "../../server/services/search.ts";
import { homeTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote } from "../support/instance.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";
import { aCreate, createPeer, deliver } from "./peer.ts";

/** Ann and Bo follow each other, and Ann blocks Bo. */
async function aBlock(): Promise<Pair & { readonly annAtWest: number; readonly boAtEast: number }> {
  const pair = await aPair();
  const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
  const ann = await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
  await aNote(pair.east, { by: pair.ann.viewer, source: "before" });
  await pair.settle();
  await blockActor(pair.east.app, pair.ann.viewer, bo.id);
  await pair.settle();
  return { ...pair, annAtWest: ann.id, boAtEast: bo.id };
}

const kinds = async ({ west, bo }: Pair) =>
  (await listNotifications(west.app, bo.viewer, {})).items.map((one) => one.kind);

describe("a Block", () => {
  test("ends follows on both sides, hides both from each other, and is told to nobody (AUZ-16)", async () => {
    const pair = await aBlock();
    const { east, west, ann, bo } = pair;
    const blocks = pair.network.log.filter((one) => one.body.includes('"Block"'));
    expect(blocks.map((one) => one.url)).toEqual([west.app.uris.inbox(bo.viewer.actorId)]);
    const annId = await findActorIdByUri(west.app, east.app.uris.actor(ann.viewer.actorId));
    if (annId === null) throw new Error("ann is not known");
    expect(await findRelationship(west.app, bo.viewer, annId)).toMatchObject({
      following: "no",
      followedBy: false,
      blockedBy: true,
    });
    expect((await homeTimeline(west.app, bo.viewer, {})).items).toEqual([]);
    expect((await profileTimeline(west.app, bo.viewer, annId, {})).items).toEqual([]);
    expect((await search(west.app, bo.viewer, "before")).notes).toEqual([]);
    expect(await kinds(pair)).toEqual([]);
    expect((await listBlocks(west.app, bo.viewer, {})).items).toEqual([]);
    await expect(followActor(west.app, bo.viewer, annId)).rejects.toMatchObject({ kind: "forbidden" });
  });

  test("keeps everything that is written afterwards from them, also where they are named; its end they hear", async () => {
    const { east, west, ann, ...pair } = await aBlock();
    const sent = () =>
      pair.network.log.filter((one) => one.method === "POST" && one.url.includes("west.test"));
    const before = sent().length;
    const note = await aNote(east, { by: ann.viewer, source: "about @bo@west.test" });
    await aNote(east, { by: ann.viewer, source: "to @bo@west.test", visibility: "direct" });
    await pair.settle();
    expect(sent()).toHaveLength(before);
    await deleteNote(east.app, ann.viewer, note.id);
    await pair.settle();
    expect(
      sent()
        .slice(before)
        .map((one) => JSON.parse(one.body) as object),
    ).toMatchObject([{ type: "Delete" }]);
    expect(await fetchNote(west.app, null, note.uri)).toBeNull();
  });

  test("that is taken back shows both again and brings no follow back", async () => {
    const pair = await aBlock();
    const { east, west, ann, bo } = pair;
    await unblockActor(east.app, ann.viewer, (await find(east, ann.viewer, "@bo@west.test")).id);
    await pair.settle();
    const there = await find(west, bo.viewer, "@ann@east.test");
    expect(await findRelationship(west.app, bo.viewer, there.id)).toMatchObject({
      blockedBy: false,
      following: "no",
    });
    expect((await profileTimeline(west.app, bo.viewer, there.id, {})).items).toHaveLength(1);
    await follow(pair, west, bo.viewer, "@ann@east.test");
    expect((await findRelationship(west.app, bo.viewer, there.id)).following).toBe("accepted");
  });

  test("F22: that comes after its Undo blocks nobody", async () => {
    const { east, ann } = await aPair();
    const peer = await createPeer(east, "far.test");
    const target = east.app.uris.actor(ann.viewer.actorId);
    const block = { id: "https://far.test/b", type: "Block", actor: peer.actorUri, object: target };
    await deliver(east, peer, {
      id: "https://far.test/u",
      type: "Undo",
      actor: peer.actorUri,
      object: block,
    });
    await east.worker.drain();
    await deliver(east, peer, block);
    await east.worker.drain();
    const id = await findActorIdByUri(east.app, peer.actorUri);
    if (id !== null) expect((await findRelationship(east.app, ann.viewer, id)).blockedBy).toBe(false);
  });

  test("AUZ-16: in the name of somebody else, or of somebody who is not ours, changes nothing", async () => {
    const pair = await aPair();
    const { east, ann } = pair;
    await follow(pair, east, ann.viewer, "@bo@west.test");
    const eve = await createPeer(east, "e.test");
    const bo = await find(east, ann.viewer, "@bo@west.test");
    const object = east.app.uris.actor(ann.viewer.actorId);
    expect(await deliver(east, eve, { id: "https://e.test/b", type: "Block", actor: bo.uri, object })).toBe(
      401,
    );
    await deliver(east, eve, { id: "https://e.test/b2", type: "Block", actor: eve.actorUri, object: bo.uri });
    await east.worker.drain();
    expect(await findRelationship(east.app, ann.viewer, bo.id)).toMatchObject({
      following: "accepted",
      blockedBy: false,
    });
    const { n } = await east.database.db
      .selectFrom("blocks")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    expect(Number(n)).toBe(0);
  });

  test("AUZ-17: whoever is blocked is neither seen nor heard, whatever they send", async () => {
    const { east, ann } = await aPair();
    const eve = await createPeer(east, "e.test");
    const note = await aNote(east, { by: ann.viewer });
    await deliver(east, eve, {
      id: "https://e.test/l0",
      type: "Like",
      actor: eve.actorUri,
      object: note.uri,
    });
    await east.worker.drain();
    const eveId = await findActorIdByUri(east.app, eve.actorUri);
    if (eveId === null) throw new Error("eve is not known");
    await blockActor(east.app, ann.viewer, eveId);
    await deliver(east, eve, { id: "https://e.test/l", type: "Like", actor: eve.actorUri, object: note.uri });
    await deliver(east, eve, {
      id: "https://e.test/a",
      type: "Announce",
      actor: eve.actorUri,
      object: note.uri,
      to: ["https://www.w3.org/ns/activitystreams#Public"],
    });
    await deliver(east, eve, {
      id: "https://e.test/f",
      type: "Follow",
      actor: eve.actorUri,
      object: east.app.uris.actor(ann.viewer.actorId),
    });
    const mention = [
      { type: "Mention", href: east.app.uris.actor(ann.viewer.actorId), name: "@ann@east.test" },
    ];
    await deliver(east, eve, aCreate(eve, "1", { inReplyTo: note.uri, tag: mention }));
    await east.worker.drain();
    expect((await listNotifications(east.app, ann.viewer, {})).items).toEqual([]);
    expect(await fetchNote(east.app, ann.viewer, "https://e.test/notes/1")).toBeNull();
    expect(await findRelationship(east.app, ann.viewer, eveId)).toMatchObject({ followedBy: false });
    const other = (await aMember(east, "other")).viewer;
    expect((await fetchNote(east.app, other, note.uri))?.announcesCount).toBe(0);
  });
});
