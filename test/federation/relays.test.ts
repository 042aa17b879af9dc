import { verifyJsonLd } from "@fedify/fedify";
import jsonld from "@fedify/vocab-runtime/jsonld";
import { describe, expect, test } from "vitest";
import { loadContext } from "../../federation/reading/contexts.ts";
import type { Viewer } from "../../server/domain/actor.ts";
import { findActorIdByUri } from "../../server/services/actors/actors.ts";
import { blockDomain } from "../../server/services/moderation/domains.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { fetchNote } from "../../server/services/notes/received-notes.ts";
import { pruneRelayed } from "../../server/services/moderation/relayed-notes.ts";
import { addRelay, listRelays, removeRelay } from "../../server/services/moderation/relays.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { homeTimeline, localTimeline, tagTimeline } from "../../server/services/timelines.ts";
import { aMember, aNote, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, type Pair } from "../support/pair.ts";
import { actorDocument, createPeer, deliver, type Peer } from "./peer.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const DAY = 86_400_000;

type Json = Record<string, unknown>;

/** A relay as most run it: one Application whose inbox is that of the server. */
async function aRelay(at: Pick<TestInstance, "network">): Promise<Peer> {
  const relay = await createPeer(at, "relay.test", "relay");
  relay.documents.set("/users/relay", {
    ...(await actorDocument(relay, "relay")),
    type: "Application",
    inbox: "https://relay.test/inbox",
  });
  return relay;
}

const sentTo = (relay: Peer, type: string) => relay.received.filter((one) => one.json["type"] === type);

async function anAcceptedRelay(
  here: TestInstance,
  style: "mastodon" | "litepub" = "mastodon",
): Promise<Peer> {
  const relay = await aRelay(here);
  const url = style === "mastodon" ? "https://relay.test/inbox" : relay.actorUri;
  await addRelay(here.app, { url, style });
  await drain(here);
  await answer(here, relay, "Accept");
  return relay;
}

async function answer(here: TestInstance, relay: Peer, type: "Accept" | "Reject"): Promise<void> {
  const follow = sentTo(relay, "Follow").at(-1)?.json;
  const id = `https://relay.test/answers/${type}`;
  const activity = { id, type, actor: relay.actorUri, object: follow };
  expect(await deliver(here, relay, activity)).toBe(202);
  await drain(here);
}

/** The whole activity of somebody else, signed for on the way by the relay alone. */
async function passOn(here: TestInstance, relay: Peer, activity: Json): Promise<number> {
  const status = await deliver(here, relay, activity);
  await drain(here);
  return status;
}

async function tagged(here: TestInstance, viewer: Viewer | null = null): Promise<readonly string[]> {
  return (await tagTimeline(here.app, viewer, "food", {})).items.map((entry) => entry.note.uri);
}

/** A public note of west with its Create, as west serves it. */
async function aForeignNote(
  pair: Pair,
  source = "rice #food",
): Promise<{ readonly uri: string; readonly create: Json }> {
  const note = await aNote(pair.west, { by: pair.bo.viewer, source });
  const response = await pair.west.request(new URL(note.uri).pathname, {
    headers: { accept: "application/activity+json" },
  });
  const object = (await response.json()) as Json;
  const actor = pair.west.app.uris.actor(pair.bo.viewer.actorId);
  const create = { id: `${note.uri}/activity`, type: "Create", actor, to: [PUBLIC], object };
  return { uri: note.uri, create };
}

describe("asking a relay", () => {
  test("is a Follow of Public to its inbox, and waits for its own answer", async () => {
    const { east, ann } = await aPair();
    const relay = await aRelay(east);
    await addRelay(east.app, { url: "https://relay.test/inbox", style: "mastodon" });
    await drain(east);
    const [follow] = sentTo(relay, "Follow");
    const instance = east.app.uris.actor(await getInstanceActorId(east.app));
    expect(follow).toMatchObject({ path: "/inbox", json: { actor: instance, object: PUBLIC } });
    expect((await listRelays(east.app))[0]).toMatchObject({ state: "pending", actorUri: null });
    await aNote(east, { by: ann.viewer });
    await drain(east);
    expect(sentTo(relay, "Create")).toEqual([]);
    const mallory = await createPeer(east, "e.test");
    await deliver(east, mallory, {
      id: "https://e.test/a",
      type: "Accept",
      actor: mallory.actorUri,
      object: follow?.json["id"],
    });
    await drain(east);
    expect((await listRelays(east.app))[0]?.state).toBe("pending");
    await answer(east, relay, "Accept");
    expect((await listRelays(east.app))[0]).toMatchObject({ state: "accepted", actorUri: relay.actorUri });
    await answer(east, relay, "Reject");
    expect((await listRelays(east.app))[0]?.state).toBe("rejected");
  });

  test("may be answered by the Follow's id alone, which can be fetched", async () => {
    const { east } = await aPair();
    const relay = await aRelay(east);
    await addRelay(east.app, { url: "https://relay.test/inbox", style: "mastodon" });
    await drain(east);
    const id = String(sentTo(relay, "Follow")[0]?.json["id"]);
    const served = await east.request(new URL(id).pathname, {
      headers: { accept: "application/activity+json" },
    });
    expect(await served.json()).toMatchObject({ id, type: "Follow", object: PUBLIC });
    await deliver(east, relay, {
      id: "https://relay.test/x",
      type: "Accept",
      actor: relay.actorUri,
      object: id,
    });
    await drain(east);
    expect((await listRelays(east.app))[0]?.state).toBe("accepted");
  });

  test("twice is a conflict, a blocked host or our own is refused, leaving sends an Undo", async () => {
    const { east } = await aPair();
    const relay = await anAcceptedRelay(east);
    const again = addRelay(east.app, { url: "https://relay.test/inbox", style: "mastodon" });
    await expect(again).rejects.toMatchObject({ kind: "conflict" });
    const own = addRelay(east.app, { url: "https://east.test/inbox", style: "mastodon" });
    await expect(own).rejects.toMatchObject({ kind: "invalid" });
    await blockDomain(east.app, { domain: "bad.test" });
    const bad = addRelay(east.app, { url: "https://relay.bad.test/inbox", style: "mastodon" });
    await expect(bad).rejects.toMatchObject({ kind: "forbidden" });
    await removeRelay(east.app, { url: "https://relay.test/inbox" });
    await drain(east);
    expect(sentTo(relay, "Undo")[0]?.json["object"]).toMatchObject({ type: "Follow", object: PUBLIC });
    expect(await listRelays(east.app)).toEqual([]);
  });

  test("of LitePub's style is a Follow of its actor, which follows back and gets a yes", async () => {
    const { east } = await aPair();
    const relay = await anAcceptedRelay(east, "litepub");
    expect(sentTo(relay, "Follow")[0]?.json["object"]).toBe(relay.actorUri);
    const instance = east.app.uris.actor(await getInstanceActorId(east.app));
    const back = { id: "https://relay.test/f", type: "Follow", actor: relay.actorUri, object: instance };
    await deliver(east, relay, back);
    await drain(east);
    expect(sentTo(relay, "Accept")[0]?.json).toMatchObject({
      actor: instance,
      object: { id: "https://relay.test/f" },
    });
    const mallory = await createPeer(east, "e.test");
    await deliver(east, mallory, { ...back, id: "https://e.test/f", actor: mallory.actorUri });
    await drain(east);
    expect(mallory.received).toEqual([]);
  });
});

describe("what goes to relays", () => {
  test("is every public note, its edits and its end, and nothing else", async () => {
    const { east, ann } = await aPair();
    const relay = await anAcceptedRelay(east);
    const note = await aNote(east, { by: ann.viewer, source: "open" });
    for (const visibility of ["unlisted", "followers", "direct"] as const)
      await aNote(east, { by: ann.viewer, source: `secret ${visibility}`, visibility });
    await drain(east);
    await editNote(east.app, ann.viewer, { noteId: note.id, source: "open again" });
    await drain(east);
    await deleteNote(east.app, ann.viewer, note.id);
    await drain(east);
    const types = relay.received.map((one) => one.json["type"]);
    expect(types).toEqual(["Follow", "Create", "Update", "Delete"]);
    expect(JSON.stringify(relay.received.map((one) => one.json))).not.toContain("secret");
  });

  test("carries a linked data signature that others verify, in one graph and without a proof", async () => {
    const { east, ann } = await aPair();
    const relay = await anAcceptedRelay(east);
    await aNote(east, { by: ann.viewer, source: "你好 #food" });
    await drain(east);
    const json = sentTo(relay, "Create")[0]?.json ?? {};
    expect(json["proof"]).toBeUndefined();
    const documentLoader = async (url: string) => {
      const response = await east.request(new URL(url).pathname, {
        headers: { accept: "application/activity+json" },
      });
      return { contextUrl: null, documentUrl: url, document: await response.json() };
    };
    expect(await verifyJsonLd(json, { contextLoader: loadContext, documentLoader })).toBe(true);
    const forged = { ...json, published: "2020-01-01T00:00:00Z" };
    expect(await verifyJsonLd(forged, { contextLoader: loadContext, documentLoader })).toBe(false);
    const { signature: _, ...document } = json;
    const quads = (await jsonld.canonize(
      document as never,
      {
        format: "application/n-quads",
        documentLoader: loadContext,
      } as never,
    )) as unknown as string;
    // Mastodon hashes one graph; a named one would be merged into it there and not elsewhere.
    for (const quad of quads.trim().split("\n"))
      expect(quad).toMatch(/^\S+ \S+ (?:<[^>]*>|_:\S+|".*"\S*) \.$/);
  });

  test("without a relay carries a proof and no linked data signature", async () => {
    const pair = await aPair();
    await aNote(pair.east, { by: pair.ann.viewer, source: "hello @bo@west.test" });
    await pair.settle();
    const [sent] = pair.network.log.filter(
      (one) => one.url.includes("west.test") && one.body.includes('"Create"'),
    );
    const json = JSON.parse(sent?.body ?? "{}") as Json;
    expect(json["signature"]).toBeUndefined();
    expect(json["proof"]).toBeDefined();
  });

  test("of LitePub's style is an Announce by the instance actor, and the author's Delete", async () => {
    const { east, ann } = await aPair();
    const relay = await anAcceptedRelay(east, "litepub");
    const note = await aNote(east, { by: ann.viewer });
    await aNote(east, { by: ann.viewer, source: "secret", visibility: "unlisted" });
    await drain(east);
    const instance = east.app.uris.actor(await getInstanceActorId(east.app));
    expect(sentTo(relay, "Announce").map((one) => one.json)).toMatchObject([
      { actor: instance, object: note.uri, to: [PUBLIC] },
    ]);
    await deleteNote(east.app, ann.viewer, note.id);
    await drain(east);
    expect(relay.received.map((one) => one.json["type"])).toEqual(["Follow", "Announce", "Delete"]);
  });
});

describe("what comes by a relay", () => {
  test("is read at its origin, found by tag and search, and in nobody's home", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east);
    const { uri, create } = await aForeignNote(pair);
    const forged = { ...(create["object"] as Json), content: "<p>forged #food</p>" };
    expect(await passOn(pair.east, relay, { ...create, object: forged })).toBe(202);
    expect(await tagged(pair.east)).toEqual([uri]);
    expect((await fetchNote(pair.east.app, null, uri))?.contentHtml).toContain("rice");
    expect((await homeTimeline(pair.east.app, pair.ann.viewer, {})).items).toEqual([]);
    expect((await localTimeline(pair.east.app, null, {})).items).toEqual([]);
    expect((await listNotifications(pair.east.app, pair.ann.viewer, {})).items).toEqual([]);
  });

  test("with a proof of its author is believed as it is, and fetched no more", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east);
    const note = await aNote(pair.west, { by: pair.bo.viewer, source: "sealed #food" });
    await drain(pair.west);
    const [stored] = await pair.west.database.db.selectFrom("activities").select("body").execute();
    const sealed = JSON.parse(stored?.body ?? "{}") as Json;
    expect(sealed["proof"]).toBeDefined();
    const path = new URL(note.uri).pathname;
    expect(await passOn(pair.east, relay, sealed)).toBe(202);
    expect(await tagged(pair.east)).toEqual([note.uri]);
    expect(pair.network.log.filter((one) => one.url.endsWith(path))).toEqual([]);
  });

  test("as an Announce of the relay is no boost of anybody", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east, "litepub");
    const { uri } = await aForeignNote(pair);
    const announce = {
      id: "https://relay.test/an",
      type: "Announce",
      actor: relay.actorUri,
      to: [PUBLIC],
      object: uri,
    };
    expect(await passOn(pair.east, relay, announce)).toBe(202);
    expect(await tagged(pair.east)).toEqual([uri]);
    expect((await fetchNote(pair.east.app, null, uri))?.announcesCount).toBe(0);
  });

  test("from a relay that was not asked, or refused, is refused", async () => {
    const pair = await aPair();
    const relay = await aRelay(pair.east);
    const { create } = await aForeignNote(pair);
    expect(await passOn(pair.east, relay, create)).toBe(401);
    await addRelay(pair.east.app, { url: "https://relay.test/inbox", style: "mastodon" });
    await drain(pair.east);
    expect(await passOn(pair.east, relay, create)).toBe(401);
    await answer(pair.east, relay, "Reject");
    expect(await passOn(pair.east, relay, create)).toBe(401);
    expect(await tagged(pair.east)).toEqual([]);
  });

  test("is left alone when it is not public at its origin, ours, of a blocked host, or answers what is not here", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east);
    const unlisted = await aNote(pair.west, {
      by: pair.bo.viewer,
      source: "x #food",
      visibility: "unlisted",
    });
    const parent = await aNote(pair.west, { by: pair.bo.viewer, source: "parent" });
    const reply = await aNote(pair.west, { by: pair.bo.viewer, source: "re #food", replyTo: parent.id });
    const own = await aNote(pair.east, { by: pair.ann.viewer, source: "own" });
    const bad = await createPeer(pair.east, "bad.test");
    await blockDomain(pair.east.app, { domain: "bad.test" });
    const objects = [unlisted.uri, reply.uri, own.uri, "https://bad.test/notes/1", "not an address"];
    for (const [index, object] of objects.entries()) {
      const create = {
        id: `https://w.test/${index}`,
        type: "Create",
        actor: "https://w.test/u",
        to: [PUBLIC],
        object,
      };
      await passOn(pair.east, relay, create);
    }
    expect(await tagged(pair.east)).toEqual([]);
    expect(bad.asked).toEqual([]);
  });

  test("a Delete is believed when the origin has the note no more, an Update is read there", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east);
    const { uri, create } = await aForeignNote(pair);
    await passOn(pair.east, relay, create);
    const about = (type: string, index: number) => ({
      id: `https://west.test/x/${index}`,
      type,
      actor: create["actor"],
      to: [PUBLIC],
      object: uri,
    });
    await passOn(pair.east, relay, about("Delete", 1));
    expect(await tagged(pair.east)).toEqual([uri]);
    const [stored] = (await tagTimeline(pair.west.app, null, "food", {})).items;
    if (stored === undefined) throw new Error("no note");
    pair.clock.advance(60_000);
    await editNote(pair.west.app, pair.bo.viewer, { noteId: stored.note.id, source: "noodles #food" });
    await passOn(pair.east, relay, about("Update", 2));
    expect((await fetchNote(pair.east.app, null, uri))?.contentHtml).toContain("noodles");
    await deleteNote(pair.west.app, pair.bo.viewer, stored.note.id);
    await passOn(pair.east, relay, about("Delete", 3));
    expect(await tagged(pair.east)).toEqual([]);
  });

  test("goes when it is old and nobody here has touched it, and may come again", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east);
    const liked = await aForeignNote(pair, "liked #food");
    const plain = await aForeignNote(pair, "plain #food");
    for (const one of [liked, plain]) await passOn(pair.east, relay, one.create);
    const view = await fetchNote(pair.east.app, pair.ann.viewer, liked.uri);
    if (view === null) throw new Error("no note");
    await likeNote(pair.east.app, pair.ann.viewer, view.id);
    await pruneRelayed(pair.east.app);
    expect(await tagged(pair.east)).toHaveLength(2);
    pair.clock.advance(15 * DAY);
    await pruneRelayed(pair.east.app);
    expect(await tagged(pair.east)).toEqual([liked.uri]);
    await pruneRelayed(pair.east.app);
    expect(await passOn(pair.east, relay, { ...plain.create, id: "https://west.test/again" })).toBe(202);
    expect([...(await tagged(pair.east))].toSorted()).toEqual([liked.uri, plain.uri].toSorted());
  });

  test("of somebody who names a member tells them, as any note does", async () => {
    const pair = await aPair();
    const relay = await anAcceptedRelay(pair.east);
    const carol = await aMember(pair.west, "carol");
    const uri = await findActorIdByUri(pair.east.app, pair.west.app.uris.actor(carol.viewer.actorId));
    expect(uri).toBeNull();
    const { create } = await aForeignNote(pair, "hi @ann@east.test #food");
    await passOn(pair.east, relay, create);
    const [told] = (await listNotifications(pair.east.app, pair.ann.viewer, {})).items;
    expect(told?.kind).toBe("mention");
  });
});
