// The rest of a thread, looked for on other servers: what is taken, what is not, and what it may cost.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView, ThreadView } from "../../server/domain/note.ts";
import { BACKFILL, fetchThread, viewElsewhere } from "../../server/services/threads/backfill.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { viewThread } from "../../server/services/threads/threads.ts";
import { aMember, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, type Peer } from "./peer.ts";

type Json = Readonly<Record<string, unknown>>;
const MINUTE = 60_000;
const AS = "https://www.w3.org/ns/activitystreams";

let here: TestInstance;
let member: Member;
let alice: Viewer;
let eve: Peer;
let vic: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  member = await aMember(here, "alice");
  alice = member.viewer;
  eve = await createPeer(here, "e.test", "eve");
  vic = await createPeer(here, "v.test", "vic");
});
afterEach(() => here.close());

const uriOf = (peer: Peer, id: string) => `https://${peer.host}/notes/${id}`;
const CONTEXT = "https://e.test/contexts/1";

function aDocument(peer: Peer, id: string, more: Json = {}): Record<string, unknown> {
  const { object } = aCreate(peer, id, { content: id, ...more });
  return { "@context": AS, ...(object as Json) };
}

function publish(peer: Peer, id: string, more: Json = {}): string {
  peer.documents.set(`/notes/${id}`, aDocument(peer, id, more));
  return uriOf(peer, id);
}

function aCollection(id: string, items: readonly unknown[], more: Json = {}): Record<string, unknown> {
  return {
    "@context": AS,
    id,
    type: "OrderedCollection",
    totalItems: items.length,
    orderedItems: items,
    ...more,
  };
}

async function open(uri: string): Promise<NoteView> {
  const note = await fetchNote(here.app, alice, uri);
  if (note === null) throw new Error(`${uri} cannot be had`);
  return note;
}

/** Looks for the rest of a thread, and gives what is below the note then. */
async function complete(note: NoteView): Promise<readonly string[]> {
  await fetchThread(here.app, alice, note.id);
  await drain(here);
  const replies: string[] = [];
  for (let page: number | null = 1; page !== null;) {
    const thread: ThreadView = await viewThread(here.app, alice, note.id, { page });
    replies.push(...thread.replies.map((reply) => reply.note.contentHtml));
    page = thread.nextPage;
  }
  return replies;
}

const requests = () => here.network.log.length;

describe("a conversation that its owner lists (FEP-7888, FEP-f228)", () => {
  it("is taken whole, also what only its parent ties to it", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const answer = publish(vic, "answer", { inReplyTo: root, published: "2026-06-01T11:01:00Z" });
    const deeper = publish(eve, "deeper", { inReplyTo: answer, published: "2026-06-01T11:02:00Z" });
    // Not even in order.
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [deeper, answer, root]));
    expect(await complete(await open(root))).toEqual(["answer", "deeper"]);
  });

  it("is read page by page, and as a list of activities", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const one = publish(vic, "one", { inReplyTo: root });
    const two = publish(vic, "two", { inReplyTo: one });
    const creates = [
      { type: "Create", actor: eve.actorUri, object: root },
      {
        type: "Add",
        actor: eve.actorUri,
        object: { type: "Create", actor: vic.actorUri, object: { id: one } },
      },
      { type: "Like", actor: vic.actorUri, object: root },
    ];
    eve.documents.set("/contexts/1", {
      "@context": AS,
      id: CONTEXT,
      type: "OrderedCollection",
      first: {
        id: `${CONTEXT}/a`,
        type: "OrderedCollectionPage",
        orderedItems: creates,
        next: `${CONTEXT}/b`,
      },
    });
    eve.documents.set("/contexts/1/b", {
      "@context": AS,
      type: "OrderedCollectionPage",
      orderedItems: [two],
    });
    expect(await complete(await open(root))).toEqual(["one", "two"]);
  });

  it("takes in no note that does not itself say that it belongs here, nor what is embedded in the list", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const stranger = publish(vic, "stranger");
    const elsewhere = publish(vic, "elsewhere", { context: "https://v.test/contexts/7" });
    const forged = { ...aDocument(vic, "forged", { inReplyTo: root, content: "never said" }) };
    const own = publish(vic, "own", { context: CONTEXT });
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [root, stranger, elsewhere, forged, own]));
    await complete(await open(root));
    const rows = await here.database.db.selectFrom("notes").select("uri").execute();
    expect(rows.map((row) => row.uri).toSorted()).toEqual([root, own].toSorted());
  });

  it("takes in no note that is not for everybody", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const secret = publish(eve, "secret", { inReplyTo: root, to: [`${eve.actorUri}/followers`] });
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [root, secret]));
    expect(await complete(await open(root))).toEqual([]);
  });
});

describe("replies that each server lists", () => {
  it("are followed down from server to server, and what began the thread is fetched first", async () => {
    const replies = (peer: Peer, id: string) => `${uriOf(peer, id)}/replies`;
    const root = publish(eve, "root", { replies: replies(eve, "root") });
    const one = publish(vic, "one", {
      inReplyTo: root,
      replies: { id: replies(vic, "one"), type: "Collection" },
    });
    const two = publish(eve, "two", { inReplyTo: one });
    eve.documents.set("/notes/root/replies", {
      ...aCollection(replies(eve, "root"), [], { type: "Collection", totalItems: 3 }),
      first: { type: "CollectionPage", items: [one] },
    });
    vic.documents.set("/notes/one/replies", aCollection(replies(vic, "one"), [two], { type: "Collection" }));
    const note = await open(one);
    expect(await complete(note)).toEqual(["two"]);
    const thread = await viewThread(here.app, alice, note.id);
    expect(thread.ancestors.map((ancestor) => ancestor.contentHtml)).toEqual(["root"]);
  });

  it("are taken only if they answer the very note that lists them", async () => {
    const root = publish(eve, "root", { replies: "https://e.test/replies" });
    const other = publish(eve, "other");
    const stray = publish(vic, "stray", { inReplyTo: other });
    eve.documents.set("/replies", aCollection("https://e.test/replies", [stray, other]));
    expect(await complete(await open(root))).toEqual([]);
  });

  it("are counted as their server counts them", async () => {
    const root = publish(eve, "root", {
      replies: { id: "https://e.test/replies", type: "Collection", totalItems: 4 },
    });
    const note = await open(root);
    expect(await viewElsewhere(here.app, note.id)).toEqual({ missing: 4, state: "due" });
    const one = publish(vic, "one", { inReplyTo: root });
    eve.documents.set("/replies", aCollection("https://e.test/replies", [one], { totalItems: 5 }));
    await complete(note);
    expect(await viewElsewhere(here.app, note.id)).toEqual({ missing: 4, state: "looking" });
    here.clock.advance(2 * MINUTE);
    expect(await viewElsewhere(here.app, note.id)).toEqual({ missing: 4, state: "looked" });
  });

  it("that are on another host than their note are not asked for", async () => {
    const root = publish(eve, "root", { replies: "https://v.test/replies" });
    vic.documents.set(
      "/replies",
      aCollection("https://v.test/replies", [publish(vic, "x", { inReplyTo: root })]),
    );
    expect(await complete(await open(root))).toEqual([]);
    expect(vic.asked).not.toContain("/replies");
  });
});

describe("what it may cost (threats DOS-04, JLD-11)", () => {
  it("DOS-04: a chain of 10,000 answers is climbed 20 steps", async () => {
    const deep = await createPeer(here, "deep.test", "eve");
    let asked = 0;
    here.network.join("deep.test", (request) => {
      const { pathname } = new URL(request.url);
      const height = Number(/^\/notes\/(\d+)$/.exec(pathname)?.[1]);
      if (Number.isNaN(height)) return Promise.resolve(served(deep.documents.get(pathname) as Json));
      asked++;
      const inReplyTo = `https://deep.test/notes/${height + 1}`;
      return Promise.resolve(served(aDocument(deep, String(height), { inReplyTo })));
    });
    await fetchNote(here.app, alice, "https://deep.test/notes/1");
    await drain(here);
    here.clock.advance(16 * MINUTE);
    await drain(here);
    expect(asked).toBe(BACKFILL.ancestors);
  });

  it("JLD-11: a collection that never ends, loops or leaves its host is left alone", async () => {
    const root = publish(eve, "root", { context: "https://endless.test/c" });
    let asked = 0;
    here.network.join("endless.test", (request) => {
      asked++;
      const page = Number(new URL(request.url).searchParams.get("page") ?? 0);
      return Promise.resolve(
        served({
          "@context": AS,
          id: request.url,
          type: "OrderedCollectionPage",
          orderedItems: [`https://e.test/notes/nothing-${page}`],
          next: `https://endless.test/c?page=${page + 1}`,
        }),
      );
    });
    const before = requests();
    await complete(await open(root));
    expect(asked).toBeLessThanOrEqual(BACKFILL.pages + 1);
    expect(requests() - before).toBeLessThanOrEqual(BACKFILL.requests);

    const looping = publish(eve, "looping", { context: "https://e.test/loop" });
    const page = { "@context": AS, id: "https://e.test/loop", type: "OrderedCollectionPage" };
    eve.documents.set("/loop", { ...page, orderedItems: [root], next: "https://e.test/loop" });
    await complete(await open(looping));
    expect(eve.asked.filter((path) => path === "/loop")).toHaveLength(1);

    const leaving = publish(eve, "leaving", { context: "https://e.test/leave" });
    eve.documents.set("/leave", {
      ...page,
      id: "https://e.test/leave",
      orderedItems: [root],
      next: "https://v.test/on",
    });
    await complete(await open(leaving));
    expect(vic.asked).not.toContain("/on");
  });

  it("DOS-04: one look fetches 50 notes at most, the next one goes on, and hosts keep their own rates", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const listed = Array.from({ length: 200 }, (_, index) => publish(eve, `n${index}`, { inReplyTo: root }));
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [root, ...listed]));
    const note = await open(root);
    here.clock.advance(MINUTE);
    const before = requests();
    await complete(note);
    const first = (await viewThread(here.app, alice, note.id)).note.repliesCount;
    expect(first).toBe(BACKFILL.notes);
    expect(requests() - before).toBeLessThanOrEqual(BACKFILL.requests);
    here.clock.advance(16 * MINUTE);
    await complete(note);
    expect((await viewThread(here.app, alice, note.id)).note.repliesCount).toBe(2 * BACKFILL.notes);
  });

  it("a thread that is longer than one look is completed in several", async () => {
    const repliesOf = (id: string) => `${uriOf(eve, id)}/replies`;
    const root = publish(eve, "root", { replies: repliesOf("root") });
    const tops = Array.from({ length: 60 }, (_, index) => {
      const id = `t${index}`;
      const uri = publish(eve, id, { inReplyTo: root, replies: repliesOf(id) });
      const below = publish(vic, `b${index}`, { inReplyTo: uri });
      eve.documents.set(`/notes/${id}/replies`, aCollection(repliesOf(id), [below]));
      return uri;
    });
    eve.documents.set("/notes/root/replies", aCollection(repliesOf("root"), tops));
    const note = await open(root);
    let seen = 0;
    for (let looks = 0; looks < 8; looks++) {
      here.clock.advance(16 * MINUTE);
      const below = await complete(note);
      expect(below.length).toBeGreaterThanOrEqual(seen);
      seen = below.length;
    }
    expect(seen).toBe(120);
  });

  it("what a host does not answer is left alone after three tries, and asked for again the next time", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const listed = Array.from({ length: 10 }, (_, index) => uriOf(vic, `n${index}`));
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [root, ...listed]));
    const note = await open(root);
    here.network.leave("v.test");
    const before = requests();
    expect(await complete(note)).toEqual([]);
    expect(requests() - before).toBeLessThan(5);
    vic = await createPeer(here, "v.test", "vic");
    for (let index = 0; index < 10; index++) publish(vic, `n${index}`, { inReplyTo: root });
    here.clock.advance(16 * MINUTE);
    expect(await complete(note)).toHaveLength(10);
  });

  it("what is listed and gone does not stand in the way of what is there", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    const gone = Array.from({ length: 5 }, (_, index) => uriOf(vic, `gone${index}`));
    const there = publish(vic, "there", { inReplyTo: root });
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [root, ...gone, there]));
    const note = await open(root);
    expect(await complete(note)).toEqual([]);
    here.clock.advance(16 * MINUTE);
    expect(await complete(note)).toEqual(["there"]);
  });

  it("a thread is looked for once in 15 minutes, however many ask", async () => {
    const root = publish(eve, "root", { context: CONTEXT });
    eve.documents.set("/contexts/1", aCollection(CONTEXT, [root]));
    const note = await open(root);
    for (let tries = 0; tries < 5; tries++) await complete(note);
    expect(eve.asked.filter((path) => path === "/contexts/1")).toHaveLength(1);
    here.clock.advance(16 * MINUTE);
    await complete(note);
    expect(eve.asked.filter((path) => path === "/contexts/1")).toHaveLength(2);
  });
});

describe("the page of a note", () => {
  it("says how many replies are missing, and fetches them on a wish", async () => {
    const root = publish(eve, "root", {
      replies: { id: "https://e.test/replies", type: "Collection", totalItems: 1 },
    });
    const answer = publish(vic, "the-answer", { inReplyTo: root });
    eve.documents.set("/replies", aCollection("https://e.test/replies", [answer]));
    const note = await open(root);
    const cookie = { cookie: `__Host-session=${member.sessionToken}` };
    const path = `/@eve@e.test/${note.id}`;
    const page = await (await here.request(path, { headers: cookie })).text();
    expect(page).toContain("One more reply is known elsewhere.");
    const csrf = new RegExp(`action="${path}/replies"><input type="hidden" name="csrf" value="([^"]+)"`).exec(
      page,
    )?.[1];
    const posted = await here.request(`${path}/replies`, {
      method: "POST",
      headers: {
        ...cookie,
        origin: "https://here.test",
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams({ csrf: csrf ?? "" }),
    });
    expect(posted.status).toBe(303);
    await drain(here);
    const after = await (await here.request(path, { headers: cookie })).text();
    expect(after).toContain("the-answer");
    expect(after).toContain("Looking for more replies");
  });
});

function served(document: Json): Response {
  return Response.json(document, { headers: { "content-type": "application/activity+json" } });
}
