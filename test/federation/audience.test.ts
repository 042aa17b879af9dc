import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { ActorId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import {
  approveInteraction,
  listInteractionRequests,
  revokeInteraction,
} from "../../server/services/consent/interactions.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { endPolls } from "../../server/services/notes/polls.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { reportActor } from "../../server/services/moderation/reports.ts";
import { announceNote, unannounceNote } from "../../server/services/reactions/reactions.ts";
import { removeFollower } from "../../server/services/relations/follows.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

const HOUR = 3_600_000;
const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

let here: TestInstance;
let alice: Viewer;
let eve: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
});
afterEach(() => here.close());

async function idOf(peer: Peer): Promise<ActorId> {
  const id = await findActorIdByUri(here.app, peer.actorUri);
  if (id === null) throw new Error(`${peer.actorUri} is not known`);
  return id;
}

async function send(peer: Peer, activity: Record<string, unknown>): Promise<void> {
  expect(await deliver(here, peer, { actor: peer.actorUri, ...activity })).toBe(202);
  await drain(here);
}

async function followAlice(peer: Peer): Promise<void> {
  await send(peer, { id: `${peer.actorUri}/f`, type: "Follow", object: here.app.uris.actor(alice.actorId) });
}

/** A public note of a peer as its server serves it. */
function aDocument(peer: Peer): Record<string, unknown> {
  return {
    "@context": "https://www.w3.org/ns/activitystreams",
    ...(aCreate(peer, "1")["object"] as Record<string, unknown>),
  };
}

/** What a peer was sent about a note, in order. */
function about(peer: Peer, note: Pick<NoteView, "uri">): readonly string[] {
  return peer.received
    .filter(({ json }) => JSON.stringify(json).includes(`"${note.uri}"`))
    .map(({ json }) => String(json["type"]));
}

describe("a note that is deleted", () => {
  test.each(["Like", "Announce"])(
    "is taken back where it was answered by a %s, without any follower",
    async (type) => {
      const note = await aNote(here, { by: alice });
      await send(eve, {
        id: "https://e.test/r",
        type,
        object: note.uri,
        to: [PUBLIC],
        published: new Date(here.clock.now()).toISOString(),
      });
      await deleteNote(here.app, alice, note.id);
      await drain(here);
      expect(about(eve, note)).toEqual(["Delete"]);
    },
  );

  test("is taken back where it was replied to", async () => {
    const note = await aNote(here, { by: alice });
    await send(eve, aCreate(eve, "1", { inReplyTo: note.uri }));
    await deleteNote(here.app, alice, note.id);
    await drain(here);
    expect(about(eve, note)).toEqual(["Delete"]);
  });

  test("is taken back from whoever an edit named no more", async () => {
    const note = await aNote(here, { by: alice, source: "@eve@e.test psst", visibility: "direct" });
    await drain(here);
    await editNote(here.app, alice, { noteId: note.id, source: "never mind" });
    await drain(here);
    await deleteNote(here.app, alice, note.id);
    await drain(here);
    expect(about(eve, note)).toEqual(["Create", "Update", "Delete"]);
  });
});

describe("whoever is blocked, either way", () => {
  test("is told no more of edits of answers to them, but of their end", async () => {
    eve.documents.set("/notes/1", aDocument(eve));
    const parent = await fetchNote(here.app, alice, "https://e.test/notes/1");
    if (parent === null) throw new Error("no parent");
    const note = await aNote(here, { by: alice, source: "an answer", replyTo: parent.id });
    await drain(here);
    expect(about(eve, note)).toEqual(["Create"]);
    await blockActor(here.app, alice, await idOf(eve));
    await editNote(here.app, alice, { noteId: note.id, source: "another answer" });
    await drain(here);
    await deleteNote(here.app, alice, note.id);
    await drain(here);
    expect(about(eve, note)).toEqual(["Create", "Delete"]);
  });

  test("is told no more of edits of what they liked, but of its end", async () => {
    const note = await aNote(here, { by: alice });
    await send(eve, { id: "https://e.test/l", type: "Like", object: note.uri });
    await editNote(here.app, alice, { noteId: note.id, source: "as they liked it" });
    await drain(here);
    expect(about(eve, note)).toEqual(["Update"]);
    await blockActor(here.app, alice, await idOf(eve));
    await editNote(here.app, alice, { noteId: note.id, source: "not for them" });
    await drain(here);
    await deleteNote(here.app, alice, note.id);
    await drain(here);
    expect(about(eve, note)).toEqual(["Update", "Delete"]);
  });

  test("is told no more of edits of quotes of them, but of their end", async () => {
    eve.documents.set("/notes/1", aDocument(eve));
    const quoted = await fetchNote(here.app, alice, "https://e.test/notes/1");
    if (quoted === null) throw new Error("nothing to quote");
    const note = await aNote(here, {
      by: alice,
      source: "look",
      visibility: "followers",
      quoteOf: quoted.id,
    });
    await drain(here);
    const before = about(eve, note).length;
    await blockActor(here.app, alice, await idOf(eve));
    await editNote(here.app, alice, { noteId: note.id, source: "look again" });
    await drain(here);
    expect(about(eve, note).slice(before)).toEqual([]);
    await deleteNote(here.app, alice, note.id);
    await drain(here);
    expect(about(eve, note).slice(before)).toEqual(["Delete"]);
  });

  test.each(["removed", "blocked"])(
    "PRV-02: a voter who was %s since is told no more of a poll for followers",
    async (how) => {
      await followAlice(eve);
      const note = await aNote(here, {
        by: alice,
        source: "Which?",
        visibility: "followers",
        poll: { options: ["one", "two"], multiple: false, expiresInMs: HOUR },
      });
      await drain(here);
      const to = here.app.uris.actor(alice.actorId);
      await send(eve, {
        id: "https://e.test/v/activity",
        type: "Create",
        to,
        object: {
          id: "https://e.test/v",
          type: "Note",
          name: "one",
          attributedTo: eve.actorUri,
          inReplyTo: note.uri,
          to,
        },
      });
      if (how === "removed") await removeFollower(here.app, alice, await idOf(eve));
      else await blockActor(here.app, alice, await idOf(eve));
      await editNote(here.app, alice, { noteId: note.id, source: "Which? secretword" });
      here.clock.advance(2 * HOUR);
      await endPolls(here.app);
      await drain(here);
      expect(JSON.stringify(eve.received)).not.toContain("secretword");
    },
  );
});

describe("one activity", () => {
  test("comes to a server once, also where the author of what is boosted has followers of the booster beside them", async () => {
    const fan = await createPeer(here, "e.test", "fan");
    for (const [path, document] of eve.documents) fan.documents.set(path, document);
    await followAlice(fan);
    fan.documents.set("/notes/1", aDocument(fan));
    const note = await fetchNote(here.app, alice, "https://e.test/notes/1");
    if (note === null) throw new Error("no note");
    fan.received.length = 0;
    await announceNote(here.app, alice, note.id);
    await drain(here);
    await unannounceNote(here.app, alice, note.id);
    await drain(here);
    expect(fan.received.map(({ json }) => json["type"])).toEqual(["Announce", "Undo"]);
  });
});

describe("the end of an account", () => {
  test("is told to whoever it wrote to, also where nobody followed it", async () => {
    await aNote(here, { by: alice, source: "@eve@e.test psst", visibility: "direct" });
    await drain(here);
    await removeMember(here.app, alice.actorId);
    await drain(here);
    expect(eve.received.map(({ json }) => json["type"])).toEqual(["Create", "Delete"]);
  });
});

describe("an answer that was waited for", () => {
  test.each([
    ["private", false],
    ["public", true],
  ] as const)(
    "and is %s is told of to followers as far as everybody may know of it",
    async (width, isTold) => {
      const fan = await createPeer(here, "f.test", "fan");
      await followAlice(fan);
      const note = await aNote(here, {
        by: alice,
        policy: { reply: { automatic: "nobody", manual: "everyone" } },
      });
      await drain(here);
      const to = width === "public" ? [PUBLIC] : [here.app.uris.actor(alice.actorId)];
      const cc = [here.app.uris.actor(alice.actorId)];
      await send(eve, aCreate(eve, "answer", { inReplyTo: note.uri, to, cc }, { to, cc }));
      const { items } = await listInteractionRequests(here.app, alice, {});
      const [request] = items;
      if (request === undefined) throw new Error("nobody asked");
      await approveInteraction(here.app, alice, request.id);
      await drain(here);
      expect(eve.received.map(({ json }) => json["type"])).toContain("Accept");
      expect(JSON.stringify(fan.received).includes("https://e.test/notes/answer")).toBe(isTold);
      const before = fan.received.length;
      await revokeInteraction(here.app, alice, request.id);
      await drain(here);
      expect(fan.received.length > before).toBe(isTold);
      expect(eve.received.at(-1)?.json["type"]).toBe("Delete");
    },
  );
});

describe("a report", () => {
  test("of somebody alone names them in a list, as Pleroma reads it", async () => {
    const note = await aNote(here, { by: alice });
    await send(eve, { id: "https://e.test/l", type: "Like", object: note.uri });
    await reportActor(here.app, alice, {
      targetId: await idOf(eve),
      noteIds: [],
      category: "spam",
      comment: "",
      forward: true,
    });
    await drain(here);
    expect(eve.received.at(-1)?.json).toMatchObject({ type: "Flag", object: [eve.actorUri] });
  });
});
