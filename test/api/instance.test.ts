import { hash } from "node:crypto";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { CustomEmoji } from "../../api/entities/common.ts";
import { Instance, OldInstance } from "../../api/entities/instance.ts";
import { Announcement } from "../../api/entities/notices.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { saveAnnouncement } from "../../server/services/announcements/announcements.ts";
import { blockDomain, setDomainRule } from "../../server/services/moderation/domains.ts";
import { addEmoji } from "../../server/services/notes/emojis.ts";
import { aNote } from "../support/instance.ts";
import { aPerson, ask, open, type Person } from "./client.ts";

describe("This server", () => {
  let served: Awaited<ReturnType<typeof open>>;
  let ada: Person;

  beforeAll(async () => {
    served = await open();
    ada = await aPerson(served, "ada");
    const { app, owner } = served.instance;
    if (owner === null) throw new Error("There is an owner.");
    await updateSettings(app, owner, {
      name: "Test place",
      description: "A place.",
      rules: "- Be kind.\n- No spam.",
      terms: "Be *good*.",
      contactEmail: "who@test.example",
    });
    await aNote(served.instance, { by: ada.viewer, source: "One" });
  });
  afterAll(() => served.close());

  const get = async (path: string) => await ask(served, "GET", path);

  test("is told in both versions, to everybody, for five minutes", async () => {
    const raw = await get("/api/v2/instance");
    expect(raw.headers.get("cache-control")).toBe("public, max-age=300");
    const instance = Instance.parse(raw.json);
    expect(instance).toMatchObject({
      title: "Test place",
      description: "A place.",
      registrations: { enabled: true, approval_required: false },
      contact: { email: "who@test.example", account: { username: "owner_here" } },
      rules: [
        { id: "1", text: "Be kind." },
        { id: "2", text: "No spam." },
      ],
    });
    expect(instance.configuration.statuses.max_media_attachments).toBe(16);
    expect(instance.configuration.media_attachments.supported_mime_types).toContain("image/webp");
    expect(instance.configuration.urls.streaming).toBe(served.origin.replace("http", "ws"));
    const old = OldInstance.parse((await get("/api/v1/instance/")).json);
    expect(old).toMatchObject({
      uri: new URL(served.origin).host,
      stats: { user_count: 2, status_count: 1 },
    });
    expect(old.max_toot_chars).toBe(instance.configuration.statuses.max_characters);
    const { masto } = ada;
    expect((await masto.v2.instance.fetch()).configuration.vapid.publicKey).toMatch(/^[\w-]{80,}$/);
    expect((await masto.v1.instance.fetch()).version).toBe(instance.version);
    expect((await ada.megalodon.getInstance()).data.title).toBe("Test place");
  });

  test("has pictures that other origins may show", async () => {
    const { thumbnail, icon } = Instance.parse((await get("/api/v2/instance")).json);
    expect(icon.map(({ size }) => size)).toEqual(["192x192", "512x512"]);
    const response = await served.instance.request(new URL(thumbnail.url).pathname);
    expect(response.headers.get("content-type")).toBe("image/png");
    expect(response.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
    const { width } = await sharp(await response.arrayBuffer()).metadata();
    expect(width).toBe(512);
  });

  test("tells its rules, texts, figures and languages one by one", async () => {
    expect((await get("/api/v1/instance/rules")).json).toMatchObject([
      { text: "Be kind." },
      { text: "No spam." },
    ]);
    expect((await get("/api/v1/instance/extended_description")).json).toMatchObject({
      content: "<p>A place.</p>",
    });
    expect((await get("/api/v1/instance/privacy_policy")).json).toMatchObject({
      content: expect.stringContaining("/about/privacy"),
    });
    expect((await get("/api/v1/instance/terms_of_service")).json).toMatchObject({
      content: "<p>Be <em>good</em>.</p>",
      effective: true,
    });
    const weeks = await ada.masto.v1.instance.activity.list();
    expect(weeks).toHaveLength(12);
    expect(weeks[0]).toMatchObject({ statuses: "1", registrations: "2" });
    expect((await ada.megalodon.getInstanceActivity()).data).toHaveLength(12);
    expect((await ada.megalodon.getInstancePeers()).data).toEqual([]);
    expect((await get("/api/v1/instance/translation_languages")).json).toEqual({});
    expect((await get("/api/v1/instance/languages")).json).toContainEqual({ code: "es", name: "Spanish" });
  });

  test("tells whom it blocks only when its owner wants that", async () => {
    const { app, owner } = served.instance;
    await blockDomain(app, { domain: "bad.test" });
    const mild = { domain: "mild.example.test", severity: "limit", obfuscated: true } as const;
    await setDomainRule(app, null, { ...mild, publicComment: "spam", privateComment: "zebrafish" });
    await setDomainRule(app, null, { domain: "odd.test", severity: "none", rejectReports: true });
    expect((await get("/api/v1/instance/domain_blocks")).status).toBe(404);
    if (owner !== null) await updateSettings(app, owner, { publishesBlocks: true });
    expect((await get("/api/v1/instance/domain_blocks")).json).toMatchObject([
      { domain: "bad.test", severity: "suspend", digest: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
      {
        domain: "mild.*******.test",
        severity: "silence",
        comment: "spam",
        digest: hash("sha256", "mild.example.test"),
      },
    ]);
  });

  test("lists its emoji", async () => {
    const image = sharp({ create: { width: 32, height: 32, channels: 4, background: "#0b6b6a" } });
    await addEmoji(served.instance.app, { shortcode: "teal", bytes: await image.png().toBuffer() });
    const emojis = z.array(CustomEmoji).parse((await get("/api/v1/custom_emojis")).json);
    expect(emojis).toMatchObject([{ shortcode: "teal", visible_in_picker: true }]);
    expect((await ada.megalodon.getInstanceCustomEmojis()).data).toHaveLength(1);
    expect(await ada.masto.v1.customEmojis.list()).toHaveLength(1);
  });

  test("tells members what its owners announce, until they put it away", async () => {
    const { app, owner } = served.instance;
    if (owner === null) throw new Error("There is an owner.");
    const words = { language: null, startsAt: null, endsAt: null };
    const id = await saveAnnouncement(app, owner, null, { ...words, source: "We *move*.", publish: true });
    const draft = await saveAnnouncement(app, owner, null, { ...words, source: "Not yet", publish: false });
    const { json } = await ada.ask("GET", "/api/v1/announcements");
    expect(z.array(Announcement).parse(json)).toMatchObject([
      { id: String(id), content: "<p>We <em>move</em>.</p>", read: false },
    ]);
    expect((await ada.megalodon.getInstanceAnnouncements()).data).toHaveLength(1);
    await ada.masto.v1.announcements.$select(String(id)).dismiss();
    expect(await ada.masto.v1.announcements.list()).toEqual([]);
    expect((await ada.ask("GET", "/api/v1/announcements?with_dismissed=1")).json).toMatchObject([
      { read: true },
    ]);
    expect((await ada.ask("POST", `/api/v1/announcements/${draft}/dismiss`)).status).toBe(404);
    expect((await get("/api/v1/announcements")).status).toBe(401);
  });

  test("remembers how far one has read, by JSON and by forms, and never goes back", async () => {
    expect((await ada.ask("GET", "/api/v1/markers?timeline[]=home")).json).toEqual({});
    const markers = await ada.masto.v1.markers.create({ home: { lastReadId: "100" } });
    expect(markers.home).toMatchObject({ lastReadId: "100", version: 1 });
    const form = new URLSearchParams({ "home[last_read_id]": "90", "notifications[last_read_id]": "7" });
    const { json } = await ada.ask("POST", "/api/v1/markers", form);
    expect(json).toMatchObject({ home: { last_read_id: "100" }, notifications: { last_read_id: "7" } });
    const { data } = await ada.megalodon.getMarkers(["home", "notifications"]);
    expect(Object.keys(data).toSorted()).toEqual(["home", "notifications"]);
    expect(await ada.masto.v1.markers.fetch({ timeline: ["home"] })).not.toHaveProperty("notifications");
    for (const body of [{ home: "100" }, { home: { last_read_id: "x" } }, { home: { last_read_id: [1] } }])
      expect((await ada.ask("POST", "/api/v1/markers", body)).status).toBe(422);
  });
});
