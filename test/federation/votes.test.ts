import { afterEach, beforeEach, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { receiveActor } from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { endPolls, votePoll } from "../../server/services/notes/polls.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Record<string, unknown>;

const HOUR = 3_600_000;
const CONTEXT = "https://www.w3.org/ns/activitystreams";
const PUBLIC = `${CONTEXT}#Public`;

let here: TestInstance;
let alice: Viewer;
let eve: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
});
afterEach(() => here.close());

async function aPoll(multiple = false): Promise<NoteView> {
  const note = await aNote(here, {
    by: alice,
    source: "Which?",
    poll: { options: ["one", "two"], multiple, expiresInMs: HOUR },
  });
  await drain(here);
  return note;
}

/** A vote as Mastodon sends it. */
function aVote(note: NoteView, name: string, change: Json = {}, activity: Json = {}): Json {
  const to = here.app.uris.actor(alice.actorId);
  return {
    "@context": CONTEXT,
    id: `${eve.actorUri}#votes/${name}/activity`,
    type: "Create",
    actor: eve.actorUri,
    to,
    object: {
      id: `${eve.actorUri}#votes/${name}`,
      type: "Note",
      name,
      attributedTo: eve.actorUri,
      inReplyTo: note.uri,
      to,
      ...change,
    },
    ...activity,
  };
}

async function vote(activity: Json): Promise<void> {
  expect(await deliver(here, eve, activity)).toBe(202);
  await drain(here);
}

async function tallies(note: NoteView) {
  const { poll, repliesCount } = await viewNote(here.app, alice, note.id);
  expect(repliesCount).toBe(0);
  return poll?.options.map((option) => option.votes);
}

test("one answer is counted once from each person, and only the first", async () => {
  const note = await aPoll();
  await vote(aVote(note, "two"));
  await vote(aVote(note, "two", { id: `${eve.actorUri}#votes/again` }, { id: `${eve.actorUri}#again` }));
  await vote(aVote(note, "one"));
  expect(await tallies(note)).toEqual([0, 1]);
  expect((await listNotifications(here.app, alice, {})).items).toEqual([]);
});

test("several answers are counted where the poll allows them", async () => {
  const note = await aPoll(true);
  await vote(aVote(note, "two"));
  await vote(aVote(note, "one"));
  await vote(aVote(note, "one", { id: `${eve.actorUri}#votes/again` }, { id: `${eve.actorUri}#again` }));
  expect(await tallies(note)).toEqual([1, 1]);
  expect((await viewNote(here.app, alice, note.id)).poll?.votersCount).toBe(1);
});

test("what is no option, comes too late, or for somebody else, is not counted", async () => {
  const note = await aPoll();
  await vote(aVote(note, "three"));
  const victim = await createPeer(here, "v.test", "vic");
  await vote(aVote(note, "one", { attributedTo: victim.actorUri, id: `${victim.actorUri}#votes/1` }));
  await vote(aVote(note, "one", { attributedTo: victim.actorUri }));
  expect(await tallies(note)).toEqual([0, 0]);
  here.clock.advance(HOUR + 1);
  await vote(aVote(note, "two"));
  expect(await tallies(note)).toEqual([0, 0]);
});

test("a private poll takes no votes from those it is not for", async () => {
  const note = await aNote(here, {
    by: alice,
    source: "Which?",
    visibility: "followers",
    poll: { options: ["one", "two"], multiple: false, expiresInMs: HOUR },
  });
  await vote(aVote(note, "one"));
  expect(await tallies(note)).toEqual([0, 0]);
});

test("ten votes at once of one person for one answer are one vote", async () => {
  const note = await aPoll();
  const votes = Array.from({ length: 10 }, (_, index) =>
    aVote(
      note,
      index % 2 === 0 ? "one" : "two",
      { id: `${eve.actorUri}#votes/${index}` },
      { id: `${eve.actorUri}#v${index}` },
    ),
  );
  await Promise.all(votes.map((activity) => deliver(here, eve, activity)));
  await drain(here);
  expect((await tallies(note))?.reduce((sum, count) => sum + count, 0)).toBe(1);
});

test("a Question is one object with options, tallies, end and voters; its text says nothing of them", async () => {
  const note = await aPoll();
  await vote(aVote(note, "two"));
  const response = await here.request(`/notes/${note.id}`, {
    headers: { accept: "application/activity+json" },
  });
  const json = (await response.json()) as Json;
  expect(json).toMatchObject({
    type: "Question",
    content: "<p>Which?</p>",
    oneOf: [
      { type: "Note", name: "one", replies: { type: "Collection", totalItems: 0 } },
      { type: "Note", name: "two", replies: { type: "Collection", totalItems: 1 } },
    ],
    votersCount: 1,
    to: [PUBLIC],
  });
  expect(json["endTime"]).toBe("2026-06-01T13:00:00Z");
  expect(json["closed"]).toBeUndefined();
  here.clock.advance(HOUR);
  await endPolls(here.app);
  const over = await here.request(`/notes/${note.id}`, { headers: { accept: "application/activity+json" } });
  expect(await over.json()).toMatchObject({ closed: "2026-06-01T13:00:00Z" });
});

/** A poll of eve as Mastodon sends it, followed by alice. */
async function aRemotePoll(change: Json = {}): Promise<NoteView> {
  const received = await here.app.remote.findActor(eve.actorUri);
  if (received === null) throw new Error("eve was not found");
  await followActor(here.app, alice, await receiveActor(here.app, received));
  await drain(here);
  await deliver(here, eve, {
    "@context": CONTEXT,
    id: `${eve.actorUri}/accepts/1`,
    type: "Accept",
    actor: eve.actorUri,
    object: eve.received.find((one) => one.json["type"] === "Follow")?.json["id"],
  });
  await deliver(here, eve, { "@context": CONTEXT, ...aCreate(eve, "p", aQuestion([3, 4], change)) });
  await drain(here);
  const [entry] = (await homeTimeline(here.app, alice, {})).items;
  if (entry === undefined) throw new Error("the poll did not come");
  return entry.note;
}

function aQuestion(votes: readonly number[], change: Json = {}): Json {
  return {
    type: "Question",
    content: "<p>Tea or coffee?</p>",
    endTime: "2026-06-01T13:00:00Z",
    votersCount: votes.reduce((sum, count) => sum + count, 0),
    oneOf: ["Tea", "Coffee"].map((name, index) => ({
      type: "Note",
      name,
      replies: { type: "Collection", totalItems: votes[index] },
    })),
    ...change,
  };
}

async function update(question: Json): Promise<void> {
  const { object } = aCreate(eve, "p", question) as { object: Json };
  const id = `https://e.test/updates/${JSON.stringify(question).length}-${eve.asked.length}`;
  await vote({ "@context": CONTEXT, id, type: "Update", actor: eve.actorUri, to: [PUBLIC], object });
}

test("tallies of a remote poll are its author's to tell, without an edit", async () => {
  const note = await aRemotePoll();
  await update(aQuestion([5, 9]));
  const { poll, editedAt } = await viewNote(here.app, alice, note.id);
  expect(poll?.options.map((option) => option.votes)).toEqual([5, 9]);
  expect(poll?.votersCount).toBe(14);
  expect(editedAt).toBeNull();
});

test("other options are another poll: votes begin anew", async () => {
  const note = await aRemotePoll();
  await votePoll(here.app, alice, note.id, [0]);
  here.clock.advance(60_000);
  const oneOf = ["Tea", "Milk"].map((name) => ({
    type: "Note",
    name,
    replies: { type: "Collection", totalItems: 0 },
  }));
  await update(aQuestion([0, 0], { oneOf, votersCount: 0, updated: "2026-06-01T12:00:30Z" }));
  const { poll } = await viewNote(here.app, alice, note.id);
  expect(poll).toMatchObject({ voted: false, mayVote: true, options: [{ title: "Tea" }, { title: "Milk" }] });
});

test("a poll that its author closed early is over, and those who voted are told", async () => {
  const note = await aRemotePoll();
  await votePoll(here.app, alice, note.id, [1]);
  await drain(here);
  await update(aQuestion([3, 5], { closed: "2026-06-01T12:00:00Z" }));
  expect((await viewNote(here.app, alice, note.id)).poll).toMatchObject({ closed: true, voted: true });
  expect((await listNotifications(here.app, alice, {})).items.map((item) => item.kind)).toContain("poll");
  await expect(votePoll(here.app, alice, note.id, [0])).rejects.toMatchObject({ kind: "conflict" });
});
