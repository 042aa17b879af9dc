import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Status } from "../../api/entities/status.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { aNote } from "../support/instance.ts";
import { storeActor, storeNote } from "../support/rows.ts";

import { aPerson, ask, open, type Person, serve } from "./client.ts";

async function redPicture(): Promise<Uint8Array> {
  return await sharp({ create: { width: 8, height: 8, channels: 3, background: "#cc0000" } })
    .png()
    .toBuffer();
}

type Opened = Awaited<ReturnType<typeof open>>;

const texts = (json: unknown): readonly string[] =>
  z
    .array(Status)
    .parse(json)
    .map((status) => status.content.replace(/<[^>]+>/g, ""));

describe("The home timeline", () => {
  test("comes page by page, as masto and megalodon walk it, in the shape that is promised", async () => {
    const served = await serve();
    const ada = await aPerson(served, "ada");
    for (let n = 0; n < 5; n++)
      await aNote(served.instance, { by: ada.viewer, source: `Note ${n}`, visibility: "public" });
    const contents: string[] = [];
    for await (const page of ada.masto.v1.timelines.home.list({ limit: 2 }))
      contents.push(...page.map((status) => status.content));
    expect(contents).toEqual([4, 3, 2, 1, 0].map((n) => `<p>Note ${n}</p>`));
    const { data } = await ada.megalodon.getHomeTimeline({ limit: 3 });
    expect(data.map((status) => status.content)).toEqual(contents.slice(0, 3));
    const raw = await ada.ask("GET", "/api/v1/timelines/home?limit=2");
    expect(() => z.array(Status).parse(raw.json)).not.toThrow();
    expect(raw.headers.get("link")).toMatch(
      /^<http:[^,]*limit=2&max_id=\d+>; rel="next", <http:[^,]*min_id=\d+>; rel="prev"$/,
    );
  });
});

describe("Timelines for everybody", () => {
  let served: Opened;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    bob = await aPerson(served, "bob");
    const { app } = served.instance;
    const { db } = served.instance.database;
    const far = app.ids.next();
    await storeActor(db, far, { host: "far.test", username: "far", discoverable: 0 });
    await storeNote(db, app.ids.next(), far, { local: 0, content_html: "<p>From afar</p>" }, [], ["美食"]);
    const picture = await uploadImage(app, ada.viewer, { bytes: await redPicture(), alt: "Red" });
    const by = ada.viewer;
    await aNote(served.instance, { by, source: "Dinner #美食", attachments: [{ id: picture.id }] });
    await aNote(served.instance, { by, source: "Soup #美食 #soup" });
    await aNote(served.instance, { by, source: "Only #soup", visibility: "public" });
    await aNote(served.instance, { by, source: "Unlisted #soup", visibility: "unlisted" });
    await aNote(served.instance, { by, source: "Followers #soup", visibility: "followers" });
    await aNote(served.instance, { by, source: "@bob direct #soup", visibility: "direct" });
  });
  afterAll(() => served.close());

  const at = async (path: string, token: string | undefined = bob.token) =>
    texts((await ask(served, "GET", path, { token })).json);

  test("have what is public and known here, or of one side of it", async () => {
    expect(await at("/api/v1/timelines/public")).toEqual([
      "Only #soup",
      "Soup #美食 #soup",
      "Dinner #美食",
      "From afar",
    ]);
    expect(await at("/api/v1/timelines/public?local=true")).not.toContain("From afar");
    expect(await at("/api/v1/timelines/public?remote=1")).toEqual(["From afar"]);
    expect(await at("/api/v1/timelines/public?only_media=True")).toEqual(["Dinner #美食"]);
    expect(await at("/api/v1/timelines/public?local=1&limit=1", undefined)).toEqual(["Only #soup"]);
  });

  test("are walked by masto and megalodon, and leave out whom one blocks", async () => {
    const seen: string[] = [];
    for await (const page of bob.masto.v1.timelines.public.list({ limit: 2 }))
      seen.push(...page.map((status) => status.id));
    expect(new Set(seen).size).toBe(4);
    const { data } = await bob.megalodon.getLocalTimeline({ limit: 2 });
    expect(data).toHaveLength(2);
    expect((await bob.megalodon.getPublicTimeline({ only_media: true })).data).toHaveLength(1);
    const cy = await aPerson(served, "cy");
    await cy.masto.v1.accounts.$select(String(ada.viewer.actorId)).block();
    expect((await cy.megalodon.getPublicTimeline()).data.map((one) => one.content)).toEqual([
      "<p>From afar</p>",
    ]);
  });

  test("come upwards by min_id and are cut by since_id", async () => {
    const all = z.array(Status).parse((await bob.ask("GET", "/api/v1/timelines/public")).json);
    const last = all.at(-1)?.id ?? "";
    expect(await at(`/api/v1/timelines/public?min_id=${last}&limit=1`)).toEqual(["Dinner #美食"]);
    expect(await at(`/api/v1/timelines/public?since_id=${last}&limit=1`)).toEqual(["Only #soup"]);
  });

  test("of a tag know any, all and none, and names in every script", async () => {
    const tag = `/api/v1/timelines/tag/${encodeURIComponent("美食")}`;
    expect(await at(tag)).toEqual(["Soup #美食 #soup", "Dinner #美食", "From afar"]);
    expect(await at(`${tag}?any[]=soup`)).toContain("Only #soup");
    expect(await at(`${tag}?all[]=soup`)).toEqual(["Soup #美食 #soup"]);
    expect(await at(`${tag}?none[]=soup&local=true`)).toEqual(["Dinner #美食"]);
    expect(await at(`${tag}?remote=true`)).toEqual(["From afar"]);
    expect(await at(`${tag}?only_media=true`)).toEqual(["Dinner #美食"]);
    expect(await at("/api/v1/timelines/tag/%23SOUP", undefined)).toEqual(["Only #soup", "Soup #美食 #soup"]);
    const { data } = await bob.megalodon.getTagTimeline("soup");
    expect(data).toHaveLength(2);
    expect(await bob.masto.v1.timelines.tag.$select("soup").list({ limit: 1 })).toHaveLength(1);
  });

  test("of a list have its people alone, and are nobody else's", async () => {
    const { list } = { list: await bob.masto.v1.lists.create({ title: "Cooks" }) };
    await followActor(served.instance.app, bob.viewer, ada.viewer.actorId);
    await bob.masto.v1.lists.$select(list.id).accounts.create({ accountIds: [String(ada.viewer.actorId)] });
    expect(await at(`/api/v1/timelines/list/${list.id}`)).toContain("Only #soup");
    expect(await bob.masto.v1.timelines.list.$select(list.id).list()).not.toHaveLength(0);
    expect((await bob.megalodon.getListTimeline(list.id)).data).not.toHaveLength(0);
    const foreign = await ada.ask("GET", `/api/v1/timelines/list/${list.id}`);
    const unknown = await ada.ask("GET", "/api/v1/timelines/list/1");
    expect([foreign.status, foreign.json]).toEqual([404, unknown.json]);
  });

  test("refuse what is no parameter of theirs without falling over", async () => {
    for (const query of ["local[]=1", "limit=x", "max_id=-1", "any[a][b]=1", "only_media=maybe"]) {
      const { status, json } = await bob.ask("GET", `/api/v1/timelines/tag/soup?${query}`);
      expect([status, typeof (json as { error?: unknown }).error]).toEqual([422, "string"]);
    }
  });
});
