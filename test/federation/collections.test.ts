// Collections of notes and conversations: what they list for whom, and what their numbers give away.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import type { NoteView } from "../../server/domain/note.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aCreate, createPeer, deliver, type Peer } from "./peer.ts";
import { get } from "./signed-get.ts";

type Json = Readonly<Record<string, unknown>>;

let here: TestInstance;
let alice: Viewer;
let eve: Peer;
let root: NoteView;

beforeEach(async () => {
  here = await createInstance({ host: "here.test" });
  alice = (await aMember(here, "alice")).viewer;
  eve = await createPeer(here, "e.test", "eve");
  root = await aNote(here, { by: alice, source: "a question" });
});
afterEach(() => here.close());

async function json(uri: string, as: Peer | null = null): Promise<Json> {
  const response = await get(here, uri, as);
  expect(response.status, uri).toBe(200);
  return (await response.json()) as Json;
}

/** Everything that a collection lists, page by page. */
async function all(
  uri: string,
  as: Peer | null = null,
): Promise<{ total: unknown; items: readonly unknown[] }> {
  const collection = await json(uri, as);
  const items: unknown[] = [];
  for (let next = collection["first"]; typeof next === "string";) {
    const page = await json(next, as);
    items.push(...((page["orderedItems"] ?? page["items"]) as readonly unknown[]));
    next = page["next"];
  }
  return { total: collection["totalItems"], items };
}

async function send(activity: Json): Promise<void> {
  expect(await deliver(here, eve, activity)).toBe(202);
  await drain(here);
}

describe("what is for some alone (threats PRV-01)", () => {
  it("is listed and counted for nobody else, and never kept by caches", async () => {
    const follow = {
      id: `${eve.actorUri}/f`,
      type: "Follow",
      actor: eve.actorUri,
      object: here.app.uris.actor(alice.actorId),
    };
    await send(follow);
    here.clock.advance(1000);
    const secret = await aNote(here, {
      by: alice,
      source: "a secret",
      replyTo: root.id,
      visibility: "followers",
    });
    const mallory = await createPeer(here, "m.test", "mallory");
    for (const uri of [here.app.uris.replies(root.id), here.app.uris.context(root.id)]) {
      for (const reader of [null, mallory]) {
        const seen = await all(uri, reader);
        expect(JSON.stringify(seen)).not.toContain(secret.uri);
        expect(seen.total).toBe(uri.includes("contexts") ? 1 : 0);
      }
      const seen = await all(uri, eve);
      expect(seen.items).toContain(secret.uri);
      expect(seen.total).toBe(uri.includes("contexts") ? 2 : 1);
      expect((await get(here, uri, eve)).headers.get("cache-control")).toBe("private, no-store");
      expect((await get(here, uri, eve)).headers.get("vary")).toContain("Signature");
      expect((await get(here, uri)).headers.get("cache-control")).toBe("public, max-age=60");
    }
    const note = await json(root.uri);
    expect(JSON.stringify(note["replies"])).not.toContain(secret.uri);
  });

  it("has no collections of its own for those who may not see it", async () => {
    const secret = await aNote(here, { by: alice, source: "a secret", visibility: "followers" });
    for (const path of [
      `/notes/${secret.id}/replies`,
      `/notes/${secret.id}/likes`,
      `/notes/${secret.id}/shares`,
      `/contexts/${secret.id}`,
      `/contexts/${secret.id}/history`,
    ])
      for (const reader of [null, eve])
        expect((await get(here, `https://here.test${path}`, reader)).status, path).toBe(404);
  });

  it("is not shown to a server that is blocked", async () => {
    const follow = {
      id: `${eve.actorUri}/f`,
      type: "Follow",
      actor: eve.actorUri,
      object: here.app.uris.actor(alice.actorId),
    };
    await send(follow);
    const secret = await aNote(here, {
      by: alice,
      source: "a secret",
      replyTo: root.id,
      visibility: "followers",
    });
    await blockDomain(here.app, { domain: "e.test" });
    const response = await get(here, here.app.uris.replies(root.id), eve);
    expect(await response.text()).not.toContain(secret.uri);
  });

  it("nobody becomes a part of a conversation of ours by naming it", async () => {
    const mention = { type: "Mention", href: here.app.uris.actor(alice.actorId) };
    await send(aCreate(eve, "1", { context: here.app.uris.context(root.id), tag: [mention] }));
    expect((await all(here.app.uris.context(root.id))).items).toEqual([root.uri]);
    here.clock.advance(1000);
    await send(
      aCreate(eve, "2", { inReplyTo: root.uri, published: new Date(here.clock.now()).toISOString() }),
    );
    expect((await all(here.app.uris.context(root.id))).items).toEqual([root.uri, "https://e.test/notes/2"]);
  });
});

describe("long collections", () => {
  it("come in pages, each item once, the author's own replies first", async () => {
    for (let index = 0; index < 45; index++) {
      here.clock.advance(1000);
      await send(
        aCreate(eve, `e${index}`, {
          inReplyTo: root.uri,
          published: new Date(here.clock.now()).toISOString(),
        }),
      );
    }
    for (let index = 0; index < 42; index++) {
      here.clock.advance(1000);
      await aNote(here, { by: alice, source: `more ${index}`, replyTo: root.id });
    }
    const replies = await all(here.app.uris.replies(root.id));
    expect(replies.total).toBe(87);
    expect(new Set(replies.items).size).toBe(87);
    const isOwn = replies.items.map((uri) => String(uri).startsWith("https://here.test/"));
    expect(isOwn.indexOf(false)).toBe(42);
    expect(isOwn.lastIndexOf(true)).toBe(41);
    const conversation = await all(here.app.uris.context(root.id));
    expect(conversation.total).toBe(88);
    expect(new Set(conversation.items).size).toBe(88);
    const note = await json(root.uri);
    const first = (note["replies"] as Json)["first"] as Json;
    expect(first["items"]).toEqual(replies.items.slice(0, 40));
    expect(await json(String(first["next"]))).toMatchObject({ items: replies.items.slice(40, 80) });
  });

  it("answers of nonsense cursors and ids are no errors of ours", async () => {
    for (const path of [
      "/contexts/0",
      "/contexts/99",
      "/notes/99/likes",
      `/contexts/${root.id}?cursor=x`,
      `/notes/${root.id}/replies?cursor=own-x`,
    ])
      expect((await get(here, `https://here.test${path}`)).status).toBeLessThan(500);
  });
});
