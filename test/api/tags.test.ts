import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Tag } from "../../api/entities/common.ts";
import { FeaturedTag } from "../../api/entities/tag.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { countTrends } from "../../server/services/trends/count-trends.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, open, type Person } from "./client.ts";

const CJK = encodeURIComponent("美食");

describe("Tags", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    bob = await aPerson(served, "bob");
    const { app } = served.instance;
    for (const { viewer } of [ada, bob])
      await updateProfile(app, viewer, { discoverable: true, indexable: true });
    await aNote(served.instance, { by: ada.viewer, source: "One #美食" });
    await aNote(served.instance, { by: ada.viewer, source: "Two #美食 #Soup" });
    const note = await aNote(served.instance, { by: bob.viewer, source: "Three #美食" });
    await aNote(served.instance, { by: bob.viewer, source: "Hidden #美食", visibility: "followers" });
    await likeNote(app, ada.viewer, note.id);
    await countTrends(app);
  });
  afterAll(() => served.close());

  test("are told with their last seven days, in texts", async () => {
    const tag = await ada.masto.v1.tags.$select("美食").fetch();
    expect(tag).toMatchObject({ name: "美食", following: false });
    expect(tag.url).toBe(`${served.origin}/tags/${CJK}`);
    expect(tag.history).toHaveLength(7);
    expect(tag.history?.[0]).toMatchObject({ uses: "3", accounts: "2" });
    expect(Number(tag.history?.[0]?.day) % 86_400).toBe(0);
    const { json } = await ask(served, "GET", "/api/v1/tags/nobodywrotethis");
    expect(Tag.parse(json)).not.toHaveProperty("following");
    expect((await ada.ask("GET", "/api/v1/tags/no%20tag")).status).toBe(404);
  });

  test("are followed and let go, and stand in a list that is walked by Link", async () => {
    for (const name of ["美食", "soup", "bread"])
      expect((await ada.megalodon.followTag(name)).data).toMatchObject({ name, following: true });
    const names: string[] = [];
    for await (const page of ada.masto.v1.followedTags.list({ limit: 2 }))
      names.push(...page.map((tag) => tag.name));
    expect(names).toEqual(["bread", "soup", "美食"]);
    expect((await ada.megalodon.getFollowedTags()).data).toHaveLength(3);
    expect((await ada.megalodon.getTag("soup")).data).toMatchObject({ following: true });
    expect(await ada.masto.v1.tags.$select("bread").unfollow()).toMatchObject({ following: false });
    expect((await ada.megalodon.unfollowTag("soup")).data).toMatchObject({ following: false });
    expect((await ada.ask("POST", "/api/v1/tags/a%2Fb/follow")).status).toBe(404);
    expect((await bob.ask("GET", "/api/v1/followed_tags")).json).toEqual([]);
  });

  test("stand on a profile with how often they were written, and go from there by their own id", async () => {
    const featured = await ada.masto.v1.featuredTags.create({ name: "#美食" });
    expect(featured).toMatchObject({ name: "美食", statusesCount: "2" });
    expect(featured.lastStatusAt).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect((await ada.megalodon.getFeaturedTags()).data).toHaveLength(1);
    expect(await ada.masto.v1.featuredTags.suggestions.list()).toMatchObject([{ name: "soup" }]);
    const path = `/api/v1/featured_tags/${featured.id}`;
    const unknown = (await bob.ask("DELETE", "/api/v1/featured_tags/1")).json;
    const foreign = await bob.ask("DELETE", path);
    expect([foreign.status, foreign.json]).toEqual([404, unknown]);
    expect((await ada.megalodon.deleteFeaturedTag(featured.id)).status).toBe(200);
    expect((await ada.ask("GET", "/api/v1/featured_tags")).json).toEqual([]);
    const tag = Tag.parse((await ada.ask("POST", "/api/v1/tags/soup/feature")).json);
    expect(tag.featuring).toBe(true);
    expect(Tag.parse((await ada.ask("POST", "/api/v1/tags/soup/unfeature")).json).featuring).toBe(false);
    for (const body of [{}, { name: "" }, { name: "no tag at all" }, { name: ["a"] }])
      expect((await ada.ask("POST", "/api/v1/featured_tags", body)).status).toBe(422);
    expect(z.array(FeaturedTag).parse((await ada.ask("GET", "/api/v1/featured_tags")).json)).toEqual([]);
  });

  test("trend, and so do statuses; pages of both are walked by Link", async () => {
    const tags = await ada.masto.v1.trends.tags.list({ limit: 1 });
    expect(tags).toMatchObject([{ name: "美食" }]);
    expect((await ada.megalodon.getInstanceTrends()).data[0]).toMatchObject({ name: "美食" });
    const first = await ask(served, "GET", "/api/v1/trends/tags?limit=1");
    expect(first.headers.get("link")).toBe(
      `<${served.origin}/api/v1/trends/tags?limit=1&offset=1>; rel="next"`,
    );
    const statuses = await ada.masto.v1.trends.statuses.list();
    expect(statuses.map((status) => status.content)).toHaveLength(1);
    expect((await ask(served, "GET", "/api/v1/trends/statuses?offset=1")).json).toEqual([]);
    expect((await ask(served, "GET", "/api/v1/trends/links")).json).toEqual([]);
    expect((await ask(served, "GET", "/api/v1/trends/tags?offset=-1")).status).toBe(422);
  });

  test("links trend when more than one person wrote them and their cards are known", async () => {
    const { db } = served.instance.database;
    const { app } = served.instance;
    const ids = [];
    for (const by of [ada.viewer, bob.viewer])
      ids.push((await aNote(served.instance, { by, source: "Read this https://news.test/a" })).id);
    const { card_key: key } = await db
      .selectFrom("notes")
      .select("card_key")
      .where("id", "=", ids[0] ?? (0 as never))
      .executeTakeFirstOrThrow();
    await db
      .updateTable("cards")
      .set({ state: "ready", title: "News" })
      .where("key", "=", key ?? "")
      .execute();
    await countTrends(app);
    const [link] = await ada.masto.v1.trends.links.list();
    expect(link).toMatchObject({ title: "News", url: "https://news.test/a" });
    expect(link?.history[0]).toMatchObject({ uses: "2", accounts: "2" });
  });
});
