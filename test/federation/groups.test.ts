import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { findPassedOn } from "../../server/services/notes/groups.ts";
import { announceNote } from "../../server/services/reactions/reactions.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver, type Peer } from "./peer.ts";

type Json = Record<string, unknown>;

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const CONTEXT = ["https://join-lemmy.org/context.json", "https://www.w3.org/ns/activitystreams"];
const PIM = "https://gardens.test/u/pim";
const FAR = "https://far.test/users/fay";

let here: TestInstance;
let alice: Viewer;
/** A group, and the server it is on. */
let group: Peer;
/** Somebody elsewhere who posts to the group. */
let far: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  group = await createPeer(here, "gardens.test", "gardens");
  group.documents.set("/users/gardens", { ...group.documents.get("/users/gardens"), type: "Group" });
  group.documents.set("/u/pim", {
    ...group.documents.get("/users/gardens"),
    id: PIM,
    type: "Person",
    preferredUsername: "pim",
    name: "Pim",
    inbox: `${PIM}/inbox`,
    outbox: `${PIM}/outbox`,
    followers: `${PIM}/followers`,
  });
  far = await createPeer(here, "far.test", "fay");
});
afterEach(() => here.close());

async function follow(): Promise<void> {
  const received = await here.app.remote.findActor(group.actorUri);
  if (received === null) throw new Error("the group was not found");
  await followActor(here.app, alice, await receiveActor(here.app, received));
  await drain(here);
  const follow = group.received.find((one) => one.json["type"] === "Follow");
  await take({
    id: `${group.actorUri}/accepts/1`,
    type: "Accept",
    actor: group.actorUri,
    object: follow?.json["id"],
  });
}

async function take(activity: Json): Promise<void> {
  expect(await deliver(here, group, { "@context": CONTEXT, ...activity })).toBe(202);
  await drain(here);
}

let count = 0;
/** The group passes an activity on. */
async function passOn(activity: Json): Promise<void> {
  count += 1;
  await take({
    id: `https://gardens.test/activities/announce/${count}`,
    type: "Announce",
    actor: group.actorUri,
    to: [PUBLIC],
    cc: [`${group.actorUri}/followers`],
    object: activity,
  });
}

function aPage(change: Json = {}): Json {
  return {
    type: "Page",
    id: "https://gardens.test/post/7",
    attributedTo: PIM,
    to: [group.actorUri, PUBLIC],
    name: "Beans & peas",
    content: "<p>Mine are up.</p>",
    audience: group.actorUri,
    published: "2026-06-01T10:00:00Z",
    ...change,
  };
}

function aComment(change: Json = {}): Json {
  return {
    type: "Note",
    id: "https://far.test/notes/1",
    attributedTo: FAR,
    to: [PUBLIC],
    cc: [group.actorUri],
    content: "<p>So are mine.</p>",
    inReplyTo: "https://gardens.test/post/7",
    audience: group.actorUri,
    published: "2026-06-01T10:05:00Z",
    ...change,
  };
}

function activity(type: string, actor: string, object: unknown): Json {
  count += 1;
  const id = `${new URL(actor).origin}/activities/${type.toLowerCase()}/${count}`;
  return { id, type, actor, to: [PUBLIC], cc: [group.actorUri], object };
}

const home = async () => (await homeTimeline(here.app, alice, {})).items;
const page = async () => await fetchNote(here.app, alice, "https://gardens.test/post/7");

describe("a group that passes activities on (FEP-1b12)", () => {
  test("shows posts in itself, once, however often and in whatever form it passes them on", async () => {
    await follow();
    await passOn(activity("Create", PIM, aPage()));
    group.documents.set("/post/7", { "@context": CONTEXT, ...aPage() });
    await take({
      id: "https://gardens.test/activities/announce/plain",
      type: "Announce",
      actor: group.actorUri,
      to: [PUBLIC],
      object: "https://gardens.test/post/7",
    });
    const entries = await home();
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      announcedBy: { username: "gardens", kind: "Group" },
      note: {
        kind: "Page",
        title: "Beans & peas",
        author: { username: "pim" },
        group: { username: "gardens" },
      },
    });
  });

  test("keeps comments in their thread and out of the timeline", async () => {
    await follow();
    await passOn(activity("Create", PIM, aPage()));
    far.documents.set("/notes/1", { "@context": CONTEXT, ...aComment() });
    await passOn(activity("Create", FAR, aComment()));
    expect(await home()).toHaveLength(1);
    const post = await page();
    if (post === null) throw new Error("the post is not here");
    const thread = await viewThread(here.app, alice, post.id);
    expect(thread.replies.map((reply) => reply.note.author.username)).toEqual(["fay"]);
  });

  test("is not believed about people of other servers: their notes are read at their origin", async () => {
    await follow();
    await passOn(activity("Create", PIM, aPage()));
    far.documents.set("/notes/1", { "@context": CONTEXT, ...aComment() });
    await passOn(activity("Create", FAR, aComment({ content: "<p>forged</p>" })));
    expect((await fetchNote(here.app, alice, "https://far.test/notes/1"))?.contentHtml).toBe(
      "<p>So are mine.</p>",
    );
    far.documents.set("/notes/1", {
      "@context": CONTEXT,
      ...aComment({ content: "<p>edited</p>", updated: "2026-06-01T10:30:00Z" }),
    });
    await passOn(
      activity("Update", FAR, aComment({ content: "<p>forged</p>", updated: "2026-06-01T10:30:00Z" })),
    );
    expect((await fetchNote(here.app, alice, "https://far.test/notes/1"))?.contentHtml).toBe("<p>edited</p>");
  });

  test("passes on edits and likes of its own people", async () => {
    await follow();
    await passOn(activity("Create", PIM, aPage()));
    await passOn(activity("Update", PIM, aPage({ name: "Beans", updated: "2026-06-01T10:30:00Z" })));
    expect((await page())?.title).toBe("Beans");
    const like = activity("Like", PIM, "https://gardens.test/post/7");
    await passOn(like);
    expect((await page())?.likesCount).toBe(1);
    await passOn(activity("Undo", PIM, like));
    expect((await page())?.likesCount).toBe(0);
    await passOn(activity("Dislike", PIM, "https://gardens.test/post/7"));
    expect((await page())?.likesCount).toBe(0);
  });

  test("counts likes of others only for notes of ours, and only those that are true at their origin", async () => {
    await follow();
    const note = await aNote(here, { by: alice });
    const forged = activity("Like", FAR, note.uri);
    await passOn(forged);
    const likes = async () => (await fetchNote(here.app, alice, note.uri))?.likesCount;
    expect(await likes()).toBe(0);
    const like = { ...activity("Like", FAR, note.uri), id: "https://far.test/likes/1" };
    far.documents.set("/likes/1", { "@context": CONTEXT, ...like });
    await passOn(like);
    expect(await likes()).toBe(1);
  });

  test("takes a note along that is gone at its origin, and only its own boost of one that is not", async () => {
    await follow();
    await passOn(activity("Create", PIM, aPage()));
    group.documents.set("/post/7", { "@context": CONTEXT, ...aPage() });
    const post = await page();
    if (post === null) throw new Error("the post is not here");
    await announceNote(here.app, alice, post.id);
    await passOn(activity("Delete", PIM, "https://gardens.test/post/7"));
    expect(await findPassedOn(here.app, "https://gardens.test/post/7")).not.toBeNull();
    expect((await home()).map((entry) => entry.announcedBy?.username)).toEqual(["alice"]);
    group.documents.set("/post/7", {
      "@context": CONTEXT,
      type: "Tombstone",
      id: "https://gardens.test/post/7",
    });
    await passOn(activity("Delete", PIM, "https://gardens.test/post/7"));
    expect(await findPassedOn(here.app, "https://gardens.test/post/7")).toBeNull();
    expect(await home()).toEqual([]);
  });

  test("that nobody here follows fills no timeline", async () => {
    await passOn(activity("Create", PIM, aPage()));
    expect(await findPassedOn(here.app, "https://gardens.test/post/7")).toBeNull();
  });

  test("hears of answers to its posts, which name it", async () => {
    await follow();
    await passOn(activity("Create", PIM, aPage()));
    const post = await page();
    if (post === null) throw new Error("the post is not here");
    await aNote(here, { by: alice, source: "Lovely", replyTo: post.id });
    await drain(here);
    const create = group.received.find((one) => one.json["type"] === "Create");
    expect(create?.json).toMatchObject({
      audience: group.actorUri,
      cc: expect.arrayContaining([group.actorUri]),
      object: { audience: group.actorUri, inReplyTo: "https://gardens.test/post/7" },
    });
  });

  test("is told of a public note that names it, and of no private one", async () => {
    await follow();
    await aNote(here, { by: alice, source: "@gardens@gardens.test hello there" });
    await aNote(here, { by: alice, source: "@gardens@gardens.test psst", visibility: "direct" });
    await drain(here);
    const creates = group.received.filter((one) => one.json["type"] === "Create").map((one) => one.json);
    expect(creates.map((create) => create["audience"])).toEqual([group.actorUri, undefined]);
  });
});

describe("a wall as Smithereen has it (FEP-400e)", () => {
  const wall = () => ({ type: "Collection", id: `${group.actorUri}/wall`, attributedTo: group.actorUri });

  test("shows posts of others that were added to it, if they say so themselves", async () => {
    await follow();
    const post = {
      "@context": CONTEXT,
      ...aComment({ inReplyTo: undefined, audience: undefined, target: wall() }),
    };
    far.documents.set("/notes/1", post);
    await take({
      id: `${group.actorUri}/adds/1`,
      type: "Add",
      actor: group.actorUri,
      to: [PUBLIC],
      object: post,
      target: wall(),
    });
    expect(await home()).toMatchObject([
      {
        announcedBy: { username: "gardens" },
        note: { author: { username: "fay" }, group: { username: "gardens" } },
      },
    ]);
  });

  test("does not take what its author has not put there", async () => {
    await follow();
    const post = { "@context": CONTEXT, ...aComment({ inReplyTo: undefined, audience: undefined }) };
    far.documents.set("/notes/1", post);
    await take({
      id: `${group.actorUri}/adds/2`,
      type: "Add",
      actor: group.actorUri,
      to: [PUBLIC],
      object: { ...post, target: wall() },
      target: wall(),
    });
    expect(await home()).toEqual([]);
  });
});
