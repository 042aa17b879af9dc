import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Search } from "../../api/entities/search.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, open, type Person } from "./client.ts";

describe("Search", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    bob = await aPerson(served, "bobby");
    await aPerson(served, "bobette");
    await updateProfile(served.instance.app, ada.viewer, { indexable: true });
    for (const n of [1, 2, 3])
      await aNote(served.instance, { by: ada.viewer, source: `Soup number ${n} #soup` });
    await aNote(served.instance, { by: bob.viewer, source: "My own soup", visibility: "followers" });
  });
  afterAll(() => served.close());

  const found = async (query: string, person: Person | null = bob) => {
    const { status, json } = await ask(served, "GET", `/api/v2/search?${query}`, { token: person?.token });
    expect(status).toBe(200);
    const { accounts, statuses, hashtags } = Search.parse(json);
    return {
      accounts: accounts.map((one) => one.username),
      statuses: statuses.map((one) => one.content.replace(/<[^>]+>/g, "")),
      hashtags: hashtags.map((one) => one.name),
    };
  };

  test("finds people, statuses and tags, all or of one kind", async () => {
    expect(await found("q=soup")).toEqual({
      accounts: [],
      statuses: ["My own soup", "Soup number 3 #soup", "Soup number 2 #soup", "Soup number 1 #soup"],
      hashtags: ["soup"],
    });
    expect(await found("q=soup&type=hashtags")).toEqual({ accounts: [], statuses: [], hashtags: ["soup"] });
    expect((await found("q=bob")).accounts.toSorted()).toEqual(["bobby", "bobette"].toSorted());
    expect((await found("q=@bobby&type=accounts")).accounts).toEqual(["bobby"]);
    expect((await found("q=%23soup")).hashtags).toEqual(["soup"]);
    expect((await found("q=")).statuses).toEqual([]);
  });

  test("finds by author, as Phanpy probes it", async () => {
    expect((await found("q=from:me&type=statuses&limit=1")).statuses).toEqual(["My own soup"]);
    expect((await found("q=from:ada+number+2&type=statuses")).statuses).toEqual(["Soup number 2 #soup"]);
    expect((await found("q=from:nobody+soup&type=statuses")).statuses).toEqual([]);
    expect((await found(`q=soup&account_id=${ada.viewer.actorId}`)).statuses).toHaveLength(3);
    expect((await found("q=from:bobby&type=statuses", ada)).statuses).toEqual([]);
  });

  test("turns pages by offset and by ids, and keeps to people one follows", async () => {
    expect((await found("q=soup&type=statuses&limit=2")).statuses).toHaveLength(2);
    expect((await found("q=soup&type=statuses&limit=2&offset=3")).statuses).toEqual(["Soup number 1 #soup"]);
    const [newest] = await ada.masto.v2.search.list({ q: "soup", type: "statuses" }).then((r) => r.statuses);
    expect((await found(`q=soup&type=statuses&max_id=${newest?.id}`)).statuses).not.toContain(
      newest?.content,
    );
    expect((await found(`q=soup&type=statuses&min_id=${newest?.id}`)).statuses).toEqual(["My own soup"]);
    expect((await found("q=bob&following=True&type=accounts", ada)).accounts).toEqual([]);
    await followActor(served.instance.app, ada.viewer, bob.viewer.actorId);
    expect((await found("q=bob&following=True&type=accounts", ada)).accounts).toEqual(["bobby"]);
  });

  test("finds addresses of here for everybody, and looks elsewhere for the signed-in alone when asked", async () => {
    const [status] = (await ada.masto.v2.search.list({ q: "number" })).statuses;
    const address = encodeURIComponent(status?.uri ?? "");
    expect((await found(`q=${address}`, null)).statuses).toHaveLength(1);
    const asked: string[] = [];
    const { network } = served.instance;
    network.join("far.test", (request) => {
      asked.push(request.url);
      return Promise.resolve(new Response(null, { status: 404 }));
    });
    expect(await found("q=@who@far.test&resolve=false")).toEqual({
      accounts: [],
      statuses: [],
      hashtags: [],
    });
    expect(asked).toEqual([]);
    await found("q=@who@far.test&resolve=1");
    expect(asked).not.toEqual([]);
    expect((await ask(served, "GET", "/api/v2/search?q=a&resolve=true")).status).toBe(401);
    expect((await ask(served, "GET", "/api/v2/search?q=a&offset=20")).status).toBe(401);
  });

  test("is asked by megalodon, in its first version too", async () => {
    const { data } = await bob.megalodon.search("soup", { type: "statuses", limit: 2 });
    expect(data.statuses).toHaveLength(2);
    const old = await bob.ask("GET", "/api/v1/search?q=soup");
    expect((old.json as { hashtags: unknown }).hashtags).toEqual(["soup"]);
    for (const query of ["q[]=a", "q=a&type=everything", "q=a&offset=x"])
      expect((await bob.ask("GET", `/api/v2/search?${query}`)).status).toBe(422);
  });
});
