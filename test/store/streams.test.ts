import { expect, test, vi } from "vitest";
import type { Happening } from "../../server/domain/happening.ts";
import { afterCommit, transaction } from "../../server/store/database.ts";
import { createCarrier } from "../../server/store/happenings.ts";
import {
  findHeardEntry,
  listBereaved,
  listEntryReaders,
  listListsWithEntry,
} from "../../server/store/streams.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

const [AUTHOR, FOLLOWER, STRANGER, BLOCKER, NAMED] = [1, 2, 3, 4, 5];

eachDatabase((_name, open) => {
  test("what happened is told after the commit, and never after a rollback", async () => {
    const { db } = await open();
    const told: string[] = [];
    await transaction(db, async (tx) => {
      afterCommit(() => told.push("committed"));
      await storeActor(tx, AUTHOR);
      expect(told).toEqual([]);
    });
    const failed = transaction(db, async () => {
      afterCommit(() => told.push("rolled back"));
      await Promise.reject(new Error("no"));
    });
    await expect(failed).rejects.toThrow("no");
    afterCommit(() => told.push("outside"));
    expect(told).toEqual(["committed", "outside"]);
  });

  test("each reader hears what they may see, in one statement for all of them", async () => {
    const { db } = await open();
    for (const id of [AUTHOR, FOLLOWER, STRANGER, BLOCKER, NAMED]) await storeActor(db, id);
    await storeFollow(db, 20, FOLLOWER, AUTHOR);
    await storeFollow(db, 21, BLOCKER, AUTHOR);
    await storeBlock(db, 22, BLOCKER, AUTHOR);
    await storeNote(db, 30, AUTHOR);
    await storeNote(db, 31, AUTHOR, { visibility: "followers" });
    await storeNote(db, 32, AUTHOR, { visibility: "direct", uri: "https://rows.test/d" }, [NAMED]);
    const everybody = [AUTHOR, FOLLOWER, STRANGER, BLOCKER, NAMED];
    const hearing = async (id: number) => {
      const entry = await findHeardEntry(db, id);
      if (entry === undefined) throw new Error("It is gone.");
      const readers = await listEntryReaders(db, entry, everybody, 0);
      return {
        open: entry.open,
        sees: readers.map(({ actor_id }) => actor_id).toSorted(),
        home: readers.flatMap(({ actor_id, home }) => (home === 1 ? [actor_id] : [])).toSorted(),
      };
    };
    expect(await hearing(30)).toEqual({
      open: 1,
      sees: [AUTHOR, FOLLOWER, STRANGER, NAMED],
      home: [AUTHOR, FOLLOWER],
    });
    expect(await hearing(31)).toEqual({ open: 0, sees: [AUTHOR, FOLLOWER], home: [AUTHOR, FOLLOWER] });
    expect(await hearing(32)).toEqual({ open: 0, sees: [AUTHOR, NAMED], home: [AUTHOR] });
    const gone = { noteId: 32, actorId: AUTHOR, isForFollowers: false };
    expect([...(await listBereaved(db, gone, everybody, [])).actors].toSorted()).toEqual([AUTHOR, NAMED]);
    expect(await findHeardEntry(db, 99)).toBeUndefined();
  });

  test("a list hears its members, and answers as its owner chose", async () => {
    const { db } = await open();
    for (const id of [AUTHOR, FOLLOWER, STRANGER]) await storeActor(db, id);
    const base = { actor_id: FOLLOWER, title: "x", exclusive: 0, created_at: 0 } as const;
    await db
      .insertInto("lists")
      .values([
        { ...base, id: 40, replies: "list" },
        { ...base, id: 41, replies: "none" },
        { ...base, id: 42, replies: "followed" },
        { ...base, id: 43, replies: "list" },
      ])
      .execute();
    await db
      .insertInto("list_members")
      .values([40, 41, 42].map((list_id) => ({ list_id, actor_id: AUTHOR })))
      .execute();
    await storeNote(db, 50, STRANGER);
    await storeNote(db, 51, AUTHOR);
    await storeNote(db, 52, AUTHOR, { reply_to_id: 50, reply_to_uri: "https://rows.test/notes/50" });
    const all = [40, 41, 42, 43];
    expect([...(await listListsWithEntry(db, 51, all))].toSorted()).toEqual([40, 41, 42]);
    expect([...(await listListsWithEntry(db, 52, all))]).toEqual([]);
    await storeFollow(db, 60, FOLLOWER, STRANGER);
    expect([...(await listListsWithEntry(db, 52, all))]).toEqual([42]);
    await db.insertInto("list_members").values({ list_id: 40, actor_id: STRANGER }).execute();
    expect([...(await listListsWithEntry(db, 52, all))].toSorted()).toEqual([40, 42]);
  });

  test("processes on one database hear each other, once each", async () => {
    const database = await open();
    const [one, other] = [createCarrier(database, "one"), createCarrier(database, "other")];
    const heard: (readonly [string, Happening])[] = [];
    one.subscribe((happening) => heard.push(["one", happening]));
    other.subscribe((happening) => heard.push(["other", happening]));
    one.listen();
    other.listen();
    if (database.dialect === "postgres")
      await vi.waitFor(() => {
        other.publish({ type: "access" });
        expect(heard.some(([who]) => who === "one")).toBe(true);
      }, 10_000);
    const told = Array.from({ length: 400 }, (_, index): [number, number] => [index, 2 ** 52 + index]);
    one.publish({ type: "notified", told });
    one.publish({ type: "entry", id: 7 });
    const wanted = database.dialect === "postgres" ? 2 + 4 : 2;
    const news = () => heard.filter(([, happening]) => happening.type !== "access");
    await vi.waitFor(() => expect(news()).toHaveLength(wanted), 10_000);
    const elsewhere = news().flatMap(([who, happening]) => (who === "other" ? [happening] : []));
    if (database.dialect === "postgres") {
      expect(elsewhere.flatMap((one) => (one.type === "notified" ? one.told : []))).toEqual(told);
      expect(elsewhere.at(-1)).toEqual({ type: "entry", id: 7 });
    }
    await Promise.all([one.stop(), other.stop()]);
  });
});
