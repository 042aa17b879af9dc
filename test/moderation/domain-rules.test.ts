// What rules about servers do: severities, pictures, reports, and the ways back. On both databases where something is stored.

import { describe, expect, test } from "vitest";
import type { Viewer } from "../../server/domain/actor.ts";
import {
  compareRules,
  type DomainRule,
  type HostRule,
  type HostRules,
  isBlockedBy,
  isRegistryName,
  obfuscate,
  ruleFor,
} from "../../server/domain/host-policy.ts";
import { findActorIdByUri, receiveActor, viewActor } from "../../server/services/actors/actors.ts";
import {
  allowDomain,
  liftDomainRule,
  listRules,
  setDomainRule,
  unblockDomain,
} from "../../server/services/moderation/domains.ts";
import {
  countFollowable,
  followAgain,
  listSevered,
} from "../../server/services/moderation/domains-severed.ts";
import { listReports } from "../../server/services/moderation/reports.ts";
import { openProxied } from "../../server/services/media/proxy.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { homeTimeline, tagTimeline } from "../../server/services/timelines.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { actorDocument, aCreate, createPeer, deliver, type Peer } from "../federation/peer.ts";
import { eachDatabase } from "../support/databases.ts";
import { aMember, createInstance, type TestInstance } from "../support/instance.ts";
import { drain } from "../support/network.ts";

const SUSPEND: HostRule = { severity: "suspend", rejectMedia: false, rejectReports: false };
const LIMIT: HostRule = { ...SUSPEND, severity: "limit" };

describe("of several rules the closest one decides", () => {
  const rules: HostRules = {
    rules: new Map([
      ["bad.test", SUSPEND],
      ["mild.bad.test", LIMIT],
      ["worse.mild.bad.test", SUSPEND],
      ["loud.test", LIMIT],
      ["both.test", LIMIT],
    ]),
    allowed: new Set(["ok.bad.test", "quiet.loud.test", "both.test", "friend.test"]),
  };
  test.each([
    ["bad.test", true, "suspend"],
    ["BAD.test:443", true, "suspend"],
    ["x.bad.test.", true, "suspend"],
    ["mild.bad.test", false, "limit"],
    ["x.mild.bad.test", false, "limit"],
    ["worse.mild.bad.test", true, "suspend"],
    ["ok.bad.test", false, null],
    ["loud.test", false, "limit"],
    ["quiet.loud.test", false, null],
    ["both.test", false, "limit"],
    ["notbad.test", false, null],
  ])("for %s", (host, isBlocked, severity) => {
    expect([isBlockedBy(rules, "open", host), ruleFor(rules, host)?.severity ?? null]).toEqual([
      isBlocked,
      severity,
    ]);
  });

  test("and a milder rule is no permission where only some are allowed", () => {
    const judge = (host: string) => isBlockedBy(rules, "allow-list", host);
    expect(["loud.test", "mild.bad.test", "both.test", "x.both.test", "friend.test"].map(judge)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

test("rules are compared by what they do, then by their words", () => {
  const rule: DomainRule = { ...LIMIT, obfuscated: false, publicComment: "spam", privateComment: "x" };
  const change = (other: Partial<DomainRule>) => compareRules(rule, { ...rule, ...other });
  expect(compareRules(null, rule)).toBe("new");
  expect(change({ privateComment: null })).toBe("same");
  expect(change({ severity: "suspend" })).toBe("stricter");
  expect(change({ severity: "none" })).toBe("milder");
  expect(change({ severity: "none", rejectMedia: true })).toBe("changed");
  expect(change({ publicComment: "scams" })).toBe("changed");
  expect(
    compareRules({ ...rule, severity: "suspend" }, { ...rule, severity: "suspend", rejectMedia: true }),
  ).toBe("same");
});

test("names of whole countries are told from names of servers, and names can be shown in part", () => {
  expect(["com", "co.uk", "com.br", "net.au", "me.uk"].map(isRegistryName)).toEqual(Array(5).fill(true));
  expect(["example.com", "co.example", "web.de", "x.co.uk", "t.me"].map(isRegistryName)).toEqual(
    Array(5).fill(false),
  );
  expect(obfuscate("bad.example.social")).toBe("bad.*******.**cial");
});

async function arrive(here: TestInstance, peer: Peer): Promise<void> {
  const received = await here.app.remote.findActor(peer.actorUri);
  if (received === null) throw new Error("not found");
  await receiveActor(here.app, received);
}

async function befriend(here: TestInstance, viewer: Viewer, peer: Peer): Promise<void> {
  await arrive(here, peer);
  await followActor(here.app, viewer, (await findActorIdByUri(here.app, peer.actorUri)) ?? viewer.actorId);
  await drain(here);
  const asked = peer.received.findLast((one) => one.json["type"] === "Follow");
  await deliver(here, peer, {
    id: `${peer.actorUri}/accept/${peer.received.length}`,
    type: "Accept",
    actor: peer.actorUri,
    object: asked?.json["id"],
  });
  await drain(here);
}

async function withPicture(peer: Peer, name: string): Promise<void> {
  peer.documents.set(`/users/${name}`, {
    ...(await actorDocument(peer, name)),
    icon: { type: "Image", mediaType: "image/png", url: `https://${peer.host}/eve.png` },
  });
}

eachDatabase((_name, open) => {
  test("people of a limited server are limited, those who come later too, and only as long as the rule holds", async () => {
    const here = await createInstance({ host: "here.test", database: await open() });
    const limits = async () =>
      Object.fromEntries(
        (
          await here.app.db
            .selectFrom("actors")
            .select(["host", "limited_at", "limited_by"])
            .where("host", "!=", "")
            .orderBy("id")
            .execute()
        ).map((row) => [row.host, row.limited_at === null ? null : row.limited_by]),
      );
    for (const host of ["loud.test", "by-hand.loud.test", "far.test"])
      await arrive(here, await createPeer(here, host));
    const byHand = { limited_at: 5, limited_by: "moderator" };
    await here.app.db.updateTable("actors").set(byHand).where("host", "=", "by-hand.loud.test").execute();
    await setDomainRule(here.app, here.owner, { domain: "loud.test", severity: "limit" });
    await drain(here);
    await arrive(here, await createPeer(here, "later.loud.test"));
    expect(await limits()).toEqual({
      "loud.test": "domain",
      "by-hand.loud.test": "moderator",
      "far.test": null,
      "later.loud.test": "domain",
    });
    await allowDomain(here.app, { domain: "later.loud.test" });
    await drain(here);
    expect((await limits())["later.loud.test"]).toBeNull();
    await liftDomainRule(here.app, here.owner, "loud.test");
    await drain(here);
    expect(await limits()).toEqual({
      "loud.test": null,
      "by-hand.loud.test": "moderator",
      "far.test": null,
      "later.loud.test": null,
    });
    await here.close();
  });

  test("notes of a limited server are seen by those who follow there, and come to nobody else by themselves", async () => {
    const here = await createInstance({ host: "here.test", database: await open() });
    const ann = (await aMember(here, "ann")).viewer;
    const bea = (await aMember(here, "bea")).viewer;
    const peer = await createPeer(here, "loud.test");
    await befriend(here, ann, peer);
    const tag = [{ type: "Hashtag", name: "#food" }];
    await deliver(here, peer, aCreate(peer, "1", { tag, content: "<p>#food</p>" }));
    await drain(here);
    const seen = async (who: Viewer) => [
      (await homeTimeline(here.app, who, {})).items.length,
      (await tagTimeline(here.app, who, "food", {})).items.length,
    ];
    expect([await seen(ann), await seen(bea)]).toEqual([
      [1, 1],
      [0, 1],
    ]);
    await setDomainRule(here.app, here.owner, { domain: "loud.test", severity: "limit" });
    await drain(here);
    expect([await seen(ann), await seen(bea)]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    await here.close();
  });

  test("pictures of a server are neither shown nor fetched while a rule says so, and come back afterwards", async () => {
    const here = await createInstance({ host: "here.test", database: await open() });
    const ann = (await aMember(here, "ann")).viewer;
    const peer = await createPeer(here, "loud.test");
    await withPicture(peer, "eve");
    await befriend(here, ann, peer);
    const attachment = [
      { type: "Document", mediaType: "image/png", url: "https://loud.test/a.png", name: "a cat" },
    ];
    const tag = [{ type: "Emoji", name: ":cat:", icon: { type: "Image", url: "https://loud.test/cat.png" } }];
    await deliver(here, peer, aCreate(peer, "1", { attachment, tag, content: "look :cat:" }));
    await drain(here);
    const shown = async () => {
      const note = (await homeTimeline(here.app, ann, {})).items[0]?.note;
      return {
        avatar: note?.author.avatarUrl ?? null,
        emojis: note?.emojis.length,
        kinds: note?.attachments.map((one) => one.kind),
        urls: note?.attachments.map((one) => one.url),
      };
    };
    const before = await shown();
    expect([before.emojis, before.kinds]).toEqual([1, ["image"]]);
    const [, , mac = "", encoded = ""] = (before.urls?.[0] ?? "").split("/");
    await setDomainRule(here.app, here.owner, { domain: "loud.test", severity: "none", rejectMedia: true });
    await drain(here);
    expect(await shown()).toEqual({
      avatar: null,
      emojis: 0,
      kinds: ["file"],
      urls: ["https://loud.test/a.png"],
    });
    peer.asked.length = 0;
    // Whoever still has the address of the picture gets nothing, and nobody is asked for it.
    expect(await openProxied(here.app, mac, encoded)).toBeNull();
    const later = await createPeer(here, "later.loud.test");
    await withPicture(later, "eve");
    await arrive(here, later);
    const laterId = await findActorIdByUri(here.app, later.actorUri);
    expect(laterId === null ? "" : (await viewActor(here.app, laterId))?.avatarUrl).toBeNull();
    expect(peer.asked).toEqual([]);
    await unblockDomain(here.app, { domain: "loud.test" });
    await drain(here);
    expect(await shown()).toEqual(before);
    await here.close();
  });

  test("a follow that a block ended is asked for again when the member wants it, once the block is gone", async () => {
    const here = await createInstance({ host: "here.test", database: await open() });
    const ann = (await aMember(here, "ann")).viewer;
    const bea = (await aMember(here, "bea")).viewer;
    const peers = [await createPeer(here, "one.test"), await createPeer(here, "two.test")];
    for (const peer of peers) await befriend(here, ann, peer);
    for (const domain of ["one.test", "two.test"]) await setDomainRule(here.app, here.owner, { domain });
    await drain(here);
    expect([await countFollowable(here.app, ann), await followAgain(here.app, ann, null)]).toEqual([0, 0]);
    await liftDomainRule(here.app, here.owner, "one.test");
    await drain(here);
    const lines = (await listSevered(here.app, ann, {})).items;
    expect(lines.map((one) => [one.handle, one.mayAskAgain])).toEqual([
      ["@eve@two.test", false],
      ["@eve@one.test", true],
    ]);
    const [two, one] = lines;
    await expect(followAgain(here.app, bea, one?.id ?? 0)).rejects.toMatchObject({ kind: "not_found" });
    await expect(followAgain(here.app, ann, two?.id ?? 0)).rejects.toMatchObject({ kind: "not_found" });
    for (const peer of peers) peer.received.length = 0;
    expect(await followAgain(here.app, ann, null)).toBe(1);
    await drain(here);
    expect(peers.map((peer) => peer.received.filter((got) => got.json["type"] === "Follow").length)).toEqual([
      1, 0,
    ]);
    expect(await countFollowable(here.app, ann)).toBe(0);
    await here.close();
  });
});

test("reports of a server are not taken while a rule says so", async () => {
  const here = await createInstance({ host: "here.test" });
  const ann = (await aMember(here, "ann")).viewer;
  const flag = (peer: Peer) => ({
    id: `https://${peer.host}/flags/1`,
    type: "Flag",
    actor: peer.actorUri,
    content: "spam",
    object: here.app.uris.actor(ann.actorId),
  });
  await setDomainRule(here.app, here.owner, { domain: "cry.test", severity: "none", rejectReports: true });
  for (const host of ["x.cry.test", "fine.test"]) {
    const peer = await createPeer(here, host);
    expect(await deliver(here, peer, flag(peer))).toBe(202);
  }
  await drain(here);
  if (here.owner === null) throw new Error("no owner");
  const reports = (await listReports(here.app, here.owner, { state: "open" })).items;
  expect(reports.map((one) => one.reporter?.host)).toEqual(["fine.test"]);
  await here.close();
});

test("a rule has its decision and its lines in both logs; the public one names it only where rules are published", async () => {
  const here = await createInstance({ host: "here.test" });
  const { owner } = here;
  if (owner === null) throw new Error("no owner");
  await setDomainRule(here.app, owner, { domain: "hidden.test", severity: "suspend", publicComment: "spam" });
  await updateSettings(here.app, owner, { publishesBlocks: true });
  await setDomainRule(here.app, owner, { domain: "shown.test", severity: "limit", publicComment: "spam" });
  await setDomainRule(here.app, owner, { domain: "part.example", severity: "limit", obfuscated: true });
  await setDomainRule(here.app, owner, { domain: "shown.test", severity: "suspend" });
  await setDomainRule(here.app, owner, { domain: "shown.test", severity: "suspend" });
  await liftDomainRule(here.app, owner, "shown.test");
  const bodies = await here.app.db.selectFrom("log_entries").select("body").orderBy("seq").execute();
  const lines = bodies.map(
    ({ body }) => JSON.parse(body) as { what: string; host?: string; comment?: string },
  );
  expect(lines.map(({ what, host, comment }) => [what, host, comment])).toEqual([
    ["suspend", undefined, undefined],
    ["limit", "shown.test", "spam"],
    ["limit", "par*.****ple", undefined],
    ["suspend", "shown.test", "spam"],
    ["lifted", "shown.test", undefined],
  ]);
  const decisions = await here.app.db
    .selectFrom("decisions")
    .select(["host", "state"])
    .where("measure", "=", "domain")
    .orderBy("id")
    .execute();
  expect(decisions).toEqual([
    { host: "hidden.test", state: "in_force" },
    { host: "shown.test", state: "ended" },
    { host: "part.example", state: "in_force" },
    { host: "shown.test", state: "reversed" },
  ]);
  const audited = await here.app.db
    .selectFrom("audit_entries")
    .select(["what", "who"])
    .orderBy("seq")
    .execute();
  expect(audited.filter(({ what }) => what === "domain.lifted")).toEqual([
    { what: "domain.lifted", who: owner.username },
  ]);
  expect((await listRules(here.app)).map(({ domain }) => domain)).toEqual(["hidden.test", "part.example"]);
  await here.close();
});
