import { describe, expect, it } from "vitest";
import {
  answerFollowRequest,
  listFollowRequests,
  removeFollower,
  unfollowActor,
} from "../../server/services/relations/follows.ts";
import { findRelationship, viewActor } from "../../server/services/actors/actors.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import {
  announceNote,
  likeNote,
  unannounceNote,
  unlikeNote,
} from "../../server/services/reactions/reactions.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { search } from "../../server/services/search.ts";
import { listVersions, viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, PASSWORD } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
import { aPair, find, follow, type Pair } from "../support/pair.ts";

const home = async (pair: Pair, side: "east" | "west") => {
  const viewer = side === "east" ? pair.ann.viewer : pair.bo.viewer;
  return (await homeTimeline(pair[side].app, viewer, {})).items;
};
const toldOf = async (pair: Pair, side: "east" | "west") => {
  const viewer = side === "east" ? pair.ann.viewer : pair.bo.viewer;
  return (await listNotifications(pair[side].app, viewer, {})).items.map((item) => item.kind);
};

describe("following over the wire", () => {
  it("finds a remote person by handle, follows, and is followed back", async () => {
    const pair = await aPair();
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    expect(await findRelationship(pair.east.app, pair.ann.viewer, bo.id)).toMatchObject({
      following: "accepted",
    });
    const ann = await follow(pair, pair.west, pair.bo.viewer, "ann@east.test");
    expect(await findRelationship(pair.west.app, pair.bo.viewer, ann.id)).toMatchObject({
      following: "accepted",
      followedBy: true,
    });
    expect(await toldOf(pair, "west")).toEqual(["follow_accepted", "follow"]);
    expect((await viewActor(pair.west.app, pair.bo.viewer.actorId))?.followersCount).toBe(1);
  });

  it("asks a locked person, who may refuse, accept, and later remove the follower", async () => {
    const pair = await aPair();
    const { app } = pair.west;
    await updateProfile(app, pair.bo.viewer, { locked: true });
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const state = async () => (await findRelationship(pair.east.app, pair.ann.viewer, bo.id)).following;
    expect(await state()).toBe("pending");
    const [ann] = (await listFollowRequests(app, pair.bo.viewer, {})).items;
    if (ann === undefined) throw new Error("no request came");
    await answerFollowRequest(app, pair.bo.viewer, ann.id, "reject");
    await pair.settle();
    expect(await state()).toBe("no");
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    await answerFollowRequest(app, pair.bo.viewer, ann.id, "accept");
    await pair.settle();
    expect(await state()).toBe("accepted");
    await removeFollower(app, pair.bo.viewer, ann.id);
    await pair.settle();
    expect(await state()).toBe("no");
  });

  it("tells the other side of an unfollow, after which followers-only notes stay away", async () => {
    const pair = await aPair();
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    await unfollowActor(pair.east.app, pair.ann.viewer, bo.id);
    await pair.settle();
    await aNote(pair.west, {
      by: pair.bo.viewer,
      visibility: "followers",
      source: "only for those who follow",
    });
    await pair.settle();
    expect((await viewActor(pair.west.app, pair.bo.viewer.actorId))?.followersCount).toBe(0);
    expect(await home(pair, "east")).toEqual([]);
  });

  it("back-fills what was posted before the first follow", async () => {
    const pair = await aPair();
    for (let i = 0; i < 25; i++) await aNote(pair.west, { by: pair.bo.viewer, source: `note ${i}` });
    await aNote(pair.west, { by: pair.bo.viewer, source: "private", visibility: "followers" });
    await pair.settle();
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const seen = (await profileTimeline(pair.east.app, pair.ann.viewer, bo.id, { limit: 80 })).items;
    expect(seen).toHaveLength(20);
    expect(seen.every((entry) => entry.note.visibility === "public")).toBe(true);
  });
});

describe("notes over the wire", () => {
  it("carries text, language, warning, tags, mentions and visibility to followers", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    await aNote(pair.west, {
      by: pair.bo.viewer,
      source: "今天的 **海** ＃美食 @ann@east.test https://example.com/a",
      summary: "food",
      language: "zh-Hant-TW",
      visibility: "followers",
    });
    await pair.settle();
    const [entry] = await home(pair, "east");
    expect(entry?.note).toMatchObject({
      language: "zh-Hant-TW",
      summary: "food",
      sensitive: true,
      visibility: "followers",
      tags: ["美食"],
      mentions: [{ username: "ann", host: null }],
    });
    expect(entry?.note.contentHtml).toContain("<strong>海</strong>");
    expect(await toldOf(pair, "east")).toContain("mention");
  });

  it("threads replies both ways and counts them", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "a question" });
    await pair.settle();
    const [entry] = await home(pair, "east");
    if (entry === undefined) throw new Error("the note did not come");
    await aNote(pair.east, {
      by: pair.ann.viewer,
      source: "@bo@west.test an answer",
      replyTo: entry.note.id,
    });
    await pair.settle();
    const thread = await viewThread(pair.west.app, pair.bo.viewer, root.id);
    expect(thread.replies.map((reply) => reply.note.author.username)).toEqual(["ann"]);
    expect(thread.note.repliesCount).toBe(1);
    expect(await toldOf(pair, "west")).toContain("reply");
  });

  it("sends direct notes to the mentioned alone", async () => {
    const pair = await aPair();
    const { viewer: cy } = await aMember(pair.east, "cy");
    await follow(pair, pair.east, cy, "@bo@west.test");
    await aNote(pair.west, { by: pair.bo.viewer, source: "@ann@east.test a secret", visibility: "direct" });
    await pair.settle();
    const found = await search(pair.east.app, pair.ann.viewer, "secret");
    expect(found.notes).toHaveLength(1);
    expect((await search(pair.east.app, cy, "secret")).notes).toEqual([]);
    expect((await homeTimeline(pair.east.app, cy, {})).items).toEqual([]);
  });

  it("edits in place with history, and deletes for good", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const note = await aNote(pair.west, { by: pair.bo.viewer, source: "first" });
    await pair.settle();
    pair.clock.advance(60_000);
    await editNote(pair.west.app, pair.bo.viewer, { noteId: note.id, source: "second" });
    await pair.settle();
    const [entry] = await home(pair, "east");
    if (entry === undefined) throw new Error("the note did not come");
    expect(entry.note.contentHtml).toContain("second");
    const versions = await listVersions(pair.east.app, pair.ann.viewer, entry.note.id);
    expect(versions.map((version) => /first|second/.exec(version.contentHtml)?.[0])).toEqual([
      "first",
      "second",
    ]);
    await deleteNote(pair.west.app, pair.bo.viewer, note.id);
    await pair.settle();
    await expect(viewNote(pair.east.app, pair.ann.viewer, entry.note.id)).rejects.toMatchObject({
      kind: "gone",
    });
    expect(await home(pair, "east")).toEqual([]);
  });

  it("looks up a note by its address and shows it in its thread", async () => {
    const pair = await aPair();
    const root = await aNote(pair.west, { by: pair.bo.viewer, source: "root" });
    const reply = await aNote(pair.west, { by: pair.bo.viewer, source: "reply", replyTo: root.id });
    await pair.settle();
    const [found] = (await search(pair.east.app, pair.ann.viewer, reply.uri)).notes;
    if (found === undefined) throw new Error("not found");
    const thread = await viewThread(pair.east.app, pair.ann.viewer, found.id);
    expect(thread.ancestors.map((note) => note.uri)).toEqual([root.uri]);
    const byPage = (await search(pair.east.app, pair.ann.viewer, root.url)).notes;
    expect(byPage.map((note) => note.uri)).toEqual([root.uri]);
  });
});

describe("reactions over the wire", () => {
  it("likes and boosts, and takes both back", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const note = await aNote(pair.west, { by: pair.bo.viewer });
    await pair.settle();
    const [entry] = await home(pair, "east");
    if (entry === undefined) throw new Error("the note did not come");
    await likeNote(pair.east.app, pair.ann.viewer, entry.note.id);
    await announceNote(pair.east.app, pair.ann.viewer, entry.note.id);
    await pair.settle();
    expect(await viewNote(pair.west.app, pair.bo.viewer, note.id)).toMatchObject({
      likesCount: 1,
      announcesCount: 1,
    });
    expect(await toldOf(pair, "west")).toEqual(expect.arrayContaining(["like", "announce", "follow"]));
    await unlikeNote(pair.east.app, pair.ann.viewer, entry.note.id);
    await unannounceNote(pair.east.app, pair.ann.viewer, entry.note.id);
    await pair.settle();
    expect(await viewNote(pair.west.app, pair.bo.viewer, note.id)).toMatchObject({
      likesCount: 0,
      announcesCount: 0,
    });
    expect(await toldOf(pair, "west")).toEqual(["follow"]);
  });

  it("shows a boost by a followed person of a note that was never seen here", async () => {
    const pair = await aPair();
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const other = await aNote(pair.west, { by: pair.west.owner ?? pair.bo.viewer, source: "by the owner" });
    await announceNote(pair.west.app, pair.bo.viewer, other.id);
    await pair.settle();
    const [entry] = await home(pair, "east");
    expect(entry).toMatchObject({
      announcedBy: { username: "bo" },
      note: { author: { username: "owner_here" } },
    });
  });
});

describe("actors over the wire", () => {
  it("carries a changed profile", async () => {
    const pair = await aPair();
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const fields = [{ name: "Home", value: "https://example.org/bo" }];
    await updateProfile(pair.west.app, pair.bo.viewer, { name: "Bo 波", bioSource: "by *the* sea", fields });
    await pair.settle();
    const seen = await viewActor(pair.east.app, bo.id);
    expect(seen).toMatchObject({ name: "Bo 波", fields: [{ name: "Home" }] });
    expect(seen?.bioHtml).toContain("<em>the</em>");
    expect(seen?.fields[0]?.valueHtml).toContain('href="https://example.org/bo"');
  });

  it("ends follows both ways when one blocks the other, and shows the blocked nothing new", async () => {
    const pair = await aPair();
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const ann = await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
    await blockActor(pair.west.app, pair.bo.viewer, ann.id);
    await pair.settle();
    expect(await findRelationship(pair.east.app, pair.ann.viewer, bo.id)).toMatchObject({
      following: "no",
      followedBy: false,
    });
    await aNote(pair.east, { by: pair.ann.viewer, source: "@bo@west.test are you there?" });
    await pair.settle();
    expect(await toldOf(pair, "west")).not.toContain("mention");
  });

  it("tells everybody when an account is deleted, and never gives its name away again", async () => {
    const pair = await aPair();
    const bo = await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    await aNote(pair.west, { by: pair.bo.viewer, source: "to be forgotten" });
    await pair.settle();
    await deleteAccount(pair.west.app, pair.bo.viewer, { password: PASSWORD });
    await pair.settle();
    pair.clock.advance(2 * 3_600_000);
    await pair.settle();
    expect(await viewActor(pair.east.app, bo.id)).toBeNull();
    expect(await home(pair, "east")).toEqual([]);
    expect((await pair.west.request(`/users/${pair.bo.viewer.actorId}`, AS2)).status).toBe(410);
    await expect(aMember(pair.west, "bo")).rejects.toMatchObject({
      fields: { username: { key: "field.username_taken" } },
    });
  });
});

describe("a peer that is away", () => {
  it("gets what it missed once it is back, each activity once, under the same id", async () => {
    const pair = await aPair();
    await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
    pair.network.leave("west.test");
    await aNote(pair.east, { by: pair.ann.viewer, source: "while you were away" });
    await drainWithFaults(pair.east, pair.west);
    pair.network.join("west.test", (request) => pair.west.fetch(request, { ip: "198.51.100.7" }));
    for (let hours = 0; hours < 24; hours++) {
      pair.clock.advance(3_600_000);
      await pair.settle();
    }
    expect((await home(pair, "west")).map((entry) => entry.note.author.username)).toEqual(["ann"]);
  });

  it("is never asked to believe a note that its author did not sign", async () => {
    const pair = await aPair();
    await find(pair.east, pair.ann.viewer, "@bo@west.test");
    const forged = await pair.east.request("/inbox", {
      method: "POST",
      headers: { "content-type": "application/activity+json" },
      body: JSON.stringify({
        "@context": "https://www.w3.org/ns/activitystreams",
        id: "https://west.test/activities/1",
        type: "Create",
        actor: pair.west.app.uris.actor(pair.bo.viewer.actorId),
        object: { type: "Note", id: "https://west.test/notes/1", content: "forged" },
      }),
    });
    expect(forged.status).toBe(401);
    await pair.settle();
    expect((await search(pair.east.app, pair.ann.viewer, "forged")).notes).toEqual([]);
  });
});

const AS2 = { headers: { accept: "application/activity+json" } };
