import { afterEach, beforeEach, expect, test } from "vitest";
import { isActivityJson } from "../../federation/remote/documents.ts";
import { createInstance, type TestInstance } from "../support/instance.ts";
import { aCreate, actorDocument, createPeer, type Peer } from "./peer.ts";

const AS = "https://www.w3.org/ns/activitystreams";

let here: TestInstance;
let peer: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  peer = await createPeer(here, "v.test", "vic");
});
afterEach(() => here.close());

function aNoteAt(path: string, change: Record<string, unknown> = {}): string {
  const object = aCreate(peer, "1", { id: `https://v.test${path}`, ...change })["object"] as object;
  peer.documents.set(path, { "@context": AS, ...object });
  return `https://v.test${path}`;
}

test("an actor is found by handle, by uri and by its page, with requests that the instance signs", async () => {
  peer.documents.set("/@vic", new Response(null, { status: 302, headers: { location: peer.actorUri } }));
  for (const name of ["vic@v.test", "@vic@v.test", peer.actorUri, "https://v.test/@vic"])
    expect(await here.app.remote.findActor(name)).toMatchObject({
      uri: peer.actorUri,
      username: "vic",
      host: "v.test",
    });
});

test("a split domain is believed when its WebFinger leads back to the actor", async () => {
  const finger = {
    subject: "acct:vic@handle.test",
    links: [{ rel: "self", type: "application/activity+json", href: peer.actorUri }],
  };
  peer.documents.set("/.well-known/webfinger", finger);
  expect(await here.app.remote.findActor(peer.actorUri)).toMatchObject({ host: "v.test" });
  const handle = await createPeer(here, "handle.test", "nobody");
  handle.documents.set("/.well-known/webfinger", finger);
  expect(await here.app.remote.findActor("vic@handle.test")).toMatchObject({
    host: "handle.test",
    uri: peer.actorUri,
  });
  here.clock.advance(3_600_000);
  expect(await here.app.remote.findActor(peer.actorUri)).toMatchObject({ host: "handle.test" });
});

test("a handle host that names somebody else's actor does not get it", async () => {
  const thief = await createPeer(here, "e.test", "eve");
  const finger = {
    subject: "acct:vic@e.test",
    links: [{ rel: "self", type: "application/activity+json", href: peer.actorUri }],
  };
  thief.documents.set("/.well-known/webfinger", finger);
  const found = await here.app.remote.findActor("other@e.test");
  expect(found?.host === "e.test" && found.username !== "vic").toBe(false);
  expect(await here.app.remote.findActor("alice@here.test")).toBeNull();
});

test("host-meta leads to WebFinger at another address", async () => {
  const domain = await createPeer(here, "domain.test", "x");
  domain.documents.delete("/.well-known/webfinger");
  const xml = '<XRD><Link rel="lrdd" template="https://v.test/.well-known/webfinger?resource={uri}"/></XRD>';
  domain.documents.set(
    "/.well-known/host-meta",
    new Response(xml, { headers: { "content-type": "application/xrd+xml" } }),
  );
  expect(await here.app.remote.findActor("vic@domain.test")).toMatchObject({ uri: peer.actorUri });
});

test("a note is fetched at its own id, also when asked for by its page", async () => {
  const uri = aNoteAt("/notes/1");
  peer.documents.set("/@vic/1", { "@context": AS, id: uri, type: "Note" });
  expect(await here.app.remote.fetchNote(uri)).toMatchObject({ uri, authorUri: peer.actorUri });
  expect(await here.app.remote.fetchNote("https://v.test/@vic/1")).toMatchObject({ uri });
});

test("a document that claims another host's id is read there or not at all", async () => {
  const thief = await createPeer(here, "e.test", "eve");
  const object = aCreate(peer, "1", { content: "forged" })["object"] as object;
  thief.documents.set("/notes/1", { "@context": AS, ...object });
  expect(await here.app.remote.fetchNote("https://e.test/notes/1")).toBeNull();
  here.clock.advance(3_600_000);
  aNoteAt("/notes/1", { content: "genuine" });
  expect((await here.app.remote.fetchNote("https://e.test/notes/1"))?.contentHtml).toBe("genuine");
});

test.each([
  ["application/activity+json", true],
  ["application/activity+json; charset=utf-8", true],
  ['application/ld+json; profile="https://www.w3.org/ns/activitystreams"', true],
  ["application/ld+json", false],
  ["application/json", false],
  ["text/html", false],
  ["image/png", false],
])("ORI-07: %s is%s a document of ActivityPub", (type, is) => {
  expect(isActivityJson(type)).toBe(is);
});

test("ORI-07: an uploaded file is no note, whatever it says", async () => {
  const uri = aNoteAt("/uploads/1");
  const body = JSON.stringify(peer.documents.get("/uploads/1"));
  for (const type of ["application/json", "text/html", "application/ld+json"]) {
    peer.documents.set("/uploads/1", new Response(body, { headers: { "content-type": type } }));
    here.clock.advance(3_600_000);
    expect(await here.app.remote.fetchNote(uri)).toBeNull();
  }
});

test("failures are remembered for a while, and calls at once are one request", async () => {
  await Promise.all([1, 2, 3].map(() => here.app.remote.fetchNote("https://v.test/none")));
  await here.app.remote.fetchNote("https://v.test/none");
  expect(peer.asked.filter((path) => path === "/none")).toHaveLength(1);
  here.clock.advance(3_600_000);
  aNoteAt("/none");
  expect(await here.app.remote.fetchNote("https://v.test/none")).not.toBeNull();
});

test("a host that is down, slow or talks nonsense is an answer and no error", async () => {
  peer.documents.set("/bad", new Response("{", { headers: { "content-type": "application/activity+json" } }));
  expect(await here.app.remote.fetchNote("https://v.test/bad")).toBeNull();
  expect(await here.app.remote.fetchAny("https://nobody.test/x")).toBeNull();
  expect(await here.app.remote.findActor("x@nobody.test")).toBeNull();
  expect(await here.app.remote.findActor("not a handle")).toBeNull();
});

test("JLD-11: an outbox that never ends, loops or jumps to another host is read within its budget", async () => {
  const page = (number: number, next: string) => ({
    "@context": AS,
    id: `https://v.test/outbox/${number}`,
    type: "OrderedCollectionPage",
    orderedItems: Array.from({ length: 30 }, (_, index) => aCreate(peer, `${number}-${index}`)),
    next,
  });
  peer.documents.set("/outbox", {
    "@context": AS,
    id: "https://v.test/outbox",
    type: "OrderedCollection",
    first: "https://v.test/outbox/1",
  });
  for (let number = 1; number < 9; number++)
    peer.documents.set(`/outbox/${number}`, page(number, `https://v.test/outbox/${number + 1}`));
  expect(await here.app.remote.recentNotes("https://v.test/outbox", 1000)).toHaveLength(50);
  expect(peer.asked.filter((path) => path.startsWith("/outbox/"))).toEqual(["/outbox/1", "/outbox/2"]);
  peer.documents.set("/outbox/1", { ...page(1, "https://v.test/outbox/1"), orderedItems: [] });
  expect(await here.app.remote.recentNotes("https://v.test/outbox", 20)).toEqual([]);
  const thief = await createPeer(here, "e.test", "eve");
  peer.documents.set("/outbox/1", { ...page(1, "https://e.test/outbox"), orderedItems: [] });
  await here.app.remote.recentNotes("https://v.test/outbox", 20);
  expect(thief.asked).toEqual([]);
});

test("an outbox gives no private notes and no boosts", async () => {
  const items = [
    aCreate(peer, "1", { content: "open" }),
    aCreate(peer, "2", { content: "closed", to: [`${peer.actorUri}/followers`] }),
    { id: "https://v.test/a", type: "Announce", actor: peer.actorUri, object: "https://v.test/notes/9" },
    aCreate(peer, "3", { id: "https://e.test/notes/3" }),
  ];
  peer.documents.set("/outbox", {
    "@context": AS,
    id: "https://v.test/outbox",
    type: "OrderedCollection",
    orderedItems: items,
  });
  expect(
    (await here.app.remote.recentNotes("https://v.test/outbox", 20)).map((note) => note.contentHtml),
  ).toEqual(["open"]);
});

test("any address is told apart", async () => {
  const uri = aNoteAt("/notes/1");
  expect(await here.app.remote.fetchAny(uri)).toMatchObject({ type: "note", note: { uri } });
  expect(await here.app.remote.fetchAny(peer.actorUri)).toMatchObject({
    type: "actor",
    actor: { uri: peer.actorUri },
  });
});

test("a blocked host, and ourselves, are never asked", async () => {
  await here.database.db.insertInto("domain_blocks").values({ host: "v.test", created_at: 0 }).execute();
  expect(await here.app.remote.findActor(peer.actorUri)).toBeNull();
  expect(await here.app.remote.findActor("vic@v.test")).toBeNull();
  expect(await here.app.remote.findActor("https://here.test/users/1")).toBeNull();
  expect(here.network.log).toEqual([]);
});

test("a profile that lies about its host's inbox is refused", async () => {
  peer.documents.set("/users/vic", { ...(await actorDocument(peer, "vic")), inbox: "https://e.test/inbox" });
  expect(await here.app.remote.findActor(peer.actorUri)).toBeNull();
});
