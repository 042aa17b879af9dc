// The servers of test/fixtures, each with its own names for things and its own way to sign, do what servers do all day.
// Each table row is one story: its tests build on each other, in order.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findRelationship, viewActor } from "../../server/services/actors/actors.ts";
import { search } from "../../server/services/search.ts";
import { homeTimeline, tagTimeline } from "../../server/services/timelines.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { actorPath } from "../../web/paths.ts";
import { aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
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
} from "./implementations/scene.ts";
import { fixtureNames, readFixture, type Json } from "./implementations/software.ts";

const fixtures = await Promise.all(
  (await fixtureNames()).map(async (name) => ({ name, ...(await readFixture(name)) })),
);

test("at least sixteen implementations are here", () => {
  expect(new Set(fixtures.map(({ software }) => software)).size).toBeGreaterThanOrEqual(16);
});

describe.each(fixtures)("$software $version", ({ name, sent, expected, handle, actor, followed }) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await aScene(name);
  });
  afterAll(() => scene.close());

  const noteUri = expected.note.uri ?? String(objectOf(sent["note"])["id"]);

  test("is found by its handle, with its name and its page", async () => {
    const [found] = (await search(scene.here.app, scene.alice.viewer, `@${handle}`)).actors;
    expect(found).toMatchObject({ uri: actor, kind: expected.kind, url: expected.page });
    expect(found?.name).toContain(expected.name);
    expect(found?.locked).toBe(expected.locked ?? false);
    const shown = found === undefined ? "" : await page(scene, actorPath(found));
    expect(shown).toContain(expected.name);
    expect(shown).toContain(expected.bio);
  });

  if (sent["follow"] !== undefined)
    test("its Follow is answered with an Accept that repeats it", async () => {
      expect(await sendAndDrain(scene, "follow")).toBe(202);
      const follow = scene.them.document("follow");
      const accept = scene.them.received.find((one) => one.json["type"] === "Accept");
      expect(accept?.json).toMatchObject({
        actor: scene.them.words.get("alice"),
        object: { id: follow["id"], type: "Follow", actor, object: scene.them.words.get("alice") },
      });
      expect(await told(scene)).toMatchObject([{ kind: "follow", actor: { uri: actor } }]);
    });

  test("its Accept completes our Follow", async () => {
    const id = await aliceFollows(scene);
    const relationship = async () =>
      (await findRelationship(scene.here.app, scene.alice.viewer, id)).following;
    expect(await relationship()).toBe("pending");
    expect(await sendAndDrain(scene, "accept")).toBe(202);
    expect(await relationship()).toBe("accepted");
    expect((await viewActor(scene.here.app, id))?.uri).toBe(followed ?? actor);
  });

  test("its note is stored, told of and shown", async () => {
    expect(await sendAndDrain(scene, "note")).toBe(202);
    const note = await theNoteAt(scene, noteUri);
    expect(note).toMatchObject({ visibility: "public", language: expected.note.language });
    expect(note.tags).toEqual(expected.note.tags);
    expect(note.attachments.filter(({ kind }) => kind === "image")).toHaveLength(expected.note.pictures ?? 0);
    const { items } = await homeTimeline(scene.here.app, scene.alice.viewer, {});
    expect(items.map((entry) => entry.note.uri)).toContain(noteUri);
    const mentioned = (await told(scene)).some((one) => one.kind === "mention" && one.note?.uri === noteUri);
    expect(mentioned).toBe(expected.note.mentions ?? true);
    const shown = await notePage(scene, note);
    for (const text of [expected.note.text, expected.note.title ?? ""]) expect(shown).toContain(text);
    if (expected.note.alt !== undefined) expect(shown).toContain(`alt="${expected.note.alt}"`);
    expect(shown).not.toMatch(/<script(?! type="module" src="\/static\/)/);
  });

  for (const tag of expected.note.tags)
    test(`its note is found under #${tag}`, async () => {
      const { items } = await tagTimeline(scene.here.app, scene.alice.viewer, tag, {});
      expect(items.map((entry) => entry.note.uri)).toContain(noteUri);
    });

  test("its reply stands below what it answers", async () => {
    expect(await sendAndDrain(scene, "reply")).toBe(202);
    const thread = await viewThread(scene.here.app, scene.alice.viewer, scene.note.id);
    expect(thread.note.repliesCount).toBe(1);
    expect(thread.replies.map(({ note }) => note.visibility)).toEqual([expected.replyVisibility ?? "public"]);
    expect(await notePage(scene, thread.note)).toContain(expected.reply);
    expect((await told(scene))[0]).toMatchObject({ kind: "reply" });
  });

  if (expected.edit !== undefined)
    test("its edit replaces the text, and the old one is kept as history", async () => {
      scene.here.clock.advance(60_000);
      expect(await sendAndDrain(scene, "edit")).toBe(202);
      const note = await theNoteAt(scene, noteUri);
      expect(note.editedAt).not.toBeNull();
      expect(await notePage(scene, note)).toContain(expected.edit);
    });

  if (sent["like"] !== undefined)
    test("its like is counted, told of, and can be taken back", async () => {
      const before = await likesOf(scene, expected.reaction);
      expect(await sendAndDrain(scene, "like")).toBe(202);
      expect(await likesOf(scene, expected.reaction)).toBe(before + 1);
      expect(await sendAndDrain(scene, "like")).toBe(202);
      expect(await likesOf(scene, expected.reaction)).toBe(before + 1);
      if (sent["unlike"] === undefined) return;
      expect(await sendAndDrain(scene, "unlike")).toBe(202);
      expect(await likesOf(scene, expected.reaction)).toBe(before);
    });

  if (sent["announce"] !== undefined)
    test("its boost is counted, told of, and can be taken back", async () => {
      expect(await sendAndDrain(scene, "announce")).toBe(202);
      expect((await herNote(scene)).announcesCount).toBe(1);
      expect((await told(scene))[0]).toMatchObject({ kind: "announce", actor: { uri: actor } });
      if (sent["unannounce"] === undefined) return;
      expect(await sendAndDrain(scene, "unannounce")).toBe(202);
      expect((await herNote(scene)).announcesCount).toBe(0);
    });

  if (expected.delivered !== null)
    test("our notes and answers arrive at the inbox it asked for", async () => {
      const { here, alice, them } = scene;
      them.received.length = 0;
      await aNote(here, { by: alice.viewer, source: "For everybody" });
      const theirs = await theNoteAt(scene, noteUri);
      await aNote(here, { by: alice.viewer, source: "An answer", replyTo: theirs.id });
      await drain(here);
      const creates = them.received.filter((one) => one.json["type"] === "Create");
      expect(creates.map((one) => objectOf(one.json)["inReplyTo"] ?? null)).toEqual([null, noteUri]);
      for (const { path } of creates) expect(path).toBe(expected.delivered);
    });

  test("its deletion takes the note away", async () => {
    expect(await sendAndDrain(scene, "delete")).toBe(202);
    expect(await noteAt(scene, noteUri)).toBeNull();
    const { items } = await homeTimeline(scene.here.app, scene.alice.viewer, {});
    expect(items.map((entry) => entry.note.uri)).not.toContain(noteUri);
  });

  if (sent["unfollow"] !== undefined)
    test("after its unfollow nothing is sent any more", async () => {
      expect(await sendAndDrain(scene, "unfollow")).toBe(202);
      const relationship = await findRelationship(
        scene.here.app,
        scene.alice.viewer,
        await actorId(scene, actor),
      );
      expect(relationship.followedBy).toBe(false);
      scene.them.received.length = 0;
      await aNote(scene.here, { by: scene.alice.viewer, source: "Not for them" });
      await drain(scene.here);
      expect(scene.them.received).toEqual([]);
    });

  if (sent["unfollow"] !== undefined)
    test("it may follow again under the same id", async () => {
      expect(await sendAndDrain(scene, "follow")).toBe(202);
      expect(scene.them.received.map((one) => one.json["type"])).toEqual(["Accept"]);
    });
});

/** Likes of alice's note, or reactions with one emoji. */
async function likesOf(scene: Scene, emoji: string | undefined): Promise<number> {
  const note = await herNote(scene);
  if (emoji === undefined) return note.likesCount;
  return note.reactions.find(({ name }) => name === emoji)?.count ?? 0;
}

function objectOf(activity: Json | undefined): Json {
  return (activity?.["object"] ?? {}) as Json;
}
