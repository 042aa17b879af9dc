import { signRequest } from "@fedify/fedify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { toInstant } from "../../federation/reading/time.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import { deleteNote } from "../../server/services/notes/notes.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createPeer, deliver, type Peer } from "./peer.ts";

const AS2 = "application/activity+json";

let here: TestInstance;
let alice: Viewer;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
});
afterEach(() => here.close());

async function get(path: string, headers: Record<string, string> = { accept: AS2 }) {
  const response = await here.request(path, { headers });
  const text = await response.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : null;
  return { status: response.status, headers: response.headers, text, json };
}

/** A GET signed by a peer's actor. */
async function getAs(
  peer: Peer,
  url: string,
  spec: "draft-cavage-http-signatures-12" | "rfc9421" = "draft-cavage-http-signatures-12",
) {
  const request = new Request(url, { headers: { accept: AS2 } });
  const options = { spec, currentTime: toInstant(here.clock.now()) };
  const signed = await signRequest(request, peer.keys.privateKey, new URL(peer.keyId), options);
  return here.fetch(signed, { ip: "192.0.2.1" });
}

/** Makes a peer's actor a follower of alice. */
async function follower(host: string): Promise<Peer> {
  const peer = await createPeer(here, host);
  await deliver(here, peer, {
    id: `https://${host}/f`,
    type: "Follow",
    actor: peer.actorUri,
    object: here.app.uris.actor(alice.actorId),
  });
  await drain(here);
  return peer;
}

describe("discovery", () => {
  test.each(["acct:alice@here.test", "acct:ALICE@HERE.test", "https://here.test/@alice", "actor"])(
    "WebFinger answers for %s",
    async (form) => {
      const resource = form === "actor" ? here.app.uris.actor(alice.actorId) : form;
      const { status, json, headers } = await get(
        `/.well-known/webfinger?resource=${encodeURIComponent(resource)}`,
      );
      expect(status).toBe(200);
      expect(headers.get("content-type")).toContain("application/jrd+json");
      expect(json?.["links"]).toEqual(
        expect.arrayContaining([
          { rel: "self", type: AS2, href: here.app.uris.actor(alice.actorId) },
          expect.objectContaining({
            rel: "http://webfinger.net/rel/profile-page",
            href: "https://here.test/@alice",
          }),
          {
            rel: "http://ostatus.org/schema/1.0/subscribe",
            template: "https://here.test/authorize_interaction?uri={uri}",
          },
        ]),
      );
    },
  );

  test("WebFinger of the origin or of the host's own name is the instance actor", async () => {
    for (const resource of ["https://here.test/", "https://here.test", "acct:here.test@here.test"]) {
      const { json } = await get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`);
      const [self] = (json?.["links"] ?? []) as { href: string }[];
      expect((await get(self?.href ?? "")).json).toMatchObject({
        type: "Application",
        preferredUsername: "here.test",
      });
    }
  });

  test("WebFinger knows nobody else", async () => {
    for (const resource of [
      "acct:nobody@here.test",
      "acct:alice@other.test",
      "https://other.test/@alice",
      "https://here.test/@nobody",
    ])
      expect((await get(`/.well-known/webfinger?resource=${encodeURIComponent(resource)}`)).status).toBe(404);
    expect((await get("/.well-known/webfinger")).status).toBe(400);
  });

  test("NodeInfo comes in both versions, with counts and the instance actor", async () => {
    const { json } = await get("/.well-known/nodeinfo");
    const links = json?.["links"] as { rel: string; href: string }[];
    expect(links).toHaveLength(3);
    for (const version of ["2.0", "2.1"]) {
      const link = links.find((one) => one.rel.endsWith(`/schema/${version}`));
      expect((await get(link?.href ?? "", { accept: "application/json" })).json).toMatchObject({
        version,
        software: { name: "causeway" },
        protocols: ["activitypub"],
        usage: { users: { total: 2 } },
      });
    }
  });

  test("host-meta comes as XML and JSON", async () => {
    expect((await get("/.well-known/host-meta", {})).text).toContain(
      'template="https://here.test/.well-known/webfinger?resource={uri}"',
    );
    expect((await get("/.well-known/host-meta.json", {})).json).toEqual({
      links: [{ rel: "lrdd", template: "https://here.test/.well-known/webfinger?resource={uri}" }],
    });
  });
});

describe("actors and notes", () => {
  test("an actor is a document for servers and its page for people", async () => {
    const uri = here.app.uris.actor(alice.actorId);
    const { json, headers } = await get(uri);
    expect(json).toMatchObject({
      id: uri,
      type: "Person",
      preferredUsername: "alice",
      webfinger: "alice@here.test",
      alsoKnownAs: [],
    });
    expect(headers.get("content-type")).toBe(AS2);
    expect(headers.get("vary")).toContain("Accept");
    const page = await here.request(uri, { headers: { accept: "text/html" }, redirect: "manual" });
    expect([page.status, page.headers.get("location")]).toEqual([302, "https://here.test/@alice"]);
  });

  test("a deleted actor leaves a Tombstone", async () => {
    await removeMember(here.app, alice.actorId);
    const { status, json } = await get(here.app.uris.actor(alice.actorId));
    expect([status, json?.["type"]]).toEqual([410, "Tombstone"]);
  });

  test("a public note is a document for servers and its page for people; deleted, it is a Tombstone", async () => {
    const note = await aNote(here, { by: alice, source: "Hello there" });
    expect((await get(note.uri)).json).toMatchObject({
      type: "Note",
      attributedTo: here.app.uris.actor(alice.actorId),
    });
    const page = await here.request(note.uri, { headers: { accept: "text/html" }, redirect: "manual" });
    expect([page.status, page.headers.get("location")]).toEqual([302, note.url]);
    await deleteNote(here.app, alice, note.id);
    const gone = await get(note.uri);
    expect([gone.status, gone.json]).toEqual([
      410,
      expect.objectContaining({ id: note.uri, type: "Tombstone" }),
    ]);
  });

  test("a private note is shown to a follower who signs, and to nobody else", async () => {
    const friend = await follower("friend.test");
    const stranger = await createPeer(here, "stranger.test");
    const note = await aNote(here, { by: alice, source: "between us", visibility: "followers" });
    for (const spec of ["draft-cavage-http-signatures-12", "rfc9421"] as const) {
      const shown = await getAs(friend, note.uri, spec);
      expect(shown.status).toBe(200);
      expect(shown.headers.get("cache-control")).toBe("private, no-store");
      expect(shown.headers.get("vary")).toContain("Signature");
      expect(await shown.text()).toContain("between us");
    }
    expect((await getAs(stranger, note.uri)).status).toBe(404);
    expect((await getAs({ ...friend, keys: stranger.keys }, note.uri)).status).toBe(404);
  });

  test("private, missing and deleted private notes are one and the same 404", async () => {
    const hidden = await aNote(here, { by: alice, visibility: "followers" });
    const removed = await aNote(here, { by: alice, visibility: "direct" });
    await deleteNote(here.app, alice, removed.id);
    const answers = await Promise.all(
      [hidden.uri, removed.uri, here.app.uris.note(12345)].map((uri) => get(uri)),
    );
    const seen = answers.map(({ status, text, headers }) =>
      JSON.stringify([
        status,
        text,
        headers.get("vary"),
        headers.get("cache-control"),
        headers.get("content-type"),
      ]),
    );
    expect(new Set(seen).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
  });

  test("a block is shown to the blocked alone", async () => {
    const friend = await follower("friend.test");
    const friendId = await findActorIdByUri(here.app, friend.actorUri);
    if (friendId === null) throw new Error("not known");
    await blockActor(here.app, alice, friendId);
    await drain(here);
    const block = friend.received.find((one) => one.json["type"] === "Block");
    const uri = String(block?.json["id"]);
    expect((await get(uri)).status).toBe(404);
    expect((await getAs(friend, uri)).status).toBe(200);
  });

  test("a follow and a public activity have addresses that answer", async () => {
    const friend = await follower("friend.test");
    await aNote(here, { by: alice });
    await drain(here);
    const create = friend.received.find((one) => one.json["type"] === "Create");
    const { status, json } = await get(String(create?.json["id"]));
    expect([status, json?.["type"], json?.["proof"]]).toEqual([200, "Create", create?.json["proof"]]);
    const accept = friend.received.find((one) => one.json["type"] === "Accept");
    expect((await get(String(accept?.json["id"]))).status).toBe(404);
  });
});

describe("collections", () => {
  async function items(uri: string): Promise<{ total: unknown; items: unknown[] }> {
    const { json } = await get(uri);
    const found: unknown[] = [...((json?.["orderedItems"] ?? json?.["items"] ?? []) as unknown[])];
    for (let next = json?.["first"]; typeof next === "string";) {
      const page = (await get(next)).json;
      found.push(...((page?.["orderedItems"] ?? page?.["items"] ?? []) as unknown[]));
      next = page?.["next"];
    }
    return { total: json?.["totalItems"], items: found };
  }

  test("the outbox holds public and unlisted notes alone, over several pages", async () => {
    for (let index = 0; index < 25; index++) await aNote(here, { by: alice, source: `open ${index}` });
    await aNote(here, { by: alice, source: "secret", visibility: "followers" });
    await aNote(here, { by: alice, source: "secret", visibility: "direct" });
    const outbox = await items(here.app.uris.outbox(alice.actorId));
    expect(outbox.items).toHaveLength(25);
    expect(JSON.stringify(outbox)).not.toContain("secret");
  });

  test("followers and following have totals and members", async () => {
    const friend = await follower("friend.test");
    expect(await items(here.app.uris.followers(alice.actorId))).toEqual({
      total: 1,
      items: [friend.actorUri],
    });
    expect(await items(here.app.uris.following(alice.actorId))).toEqual({ total: 0, items: [] });
    expect(await items(here.app.uris.featured(alice.actorId))).toEqual({ total: 0, items: [] });
  });

  test("replies are public ones, to public notes", async () => {
    const note = await aNote(here, { by: alice });
    const reply = await aNote(here, { by: alice, replyTo: note.id });
    await aNote(here, { by: alice, replyTo: note.id, visibility: "followers", source: "secret" });
    const replies = await items(here.app.uris.replies(note.id));
    expect(JSON.stringify(replies.items)).toContain(reply.uri);
    expect(replies.items).toHaveLength(1);
    const hidden = await aNote(here, { by: alice, visibility: "followers" });
    expect((await get(here.app.uris.replies(hidden.id))).status).toBe(404);
  });

  test("collections of nobody are not there", async () => {
    for (const path of ["outbox", "followers", "following", "featured"])
      expect((await get(`/users/12345/${path}`)).status).toBe(404);
    expect((await get("/users/12345")).status).toBe(404);
  });
});

test("an inbox takes nothing but POST, and unknown inboxes are not there", async () => {
  const response = await here.request("/inbox", { headers: { accept: AS2 } });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  const eve = await createPeer(here, "e.test");
  expect(
    await deliver(
      here,
      eve,
      { id: "https://e.test/1", type: "View", actor: eve.actorUri },
      { path: "/users/12345/inbox" },
    ),
  ).toBe(404);
});
