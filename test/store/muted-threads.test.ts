import { expect, it } from "vitest";
import { insertAccount } from "../../server/store/accounts.ts";
import type { Db } from "../../server/store/database.ts";
import { findVisibleBoosts, likedRows } from "../../server/store/entries.ts";
import {
  findAccountsMuting,
  findInMutedThreads,
  insertMutedThread,
  removeMutedThread,
} from "../../server/store/muted-threads.ts";
import { countQuotes, listQuotes } from "../../server/store/note-facts.ts";
import { insertAnnounce, insertLike } from "../../server/store/reactions.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

const ME = 1;
const FRIEND = 2;
const STRANGER = 3;

async function people(db: Db): Promise<void> {
  for (const id of [ME, FRIEND, STRANGER]) {
    await storeActor(db, id);
    await insertAccount(db, {
      id: id + 10,
      actor_id: id,
      email: null,
      password_hash: "",
      role: "member",
      locale: "en",
      languages: "[]",
      invite_id: null,
      created_at: 0,
      suspended_at: null,
      notifications_read_id: 0,
    });
  }
}

const reply = (id: number) => ({ reply_to_id: id, reply_to_uri: `https://rows.test/notes/${id}` });
const ids = (found: { readonly rows: readonly { readonly id: number }[] }) => found.rows.map(({ id }) => id);

eachDatabase((_, open) => {
  it("mutes a note and all that hangs on it, for who asked for it alone", async () => {
    const { db } = await open();
    await people(db);
    await storeNote(db, 101, FRIEND);
    await storeNote(db, 102, STRANGER, reply(101));
    await storeNote(db, 103, FRIEND, reply(102));
    await storeNote(db, 104, FRIEND);
    const all = [101, 102, 103, 104];
    expect(await findInMutedThreads(db, 11, all)).toEqual(new Set());
    // Twice is once.
    for (const created_at of [1, 2])
      await insertMutedThread(db, { account_id: 11, root_id: 101, created_at });
    expect(await findInMutedThreads(db, 11, all)).toEqual(new Set([101, 102, 103]));
    expect(await findInMutedThreads(db, 12, all)).toEqual(new Set());
    expect(await findAccountsMuting(db, [11, 12, 13], 103)).toEqual(new Set([11]));
    expect(await findAccountsMuting(db, [11, 12, 13], 104)).toEqual(new Set());
    await removeMutedThread(db, 11, 103);
    expect(await findInMutedThreads(db, 11, all)).toEqual(new Set());
  });

  it("finds boosts for those alone who may know of them", async () => {
    const { db } = await open();
    await people(db);
    await storeFollow(db, 50, ME, FRIEND);
    await storeNote(db, 201, STRANGER);
    const boost = { note_id: 201, created_at: 0 };
    const by = (id: number, actor_id: number, visibility: string) => ({
      ...boost,
      id,
      uri: `https://rows.test/boosts/${id}`,
      actor_id,
      visibility,
    });
    await insertAnnounce(db, by(202, FRIEND, "followers"), { local: true });
    await insertAnnounce(db, by(203, STRANGER, "public"), { local: true });
    const seen = async (who: number | null) =>
      (await findVisibleBoosts(db, who, [201, 202, 203])).map(({ id }) => id).toSorted((a, b) => a - b);
    expect(await seen(ME)).toEqual([202, 203]);
    expect(await seen(null)).toEqual([203]);
    await storeBlock(db, 60, FRIEND, ME);
    expect(await seen(ME)).toEqual([203]);
    await db.updateTable("actors").set({ suspended_at: 1 }).where("id", "=", STRANGER).execute();
    expect(await seen(ME)).toEqual([]);
  });

  it("walks likes both ways, and counts open quotes that were agreed to", async () => {
    const { db } = await open();
    await people(db);
    for (const id of [301, 302, 303]) {
      await storeNote(db, id, FRIEND);
      await insertLike(db, { id: id + 100, uri: `x:${id}`, actor_id: ME, note_id: id, created_at: 0 });
    }
    expect(ids(await likedRows(db, ME, { limit: 2 }))).toEqual([403, 402]);
    expect(ids(await likedRows(db, ME, { after: 401, limit: 1 }))).toEqual([402]);
    const quoting = (state: string) => ({ quote_id: 301, quote_uri: "x:1", quote_state: state });
    await storeNote(db, 304, FRIEND, quoting("accepted"));
    await storeNote(db, 305, FRIEND, { ...quoting("accepted"), visibility: "followers" });
    await storeNote(db, 306, FRIEND, quoting("pending"));
    expect(await countQuotes(db, [301, 302])).toEqual(new Map([[301, 1]]));
    expect(ids(await listQuotes(db, ME, 301, { limit: 5 }))).toEqual([304]);
    expect(ids(await listQuotes(db, FRIEND, 301, { limit: 5 }))).toEqual([305, 304]);
  });
});
