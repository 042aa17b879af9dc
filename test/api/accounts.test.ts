import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account, FamiliarFollowers, Suggestion } from "../../api/entities/account.ts";
import { List } from "../../api/entities/list.ts";
import { Status } from "../../api/entities/status.ts";
import { FeaturedTag } from "../../api/entities/tag.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { featureTag } from "../../server/services/actors/featured-tags.ts";
import { pinNote } from "../../server/services/actors/pins.ts";
import { addToList, createList } from "../../server/services/lists/lists.ts";
import { announceNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { updateActor } from "../../server/store/actors.ts";
import { aNote } from "../support/instance.ts";
import { aReceivedNote, aRemoteActor } from "../support/remote.ts";
import { receiveNote } from "../../server/services/notes/received-notes.ts";
import { aPerson, ask, open, type Person, type Served } from "./client.ts";

let served: Served & { readonly close: () => Promise<void> };
let ada: Person;
let bo: Person;
let cy: Person;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
  cy = await aPerson(served, "cy");
});
afterAll(async () => served.close());

const app = () => served.instance.app;
const id = (person: Person) => String(person.viewer.actorId);
const names = (json: unknown) =>
  z
    .array(Account)
    .parse(json)
    .map((account) => account.acct);
const texts = (json: unknown) =>
  z
    .array(Status)
    .parse(json)
    .map((status) => (status.reblog === null ? status.content : `boost of ${status.reblog.content}`));

describe("An account", () => {
  test("is found by id and by handle, by both libraries and by nobody in particular", async () => {
    const account = await ada.masto.v1.accounts.$select(id(bo)).fetch();
    expect(account).toMatchObject({ id: id(bo), acct: "bo", username: "bo", locked: false, roles: [] });
    expect((await ada.megalodon.getAccount(id(bo))).data.acct).toBe("bo");
    expect((await ada.masto.v1.accounts.lookup({ acct: "bo" })).id).toBe(id(bo));
    expect((await ada.megalodon.lookupAccount("bo")).data.id).toBe(id(bo));
    const open = await ask(served, "GET", `/api/v1/accounts/${id(bo)}`);
    expect(Account.parse(open.json)).toMatchObject({ acct: "bo", last_status_at: "2026-06-01" });
    const handle = `bo@${new URL(served.origin).host}`;
    expect((await ask(served, "GET", `/api/v1/accounts/lookup?acct=${handle}`)).status).toBe(200);
  });

  test("that is not there, has left, or cannot be an id is answered with 404", async () => {
    const gone = await aRemoteActor(served.instance, "gone");
    await updateActor(app().db, gone.id, { deleted_at: 1 });
    const unknown = await ada.ask("GET", "/api/v1/accounts/999");
    expect(unknown.status).toBe(404);
    for (const path of [
      `/${gone.id}`,
      "/zz",
      "/-1",
      "/lookup?acct=nobody",
      "/lookup?acct=nobody@far.test",
      "/lookup",
      "/lookup?acct=%00",
      "/999/statuses",
      "/999/followers",
      "/999/following",
      "/999/lists",
      "/999/featured_tags",
      "/999/endorsements",
      "/999/statuses?pinned=true",
    ]) {
      const answer = await ada.ask("GET", `/api/v1/accounts${path}`);
      expect([path, answer.status, answer.json]).toEqual([path, 404, unknown.json]);
    }
    for (const path of ["/lookup?acct[]=bo", "/lookup?acct[a]=bo", `/${id(bo)}/statuses?only_media=perhaps`])
      expect([path, (await ada.ask("GET", `/api/v1/accounts${path}`)).status]).toEqual([path, 422]);
  });

  test("comes many at a time, in the order asked for, without those that are not there", async () => {
    const found = await ada.ask("GET", `/api/v1/accounts?id[]=${id(cy)}&id[]=999&id[]=x&id[]=${id(ada)}`);
    expect(names(found.json)).toEqual(["cy", "ada"]);
    const both = await ada.masto.v1.accounts.fetch({ id: [id(bo), id(cy)] });
    expect(both.map((account) => account.acct)).toEqual(["bo", "cy"]);
    expect(names((await ada.ask("GET", "/api/v1/accounts")).json)).toEqual([]);
  });

  test("has the default pictures where there are none, which are small PNGs that anybody may have", async () => {
    const account = Account.parse((await ada.ask("GET", `/api/v1/accounts/${id(bo)}`)).json);
    for (const [address, width] of [
      [account.avatar, 400],
      [account.header, 1500],
    ] as const) {
      const answer = await served.instance.fetch(new Request(address), { ip: "203.0.113.9" });
      expect(answer.headers.get("cache-control")).toContain("max-age=1209600");
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(await sharp(bytes).metadata()).toMatchObject({ format: "png", width });
      expect(bytes.length).toBeLessThan(12_000);
    }
    const other = new Request(`${served.origin}/pictures/other.png`);
    expect((await served.instance.fetch(other, { ip: "203.0.113.9" })).status).toBe(404);
  });

  test("says where somebody moved to, and nothing but the name of whoever is suspended", async () => {
    const old = await aRemoteActor(served.instance, "old", { bioHtml: "<p>secret</p>", name: "Old" });
    await updateActor(app().db, old.id, { moved_to_uri: app().uris.actor(cy.viewer.actorId) });
    const moved = Account.parse((await ada.ask("GET", `/api/v1/accounts/${old.id}`)).json);
    expect(moved).toMatchObject({ acct: "old@far.test", display_name: "Old", moved: { acct: "cy" } });
    await updateActor(app().db, old.id, { suspended_at: 1 });
    const hidden = Account.parse((await ada.ask("GET", `/api/v1/accounts/${old.id}`)).json);
    expect(hidden).toMatchObject({ suspended: true, display_name: "", note: "", fields: [] });
    expect(hidden.moved).toBeNull();
    const quiet = await ada.ask("GET", `/api/v1/accounts/relationships?id[]=${old.id}`);
    expect(quiet.json).toEqual([]);
    const loud = await ada.ask("GET", `/api/v1/accounts/relationships?id[]=${old.id}&with_suspended=1`);
    expect(loud.json).toMatchObject([{ id: String(old.id) }]);
  });
});

describe("The statuses of an account", () => {
  test("pass every sieve that apps have, in all spellings of yes", async () => {
    const dan = await aPerson(served, "dan");
    const by = dan.viewer;
    const first = await aNote(served.instance, { by, source: "first #Fell" });
    const other = await aNote(served.instance, { by: bo.viewer, source: "by bo" });
    await aNote(served.instance, { by, source: "on and on", replyTo: first.id });
    await aNote(served.instance, { by, source: "answer", replyTo: other.id });
    await announceNote(app(), by, other.id);
    await aNote(served.instance, { by, source: "quiet", visibility: "followers" });
    const secret = await aNote(served.instance, { by, source: "to @ada", visibility: "direct" });
    await pinNote(app(), by, first.id);
    const list = async (query: string, who: Person = ada) =>
      texts((await who.ask("GET", `/api/v1/accounts/${id(dan)}/statuses${query}`)).json).map((text) =>
        text.replaceAll(/<[^>]*>/g, ""),
      );
    const open = ["boost of by bo", "answer", "on and on", "first #Fell"];
    expect(await list("", bo)).toEqual(open);
    expect((await list(""))[0]).toMatch(/^to @ada/);
    expect(await list("?exclude_direct=true")).toEqual(open);
    for (const yes of ["1", "true", "True", "on"]) {
      expect(await list(`?exclude_reblogs=${yes}`, bo)).toEqual(["answer", "on and on", "first #Fell"]);
      expect(await list(`?exclude_replies=${yes}`, bo)).toEqual([
        "boost of by bo",
        "on and on",
        "first #Fell",
      ]);
    }
    expect(await list("?pinned=True", bo)).toEqual(["first #Fell"]);
    expect(await list("?tagged=FELL", bo)).toEqual(["first #Fell"]);
    expect(await list("?tagged=other", bo)).toEqual([]);
    expect(await list("?only_media=true", bo)).toEqual([]);
    expect(await list("", dan)).toHaveLength(6);
    expect(await list(`?max_id=${first.id}`)).toEqual([]);
    expect(await list(`?min_id=${first.id}&limit=1`, bo)).toEqual(["on and on"]);
    expect(await list(`?since_id=${first.id}&limit=1`, bo)).toEqual(["boost of by bo"]);
    expect(secret.visibility).toBe("direct");
    const anybody = await ask(served, "GET", `/api/v1/accounts/${id(dan)}/statuses`);
    expect(texts(anybody.json)).toHaveLength(4);
  });

  test("are walked by the Link header, with masto and with megalodon", async () => {
    const eve = await aPerson(served, "eve");
    for (let n = 0; n < 5; n++) await aNote(served.instance, { by: eve.viewer, source: `eve ${n}` });
    const walked: string[] = [];
    for await (const page of ada.masto.v1.accounts.$select(id(eve)).statuses.list({ limit: 2 }))
      walked.push(...page.map((status) => status.content));
    expect(walked).toEqual([4, 3, 2, 1, 0].map((n) => `<p>eve ${n}</p>`));
    const { data } = await ada.megalodon.getAccountStatuses(id(eve), { limit: 3, exclude_reblogs: true });
    expect(data.map((status) => status.content)).toEqual(walked.slice(0, 3));
    const account = Account.parse((await ada.ask("GET", `/api/v1/accounts/${id(eve)}`)).json);
    expect(account).toMatchObject({ statuses_count: 5 });
    expect(account.last_status_at).toMatch(/^\d{4}-\d\d-\d\d$/);
  });
});

describe("Followers and following", () => {
  test("are paged by follows, both ways, and kept back where their owner hides them", async () => {
    const fay = await aPerson(served, "fay");
    const fans: Person[] = [];
    for (const name of ["fan_a", "fan_b", "fan_c"]) {
      const fan = await aPerson(served, name);
      await followActor(app(), fan.viewer, fay.viewer.actorId);
      fans.push(fan);
    }
    const walked: string[] = [];
    for await (const page of ada.masto.v1.accounts.$select(id(fay)).followers.list({ limit: 1 }))
      walked.push(...page.map((account) => account.acct));
    expect(walked).toEqual(["fan_c", "fan_b", "fan_a"]);
    const first = await ada.ask("GET", `/api/v1/accounts/${id(fay)}/followers?limit=2`);
    expect(names(first.json)).toEqual(["fan_c", "fan_b"]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await ada.ask("GET", next);
    expect(names(second.json)).toEqual(["fan_a"]);
    const back = /<([^>]+)>; rel="prev"/.exec(second.headers.get("link") ?? "")?.[1] ?? "";
    expect(names((await ada.ask("GET", back)).json)).toEqual(["fan_c", "fan_b"]);
    const [fan] = fans;
    if (fan === undefined) throw new Error("There are three fans.");
    expect((await ada.megalodon.getAccountFollowing(id(fan))).data.map((one) => one.acct)).toEqual(["fay"]);
    expect((await ada.megalodon.getAccountFollowers(id(fay))).data).toHaveLength(3);
    await updateProfile(app(), fay.viewer, { hidesRelations: true });
    expect(names((await ada.ask("GET", `/api/v1/accounts/${id(fay)}/followers`)).json)).toEqual([]);
    expect(names((await fay.ask("GET", `/api/v1/accounts/${id(fay)}/followers`)).json)).toHaveLength(3);
    const familiar = `/api/v1/accounts/familiar_followers?id[]=${id(fay)}`;
    await followActor(app(), ada.viewer, fan.viewer.actorId);
    expect((await ada.ask("GET", familiar)).json).toEqual([{ id: id(fay), accounts: [] }]);
    await updateProfile(app(), fay.viewer, { hidesRelations: false });
    const found = z.array(FamiliarFollowers).parse((await ada.ask("GET", `${familiar}&id[]=999`)).json);
    expect(found.map((one) => [one.id, one.accounts.map((account) => account.acct)])).toEqual([
      [id(fay), ["fan_a"]],
    ]);
  });
});

describe("Looking for people", () => {
  test("goes by the beginning of names, those one follows first, with offset, and never asks elsewhere unasked", async () => {
    await aRemoteActor(served.instance, "grace", { name: "Grace" });
    const gus = await aPerson(served, "gracious");
    const list = async (query: string) =>
      names((await cy.ask("GET", `/api/v1/accounts/search?${query}`)).json);
    expect((await list("q=grac")).toSorted()).toEqual(["grace@far.test", "gracious"]);
    expect(await list("q=@grace@far.test")).toEqual(["grace@far.test"]);
    expect(await list("q=grac&following=true")).toEqual([]);
    await followActor(app(), cy.viewer, gus.viewer.actorId);
    expect(await list("q=grac&following=1")).toEqual(["gracious"]);
    expect(await list("q=grac&limit=1")).toEqual(["gracious"]);
    expect(await list("q=grac&limit=1&offset=1")).toEqual(["grace@far.test"]);
    expect(await list("q=cy")).toEqual(["cy"]);
    expect(await list("q=")).toEqual([]);
    expect(await list("q=stranger@nowhere.test&resolve=false")).toEqual([]);
    expect(await list("q=stranger@nowhere.test&resolve=true")).toEqual([]);
    const masto = await cy.masto.v1.accounts.search.list({ q: "gracious", limit: 5, resolve: false });
    expect(masto.map((account) => account.acct)).toEqual(["gracious"]);
    expect((await cy.megalodon.searchAccount("gracious", { limit: 5 })).data[0]?.acct).toBe("gracious");
    expect((await ask(served, "GET", "/api/v1/accounts/search?q=a")).status).toBe(401);
    expect((await cy.ask("GET", "/api/v1/accounts/search?q=a&offset=-1")).status).toBe(422);
  });

  test("shows a directory of those who want to be found, by activity or age", async () => {
    const hugo = await aPerson(served, "hugo");
    const ida = await aPerson(served, "ida");
    const shy = await aPerson(served, "shy");
    for (const who of [ida, hugo, shy]) await aNote(served.instance, { by: who.viewer, source: "here I am" });
    await updateProfile(app(), shy.viewer, { discoverable: false });
    const far = await aRemoteActor(served.instance, "jo");
    await receiveNote(app(), aReceivedNote(far, "jo1"), "wanted");
    const list = async (query: string) =>
      names((await ask(served, "GET", `/api/v1/directory?${query}`)).json);
    const active = await list("local=false");
    expect(active.filter((name) => ["hugo", "ida", "shy", "jo@far.test"].includes(name)).toSorted()).toEqual([
      "hugo",
      "ida",
      "jo@far.test",
    ]);
    expect((await list("local=true")).slice(0, 2)).toEqual(["hugo", "ida"]);
    expect(await list("order=new&local=1&limit=2")).toEqual(["ida", "hugo"]);
    expect(await list("order=new&local=1&limit=1&offset=1")).toEqual(["hugo"]);
    const masto = await ada.masto.v1.directory.list({ local: true, order: "new", limit: 1 });
    expect(masto[0]?.acct).toBe("ida");
    expect((await ada.megalodon.getInstanceDirectory({ limit: 2, local: true })).data).toHaveLength(2);
    expect((await ask(served, "GET", "/api/v1/directory?order=best")).status).toBe(422);
  });

  test("suggests people, and nobody who was refused or is followed", async () => {
    await countTrends(app());
    const suggested = async () =>
      z
        .array(Suggestion)
        .parse((await cy.ask("GET", "/api/v2/suggestions")).json)
        .map((one) => one.account.acct);
    expect(await suggested()).toEqual(expect.arrayContaining(["hugo", "ida"]));
    const hugo = Account.parse((await cy.ask("GET", "/api/v1/accounts/lookup?acct=hugo")).json);
    // masto sends the id once more, as a bare JSON text.
    await cy.masto.v1.suggestions.$select(hugo.id).remove(hugo.id);
    expect(await suggested()).not.toContain("hugo");
    expect((await cy.ask("DELETE", `/api/v1/suggestions/${hugo.id}`)).json).toEqual({});
    const ida = Account.parse((await cy.ask("GET", "/api/v1/accounts/lookup?acct=ida")).json);
    await cy.masto.v1.accounts.$select(ida.id).follow();
    expect(await suggested()).not.toContain("ida");
    expect(names((await ada.ask("GET", "/api/v1/suggestions?limit=80")).json)).toContain("hugo");
    expect((await cy.ask("DELETE", "/api/v1/suggestions/999")).status).toBe(200);
    expect((await cy.megalodon.getSuggestions()).data.length).toBeGreaterThan(0);
  });
});

describe("What stands beside a profile", () => {
  test("are tags, the reader's own lists, and no endorsements", async () => {
    await featureTag(app(), bo.viewer, "Foraging");
    await aNote(served.instance, { by: bo.viewer, source: "#foraging again" });
    const tags = z
      .array(FeaturedTag)
      .parse((await ada.ask("GET", `/api/v1/accounts/${id(bo)}/featured_tags`)).json);
    expect(tags).toMatchObject([{ name: "Foraging", statuses_count: "1" }]);
    const list = await createList(app(), ada.viewer, { title: "Friends" });
    await addToList(app(), ada.viewer, list, bo.viewer.actorId);
    const lists = async (who: Person) =>
      z.array(List).parse((await who.ask("GET", `/api/v1/accounts/${id(bo)}/lists`)).json);
    expect((await lists(ada)).map((one) => one.title)).toEqual(["Friends"]);
    expect(await lists(cy)).toEqual([]);
    expect((await ada.megalodon.getAccountLists(id(bo))).data).toHaveLength(1);
    expect((await ada.masto.v1.accounts.$select(id(bo)).lists.list()).map((one) => one.title)).toEqual([
      "Friends",
    ]);
    expect((await ada.masto.v1.accounts.$select(id(bo)).featuredTags.list())[0]?.name).toBe("Foraging");
    expect((await ada.ask("GET", "/api/v1/endorsements")).json).toEqual([]);
    expect((await ada.ask("GET", `/api/v1/accounts/${id(bo)}/endorsements`)).json).toEqual([]);
  });
});
