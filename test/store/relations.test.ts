import { describe, expect, test } from "vitest";
import { actorRow, noteRow } from "../support/rows.ts";
import { eachDatabase } from "../support/databases.ts";
import { insertActor } from "../../server/store/actors.ts";
import type { Db } from "../../server/store/database.ts";
import { removeActorTraces } from "../../server/store/departures.ts";
import { findLastNotes, listDirectory } from "../../server/store/directory.ts";
import { insertBlock, insertFollow, insertMute, listFollows } from "../../server/store/follows.ts";
import {
  countHiddenHosts,
  insertHiddenHost,
  isHiddenHost,
  listHiddenHostRows,
  listTiesWithHost,
  removeHiddenHost,
} from "../../server/store/hidden-hosts.ts";
import { insertEntry } from "../../server/store/notes.ts";
import { sievedProfileEntries } from "../../server/store/profile-entries.ts";
import { findRelations, insertRefusal, listFamiliar, writeComment } from "../../server/store/relations.ts";
import { sieveActors } from "../../server/store/trends.ts";

const ME = 1;
const FRIEND = 2;
const FAR = 3;
const OTHER = 4;

eachDatabase((_, open) => {
  const start = async () => {
    const { db } = await open();
    for (const id of [ME, FRIEND, OTHER]) await insertActor(db, actorRow(id));
    await insertActor(db, actorRow(FAR, { host: "far.test", inbox_uri: "https://far.test/in" }));
    return db;
  };
  const follow = async (db: Db, id: number, actor_id: number, target_id: number, state = "accepted") =>
    insertFollow(db, { id, uri: `https://rows.test/f/${id}`, actor_id, target_id, state, created_at: 0 });
  const hide = async (db: Db, id: number, host: string) =>
    insertHiddenHost(db, { id, actor_id: ME, host, created_at: id });

  describe("what lies between people", () => {
    test("is found for many at once, in both directions", async () => {
      const db = await start();
      await follow(db, 10, ME, FRIEND);
      await follow(db, 11, FAR, ME, "pending");
      await insertBlock(db, { id: 12, uri: "u", actor_id: OTHER, target_id: ME, created_at: 0 });
      await insertMute(db, {
        id: 13,
        actorId: ME,
        targetId: FRIEND,
        now: 0,
        expiresAt: 50,
        hidesNotifications: false,
      });
      await writeComment(db, { actorId: ME, targetId: FAR, comment: "one", now: 1 });
      await writeComment(db, { actorId: ME, targetId: FAR, comment: "two", now: 2 });
      await writeComment(db, { actorId: FRIEND, targetId: FAR, comment: "mine", now: 2 });
      await hide(db, 14, "far.test");
      const found = await findRelations(db, ME, [FRIEND, FAR, OTHER, FAR], 49);
      expect([...found.follows.keys()]).toEqual([FRIEND]);
      expect(found.back.get(FAR)?.state).toBe("pending");
      expect([...found.blockedBy, ...found.blocking]).toEqual([OTHER]);
      expect(found.mutes.get(FRIEND)).toMatchObject({ expires_at: 50, hide_notifications: 0 });
      expect([...found.comments]).toEqual([[FAR, "two"]]);
      expect([...found.hidden]).toEqual([FAR]);
      expect((await findRelations(db, ME, [FRIEND], 50)).mutes.size).toBe(0);
      await writeComment(db, { actorId: ME, targetId: FAR, comment: "", now: 3 });
      expect((await findRelations(db, ME, [FAR], 0)).comments.size).toBe(0);
      expect((await findRelations(db, ME, [], 0)).follows.size).toBe(0);
    });

    test("goes when one of them is gone", async () => {
      const db = await start();
      await writeComment(db, { actorId: ME, targetId: FAR, comment: "one", now: 1 });
      await writeComment(db, { actorId: FAR, targetId: ME, comment: "back", now: 1 });
      await insertRefusal(db, ME, FRIEND, 1);
      await hide(db, 14, "far.test");
      await removeActorTraces(db, FAR);
      expect((await findRelations(db, ME, [FAR], 0)).comments.size).toBe(0);
      expect(await countHiddenHosts(db, ME)).toBe(1);
      await removeActorTraces(db, ME);
      expect(await countHiddenHosts(db, ME)).toBe(0);
      expect(await db.selectFrom("suggestion_refusals").selectAll().execute()).toEqual([]);
    });

    test("are followers whom one follows, unless somebody keeps that to themselves", async () => {
      const db = await start();
      await follow(db, 10, ME, FRIEND);
      await follow(db, 11, ME, OTHER);
      await follow(db, 12, FRIEND, FAR);
      await follow(db, 13, OTHER, FAR);
      expect(await listFamiliar(db, ME, [FAR, ME], 5)).toEqual([
        { target_id: FAR, actor_id: OTHER },
        { target_id: FAR, actor_id: FRIEND },
      ]);
      expect(await listFamiliar(db, ME, [FAR], 1)).toEqual([{ target_id: FAR, actor_id: OTHER }]);
      await db.updateTable("actors").set({ hide_collections: 1 }).where("id", "=", OTHER).execute();
      expect(await listFamiliar(db, ME, [FAR], 5)).toEqual([{ target_id: FAR, actor_id: FRIEND }]);
      await db.updateTable("actors").set({ hide_collections: 1 }).where("id", "=", FAR).execute();
      expect(await listFamiliar(db, ME, [FAR], 5)).toEqual([]);
    });

    test("is walked up as well as down", async () => {
      const db = await start();
      for (const [id, who] of [
        [10, FRIEND],
        [11, FAR],
        [12, OTHER],
      ] as const)
        await follow(db, id, who, ME);
      const ids = async (cursor: {
        readonly before?: number;
        readonly after?: number;
        readonly limit: number;
      }) => (await listFollows(db, "followers", ME, "accepted", cursor)).rows.map((row) => row.id);
      expect(await ids({ limit: 2 })).toEqual([12, 11]);
      expect(await ids({ before: 11, limit: 2 })).toEqual([10]);
      expect(await ids({ after: 10, limit: 1 })).toEqual([11]);
      expect(await ids({ after: 10, before: 99, limit: 1 })).toEqual([12]);
    });
  });

  describe("hidden servers", () => {
    test("are listed, counted, and taken back", async () => {
      const db = await start();
      for (const [id, host] of [
        [10, "a.test"],
        [11, "far.test"],
        [12, "c.test"],
      ] as const)
        expect(await hide(db, id, host)).toBe(true);
      expect(await hide(db, 13, "a.test")).toBe(false);
      const hosts = async (cursor: {
        readonly before?: number;
        readonly after?: number;
        readonly limit: number;
      }) => (await listHiddenHostRows(db, ME, cursor)).rows.map((row) => row.host);
      expect(await hosts({ limit: 2 })).toEqual(["c.test", "far.test"]);
      expect(await hosts({ before: 11, limit: 2 })).toEqual(["a.test"]);
      expect(await hosts({ after: 10, limit: 1 })).toEqual(["far.test"]);
      await follow(db, 20, ME, FAR);
      await follow(db, 21, FAR, ME);
      expect(await listTiesWithHost(db, ME, "far.test", 10)).toEqual([FAR]);
      expect(await isHiddenHost(db, ME, "far.test")).toBe(true);
      expect(await sieveActors(db, ME, [FAR, FRIEND], 0)).toEqual(new Set([FRIEND]));
      await removeHiddenHost(db, ME, "far.test");
      expect(await isHiddenHost(db, ME, "far.test")).toBe(false);
      expect((await sieveActors(db, ME, [FAR, FRIEND], 0)).size).toBe(2);
      await insertRefusal(db, ME, FRIEND, 1);
      await insertRefusal(db, ME, FRIEND, 2);
      expect(await sieveActors(db, ME, [FAR, FRIEND], 0)).toEqual(new Set([FAR]));
    });
  });

  describe("people and their notes", () => {
    const write = async (db: Db, id: number, actorId: number, change: Parameters<typeof noteRow>[2] = {}) => {
      await db
        .insertInto("notes")
        .values(noteRow(id, actorId, { published_at: id, ...change }))
        .execute();
      await insertEntry(db, {
        id,
        actorId,
        noteId: id,
        announce: false,
        visibility: change.visibility ?? "public",
        local: actorId !== FAR,
        reply: typeof change.reply_to_id === "number",
      });
    };

    test("stand in a directory by their last open note or by their age", async () => {
      const db = await start();
      await write(db, 100, FRIEND);
      await write(db, 101, FAR);
      await write(db, 102, OTHER);
      await write(db, 103, FRIEND, { visibility: "followers" });
      const choice = { localOnly: false, order: "active", from: 0, limit: 5, viewer: null, now: 0 } as const;
      expect(await listDirectory(db, choice)).toEqual([OTHER, FAR, FRIEND]);
      expect(await listDirectory(db, { ...choice, localOnly: true, limit: 1, from: 1 })).toEqual([FRIEND]);
      expect(await listDirectory(db, { ...choice, order: "new" })).toEqual([OTHER, FAR, FRIEND, ME]);
      await insertBlock(db, { id: 12, uri: "u", actor_id: OTHER, target_id: ME, created_at: 0 });
      await hide(db, 13, "far.test");
      expect(await listDirectory(db, { ...choice, viewer: ME })).toEqual([FRIEND]);
      expect(await findLastNotes(db, [FRIEND, FAR, ME])).toEqual(
        expect.arrayContaining([
          { actor_id: FRIEND, at: 100 },
          { actor_id: FAR, at: 101 },
        ]),
      );
      expect(await findLastNotes(db, [FRIEND, FAR, ME])).toHaveLength(2);
    });

    test("are sieved by what they are", async () => {
      const db = await start();
      await write(db, 100, FRIEND);
      await write(db, 101, OTHER);
      await write(db, 102, FRIEND, { reply_to_id: 101, reply_to_uri: "x" });
      await write(db, 103, FRIEND, { reply_to_id: 100, reply_to_uri: "x" });
      await write(db, 104, FRIEND, { media: 1 });
      await db.insertInto("note_tags").values({ tag: "moss", note_id: 104 }).execute();
      const ids = async (sieve: Parameters<typeof sievedProfileEntries>[4]) =>
        (await sievedProfileEntries(db, ME, FRIEND, { limit: 9 }, sieve)).rows.map((row) => row.id);
      expect(await ids({})).toEqual([104, 103, 102, 100]);
      expect(await ids({ withoutReplies: true })).toEqual([104, 103, 100]);
      expect(await ids({ mediaOnly: true })).toEqual([104]);
      expect(await ids({ tag: "moss", withoutDirect: true, withoutBoosts: true })).toEqual([104]);
    });
  });
});
