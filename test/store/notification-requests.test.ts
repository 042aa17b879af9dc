import { describe, expect, test } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import type { Db } from "../../server/store/database.ts";
import {
  admitSenders,
  countWaiting,
  dismissSenders,
  findMessageFacts,
  findRequestRows,
  listRequestRows,
  listSenderFacts,
  putRequests,
} from "../../server/store/notification-requests.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeFollow, storeNote } from "../support/rows.ts";

/** Two accounts (10 of actor 1, 20 of actor 2) and three others who write to them. */
async function aHouse(db: Db): Promise<void> {
  for (const id of [1, 2, 3, 4, 5]) await storeActor(db, id, { published_at: id * 100 });
  for (const [id, actor_id] of [
    [10, 1],
    [20, 2],
  ] as const)
    await insertAccount(db, {
      id,
      actor_id,
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
}

const request = (id: number, account_id: number, actor_id: number, last_note_id: number | null, at = id) => ({
  id,
  account_id,
  actor_id,
  last_note_id,
  created_at: at,
  updated_at: at,
});

async function storeNotification(
  db: Db,
  id: number,
  accountId: number,
  actorId: number,
  filtered: 0 | 1 = 1,
): Promise<void> {
  const row = { id, account_id: accountId, kind: "mention", actor_id: actorId, note_id: id, created_at: id };
  await db
    .insertInto("notifications")
    .values({ ...row, filtered })
    .execute();
}

/** Of 3 two notifications wait and one has come, of 4 one waits, of 5 none; 3 waits for the other account, too. */
async function aWaitingRoom(db: Db): Promise<void> {
  await aHouse(db);
  await putRequests(db, [
    request(31, 10, 3, 101),
    request(32, 10, 4, null),
    request(33, 10, 5, null),
    request(34, 20, 3, null),
  ]);
  for (const [id, account, actor] of [
    [101, 10, 3],
    [102, 10, 3],
    [104, 10, 4],
    [105, 20, 3],
  ] as const)
    await storeNotification(db, id, account, actor);
  await storeNotification(db, 103, 10, 3, 0);
}

const waitingOf = async (db: Db, accountId: number) =>
  (await listRequestRows(db, accountId, { limit: 10 })).rows.map(({ id, waiting }) => [id, waiting]);
const filteredOf = async (db: Db) =>
  (await db.selectFrom("notifications").select("id").where("filtered", "=", 1).orderBy("id").execute()).map(
    ({ id }) => id,
  );

eachDatabase((_name, open) => {
  describe("Requests", () => {
    test("are listed with how much waits in each; those in which nothing waits are not there", async () => {
      const { db } = await open();
      await aWaitingRoom(db);
      expect(await waitingOf(db, 10)).toEqual([
        [32, 1],
        [31, 2],
      ]);
      expect(await waitingOf(db, 20)).toEqual([[34, 1]]);
      expect(await waitingOf(db, 30)).toEqual([]);
      expect(await countWaiting(db, 10)).toEqual({ requests: 2, notifications: 3 });
      expect(await countWaiting(db, 30)).toEqual({ requests: 0, notifications: 0 });
    });

    test("are walked in pages, and found by id for their owner alone", async () => {
      const { db } = await open();
      await aWaitingRoom(db);
      const first = await listRequestRows(db, 10, { limit: 1 });
      expect([first.rows.map(({ id }) => id), first.more]).toEqual([[32], true]);
      const rest = await listRequestRows(db, 10, { limit: 1, before: 32 });
      expect([rest.rows.map(({ id }) => id), rest.more]).toEqual([[31], false]);
      const up = await listRequestRows(db, 10, { limit: 1, after: 31 });
      expect([up.rows.map(({ id }) => id), up.more]).toEqual([[32], false]);
      expect((await findRequestRows(db, 10, [31, 33, 34, 99])).map(({ id }) => id)).toEqual([31]);
      expect(await findRequestRows(db, 10, [])).toEqual([]);
    });

    test("of one person are one: the newest note stands in it, and what has none takes none away", async () => {
      const { db } = await open();
      await aHouse(db);
      await putRequests(db, []);
      await putRequests(db, [request(31, 10, 3, 101, 1)]);
      await putRequests(db, [request(32, 10, 3, 102, 2)]);
      await putRequests(db, [request(33, 10, 3, null, 3)]);
      const rows = await db.selectFrom("notification_requests").selectAll().execute();
      expect(rows).toEqual([{ ...request(31, 10, 3, 102, 1), updated_at: 3 }]);
    });

    test("that are taken up let everything of these people come, from now on, for this account alone", async () => {
      const { db } = await open();
      await aWaitingRoom(db);
      await admitSenders(db, 10, [3], 5);
      expect(await filteredOf(db)).toEqual([104, 105]);
      expect(await waitingOf(db, 10)).toEqual([[32, 1]]);
      expect(await waitingOf(db, 20)).toEqual([[34, 1]]);
      await admitSenders(db, 10, [3, 4], 6);
      await admitSenders(db, 10, [], 7);
      expect(
        await db.selectFrom("notification_permissions").selectAll().orderBy("actor_id").execute(),
      ).toEqual([
        { account_id: 10, actor_id: 3, created_at: 5 },
        { account_id: 10, actor_id: 4, created_at: 6 },
      ]);
    });

    test("that are put away take with them what waits, not what has come", async () => {
      const { db } = await open();
      await aWaitingRoom(db);
      await dismissSenders(db, 10, [3]);
      await dismissSenders(db, 10, []);
      const left = await db.selectFrom("notifications").select("id").orderBy("id").execute();
      expect(left.map(({ id }) => id)).toEqual([103, 104, 105]);
      expect(await waitingOf(db, 10)).toEqual([[32, 1]]);
      expect(await db.selectFrom("notification_permissions").selectAll().execute()).toEqual([]);
    });
  });

  describe("What a policy asks", () => {
    test("about a sender is known for several accounts at once; a follow that is only asked for is none", async () => {
      const { db } = await open();
      await aHouse(db);
      await storeFollow(db, 1, 1, 3);
      await storeFollow(db, 2, 3, 1);
      await storeFollow(db, 3, 3, 2, "pending");
      await admitSenders(db, 20, [3], 1);
      const facts = await listSenderFacts(db, [10, 20, 30], 3);
      const preferences = expect.any(String) as string;
      expect(facts.toSorted((a, b) => a.account_id - b.account_id)).toEqual([
        {
          account_id: 10,
          actor_id: 1,
          preferences,
          sender_since: 300,
          sender_limited_at: null,
          follows: 1,
          follower_since: 0,
          permitted: 0,
        },
        {
          account_id: 20,
          actor_id: 2,
          preferences,
          sender_since: 300,
          sender_limited_at: null,
          follows: 0,
          follower_since: null,
          permitted: 1,
        },
      ]);
      expect(await listSenderFacts(db, [], 3)).toEqual([]);
      expect(await listSenderFacts(db, [10], 99)).toEqual([]);
    });

    test("about a message is whether it is direct, and whom it answers", async () => {
      const { db } = await open();
      await aHouse(db);
      await storeNote(db, 50, 1);
      await storeNote(db, 51, 3, { visibility: "direct", reply_to_id: 50 });
      await storeNote(db, 52, 3);
      expect(await findMessageFacts(db, 51)).toEqual({ isDirect: true, answersActorId: 1, begunBy: null });
      expect(await findMessageFacts(db, 52)).toEqual({
        isDirect: false,
        answersActorId: null,
        begunBy: null,
      });
      expect(await findMessageFacts(db, 99)).toEqual({
        isDirect: false,
        answersActorId: null,
        begunBy: null,
      });
    });
  });
});
