import { describe, expect, test } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import type { Db } from "../../server/store/database.ts";
import { listPersonRows, type PeopleSieve } from "../../server/store/people.ts";
import { eachDatabase } from "../support/databases.ts";
import { actorRow, storeActor } from "../support/rows.ts";

type Account = Partial<Parameters<typeof insertAccount>[1]>;

async function storeMember(db: Db, id: number, account: Account = {}, actor: object = {}): Promise<void> {
  await storeActor(db, id, actor);
  await insertAccount(db, {
    id: id + 1_000,
    actor_id: id,
    email: null,
    password_hash: "",
    role: "member",
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: id * 10,
    suspended_at: null,
    notifications_read_id: 0,
    ...account,
  });
}

/** The server's own actor, five members, one of whom another brought, and three people of other servers; one has left. */
async function aTown(db: Db): Promise<void> {
  await db
    .insertInto("actors")
    .values(actorRow(1, { kind: "Application", username: "here" }))
    .execute();
  await storeMember(
    db,
    2,
    { role: "owner", email: "Ada@Mail.test" },
    { username: "Ada", name: "Countess 100%" },
  );
  await db
    .insertInto("invites")
    .values({ id: 7, code: "c", created_by: 1_002, max_uses: 5, uses: 1, created_at: 0, expires_at: null })
    .execute();
  await storeMember(db, 3, { invite_id: 7, locale: "ar" }, { username: "bob_1", name: "Bob!" });
  await storeMember(db, 4, { suspended_at: 5 }, { username: "bobby" });
  await storeMember(db, 5, { role: "moderator" }, { username: "mod", suspended_at: 5 });
  await storeMember(db, 6, {}, { username: "gone", deleted_at: 9 });
  await storeActor(db, 7, { username: "bob", host: "far.test", published_at: 77, name: "ADA of far" });
  await storeActor(db, 8, { username: "cy", host: "far.test", suspended_at: 1 });
  await storeActor(db, 9, { username: "di", host: "farther.test", deleted_at: 1 });
}

const WALK = { limit: 20 };

eachDatabase((_name, open) => {
  describe("People, as staff look through them,", () => {
    test("are all who are here and known, newest first, with what only members have", async () => {
      const { db } = await open();
      await aTown(db);
      const { rows, more } = await listPersonRows(db, {}, WALK);
      expect(rows.map(({ id }) => id)).toEqual([8, 7, 5, 4, 3, 2]);
      expect(more).toBe(false);
      expect(rows.at(-1)).toEqual({
        id: 2,
        host: "",
        account_id: 1_002,
        email: "Ada@Mail.test",
        role: "owner",
        locale: null,
        created_at: 20,
        suspended: 0,
        invited_by: null,
        request: null,
      });
      expect(rows[1]).toEqual({
        id: 7,
        host: "far.test",
        account_id: null,
        email: null,
        role: null,
        locale: null,
        created_at: 77,
        suspended: 0,
        invited_by: null,
        request: null,
      });
      expect(rows.find(({ id }) => id === 3)).toMatchObject({ invited_by: 2, locale: "ar" });
    });

    test("pass every sieve, alone and together; what a pattern would mean is meant as it is written", async () => {
      const { db } = await open();
      await aTown(db);
      const ids = async (sieve: PeopleSieve) =>
        (await listPersonRows(db, sieve, WALK)).rows.map(({ id }) => id);
      expect(await ids({ origin: "here" })).toEqual([5, 4, 3, 2]);
      expect(await ids({ origin: "elsewhere" })).toEqual([8, 7]);
      expect(await ids({ state: "suspended" })).toEqual([8, 5, 4]);
      expect(await ids({ state: "active" })).toEqual([7, 3, 2]);
      expect(await ids({ staff: true })).toEqual([5, 2]);
      expect(await ids({ host: "far.test" })).toEqual([8, 7]);
      expect(await ids({ email: "ada@mail.test" })).toEqual([2]);
      expect(await ids({ email: "ada@mail" })).toEqual([]);
      expect(await ids({ username: "bob" })).toEqual([7, 4, 3]);
      expect(await ids({ username: "ob" })).toEqual([]);
      expect(await ids({ username: "bob_" })).toEqual([3]);
      expect(await ids({ name: "00%" })).toEqual([2]);
      expect(await ids({ name: "%" })).toEqual([2]);
      expect(await ids({ name: "!" })).toEqual([3]);
      expect(await ids({ name: "ada" })).toEqual([7]);
      expect(await ids({ invitedBy: 2 })).toEqual([3]);
      expect(await ids({ invitedBy: 3 })).toEqual([]);
      expect(await ids({ actorIds: [2, 7, 9, 99] })).toEqual([7, 2]);
      expect(await ids({ actorIds: [] })).toEqual([]);
      expect(await ids({ origin: "here", state: "active", username: "bob" })).toEqual([3]);
      expect(await ids({ name: "'; drop table actors; --" })).toEqual([]);
    });

    test("are walked in pages, down and up", async () => {
      const { db } = await open();
      await aTown(db);
      const page = async (cursor: Parameters<typeof listPersonRows>[2]) => {
        const { rows, more } = await listPersonRows(db, {}, cursor);
        return { ids: rows.map(({ id }) => id), more };
      };
      expect(await page({ limit: 4 })).toEqual({ ids: [8, 7, 5, 4], more: true });
      expect(await page({ limit: 4, before: 4 })).toEqual({ ids: [3, 2], more: false });
      expect(await page({ limit: 2, after: 3 })).toEqual({ ids: [5, 4], more: true });
      expect(await page({ limit: 2, before: 7, after: 3 })).toEqual({ ids: [5, 4], more: false });
    });
  });
});
