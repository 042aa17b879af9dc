import { describe, expect, test } from "vitest";
import type { Db } from "../../server/store/database.ts";
import { insertFollow } from "../../server/store/follows.ts";
import { countHeld, holdInboxRow, releaseHeldRows, removeHeldRows } from "../../server/store/held-inbox.ts";
import { insertInboxRows } from "../../server/store/inbox.ts";
import { pageOfValues, setExpiry, setValue, sweepExpired } from "../../server/store/kv.ts";
import {
  findPin,
  hasLocalFollow,
  holdFollows,
  listFollowedHere,
  listFrozenOf,
  removeFrozenNotices,
  resumeFollow,
} from "../../server/store/pinned-identities.ts";
import { eachDatabase } from "../support/databases.ts";
import { aPinnedScene } from "./pinned-scene.ts";
import { storeActor } from "../support/rows.ts";

const uri = (id: number): string => `https://rows.test/users/${id}`;

async function follow(db: Db, id: number, from: number, to: number, state = "accepted"): Promise<void> {
  await insertFollow(db, {
    id,
    uri: `https://rows.test/follows/${id}`,
    actor_id: from,
    target_id: to,
    state,
    created_at: 0,
  });
}

/** Two people here, 1 and 2, and three elsewhere: 3 whom both follow, 4 whom nobody follows, 5 who follows 3. */
async function aTown(db: Db): Promise<void> {
  for (const id of [1, 2]) await storeActor(db, id, { username: `here${id}` });
  for (const id of [3, 4, 5]) await storeActor(db, id, { username: `far${id}`, host: "far.test" });
  await follow(db, 11, 1, 3);
  await follow(db, 12, 2, 3);
  await follow(db, 13, 5, 3);
}

eachDatabase((_name, open) => {
  describe("pins and freezes", () => {
    test("say who is followed from here, in whatever state", async () => {
      const { db } = await open();
      await aTown(db);
      expect([await hasLocalFollow(db, 3), await hasLocalFollow(db, 4)]).toEqual([true, false]);
      expect([...(await listFollowedHere(db, [uri(3), uri(4), "https://x.test/1"]))]).toEqual([uri(3)]);
      expect(await listFollowedHere(db, [])).toEqual(new Set());
      expect(await findPin(db, uri(3))).toMatchObject({ id: 3, did: null, frozen_at: null });
    });

    test("set follows of people here aside but one, count them once, and take them up again", async () => {
      const { db } = await open();
      await aTown(db);
      await holdFollows(db, 3, 1);
      await holdFollows(db, 3, 1);
      const states = await db.selectFrom("follows").select(["id", "state"]).orderBy("id").execute();
      expect(states.map((row) => row.state)).toEqual(["accepted", "held", "accepted"]);
      const counts = await db
        .selectFrom("actors")
        .select(["id", "following_count", "followers_count"])
        .orderBy("id")
        .execute();
      expect(counts.map((row) => [row.following_count, row.followers_count])).toEqual([
        [1, 0],
        [0, 0],
        [0, 2],
        [0, 0],
        [1, 0],
      ]);
      expect(await hasLocalFollow(db, 3)).toBe(true);
      expect([await resumeFollow(db, 12), await resumeFollow(db, 11)]).toEqual([true, false]);
    });

    test("list what somebody has to decide: frozen ones they follow, and follows that were set aside", async () => {
      const { db } = await open();
      await aTown(db);
      await db.updateTable("actors").set({ frozen_at: 5 }).where("id", "in", [3, 4]).execute();
      expect((await listFrozenOf(db, 1, 10)).map((row) => row.id)).toEqual([3]);
      await db.updateTable("actors").set({ frozen_at: null }).execute();
      await holdFollows(db, 3, 1);
      expect(await listFrozenOf(db, 1, 10)).toEqual([]);
      expect(await listFrozenOf(db, 2, 10)).toEqual([{ id: 3, state: "held" }]);
      await removeFrozenNotices(db, 3);
    });
  });

  describe("held activities", () => {
    test("wait, are counted, and go on in the order they came, or go", async () => {
      const { db } = await open();
      const row = (id: number) => ({
        id,
        actorUri: uri(3),
        activityUri: `${uri(3)}/acts/${id}`,
        body: "{}",
        voucher: "signature",
        signerUri: null,
      });
      await insertInboxRows(db, [row(21), row(22), row(23)], 1);
      await holdInboxRow(db, 23);
      await holdInboxRow(db, 21);
      expect(await countHeld(db, uri(3))).toBe(2);
      expect(await countHeld(db, uri(4))).toBe(0);
      expect(await releaseHeldRows(db, uri(3))).toEqual([21, 23]);
      await holdInboxRow(db, 22);
      await removeHeldRows(db, uri(3));
      expect(await db.selectFrom("inbox").select("id").orderBy("id").execute()).toEqual([
        { id: 21 },
        { id: 23 },
      ]);
    });
  });

  describe("values that are kept for good", () => {
    test("are paged under their prefix, expired ones too, and end when they are told to", async () => {
      const { db } = await open();
      for (const name of ["a", "b", "c"]) await setValue(db, ["federation", "key", name], { name }, 0, 10);
      await setValue(db, ["federation", "keys", "x"], 1, 0);
      const first = await pageOfValues(db, ["federation", "key"], null, 2);
      expect(first.map((one) => one.value)).toEqual([{ name: "a" }, { name: "b" }]);
      const rest = await pageOfValues(db, ["federation", "key"], first[1]?.key ?? null, 2);
      expect(rest.map((one) => one.expiresAt)).toEqual([10]);
      await setExpiry(db, [first[0]?.key ?? ""], null);
      await setExpiry(db, [], null);
      await sweepExpired(db, 100);
      expect((await pageOfValues(db, ["federation", "key"], null, 9)).map((one) => one.value)).toEqual([
        { name: "a" },
      ]);
    });
  });

  describe("a seizure and what followers make of it", () => {
    test("is the same here: of two who decide at once, the second decides about what the first left", async () => {
      const s = await aPinnedScene(await open());
      await s.known();
      await s.seized({ name: "Other" });
      await s.refresh();
      const outcomes = await s.decideAtOnce([s.alice, s.bob], "keep");
      expect(outcomes.map((one) => one.status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect([await s.follow(s.alice), await s.follow(s.bob)].toSorted()).toEqual(["accepted", "held"]);
      const later = (await s.follow(s.alice)) === "held" ? s.alice : s.bob;
      await s.decide(later, "keep");
      expect([await s.follow(s.alice), await s.follow(s.bob)]).toEqual(["accepted", "accepted"]);
      expect(await s.row()).toMatchObject({ frozen_at: null, name: "Other", followers_count: 2 });
    });
  });
});
