import { expect, it } from "vitest";
import { listReactionUris } from "../../server/store/conversations.ts";
import type { Database, Db } from "../../server/store/database.ts";
import { insertReaction } from "../../server/store/emoji-reactions.ts";
import { listBlocksBetween } from "../../server/store/follows.ts";
import { insertInteraction, listReplyInteractions } from "../../server/store/interactions.ts";
import { findNotes } from "../../server/store/notes.ts";
import { insertVote, listVoterInboxes } from "../../server/store/polls.ts";
import { listAcquaintedInboxes, listReachedInboxes } from "../../server/store/reach.ts";
import { findAnnounces, insertAnnounce, insertLike } from "../../server/store/reactions.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeBlock, storeFollow, storeNote } from "../support/rows.ts";

/** Actor 1 is ours and wrote note 1; 2 to 7 live elsewhere, 6 and 7 on one server. */
async function aScene({ db }: Database): Promise<Db> {
  await storeActor(db, 1);
  for (const id of [2, 3, 4, 5]) await storeActor(db, id, { host: `h${id}.test` });
  for (const id of [6, 7])
    await storeActor(db, id, { host: "h6.test", shared_inbox_uri: "https://h6.test/inbox" });
  await storeNote(db, 1, 1);
  return db;
}

const NOTE = { id: 1, actor_id: 1 };
const inboxOf = (id: number) => `https://rows.test/users/${id}/inbox`;
const fact = (id: number, actor_id: number, note_id = 1) => ({
  id,
  uri: `https://rows.test/facts/${id}`,
  actor_id,
  note_id,
  created_at: 0,
});

eachDatabase((_name, open) => {
  it("a note has reached whoever did something with it, each server once, without those who are hidden", async () => {
    const db = await aScene(await open());
    expect(await listReachedInboxes(db, NOTE, "end")).toEqual([]);
    await insertLike(db, fact(10, 2));
    await insertReaction(db, { ...fact(11, 3), name: "🎉", emoji_url: null });
    await insertAnnounce(db, { ...fact(12, 6), visibility: "public" }, { local: false });
    await insertVote(db, { ...fact(13, 7), position: 0 });
    await storeNote(db, 14, 4, { local: 0, reply_to_id: 1 });
    const reached = [inboxOf(2), inboxOf(3), inboxOf(4), "https://h6.test/inbox"];
    expect((await listReachedInboxes(db, NOTE, "end")).toSorted()).toEqual(reached.toSorted());
    await storeBlock(db, 15, 1, 2);
    expect(await listReachedInboxes(db, NOTE, "news")).not.toContain(inboxOf(2));
    expect((await listReachedInboxes(db, NOTE, "news")).length).toBe(3);
    await db.updateTable("actors").set({ suspended_at: 1 }).where("id", "in", [3, 6]).execute();
    expect((await listReachedInboxes(db, NOTE, "end")).toSorted()).toEqual(
      reached.toSpliced(1, 1).toSorted(),
    );
    expect((await listReactionUris(db, "announces", 1, 99, 9)).length).toBe(0);
    expect((await listReactionUris(db, "likes", 1, 99, 9)).length).toBe(1);
    expect((await findAnnounces(db, [12, 99])).map((row) => row.actor_id)).toEqual([6]);
    expect((await findNotes(db, [1, 99])).map((row) => row.id)).toEqual([1]);
  });

  it("an actor is acquainted with followers, followees, those it named, and authors of what it dealt with", async () => {
    const db = await aScene(await open());
    expect(await listAcquaintedInboxes(db, 1)).toEqual([]);
    await storeFollow(db, 20, 2, 1);
    await storeFollow(db, 21, 1, 3, "pending");
    await storeNote(db, 22, 1, {}, [4]);
    await storeNote(db, 23, 5, { local: 0 });
    await insertLike(db, fact(24, 1, 23));
    await storeNote(db, 25, 6, { local: 0 });
    await insertAnnounce(db, { ...fact(26, 1, 25), visibility: "public" }, { local: true });
    const expected = [inboxOf(2), inboxOf(3), inboxOf(4), inboxOf(5), "https://h6.test/inbox"];
    expect((await listAcquaintedInboxes(db, 1)).toSorted()).toEqual(expected.toSorted());
  });

  it("voters are told as long as they may read the poll: of one for followers, followers and the named", async () => {
    const db = await aScene(await open());
    for (const id of [2, 3, 4, 5]) await insertVote(db, { ...fact(30 + id, id), position: 0 });
    await storeFollow(db, 40, 2, 1);
    await storeFollow(db, 41, 5, 1);
    await storeBlock(db, 42, 1, 5);
    await db.insertInto("mentions").values({ note_id: 1, actor_id: 3 }).execute();
    const told = async (visibility: string) =>
      (await listVoterInboxes(db, { id: 1, actor_id: 1, visibility })).toSorted();
    expect(await told("public")).toEqual([inboxOf(2), inboxOf(3), inboxOf(4)]);
    expect(await told("followers")).toEqual([inboxOf(2), inboxOf(3)]);
    expect(await told("direct")).toEqual([inboxOf(3)]);
    const blocks = await listBlocksBetween(db, [1], [2, 5]);
    expect(blocks.map((row) => [row.actor_id, row.target_id])).toEqual([[1, 5]]);
  });

  it("decisions about several replies are found at once", async () => {
    const db = await aScene(await open());
    const common = {
      request_uri: null,
      actor_id: 2,
      note_id: 1,
      author_id: 1,
      state: "accepted",
      detail: null,
    };
    for (const [id, kind] of [
      [50, "reply"],
      [51, "quote"],
    ] as const)
      await insertInteraction(db, {
        ...common,
        id,
        kind,
        object_uri: "https://rows.test/notes/9",
        authorization_uri: null,
        created_at: 0,
        decided_at: 0,
      });
    const found = await listReplyInteractions(db, ["https://rows.test/notes/9", "https://rows.test/notes/8"]);
    expect(found.map((row) => row.id)).toEqual([50]);
  });
});
