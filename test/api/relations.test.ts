import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account, Relationship } from "../../api/entities/account.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { followActor, receiveAccept, receiveFollow } from "../../server/services/relations/follows.ts";
import { findRelationships } from "../../server/services/relations/standing.ts";
import { homeTimeline } from "../../server/services/timelines.ts";
import { findFollow } from "../../server/store/follows.ts";
import { aNote } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor, type RemoteActor } from "../support/remote.ts";
import { aPerson, ask, open, type Person, type Served } from "./client.ts";

let served: Served & { readonly close: () => Promise<void> };
let ada: Person;
let bo: Person;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
});
afterAll(async () => served.close());

const app = () => served.instance.app;
const id = (person: Person) => String(person.viewer.actorId);
const names = (json: unknown) =>
  z
    .array(Account)
    .parse(json)
    .map((account) => account.acct);
const act = async (who: Person, whom: string, verb: string, body?: unknown) => {
  const answer = await who.ask("POST", `/api/v1/accounts/${whom}/${verb}`, body);
  expect([verb, answer.status, answer.json]).toEqual([verb, 200, expect.anything()]);
  return Relationship.parse(answer.json);
};
const between = async (who: Person, whom: string) =>
  z.array(Relationship).parse((await who.ask("GET", `/api/v1/accounts/relationships?id[]=${whom}`)).json)[0];

const NOTHING = {
  following: false,
  showing_reblogs: false,
  notifying: false,
  languages: [],
  followed_by: false,
  blocking: false,
  blocked_by: false,
  muting: false,
  muting_notifications: false,
  muting_expires_at: null,
  requested: false,
  requested_by: false,
  domain_blocking: false,
  endorsed: false,
  note: "",
};

describe("Following", () => {
  test("brings what is asked for, can be changed, and ends from either side", async () => {
    expect(await between(ada, id(bo))).toEqual({ id: id(bo), ...NOTHING });
    const followed = await act(ada, id(bo), "follow", {
      reblogs: false,
      notify: true,
      languages: ["en", "zh-hans"],
    });
    expect(followed).toMatchObject({
      following: true,
      showing_reblogs: false,
      notifying: true,
      languages: ["en", "zh-Hans"],
    });
    expect(await between(bo, id(ada))).toMatchObject({ followed_by: true, following: false });
    expect(await act(ada, id(bo), "follow")).toMatchObject({ showing_reblogs: false, notifying: true });
    expect(await act(ada, id(bo), "follow", new URLSearchParams("reblogs=1&notify=False"))).toMatchObject({
      showing_reblogs: true,
      notifying: false,
      languages: ["en", "zh-Hans"],
    });
    expect(await act(ada, id(bo), "follow", { languages: [] })).toMatchObject({ languages: [] });
    expect(await act(bo, id(ada), "remove_from_followers")).toMatchObject({ followed_by: false });
    expect(await between(ada, id(bo))).toMatchObject({ following: false });
    const masto = ada.masto.v1.accounts.$select(id(bo));
    expect((await masto.follow({ notify: true })).notifying).toBe(true);
    expect((await masto.unfollow()).following).toBe(false);
    expect((await ada.megalodon.followAccount(id(bo), { reblog: true })).data.following).toBe(true);
    expect((await ada.megalodon.unfollowAccount(id(bo))).data.following).toBe(false);
    const relations = await ada.masto.v1.accounts.relationships.fetch({ id: [id(bo), "999"] });
    expect(relations.map((one) => one.id)).toEqual([id(bo)]);
  });

  test("in some languages shows the home timeline those alone", async () => {
    const zoe = await aPerson(served, "zoe");
    const pip = await aPerson(served, "pip");
    await act(pip, id(zoe), "follow", { languages: ["de", "zh-Hant"] });
    for (const language of ["de", "en", "zh-Hans", "und"])
      await aNote(served.instance, { by: zoe.viewer, source: `in ${language}`, language });
    const home = async () =>
      (await homeTimeline(app(), pip.viewer, {})).items.map(({ note }) => note.contentHtml);
    expect(await home()).toEqual(["<p>in zh-Hans</p>", "<p>in de</p>"]);
    await act(pip, id(zoe), "follow", { languages: [] });
    expect(await home()).toHaveLength(4);
  });

  test("asks people who approve their followers, who answer with their app", async () => {
    const kit = await aPerson(served, "kit");
    const [lou, max] = [await aPerson(served, "lou"), await aPerson(served, "max")];
    await updateProfile(app(), kit.viewer, { locked: true });
    for (const who of [lou, max])
      expect(await act(who, id(kit), "follow")).toMatchObject({ requested: true });
    expect(await between(kit, id(lou))).toMatchObject({ requested_by: true });
    const first = await kit.ask("GET", "/api/v1/follow_requests?limit=1");
    expect(names(first.json)).toEqual(["max"]);
    expect(first.headers.get("link")).toContain('rel="next"');
    expect((await kit.megalodon.getFollowRequests(10)).data).toHaveLength(2);
    const accepted = await kit.masto.v1.followRequests.$select(id(lou)).authorize();
    expect(accepted).toMatchObject({ followedBy: true, requestedBy: false });
    expect((await kit.megalodon.rejectFollowRequest(id(max))).data.followed_by).toBe(false);
    expect(await between(max, id(kit))).toMatchObject({ requested: false, following: false });
    for (const verb of ["authorize", "reject"])
      expect((await kit.ask("POST", `/api/v1/follow_requests/${id(max)}/${verb}`)).status).toBe(404);
  });
});

describe("Blocks and mutes", () => {
  test("end follows, are listed, and are taken back", async () => {
    const ned = await aPerson(served, "ned");
    await act(ned, id(ada), "follow");
    expect(await act(ada, id(ned), "block")).toMatchObject({ blocking: true, followed_by: false });
    expect(await between(ned, id(ada))).toMatchObject({ blocked_by: true });
    expect((await ned.ask("POST", `/api/v1/accounts/${id(ada)}/follow`)).status).toBe(403);
    expect(names((await ada.ask("GET", "/api/v1/blocks")).json)).toEqual(["ned"]);
    expect((await ada.masto.v1.blocks.list()).map((one) => one.acct)).toEqual(["ned"]);
    expect((await ada.megalodon.getBlocks()).data).toHaveLength(1);
    expect(names((await ned.ask("GET", "/api/v1/blocks")).json)).toEqual([]);
    expect(await act(ada, id(ned), "unblock")).toMatchObject({ blocking: false });
    expect((await ada.megalodon.blockAccount(id(ned))).data.blocking).toBe(true);
    expect((await ada.masto.v1.accounts.$select(id(ned)).unblock()).blocking).toBe(false);
  });

  test("of some time end by themselves, and may leave notifications", async () => {
    const ola = await aPerson(served, "ola");
    const muted = await act(ada, id(ola), "mute", { notifications: false, duration: 60 });
    expect(muted).toMatchObject({ muting: true, muting_notifications: false });
    expect(muted.muting_expires_at).toMatch(/Z$/);
    const [listed] = z.array(Account).parse((await ada.ask("GET", "/api/v1/mutes")).json);
    expect(listed).toMatchObject({ acct: "ola", mute_expires_at: muted.muting_expires_at });
    expect(await act(ada, id(ola), "mute")).toMatchObject({
      muting_notifications: true,
      muting_expires_at: null,
    });
    const [forGood] = z.array(Account).parse((await ada.ask("GET", "/api/v1/mutes")).json);
    expect(forGood).not.toHaveProperty("mute_expires_at");
    expect((await ada.masto.v1.mutes.list())[0]?.acct).toBe("ola");
    expect((await ada.megalodon.getMutes()).data).toHaveLength(1);
    expect(await act(ada, id(ola), "unmute")).toMatchObject({ muting: false, muting_notifications: false });
    expect((await ada.megalodon.muteAccount(id(ola), false)).data.muting_notifications).toBe(false);
    expect((await ada.masto.v1.accounts.$select(id(ola)).mute({ duration: 3600 })).muting).toBe(true);
    await act(ada, id(ola), "unmute");
  });
});

describe("A comment about somebody", () => {
  test("is seen by its author alone, changed, forgotten, and not endless", async () => {
    expect(await act(ada, id(bo), "note", { comment: " met at the fair \n" })).toMatchObject({
      note: "met at the fair",
    });
    expect(await between(ada, id(bo))).toMatchObject({ note: "met at the fair" });
    expect(await between(bo, id(ada))).toMatchObject({ note: "" });
    expect((await ada.masto.v1.accounts.$select(id(bo)).note.create({ comment: "other" })).note).toBe(
      "other",
    );
    expect((await ada.megalodon.setAccountNote(id(bo), "third")).data.note).toBe("third");
    const long = await ada.ask("POST", `/api/v1/accounts/${id(bo)}/note`, { comment: "x".repeat(2_001) });
    expect([long.status, long.json]).toEqual([422, expect.objectContaining({ error: expect.any(String) })]);
    expect(await act(ada, id(bo), "note", { comment: "" })).toMatchObject({ note: "" });
    expect(await act(ada, id(ada), "note", { comment: "me" })).toMatchObject({ note: "" });
  });
});

describe("A hidden server", () => {
  const hosts = async (who: Person) => (await who.ask("GET", "/api/v1/domain_blocks")).json;
  const homeTexts = async (who: Person) =>
    (await homeTimeline(app(), who.viewer, {})).items.map(({ note }) => note.contentHtml);
  const accepted = async (who: Person, far: RemoteActor) => {
    await followActor(app(), who.viewer, far.id);
    const follow = await findFollow(app().db, who.viewer.actorId, far.id);
    await receiveAccept(app(), { actorUri: far.uri, followUri: follow?.uri ?? "", follow: null });
  };

  test("is gone from timelines, notifications and search of one person, and its follows are over", async () => {
    const quinn = await aPerson(served, "quinn");
    const far = await aRemoteActor(served.instance, "far");
    await accepted(quinn, far);
    const fan = await aRemoteActor(served.instance, "fan");
    const follow = {
      uri: `${fan.uri}#follow`,
      actorUri: fan.uri,
      objectUri: app().uris.actor(quinn.viewer.actorId),
    };
    await receiveFollow(app(), follow);
    await receiveNote(app(), aReceivedNote(far, "loud", { contentHtml: "<p>zebrafish</p>" }), "wanted");
    await receiveNote(
      app(),
      aReceivedNote(fan, "named", {
        contentHtml: "<p>hello quinn</p>",
        mentionUris: [app().uris.actor(quinn.viewer.actorId)],
      }),
      "wanted",
    );
    const found = async (who: Person) =>
      ((await who.ask("GET", "/api/v2/search?q=zebrafish&type=statuses")).json as { statuses?: unknown[] })
        .statuses?.length;
    const told = async () =>
      (await listNotifications(app(), quinn.viewer, {})).items.map((one) => one.actor.username);
    expect(await homeTexts(quinn)).toEqual(["<p>zebrafish</p>"]);
    expect(await told()).toContain("fan");
    const before = await found(quinn);
    await quinn.masto.v1.domainBlocks.create({ domain: "FAR.test" });
    expect(await hosts(quinn)).toEqual(["far.test"]);
    expect(await hosts(ada)).toEqual([]);
    expect(await between(quinn, String(far.id))).toMatchObject({ domain_blocking: true, following: false });
    expect(await between(quinn, String(fan.id))).toMatchObject({ domain_blocking: true, followed_by: false });
    expect(await between(ada, String(far.id))).toMatchObject({ domain_blocking: false });
    expect(await homeTexts(quinn)).toEqual([]);
    expect(await told()).toEqual([]);
    if (before !== undefined) expect([before, await found(quinn)]).toEqual([1, 0]);
    expect((await quinn.ask("POST", `/api/v1/accounts/${far.id}/follow`)).status).toBe(403);
    await receiveFollow(app(), { ...follow, uri: `${fan.uri}#again` });
    expect(await between(quinn, String(fan.id))).toMatchObject({ followed_by: false });
    await accepted(ada, far);
    expect(await homeTexts(ada)).toEqual(["<p>zebrafish</p>"]);
    expect((await quinn.megalodon.getDomainBlocks()).data).toEqual(["far.test"]);
    await quinn.masto.v1.domainBlocks.remove({ domain: "far.test" });
    expect(await hosts(quinn)).toEqual([]);
    await accepted(quinn, far);
    expect(await homeTexts(quinn)).toEqual(["<p>zebrafish</p>"]);
  });

  test("is paged, named twice is named once, and is never our own or no server at all", async () => {
    const rae = await aPerson(served, "rae");
    for (const domain of ["a.test", "b.test", "c.test", "b.test"])
      await rae.ask("POST", "/api/v1/domain_blocks", { domain });
    const first = await rae.ask("GET", "/api/v1/domain_blocks?limit=2");
    expect(first.json).toEqual(["c.test", "b.test"]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    expect((await rae.ask("GET", next)).json).toEqual(["a.test"]);
    for (const domain of ["", "nonsense", new URL(served.origin).host, ["a.test"], { a: 1 }, "a.test/path"])
      expect([domain, (await rae.ask("POST", "/api/v1/domain_blocks", { domain })).status]).toEqual([
        domain,
        422,
      ]);
    expect((await rae.megalodon.unblockDomain("a.test")).data).toEqual({});
    expect((await rae.ask("DELETE", "/api/v1/domain_blocks?domain=b.test")).json).toEqual({});
    expect(await hosts(rae)).toEqual(["c.test"]);
  });
});

describe("What cannot be done", () => {
  test("to unknown people is 404 with one body, to oneself 422, with wrong values 422, without the scope 403", async () => {
    const verbs = [
      "follow",
      "unfollow",
      "block",
      "unblock",
      "mute",
      "unmute",
      "remove_from_followers",
      "note",
    ];
    const unknown = await ada.ask("GET", "/api/v1/accounts/999");
    for (const verb of verbs) {
      for (const who of ["999", "x", "99999999999999999999"]) {
        const answer = await ada.ask("POST", `/api/v1/accounts/${who}/${verb}`, { comment: "a" });
        expect([verb, who, answer.status, answer.json]).toEqual([verb, who, 404, unknown.json]);
      }
      expect((await ask(served, "POST", `/api/v1/accounts/${id(bo)}/${verb}`)).status).toBe(401);
    }
    for (const verb of ["follow", "block", "mute"])
      expect((await ada.ask("POST", `/api/v1/accounts/${id(ada)}/${verb}`)).status).toBe(422);
    for (const [verb, body] of [
      ["follow", { reblogs: "perhaps" }],
      ["follow", { reblogs: [true] }],
      ["follow", { languages: [["en"]] }],
      ["mute", { duration: "soon" }],
      ["mute", { duration: -1 }],
      ["note", { comment: ["a"] }],
    ] as const)
      expect([verb, (await ada.ask("POST", `/api/v1/accounts/${id(bo)}/${verb}`, body)).status]).toEqual([
        verb,
        422,
      ]);
    const reader = await aPerson(served, "reader", { scopes: ["read"] });
    for (const verb of verbs)
      expect((await reader.ask("POST", `/api/v1/accounts/${id(bo)}/${verb}`)).status).toBe(403);
    const narrow = await aPerson(served, "narrow", { scopes: ["write:statuses"] });
    expect((await narrow.ask("GET", "/api/v1/blocks")).status).toBe(403);
    const follower = await aPerson(served, "follower", { scopes: ["follow"] });
    expect((await follower.ask("POST", `/api/v1/accounts/${id(bo)}/follow`)).status).toBe(200);
    expect((await follower.ask("GET", "/api/v1/blocks")).status).toBe(200);
  });

  test("is asked about many people at once, oneself among them", async () => {
    const many = [];
    for (let n = 0; n < 12; n++) many.push((await aRemoteActor(served.instance, `many${n}`)).id);
    const found = await findRelationships(app(), ada.viewer, [...many, ada.viewer.actorId]);
    expect(found.size).toBe(13);
    expect(found.get(ada.viewer.actorId)).toMatchObject({ following: "no", comment: "" });
  });
});
