import { describe, expect, test } from "vitest";
import { EscapeKit } from "../../server/domain/lifeboat.ts";
import { claimAccount } from "../../server/services/escapes/claims.ts";
import { bringFollowers } from "../../server/services/escapes/bring.ts";
import {
  chooseOwnHome,
  examineKits,
  getKitText,
  getKitView,
  requestSeal,
} from "../../server/services/escapes/kits.ts";
import { getNotice } from "../../server/services/escapes/notices.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { findViewer } from "../../server/services/accounts/sessions.ts";
import { fromDidKey } from "../../server/lifeboat/did-key.ts";
import { isProvedBy, readProofs } from "../../server/lifeboat/proofs.ts";
import { asId, type ActorId } from "../../server/domain/ids.ts";
import { faultOf } from "../support/faults.ts";
import { aMember } from "../support/instance.ts";
import { tablesHolding } from "../support/tables.ts";
import { anEscape, aPhrase, type Escape, type EscapeMember } from "./escape-scene.ts";
import { kill } from "./peers/disasters.ts";

const DAY = 86_400_000;

async function kitOf({ home }: Escape, ann: EscapeMember): Promise<EscapeKit> {
  return EscapeKit.parse(JSON.parse((await getKitText(home.app, ann.viewer.actorId)) ?? "null"));
}

describe("a kit", () => {
  test("says one thing in three ways, with signatures that do not expire, and names servers and not people", async () => {
    const escape = await anEscape();
    const ann = await escape.member("ann");
    const mastodon = await escape.peer("mastodon");
    const misskey = await escape.peer("misskey");
    await mastodon.follow(ann.oldUri, 2);
    await misskey.follow(ann.oldUri, 1);
    await escape.seal();
    const kit = await kitOf(escape, ann);
    const [home] = kit.homes;
    expect(home?.new).toBe(ann.newUri);
    expect(home?.move).toMatchObject({
      "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
      type: "Move",
      actor: ann.oldUri,
      object: ann.oldUri,
      target: ann.newUri,
      to: [`${ann.oldUri}/followers`],
      signature: { type: "RsaSignature2017", creator: `${ann.oldUri}#main-key` },
    });
    expect(String(home?.move["id"])).toMatch(`${ann.oldUri}#moves/`);
    expect(home?.move["signature"]).not.toHaveProperty("expires");
    expect(home?.embedded).toMatchObject({ type: "Move", object: { id: ann.oldUri, movedTo: ann.newUri } });
    expect(home?.update).toMatchObject({
      type: "Update",
      object: { id: ann.oldUri, movedTo: ann.newUri, alsoKnownAs: [ann.newUri] },
    });
    expect(kit.peers).toEqual([
      { host: "mastodon.test", inbox: expect.any(String), software: "mastodon", followers: 2 },
      { host: "misskey.test", inbox: expect.any(String), software: "misskey", followers: 1 },
    ]);
    const text = (await getKitText(escape.home.app, ann.viewer.actorId)) ?? "";
    for (const peer of [mastodon, misskey])
      for (const person of peer.followersOf(ann.oldUri)) expect(text).not.toContain(`"${person}"`);
  });

  test("is sealed again when the profile or the key changed, and each month", async () => {
    const escape = await anEscape();
    const ann = await escape.member("ann");
    await escape.seal();
    const { app } = escape.home;
    const first = await kitOf(escape, ann);
    await examineKits(app);
    await escape.settle();
    expect((await kitOf(escape, ann)).homes).toEqual(first.homes);
    await app.db
      .updateTable("actors")
      .set({ name: "Ann Other" })
      .where("id", "=", ann.viewer.actorId)
      .execute();
    await examineKits(app);
    expect((await getKitView(app, ann.viewer))?.stale).toBe(true);
    await escape.settle();
    const second = await kitOf(escape, ann);
    expect(second.homes[0]?.update).toMatchObject({ object: { name: "Ann Other" } });
    await app.db.deleteFrom("keys").where("actor_id", "=", ann.viewer.actorId).execute();
    expect(await examineKits(app)).toBe(1);
    expect((await getKitView(app, ann.viewer))?.stale).toBe(true);
    escape.clock.advance(31 * DAY);
    await escape.settle();
    await examineKits(app);
    await escape.settle();
    expect(Date.parse((await kitOf(escape, ann)).sealedAt)).toBeGreaterThan(Date.parse(second.sealedAt));
    expect((await getKitView(app, ann.viewer))?.stale).toBe(false);
  });

  test("is not made for those who have nowhere to go, and forgotten when they have not any more", async () => {
    const escape = await anEscape();
    const ann = await escape.member("ann");
    const { viewer: bob } = await aMember(escape.home, "bob");
    await escape.seal();
    expect(await getKitText(escape.home.app, bob.actorId)).toBeNull();
    await escape.home.app.db.deleteFrom("standby_consents").execute();
    await requestSeal(escape.home.app, ann.viewer.actorId);
    await escape.settle();
    expect(await getKitText(escape.home.app, ann.viewer.actorId)).toBeNull();
  });
});

describe("a member alone", () => {
  async function lost() {
    const escape = await anEscape();
    const ann = await escape.member("ann");
    const mastodon = await escape.peer("mastodon");
    await mastodon.follow(ann.oldUri, 2);
    await escape.seal();
    kill(escape.network, escape.home.host);
    const claim = (phrase: string) =>
      claimAccount(escape.standby.app, {
        phrase,
        password: "a few words in a row",
        ip: "203.0.113.4",
        agent: "",
        locale: "en",
      });
    return { escape, ann, mastodon, claim };
  }

  test("takes the account with the recovery phrase, and the followers come", async () => {
    const { escape, ann, mastodon, claim } = await lost();
    const { sessionToken, username } = await claim(ann.phrase.toUpperCase());
    await escape.settle();
    expect(username).toBe("ann");
    expect((await findViewer(escape.standby.app, sessionToken))?.actorId).toBe(ann.newId);
    expect(mastodon.acceptedBy(ann.newUri)).toHaveLength(2);
    const notice = await getNotice(escape.standby.app, ann.oldUri);
    const key = fromDidKey(ann.keys.did);
    const [proof] = readProofs(notice ?? {});
    expect(notice).toMatchObject({ old: ann.oldUri, new: ann.newUri, subject: ann.keys.did, order: null });
    expect(key !== null && isProvedBy(notice ?? {}, proof?.verificationMethod ?? "", key)).toBe(true);
    const answer = await escape.standby.request(
      `/.well-known/causeway/successor?uri=${encodeURIComponent(ann.oldUri)}`,
    );
    expect(await answer.json()).toEqual(notice);
    expect(await faultOf(claim(ann.phrase))).toBe("phrase:field.claimed");
  });

  test("is nobody with another phrase, and the phrase is nowhere in the database", async () => {
    const { escape, ann, claim } = await lost();
    const stranger = await aPhrase();
    expect(await faultOf(claim(stranger.phrase))).toBe("phrase:field.nobody_waits");
    expect(await faultOf(claim("abandon abandon"))).toBe("phrase:field.phrase");
    await claim(ann.phrase);
    await escape.settle();
    expect(await tablesHolding(escape.standby.app.db, ann.phrase)).toEqual([]);
  });

  test("brings followers to an account of their own choice with a kit that they kept", async () => {
    const escape = await anEscape();
    const mastodon = await escape.peer("mastodon");
    const { viewer: cy } = await aMember(escape.home, "cy");
    const { viewer: there } = await aMember(escape.standby, "cyelsewhere");
    const { viewer: other } = await aMember(escape.standby, "mallory");
    const oldUri = escape.home.app.uris.actor(cy.actorId);
    const newUri = escape.standby.app.uris.actor(there.actorId);
    await mastodon.follow(oldUri, 2);
    await escape.settle();
    await chooseOwnHome(escape.home.app, cy, `@cyelsewhere@${escape.standby.host}`);
    await escape.seal();
    const kit = (await getKitText(escape.home.app, cy.actorId)) ?? "";
    kill(escape.network, escape.home.host);
    const { app } = escape.standby;
    expect(await faultOf(bringFollowers(app, other, { kit, key: "" }))).toBe("kit:field.kit_elsewhere");
    const altered = JSON.stringify({ ...JSON.parse(kit), old: "https://else.test/users/1" });
    for (const text of ["", "{}", "[1]", altered])
      expect(await faultOf(bringFollowers(app, there, { kit: text, key: "" }))).toMatch(/^kit:/);
    await bringFollowers(app, there, { kit, key: "" });
    await escape.settle();
    expect(mastodon.acceptedBy(newUri)).toHaveLength(2);
    expect(await faultOf(bringFollowers(app, there, { kit, key: "" }))).toBe("error.launch_told");
  });

  test("cannot bring a kit to the standby that the old account did not sign, or that is of another", async () => {
    const { escape, ann, claim } = await lost();
    const kit = await kitOf(escape, ann);
    const { app } = escape.standby;
    await app.db.updateTable("standby_members").set({ kit: null }).execute();
    const { sessionToken } = await claim(ann.phrase);
    await escape.settle();
    const viewer = await findViewer(app, sessionToken);
    if (viewer === null) throw new Error("signed in");
    const bring = (document: object) =>
      bringFollowers(app, viewer, { kit: JSON.stringify(document), key: "" });
    expect(await faultOf(bring(kit))).toBe("kit:field.kit_forged");
    expect(await faultOf(bring({ ...kit, old: "https://home.test/users/1" }))).toBe(
      "kit:field.kit_of_another",
    );
    const text = (await getKitText(escape.home.app, asId<ActorId>(ann.viewer.actorId))) ?? "";
    await bringFollowers(app, viewer, { kit: text, key: "" });
    await escape.settle();
    expect(escape.emulators[0]?.acceptedBy(ann.newUri)).toHaveLength(2);
  });
});

test("an account that is deleted while its followers move leads on for a month, and is gone only then", async () => {
  const escape = await anEscape();
  const { viewer } = await aMember(escape.home, "dee");
  const mastodon = await escape.peer("mastodon");
  const uri = escape.home.app.uris.actor(viewer.actorId);
  await mastodon.follow(uri, 2);
  await escape.settle();
  const { app } = escape.home;
  const target = escape.standby.app.uris.actor(1);
  await app.db
    .updateTable("actors")
    .set({ moved_to_uri: target, moved_at: app.clock.now() })
    .where("id", "=", viewer.actorId)
    .execute();
  await removeMember(app, viewer.actorId);
  await escape.settle();
  const ask = () =>
    escape.home.request(new URL(uri).pathname, { headers: { accept: "application/activity+json" } });
  const answer = await ask();
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ id: uri, movedTo: target });
  expect(mastodon.deliveries.some(({ type }) => type === "Delete")).toBe(false);
  escape.clock.advance(31 * DAY);
  await escape.settle();
  expect((await ask()).status).toBe(410);
  expect(mastodon.deliveries.some(({ type }) => type === "Delete")).toBe(true);
});
