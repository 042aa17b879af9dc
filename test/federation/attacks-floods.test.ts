import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { timeOfId } from "../../server/domain/ids.ts";
import { findActorIdByUri, receiveActor } from "../../server/services/actors/actors.ts";
import { getPlaces, setFeatureChoice } from "../../server/services/collections/collection-consent.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { viewNote } from "../../server/services/threads/threads.ts";
import { findCollectionByUri, listCollectionRows, listItems } from "../../server/store/collections.ts";
import { findNoteByUri, freeNoteId, listVersionRows } from "../../server/store/notes.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { aCreate, actorDocument, createPeer, deliver, type Peer } from "./peer.ts";

// What a stranger can make us do, keep or count again and again, and what groups may say for others.

type Json = Record<string, unknown>;

const AS = "https://www.w3.org/ns/activitystreams";
const PUBLIC = `${AS}#Public`;
const FEP = "https://w3id.org/fep/7aa9";

let here: TestInstance;
let alice: Viewer;
let eve: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
});
afterEach(() => here.close());

let counter = 0;
const act = (peer: Peer, type: string, object: unknown, more: Json = {}): Json => ({
  id: `https://${peer.host}/acts/${++counter}`,
  type,
  actor: peer.actorUri,
  to: [PUBLIC],
  object,
  ...more,
});

async function take(peer: Peer, activity: Json): Promise<void> {
  expect(await deliver(here, peer, activity)).toBe(202);
  await drainWithFaults(here);
}

async function follows(peer: Peer): Promise<void> {
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("actor not found");
  await followActor(here.app, alice, await receiveActor(here.app, received));
  await drain(here);
  const follow = peer.received.findLast((one) => one.json["type"] === "Follow");
  await take(peer, act(peer, "Accept", follow?.json["id"]));
}

const noteAt = (uri: string) => findNoteByUri(here.app.db, uri);
const objectOf = (created: Json) => created["object"] as Json;

describe("counts and versions", () => {
  test("a reply that was narrowed and deleted is counted no longer", async () => {
    const note = await aNote(here, { by: alice });
    for (const name of ["1", "2"]) {
      const created = aCreate(eve, name, { inReplyTo: note.uri });
      await take(eve, created);
      expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(1);
      const narrowed = { to: [`${eve.actorUri}/followers`], updated: "2026-06-01T11:30:00Z" };
      await take(eve, act(eve, "Update", { ...objectOf(created), ...narrowed }));
      expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(0);
      await take(eve, act(eve, "Delete", objectOf(created)["id"]));
      expect((await viewNote(here.app, alice, note.id)).repliesCount).toBe(0);
    }
  });

  test("of a note that is edited all the time not every version is kept", async () => {
    await follows(eve);
    const created = aCreate(eve, "1");
    await take(eve, created);
    const id = (await noteAt("https://e.test/notes/1"))?.id ?? 0;
    for (let n = 1; n <= 105; n++) {
      here.clock.advance(1000);
      const updated = new Date(here.clock.now()).toISOString();
      await take(eve, act(eve, "Update", { ...objectOf(created), content: `<p>${n}</p>`, updated }));
    }
    const { db } = here.app;
    expect((await noteAt("https://e.test/notes/1"))?.content_html).toBe("<p>105</p>");
    const kept = await db.selectFrom("note_versions").select("id").where("note_id", "=", id).execute();
    expect(kept.length).toBe(100);
    expect((await listVersionRows(db, id)).length).toBe(100);
  });

  test("a full millisecond keeps nobody out: the next one is taken", async () => {
    const { db } = here.app;
    await follows(eve);
    await take(eve, aCreate(eve, "1"));
    const id = (await noteAt("https://e.test/notes/1"))?.id ?? 0;
    expect(timeOfId(await freeNoteId(db, () => id))).toBe(timeOfId(id) + 1);
  });

  test("who is named in an old note hears of it from its author alone, not from those who quote it", async () => {
    await follows(eve);
    const vic = await createPeer(here, "v.test", "vic");
    const named = { tag: [{ type: "Mention", href: here.app.uris.actor(alice.actorId) }] };
    const old = { ...objectOf(aCreate(vic, "old", { published: "2025-01-01T00:00:00Z" })), ...named };
    vic.documents.set("/notes/old", { "@context": AS, ...old });
    const terms = { quote: { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" } };
    await take(eve, { "@context": [AS, terms], ...aCreate(eve, "q", { quote: "https://v.test/notes/old" }) });
    expect(await noteAt("https://v.test/notes/old")).toBeDefined();
    const kinds = (await listNotifications(here.app, alice, {})).items.map((one) => one.kind);
    expect(kinds).not.toContain("mention");
  });

  test("numbers that no column holds are no numbers", async () => {
    await follows(eve);
    const option = (name: string) => ({
      type: "Note",
      name,
      replies: { type: "Collection", totalItems: 1e300 },
    });
    const question = { type: "Question", oneOf: [option("a"), option("b")], votersCount: 1e300 };
    await take(
      eve,
      aCreate(eve, "q", {
        ...question,
        replies: { id: "https://e.test/r", type: "Collection", totalItems: 1e300 },
      }),
    );
    const note = await noteAt("https://e.test/notes/q");
    expect(note?.replies_total).toBeNull();
    const { poll } = await viewNote(here.app, alice, note?.id as never);
    expect(poll?.votersCount).toBe(0);
  });
});

describe("requests that others make us send", () => {
  test("notes for followers do not cost a look at their author each", async () => {
    await follows(eve);
    eve.asked.length = 0;
    const to = [`${eve.actorUri}/followers`];
    for (let n = 0; n < 5; n++) await take(eve, aCreate(eve, `f${n}`, { to, cc: [] }, { to, cc: [] }));
    expect((await noteAt("https://e.test/notes/f4"))?.visibility).toBe("followers");
    expect(eve.asked).toEqual([]);
  });

  test("one actor's replies set us looking for threads only so often", async () => {
    await follows(eve);
    // Each of another server, so that what one of them is asked at most is not what ends it.
    const asked = new Set<string>();
    for (let n = 0; n < 100; n++)
      here.network.join(`far${n}.test`, (request) => {
        asked.add(new URL(request.url).host);
        return Promise.resolve(new Response(null, { status: 404 }));
      });
    for (let n = 0; n < 100; n++)
      await deliver(here, eve, aCreate(eve, `r${n}`, { inReplyTo: `https://far${n}.test/notes/1` }));
    await drainWithFaults(here);
    expect(asked.size).toBe(60);
  });

  test("a collection that changes all the time is not read all the time", async () => {
    const list = `${eve.actorUri}/collections`;
    eve.documents.set("/users/eve", {
      ...(await actorDocument(eve, "eve")),
      "@context": [AS, "https://w3id.org/security/v1", FEP],
      featuredCollections: list,
    });
    await follows(eve);
    const uri = "https://e.test/collections/1";
    const collection = { id: uri, type: "FeaturedCollection", attributedTo: eve.actorUri, name: "Mine" };
    eve.documents.set("/collections/1", { "@context": [AS, FEP], ...collection });
    for (let n = 0; n < 50; n++)
      await deliver(here, eve, { "@context": [AS, FEP], ...act(eve, "Add", uri, { target: list }) });
    await drainWithFaults(here);
    const asked = eve.asked.filter((path) => path === "/collections/1").length;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(30);
  });
});

describe("collections of people", () => {
  const asks = async (n: number) => {
    const uri = `https://e.test/collections/${n}`;
    const collection = { id: uri, type: "FeaturedCollection", attributedTo: eve.actorUri, name: `C${n}` };
    eve.documents.set(`/collections/${n}`, { "@context": [AS, FEP], ...collection });
    const object = here.app.uris.actor(alice.actorId);
    await take(eve, { "@context": [AS, FEP], ...act(eve, "FeatureRequest", object, { instrument: uri }) });
  };

  test("somebody's stamp for one is none for another", async () => {
    await setFeatureChoice(here.app, alice, "everyone");
    await asks(1);
    const accept = eve.received.find((one) => one.json["type"] === "Accept");
    const stamp = accept?.json["result"];
    expect(stamp).toBeTypeOf("string");
    const aliceUri = here.app.uris.actor(alice.actorId);
    const uri = "https://e.test/collections/2";
    eve.documents.set("/collections/2", {
      "@context": [AS, FEP],
      id: uri,
      type: "FeaturedCollection",
      attributedTo: eve.actorUri,
      name: "Fools",
      orderedItems: [
        { id: `${uri}/1`, type: "FeaturedItem", featuredObject: aliceUri, featureAuthorization: stamp },
      ],
    });
    const list = `${eve.actorUri}/collections`;
    eve.documents.set("/users/eve", {
      ...(await actorDocument(eve, "eve")),
      "@context": [AS, "https://w3id.org/security/v1", FEP],
      featuredCollections: list,
    });
    here.clock.advance(25 * 3_600_000);
    await follows(eve);
    await take(eve, { "@context": [AS, FEP], ...act(eve, "Add", uri, { target: list }) });
    const stored = await findCollectionByUri(here.app.db, uri);
    expect(stored).toBeDefined();
    expect(await listItems(here.app.db, stored?.id ?? 0, 10)).toEqual([]);
  });

  test("nobody asks for places in more of them than they may have", async () => {
    await setFeatureChoice(here.app, alice, "ask");
    for (let n = 1; n <= 14; n++) await asks(n);
    const owner = await findActorIdByUri(here.app, eve.actorUri);
    expect((await listCollectionRows(here.app.db, owner ?? 0, 100)).length).toBe(10);
    expect((await getPlaces(here.app, alice)).places.length).toBe(10);
  });
});

describe("what groups and relays may say of others", () => {
  let vic: Peer;
  beforeEach(async () => {
    vic = await createPeer(here, "v.test", "vic");
    await follows(vic);
  });

  test("a note for followers, which its server shows to nobody else, is not deleted on a stranger's word", async () => {
    const to = [`${vic.actorUri}/followers`];
    await take(vic, aCreate(vic, "private", { to, cc: [] }, { to, cc: [] }));
    const uri = "https://v.test/notes/private";
    const inner = { id: "https://e.test/acts/inner", type: "Delete", actor: eve.actorUri, object: uri };
    await take(eve, act(eve, "Announce", inner));
    expect((await noteAt(uri))?.deleted_at).toBeNull();
  });

  test("people speak for nobody else of their server, as groups do", async () => {
    const neighbour = "https://e.test/users/ned";
    eve.documents.set("/users/ned", {
      ...(await actorDocument({ ...eve, actorUri: neighbour }, "ned")),
      publicKey: undefined,
    });
    const note = await aNote(here, { by: alice });
    const like = { id: "https://e.test/acts/ned-likes", type: "Like", actor: neighbour, object: note.uri };
    const said = { ...objectOf(aCreate(eve, "ned-said")), attributedTo: neighbour, inReplyTo: note.uri };
    const create = { id: "https://e.test/acts/ned-says", type: "Create", actor: neighbour, object: said };
    await take(eve, act(eve, "Announce", like));
    await take(eve, act(eve, "Announce", create));
    expect((await viewNote(here.app, alice, note.id)).likesCount).toBe(0);
    expect(await noteAt("https://e.test/notes/ned-said")).toBeUndefined();
    // The same by a group counts.
    eve.documents.set("/users/eve", { ...(await actorDocument(eve, "eve")), type: "Group" });
    here.clock.advance(25 * 3_600_000);
    const again = { ...like, id: "https://e.test/acts/ned-likes-2" };
    await take(eve, act(eve, "Announce", again));
    expect((await viewNote(here.app, alice, note.id)).likesCount).toBe(1);
  });

  test("nobody new comes in from a blocked domain through a server of another name", async () => {
    eve.documents.set("/.well-known/webfinger", {
      subject: "acct:eve@bad.test",
      links: [{ rel: "self", type: "application/activity+json", href: eve.actorUri }],
    });
    here.network.join("bad.test", () =>
      Promise.resolve(
        Response.json(
          {
            subject: "acct:eve@bad.test",
            links: [{ rel: "self", type: "application/activity+json", href: eve.actorUri }],
          },
          { headers: { "content-type": "application/jrd+json" } },
        ),
      ),
    );
    const received = await here.app.remote.findActor(eve.actorUri);
    expect(received?.host).toBe("bad.test");
    await blockDomain(here.app, { domain: "bad.test" });
    await drain(here);
    if (received !== null) await expect(receiveActor(here.app, received)).rejects.toThrow();
  });
});
