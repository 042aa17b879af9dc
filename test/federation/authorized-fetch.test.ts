import { signRequest } from "@fedify/fedify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toInstant } from "../../federation/reading/time.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, follow } from "../support/pair.ts";
import { actorDocument, createPeer, deliver, type Peer } from "./peer.ts";
import { rsaPair } from "../support/rsa-keys.ts";

let here: TestInstance;
let alice: Viewer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test", environment: { CAUSEWAY_AUTHORIZED_FETCH: "on" } });
  alice = (await aMember(here, "alice")).viewer;
});
afterEach(() => here.close());

const ACCEPT = "application/activity+json";

async function get(path: string, accept = ACCEPT, at = here): Promise<Response> {
  return await at.request(path, { headers: { accept } });
}

/** A GET that a peer's actor signed. */
async function getAs(peer: Peer, path: string, at = here, key = peer.keys.privateKey): Promise<Response> {
  const url = `https://${at.host}${path}`;
  const request = new Request(url, { headers: { accept: ACCEPT } });
  const signed = await signRequest(request, key, new URL(peer.keyId), {
    spec: "draft-cavage-http-signatures-12",
    currentTime: toInstant(at.clock.now()),
  });
  return await at.fetch(new Request(url, { headers: signed.headers }), { ip: "192.0.2.1" });
}

const pathOf = (uri: string) => new URL(uri).pathname;

describe("with authorized fetch", () => {
  test("nobody without a signature reads a document, whatever it is and whether it is there", async () => {
    const note = await aNote(here, { by: alice });
    await drain(here);
    const actor = pathOf(here.app.uris.actor(alice.actorId));
    const paths = [
      pathOf(note.uri),
      "/notes/12345",
      "/follows/1",
      "/likes/1",
      "/activities/1",
      `${pathOf(note.uri)}/replies`,
    ];
    for (const path of [
      ...paths,
      ...["outbox", "followers", "following", "featured"].map((one) => `${actor}/${one}`),
    ]) {
      const response = await get(path);
      expect([path, response.status, await response.text()]).toEqual([path, 401, ""]);
      expect(response.headers.get("cache-control")).toBe("private, no-store");
    }
    const [activity] = await here.database.db.selectFrom("activities").select("uri").execute();
    for (const accept of [ACCEPT, "*/*", "text/html", 'application/ld+json; profile="x"', "application/json"])
      expect((await get(pathOf(activity?.uri ?? "/activities/1"), accept)).status).toBe(401);
  });

  test("an actor shows strangers its key and boxes alone, so that its signatures can be verified", async () => {
    const response = await get(pathOf(here.app.uris.actor(alice.actorId)));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    const json = (await response.json()) as Record<string, unknown>;
    expect(json).toMatchObject({
      type: "Person",
      preferredUsername: "alice",
      publicKey: { owner: json["id"] },
    });
    for (const hidden of ["name", "summary", "icon", "outbox", "followers", "attachment", "published"])
      expect(json).not.toHaveProperty(hidden);
  });

  test("the instance actor, WebFinger, NodeInfo and pages are for everybody", async () => {
    const instance = await get(pathOf(here.app.uris.actor(await getInstanceActorId(here.app))));
    expect(await instance.json()).toHaveProperty("outbox");
    expect((await get("/.well-known/webfinger?resource=acct:alice@here.test")).status).toBe(200);
    expect((await get("/nodeinfo/2.1", "application/json")).status).toBe(200);
    const note = await aNote(here, { by: alice });
    expect((await get(`/@alice/${note.id}`, "text/html")).status).toBe(200);
    expect((await get(pathOf(note.uri), "text/html")).status).toBe(302);
  });

  test("a verified signature reads, a wrong one, a stranger's key or a blocked host does not", async () => {
    const peer = await createPeer(here, "far.test");
    const note = await aNote(here, { by: alice });
    expect((await getAs(peer, pathOf(note.uri))).status).toBe(200);
    expect(await (await getAs(peer, pathOf(here.app.uris.actor(alice.actorId)))).json()).toHaveProperty(
      "outbox",
    );
    expect((await getAs(peer, pathOf(note.uri), here, (await rsaPair()).privateKey)).status).toBe(401);
    expect(
      (await getAs({ ...peer, keyId: "https://far.test/users/else#main-key" }, pathOf(note.uri))).status,
    ).toBe(401);
    await blockDomain(here.app, { domain: "far.test" });
    expect((await getAs(peer, pathOf(note.uri))).status).toBe(403);
    expect((await getAs(peer, pathOf(here.app.uris.actor(alice.actorId)))).status).toBe(403);
  });

  test("PRV-11: whoever a member blocks reads of them what strangers read", async () => {
    const peer = await createPeer(here, "far.test");
    const note = await aNote(here, { by: alice });
    const actor = pathOf(here.app.uris.actor(alice.actorId));
    await deliver(here, peer, {
      id: "https://far.test/l",
      type: "Like",
      actor: peer.actorUri,
      object: note.uri,
    });
    await drain(here);
    const id = await findActorIdByUri(here.app, peer.actorUri);
    if (id === null) throw new Error("the peer is not known");
    expect((await getAs(peer, `${actor}/outbox`)).status).toBe(200);
    await blockActor(here.app, alice, id);
    expect((await getAs(peer, pathOf(note.uri))).status).toBe(404);
    expect((await getAs(peer, `${actor}/outbox`)).status).toBe(401);
    expect(await (await getAs(peer, actor)).json()).not.toHaveProperty("outbox");
    const other = await createPeer(here, "other.test");
    expect((await getAs(other, pathOf(note.uri))).status).toBe(200);
  });

  test("PRV-04: answers to different signers are never shared by a cache", async () => {
    const [one, two] = [await createPeer(here, "one.test"), await createPeer(here, "two.test")];
    const note = await aNote(here, { by: alice });
    const actor = pathOf(here.app.uris.actor(alice.actorId));
    for (const path of [pathOf(note.uri), actor, `${actor}/followers`])
      for (const response of [
        await getAs(one, path),
        await get(path),
        await getAs(two, path),
        await get(path),
      ]) {
        expect(response.headers.get("vary")).toContain("Signature");
        expect(response.headers.get("cache-control")).toBe("private, no-store");
      }
    expect(await (await get(actor)).json()).not.toHaveProperty("outbox");
    expect(await (await getAs(two, actor)).json()).toHaveProperty("outbox");
  });

  test("two such servers follow and read each other", async () => {
    const on = { CAUSEWAY_AUTHORIZED_FETCH: "on" };
    const pair = await aPair({ east: on, west: on });
    await follow(pair, pair.east, pair.ann.viewer, "@bo@west.test");
    const note = await aNote(pair.west, { by: pair.bo.viewer, source: "between careful servers" });
    await pair.settle();
    expect((await fetchNote(pair.east.app, pair.ann.viewer, note.uri))?.contentHtml).toContain("careful");
  });
});

describe("without authorized fetch", () => {
  test("a request that claims to be of a blocked host is refused before anything is fetched", async () => {
    const open = await createInstance({ host: "open.test" });
    const peer = await createPeer(open, "bad.test");
    const writer = (await aMember(open, "writer")).viewer;
    const note = await aNote(open, { by: writer });
    await blockDomain(open.app, { domain: "bad.test" });
    expect((await getAs(peer, pathOf(note.uri), open)).status).toBe(403);
    expect(peer.asked).toEqual([]);
    expect((await get(pathOf(note.uri), ACCEPT, open)).status).toBe(200);
    await open.close();
  });
});

describe("a followers-only note", () => {
  /** A peer that is the actor of its whole server, and a follower who lives there. */
  async function aServerWithFollower(): Promise<{ readonly server: Peer; readonly follower: Peer }> {
    const follower = await createPeer(here, "far.test", "fan");
    const documents = follower.documents;
    const server = await createPeer(here, "far.test", "far.test");
    server.documents.set("/users/far.test", {
      ...(await actorDocument(server, "far.test")),
      type: "Application",
    });
    for (const [path, document] of documents)
      if (!server.documents.has(path)) server.documents.set(path, document);
    const activity = {
      id: "https://far.test/f",
      type: "Follow",
      actor: follower.actorUri,
      object: here.app.uris.actor(alice.actorId),
    };
    expect(await deliver(here, follower, activity)).toBe(202);
    await drain(here);
    return { server, follower };
  }

  test("is shown to the instance actor of a server where a follower lives, and to that follower", async () => {
    const { server, follower } = await aServerWithFollower();
    const note = await aNote(here, { by: alice, source: "close", visibility: "followers" });
    for (const peer of [server, follower]) {
      const response = await getAs(peer, pathOf(note.uri));
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("private, no-store");
    }
  });

  test("is not shown to instance actors of other servers, nor to a member's Application that only calls itself so", async () => {
    const { server } = await aServerWithFollower();
    const other = await createPeer(here, "other.test", "other.test");
    other.documents.set("/users/other.test", {
      ...(await actorDocument(other, "other.test")),
      type: "Application",
    });
    const note = await aNote(here, { by: alice, source: "close", visibility: "followers" });
    expect((await getAs(other, pathOf(note.uri))).status).toBe(404);
    const direct = await aNote(here, { by: alice, source: "only me", visibility: "direct" });
    expect((await getAs(server, pathOf(direct.uri))).status).toBe(404);
  });

  test("PRV-02: is shown no more when the only follower there is blocked", async () => {
    const { server, follower } = await aServerWithFollower();
    const note = await aNote(here, { by: alice, source: "close", visibility: "followers" });
    const id = await findActorIdByUri(here.app, follower.actorUri);
    if (id === null) throw new Error("no follower");
    await blockActor(here.app, alice, id);
    for (const peer of [server, follower]) expect((await getAs(peer, pathOf(note.uri))).status).toBe(404);
  });

  test("a bot of that server with a name of its own is no instance actor", async () => {
    const { server } = await aServerWithFollower();
    const bot = {
      ...server,
      actorUri: "https://far.test/users/bot",
      keyId: "https://far.test/users/bot#main-key",
    };
    server.documents.set("/users/bot", { ...(await actorDocument(bot, "bot")), type: "Application" });
    const note = await aNote(here, { by: alice, source: "close", visibility: "followers" });
    expect((await getAs(bot, pathOf(note.uri))).status).toBe(404);
  });
});
