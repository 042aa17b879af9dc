import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import { isBlockedBy } from "../../server/domain/host-policy.ts";
import { findActorIdByUri, findRelationship, receiveActor } from "../../server/services/actors/actors.ts";
import { applyHostRules } from "../../server/services/moderation/domains-apply.ts";
import { exportSevered, listSevered } from "../../server/services/moderation/domains-severed.ts";
import {
  allowDomain,
  blockDomain,
  disallowDomain,
  isBlockedHost,
  noticeFederationMode,
  unblockDomain,
} from "../../server/services/moderation/domains.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { search } from "../../server/services/search.ts";
import { homeTimeline, tagTimeline } from "../../server/services/timelines.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, aNote, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, follow } from "../support/pair.ts";
import { aCreate, createPeer, deliver } from "./peer.ts";

describe("which rule decides", () => {
  const suspended = { severity: "suspend", rejectMedia: false, rejectReports: false } as const;
  const rulesFor = (...names: readonly string[]) => new Map(names.map((name) => [name, suspended]));
  const rules = {
    rules: rulesFor("bad.test", "xn--bcher-kva.test", "192.0.2.7"),
    allowed: new Set(["good.bad.test", "ok.test"]),
  };

  test.each([
    "bad.test",
    "x.bad.test",
    "bad.test.",
    "BAD.TEST",
    "bad.test:443",
    "bücher.test",
    "192.0.2.7:80",
  ])("MOD-01: %s is blocked", (host) => expect(isBlockedBy(rules, "open", host)).toBe(true));
  test.each([
    "notbad.test",
    "bad.test.example",
    "test",
    "good.bad.test",
    "x.good.bad.test",
    "ok.test",
    "new.test",
  ])("MOD-01: %s is not", (host) => expect(isBlockedBy(rules, "open", host)).toBe(false));
  test("in an allow-list only the allowed are, and a block below one still holds", () => {
    const judge = (host: string) =>
      isBlockedBy({ ...rules, rules: rulesFor("x.ok.test") }, "allow-list", host);
    expect(["ok.test", "a.ok.test", "x.ok.test", "new.test", "test", "kok.test"].map(judge)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
  });
});

eachDatabase((_name, open) => {
  test("a change by another process is seen within seconds, one of this process at once", async () => {
    const database = await open();
    const here = await createInstance({ host: "here.test", database });
    expect(await isBlockedHost(here.app, "bad.test")).toBe(false);
    await database.db.insertInto("domain_blocks").values({ host: "bad.test", created_at: 0 }).execute();
    expect(await isBlockedHost(here.app, "bad.test")).toBe(false);
    here.clock.advance(2_000);
    expect(await isBlockedHost(here.app, "bad.test")).toBe(true);
    await unblockDomain(here.app, { domain: "bad.test" });
    expect(await isBlockedHost(here.app, "bad.test")).toBe(false);
    await here.stop(0);
  });

  test("a block hides actors of the domain, ends follows and writes them down; lifting it shows them again", async () => {
    const here = await createInstance({ host: "here.test", database: await open() });
    const alice = (await aMember(here, "alice")).viewer;
    const peers = [await createPeer(here, "bad.test", "eve"), await createPeer(here, "sub.bad.test", "sam")];
    const fine = await createPeer(here, "notbad.test", "fay");
    for (const peer of [...peers, fine]) {
      await meet(here, alice, peer.actorUri);
      const back = {
        id: `${peer.actorUri}/f`,
        type: "Follow",
        actor: peer.actorUri,
        object: here.app.uris.actor(alice.actorId),
      };
      await deliver(here, peer, back);
      const [asked] = peer.received.filter((one) => one.json["type"] === "Follow");
      await deliver(here, peer, {
        id: `${peer.actorUri}/a`,
        type: "Accept",
        actor: peer.actorUri,
        object: asked?.json["id"],
      });
      await deliver(
        here,
        peer,
        aCreate(peer, "1", { content: `from ${peer.host} #food`, tag: [{ type: "Hashtag", name: "#food" }] }),
      );
    }
    await drain(here);
    expect(await hosts(here, alice)).toEqual(["bad.test", "notbad.test", "sub.bad.test"]);
    await blockDomain(here.app, { domain: "bad.test" });
    await drain(here);
    expect(await hosts(here, alice)).toEqual(["notbad.test"]);
    const lines = (await listSevered(here.app, alice, {})).items.map(
      (one) => `${one.handle} ${one.direction}`,
    );
    expect(lines.toSorted()).toEqual([
      "@eve@bad.test follower",
      "@eve@bad.test following",
      "@sam@sub.bad.test follower",
      "@sam@sub.bad.test following",
    ]);
    expect(await exportSevered(here.app, alice)).toContain("eve@bad.test,following\n");
    const told = (await listNotifications(here.app, alice, {})).items;
    expect(told.map((one) => one.kind).toSorted()).toEqual(["follow", "follow_accepted", "severed"]);
    await applyHostRules(here.app, null);
    expect(await hosts(here, alice)).toEqual(["notbad.test"]);
    await unblockDomain(here.app, { domain: "bad.test" });
    await drain(here);
    expect(await hosts(here, alice)).toEqual(["bad.test", "notbad.test", "sub.bad.test"]);
    const eve = await findActorIdByUri(here.app, peers[0]?.actorUri ?? "");
    expect(eve === null ? null : (await findRelationship(here.app, alice, eve)).following).toBe("no");
    await here.stop(0);
  });
});

async function meet(here: TestInstance, viewer: Viewer, uri: string): Promise<void> {
  const received = await here.app.remote.findActor(uri);
  if (received === null) throw new Error(`${uri} was not found`);
  await followActor(here.app, viewer, await receiveActor(here.app, received));
  await drain(here);
}

/** Hosts of the authors that the tag shows. */
async function hosts(here: TestInstance, viewer: Viewer): Promise<readonly (string | null)[]> {
  return (await tagTimeline(here.app, viewer, "food", {})).items
    .map((entry) => entry.note.author.host)
    .toSorted();
}

describe("a blocked server", () => {
  test("MOD-04: gets nothing more, and a follow of it is not possible", async () => {
    const pair = await aPair();
    await follow(pair, pair.west, pair.bo.viewer, "@ann@east.test");
    await blockDomain(pair.east.app, { domain: "west.test" });
    await pair.settle();
    const before = pair.network.log.length;
    await aNote(pair.east, { by: pair.ann.viewer, source: "not for @bo@west.test" });
    await pair.settle();
    expect(pair.network.log.slice(before).filter((one) => one.url.includes("west.test"))).toEqual([]);
    const bo = await findActorIdByUri(pair.east.app, pair.west.app.uris.actor(pair.bo.viewer.actorId));
    if (bo === null) throw new Error("bo is not here");
    await expect(followActor(pair.east.app, pair.ann.viewer, bo)).rejects.toThrow();
    expect((await search(pair.east.app, pair.ann.viewer, "@zed@west.test")).actors).toEqual([]);
  });

  test("MOD-02: is not reached by way of another one that redirects to it", async () => {
    const { east, ann } = await aPair();
    const bad = await createPeer(east, "bad.test");
    const good = await createPeer(east, "good.test");
    good.documents.set(
      "/notes/1",
      new Response(null, { status: 302, headers: { location: "https://bad.test/notes/1" } }),
    );
    good.documents.set(
      "/.well-known/webfinger",
      new Response(null, { status: 302, headers: { location: "https://bad.test/.well-known/webfinger" } }),
    );
    await blockDomain(east.app, { domain: "bad.test" });
    expect(await east.app.remote.fetchNote("https://good.test/notes/1")).toBeNull();
    expect((await search(east.app, ann.viewer, "@eve@good.test")).actors).toEqual([]);
    expect(bad.asked).toEqual([]);
  });

  test("MOD-05: stays hidden when a friend boosts one of its notes", async () => {
    const { east, ann } = await aPair();
    const bad = await createPeer(east, "bad.test", "eve");
    const friend = await createPeer(east, "good.test", "fay");
    await meet(east, ann.viewer, friend.actorUri);
    const [asked] = friend.received.filter((one) => one.json["type"] === "Follow");
    await deliver(east, friend, {
      id: "https://good.test/a",
      type: "Accept",
      actor: friend.actorUri,
      object: asked?.json["id"],
    });
    const note = aCreate(bad, "1")["object"] as Record<string, unknown>;
    bad.documents.set("/notes/1", { "@context": "https://www.w3.org/ns/activitystreams", ...note });
    const boost = {
      type: "Announce",
      actor: friend.actorUri,
      object: note["id"],
      to: ["https://www.w3.org/ns/activitystreams#Public"],
    };
    await deliver(east, friend, { ...boost, id: "https://good.test/an" });
    await drain(east);
    expect((await homeTimeline(east.app, ann.viewer, {})).items).toHaveLength(1);
    await blockDomain(east.app, { domain: "bad.test" });
    await drain(east);
    expect((await homeTimeline(east.app, ann.viewer, {})).items).toEqual([]);
    await deliver(east, friend, { ...boost, id: "https://good.test/an2" });
    await drain(east);
    expect((await homeTimeline(east.app, ann.viewer, {})).items).toEqual([]);
  });
});

describe("an allow-list", () => {
  let here: TestInstance;
  let alice: Viewer;
  beforeEach(async () => {
    here = await createInstance({ host: "here.test", environment: { CAUSEWAY_FEDERATION: "allow-list" } });
    alice = (await aMember(here, "alice")).viewer;
  });
  afterEach(() => here.close());

  test("MOD-08: an unknown host is refused before anything is fetched, and nobody can look it up", async () => {
    const peer = await createPeer(here, "new.test", "eve");
    expect(await deliver(here, peer, aCreate(peer, "1"))).toBe(403);
    expect((await search(here.app, alice, "@eve@new.test")).actors).toEqual([]);
    expect((await search(here.app, alice, peer.actorUri)).actors).toEqual([]);
    await aNote(here, { by: alice, source: "hello @eve@new.test" });
    await drain(here);
    expect(here.network.log.filter((one) => one.url.includes("new.test"))).toEqual([]);
  });

  test("an allowed host is talked to, its pages of documents need a signature, and a permission can be taken back", async () => {
    const peer = await createPeer(here, "friend.test", "fay");
    await allowDomain(here.app, { domain: "friend.test" });
    expect((await search(here.app, alice, "@fay@friend.test")).actors).toHaveLength(1);
    const mention = {
      tag: [{ type: "Mention", href: here.app.uris.actor(alice.actorId), name: "@alice@here.test" }],
    };
    expect(await deliver(here, peer, aCreate(peer, "1", mention))).toBe(202);
    await drain(here);
    expect((await listNotifications(here.app, alice, {})).items).toHaveLength(1);
    const note = await aNote(here, { by: alice });
    const path = new URL(note.uri).pathname;
    expect((await here.request(path, { headers: { accept: "application/activity+json" } })).status).toBe(401);
    await disallowDomain(here.app, { domain: "friend.test" });
    await drain(here);
    expect(await deliver(here, peer, aCreate(peer, "2", mention))).toBe(403);
    expect((await listNotifications(here.app, alice, {})).items).toEqual([]);
  });

  test("a mode that was changed while the server was down is noticed", async () => {
    const open = await createInstance({ host: "open.test" });
    const bob = (await aMember(open, "bob")).viewer;
    const peer = await createPeer(open, "new.test", "eve");
    await meet(open, bob, peer.actorUri);
    const closed = { ...open.app, config: { ...open.app.config, federation: "allow-list" as const } };
    await noticeFederationMode(closed);
    await applyHostRules(closed, null);
    const eve = await findActorIdByUri(open.app, peer.actorUri);
    expect(eve === null ? null : (await findRelationship(open.app, bob, eve)).following).toBe("no");
    await noticeFederationMode(open.app);
    await drain(open);
    expect((await search(open.app, bob, peer.actorUri)).actors[0]?.suspended).toBe(false);
    await open.close();
  });
});
