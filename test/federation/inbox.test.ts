import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import {
  findActorIdByUri,
  findRelationship,
  receiveActor,
  viewActor,
} from "../../server/services/actors/actors.ts";
import { followActor, unfollowActor } from "../../server/services/relations/follows.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, actorDocument, createPeer, deliver, toDelivery, type Peer } from "./peer.ts";
import { rsaPair } from "../support/rsa-keys.ts";

const HOUR = 3_600_000;

let here: TestInstance;
let alice: Viewer;
let eve: Peer;
let victim: Peer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  victim = await createPeer(here, "v.test", "vic");
});
afterEach(() => here.close());

const aliceUri = () => here.app.uris.actor(alice.actorId);
const toAlice = () => ({ tag: [{ type: "Mention", href: aliceUri(), name: "@alice@here.test" }] });

/** Contents of what alice was told of: notes that mention her. */
async function told(): Promise<readonly string[]> {
  await drain(here);
  return (await listNotifications(here.app, alice, {})).items.flatMap((one) => one.note?.contentHtml ?? []);
}

/** Contents of alice's home. */
async function home(): Promise<readonly string[]> {
  await drain(here);
  return (await homeTimeline(here.app, alice, {})).items.map((entry) => entry.note.contentHtml);
}

async function inboxRows(): Promise<number> {
  const waiting = await here.database.db.selectFrom("inbox").select("id").execute();
  const handled = await here.database.db.selectFrom("inbox_seen").select("key").execute();
  return waiting.length + handled.length;
}

/** Alice follows an actor of a peer, who accepts. */
async function aliceFollows(peer: Peer): Promise<void> {
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("actor not found");
  await followActor(here.app, alice, await receiveActor(here.app, received));
  await drain(here);
  const follow = peer.received.find((one) => one.json["type"] === "Follow");
  const accept = {
    id: `${peer.actorUri}/accepts/1`,
    type: "Accept",
    actor: peer.actorUri,
    object: follow?.json["id"],
  };
  expect(await deliver(here, peer, accept)).toBe(202);
  await drain(here);
}

describe("signatures", () => {
  test("a signed delivery is taken by both schemes", async () => {
    expect(await deliver(here, eve, aCreate(eve, "1", { content: "one", ...toAlice() }))).toBe(202);
    expect(
      await deliver(here, eve, aCreate(eve, "2", { content: "two", ...toAlice() }), { spec: "rfc9421" }),
    ).toBe(202);
    expect(await told()).toHaveLength(2);
  });

  test("SIG-01: an unsigned delivery is refused and nothing is fetched", async () => {
    const activity = {
      ...aCreate(eve, "1", toAlice()),
      "@context": ["https://www.w3.org/ns/activitystreams", "https://e.test/ctx"],
    };
    expect(await deliver(here, eve, activity, { unsigned: true })).toBe(401);
    expect(here.network.log).toEqual([]);
  });

  test("SIG-02: a key document that names the victim as its owner does not make its holder the victim", async () => {
    const { exportSpki } = await import("@fedify/fedify");
    eve.documents.set("/key", {
      "@context": "https://w3id.org/security/v1",
      id: "https://e.test/key",
      type: "CryptographicKey",
      owner: victim.actorUri,
      publicKeyPem: await exportSpki(eve.keys.publicKey),
    });
    const forged = aCreate(victim, "1", toAlice());
    expect(await deliver(here, eve, forged, { keyId: "https://e.test/key" })).toBe(401);
    expect(await inboxRows()).toBe(0);
  });

  test("SIG-02: nor does an actor's own key that names the victim", async () => {
    const document = await actorDocument(eve, "eve");
    eve.documents.set("/users/eve", {
      ...document,
      publicKey: { ...(document["publicKey"] as object), owner: victim.actorUri },
    });
    expect(await deliver(here, eve, aCreate(victim, "1", toAlice()))).toBe(401);
    expect(await inboxRows()).toBe(0);
  });

  test("SIG-04: a document at e that claims to be the victim is refused", async () => {
    const document = await actorDocument(
      { ...victim, keys: eve.keys, keyId: "https://e.test/vic#main-key" },
      "vic",
    );
    eve.documents.set("/vic", document);
    expect(
      await deliver(here, eve, aCreate(victim, "1", toAlice()), { keyId: "https://e.test/vic#main-key" }),
    ).toBe(401);
    expect(await inboxRows()).toBe(0);
  });

  test("SIG-05: an actor id at the victim that redirects to e's document is refused", async () => {
    const uri = "https://v.test/users/gone";
    victim.documents.set(
      "/users/gone",
      new Response(null, { status: 302, headers: { location: "https://e.test/users/gone" } }),
    );
    const forged = { ...eve, actorUri: uri, keyId: `${uri}#main-key`, host: "v.test" };
    eve.documents.set("/users/gone", await actorDocument(forged, "gone"));
    expect(
      await deliver(here, eve, { ...aCreate(victim, "1", toAlice()), actor: uri }, { keyId: forged.keyId }),
    ).toBe(401);
    expect(await inboxRows()).toBe(0);
  });

  test("SIG-08: signed for another path, or with a query, is refused", async () => {
    const create = aCreate(eve, "1", toAlice());
    expect(await deliver(here, eve, create, { signedPath: `/users/${alice.actorId}/inbox` })).toBe(401);
    expect(await deliver(here, eve, create, { path: "/inbox?x=1", signedPath: "/inbox" })).toBe(404);
    const put = await toDelivery(here, eve, create);
    expect((await here.fetch(new Request(put, { method: "PUT" }), { ip: "192.0.2.1" })).status).toBe(405);
  });

  test("SIG-10: two hours old or ahead is refused", async () => {
    for (const date of [here.clock.now() - 2 * HOUR, here.clock.now() + 2 * HOUR])
      expect(await deliver(here, eve, aCreate(eve, "1", toAlice()), { date })).toBe(401);
  });

  test("a changed body is refused", async () => {
    const request = await toDelivery(here, eve, aCreate(eve, "1", toAlice()));
    const body = (await request.clone().text()).replace("hello", "hullo");
    const changed = new Request(request.url, { method: "POST", headers: request.headers, body });
    expect((await here.fetch(changed, { ip: "192.0.2.1" })).status).toBe(401);
  });

  test("SIG-16: many unknown keys of one host cost at most five fetches a minute", async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 12; index++)
      statuses.push(
        await deliver(here, eve, aCreate(eve, String(index)), { keyId: `https://e.test/keys/${index}` }),
      );
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
    expect(eve.asked.filter((path) => path.startsWith("/keys/"))).toHaveLength(5);
  });

  test("SIG-17: a delivery repeated now or much later counts once", async () => {
    const create = aCreate(eve, "1", { content: "once", ...toAlice() });
    const request = await toDelivery(here, eve, create);
    expect((await here.fetch(request.clone(), { ip: "192.0.2.1" })).status).toBe(202);
    expect((await here.fetch(request.clone(), { ip: "192.0.2.1" })).status).toBe(202);
    here.clock.advance(25 * HOUR);
    expect((await here.fetch(request.clone(), { ip: "192.0.2.1" })).status).toBe(401);
    expect(await deliver(here, eve, create)).toBe(202);
    expect(await told()).toHaveLength(1);
    expect(await inboxRows()).toBe(1);
  });

  test("a rotated key is taken at its first delivery", async () => {
    expect(await deliver(here, eve, aCreate(eve, "1", toAlice()))).toBe(202);
    await eve.rotate();
    expect(await deliver(here, eve, aCreate(eve, "2", toAlice()))).toBe(202);
    expect(await told()).toHaveLength(2);
  });

  test("a key in a document of its own, named by its actor, is found", async () => {
    const { exportSpki } = await import("@fedify/fedify");
    const keyId = "https://e.test/users/eve/publickey";
    eve.documents.set("/users/eve", { ...(await actorDocument(eve, "eve")), publicKey: keyId });
    const publicKeyPem = await exportSpki(eve.keys.publicKey);
    eve.documents.set("/users/eve/publickey", {
      "@context": "https://w3id.org/security/v1",
      id: keyId,
      type: "CryptographicKey",
      owner: eve.actorUri,
      publicKeyPem,
    });
    expect(await deliver(here, eve, aCreate(eve, "1", toAlice()), { keyId })).toBe(202);
  });
});

describe("identity", () => {
  test("ORI-01: an activity id on the victim's host is refused, and the victim's own activity with it still works", async () => {
    const genuine = aCreate(victim, "1", { content: "genuine", ...toAlice() });
    const forged = { ...aCreate(eve, "1", { content: "forged", ...toAlice() }), id: genuine["id"] };
    expect(await deliver(here, eve, forged)).toBe(401);
    expect(await deliver(here, victim, genuine)).toBe(202);
    expect(await told()).toEqual([expect.stringContaining("genuine")]);
  });

  test("ORI-02: a note of the victim that comes embedded is read at its origin or not at all", async () => {
    const object = {
      id: "https://v.test/notes/1",
      attributedTo: victim.actorUri,
      content: "forged",
      ...toAlice(),
    };
    expect(await deliver(here, eve, aCreate(eve, "1", object))).toBe(202);
    expect(await told()).toEqual([]);
    const genuine = aCreate(victim, "1", { content: "genuine", ...toAlice() })["object"] as object;
    victim.documents.set("/notes/1", { "@context": "https://www.w3.org/ns/activitystreams", ...genuine });
    here.clock.advance(HOUR);
    await deliver(here, eve, { ...aCreate(eve, "2", object), id: "https://e.test/again" });
    expect(await told()).toEqual([expect.stringContaining("genuine")]);
  });

  test("ORI-05: several actors, or an embedded one that is not the signer, are refused", async () => {
    const create = aCreate(eve, "1", toAlice());
    expect(await deliver(here, eve, { ...create, actor: [eve.actorUri, victim.actorUri] })).toBe(400);
    const embedded = { ...(await actorDocument(eve, "eve")), id: victim.actorUri };
    expect(await deliver(here, eve, { ...create, actor: embedded })).toBe(401);
  });

  test("ORI-10: an actor with an inbox of ours is not stored, and nobody signs as us", async () => {
    eve.documents.set("/users/eve", {
      ...(await actorDocument(eve, "eve")),
      inbox: here.app.uris.inbox(alice.actorId),
    });
    expect(
      await deliver(here, eve, {
        id: "https://e.test/f",
        type: "Follow",
        actor: eve.actorUri,
        object: aliceUri(),
      }),
    ).toBe(202);
    await here.worker.drain();
    expect(await findActorIdByUri(here.app, eve.actorUri)).toBeNull();
    const asUs = { ...aCreate(eve, "9"), actor: aliceUri() };
    expect(await deliver(here, eve, asUs, { keyId: `${aliceUri()}#main-key` })).toBe(401);
  });

  test("JLD-04: a context that bends the audience is refused", async () => {
    const context = [
      "https://www.w3.org/ns/activitystreams",
      { followers: { "@id": "as:to", "@type": "@id" } },
    ];
    expect(await deliver(here, eve, { ...aCreate(eve, "1", toAlice()), "@context": context })).toBe(400);
  });
});

describe("meaning", () => {
  test("our own words, passed on to us by somebody, are taken with thanks and left alone", async () => {
    const like = {
      id: `${aliceUri()}/likes/1`,
      type: "Like",
      actor: aliceUri(),
      object: `${eve.actorUri}/1`,
    };
    expect(await deliver(here, eve, like)).toBe(202);
    await here.worker.drain();
    expect(await here.database.db.selectFrom("inbox").selectAll().execute()).toEqual([]);
    expect(await here.database.db.selectFrom("likes").selectAll().execute()).toEqual([]);
  });

  test("an Accept under an id that was used before answers the next Follow, as Hollo sends it", async () => {
    const received = await here.app.remote.findActor(eve.actorUri);
    if (received === null) throw new Error("actor not found");
    const eveId = await receiveActor(here.app, received);
    for (const round of [1, 2]) {
      await followActor(here.app, alice, eveId);
      await drain(here);
      const object = eve.received.findLast((one) => one.json["type"] === "Follow")?.json["id"];
      await deliver(here, eve, { id: "https://e.test/accept", type: "Accept", actor: eve.actorUri, object });
      await here.worker.drain();
      expect([round, (await findRelationship(here.app, alice, eveId)).following]).toEqual([
        round,
        "accepted",
      ]);
      await unfollowActor(here.app, alice, eveId);
      await drain(here);
    }
  });

  test("a Block under an id that was used before counts again, as Hollo sends it", async () => {
    const block = { id: `${eve.actorUri}#block/1`, type: "Block", actor: eve.actorUri, object: aliceUri() };
    const undo = (n: string) => ({
      id: `${eve.actorUri}#undo/${n}`,
      type: "Undo",
      actor: eve.actorUri,
      object: block,
    });
    const blocks = async () => {
      await here.worker.drain();
      return (await here.database.db.selectFrom("blocks").selectAll().execute()).length;
    };
    await deliver(here, eve, block);
    expect(await blocks()).toBe(1);
    await deliver(here, eve, undo("1"));
    expect(await blocks()).toBe(0);
    await deliver(here, eve, block);
    expect(await blocks()).toBe(1);
    await deliver(here, eve, undo("2"));
    expect(await blocks()).toBe(0);
  });

  test("an Accept that carries nothing but the Follow's id is understood", async () => {
    await aliceFollows(eve);
    const id = await findActorIdByUri(here.app, eve.actorUri);
    expect(id === null ? null : (await findRelationship(here.app, alice, id)).following).toBe("accepted");
  });

  test("AUZ-07: an Accept by somebody who was not asked changes nothing", async () => {
    const received = await here.app.remote.findActor(eve.actorUri);
    if (received === null) throw new Error("actor not found");
    const eveId = await receiveActor(here.app, received);
    await followActor(here.app, alice, eveId);
    await drain(here);
    const follow = eve.received.find((one) => one.json["type"] === "Follow");
    await deliver(here, victim, {
      id: "https://v.test/a",
      type: "Accept",
      actor: victim.actorUri,
      object: follow?.json["id"],
    });
    await drain(here);
    expect((await findRelationship(here.app, alice, eveId)).following).toBe("pending");
  });

  test("AUZ-01: a Delete or Update by somebody else changes nothing", async () => {
    await deliver(here, victim, aCreate(victim, "1", { content: "mine", ...toAlice() }));
    const uri = "https://v.test/notes/1";
    await deliver(here, eve, { id: "https://e.test/d", type: "Delete", actor: eve.actorUri, object: uri });
    const update = aCreate(victim, "1", { content: "forged", updated: "2026-06-01T12:00:00Z" })["object"];
    await deliver(here, eve, { id: "https://e.test/u", type: "Update", actor: eve.actorUri, object: update });
    expect(await told()).toEqual([expect.stringContaining("mine")]);
  });

  test("an edit and a deletion by the author count, also a deletion by id alone", async () => {
    await deliver(here, eve, aCreate(eve, "1", { content: "first", ...toAlice() }));
    await drain(here);
    here.clock.advance(60_000);
    const note = { content: "second", updated: "2026-06-01T12:00:30Z", ...toAlice() };
    await deliver(here, eve, { ...aCreate(eve, "1", note), id: "https://e.test/u", type: "Update" });
    expect(await told()).toEqual([expect.stringContaining("second")]);
    await deliver(here, eve, {
      id: "https://e.test/d",
      type: "Delete",
      actor: eve.actorUri,
      object: "https://e.test/notes/1",
    });
    expect(await told()).toEqual([]);
  });

  test("F22: a Delete that comes before its Create wins", async () => {
    await deliver(here, eve, {
      id: "https://e.test/d",
      type: "Delete",
      actor: eve.actorUri,
      object: { id: "https://e.test/notes/1", type: "Tombstone" },
    });
    await drain(here);
    await deliver(here, eve, aCreate(eve, "1", toAlice()));
    expect(await told()).toEqual([]);
  });

  test("a boost is read at its origin, never from what is embedded", async () => {
    await aliceFollows(eve);
    const object = { ...(aCreate(victim, "1", { content: "genuine" })["object"] as object) };
    victim.documents.set("/notes/1", { "@context": "https://www.w3.org/ns/activitystreams", ...object });
    const to = ["https://www.w3.org/ns/activitystreams#Public"];
    await deliver(here, eve, {
      id: "https://e.test/an",
      type: "Announce",
      actor: eve.actorUri,
      to,
      object: { ...object, content: "forged" },
    });
    expect(await home()).toEqual([expect.stringContaining("genuine")]);
  });

  test("the farewell of an actor that is gone is answered with 202 and believed of its own origin alone", async () => {
    await deliver(here, eve, aCreate(eve, "1", toAlice()));
    await drain(here);
    const goodbye = {
      id: "https://v.test/bye",
      type: "Delete",
      actor: victim.actorUri,
      object: victim.actorUri,
    };
    victim.documents.set("/users/vic", new Response(null, { status: 410 }));
    expect(await deliver(here, victim, goodbye)).toBe(202);
    expect(await inboxRows()).toBe(1);
    const other = { ...goodbye, object: eve.actorUri };
    expect(await deliver(here, victim, other)).toBe(401);
  });

  test("an actor that leaves is removed by its signed Delete", async () => {
    await deliver(here, eve, aCreate(eve, "1", toAlice()));
    await drain(here);
    eve.documents.set("/users/eve", new Response(null, { status: 410 }));
    expect(
      await deliver(here, eve, {
        id: "https://e.test/bye",
        type: "Delete",
        actor: eve.actorUri,
        object: eve.actorUri,
      }),
    ).toBe(202);
    await drain(here);
    expect(await findActorIdByUri(here.app, eve.actorUri)).toBeNull();
  });

  test("a changed profile is read at its origin", async () => {
    await deliver(here, eve, aCreate(eve, "1", toAlice()));
    await drain(here);
    eve.documents.set("/users/eve", { ...(await actorDocument(eve, "eve")), name: "Eve anew" });
    await deliver(here, eve, {
      id: "https://e.test/u",
      type: "Update",
      actor: eve.actorUri,
      object: eve.actorUri,
    });
    await drain(here);
    const id = await findActorIdByUri(here.app, eve.actorUri);
    expect(id === null ? null : (await viewActor(here.app, id))?.name).toBe("Eve anew");
  });

  test("a followers-only note stays for followers", async () => {
    await aliceFollows(eve);
    const audience = { to: [`${eve.actorUri}/followers`] };
    await deliver(here, eve, aCreate(eve, "1", { content: "between us", ...audience }, audience));
    expect(await home()).toEqual([expect.stringContaining("between us")]);
    expect(await fetchNote(here.app, null, "https://e.test/notes/1")).toBeNull();
  });

  test("types that mean nothing here are taken and finished", async () => {
    for (const [index, type] of ["Add", "Flag", "Move", "View", "Dislike", "TentativeAccept"].entries())
      expect(
        await deliver(here, eve, {
          id: `https://e.test/x${index}`,
          type,
          actor: eve.actorUri,
          object: aliceUri(),
        }),
      ).toBe(202);
    await drain(here);
  });

  test("a blocked host is refused before its key is fetched", async () => {
    await here.database.db.insertInto("domain_blocks").values({ host: "e.test", created_at: 0 }).execute();
    expect(await deliver(here, eve, aCreate(eve, "1", toAlice()))).toBe(403);
    expect(eve.asked).toEqual([]);
  });

  test("a reply brings its parent", async () => {
    const parent = aCreate(victim, "p", { content: "parent" })["object"] as object;
    victim.documents.set("/notes/p", { "@context": "https://www.w3.org/ns/activitystreams", ...parent });
    await deliver(here, eve, aCreate(eve, "1", { inReplyTo: "https://v.test/notes/p", ...toAlice() }));
    await drain(here);
    expect((await fetchNote(here.app, alice, "https://v.test/notes/p"))?.contentHtml).toContain("parent");
  });

  test("a like by a stranger of a note of ours is counted once, and an unknown key cannot", async () => {
    const note = await aNote(here, { by: alice });
    const like = {
      id: "https://e.test/l",
      type: "Like",
      actor: eve.actorUri,
      object: note.uri,
    };
    expect(await deliver(here, eve, like)).toBe(202);
    expect(
      await deliver(here, eve, { ...like, id: "https://e.test/l2" }, { key: (await rsaPair()).privateKey }),
    ).toBe(401);
    await deliver(here, eve, { ...like, id: "https://e.test/l3", type: "EmojiReact", content: "🍵" });
    await drain(here);
    const shown = await fetchNote(here.app, alice, note.uri);
    expect(shown).toMatchObject({ likesCount: 1, reactions: [{ name: "🍵", count: 1 }] });
  });
});
