import { describe, expect, test } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import type { Db } from "../../server/store/database.ts";
import { findMuted, insertMute, listFollows, updateFollow } from "../../server/store/follows.ts";
import { findNeighbour, mediaEntries } from "../../server/store/galleries.ts";
import { findMarkers, raiseMarker } from "../../server/store/markers.ts";
import { updateNote } from "../../server/store/notes.ts";
import { findDescendants, findReplies } from "../../server/store/threads.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeFollow, storeNote } from "../support/rows.ts";

const PICTURE = 1;
const SOUND = 4;

async function withMedia(db: Db, id: number, media: number): Promise<void> {
  await db.updateTable("entries").set({ media }).where("note_id", "=", id).execute();
}

eachDatabase((_name, open) => {
  describe("pictures of one author", () => {
    test("are a list of their own, as far as the reader may see them", async () => {
      const { db } = await open();
      for (const id of [1, 2]) await storeActor(db, id);
      for (const id of [11, 12, 13]) await storeNote(db, id, 1);
      await storeNote(db, 14, 1, { visibility: "followers" });
      await storeNote(db, 15, 2);
      for (const [id, media] of [
        [11, PICTURE],
        [13, SOUND],
        [14, PICTURE],
        [15, PICTURE],
      ] as const)
        await withMedia(db, id, media);
      const ids = async (viewer: number | null) =>
        (await mediaEntries(db, viewer, 1, { limit: 5 })).rows.map((row) => row.note_id);
      expect(await ids(null)).toEqual([13, 11]);
      await storeFollow(db, 70, 2, 1);
      expect(await ids(2)).toEqual([14, 13, 11]);
      expect((await mediaEntries(db, 2, 1, { limit: 1, before: 14 })).rows.map((row) => row.note_id)).toEqual(
        [13],
      );
    });

    test("go on to the nearest note that is no warning, no recording, and for this reader", async () => {
      const { db } = await open();
      for (const id of [1, 2]) await storeActor(db, id);
      for (const id of [11, 12, 13, 14, 15, 16]) await storeNote(db, id, 1);
      for (const id of [11, 13, 14, 15, 16]) await withMedia(db, id, PICTURE);
      await withMedia(db, 12, SOUND);
      await updateNote(db, 13, { sensitive: 1 });
      await updateNote(db, 14, { summary: "Rain" });
      await updateNote(db, 15, { visibility: "direct" });
      const from = (id: number, way: "older" | "newer", viewer: number | null = null) =>
        findNeighbour(db, viewer, { id, actorId: 1 }, way);
      expect(await from(16, "older")).toBe(11);
      expect(await from(16, "older", 1)).toBe(15);
      expect(await from(11, "newer")).toBe(16);
      expect(await from(16, "newer")).toBeNull();
      expect(await from(11, "older")).toBeNull();
    });
  });

  describe("replies", () => {
    test("come in the order that is asked for, a page at a time, then what hangs on them", async () => {
      const { db } = await open();
      for (const id of [1, 2]) await storeActor(db, id);
      await storeNote(db, 10, 1);
      const reply = async (id: number, to: number, change = {}) =>
        await storeNote(db, id, 2, {
          reply_to_id: to,
          reply_to_uri: `https://rows.test/notes/${to}`,
          ...change,
        });
      for (const id of [11, 12, 13]) await reply(id, 10);
      await reply(14, 10, { visibility: "direct" });
      await reply(21, 11);
      await reply(22, 21);
      await reply(23, 12);
      await updateNote(db, 12, { likes_count: 5 });
      const page = async (order: "oldest" | "newest" | "liked", offset = 0) =>
        (await findReplies(db, null, 10, { order, offset, limit: 2 })).map((row) => row.id);
      expect(await page("oldest")).toEqual([11, 12]);
      expect(await page("oldest", 2)).toEqual([13]);
      expect(await page("newest")).toEqual([13, 12]);
      expect(await page("liked")).toEqual([12, 11]);
      const below = async (ids: readonly number[], depth: number) =>
        (await findDescendants(db, null, ids, depth, 50)).map((row) => row.id).toSorted();
      expect(await below([11, 12], 1)).toEqual([21, 23]);
      expect(await below([11, 12], 2)).toEqual([21, 22, 23]);
      expect(await below([], 2)).toEqual([]);
    });

    test("of muted people are known as such while the mute lasts", async () => {
      const { db } = await open();
      for (const id of [1, 2, 3]) await storeActor(db, id);
      await insertMute(db, { id: 90, actorId: 1, targetId: 2, now: 100, expiresAt: 200 });
      await insertMute(db, { id: 91, actorId: 1, targetId: 3, now: 100, expiresAt: null });
      expect((await findMuted(db, 1, [2, 3], 150)).toSorted()).toEqual([2, 3]);
      expect(await findMuted(db, 1, [2, 3], 250)).toEqual([3]);
      expect(await findMuted(db, 2, [1, 3], 150)).toEqual([]);
    });
  });

  describe("how far somebody has read", () => {
    test("only ever grows, list by list", async () => {
      const { db } = await open();
      await storeActor(db, 1);
      await insertAccount(db, {
        id: 5,
        actor_id: 1,
        email: null,
        password_hash: "",
        role: "member",
        locale: null,
        languages: "[]",
        invite_id: null,
        created_at: 0,
        suspended_at: null,
        notifications_read_id: 0,
      });
      const raise = (timeline: string, lastReadId: number, now: number) =>
        raiseMarker(db, { accountId: 5, timeline, lastReadId, now });
      await raise("home", 10, 1);
      await raise("home", 30, 2);
      await raise("home", 20, 3);
      await raise("notifications", 7, 4);
      expect(await findMarkers(db, 5, ["home"])).toEqual([
        { account_id: 5, timeline: "home", last_read_id: 30, version: 2, updated_at: 2 },
      ]);
      expect(await findMarkers(db, 5, ["home", "notifications"])).toHaveLength(2);
      expect(await findMarkers(db, 5, [])).toEqual([]);
    });
  });

  describe("follows", () => {
    test("are found by name and handle, where signs of patterns are just signs", async () => {
      const { db } = await open();
      await storeActor(db, 1);
      await storeActor(db, 2, { name: "Zoë 100%", username: "zoe" });
      await storeActor(db, 3, { name: "林小舟", username: "lin", host: "far.test" });
      for (const id of [2, 3]) await storeFollow(db, 70 + id, id, 1);
      const found = async (words: string) =>
        (await listFollows(db, "followers", 1, "accepted", { limit: 5 }, words)).rows.map(
          (row) => row.actor_id,
        );
      expect((await found("")).toSorted()).toEqual([2, 3]);
      expect(await found("ZOE")).toEqual([2]);
      expect(await found("100%")).toEqual([2]);
      expect(await found("1_0%")).toEqual([]);
      expect(await found("小舟")).toEqual([3]);
      expect(await found("lin@far")).toEqual([3]);
    });

    test("bring boosts and news as their owner wants", async () => {
      const { db } = await open();
      for (const id of [1, 2]) await storeActor(db, id);
      await storeFollow(db, 70, 2, 1);
      expect(await updateFollow(db, 2, 1, { notify: 1, show_announces: 0 })).toBe(true);
      expect(await updateFollow(db, 1, 2, { notify: 1 })).toBe(false);
    });
  });
});
