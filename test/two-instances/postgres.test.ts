import { afterEach, describe, expect, it } from "vitest";
import { findRelationship, viewActor } from "../../server/services/actors/actors.ts";
import { fetchThread } from "../../server/services/threads/backfill.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import {
  announceNote,
  likeNote,
  unannounceNote,
  unlikeNote,
} from "../../server/services/reactions/reactions.ts";
import { search } from "../../server/services/search.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { testClock } from "../support/app.ts";
import { createPostgresDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, PASSWORD, type TestInstance } from "../support/instance.ts";
import { createNetwork, drain, drainWithFaults } from "../support/network.ts";
import type { Pair } from "../support/pair.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Both instances on a PostgreSQL database of their own; their jobs run through graphile-worker. */
async function aPostgresPair(): Promise<Pair> {
  const clock = testClock();
  const network = createNetwork();
  const open = async (host: string): Promise<TestInstance> => {
    const own = await createPostgresDatabase();
    const instance = await createInstance({ host, network, clock, database: own.database });
    closing.push(async () => {
      await instance.stop(0);
      await own.drop();
    });
    return instance;
  };
  const [east, west] = [await open("east.test"), await open("west.test")];
  const ann = await aMember(east, "ann");
  const bo = await aMember(west, "bo");
  return { east, west, network, clock, ann, bo, settle: () => drain(east, west) };
}

/** Ann follows Bo, whom she found by handle. */
async function annFollowsBo(pair: Pair) {
  const [bo] = (await search(pair.east.app, pair.ann.viewer, "@bo@west.test")).actors;
  if (bo === undefined) throw new Error("Bo was not found.");
  await followActor(pair.east.app, pair.ann.viewer, bo.id);
  await pair.settle();
  return bo;
}

const annsHome = async (pair: Pair) =>
  (await homeTimeline(pair.east.app, pair.ann.viewer, {})).items.map((entry) => entry.note);
const bosNews = async (pair: Pair) =>
  (await listNotifications(pair.west.app, pair.bo.viewer, {})).items.map((item) => item.kind);

describe("two instances on PostgreSQL", () => {
  it("follow, back-fill, and carry a note with its language, warning, tags and mention", async () => {
    const pair = await aPostgresPair();
    await aNote(pair.west, { by: pair.bo.viewer, source: "before anybody followed" });
    const bo = await annFollowsBo(pair);
    expect(await findRelationship(pair.east.app, pair.ann.viewer, bo.id)).toMatchObject({
      following: "accepted",
    });
    expect(await bosNews(pair)).toEqual(["follow"]);
    pair.clock.advance(1000);
    await aNote(pair.west, {
      by: pair.bo.viewer,
      source: "今天的 **海** ＃美食 @ann@east.test",
      summary: "food",
      language: "zh-Hant-TW",
      visibility: "followers",
    });
    await pair.settle();
    const [note, older] = await annsHome(pair);
    expect(note).toMatchObject({
      language: "zh-Hant-TW",
      summary: "food",
      visibility: "followers",
      tags: ["美食"],
    });
    expect(older?.contentHtml).toContain("before anybody followed");
    expect((await search(pair.east.app, pair.ann.viewer, "今天 海")).notes.map((found) => found.id)).toEqual([
      note?.id,
    ]);
  });

  it("answer, like, boost, take back, edit and delete", async () => {
    const pair = await aPostgresPair();
    await annFollowsBo(pair);
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "a question" });
    await pair.settle();
    const [seen] = await annsHome(pair);
    if (seen === undefined) throw new Error("The note did not come.");
    await aNote(pair.east, { by: pair.ann.viewer, source: "@bo@west.test an answer", replyTo: seen.id });
    for (const react of [likeNote, announceNote]) await react(pair.east.app, pair.ann.viewer, seen.id);
    await pair.settle();
    const thread = await viewThread(pair.west.app, pair.bo.viewer, root.id);
    expect(thread.replies.map((reply) => reply.note.author.username)).toEqual(["ann"]);
    expect(thread.note).toMatchObject({ repliesCount: 1, likesCount: 1, announcesCount: 1 });
    expect((await bosNews(pair)).toSorted()).toEqual(["announce", "follow", "like", "reply"]);
    await unlikeNote(pair.east.app, pair.ann.viewer, seen.id);
    await unannounceNote(pair.east.app, pair.ann.viewer, seen.id);
    pair.clock.advance(60_000);
    await editNote(pair.west.app, pair.bo.viewer, { noteId: root.id, source: "a better question" });
    await pair.settle();
    expect(await viewNote(pair.west.app, null, root.id)).toMatchObject({ likesCount: 0, announcesCount: 0 });
    expect((await viewNote(pair.east.app, pair.ann.viewer, seen.id)).contentHtml).toContain("better");
    await deleteNote(pair.west.app, pair.bo.viewer, root.id);
    await pair.settle();
    await expect(viewNote(pair.east.app, pair.ann.viewer, seen.id)).rejects.toMatchObject({ kind: "gone" });
  });

  it("catch up once the other side is back, and forget an account that is deleted", async () => {
    const pair = await aPostgresPair();
    const bo = await annFollowsBo(pair);
    pair.network.leave("east.test");
    await aNote(pair.west, { by: pair.bo.viewer, source: "while you were away" });
    await drainWithFaults(pair.east, pair.west);
    expect(await annsHome(pair)).toEqual([]);
    pair.network.join("east.test", (request) => pair.east.fetch(request, { ip: "198.51.100.7" }));
    for (let hours = 0; hours < 6; hours++) {
      pair.clock.advance(3_600_000);
      await pair.settle();
    }
    expect(await annsHome(pair)).toHaveLength(1);
    await deleteAccount(pair.west.app, pair.bo.viewer, { password: PASSWORD });
    await pair.settle();
    pair.clock.advance(2 * 3_600_000);
    await pair.settle();
    expect(await viewActor(pair.east.app, bo.id)).toBeNull();
    expect(await annsHome(pair)).toEqual([]);
  });

  it("list a conversation, complete it elsewhere, and agree on who follows", async () => {
    const pair = await aPostgresPair();
    const bo = await annFollowsBo(pair);
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "a question" });
    pair.clock.advance(1000);
    await aNote(pair.west, { by: pair.bo.viewer, source: "by the way", replyTo: root.id });
    await pair.settle();
    const { viewer: dora } = await aMember(pair.east, "dora");
    const [seen] = await annsHome(pair);
    if (seen?.replyTo?.id === null || seen?.replyTo === null || seen === undefined)
      throw new Error("The thread did not come.");
    // What came goes again, once the look that its coming caused is over.
    pair.clock.advance(16 * 60_000);
    await pair.settle();
    await pair.east.database.db.deleteFrom("entries").where("note_id", "!=", seen.replyTo.id).execute();
    await pair.east.database.db.deleteFrom("notes").where("id", "!=", seen.replyTo.id).execute();
    pair.clock.advance(16 * 60_000);
    await fetchThread(pair.east.app, dora, seen.replyTo.id);
    await pair.settle();
    const thread = await viewThread(pair.east.app, dora, seen.replyTo.id);
    expect(thread.replies.map((reply) => reply.note.contentHtml).join()).toContain("by the way");
    // West forgets the follow without a word, as after a restore.
    await pair.west.database.db.deleteFrom("follows").execute();
    await followActor(pair.east.app, dora, bo.id);
    await pair.settle();
    await aNote(pair.west, { by: pair.bo.viewer, source: "for followers", visibility: "followers" });
    await pair.settle();
    pair.clock.advance(5 * 60_000);
    await pair.settle();
    const state = async (who: Viewer) => (await findRelationship(pair.east.app, who, bo.id)).following;
    expect([await state(pair.ann.viewer), await state(dora)]).toEqual(["no", "accepted"]);
  });
});
