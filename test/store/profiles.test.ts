import { describe, expect, test } from "vitest";
import { asId, type ActorId } from "../../server/domain/ids.ts";
import { moveRelations } from "../../server/services/moves/moved-relations.ts";
import { updateActor } from "../../server/store/actors.ts";
import {
  findItemByStamp,
  findLocalOwner,
  insertCollection,
  insertItem,
  listCollectionRows,
  listPlaces,
  removeCollectionsOf,
} from "../../server/store/collections.ts";
import {
  insertFeaturedTag,
  listFeaturedTagRows,
  removeFeaturedTag,
  replaceFeaturedTags,
} from "../../server/store/featured-tags.ts";
import { findFollow, findRelation, insertMute } from "../../server/store/follows.ts";
import { countDeliveriesOf, hasLocalRelation } from "../../server/store/moves.ts";
import { buryNote } from "../../server/store/notes.ts";
import {
  countPins,
  findPinned,
  insertPin,
  listPinnedNoteIds,
  removePin,
  replacePins,
  trimPins,
} from "../../server/store/pins.ts";
import { partialApp } from "../support/app.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

eachDatabase((_name, open) => {
  describe("pins", () => {
    test("are listed newest first, as far as everybody may see the notes", async () => {
      const { db } = await open();
      await storeActor(db, 1);
      for (const id of [11, 12, 13]) await storeNote(db, id, 1);
      await storeNote(db, 14, 1, { visibility: "followers" });
      for (const [id, noteId] of [
        [101, 13],
        [102, 11],
        [103, 14],
        [104, 12],
      ] as const)
        expect(await insertPin(db, { id, actorId: 1, noteId })).toBe(true);
      expect(await insertPin(db, { id: 105, actorId: 1, noteId: 11 })).toBe(false);
      expect(await listPinnedNoteIds(db, 1, 5)).toEqual([12, 11, 13]);
      expect(await listPinnedNoteIds(db, 1, 2)).toEqual([12, 11]);
      expect(await countPins(db, 1)).toBe(4);
      expect(await findPinned(db, [11, 15])).toEqual(new Set([11]));
      await buryNote(db, { id: 12, actor_id: 1, reply_to_id: null, visibility: "public" }, 1);
      expect(await removePin(db, 1, 13)).toBe(true);
      expect(await removePin(db, 1, 13)).toBe(false);
      expect(await listPinnedNoteIds(db, 1, 5)).toEqual([11]);
    });

    test("are replaced as a whole, and cut to the newest", async () => {
      const { db } = await open();
      await storeActor(db, 1);
      for (const id of [11, 12, 13]) await storeNote(db, id, 1);
      await insertPin(db, { id: 101, actorId: 1, noteId: 11 });
      await replacePins(db, 1, [
        { id: 202, noteId: 12 },
        { id: 203, noteId: 13 },
      ]);
      expect(await listPinnedNoteIds(db, 1, 5)).toEqual([13, 12]);
      await trimPins(db, 1, 1);
      expect(await listPinnedNoteIds(db, 1, 5)).toEqual([13]);
    });
  });

  test("featured tags are kept once each, oldest first", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    const row = (id: number, tag: string) => ({ id, actor_id: 1, tag, name: tag.toUpperCase() });
    expect(await insertFeaturedTag(db, row(1, "tea"))).toBe(true);
    expect(await insertFeaturedTag(db, row(2, "tea"))).toBe(false);
    await insertFeaturedTag(db, row(3, "food"));
    expect((await listFeaturedTagRows(db, 1, 5)).map(({ name }) => name)).toEqual(["TEA", "FOOD"]);
    expect(await removeFeaturedTag(db, 1, "tea")).toMatchObject({ name: "TEA" });
    expect(await removeFeaturedTag(db, 1, "tea")).toBeUndefined();
    await replaceFeaturedTags(db, 1, [row(4, "cats")]);
    expect((await listFeaturedTagRows(db, 1, 5)).map(({ tag }) => tag)).toEqual(["cats"]);
  });

  test("collections and places in them go with whoever leaves, and stamps are found by whose they are", async () => {
    const { db } = await open();
    await storeActor(db, 1);
    await storeActor(db, 2, { host: "far.test" });
    const collection = (id: number, actorId: number) => ({
      id,
      uri: `https://rows.test/collections/${id}`,
      actor_id: actorId,
      name: "n",
      summary: "",
      language: null,
      sensitive: 0 as const,
      discoverable: 1 as const,
      tag: null,
      created_at: 0,
      updated_at: 0,
    });
    await insertCollection(db, collection(10, 1));
    await insertCollection(db, collection(20, 2));
    const item = (id: number, collectionId: number, actorId: number) => ({
      id,
      uri: `https://rows.test/items/${id}`,
      collection_id: collectionId,
      actor_id: actorId,
      state: "accepted",
      authorization_uri: `https://rows.test/stamps/${id}`,
      created_at: 0,
    });
    expect(await insertItem(db, item(100, 10, 2))).toBe(true);
    expect(await insertItem(db, item(101, 10, 2))).toBe(false);
    expect(await insertItem(db, item(102, 20, 1))).toBe(true);
    expect(await findItemByStamp(db, 2, "https://rows.test/stamps/100")).toMatchObject({ id: 100 });
    expect(await findItemByStamp(db, 1, "https://rows.test/stamps/100")).toBeUndefined();
    expect(await findLocalOwner(db, 10)).toBe(1);
    expect(await findLocalOwner(db, 20)).toBeNull();
    expect(await listPlaces(db, 1, 5)).toMatchObject([{ id: 102, owner_id: 2, name: "n" }]);
    await removeCollectionsOf(db, 1);
    expect(await listCollectionRows(db, 1, 5)).toEqual([]);
    expect(await listPlaces(db, 1, 5)).toEqual([]);
    expect(await listCollectionRows(db, 2, 5)).toHaveLength(1);
  });

  describe("a move", () => {
    const OLD = asId<ActorId>(1);
    const NEW = asId<ActorId>(2);

    test("takes follows, mutes and blocks of many along, once, however often its job runs", async () => {
      const { db } = await open();
      const app = partialApp(db);
      for (const id of [OLD, NEW]) await storeActor(db, id, { host: "far.test" });
      await updateActor(db, OLD, { moved_to_uri: `https://rows.test/users/${NEW}` });
      for (let id = 100; id < 160; id++) {
        await storeActor(db, id);
        await storeFollow(db, 1000 + id, id, OLD);
      }
      // Follows the new one already; is blocked there; mutes; blocks; follows from afar.
      await storeFollow(db, 2000, 100, NEW);
      await storeBlock(db, 2001, NEW, 101);
      await insertMute(db, { id: 2002, actorId: 102, targetId: OLD, now: 0, expiresAt: 77 });
      await storeActor(db, 200);
      await storeBlock(db, 2003, 200, OLD);
      await storeActor(db, 201, { host: "other.test" });
      await storeFollow(db, 2004, 201, OLD);
      expect(await hasLocalRelation(db, OLD)).toBe(true);
      await moveRelations(app, OLD, NEW);
      await moveRelations(app, OLD, NEW);
      expect(await findFollow(db, 100, NEW)).toMatchObject({ id: 2000 });
      expect(await findFollow(db, 101, NEW)).toBeUndefined();
      for (const id of [102, 130, 159]) {
        expect(await findFollow(db, id, NEW)).toMatchObject({ state: "pending" });
        expect(await findFollow(db, id, OLD)).toBeUndefined();
      }
      expect((await findRelation(db, 102, NEW, 50)).mute).toBeDefined();
      expect((await findRelation(db, 102, NEW, 99)).mute).toBeUndefined();
      expect((await findRelation(db, 200, NEW, 0)).block).toBeDefined();
      expect(await findFollow(db, 201, OLD)).toBeDefined();
    });

    test("that was taken back in the meantime changes nothing", async () => {
      const { db } = await open();
      const app = partialApp(db);
      for (const id of [OLD, NEW]) await storeActor(db, id, { host: "far.test" });
      await storeActor(db, 100);
      await storeFollow(db, 1100, 100, OLD);
      await moveRelations(app, OLD, NEW);
      expect(await findFollow(db, 100, OLD)).toBeDefined();
      expect(await hasLocalRelation(db, NEW)).toBe(false);
    });

    test("has its deliveries counted", async () => {
      const { db } = await open();
      expect(await countDeliveriesOf(db, 5)).toEqual({ waiting: 0, failed: 0 });
    });
  });
});
