// What only some servers say, each in its own words.
// This file: those that people write short notes on.

import { afterEach, describe, expect, test } from "vitest";
import { findRelationship, viewActor } from "../../../server/services/actors/actors.ts";
import { listFeaturedTags } from "../../../server/services/actors/featured-tags.ts";
import { listPinned } from "../../../server/services/actors/pins.ts";
import { votePoll } from "../../../server/services/notes/polls.ts";
import { listReports } from "../../../server/services/moderation/reports.ts";
import { actorPath } from "../../../web/paths.ts";
import { aNote } from "../../support/instance.ts";
import { drain } from "../../support/network.ts";
import {
  actorId,
  aliceFollows,
  aScene,
  herNote,
  noteAt,
  notePage,
  page,
  sendAndDrain,
  theNoteAt,
  told,
  type Scene,
} from "./scene.ts";
import type { Json } from "./software.ts";

let scene: Scene;
afterEach(() => scene.close());

/** The scene for a fixture in which alice follows its actor. */
async function followedScene(fixture: string): Promise<Scene> {
  const opened = await aScene(fixture);
  await aliceFollows(opened);
  await sendAndDrain(opened, "accept");
  return opened;
}

function objectOf(activity: Json): Json {
  return activity["object"] as Json;
}

describe("Mastodon", () => {
  test("a poll is shown with its tallies, and our vote is a Note with nothing but a name for its author alone", async () => {
    scene = await followedScene("mastodon-4.3");
    await sendAndDrain(scene, "question");
    const uri = "https://mastodon.example/users/mira/statuses/1020";
    const note = await theNoteAt(scene, uri);
    expect(note.poll).toMatchObject({
      multiple: false,
      votersCount: 4,
      options: [
        { title: "With the sun", votes: 3 },
        { title: "Against it", votes: 1 },
      ],
    });
    const shown = await notePage(scene, note);
    for (const text of ["Which way round the lake?", "With the sun", "Against it"])
      expect(shown).toContain(text);
    scene.them.received.length = 0;
    await votePoll(scene.here.app, scene.alice.viewer, note.id, [1]);
    await drain(scene.here);
    const [vote] = scene.them.received;
    expect(vote?.path).toBe("/users/mira/inbox");
    expect(vote?.json).toMatchObject({
      type: "Create",
      to: [scene.them.actor],
      object: { type: "Note", name: "Against it", inReplyTo: uri, to: [scene.them.actor] },
    });
    expect(objectOf(vote?.json ?? {})).not.toHaveProperty("content");
  });

  test("an Update of a Question brings new tallies", async () => {
    scene = await followedScene("mastodon-4.3");
    await sendAndDrain(scene, "question");
    await sendAndDrain(scene, "tally");
    const note = await theNoteAt(scene, "https://mastodon.example/users/mira/statuses/1020");
    expect(note.poll).toMatchObject({ votersCount: 9, options: [{ votes: 7 }, { votes: 2 }] });
    expect(note.editedAt).toBeNull();
  });

  test("a vote in a poll of ours is counted once, and is no note", async () => {
    scene = await aScene("mastodon-4.3");
    const poll = { options: ["Tea", "Coffee"], multiple: false, expiresInMs: 86_400_000 };
    const note = await aNote(scene.here, { by: scene.alice.viewer, source: "What?", poll });
    scene.them.words.set("poll", note.uri);
    await sendAndDrain(scene, "vote");
    await sendAndDrain(scene, "vote");
    const { poll: tallied, repliesCount } = await theNoteAt(scene, note.uri);
    expect(tallied).toMatchObject({ votersCount: 1, options: [{ votes: 1 }, { votes: 0 }] });
    expect(repliesCount).toBe(0);
    expect(await noteAt(scene, "https://mastodon.example/users/mira#votes/9")).toBeNull();
  });

  test("a direct note is shown to the mentioned and to nobody else", async () => {
    scene = await aScene("mastodon-4.3");
    await sendAndDrain(scene, "direct");
    const note = await theNoteAt(scene, "https://mastodon.example/users/mira/statuses/1030");
    expect(note.visibility).toBe("direct");
    expect(await notePage(scene, note)).toContain("between the two of us");
    const signedOut = await scene.here.request(`/@mira@mastodon.example/${note.id}`);
    expect(signedOut.status).toBe(404);
  });

  test("a boost of its own unlisted note under a warning is shown behind the warning", async () => {
    scene = await followedScene("mastodon-4.3");
    await sendAndDrain(scene, "ownAnnounce");
    const note = await theNoteAt(scene, "https://mastodon.example/users/mira/statuses/1010");
    expect(note).toMatchObject({ visibility: "unlisted", summary: "Ending of a film", sensitive: true });
    expect(await page(scene, "/home")).toContain("Ending of a film");
  });

  test("pinned notes are fetched with the profile, and an Add pins one more", async () => {
    scene = await followedScene("mastodon-4.3");
    const id = await actorId(scene, scene.them.actor);
    const pinned = async () => (await listPinned(scene.here.app, null, id)).map(({ uri }) => uri);
    expect(await pinned()).toEqual(["https://mastodon.example/users/mira/statuses/900"]);
    await sendAndDrain(scene, "ownAnnounce");
    await sendAndDrain(scene, "pin");
    expect(await pinned()).toContain("https://mastodon.example/users/mira/statuses/1010");
    const view = await viewActor(scene.here.app, id);
    expect(view === null ? "" : await page(scene, actorPath(view))).toContain("My list of good paths");
  });

  test("featured tags are read with the profile", async () => {
    scene = await followedScene("mastodon-4.6");
    const tags = await listFeaturedTags(scene.here.app, await actorId(scene, scene.them.actor));
    expect(tags).toEqual([{ tag: "mynydd", name: "mynydd" }]);
  });

  test("a Flag of its instance actor is a report for the staff, and the reported hears nothing", async () => {
    scene = await aScene("mastodon-4.3");
    expect(await sendAndDrain(scene, "flag")).toBe(202);
    const { owner } = scene.here;
    if (owner === null) throw new Error("no owner");
    const [report] = (await listReports(scene.here.app, owner, { state: "open" })).items;
    expect(report).toMatchObject({
      reporter: { uri: "https://mastodon.example/actor" },
      target: { username: "alice" },
      comment: "Please look at this note",
      objectUris: [scene.note.uri],
    });
    expect(await told(scene)).toEqual([]);
  });

  test("a Block ends the follows of both sides without a word", async () => {
    scene = await followedScene("mastodon-4.3");
    await sendAndDrain(scene, "follow");
    const before = await told(scene);
    await sendAndDrain(scene, "block");
    const id = await actorId(scene, scene.them.actor);
    expect(await findRelationship(scene.here.app, scene.alice.viewer, id)).toMatchObject({
      following: "no",
      followedBy: false,
    });
    expect((await told(scene)).length).toBeLessThanOrEqual(before.length);
  });

  test("an actor that deletes itself is gone with all it wrote, also when its key is gone already", async () => {
    scene = await followedScene("mastodon-4.3");
    await sendAndDrain(scene, "note");
    scene.them.documents.set("/users/mira", null);
    expect(await sendAndDrain(scene, "deleteActor")).toBe(202);
    expect(await noteAt(scene, "https://mastodon.example/users/mira/statuses/1001")).toBeNull();
  });

  test("a quote is asked for with a QuoteRequest, answered with a stamp, and shown as a quote", async () => {
    scene = await aScene("mastodon-4.6");
    const quote = objectOf(scene.them.document("quote"));
    scene.them.documents.set(new URL(String(quote["id"])).pathname, quote);
    await sendAndDrain(scene, "quoteRequest");
    const accept = scene.them.received.find((one) => one.json["type"] === "Accept")?.json;
    const stamp = String(accept?.["result"]);
    expect(objectOf(accept ?? {})["type"] ?? objectOf(accept ?? {})).toBeTruthy();
    const served = await scene.here.request(stamp, { headers: { accept: "application/activity+json" } });
    expect(await served.json()).toMatchObject({
      id: stamp,
      type: "QuoteAuthorization",
      interactingObject: quote["id"],
      interactionTarget: scene.note.uri,
    });
    const create = scene.them.document("quote");
    await sendAndDrain(scene, { ...create, object: { ...objectOf(create), quoteAuthorization: stamp } });
    const note = await theNoteAt(scene, String(quote["id"]));
    expect(note.quote).toMatchObject({ state: "accepted", note: { uri: scene.note.uri } });
    const shown = await notePage(scene, note);
    expect(shown).toContain("dyma hi");
    expect(shown).toContain("What grows where you live?");
    expect(shown).not.toContain("RE:");
  });

  test("a Move is followed only when the other actor names the old one", async () => {
    scene = await followedScene("mastodon-4.6");
    const target = "https://mastodon46.example/ap/users/115000000000000002";
    const old = scene.them.served[new URL(scene.them.actor).pathname] ?? {};
    const moved = JSON.parse(JSON.stringify(old).replaceAll(scene.them.actor, target)) as Json;
    scene.them.documents.set(new URL(target).pathname, { ...moved, preferredUsername: "lowri2" });
    await sendAndDrain(scene, "move");
    const following = async (uri: string) =>
      (await findRelationship(scene.here.app, scene.alice.viewer, await actorId(scene, uri))).following;
    expect(await following(scene.them.actor)).toBe("accepted");
    scene.them.documents.set(new URL(target).pathname, {
      ...moved,
      preferredUsername: "lowri2",
      alsoKnownAs: [scene.them.actor],
    });
    scene.here.clock.advance(3_600_000);
    const move = { ...scene.them.document("move"), id: `${scene.them.actor}#moves/2` };
    await sendAndDrain(scene, move);
    expect(await following(target)).not.toBe("no");
    expect(await following(scene.them.actor)).toBe("no");
  });
});

describe("GoToSocial", () => {
  test("an interaction policy closes what it does not allow", async () => {
    scene = await followedScene("gotosocial");
    await sendAndDrain(scene, "guarded");
    const note = await theNoteAt(scene, "https://gts.example/users/turtle/statuses/01HNOTE4");
    expect(note.may).toMatchObject({ like: "yes", announce: "no" });
  });

  test("every document but the key is asked for with a signature", async () => {
    scene = await followedScene("gotosocial");
    expect(scene.them.asked).toContain("/users/turtle");
    expect(scene.them.received.map(({ json }) => json["type"])).toContain("Follow");
  });
});

describe("Misskey and Sharkey", () => {
  test("a custom reaction has its picture, and a heart is a like like everybody's", async () => {
    scene = await aScene("misskey");
    await sendAndDrain(scene, "customReaction");
    await sendAndDrain(scene, "heart");
    const note = await herNote(scene);
    expect(note.reactions.find(({ name }) => name === ":chasen:")).toMatchObject({ count: 1 });
    expect(note.reactions.find(({ name }) => name === ":chasen:")?.url).toMatch(/^\/proxy\//);
    expect(note.likesCount).toBe(1);
    expect(await notePage(scene, note)).toContain('alt=":chasen:"');
  });

  test("a poll without an end is a poll", async () => {
    scene = await followedScene("misskey");
    await sendAndDrain(scene, "question");
    const note = await theNoteAt(scene, "https://misskey.example/notes/9q1");
    expect(note.poll).toMatchObject({ endsAt: null, closed: false, options: [{ votes: 2 }, { votes: 1 }] });
  });

  test("a quote without a stamp shows the quoted text only if its author lets everybody quote", async () => {
    scene = await followedScene("misskey");
    const closed = { automatic: "nobody", manual: "nobody" } as const;
    const by = scene.alice.viewer;
    const note = await aNote(scene.here, { by, source: "Not for quoting", policy: { quote: closed } });
    await sendAndDrain(scene, "quote");
    const uri = "https://misskey.example/notes/9n5";
    expect((await theNoteAt(scene, uri)).quote).toMatchObject({ state: "accepted", uri: scene.note.uri });
    const other = JSON.stringify(scene.them.document("quote"))
      .replaceAll(scene.note.uri, note.uri)
      .replaceAll("9n5", "9n6");
    await sendAndDrain(scene, JSON.parse(other) as Json);
    const refused = await theNoteAt(scene, "https://misskey.example/notes/9n6");
    expect(refused.quote).toMatchObject({ uri: note.uri, note: null });
    const shown = await notePage(scene, refused);
    expect(shown).toContain("これ好き");
    expect(shown).not.toContain("Not for quoting");
  });

  test("custom emoji in its texts are pictures from our own origin", async () => {
    scene = await followedScene("misskey");
    await sendAndDrain(scene, "note");
    const shown = await notePage(scene, await theNoteAt(scene, "https://misskey.example/notes/9n1"));
    expect(shown).toContain('alt=":chasen:"');
    expect(shown).not.toContain("https://misskey.example/files/chasen.png");
  });
});

describe("Pleroma and Akkoma", () => {
  test("a ChatMessage is a direct note", async () => {
    scene = await aScene("pleroma");
    await sendAndDrain(scene, "chat");
    const note = await theNoteAt(scene, "https://pleroma.example/objects/m1");
    expect(note.visibility).toBe("direct");
    expect(await notePage(scene, note)).toContain("a word in private");
  });

  test("a note for followers is shown to the follower alone", async () => {
    scene = await followedScene("pleroma");
    await sendAndDrain(scene, "followersOnly");
    const note = await theNoteAt(scene, "https://pleroma.example/objects/n6");
    expect(note).toMatchObject({ visibility: "followers", summary: null, sensitive: false });
    expect((await scene.here.request(`/@lin@pleroma.example/${note.id}`)).status).toBe(404);
  });

  test("a plain Like and an EmojiReact of one person are two things", async () => {
    scene = await aScene("pleroma");
    await sendAndDrain(scene, "like");
    await sendAndDrain(scene, "plainLike");
    const note = await herNote(scene);
    expect([note.likesCount, note.reactions.map(({ name, count }) => [name, count])]).toEqual([
      1,
      [["👌", 1]],
    ]);
  });

  test("a custom reaction with the picture in its tag is shown, also without an id, and a quote by quoteUri is read", async () => {
    scene = await followedScene("akkoma");
    await sendAndDrain(scene, "blobReact");
    expect((await herNote(scene)).reactions.map(({ name }) => name)).toEqual([":blobmar:"]);
    const nameless = JSON.stringify(scene.them.document("blobReact"))
      .replace('"id":"https://akkoma.example/emoji/blobmar.png"', '"id":null')
      .replaceAll("blobmar", "blobfox")
      .replaceAll("/r2", "/r3");
    expect(await sendAndDrain(scene, JSON.parse(nameless) as Json)).toBe(202);
    expect((await herNote(scene)).reactions.map(({ name }) => name)).toContain(":blobfox:");
    await sendAndDrain(scene, "quote");
    expect((await theNoteAt(scene, "https://akkoma.example/objects/n5")).quote?.uri).toBe(scene.note.uri);
  });
});
