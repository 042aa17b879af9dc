import { describe, expect, test } from "vitest";
import type { Db } from "../../server/store/database.ts";
import {
  canonicalJson,
  casValue,
  deleteValue,
  fromKey,
  getValue,
  type KvKey,
  listValues,
  setValue,
  sweepExpired,
  takeLease,
  toKey,
} from "../../server/store/kv.ts";
import { eachDatabase } from "../support/databases.ts";

const NOW = 1_000_000;

async function listed(db: Db, prefix?: KvKey, now = NOW): Promise<KvKey[]> {
  return (await Array.fromAsync(listValues(db, prefix, () => now))).map((entry) => entry.key);
}

describe("the key-value store", () => {
  eachDatabase((_name, open) => {
    test("gives back what was set, and nothing after it was deleted or set to undefined", async () => {
      const { db } = await open();
      const value = { b: [1, null, "ü\u0000"], a: { d: true, c: 1.5 } };
      await setValue(db, ["a", "b"], value, NOW);
      expect(await getValue(db, ["a", "b"], NOW)).toEqual(value);
      expect(await getValue(db, ["a"], NOW)).toBeUndefined();
      await setValue(db, ["a", "b"], "again", NOW);
      expect(await getValue(db, ["a", "b"], NOW)).toBe("again");
      await setValue(db, ["a", "b"], undefined, NOW);
      expect(await getValue(db, ["a", "b"], NOW)).toBeUndefined();
      await setValue(db, ["a", "b"], null, NOW);
      expect(await getValue(db, ["a", "b"], NOW)).toBeNull();
      await deleteValue(db, ["a", "b"]);
      expect(await getValue(db, ["a", "b"], NOW)).toBeUndefined();
    });

    test("hides what has expired at once, and forgets the expiry when it is set again without one", async () => {
      const { db } = await open();
      await setValue(db, ["k"], 1, NOW, 10);
      expect(await getValue(db, ["k"], NOW + 9)).toBe(1);
      expect(await getValue(db, ["k"], NOW + 10)).toBeUndefined();
      expect(await listed(db, undefined, NOW + 10)).toEqual([]);
      await setValue(db, ["k"], 2, NOW);
      expect(await getValue(db, ["k"], NOW + 1_000_000)).toBe(2);
    });

    test("lists a prefix and what is under it, not its neighbours", async () => {
      const { db } = await open();
      const keys: KvKey[] = [
        ["a"],
        ["a", "b"],
        ["a", "b", "c"],
        ["ab"],
        ["a "],
        ["a\u001f", "x"],
        ["a\u001b"],
        ["b"],
        ["a\u0000"],
      ];
      for (const key of keys) await setValue(db, key, key.length, NOW);
      expect(await listed(db, ["a"])).toEqual([["a"], ["a", "b"], ["a", "b", "c"]]);
      expect(await listed(db, ["a", "b"])).toEqual([
        ["a", "b"],
        ["a", "b", "c"],
      ]);
      expect(await listed(db, ["a\u001f"])).toEqual([["a\u001f", "x"]]);
      expect(await listed(db, ["nothing"])).toEqual([]);
      expect(await listed(db)).toHaveLength(keys.length);
    });

    test("lists more than one page, each key once and in order", async () => {
      const { db } = await open();
      const rows = Array.from({ length: 450 }, (_, index) => ({
        key: toKey(["page", String(index).padStart(4, "0")]),
        value: String(index),
        expires_at: null,
      }));
      await db.insertInto("kv").values(rows).execute();
      const keys = (await listed(db, ["page"])).map((key) => key[1]);
      expect(keys).toHaveLength(450);
      expect(keys).toEqual(keys.toSorted());
    });

    test("compares and sets: absent to value, value to value, value to absent, absent to absent", async () => {
      const { db } = await open();
      const key: KvKey = ["cas"];
      expect(await casValue(db, key, undefined, undefined, NOW)).toBe(true);
      expect(await casValue(db, key, 1, 2, NOW)).toBe(false);
      expect(await casValue(db, key, undefined, 1, NOW)).toBe(true);
      expect(await casValue(db, key, undefined, 1, NOW)).toBe(false);
      expect(await casValue(db, key, undefined, undefined, NOW)).toBe(false);
      expect(await casValue(db, key, 1, 2, NOW)).toBe(true);
      expect(await casValue(db, key, 1, undefined, NOW)).toBe(false);
      expect(await casValue(db, key, 2, undefined, NOW)).toBe(true);
      expect(await getValue(db, key, NOW)).toBeUndefined();
    });

    test("compares by value, whatever the order of members", async () => {
      const { db } = await open();
      await setValue(db, ["v"], { a: 1, b: { c: [1, { x: 1, y: 2 }] } }, NOW);
      expect(await casValue(db, ["v"], { b: { c: [1, { y: 2, x: 1 }] }, a: 1 }, "next", NOW)).toBe(true);
      expect(await getValue(db, ["v"], NOW)).toBe("next");
    });

    test("treats an expired value as absent when it compares", async () => {
      const { db } = await open();
      await setValue(db, ["e"], "old", NOW, 10);
      const later = NOW + 10;
      expect(await casValue(db, ["e"], "old", "new", later)).toBe(false);
      expect(await casValue(db, ["e"], "old", undefined, later)).toBe(false);
      expect(await casValue(db, ["e"], undefined, undefined, later)).toBe(true);
      expect(await casValue(db, ["e"], undefined, "new", later, 5)).toBe(true);
      expect(await getValue(db, ["e"], later + 4)).toBe("new");
      expect(await getValue(db, ["e"], later + 5)).toBeUndefined();
    });

    test("renews an expiry by exchanging a value for itself", async () => {
      const { db } = await open();
      await setValue(db, ["r"], "v", NOW, 10);
      expect(await casValue(db, ["r"], "v", "v", NOW + 5, 10)).toBe(true);
      expect(await getValue(db, ["r"], NOW + 14)).toBe("v");
    });

    test("lets one of many win when all claim the same absent key", async () => {
      const { db } = await open();
      const claims = Array.from({ length: 10 }, (_, index) => casValue(db, ["race"], undefined, index, NOW));
      expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
    });

    test("sweeps expired rows in batches and leaves the rest", async () => {
      const { db } = await open();
      for (let index = 0; index < 5; index += 1)
        await setValue(db, ["old", String(index)], 1, NOW, index + 1);
      await setValue(db, ["kept"], 1, NOW);
      expect(await sweepExpired(db, NOW + 4, 3)).toBe(3);
      expect(await sweepExpired(db, NOW + 4, 3)).toBe(1);
      expect(await sweepExpired(db, NOW + 4, 3)).toBe(0);
      expect(await db.selectFrom("kv").select("key").execute()).toHaveLength(2);
    });

    test("gives a lease to one owner until it ends", async () => {
      const { db } = await open();
      expect(await takeLease(db, "work", "me", NOW, 100)).toBe(true);
      expect(await takeLease(db, "work", "you", NOW + 99, 100)).toBe(false);
      expect(await takeLease(db, "work", "me", NOW + 99, 100)).toBe(true);
      expect(await takeLease(db, "work", "you", NOW + 198, 100)).toBe(false);
      expect(await takeLease(db, "work", "you", NOW + 199, 100)).toBe(true);
    });
  });

  test("keys survive their encoding, and no two have the same one", () => {
    const keys: KvKey[] = [
      ["a", "b"],
      ["a\u001fb"],
      ["a\u001bs", "b"],
      ["a\u001b", "sb"],
      ["\u001b0"],
      ["\u0000"],
      ["\u001be"],
      [""],
      ["", ""],
    ];
    for (const key of keys) expect(fromKey(toKey(key))).toEqual(key);
    expect(new Set(keys.map(toKey)).size).toBe(keys.length);
  });

  test("canonical JSON sorts members at every depth and keeps arrays", () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});
