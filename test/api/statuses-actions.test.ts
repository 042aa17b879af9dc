import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Account } from "../../api/entities/account.ts";
import { Status } from "../../api/entities/status.ts";
import { createFilter } from "../../server/services/filters/filters.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { listNotifications } from "../../server/services/notifications/notifications.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, open, type Person, type Served } from "./client.ts";

let served: Served & { close(): Promise<void> };
let ada: Person;
let bo: Person;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
});
afterAll(async () => await served.close());

async function posted(who: Person, source: string): Promise<string> {
  return String((await aNote(served.instance, { by: who.viewer, source, visibility: "public" })).id);
}

describe("What is done to a status", () => {
  test("masto likes, keeps, pins and takes it back", async () => {
    const id = await posted(ada, "Like me");
    const of = bo.masto.v1.statuses.$select(id);
    expect(await of.favourite()).toMatchObject({ favourited: true, favouritesCount: 1 });
    expect(await of.favourite()).toMatchObject({ favourited: true, favouritesCount: 1 });
    expect(await of.bookmark()).toMatchObject({ bookmarked: true });
    expect(await of.unbookmark()).toMatchObject({ bookmarked: false });
    expect(await of.unfavourite()).toMatchObject({ favourited: false, favouritesCount: 0 });
    const own = ada.masto.v1.statuses.$select(id);
    expect(await own.pin()).toMatchObject({ pinned: true });
    expect(await own.unpin()).toMatchObject({ pinned: false });
    expect((await bo.ask("POST", `/api/v1/statuses/${id}/pin`)).status).toBe(404);
  });

  test("megalodon does the same", async () => {
    const id = await posted(ada, "Like me, too");
    expect((await bo.megalodon.favouriteStatus(id)).data.favourited).toBe(true);
    expect((await bo.megalodon.getStatusFavouritedBy(id)).data.map(({ acct }) => acct)).toEqual(["bo"]);
    expect((await bo.megalodon.bookmarkStatus(id)).data.bookmarked).toBe(true);
    expect((await bo.megalodon.getBookmarks()).data.map((status) => status.id)).toContain(id);
    expect((await bo.megalodon.unfavouriteStatus(id)).data.favourited).toBe(false);
    const boost = (await bo.megalodon.reblogStatus(id)).data;
    expect([boost.id === id, boost.reblog?.id]).toEqual([false, id]);
    expect((await bo.megalodon.getStatusRebloggedBy(id)).data.map(({ acct }) => acct)).toEqual(["bo"]);
    expect((await bo.megalodon.unreblogStatus(id)).data.reblogged).toBe(false);
    expect((await bo.megalodon.muteStatus(id)).data.muted).toBe(true);
    expect((await bo.megalodon.unmuteStatus(id)).data.muted).toBe(false);
    expect((await ada.megalodon.pinStatus(id)).data.pinned).toBe(true);
  });

  test("a boost has an id of its own, which stands for the status at every address", async () => {
    const id = await posted(ada, "Boost me");
    const boost = Status.parse((await bo.ask("POST", `/api/v1/statuses/${id}/reblog`)).json);
    expect(boost).toMatchObject({
      account: { acct: "bo" },
      reblog: { id, reblogged: true, reblogs_count: 1 },
    });
    const got = await ada.ask("GET", `/api/v1/statuses/${boost.id}`);
    expect(got.json).toMatchObject({ id: boost.id, reblog: { id } });
    const liked = await ada.ask("POST", `/api/v1/statuses/${boost.id}/favourite`);
    expect(liked.json).toMatchObject({ id, favourited: true });
    expect((await ada.ask("GET", `/api/v1/statuses/${boost.id}/context`)).status).toBe(200);
    const reply = await ada.ask("POST", "/api/v1/statuses", { status: "re", in_reply_to_id: boost.id });
    expect(reply.json).toMatchObject({ in_reply_to_id: id });
    // Somebody's boost is not the author's to delete; the booster takes it back by it.
    expect((await ada.ask("DELETE", `/api/v1/statuses/${boost.id}`)).status).toBe(404);
    expect((await bo.ask("DELETE", `/api/v1/statuses/${boost.id}`)).json).toMatchObject({ id: boost.id });
    expect((await bo.ask("GET", `/api/v1/statuses/${boost.id}`)).status).toBe(404);
    expect((await bo.ask("GET", `/api/v1/statuses/${id}`)).json).toMatchObject({ reblogs_count: 0 });
  });

  test("a boost for followers is for followers, one for nobody is refused", async () => {
    const id = await posted(ada, "Boost me quietly");
    const boost = await bo.ask("POST", `/api/v1/statuses/${id}/reblog`, { visibility: "private" });
    const boostId = (boost.json as { id: string }).id;
    expect((await ada.ask("GET", `/api/v1/statuses/${boostId}`)).status).toBe(404);
    await followActor(served.instance.app, ada.viewer, bo.viewer.actorId);
    expect((await ada.ask("GET", `/api/v1/statuses/${boostId}`)).status).toBe(200);
    expect((await ada.ask("POST", `/api/v1/statuses/${id}/reblog`, { visibility: "direct" })).status).toBe(
      422,
    );
  });

  test("emoji are reacted with, by their name where they are of this server's own", async () => {
    const id = await posted(ada, "React");
    const reacted = await bo.ask("POST", `/api/v1/statuses/${id}/react/${encodeURIComponent("👍")}`);
    expect(reacted.json).toMatchObject({ reactions: [{ name: "👍", count: 1, me: true, url: null }] });
    const taken = await bo.ask(
      "DELETE",
      `/api/v1/pleroma/statuses/${id}/reactions/${encodeURIComponent("👍")}`,
    );
    expect(taken.json).toMatchObject({ reactions: [] });
    expect((await bo.ask("POST", `/api/v1/statuses/${id}/react/nothing`)).status).toBe(422);
  });
});

describe("A muted thread", () => {
  test("tells nothing more, whoever answers whom in it, until it is heard again", async () => {
    const { app } = served.instance;
    const root = await aNote(served.instance, { by: bo.viewer, source: "Muted root" });
    const answer = await aNote(served.instance, { by: ada.viewer, source: "@bo one", replyTo: root.id });
    const told = async () =>
      (await listNotifications(app, bo.viewer, {})).items.filter(({ kind }) => kind === "reply").length;
    const before = await told();
    expect((await bo.ask("POST", `/api/v1/statuses/${answer.id}/mute`)).json).toMatchObject({ muted: true });
    expect((await bo.ask("GET", `/api/v1/statuses/${root.id}`)).json).toMatchObject({ muted: true });
    expect((await ada.ask("GET", `/api/v1/statuses/${root.id}`)).json).toMatchObject({ muted: false });
    const second = await aNote(served.instance, { by: ada.viewer, source: "@bo two", replyTo: root.id });
    expect(await told()).toBe(before);
    expect((await bo.ask("POST", `/api/v1/statuses/${second.id}/unmute`)).json).toMatchObject({
      muted: false,
    });
    await aNote(served.instance, { by: ada.viewer, source: "@bo three", replyTo: root.id });
    expect(await told()).toBe(before + 1);
  });
});

describe("Lists of statuses", () => {
  test("favourites and bookmarks are walked by Link, both ways", async () => {
    const reader = await aPerson(served, "walker");
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.push(await posted(ada, `walk ${n}`));
    for (const id of ids) await reader.masto.v1.statuses.$select(id).favourite();
    for (const id of ids) await reader.masto.v1.statuses.$select(id).bookmark();
    const walked: string[] = [];
    for await (const page of reader.masto.v1.favourites.list({ limit: 2 }))
      walked.push(...page.map((status) => status.id));
    expect(walked).toEqual(ids.toReversed());
    const kept: string[] = [];
    for await (const page of reader.masto.v1.bookmarks.list({ limit: 2 }))
      kept.push(...page.map((status) => status.id));
    expect(kept).toEqual(ids.toReversed());
    expect((await reader.megalodon.getFavourites({ limit: 1 })).data).toHaveLength(1);
    const first = await reader.ask("GET", "/api/v1/favourites?limit=2");
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const second = await reader.ask("GET", next);
    const prev = /<([^>]+)>; rel="prev"/.exec(second.headers.get("link") ?? "")?.[1] ?? "";
    const back = await reader.ask("GET", prev);
    expect(
      z
        .array(Status)
        .parse(back.json)
        .map(({ id }) => id),
    ).toEqual(ids.toReversed().slice(0, 2));
    expect((await reader.ask("GET", "/api/v1/favourites?limit=100000&max_id=abc")).status).toBe(422);
  });

  test("who liked a status is walked, too", async () => {
    const id = await posted(ada, "many likes");
    for (const name of ["li", "mei", "sam"]) {
      const who = await aPerson(served, name);
      await who.masto.v1.statuses.$select(id).favourite();
    }
    const names: string[] = [];
    for await (const page of ada.masto.v1.statuses.$select(id).favouritedBy.list())
      names.push(...page.map(({ username }) => username));
    expect(names).toEqual(["sam", "mei", "li"]);
    const raw = await ada.ask("GET", `/api/v1/statuses/${id}/favourited_by?min_id=1&limit=1`);
    expect(
      z
        .array(Account)
        .parse(raw.json)
        .map(({ username }) => username),
    ).toEqual(["li"]);
  });

  test("say which filters are about a status, with the words that were found", async () => {
    const filter = {
      title: "Sports",
      contexts: ["thread"],
      action: "warn",
      keywords: [{ keyword: "Football", wholeWord: true }],
      expiresInMs: null,
    };
    await createFilter(served.instance.app, bo.viewer, filter);
    const root = await posted(ada, "root");
    await ada.masto.v1.statuses.create({ status: "football tonight", inReplyToId: root });
    const { descendants } = await bo.masto.v1.statuses.$select(root).context.fetch();
    expect(descendants[0]?.filtered).toMatchObject([
      {
        filter: { title: "Sports", context: ["thread"], filterAction: "warn" },
        keywordMatches: ["Football"],
      },
    ]);
  });
});
