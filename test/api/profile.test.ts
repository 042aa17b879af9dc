import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CredentialAccount, Preferences, Profile } from "../../api/entities/account.ts";
import { featureTag } from "../../server/services/actors/featured-tags.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { aPerson, ask, open, type Person, type Served } from "./client.ts";

let served: Served & { readonly close: () => Promise<void> };
let ada: Person;

beforeAll(async () => {
  served = await open();
  ada = await aPerson(served, "ada");
});
afterAll(async () => served.close());

const verify = async (who: Person) =>
  CredentialAccount.parse((await who.ask("GET", "/api/v1/accounts/verify_credentials")).json);
const change = async (who: Person, body: unknown) => {
  const answer = await who.ask("PATCH", "/api/v1/accounts/update_credentials", body);
  expect([answer.status, answer.json]).toEqual([200, expect.anything()]);
  return CredentialAccount.parse(answer.json);
};
const aPicture = async (colour: string) =>
  new File(
    [
      new Uint8Array(
        await sharp({ create: { width: 40, height: 40, channels: 3, background: colour } })
          .png()
          .toBuffer(),
      ),
    ],
    "picture.png",
    { type: "image/png" },
  );

describe("The person behind the app", () => {
  test("is known to masto and megalodon, with what was typed and what they may do", async () => {
    const account = await ada.masto.v1.accounts.verifyCredentials();
    expect(account).toMatchObject({ acct: "ada", source: { privacy: "public", note: "", fields: [] } });
    expect((await ada.megalodon.verifyAccountCredentials()).data.acct).toBe("ada");
    expect(await verify(ada)).toMatchObject({
      role: { id: "-99", permissions: "0" },
      source: { quote_policy: "public", sensitive: false, follow_requests_count: 0 },
    });
    const judge = await aPerson(served, "judge", { role: "moderator" });
    const boss = await aPerson(served, "boss", { role: "admin" });
    const bits = async (who: Person) => Number((await verify(who)).role.permissions);
    expect((await bits(judge)) & 0x410).toBe(0x410);
    expect((await bits(judge)) & 0x61).toBe(0);
    expect((await bits(boss)) & 0x70).toBe(0x70);
    expect((await bits(boss)) & 0x1).toBe(0);
    for (const who of [ada, judge]) await followActor(served.instance.app, who.viewer, boss.viewer.actorId);
    await change(boss, { locked: true });
    const late = await aPerson(served, "late");
    await followActor(served.instance.app, late.viewer, boss.viewer.actorId);
    expect((await verify(boss)).source.follow_requests_count).toBe(1);
    expect((await ask(served, "GET", "/api/v1/accounts/verify_credentials")).status).toBe(401);
    const profile = await aPerson(served, "narrow", { scopes: ["profile"] });
    expect((await verify(profile)).acct).toBe("narrow");
  });

  test("is changed by JSON, by forms and by forms with files, and other fields stay", async () => {
    const first = await change(ada, {
      display_name: "Ada L.",
      note: "I *count*.",
      locked: true,
      bot: true,
      discoverable: false,
      indexable: "False",
      hide_collections: 1,
      attribution_domains: ["news.test"],
      fields_attributes: [
        { name: "Home", value: "https://ada.test" },
        { name: "", value: "" },
      ],
      source: { privacy: "private", sensitive: true, language: "zh-hant-hk", quote_policy: "followers" },
      unknown: { of: "concern" },
    });
    expect(first).toMatchObject({
      display_name: "Ada L.",
      locked: true,
      bot: true,
      discoverable: false,
      indexable: false,
      noindex: true,
      hide_collections: true,
      fields: [{ name: "Home", verified_at: null }],
      source: {
        note: "I *count*.",
        fields: [{ name: "Home", value: "https://ada.test" }],
        privacy: "private",
        sensitive: true,
        language: "zh-Hant-HK",
        quote_policy: "followers",
        attribution_domains: ["news.test"],
      },
    });
    expect(first.note).toContain("<em>count</em>");
    const form = new URLSearchParams();
    form.append("fields_attributes[0][name]", "One");
    form.append("fields_attributes[0][value]", "1");
    form.append("fields_attributes[1][name]", "Two");
    form.append("fields_attributes[1][value]", "2");
    form.append("source[privacy]", "unlisted");
    form.append("locked", "False");
    const second = await change(ada, form);
    expect(second.fields.map(({ name, value }) => [name, value])).toEqual([
      ["One", "1"],
      ["Two", "2"],
    ]);
    expect(second).toMatchObject({ locked: false, bot: true, display_name: "Ada L." });
    expect(second.source).toMatchObject({ privacy: "unlisted", sensitive: true });
    const third = await change(ada, { fields_attributes: { "0": { name: "Only", value: "x" } } });
    expect(third.source.fields).toMatchObject([{ name: "Only", value: "x" }]);
    expect((await change(ada, { fields_attributes: [], source: { language: "" } })).fields).toEqual([]);
    expect(await change(ada, {})).toMatchObject({ display_name: "Ada L." });
  });

  test("gets pictures and takes them away, as masto and megalodon send them", async () => {
    const before = await verify(ada);
    expect(before.avatar).toBe(`${served.origin}/pictures/avatar.png`);
    const body = new FormData();
    body.append("avatar", await aPicture("red"));
    body.append("header", await aPicture("blue"));
    body.append("display_name", "Painted");
    const painted = await change(ada, body);
    expect(painted.avatar).toMatch(/\/media\/[\w-]+\.webp$/);
    expect(painted.header).not.toBe(painted.avatar);
    const masto = await ada.masto.v1.accounts.updateCredentials({
      avatar: await aPicture("green"),
      displayName: "Masto",
      fieldsAttributes: [{ name: "a", value: "b" }],
      source: { privacy: "direct" },
    });
    expect(masto).toMatchObject({ displayName: "Masto", source: { privacy: "direct" } });
    expect(masto.avatar).not.toBe(painted.avatar);
    const mega = await ada.megalodon.updateCredentials({
      display_name: "Mega",
      source: { privacy: "public" },
    });
    expect(mega.data.display_name).toBe("Mega");
    expect((await ada.masto.v1.profile.avatar.remove()).avatar).toBe(before.avatar);
    expect(CredentialAccount.parse((await ada.ask("DELETE", "/api/v1/profile/header")).json).header).toBe(
      before.header,
    );
    const empty = new FormData();
    empty.append("avatar", "");
    expect((await change(ada, empty)).avatar).toBe(before.avatar);
  });

  test("is told by the names that it used what is wrong, and nothing is changed", async () => {
    const before = await verify(ada);
    const bad = new FormData();
    bad.append("avatar", new File(["no picture"], "a.png", { type: "image/png" }));
    bad.append("display_name", "Should not stay");
    for (const [body, name] of [
      [{ display_name: "x".repeat(61) }, "display_name"],
      [{ note: "x".repeat(2_001) }, "note"],
      [
        { fields_attributes: Array.from({ length: 17 }, () => ({ name: "a", value: "b" })) },
        "fields_attributes",
      ],
      [{ fields_attributes: "text" }, "fields_attributes.0"],
      [{ fields_attributes: [["a"]] }, "fields_attributes.0"],
      [{ attribution_domains: ["no host"] }, "attribution_domains"],
      [{ attribution_domains: [{}] }, "attribution_domains.0"],
      [{ display_name: ["a"] }, "display_name"],
      [{ locked: "perhaps" }, "locked"],
      [{ source: "text" }, "source"],
      [{ source: { privacy: "secret" } }, "source.privacy"],
      [{ source: { language: "not a language" } }, "source.language"],
      [{ display_name: "Half", source: { language: "###" } }, "source.language"],
      [bad, "avatar"],
    ] as const) {
      const answer = await ada.ask("PATCH", "/api/v1/accounts/update_credentials", body);
      expect([name, answer.status, Object.keys((answer.json as { details: object }).details)]).toEqual([
        name,
        422,
        [name],
      ]);
    }
    expect(await verify(ada)).toEqual(before);
    const reader = await aPerson(served, "reader", { scopes: ["read"] });
    expect((await reader.ask("PATCH", "/api/v1/accounts/update_credentials", {})).status).toBe(403);
    expect((await reader.ask("DELETE", "/api/v1/profile/avatar")).status).toBe(403);
  });
});

describe("Preferences and the profile as it was typed", () => {
  test("say the same as the account's source", async () => {
    const cy = await aPerson(served, "cy");
    await featureTag(served.instance.app, cy.viewer, "Moss");
    await change(cy, {
      note: "typed",
      source: { privacy: "private", language: "de", quote_policy: "nobody" },
    });
    expect(Preferences.parse((await cy.ask("GET", "/api/v1/preferences")).json)).toEqual({
      "posting:default:visibility": "private",
      "posting:default:sensitive": false,
      "posting:default:language": "de",
      "posting:default:quote_policy": "nobody",
      "reading:expand:media": "default",
      "reading:expand:spoilers": false,
      "reading:autoplay:gifs": true,
    });
    expect((await cy.masto.v1.preferences.fetch())["posting:default:visibility"]).toBe("private");
    expect((await cy.megalodon.getPreferences()).data["posting:default:language"]).toBe("de");
    const profile = await cy.masto.v1.profile.fetch();
    expect(profile).toMatchObject({ note: "typed", avatar: null, featuredTags: [{ name: "Moss" }] });
    const changed = await cy.ask("PATCH", "/api/v1/profile", {
      show_media: false,
      show_featured: "0",
      bot: true,
    });
    expect(Profile.parse(changed.json)).toMatchObject({ show_media: false, show_featured: false, bot: true });
    expect((await cy.ask("GET", `/api/v1/accounts/${cy.viewer.actorId}/featured_tags`)).json).toEqual([]);
  });
});
