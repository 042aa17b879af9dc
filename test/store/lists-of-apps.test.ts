import { expect, test } from "vitest";
import { idAt } from "../../server/domain/ids.ts";
import {
  findAccountsOf,
  listConversationRows,
  moveConversationsBack,
  raiseConversation,
  takeConversations,
} from "../../server/store/direct-threads.ts";
import {
  countAccountsByWeek,
  countHosts,
  countNotesByWeek,
  findFirstOwner,
  listHostNames,
} from "../../server/store/instance-figures.ts";
import { findNotesByWords, findNotesOfAuthor, indexNote } from "../../server/store/search.ts";
import { countOwnTags, countTagDays, listOwnTags } from "../../server/store/tag-days.ts";
import { insertTagFollow, listTagFollowPage } from "../../server/store/tag-follows.ts";
import { tagEntries } from "../../server/store/timelines.ts";
import { countLinkDays, countLinks } from "../../server/store/trends.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeNote } from "../support/rows.ts";

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 5000;
const [ADA, BOB] = [1, 2];

eachDatabase((_, open) => {
  test("counts tags by day, by people, and by author", async () => {
    const { db } = await open();
    for (const id of [ADA, BOB]) await storeActor(db, id);
    const [today, before, long] = [idAt(NOW), idAt(NOW - 2 * DAY), idAt(NOW - 30 * DAY)];
    await storeNote(db, today, ADA, {}, [], ["a", "b"]);
    await storeNote(db, today + 1, ADA, {}, [], ["a"]);
    await storeNote(db, today + 2, BOB, {}, [], ["a"]);
    await storeNote(db, before, BOB, {}, [], ["a"]);
    await storeNote(db, today + 3, BOB, { visibility: "followers" }, [], ["a"]);
    await storeNote(db, long, ADA, {}, [], ["a"]);
    const days = await countTagDays(db, ["a", "b"], idAt(NOW - 6 * DAY));
    expect(days.toSorted((x, y) => y.day - x.day || (x.tag < y.tag ? -1 : 1))).toEqual([
      { tag: "a", day: 20_000, uses: 3, people: 2 },
      { tag: "b", day: 20_000, uses: 1, people: 1 },
      { tag: "a", day: 19_998, uses: 1, people: 1 },
    ]);
    expect(await countOwnTags(db, ADA, ["a"])).toEqual([{ tag: "a", uses: 3, lastNoteId: today + 1 }]);
    expect(await listOwnTags(db, ADA, 10, 5)).toEqual(["a", "b"]);
    const found = await tagEntries(db, null, { any: ["b", "a"], none: ["b"] }, { limit: 2 }, NOW);
    expect(found.rows.map((row) => row.id)).toEqual([today + 2, today + 1]);
    expect((await tagEntries(db, ADA, { any: ["a"], all: ["b"] }, { limit: 9 }, NOW)).rows).toHaveLength(1);
  });

  test("walks followed tags by the follow, both ways", async () => {
    const { db } = await open();
    await storeActor(db, ADA);
    for (const [id, tag] of [
      [10, "z"],
      [11, "y"],
      [12, "x"],
    ] as const)
      await insertTagFollow(db, { id, actor_id: ADA, tag, name: tag, created_at: 0 });
    const first = await listTagFollowPage(db, ADA, { limit: 2 });
    expect([first.rows.map((row) => row.tag), first.more]).toEqual([["x", "y"], true]);
    const up = await listTagFollowPage(db, ADA, { after: 10, limit: 1 });
    expect([up.rows.map((row) => row.tag), up.more]).toEqual([["y"], true]);
  });

  test("counts links that more than one person wrote, with their days", async () => {
    const { db } = await open();
    for (const id of [ADA, BOB]) await storeActor(db, id);
    const today = idAt(NOW);
    await storeNote(db, today, ADA, { card_key: "k" });
    await storeNote(db, today + 1, BOB, { card_key: "k" });
    await storeNote(db, today + 2, BOB, { card_key: "alone" });
    const since = idAt(NOW - 7 * DAY);
    expect(await countLinks(db, since, 10)).toEqual([{ key: "k", people: 2 }]);
    expect(await countLinkDays(db, ["k"], since)).toEqual([{ key: "k", day: 20_000, uses: 2, people: 2 }]);
    expect(await countLinkDays(db, [], since)).toEqual([]);
  });

  test("keeps a conversation at its last note, for each of its people", async () => {
    const { db } = await open();
    for (const id of [ADA, BOB]) await storeActor(db, id);
    for (const id of [ADA, BOB])
      await db
        .insertInto("accounts")
        .values(account(id, "member", NOW))
        .execute();
    const direct = { visibility: "direct" } as const;
    await storeNote(db, 100, ADA, direct, [BOB]);
    await storeNote(db, 110, BOB, { ...direct, reply_to_id: 100, reply_to_uri: "x" }, [ADA]);
    const row = { account_id: ADA, root_id: 100, unread: 1 as const };
    await raiseConversation(db, { id: 1000, ...row, last_note_id: 110 });
    await raiseConversation(db, { id: 1001, ...row, last_note_id: 100 });
    const viewer = { accountId: ADA, actorId: ADA };
    const list = async () => (await listConversationRows(db, viewer, { limit: 5 })).rows;
    expect(await list()).toEqual([{ id: 110, conversation_id: 1000, unread: 1 }]);
    await moveConversationsBack(db, 110);
    expect(await list()).toEqual([{ id: 100, conversation_id: 1000, unread: 1 }]);
    expect(await findAccountsOf(db, [ADA, 77])).toEqual([{ id: ADA, actor_id: ADA }]);
    expect(await takeConversations(db, [ADA], [100])).toHaveLength(1);
    await raiseConversation(db, { id: 1002, ...row, last_note_id: 100 });
    await moveConversationsBack(db, 100);
    expect((await list()).map(({ id }) => id)).toEqual([110]);
    await db.updateTable("notes").set({ deleted_at: 1 }).where("id", "=", 100).execute();
    await moveConversationsBack(db, 110);
    expect(await list()).toEqual([]);
  });

  test("finds notes of one author, with words and without", async () => {
    const { db } = await open();
    for (const id of [ADA, BOB]) await storeActor(db, id);
    for (const [id, by] of [
      [100, ADA],
      [110, BOB],
      [120, ADA],
    ] as const) {
      await storeNote(db, id, by);
      await indexNote(db, id, "soup");
    }
    await storeNote(db, 130, ADA, { visibility: "followers" });
    expect(await findNotesOfAuthor(db, BOB, 9, { authorId: ADA })).toEqual([120, 100]);
    expect(await findNotesOfAuthor(db, BOB, 9, { authorId: ADA, after: 100 })).toEqual([120]);
    expect(await findNotesByWords(db, BOB, ["soup"], 9, { authorId: BOB })).toEqual([110]);
  });

  test("tells what happened here by week, and who owns it", async () => {
    const { db } = await open();
    for (const id of [ADA, BOB]) await storeActor(db, id);
    await db
      .insertInto("accounts")
      .values(account(ADA, "member", NOW))
      .execute();
    await db
      .insertInto("accounts")
      .values(account(BOB, "owner", NOW - 8 * DAY))
      .execute();
    await storeNote(db, idAt(NOW), ADA);
    await storeNote(db, idAt(NOW - 8 * DAY), ADA);
    const since = NOW - 14 * DAY;
    const weeks = [
      { week: 0, count: 1 },
      { week: 1, count: 1 },
    ];
    // The end of the second week is the beginning of the third.
    const inOrder = (rows: readonly { readonly week: number; readonly count: number }[]) =>
      rows.toSorted((a, b) => a.week - b.week);
    expect(inOrder(await countNotesByWeek(db, idAt(since) - 1, idAt(7 * DAY) + 1))).toEqual(weeks);
    const { made, seen } = await countAccountsByWeek(db, since - 1, 7 * DAY + 1);
    expect([inOrder(made), seen]).toEqual([weeks, []]);
    expect(await findFirstOwner(db)).toBe(BOB);
    expect([await countHosts(db), await listHostNames(db, 5)]).toEqual([0, []]);
  });
});

function account(id: number, role: string, at: number) {
  return {
    id,
    actor_id: id,
    email: null,
    password_hash: "",
    role,
    locale: null,
    languages: "[]",
    invite_id: null,
    created_at: at,
    suspended_at: null,
    notifications_read_id: 0,
  };
}
