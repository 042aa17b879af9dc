import { createPrivateKey } from "node:crypto";
import { expect, test } from "vitest";
import { asId } from "../../server/domain/ids.ts";
import { getKeys, sealEntrustedKey } from "../../server/services/accounts/keys.ts";
import { rememberOldActor } from "../../server/services/escapes/old-actors.ts";
import { replaceEntrusted } from "../../server/store/entrusted-keys.ts";
import { listOrders, tendEvacuations } from "../../server/services/escapes/evacuations.ts";
import { forgetUsedKeys, listHomeKeys } from "../../server/services/escapes/home-keys.ts";
import { getProgress } from "../../server/services/escapes/progress.ts";
import { updateActor } from "../../server/store/actors.ts";
import { signOrder } from "../../server/services/escapes/trustees.ts";
import { aPhrase } from "./escape-scene.ts";
import { aLostHome, bringKeys, keysAt } from "./lost-backup.ts";
import { kill } from "./peers/disasters.ts";

const HOUR = 3_600_000;

test(
  "with the keys of a backup, a launch reaches servers that believe nothing but the old key, and forgets it afterwards",
  { timeout: 60_000 },
  async () => {
    const trustee = await aPhrase();
    const lost = await aLostHome({ trustees: [trustee], waitHours: 6 });
    const { app, owner } = lost.standby;
    const mastodon = await lost.peer("mastodon");
    const gotosocial = await lost.peer("gotosocial");
    const pixelfed = await lost.peer("pixelfed");
    const members = [await lost.member("ann"), await lost.member("bob")];
    for (const { oldUri } of members)
      for (const peer of [mastodon, gotosocial, pixelfed]) await peer.follow(oldUri, 2);
    await lost.seal();
    const backup = await lost.backup();
    kill(lost.network, lost.home.host);
    await lost.home.stop(0);

    expect((await bringKeys(lost, backup)).map(({ outcome }) => outcome)).toEqual(["taken", "taken"]);
    if (owner === null) throw new Error("set up");
    expect((await listHomeKeys(app, owner))[0]).toMatchObject({ members: 2, keys: 2, isOpen: true });

    const order = { agreementUri: lost.agreementUri, reason: "host_lost", orderUri: null, ip: "203.0.113.4" };
    await signOrder(app, { ...order, phrase: trustee.phrase });
    lost.clock.advance(6 * HOUR - 60_000);
    await lost.settle();
    // Keys shorten nothing: as long as it waits nobody is told.
    for (const { newUri } of members) expect(mastodon.followersOf(newUri)).toEqual([]);
    lost.clock.advance(2 * 60_000);
    await lost.settle();
    for (const { oldUri, newUri } of members) {
      expect(mastodon.acceptedBy(newUri)).toHaveLength(2);
      expect(gotosocial.acceptedBy(newUri)).toHaveLength(2);
      expect(pixelfed.acceptedBy(newUri)).toEqual([]);
      for (const peer of [mastodon, gotosocial]) {
        const moves = peer.deliveries.filter(({ actor, type }) => actor === oldUri && type === "Move");
        expect(moves.map(({ keyId, status }) => [keyId, status])).toEqual([[`${oldUri}#main-key`, 202]]);
      }
    }
    await tendEvacuations(app);
    expect((await listOrders(app, lost.agreementUri)).map(({ state }) => state)).toEqual(["done"]);
    const [home] = await listHomeKeys(app, owner);
    expect(home).toMatchObject({ keys: 0, isRunning: false });
    expect(home?.records.map(({ what, count, by, why }) => [what, count, by, why])).toEqual([
      ["forgotten", 2, "causeway", "over"],
      ["brought", 2, "operator", expect.stringMatching(/^20/)],
    ]);
    expect((await bringKeys(lost, backup)).map(({ outcome }) => outcome)).toEqual(["told", "told"]);
    expect(await keysAt(lost)).toEqual([]);
    lost.clock.advance(15 * 24 * HOUR);
    await expect(bringKeys(lost, backup)).rejects.toMatchObject({ kind: "conflict" });
  },
);

test("what cannot be used any more is passed over, and the sealed messages go out instead", async () => {
  const lost = await aLostHome();
  const mastodon = await lost.peer("mastodon");
  const gotosocial = await lost.peer("gotosocial");
  const [ann, bob] = [await lost.member("ann"), await lost.member("bob")];
  for (const { oldUri } of [ann, bob])
    for (const peer of [mastodon, gotosocial]) await peer.follow(oldUri, 1);
  await lost.seal();
  await bringKeys(lost, await lost.backup());
  const { db } = lost.standby.app;
  // Ann's home gave her another key since; what was sealed for Bob was sealed by a server that lost its secret.key.
  const { profile } = await db
    .selectFrom("standby_members")
    .select("profile")
    .where("id", "=", bob.memberId)
    .executeTakeFirstOrThrow();
  const { publicKey } = JSON.parse(profile);
  const annNow = await db
    .selectFrom("standby_members")
    .select("profile")
    .where("id", "=", ann.memberId)
    .executeTakeFirstOrThrow();
  const rotated = JSON.parse(annNow.profile);
  rotated.publicKey.publicKeyPem = publicKey.publicKeyPem;
  await db
    .updateTable("standby_members")
    .set({ profile: JSON.stringify(rotated) })
    .where("id", "=", ann.memberId)
    .execute();
  const bobsActor = db.selectFrom("actors").select("id").where("uri", "=", bob.oldUri);
  await db.updateTable("keys").set({ sealed_private: "x" }).where("actor_id", "in", bobsActor).execute();
  kill(lost.network, lost.home.host);
  for (const member of [ann, bob]) {
    await lost.launch(member);
    expect(mastodon.acceptedBy(member.newUri)).toHaveLength(1);
    expect(gotosocial.acceptedBy(member.newUri)).toEqual([]);
    const moves = mastodon.deliveries.filter(({ actor, type }) => actor === member.oldUri && type === "Move");
    expect(moves.map(({ keyId }) => keyId)).toEqual([`${member.newUri}#main-key`]);
  }
});

test("who comes alone uses the key that was brought, and it is forgotten when everybody was told", async () => {
  const lost = await aLostHome();
  const gotosocial = await lost.peer("gotosocial");
  const [ann, bob] = [await lost.member("ann"), await lost.member("bob")];
  for (const { oldUri } of [ann, bob]) await gotosocial.follow(oldUri, 1);
  await lost.seal();
  await bringKeys(lost, await lost.backup());
  kill(lost.network, lost.home.host);
  await lost.launch(ann);
  expect(gotosocial.acceptedBy(ann.newUri)).toHaveLength(1);
  expect(await forgetUsedKeys(lost.standby.app)).toBe(1);
  // Nobody was told about Bob yet.
  expect(await keysAt(lost)).toEqual([bob.oldUri]);
});

test("a key that is found after the launch tells those who could not follow, once, and nobody else", async () => {
  const trustee = await aPhrase();
  const lost = await aLostHome({ trustees: [trustee], waitHours: 0 });
  const mastodon = await lost.peer("mastodon");
  const gotosocial = await lost.peer("gotosocial");
  const akkoma = await lost.peer("akkoma");
  const [ann, bob, cleo] = [await lost.member("ann"), await lost.member("bob"), await lost.member("cleo")];
  for (const peer of [mastodon, gotosocial, akkoma]) await peer.follow(ann.oldUri, 2);
  await mastodon.follow(bob.oldUri, 1);
  await akkoma.follow(cleo.oldUri, 1);
  await lost.seal();
  const backup = await lost.backup();
  kill(lost.network, lost.home.host);
  const { app } = lost.standby;
  const order = { agreementUri: lost.agreementUri, reason: "seized", orderUri: null, ip: "203.0.113.4" };
  const { id } = await signOrder(app, { ...order, phrase: trustee.phrase });
  await lost.settle();
  await tendEvacuations(app);
  expect(mastodon.acceptedBy(ann.newUri)).toHaveLength(2);
  expect(await getProgress(app, { evacuationId: id })).toMatchObject({ answered: 1, lost: 2, arrived: 3 });
  // Cleo went on from here meanwhile.
  await updateActor(app.db, asId(cleo.newId), { moved_to_uri: "https://third.test/users/1" });

  lost.clock.advance(30 * HOUR);
  // As if it had come in the moment in which the launch had looked for it already.
  const oldAnn = await rememberOldActor(app, ann.oldUri, {});
  const { rsa } = await getKeys(lost.home.app, ann.viewer.actorId);
  const key = createPrivateKey({ key: { ...rsa.privateJwk }, format: "jwk" });
  await replaceEntrusted(app.db, await sealEntrustedKey(app, oldAnn, key));
  expect((await bringKeys(lost, backup)).map(({ outcome }) => outcome)).toEqual(["late", "told", "told"]);
  expect(await keysAt(lost)).toEqual([ann.oldUri]);
  await lost.settle();
  for (const peer of [gotosocial, akkoma]) {
    expect(peer.acceptedBy(ann.newUri)).toHaveLength(2);
    const moves = peer.deliveries.filter(({ type, actor }) => type === "Move" && actor === ann.oldUri);
    expect(moves.map(({ keyId }) => keyId)).toEqual([`${ann.oldUri}#main-key`]);
  }
  const toldMastodon = mastodon.deliveries.filter(
    ({ type, actor }) => type === "Move" && actor === ann.oldUri,
  );
  expect(toldMastodon).toHaveLength(1);
  expect(await getProgress(app, { evacuationId: id })).toMatchObject({ answered: 3, lost: 0, arrived: 7 });
  expect((await bringKeys(lost, backup)).map(({ outcome }) => outcome)).toEqual(["told", "told", "told"]);
  expect(akkoma.followersOf(cleo.newUri)).toEqual([]);
  expect(await forgetUsedKeys(app)).toBe(1);
  expect(await keysAt(lost)).toEqual([]);
});
