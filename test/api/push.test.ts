import { beforeEach, describe, expect, test } from "vitest";
import { PushSubscription } from "../../api/entities/push.ts";
import { likeNote } from "../../server/services/reactions/reactions.ts";
import { followActor } from "../../server/services/relations/follows.ts";
import { removeTokens } from "../../server/store/accounts.ts";
import { aNote } from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { createDevice, type TestDevice, vapidClaims } from "../support/push-service.ts";
import { aPerson, type Person, serve, type Served } from "./client.ts";

const PATH = "/api/v1/push/subscription";
let served: Served;
let ada: Person;
let bo: Person;
let phone: TestDevice;

beforeEach(async () => {
  served = await serve();
  ada = await aPerson(served, "ada");
  bo = await aPerson(served, "bo");
  phone = createDevice();
  served.instance.network.join("push.test", phone.serve);
});

const keys = () => ({ p256dh: phone.p256dh, auth: phone.auth });
const subscribe = async (rest: Record<string, unknown> = {}, standard = true) => {
  const body = {
    subscription: { endpoint: phone.endpoint, keys: keys(), standard },
    data: { alerts: { mention: true, favourite: "true" } },
    ...rest,
  };
  const { json } = await ada.ask("POST", PATH, body, { "accept-language": "es-MX, en;q=0.5" });
  return PushSubscription.parse(json);
};
const messages = () => phone.messages.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
const mention = () => aNote(served.instance, { by: bo.viewer, source: "@ada hello" });

describe("An app's subscription", () => {
  test.each([
    ["aes128gcm", true],
    ["aesgcm", false],
  ] as const)(
    "brings what Mastodon's apps expect, sealed with %s for the device alone",
    async (encoding, standard) => {
      const made = await subscribe({}, standard);
      expect(made).toMatchObject({ standard, policy: "all", endpoint: phone.endpoint });
      await mention();
      await drain(served.instance);
      const [{ id } = { id: "" }] = await ada.masto.v1.notifications.list();
      expect(messages()).toEqual([
        {
          access_token: ada.token,
          preferred_locale: "es-MX",
          notification_id: Number(id),
          notification_type: "mention",
          icon: `${served.origin}/icons/icon-192.png`,
          title: "Test",
          body: "bo te ha mencionado",
        },
      ]);
      const headers = phone.messages[0]?.headers ?? new Headers();
      expect(headers.get("content-encoding")).toBe(encoding);
      expect(vapidClaims(headers.get("authorization") ?? "", made.server_key)).toMatchObject({
        aud: "https://push.test",
      });
    },
  );

  test("is made, read, changed and ended by masto and megalodon, one for each token", async () => {
    expect((await ada.ask("GET", PATH)).status).toBe(404);
    const made = await ada.masto.v1.push.subscription.create({
      subscription: { endpoint: phone.endpoint, keys: keys() },
      data: { alerts: { follow: true, admin: { signUp: false, report: true } } },
      policy: "followed",
    });
    expect(made).toMatchObject({ policy: "followed", alerts: { follow: true, mention: false } });
    const { json } = await ada.ask("GET", PATH);
    expect(PushSubscription.parse(json).alerts).toMatchObject({
      "admin.report": true,
      "admin.sign_up": false,
    });
    await ada.masto.v1.push.subscription.update({ data: { alerts: { mention: true } } });
    const now = await ada.masto.v1.push.subscription.fetch();
    expect(now).toMatchObject({ policy: "followed", alerts: { follow: false, mention: true } });
    await ada.megalodon.subscribePushNotification(
      { endpoint: `${phone.endpoint}/2`, keys: keys() },
      { alerts: { poll: true } },
    );
    const { data } = await ada.megalodon.getPushSubscription();
    expect(data).toMatchObject({ endpoint: `${phone.endpoint}/2`, alerts: { poll: true, mention: false } });
    await ada.megalodon.updatePushSubscription({ alerts: { reblog: true } });
    await ada.megalodon.deletePushSubscription();
    expect((await ada.ask("GET", PATH)).status).toBe(404);
    await ada.masto.v1.push.subscription.remove();
  });

  test("as a form with brackets, as older apps send it", async () => {
    const form = new URLSearchParams({
      "subscription[endpoint]": phone.endpoint,
      "subscription[keys][p256dh]": phone.p256dh,
      "subscription[keys][auth]": phone.auth,
      "data[alerts][mention]": "true",
      "data[alerts][admin.report]": "1",
      "data[policy]": "follower",
    });
    const { json } = await ada.ask("POST", PATH, form);
    expect(PushSubscription.parse(json)).toMatchObject({
      policy: "follower",
      standard: false,
      alerts: { mention: true, "admin.report": true, favourite: false },
    });
  });

  test("keeps to its alerts and its policy, and says nothing of what Mastodon has no word for", async () => {
    await subscribe({ data: { alerts: { favourite: true, mention: true }, policy: "followed" } });
    const note = await aNote(served.instance, { by: ada.viewer });
    await mention();
    await followActor(served.instance.app, bo.viewer, ada.viewer.actorId);
    await drain(served.instance);
    expect(messages()).toEqual([]);
    await followActor(served.instance.app, ada.viewer, bo.viewer.actorId);
    await likeNote(served.instance.app, bo.viewer, note.id);
    await drain(served.instance);
    expect(messages().map((one) => one["notification_type"])).toEqual(["favourite"]);
    for (const [policy, count] of [
      ["none", 1],
      ["follower", 2],
    ] as const) {
      await ada.ask("PUT", PATH, { data: { policy } });
      await mention();
      await drain(served.instance);
      expect(messages()).toHaveLength(count);
    }
  });

  test("ends with its token, and the token is kept sealed", async () => {
    await subscribe();
    const row = await served.instance.app.db
      .selectFrom("push_subscriptions")
      .select(["sealed_token"])
      .executeTakeFirstOrThrow();
    expect(row.sealed_token).not.toContain(ada.token);
    await removeTokens(served.instance.app.db, ada.viewer.accountId);
    await mention();
    await drain(served.instance);
    expect(messages()).toEqual([]);
  });

  test("is refused without its scope, with nonsense for keys and to no web address", async () => {
    const narrow = await aPerson(served, "cy", { scopes: ["read", "write", "follow"] });
    expect((await narrow.ask("GET", PATH)).status).toBe(403);
    const good = { endpoint: phone.endpoint, keys: keys() };
    for (const subscription of [
      { ...good, endpoint: "file:///etc/passwd" },
      { ...good, endpoint: "http://push.test/x" },
      { ...good, keys: { p256dh: "AAAA", auth: phone.auth } },
      { ...good, keys: { p256dh: phone.p256dh } },
      { ...good, endpoint: [phone.endpoint] },
      "nothing",
      undefined,
    ]) {
      const refused = await ada.ask("POST", PATH, { subscription });
      expect([subscription, refused.status]).toEqual([subscription, 422]);
      expect(refused.json).toHaveProperty("error");
    }
    const policy = await ada.ask("POST", PATH, { subscription: good, data: { policy: "some" } });
    expect(policy.status).toBe(422);
    expect((await ada.ask("PUT", PATH, { data: {} })).status).toBe(404);
  });
});
