// Threads and follows that span three servers.

import { describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { findOrFetchActor, findRelationship, viewActor } from "../../server/services/actors/actors.ts";
import { fetchThread, viewElsewhere } from "../../server/services/threads/backfill.ts";
import { removeFollower, unfollowActor } from "../../server/services/relations/follows.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aNote, type TestInstance } from "../support/instance.ts";
import { drainWithFaults } from "../support/network.ts";
import { aTrio, followIn, outage, type Trio } from "../support/trio.ts";

const HOUR = 3_600_000;

async function newest(at: TestInstance, viewer: Viewer) {
  const [entry] = (await homeTimeline(at.app, viewer, {})).items;
  if (entry === undefined) throw new Error(`Nothing came to ${at.host}.`);
  return entry.note;
}

const repliesAt = async (at: TestInstance, viewer: Viewer, uri: string) => {
  const note = await fetchNote(at.app, viewer, uri);
  if (note === null) throw new Error(`${uri} is not at ${at.host}`);
  return (await viewThread(at.app, viewer, note.id)).replies.map((reply) => reply.note.contentHtml);
};

/** Bo of west is followed from east and south; a note of his is there. */
async function aNoteOfBo(visibility: "public" | "followers" = "public") {
  const trio = await aTrio();
  await followIn(trio, trio.east, trio.ann.viewer, "@bo@west.test");
  await followIn(trio, trio.south, trio.cy.viewer, "@bo@west.test");
  const root = await aNote(trio.west, { by: trio.bo.viewer, source: "a question", visibility });
  await trio.settle();
  return { ...trio, root };
}

async function annAnswers(trio: Trio, source = "@bo@west.test an answer") {
  const seen = await newest(trio.east, trio.ann.viewer);
  trio.clock.advance(1000);
  const answer = await aNote(trio.east, { by: trio.ann.viewer, source, replyTo: seen.id });
  await trio.settle();
  return answer;
}

describe("forwarding (ActivityPub 7.1.2)", () => {
  it("a reply reaches the followers of whom it answers, who believe it by its proof", async () => {
    const trio = await aNoteOfBo();
    await annAnswers(trio);
    expect(await repliesAt(trio.south, trio.cy.viewer, trio.root.uri)).toHaveLength(1);
    const posts = trio.network.log.filter(
      (one) =>
        one.method === "POST" && one.url.startsWith("https://south.test") && one.body.includes("an answer"),
    );
    expect(posts).toHaveLength(1);
    const back = trio.network.log.filter(
      (one) =>
        one.method === "POST" && one.url.startsWith("https://east.test") && one.body.includes("an answer"),
    );
    expect(back).toEqual([]);
  });

  it("its edits and its deletion go the same way", async () => {
    const trio = await aNoteOfBo();
    const answer = await annAnswers(trio);
    trio.clock.advance(60_000);
    await editNote(trio.east.app, trio.ann.viewer, {
      noteId: answer.id,
      source: "@bo@west.test a better answer",
    });
    await trio.settle();
    const [edited] = await repliesAt(trio.south, trio.cy.viewer, trio.root.uri);
    expect(edited).toContain("a better answer");
    await deleteNote(trio.east.app, trio.ann.viewer, answer.id);
    await trio.settle();
    expect(await repliesAt(trio.south, trio.cy.viewer, trio.root.uri)).toEqual([]);
  });

  it("private replies, replies to private notes, and replies of the blocked are not handed on", async () => {
    const told = (trio: Trio, word: string) =>
      trio.network.log.some(
        (one) => one.method === "POST" && one.url.startsWith("https://south.test") && one.body.includes(word),
      );
    const trio = await aNoteOfBo();
    const seen = await newest(trio.east, trio.ann.viewer);
    await aNote(trio.east, {
      by: trio.ann.viewer,
      source: "@bo@west.test a whisper",
      replyTo: seen.id,
      visibility: "direct",
    });
    await trio.settle();
    expect(told(trio, "a whisper")).toBe(false);
    const annAtWest = await findOrFetchActor(
      trio.west.app,
      trio.east.app.uris.actor(trio.ann.viewer.actorId),
    );
    if (annAtWest === null) throw new Error("Ann is not known at west.");
    // The block is on its way while the reply is.
    const end = outage(trio, trio.east);
    await blockActor(trio.west.app, trio.bo.viewer, annAtWest);
    await drainWithFaults(trio.west);
    end();
    await aNote(trio.east, { by: trio.ann.viewer, source: "@bo@west.test a curse", replyTo: seen.id });
    await trio.settle();
    expect(told(trio, "a curse")).toBe(false);
  });
});

describe("back-fill between servers", () => {
  it("brings the replies that were made before anybody here knew the note, in one look at the conversation", async () => {
    const trio = await aTrio();
    await followIn(trio, trio.east, trio.ann.viewer, "@bo@west.test");
    const root = await aNote(trio.west, { by: trio.bo.viewer, source: "a question" });
    await trio.settle();
    await annAnswers(trio);
    const note = await fetchNote(trio.south.app, trio.cy.viewer, root.uri);
    if (note === null) throw new Error("The note cannot be had.");
    expect(await viewElsewhere(trio.south.app, note.id)).toEqual({ missing: 1, state: "due" });
    await fetchThread(trio.south.app, trio.cy.viewer, note.id);
    await trio.settle();
    expect(await repliesAt(trio.south, trio.cy.viewer, root.uri)).toHaveLength(1);
    expect(await viewElsewhere(trio.south.app, note.id)).toMatchObject({ missing: 0 });
  });

  it("fetches what a delivered reply answers, and the rest of the thread a little later", async () => {
    const trio = await aTrio();
    await followIn(trio, trio.east, trio.ann.viewer, "@bo@west.test");
    await followIn(trio, trio.south, trio.cy.viewer, "@ann@east.test");
    const root = await aNote(trio.west, { by: trio.bo.viewer, source: "a question" });
    trio.clock.advance(1000);
    await aNote(trio.west, { by: trio.bo.viewer, source: "by the way", replyTo: root.id });
    await trio.settle();
    const seen = await fetchNote(trio.east.app, trio.ann.viewer, root.uri);
    if (seen === null) throw new Error("The note is not at east.");
    await aNote(trio.east, { by: trio.ann.viewer, source: "@bo@west.test an answer", replyTo: seen.id });
    await trio.settle();
    const thread = await viewThread(
      trio.south.app,
      trio.cy.viewer,
      (await newest(trio.south, trio.cy.viewer)).id,
    );
    expect(thread.ancestors.map((note) => note.uri)).toEqual([root.uri]);
    trio.clock.advance(2 * 60_000);
    await trio.settle();
    expect(await repliesAt(trio.south, trio.cy.viewer, root.uri)).toHaveLength(2);
  });
});

describe("follower synchronisation (FEP-8fcf)", () => {
  /** A day of trouble at one server, so long that what was sent to it is given up. */
  async function lose(trio: Trio, at: TestInstance, act: () => Promise<unknown>): Promise<void> {
    const end = outage(trio, at);
    await act();
    for (let days = 0; days < 9; days++) {
      await drainWithFaults(trio.east, trio.west, trio.south);
      trio.clock.advance(24 * HOUR);
    }
    await drainWithFaults(trio.east, trio.west, trio.south);
    end();
  }

  async function speak(trio: Trio): Promise<void> {
    await aNote(trio.west, { by: trio.bo.viewer, source: "for followers", visibility: "followers" });
    for (let hours = 0; hours < 30; hours++) {
      trio.clock.advance(HOUR);
      await drainWithFaults(trio.east, trio.west, trio.south);
    }
  }

  it("ends a follow whose end was lost in an outage", async () => {
    const trio = await aNoteOfBo();
    const annAtWest = await findOrFetchActor(
      trio.west.app,
      trio.east.app.uris.actor(trio.ann.viewer.actorId),
    );
    const boAtEast = await findOrFetchActor(trio.east.app, trio.root.author.uri);
    if (annAtWest === null || boAtEast === null) throw new Error("They do not know each other.");
    const { viewer: dora } = await (await import("../support/instance.ts")).aMember(trio.east, "dora");
    await followIn(trio, trio.east, dora, "@bo@west.test");
    await lose(trio, trio.east, () => removeFollower(trio.west.app, trio.bo.viewer, annAtWest));
    const state = async (who: Viewer) => (await findRelationship(trio.east.app, who, boAtEast)).following;
    expect(await state(trio.ann.viewer)).toBe("accepted");
    await speak(trio);
    expect(await state(trio.ann.viewer)).toBe("no");
    expect(await state(dora)).toBe("accepted");
  });

  it("takes back a follow that only the other side still has", async () => {
    const trio = await aNoteOfBo();
    const boAtEast = await findOrFetchActor(trio.east.app, trio.root.author.uri);
    if (boAtEast === null) throw new Error("Bo is not known at east.");
    await lose(trio, trio.west, () => unfollowActor(trio.east.app, trio.ann.viewer, boAtEast));
    expect((await viewActor(trio.west.app, trio.bo.viewer.actorId))?.followersCount).toBe(2);
    await speak(trio);
    expect((await viewActor(trio.west.app, trio.bo.viewer.actorId))?.followersCount).toBe(1);
  });
});
