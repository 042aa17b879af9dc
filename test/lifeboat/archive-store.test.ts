import { describe, expect, test } from "vitest";
import { writeIdentity, findIdentity, removeIdentity } from "../../server/store/identities.ts";
import {
  countOwnNotes,
  failUnfinished,
  findLastMade,
  findLifeboat,
  insertLifeboat,
  lastLifeboatNumber,
  listFollowersOut,
  listKnownFiles,
  listLifeboats,
  listOldLifeboats,
  listOwnNotes,
  removeFiles,
  removeLifeboatsOf,
  updateUnfinished,
} from "../../server/store/lifeboats.ts";
import type { Db } from "../../server/store/database.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeFollow, storeNote } from "../support/rows.ts";

async function anAccount(db: Db): Promise<void> {
  await storeActor(db, 1);
  await db
    .insertInto("accounts")
    .values({
      id: 1,
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
    })
    .execute();
}

function aRow(id: number, seq: number, change: Partial<Parameters<typeof insertLifeboat>[1]> = {}) {
  return {
    id,
    account_id: 1,
    seq,
    state: "waiting",
    options: "{}",
    file: null,
    size: null,
    manifest_hash: null,
    previous: null,
    done: 0,
    total: 0,
    fault: null,
    created_at: 0,
    finished_at: null,
    ...change,
  };
}

eachDatabase((_name, open) => {
  describe("lifeboats in the store", () => {
    test("are numbered, changed while they are made, and lose their files but not their numbers", async () => {
      const { db } = await open();
      await anAccount(db);
      const ready = { state: "ready", file: "a.tar", manifest_hash: "h1", finished_at: 5 };
      await insertLifeboat(db, aRow(1, 1, ready));
      await insertLifeboat(db, aRow(2, 2));
      expect(await lastLifeboatNumber(db, 1)).toBe(2);
      expect((await findLastMade(db, 1, 2))?.manifest_hash).toBe("h1");
      expect(await findLastMade(db, 1, 1)).toBeUndefined();
      expect(await updateUnfinished(db, 2, { state: "making", done: 3 })).toBe(true);
      expect(await updateUnfinished(db, 1, { state: "making" })).toBe(false);
      expect(await listOldLifeboats(db, 6, 10)).toEqual([1]);
      expect(await listKnownFiles(db, ["a.tar", "b.tar"])).toEqual(new Set(["a.tar"]));
      expect(await removeFiles(db, [1, 2], 9)).toEqual(["a.tar"]);
      expect(await findLifeboat(db, 1)).toMatchObject({ state: "removed", file: null, finished_at: 5 });
      expect(await findLifeboat(db, 2)).toMatchObject({ state: "removed", finished_at: 9 });
      expect((await listLifeboats(db, 1, 10)).map(({ seq }) => seq)).toEqual([2, 1]);
      await insertLifeboat(db, aRow(3, 3, { state: "making" }));
      expect(await failUnfinished(db, 1, { fault: "x", now: 7 })).toEqual([3]);
      expect(await removeLifeboatsOf(db, 1)).toEqual([]);
      expect(await lastLifeboatNumber(db, 1)).toBe(0);
    });

    test("hold an actor's own notes that are there, the oldest first, and never direct ones", async () => {
      const { db } = await open();
      await storeActor(db, 1);
      await storeActor(db, 2);
      const kinds = ["public", "unlisted", "followers", "direct"] as const;
      for (const [index, visibility] of kinds.entries()) await storeNote(db, 10 + index, 1, { visibility });
      await storeNote(db, 20, 1, { deleted_at: 1 });
      await storeNote(db, 21, 2);
      const all = { actorId: 1, visibilities: ["public", "unlisted", "followers"] as const };
      expect(await listOwnNotes(db, { ...all, after: 0 }, 10)).toEqual([10, 11, 12]);
      expect(await listOwnNotes(db, { ...all, after: 10 }, 1)).toEqual([11]);
      expect(await countOwnNotes(db, all)).toBe(3);
      expect(await countOwnNotes(db, { actorId: 1, visibilities: ["public"] })).toBe(1);
      await storeFollow(db, 5, 2, 1);
      expect(await listFollowersOut(db, 1, 100, 10)).toMatchObject([{ id: 5, username: "u2" }]);
    });

    test("an identity takes the place of the one before", async () => {
      const { db } = await open();
      await storeActor(db, 1);
      const row = { actor_id: 1, did: "did:key:z1", statement: "{}", recipient: "age1", created_at: 1 };
      await writeIdentity(db, row);
      await writeIdentity(db, { ...row, did: "did:key:z2" });
      expect((await findIdentity(db, 1))?.did).toBe("did:key:z2");
      await removeIdentity(db, 1);
      expect(await findIdentity(db, 1)).toBeUndefined();
    });
  });
});
