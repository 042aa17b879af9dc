// Messages to devices, as a push service and a browser see them.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { updatePreferences } from "../../server/services/accounts/preferences.ts";
import { findViewer, revokeOtherSessions } from "../../server/services/accounts/sessions.ts";
import {
  choosePushKinds,
  listPushSubscriptions,
  subscribePush,
  unsubscribePush,
} from "../../server/services/push/subscriptions.ts";
import { vapidPublicKey } from "../../server/services/push/vapid.ts";
import { likeNote, unlikeNote } from "../../server/services/reactions/reactions.ts";
import { blockActor } from "../../server/services/relations/relationships.ts";
import { aMember, aNote, createInstance, type Member, type TestInstance } from "../support/instance.ts";
import { drain, drainWithFaults } from "../support/network.ts";
import { createDevice, type TestDevice, vapidClaims } from "../support/push-service.ts";

let home: TestInstance;
let ann: Member;
let bo: Member;
let phone: TestDevice;

beforeEach(async () => {
  home = await createInstance();
  ann = await aMember(home, "ann");
  bo = await aMember(home, "bo");
  phone = createDevice();
  home.network.join("push.test", phone.serve);
});
afterEach(() => home.close());

const subscribe = (to = phone, encoding = "aes128gcm") =>
  subscribePush(home.app, ann.viewer, { ...to, encoding, sessionToken: ann.sessionToken });
const mention = (text = "zebrafish") =>
  aNote(home, { by: bo.viewer, source: `@ann ${text}`, visibility: "direct" });
const shown = () => phone.messages.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
const annNow = async () => (await findViewer(home.app, ann.sessionToken)) ?? ann.viewer;

describe("A message", () => {
  test("says who did what, in the person's language and not what a note says, signed by this server", async () => {
    await subscribe();
    const note = await mention();
    await drain(home);
    expect(shown()).toEqual([
      {
        title: "Test",
        body: "bo mentioned you",
        tag: expect.any(String),
        icon: "/icons/icon-192.png",
        data: { path: `/@bo/${note.id}` },
      },
    ]);
    const { headers } = phone.messages[0] ?? { headers: new Headers() };
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-encoding": "aes128gcm",
      ttl: "86400",
      urgency: "normal",
      topic: expect.stringMatching(/^[\w-]{32}$/),
    });
    const claims = vapidClaims(headers.get("authorization") ?? "", await vapidPublicKey(home.app));
    expect(claims).toMatchObject({ aud: "https://push.test", sub: "https://home.test" });
  });

  test("says what a note says when the person allowed it, but nothing behind a warning", async () => {
    await subscribe(phone, "aesgcm");
    await updatePreferences(home.app, ann.viewer, { pushText: true });
    await mention("see you at six");
    await aNote(home, { by: bo.viewer, source: "@ann zebrafish", summary: "Ending", visibility: "direct" });
    await drain(home);
    expect(shown().map(({ title, body }) => [title, body])).toEqual([
      ["bo mentioned you", "@ann see you at six"],
      ["bo mentioned you", "Ending"],
    ]);
  });

  test("is not sent for what was taken back, blocked, or not asked for", async () => {
    await subscribe();
    const own = await aNote(home, { by: ann.viewer });
    await likeNote(home.app, bo.viewer, own.id);
    await drain(home);
    expect(phone.messages).toHaveLength(0);
    await choosePushKinds(home.app, ann.viewer, ["like"]);
    await unlikeNote(home.app, bo.viewer, own.id);
    await likeNote(home.app, bo.viewer, own.id);
    await unlikeNote(home.app, bo.viewer, own.id);
    await drain(home);
    expect(phone.messages).toHaveLength(0);
    await likeNote(home.app, bo.viewer, own.id);
    await blockActor(home.app, ann.viewer, bo.viewer.actorId);
    await drain(home);
    expect(phone.messages).toHaveLength(0);
  });

  test("follows whom the person wants to hear of", async () => {
    await subscribe();
    await updatePreferences(home.app, ann.viewer, { notifyFrom: "followed" });
    await mention();
    await drain(home);
    expect(phone.messages).toHaveLength(0);
  });
});

describe("A subscription", () => {
  test("ends when the service says so, when its session ends, and when the person says so", async () => {
    await subscribe();
    phone.answer = { status: 410 };
    await mention();
    await drain(home);
    expect(await listPushSubscriptions(home.app, ann.viewer)).toEqual([]);
    await subscribe();
    await revokeOtherSessions(home.app, ann.viewer, "another");
    expect(await listPushSubscriptions(home.app, ann.viewer)).toEqual([]);
    await subscribePush(home.app, ann.viewer, { ...phone, sessionToken: null });
    const [one] = await listPushSubscriptions(home.app, ann.viewer);
    if (one === undefined) throw new Error("It is not there.");
    await expect(unsubscribePush(home.app, bo.viewer, one.id)).rejects.toThrow("not_found");
    await unsubscribePush(home.app, ann.viewer, one.id);
    expect(await listPushSubscriptions(home.app, ann.viewer)).toEqual([]);
  });

  test("waits for a busy service, and is given up after a week without an answer that it is there", async () => {
    await subscribe();
    phone.answer = { status: 503, headers: { "retry-after": "120" } };
    await mention();
    await drainWithFaults(home);
    expect((await listPushSubscriptions(home.app, ann.viewer))[0]?.failingSince).toBe(home.clock.now());
    phone.answer = { status: 201 };
    home.clock.advance(119_000);
    await drain(home);
    expect(phone.messages).toHaveLength(0);
    home.clock.advance(2_000);
    await drain(home);
    expect(phone.messages).toHaveLength(1);
    expect((await listPushSubscriptions(home.app, ann.viewer))[0]?.failingSince).toBeNull();
    phone.answer = { status: 400 };
    await mention();
    await drain(home);
    home.clock.advance(8 * 86_400_000);
    await mention();
    await drain(home);
    expect(await listPushSubscriptions(home.app, await annNow())).toEqual([]);
  });

  test("of the same browser is one; of nonsense, of no web address or of too many browsers none", async () => {
    await subscribe();
    await subscribe();
    expect(await listPushSubscriptions(home.app, ann.viewer)).toHaveLength(1);
    for (const given of [
      { endpoint: "http://push.test/x" },
      { endpoint: "file:///etc/passwd" },
      { p256dh: "AAAA" },
      { auth: "?" },
    ])
      await expect(
        subscribePush(home.app, ann.viewer, { ...phone, ...given, sessionToken: null }),
      ).rejects.toThrow("invalid");
    for (let index = 1; index < 20; index += 1)
      await subscribePush(home.app, ann.viewer, {
        ...phone,
        endpoint: `https://push.test/${index}`,
        sessionToken: null,
      });
    await expect(
      subscribePush(home.app, ann.viewer, { ...phone, endpoint: "https://push.test/21", sessionToken: null }),
    ).rejects.toThrow("conflict");
  });

  test("is made with a key that is made once and kept sealed", async () => {
    const key = await vapidPublicKey(home.app);
    expect(Buffer.from(key, "base64url")).toHaveLength(65);
    expect(await vapidPublicKey(home.app)).toBe(key);
    const row = await home.app.db
      .selectFrom("settings")
      .select("value")
      .where("name", "=", "vapid")
      .executeTakeFirstOrThrow();
    expect(JSON.parse(row.value)).toEqual({ publicKey: key, sealedPrivate: expect.stringMatching(/^ey/) });
  });
});
