import { describe, expect, test } from "vitest";
import { createResetLink, resetByLink } from "../../server/services/accounts/recovery.ts";
import { signIn } from "../../server/services/accounts/sign-in.ts";
import { openAccountWithoutPhrase } from "../../server/services/escapes/claims.ts";
import { listOrders, receiveObjection, tendEvacuations } from "../../server/services/escapes/evacuations.ts";
import { draftOrder, signOrder, submitOrder } from "../../server/services/escapes/trustees.ts";
import { getNotice } from "../../server/services/escapes/notices.ts";
import { getProgress } from "../../server/services/escapes/progress.ts";
import { signAsMember } from "../../server/services/escapes/kits.ts";
import { getInstanceActorId } from "../../server/services/accounts/settings.ts";
import { faultOf } from "../support/faults.ts";
import { anEscape, aPhrase, signedBy, type Escape } from "./escape-scene.ts";
import { kill } from "./peers/disasters.ts";

const HOUR = 3_600_000;
const IP = "203.0.113.7";

async function aCommunity(reason = "host_lost") {
  const trustees = [await aPhrase(), await aPhrase(), await aPhrase()] as const;
  const escape = await anEscape({ trustees, threshold: 2, waitHours: 6 });
  const { app } = escape.standby;
  const sign = (index: 0 | 1 | 2, orderUri: string | null) =>
    signOrder(app, {
      agreementUri: escape.agreementUri,
      phrase: trustees[index].phrase,
      orderUri,
      reason,
      ip: IP,
    });
  const submit = (document: object) =>
    submitOrder(app, { agreementUri: escape.agreementUri, text: JSON.stringify(document), ip: IP });
  return { escape, app, trustees, sign, submit };
}

const statesOf = async (escape: Escape) =>
  (await listOrders(escape.standby.app, escape.agreementUri)).map(({ state, approvals }) => [
    state,
    approvals,
  ]);

test("two of three trustees launch a community, and everybody can see it six hours before", async () => {
  const { escape, app, sign } = await aCommunity();
  const mastodon = await escape.peer("mastodon");
  const members = [await escape.member("ann"), await escape.member("bob")];
  for (const { oldUri } of members) await mastodon.follow(oldUri, 2);
  await escape.seal();
  kill(escape.network, escape.home.host);
  const { uri } = await sign(0, null);
  await escape.settle();
  expect(await statesOf(escape)).toEqual([["asked", 1]]);
  const waiting = await sign(1, uri);
  expect(waiting).toMatchObject({ state: "waiting", beginsAt: escape.clock.now() + 6 * HOUR });
  escape.clock.advance(5 * HOUR);
  await escape.settle();
  await tendEvacuations(app);
  expect(mastodon.followersOf(members[0]?.newUri ?? "")).toEqual([]);
  escape.clock.advance(HOUR + 1000);
  await escape.settle();
  for (const { newUri } of members) expect(mastodon.acceptedBy(newUri)).toHaveLength(2);
  await tendEvacuations(app);
  expect(await statesOf(escape)).toEqual([["done", 2]]);
  expect(await getProgress(app, { evacuationId: waiting.id })).toMatchObject({
    servers: 1,
    answered: 1,
    arrived: 4,
    expected: 4,
  });
  const notice = await getNotice(app, members[0]?.oldUri ?? "");
  expect(notice).toMatchObject({ new: members[0]?.newUri, order: { id: uri, reason: "host_lost" } });
});

test("somebody brought over without a phrase gets an account by a link of the owner, nobody else does", async () => {
  const { escape, app, sign } = await aCommunity();
  const ann = await escape.member("ann");
  const bob = await escape.member("bob");
  await app.db.updateTable("standby_members").set({ did: null }).where("id", "=", ann.memberId).execute();
  expect(await openAccountWithoutPhrase(app, "ann")).toBe(false);
  await escape.seal();
  const { uri } = await sign(0, null);
  await sign(1, uri);
  escape.clock.advance(6 * HOUR + 1000);
  await escape.settle();
  await expect(createResetLink(app, { username: "ann" })).rejects.toMatchObject({ kind: "not_found" });
  expect(await openAccountWithoutPhrase(app, "@Ann")).toBe(true);
  expect(await openAccountWithoutPhrase(app, "ann")).toBe(false);
  // Bob has a phrase: nobody can take his place.
  expect(await openAccountWithoutPhrase(app, "bob")).toBe(false);
  expect(await openAccountWithoutPhrase(app, "owner_here")).toBe(false);
  const token = new URL((await createResetLink(app, { username: "ann" })).url).searchParams.get("link") ?? "";
  const common = { ip: IP, dropsTotp: false, dropsPasskeys: false };
  await resetByLink(app, { ...common, token, next: "a new password of hers" });
  const signedIn = await signIn(app, {
    username: "ann",
    password: "a new password of hers",
    ip: IP,
    agent: "",
  });
  expect(signedIn.state).toBe("signed_in");
  expect(bob.newUri).not.toBe(ann.newUri);
});

test("a seized home is not given the time", async () => {
  const { escape, sign } = await aCommunity("seized");
  const { uri } = await sign(0, null);
  expect(await sign(1, uri)).toMatchObject({ state: "waiting", beginsAt: escape.clock.now() });
});

describe("nothing begins", () => {
  test("when the quorum is one short, also when one trustee signs again and again", async () => {
    const { escape, app, sign, submit, trustees } = await aCommunity();
    const { uri, document } = await sign(0, null);
    await sign(0, uri);
    const again = signedBy(trustees[0], signedBy(trustees[0], JSON.parse(document)));
    await submit(again);
    escape.clock.advance(100 * HOUR);
    await tendEvacuations(app);
    await escape.settle();
    expect(await statesOf(escape)).toEqual([["asked", 1]]);
  });

  test("with the phrase of somebody who is no trustee, or with no phrase", async () => {
    const { escape, app } = await aCommunity();
    const stranger = await aPhrase();
    const common = { agreementUri: escape.agreementUri, orderUri: null, reason: "host_lost", ip: IP };
    for (const phrase of [stranger.phrase, "legal winner thank year"])
      expect(await faultOf(signOrder(app, { ...common, phrase }))).toMatch(/phrase/);
    expect(await statesOf(escape)).toEqual([]);
  });

  test("by an order for another agreement, another home, or one that was altered after it was signed", async () => {
    const { escape, app, submit, trustees } = await aCommunity();
    const order = await draftOrder(app, escape.agreementUri, "host_lost");
    const wrong = [
      signedBy(trustees[0], { ...order, agreement: "urn:uuid:00000000-0000-4000-8000-000000000002" }),
      signedBy(trustees[0], { ...order, home: "https://other.test" }),
      { ...signedBy(trustees[0], order), reason: "seized" },
      signedBy(trustees[0], { ...order, at: "2020-01-01T00:00:00Z" }),
      signedBy(trustees[0], { ...order, reason: "drill" }),
      order,
      { ...order, proof: { type: "DataIntegrityProof" } },
      [],
    ];
    for (const document of wrong) expect(await faultOf(submit(document))).toMatch(/order/);
    expect(await statesOf(escape)).toEqual([]);
  });

  test("by a second trustee who signs another text under the same number", async () => {
    const { escape, submit, trustees, app } = await aCommunity();
    const order = await draftOrder(app, escape.agreementUri, "host_lost");
    await submit(signedBy(trustees[0], order));
    expect(await faultOf(submit(signedBy(trustees[1], { ...order, reason: "seized" })))).toMatch(/order/);
    expect(await statesOf(escape)).toEqual([["asked", 1]]);
  });

  test("under an agreement that ended two weeks ago, though not before: a seizer ends agreements first", async () => {
    const { app, sign } = await aCommunity();
    const end = async (days: number): Promise<void> => {
      const ended_at = app.clock.now() - days * 86_400_000;
      await app.db.updateTable("standby_agreements").set({ state: "ended", ended_at }).execute();
    };
    await end(14);
    expect(await faultOf(sign(0, null))).toBe("error.not_found");
    await end(13);
    expect(await sign(0, null)).toMatchObject({ state: "asked", approvals: 1 });
  });
});

describe("a home that is alive", () => {
  async function objection(escape: Escape, order: string, by: "home" | "standby" = "home") {
    const { app } = escape[by];
    return await signAsMember(app, await getInstanceActorId(app), {
      type: "LaunchObjection",
      v: 1,
      order,
      home: "https://home.test",
      at: "2026-06-01T12:00:00Z",
    });
  }

  test("stops a launch that did not begin, and nobody else can", async () => {
    const { escape, app, sign } = await aCommunity();
    const { uri } = await sign(0, null);
    await sign(1, uri);
    expect(await faultOf(receiveObjection(app, await objection(escape, uri, "standby")))).toBe(
      "error.forbidden",
    );
    const fair = await objection(escape, uri);
    expect(await faultOf(receiveObjection(app, { ...fair, at: "2026-06-02T12:00:00Z" }))).toBe(
      "error.forbidden",
    );
    await receiveObjection(app, fair);
    escape.clock.advance(10 * HOUR);
    await escape.settle();
    expect(await statesOf(escape)).toEqual([["stopped", 2]]);
    expect(await faultOf(sign(2, uri))).toBe("error.launch_stopped");
  });

  test("comes too late when it began", async () => {
    const { escape, app, sign } = await aCommunity("seized");
    const { uri } = await sign(0, null);
    await sign(1, uri);
    await escape.settle();
    expect(await faultOf(receiveObjection(app, await objection(escape, uri)))).toBe("error.launch_under_way");
  });
});
