// What comes twice, late, early or in the wrong order (docs/threats.md, reliability): the end is the same.

import { afterEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteId } from "../../server/domain/ids.ts";
import type { NoteView } from "../../server/domain/note.ts";
import {
  findActorIdByUri,
  findOrFetchActor,
  findRelationship,
  viewActor,
} from "../../server/services/actors/actors.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { MAINTENANCE } from "../../server/services/operations/maintenance.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { viewNote, viewThread } from "../../server/services/threads/threads.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import type { Database } from "../../server/store/database.ts";
import { eachDatabase, memoryDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";

type Json = Readonly<Record<string, unknown>>;
const DAY = 86_400_000;
const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

/** Alice's server, and Eve, whom she follows, on one of another kind. */
type Scene = { readonly here: TestInstance; readonly alice: Viewer; readonly eve: Peer };

const opened: TestInstance[] = [];
afterEach(async () => {
  for (const instance of opened.splice(0)) await instance.stop(0);
});

async function aScene(database?: Database): Promise<Scene> {
  const here = await createInstance({ host: "here.test", database: database ?? (await memoryDatabase()) });
  opened.push(here);
  const alice = (await aMember(here, "alice")).viewer;
  const eve = await createPeer(here, "e.test", "eve");
  const scene = { here, alice, eve };
  await aliceFollows(scene, eve);
  return scene;
}

async function aliceFollows({ here, alice }: Omit<Scene, "eve">, peer: Peer): Promise<void> {
  const id = await findOrFetchActor(here.app, peer.actorUri);
  if (id === null) throw new Error("the peer cannot be found");
  await followActor(here.app, alice, id);
  await drain(here);
  const follow = peer.received.findLast((one) => one.json["type"] === "Follow");
  await send({ here }, peer, activity(peer, "Accept", "accept-1", follow?.json["id"]));
}

const activity = (peer: Peer, type: string, name: string, object: unknown, more: Json = {}): Json => ({
  id: `${peer.actorUri}/${name}`,
  type,
  actor: peer.actorUri,
  object,
  ...more,
});

/** Delivers and lets everything happen. */
async function send({ here }: Pick<Scene, "here">, peer: Peer, json: Json): Promise<void> {
  expect(await deliver(here, peer, json)).toBe(202);
  await drain(here);
}

const noteUri = (peer: Peer, id: string) => `https://${peer.host}/notes/${id}`;
const aDelete = (peer: Peer, id: string): Json =>
  activity(peer, "Delete", `deletes/${id}`, { id: noteUri(peer, id), type: "Tombstone" });
const anUndo = (peer: Peer, undone: Json): Json =>
  activity(peer, "Undo", `undoes/${String(undone["id"]).replaceAll(/\W/g, "-")}`, undone);

async function home({ here, alice }: Scene): Promise<readonly NoteView[]> {
  return (await homeTimeline(here.app, alice, {})).items.map((entry) => entry.note);
}
const texts = async (scene: Scene) => (await home(scene)).map((note) => note.contentHtml);
const likesOf = async ({ here, alice }: Scene, id: NoteId) =>
  (await viewNote(here.app, alice, id)).likesCount;
const boostsOf = async ({ here, alice }: Scene, id: NoteId) =>
  (await viewNote(here.app, alice, id)).announcesCount;

eachDatabase((_name, open) => {
  describe("what comes more than once", () => {
    it("F21: ten copies at once have one effect", async () => {
      const scene = await aScene(await open());
      const note = await aNote(scene.here, { by: scene.alice });
      const create = aCreate(scene.eve, "1", { inReplyTo: note.uri });
      const like = activity(scene.eve, "Like", "likes/1", note.uri);
      const statuses = await Promise.all(
        Array.from({ length: 10 }).flatMap(() => [
          deliver(scene.here, scene.eve, create),
          deliver(scene.here, scene.eve, like),
        ]),
      );
      expect(new Set(statuses)).toEqual(new Set([202]));
      await drain(scene.here);
      const thread = await viewThread(scene.here.app, scene.alice, note.id);
      expect(thread.replies).toHaveLength(1);
      expect(thread.note).toMatchObject({ repliesCount: 1, likesCount: 1 });
      const told = (await listNotifications(scene.here.app, scene.alice, {})).items.map((one) => one.kind);
      expect(told.filter((kind) => kind === "reply" || kind === "like").toSorted()).toEqual([
        "like",
        "reply",
      ]);
    });

    it("a note that is told of by several activities is one note, a boost told of twice one boost", async () => {
      const scene = await aScene(await open());
      const note = await aNote(scene.here, { by: scene.alice });
      await send(scene, scene.eve, aCreate(scene.eve, "1"));
      await send(scene, scene.eve, aCreate(scene.eve, "1", {}, { id: `${scene.eve.actorUri}/again` }));
      expect(await texts(scene)).toHaveLength(1 + 1);
      for (const name of ["a", "b"])
        await send(scene, scene.eve, activity(scene.eve, "Announce", name, note.uri, { to: [PUBLIC] }));
      expect(await boostsOf(scene, note.id)).toBe(1);
    });
  });

  describe("F22: what comes before what it is about", () => {
    it("a Delete keeps its late Create away for 90 days", async () => {
      const scene = await aScene(await open());
      await send(scene, scene.eve, aDelete(scene.eve, "1"));
      scene.here.clock.advance(89 * DAY);
      for (const task of MAINTENANCE) if (task.name === "tombstones") await task.run(scene.here.app);
      await send(scene, scene.eve, aCreate(scene.eve, "1"));
      expect(await texts(scene)).toEqual([]);
    });

    it("an Undo keeps its late Like, Announce and Follow away, named by id alone or embedded", async () => {
      const scene = await aScene(await open());
      const note = await aNote(scene.here, { by: scene.alice });
      const like = activity(scene.eve, "Like", "likes/1", note.uri);
      const announce = activity(scene.eve, "Announce", "boosts/1", note.uri, { to: [PUBLIC] });
      const follow = activity(
        scene.eve,
        "Follow",
        "follows/1",
        scene.here.app.uris.actor(scene.alice.actorId),
      );
      await send(scene, scene.eve, { ...anUndo(scene.eve, like), object: like["id"] });
      for (const one of [announce, follow]) await send(scene, scene.eve, anUndo(scene.eve, one));
      for (const one of [like, announce, follow]) await send(scene, scene.eve, one);
      expect(await likesOf(scene, note.id)).toBe(0);
      expect(await boostsOf(scene, note.id)).toBe(0);
      expect((await viewActor(scene.here.app, scene.alice.actorId))?.followersCount).toBe(0);
    });

    it("an Update stores what its late Create would have, which then changes nothing", async () => {
      const scene = await aScene(await open());
      const edited = { content: "<p>second</p>", updated: "2026-06-01T11:30:00Z" };
      const update = { ...aCreate(scene.eve, "1", edited), type: "Update", id: `${scene.eve.actorUri}/up` };
      await send(scene, scene.eve, update);
      await send(scene, scene.eve, aCreate(scene.eve, "1", { content: "<p>first</p>" }));
      expect(await texts(scene)).toEqual(["<p>second</p>"]);
    });

    it("an older Update that comes after a newer one changes nothing", async () => {
      const scene = await aScene(await open());
      const update = (at: string, content: string) => ({
        ...aCreate(scene.eve, "1", { content, updated: `2026-06-01T11:${at}:00Z` }),
        type: "Update",
        id: `${scene.eve.actorUri}/up-${at}`,
      });
      await send(scene, scene.eve, aCreate(scene.eve, "1"));
      await send(scene, scene.eve, update("40", "<p>third</p>"));
      await send(scene, scene.eve, update("30", "<p>second</p>"));
      expect(await texts(scene)).toEqual(["<p>third</p>"]);
    });
  });

  it("F23: a reply that comes before its parent is an orphan until the parent comes, in any order", async () => {
    const scene = await aScene(await open());
    const context = "https://e.test/contexts/9";
    const parts = [
      aCreate(scene.eve, "3", { content: "c", inReplyTo: noteUri(scene.eve, "2") }),
      aCreate(scene.eve, "2", { content: "b", inReplyTo: noteUri(scene.eve, "1") }),
      aCreate(scene.eve, "1", { content: "a", context }),
    ];
    const [last, ...earlier] = parts;
    if (last === undefined) throw new Error("unreachable");
    await send(scene, scene.eve, last);
    const [orphan] = await home(scene);
    if (orphan === undefined) throw new Error("the orphan is not shown");
    const alone = await viewThread(scene.here.app, scene.alice, orphan.id);
    expect(alone).toMatchObject({ ancestors: [], missingParentUri: noteUri(scene.eve, "2") });
    for (const part of earlier) await send(scene, scene.eve, part);
    const whole = await viewThread(scene.here.app, scene.alice, orphan.id);
    expect(whole.ancestors.map((note) => note.contentHtml)).toEqual(["a", "b"]);
    expect(whole.ancestors.map((note) => note.repliesCount)).toEqual([1, 1]);
    expect(whole.missingParentUri).toBeNull();
    const rows = await scene.here.database.db.selectFrom("notes").select("context_uri").execute();
    expect(rows.map((row) => row.context_uri)).toEqual([context, context, context]);
  });
});

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(items: readonly T[], next: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** What happened at Eve's and at Vic's, each with what took it back or changed it. */
function aDay(eve: Peer, vic: Peer, noteOfAlice: string): readonly (readonly [Peer, Json])[] {
  const like = activity(vic, "Like", "likes/1", noteOfAlice);
  const boost = activity(vic, "Announce", "boosts/1", noteOfAlice, { to: [PUBLIC] });
  const edited = { content: "<p>second</p>", updated: "2026-06-01T11:30:00Z" };
  return [
    [eve, aCreate(eve, "a", { content: "<p>first</p>" })],
    [eve, { ...aCreate(eve, "a", edited), type: "Update", id: `${eve.actorUri}/updates/a` }],
    [eve, aCreate(eve, "b")],
    [eve, aDelete(eve, "b")],
    [eve, aCreate(eve, "c", { content: "<p>answer</p>", inReplyTo: noteUri(eve, "a") })],
    [eve, activity(eve, "Like", "likes/1", noteOfAlice)],
    [vic, like],
    [vic, anUndo(vic, like)],
    [vic, boost],
    [vic, { ...anUndo(vic, boost), object: boost["id"] }],
    [vic, aCreate(vic, "d", { content: "<p>to alice</p>", inReplyTo: noteOfAlice })],
  ];
}

eachDatabase((name, open) => {
  const seeds = name === "sqlite" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 2, 3];
  it.each(seeds)("a day told in any order, twice, through an outage ends the same (%i)", async (seed) => {
    const scene = await aScene(await open());
    const { here, eve, alice } = scene;
    const vic = await createPeer(here, "v.test", "vic");
    const note = await aNote(here, { by: alice });
    const next = numbers(seed);
    const day = aDay(eve, vic, note.uri);
    // Vic's server answers for its key and then not for a while.
    expect(await deliver(here, vic, activity(vic, "Like", "likes/0", "https://here.test/notes/9"))).toBe(202);
    const document = vic.documents.get("/users/vic");
    vic.documents.set("/users/vic", new Response(null, { status: 500 }));
    await Promise.all(shuffled([...day, ...day], next).map(([peer, json]) => deliver(here, peer, json)));
    await drainWithFaults(here);
    if (document !== undefined) vic.documents.set("/users/vic", document);
    await Promise.all(shuffled(day, next).map(([peer, json]) => deliver(here, peer, json)));
    for (let hour = 0; hour < 8; hour++) {
      here.clock.advance(3_600_000);
      await drainWithFaults(here);
    }
    const thread = await viewThread(here.app, alice, note.id);
    expect(thread.note).toMatchObject({ likesCount: 1, announcesCount: 0, repliesCount: 1 });
    const seen = (await home(scene)).filter((one) => !one.local);
    expect(seen.map((one) => one.contentHtml).toSorted()).toEqual(["<p>answer</p>", "<p>second</p>"]);
    const second = seen.find((one) => one.contentHtml === "<p>second</p>");
    expect(second?.repliesCount).toBe(1);
    expect(seen.find((one) => one.contentHtml === "<p>answer</p>")?.replyTo?.id).toBe(second?.id);
  });
});

describe("answers that cross", () => {
  it("an Accept that comes while our Follow is still being delivered counts", async () => {
    const scene = await aScene();
    const quick = await createPeer(scene.here, "q.test", "quinn");
    const id = await findOrFetchActor(scene.here.app, quick.actorUri);
    if (id === null) throw new Error("quinn cannot be found");
    const answer = await takeOver(scene.here, quick, async (json) => {
      if (json["type"] !== "Follow") return;
      expect(await deliver(scene.here, quick, activity(quick, "Accept", "a/1", json["id"]))).toBe(202);
    });
    await followActor(scene.here.app, scene.alice, id);
    await drain(scene.here);
    expect(answer.count).toBe(1);
    expect((await findRelationship(scene.here.app, scene.alice, id)).following).toBe("accepted");
  });

  it("an Accept of a Follow that nobody sent changes nothing", async () => {
    const scene = await aScene();
    const other = await createPeer(scene.here, "o.test", "oz");
    const follow = {
      type: "Follow",
      actor: scene.here.app.uris.actor(scene.alice.actorId),
      object: other.actorUri,
    };
    await send(
      scene,
      other,
      activity(other, "Accept", "a/1", { id: scene.here.app.uris.follow(99), ...follow }),
    );
    expect((await viewActor(scene.here.app, scene.alice.actorId))?.followingCount).toBe(1);
  });

  it("a Reject that comes late ends an accepted follow, and its repetition changes nothing", async () => {
    const scene = await aScene();
    const follow = scene.eve.received.find((one) => one.json["type"] === "Follow")?.json["id"];
    for (const name of ["r/1", "r/2"])
      await send(scene, scene.eve, activity(scene.eve, "Reject", name, follow));
    expect((await viewActor(scene.here.app, scene.alice.actorId))?.followingCount).toBe(0);
  });

  it("a Follow that comes after a block is refused", async () => {
    const scene = await aScene();
    const eveId = await findActorIdByUri(scene.here.app, scene.eve.actorUri);
    if (eveId === null) throw new Error("eve is not known");
    await blockActor(scene.here.app, scene.alice, eveId);
    await drain(scene.here);
    const follow = activity(scene.eve, "Follow", "f/1", scene.here.app.uris.actor(scene.alice.actorId));
    await send(scene, scene.eve, follow);
    const answers = scene.eve.received.filter((one) => one.json["type"] === "Reject");
    expect(answers.at(-1)?.json["object"]).toMatchObject({ id: follow["id"] });
    expect((await viewActor(scene.here.app, scene.alice.actorId))?.followersCount).toBe(0);
  });

  it("a boost, taken back and done again under another id, is there; taken back by that id, it is gone", async () => {
    const scene = await aScene();
    const note = await aNote(scene.here, { by: scene.alice });
    const boost = (name: string) => activity(scene.eve, "Announce", name, note.uri, { to: [PUBLIC] });
    // The first Undo is lost on its way.
    await send(scene, scene.eve, boost("b/1"));
    await send(scene, scene.eve, boost("b/2"));
    await send(scene, scene.eve, activity(scene.eve, "Undo", "u/2", `${scene.eve.actorUri}/b/2`));
    expect(await boostsOf(scene, note.id)).toBe(0);
  });
});

describe("notes that are not where they are looked for", () => {
  it("a boost that comes before the note is known brings the note", async () => {
    const scene = await aScene();
    const vic = await createPeer(scene.here, "v.test", "vic");
    vic.documents.set("/notes/1", aNoteDocument(vic, "1", "<p>seen elsewhere</p>"));
    await send(scene, scene.eve, activity(scene.eve, "Announce", "b/1", noteUri(vic, "1"), { to: [PUBLIC] }));
    expect(await texts(scene)).toEqual(["<p>seen elsewhere</p>"]);
  });

  it("a note of somebody who left is not brought back by its late Create", async () => {
    const scene = await aScene();
    const create = aCreate(scene.eve, "1");
    expect(
      await deliver(scene.here, scene.eve, activity(scene.eve, "Delete", "d/1", scene.eve.actorUri)),
    ).toBe(202);
    await drain(scene.here);
    scene.eve.documents.set("/users/eve", new Response(null, { status: 410 }));
    expect(await deliver(scene.here, scene.eve, create)).toBe(202);
    await drain(scene.here);
    scene.here.clock.advance(2 * DAY);
    await drain(scene.here);
    expect(await texts(scene)).toEqual([]);
    expect(await findActorIdByUri(scene.here.app, scene.eve.actorUri)).toBeNull();
  });

  it("a Create whose author cannot be read now waits, and loses against the Delete that comes meanwhile", async () => {
    const scene = await aScene();
    const mentions = { tag: [{ type: "Mention", href: scene.here.app.uris.actor(scene.alice.actorId) }] };
    const fay = await createPeer(scene.here, "f.test", "fay");
    for (const id of ["kept", "deleted"])
      expect(await deliver(scene.here, fay, aCreate(fay, id, { content: id, ...mentions }))).toBe(202);
    const document = fay.documents.get("/users/fay");
    fay.documents.set("/users/fay", new Response(null, { status: 500 }));
    await drainWithFaults(scene.here);
    expect(await deliver(scene.here, fay, aDelete(fay, "deleted"))).toBe(202);
    await drainWithFaults(scene.here);
    if (document !== undefined) fay.documents.set("/users/fay", document);
    for (let hour = 0; hour < 12; hour++) {
      scene.here.clock.advance(3_600_000);
      await drain(scene.here);
    }
    const told = (await listNotifications(scene.here.app, scene.alice, {})).items;
    expect(told.flatMap((one) => one.note?.contentHtml ?? [])).toEqual(["kept"]);
  });
});

function aNoteDocument(peer: Peer, id: string, content: string, more: Json = {}): Record<string, unknown> {
  const { object } = aCreate(peer, id, { content, ...more });
  return { "@context": "https://www.w3.org/ns/activitystreams", ...(object as Json) };
}

/** Lets a peer do something before it answers a delivery. */
async function takeOver(
  here: TestInstance,
  peer: Peer,
  act: (json: Json) => Promise<void>,
): Promise<{ readonly count: number }> {
  const seen = { count: 0 };
  here.network.join(peer.host, async (request) => {
    if (request.method === "POST") {
      seen.count++;
      await act((await request.json()) as Json);
      return new Response(null, { status: 202 });
    }
    const document = peer.documents.get(new URL(request.url).pathname);
    if (document === undefined || document instanceof Response) return new Response(null, { status: 404 });
    return Response.json(document, { headers: { "content-type": "application/activity+json" } });
  });
  return seen;
}
