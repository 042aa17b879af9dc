import { afterEach, beforeEach, expect, test } from "vitest";
import type { ActorId } from "../../server/domain/ids.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import {
  findOrFetchActor,
  findRelationship,
  receiveActor,
  viewActor,
} from "../../server/services/actors/actors.ts";
import {
  answerFollowRequest,
  followActor,
  listFollowRequests,
  unfollowActor,
} from "../../server/services/relations/follows.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import {
  announceNote,
  likeNote,
  unannounceNote,
  unlikeNote,
} from "../../server/services/reactions/reactions.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { homeTimeline, profileTimeline } from "../../server/services/timelines.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { createNetwork, drain } from "../support/network.ts";

let here: TestInstance;
let there: TestInstance;
let alice: Viewer;
let bob: Viewer;

beforeEach(async () => {
  const network = createNetwork();
  here = await createInstance({ host: "here.test", network });
  there = await createInstance({ host: "there.test", network });
  alice = (await aMember(here, "alice")).viewer;
  bob = (await aMember(there, "bob")).viewer;
});
afterEach(async () => {
  await here.close();
  await there.close();
});

async function find(at: TestInstance, handle: string): Promise<ActorId> {
  const received = await at.app.remote.findActor(handle);
  if (received === null) throw new Error(`${handle} not found`);
  return receiveActor(at.app, received);
}

async function bobFollowsAlice(): Promise<ActorId> {
  const id = await find(there, "alice@here.test");
  await followActor(there.app, bob, id);
  await drain(here, there);
  return id;
}

async function home(): Promise<readonly string[]> {
  return (await homeTimeline(there.app, bob, {})).items.map((entry) => entry.note.contentHtml);
}

test("a follow is accepted, and a note arrives at the follower's home", async () => {
  const aliceThere = await bobFollowsAlice();
  expect((await findRelationship(there.app, bob, aliceThere)).following).toBe("accepted");
  await aNote(here, { by: alice, source: "Good morning", language: "en" });
  await drain(here, there);
  const { items } = await homeTimeline(there.app, bob, {});
  expect(items).toHaveLength(1);
  expect(items[0]?.note).toMatchObject({ visibility: "public", language: "en", local: false });
  expect(items[0]?.note.contentHtml).toContain("Good morning");
});

test("notes from before the follow are back-filled", async () => {
  await aNote(here, { by: alice, source: "Early words" });
  const aliceThere = await bobFollowsAlice();
  const { items } = await profileTimeline(there.app, bob, aliceThere, {});
  expect(items.map((entry) => entry.note.contentHtml).join()).toContain("Early words");
});

test("edits and deletions reach the follower", async () => {
  await bobFollowsAlice();
  const note = await aNote(here, { by: alice, source: "First" });
  await drain(here, there);
  here.clock.advance(60_000);
  there.clock.advance(60_000);
  await editNote(here.app, alice, { noteId: note.id, source: "Second" });
  await drain(here, there);
  expect((await home()).join()).toContain("Second");
  await deleteNote(here.app, alice, note.id);
  await drain(here, there);
  expect(await home()).toEqual([]);
});

test("a locked actor is followed only once it accepted", async () => {
  await updateProfile(here.app, alice, { locked: true });
  const aliceThere = await bobFollowsAlice();
  expect((await findRelationship(there.app, bob, aliceThere)).following).toBe("pending");
  const [asker] = (await listFollowRequests(here.app, alice, {})).items;
  if (asker === undefined) throw new Error("no request");
  await answerFollowRequest(here.app, alice, asker.id, "accept");
  await drain(here, there);
  expect((await findRelationship(there.app, bob, aliceThere)).following).toBe("accepted");
});

test("likes and boosts of a remote note come home, and can be taken back", async () => {
  await bobFollowsAlice();
  const note = await aNote(here, { by: alice });
  await drain(here, there);
  const [entry] = (await homeTimeline(there.app, bob, {})).items;
  if (entry === undefined) throw new Error("no note");
  await likeNote(there.app, bob, entry.note.id);
  await announceNote(there.app, bob, entry.note.id);
  await drain(here, there);
  expect(await viewNote(here.app, alice, note.id)).toMatchObject({ likesCount: 1, announcesCount: 1 });
  await unlikeNote(there.app, bob, entry.note.id);
  await unannounceNote(there.app, bob, entry.note.id);
  await drain(here, there);
  expect(await viewNote(here.app, alice, note.id)).toMatchObject({ likesCount: 0, announcesCount: 0 });
});

test("a direct note reaches the mentioned alone, at the personal inbox", async () => {
  await bobFollowsAlice();
  here.network.log.length = 0;
  await aNote(here, { by: alice, source: "@bob@there.test psst", visibility: "direct" });
  await drain(here, there);
  const posts = here.network.log.filter(
    (entry) => entry.method === "POST" && entry.url.startsWith("https://there.test"),
  );
  expect(posts.map((entry) => entry.url)).toEqual([there.app.uris.inbox(bob.actorId)]);
  expect((await home()).join()).toContain("psst");
  expect(posts[0]?.body).not.toContain("#Public");
});

test("an unfollow ends deliveries", async () => {
  const aliceThere = await bobFollowsAlice();
  await unfollowActor(there.app, bob, aliceThere);
  await drain(here, there);
  await aNote(here, { by: alice, source: "Nobody hears" });
  await drain(here, there);
  expect(
    here.network.log.some((entry) => entry.method === "POST" && entry.body.includes("Nobody hears")),
  ).toBe(false);
});

test("a block ends the follow on both sides", async () => {
  const aliceThere = await bobFollowsAlice();
  const bobHere = await findOrFetchActor(here.app, there.app.uris.actor(bob.actorId));
  if (bobHere === null) throw new Error("bob is not known");
  await blockActor(here.app, alice, bobHere);
  await drain(here, there);
  expect((await findRelationship(there.app, bob, aliceThere)).following).toBe("no");
});

test("a changed profile reaches the followers", async () => {
  const aliceThere = await bobFollowsAlice();
  await updateProfile(here.app, alice, { name: "Alice the Second" });
  await drain(here, there);
  expect((await viewActor(there.app, aliceThere))?.name).toBe("Alice the Second");
});

test("a note in two languages arrives in both, with the tags as written", async () => {
  await bobFollowsAlice();
  await aNote(here, { by: alice, source: "Hello 你好", language: "zh-Hant" });
  await drain(here, there);
  const [entry] = (await homeTimeline(there.app, bob, {})).items;
  expect(entry?.note.language).toBe("zh-Hant");
});
