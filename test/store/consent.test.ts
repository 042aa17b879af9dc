import type { Insertable } from "kysely";
import { expect, it } from "vitest";
import type { Db } from "../../server/store/database.ts";
import {
  insertReaction,
  listOwnReactions,
  removeReaction,
  tallyReactions,
} from "../../server/store/emoji-reactions.ts";
import {
  attachReply,
  countPending,
  decideInteraction,
  detachReply,
  findInteraction,
  findTies,
  insertInteraction,
  listInteractionsOf,
} from "../../server/store/interactions.ts";
import { buryNote, findNoteById } from "../../server/store/notes.ts";
import type { InteractionsTable } from "../../server/store/schema.ts";
import { eachDatabase } from "../support/databases.ts";
import { storeActor, storeFollow, storeNote } from "../support/rows.ts";

async function people(db: Db): Promise<void> {
  for (const id of [1, 2, 3, 4]) await storeActor(db, id);
  await storeNote(db, 10, 1);
  await storeNote(db, 11, 1);
}

const react = (
  db: Db,
  id: number,
  actorId: number,
  name: string,
  noteId = 10,
  emojiUrl: string | null = null,
) =>
  insertReaction(db, {
    id,
    uri: `https://rows.test/reactions/${id}`,
    actor_id: actorId,
    note_id: noteId,
    name,
    emoji_url: emojiUrl,
    created_at: 0,
  });

const interaction = (id: number, change: Partial<Insertable<InteractionsTable>> = {}) => ({
  id,
  kind: "quote",
  request_uri: null,
  object_uri: `https://far.test/notes/${id}`,
  actor_id: 2,
  note_id: 10,
  author_id: 1,
  state: "pending",
  detail: null,
  authorization_uri: null,
  created_at: 0,
  decided_at: null,
  ...change,
});

eachDatabase((_, open) => {
  it("counts reactions by emoji and picture, the most frequent first, for a whole page at once", async () => {
    const { db } = await open();
    await people(db);
    await react(db, 1, 2, "🎉");
    await react(db, 2, 3, "🎉");
    await react(db, 3, 2, ":blob:", 10, "https://a.test/1.png");
    await react(db, 4, 3, ":blob:", 10, "https://b.test/1.png");
    await react(db, 5, 4, "🔥", 11);
    expect(await tallyReactions(db, [10, 11], 3, 20)).toEqual([
      { note_id: 10, name: "🎉", emoji_url: null, count: 2, mine: true },
      { note_id: 10, name: ":blob:", emoji_url: "https://a.test/1.png", count: 1, mine: false },
      { note_id: 10, name: ":blob:", emoji_url: "https://b.test/1.png", count: 1, mine: true },
      { note_id: 11, name: "🔥", emoji_url: null, count: 1, mine: false },
    ]);
    expect(await tallyReactions(db, [10], null, 1)).toMatchObject([{ name: "🎉", count: 2, mine: false }]);
    expect(await tallyReactions(db, [], 3, 20)).toEqual([]);
  });

  it("keeps one reaction of a person with an emoji, and takes it back once", async () => {
    const { db } = await open();
    await people(db);
    expect(await react(db, 1, 2, "🎉")).toBe(true);
    expect(await react(db, 2, 2, "🎉")).toBe(false);
    expect(await listOwnReactions(db, 2, 10)).toHaveLength(1);
    expect((await removeReaction(db, 2, 10, "🎉"))?.id).toBe(1);
    expect(await removeReaction(db, 2, 10, "🎉")).toBeUndefined();
  });

  it("buries a note with its reactions", async () => {
    const { db } = await open();
    await people(db);
    await react(db, 1, 2, "🎉");
    const note = await findNoteById(db, 10);
    if (note !== undefined) await buryNote(db, note, 5);
    expect(await tallyReactions(db, [10], null, 20)).toEqual([]);
  });

  it("remembers a request once, and decides it once", async () => {
    const { db } = await open();
    await people(db);
    expect(await insertInteraction(db, interaction(20))).toBe(true);
    expect(
      await insertInteraction(db, interaction(21, { object_uri: "https://far.test/notes/20", actor_id: 3 })),
    ).toBe(false);
    expect((await findInteraction(db, "quote", "https://far.test/notes/20", 10))?.actor_id).toBe(2);
    const change = { from: ["pending"], state: "accepted", now: 7 };
    expect((await decideInteraction(db, 20, change))?.decided_at).toBe(7);
    expect(await decideInteraction(db, 20, { ...change, state: "rejected" })).toBeUndefined();
  });

  it("lists and counts what waits for an author, newest first", async () => {
    const { db } = await open();
    await people(db);
    for (const id of [20, 21, 22]) await insertInteraction(db, interaction(id));
    await insertInteraction(db, interaction(23, { author_id: 4 }));
    await insertInteraction(db, interaction(24, { state: "accepted" }));
    const page = await listInteractionsOf(db, 1, "pending", { limit: 2 });
    expect([page.rows.map((row) => row.id), page.more]).toEqual([[22, 21], true]);
    expect(await countPending(db, 1, 100)).toBe(3);
    expect(await countPending(db, 1, 2)).toBe(2);
  });

  it("ties an allowed answer to its parent once, counts it if everybody may see it, and takes it off again", async () => {
    const { db } = await open();
    await people(db);
    const parent = await findNoteById(db, 10);
    if (parent === undefined) throw new Error("no parent");
    await storeNote(db, 30, 2, { reply_to_uri: parent.uri });
    await storeNote(db, 31, 2, { reply_to_uri: parent.uri, visibility: "followers" });
    await storeNote(db, 32, 2, { reply_to_uri: "https://rows.test/notes/11" });
    expect(await attachReply(db, "https://rows.test/notes/30", parent)).toMatchObject({ reply_to_id: 10 });
    expect(await attachReply(db, "https://rows.test/notes/30", parent)).toBeUndefined();
    expect(await attachReply(db, "https://rows.test/notes/31", parent)).toBeDefined();
    expect(await attachReply(db, "https://rows.test/notes/32", parent)).toBeUndefined();
    expect((await findNoteById(db, 10))?.replies_count).toBe(1);
    await detachReply(db, "https://rows.test/notes/30", 10);
    await detachReply(db, "https://rows.test/notes/30", 10);
    expect((await findNoteById(db, 10))?.replies_count).toBe(0);
  });

  it("knows who follows whom among the authors of a page", async () => {
    const { db } = await open();
    await people(db);
    await storeFollow(db, 50, 1, 2);
    await storeFollow(db, 51, 3, 1);
    await storeFollow(db, 52, 1, 4, "pending");
    const ties = await findTies(db, 1, [1, 2, 3, 4]);
    expect([[...ties.follows], [...ties.followedBy]]).toEqual([[2], [3]]);
    expect((await findTies(db, 1, [1])).follows.size).toBe(0);
  });
});
