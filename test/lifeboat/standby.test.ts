import { expect, test } from "vitest";
import { openText } from "../../server/lifeboat/seal-text.ts";
import { createAccount } from "../../server/services/accounts/accounts.ts";
import { updateProfile } from "../../server/services/accounts/profile.ts";
import { removeMember } from "../../server/services/accounts/departures.ts";
import { addMedia } from "../../server/services/media/uploads.ts";
import { deleteNote, editNote } from "../../server/services/notes/notes.ts";
import { activateMember, listReplica } from "../../server/services/standbys/activation.ts";
import { endAgreement } from "../../server/services/standbys/agreements.ts";
import { giveConsent, listConsentChoices, withdrawConsent } from "../../server/services/standbys/consents.ts";
import { removeEndedReplicas, tendStandbys } from "../../server/services/standbys/upkeep.ts";
import { search } from "../../server/services/search.ts";
import { transaction } from "../../server/store/database.ts";
import { listDirectory } from "../../server/store/directory.ts";
import { aMember, aNote, PASSWORD } from "../support/instance.ts";
import { aPair, follow } from "../support/pair.ts";
import { aTrio, followIn } from "../support/trio.ts";
import {
  agreements,
  bytesKept,
  givePhrase,
  keptAt,
  later,
  members,
  paired,
  records,
  replicated,
  sentTo,
} from "./standby-parts.ts";

const DAY = 86_400_000;

test("two servers agree, a member says yes, and what they wrote before and write later is kept at the standby", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const before = await aNote(east, { by: ann.viewer, source: "From before" });
  const id = await paired(pair, east);
  expect((await agreements(east)).map((row) => [row.role, row.state])).toEqual([["home", "agreed"]]);
  expect((await agreements(west)).map((row) => [row.role, row.state])).toEqual([["standby", "agreed"]]);
  expect(await records(west)).toEqual([]);
  await giveConsent(east.app, ann.viewer, id);
  await pair.settle();
  expect((await records(west)).map((row) => row.object_uri)).toEqual([before.uri]);
  const after = await aNote(east, { by: ann.viewer, source: "From later" });
  await later(pair);
  expect((await records(west)).map((row) => row.object_uri)).toContain(after.uri);
  await editNote(east.app, ann.viewer, { noteId: after.id, source: "In other words" });
  await later(pair);
  const kept = (await records(west)).find((row) => row.object_uri === after.uri);
  expect(kept?.body).toContain("In other words");
  await deleteNote(east.app, ann.viewer, after.id);
  await later(pair);
  expect((await records(west)).map((row) => row.object_uri)).toEqual([before.uri]);
  await withdrawConsent(east.app, ann.viewer, id);
  await later(pair);
  expect(await records(west)).toEqual([]);
  expect(await members(west)).toEqual([]);
  expect((await agreements(west))[0]?.bytes).toBe(0);
});

test("notes for followers arrive sealed to their author's phrase, direct notes and secrets never", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const keys = await givePhrase(east, ann.viewer);
  await createAccount(east.app, { username: "carl", password: PASSWORD, email: "carl@mail.test" });
  const cleo = await aMember(east, "cleo");
  await replicated(pair);
  const secret = "only for followers: heron";
  const sealed = await aNote(east, { by: ann.viewer, source: secret, visibility: "followers" });
  await aNote(east, { by: ann.viewer, source: "@cleo between us: otter", visibility: "direct" });
  await aNote(east, { by: cleo.viewer, source: "cleo's own words: badger" });
  const hashes = await east.database.db.selectFrom("accounts").select("password_hash").execute();
  await later(pair);
  const [row] = await records(west);
  expect(row).toMatchObject({ kind: "sealed", object_uri: sealed.uri });
  const opened: unknown = JSON.parse(await openText(row?.body ?? "", keys.identity));
  expect(opened).toMatchObject({ type: "Create", object: { id: sealed.uri } });
  expect(JSON.stringify(opened)).toContain("heron");
  const all = sentTo(pair, "west.test") + (await keptAt(west));
  const words = ["heron", "otter", "badger", "carl@mail.test", ...hashes.map((one) => one.password_hash)];
  for (const word of words) expect(all).not.toContain(word);
  expect(all).toContain("/users/");
});

test("whoever gets a phrase later has their notes for followers of before sealed too", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await replicated(pair);
  const note = await aNote(east, { by: ann.viewer, source: "heron", visibility: "followers" });
  await later(pair);
  expect(await records(west)).toEqual([]);
  const keys = await givePhrase(east, ann.viewer);
  await updateProfile(east.app, ann.viewer, { name: "Ann" });
  await later(pair);
  const [row] = await records(west);
  expect(row).toMatchObject({ kind: "sealed", object_uri: note.uri });
  expect(await openText(row?.body ?? "", keys.identity)).toContain("heron");
});

test("without a phrase, or without the word of the agreement, notes for followers stay at home", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const id = await replicated(pair, { withFollowersOnly: false });
  await givePhrase(east, ann.viewer);
  const note = await aNote(east, { by: ann.viewer, source: "heron", visibility: "followers" });
  await later(pair);
  expect(await records(west)).toEqual([]);
  expect(sentTo(pair, "west.test")).not.toContain(note.uri);
  const [choice] = await listConsentChoices(east.app, ann.viewer);
  expect(choice).toMatchObject({ agreementId: id, given: true, scope: ["public"], canSeal: true });
});

test("pictures are fetched by their hash, once, and go with the last note that has them", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await replicated(pair);
  const sharp = (await import("sharp")).default;
  const png = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#808000" } })
    .png()
    .toBuffer();
  const media = await addMedia(east.app, ann.viewer, { bytes: png, name: "a.png" });
  const note = await aNote(east, {
    by: ann.viewer,
    source: "Look",
    attachments: [{ id: media.id, alt: "Olive" }],
  });
  await later(pair);
  const member = (await members(west))[0];
  const replica = await Array.fromAsync(listReplica(west.app, member?.id ?? 0));
  expect(replica).toHaveLength(1);
  expect(replica[0]?.media).toHaveLength(1);
  const file = replica[0]?.media[0]?.file ?? "";
  expect(await west.app.files.size(file)).toBe(replica[0]?.media[0]?.size);
  await deleteNote(east.app, ann.viewer, note.id);
  await later(pair);
  expect(await west.app.files.size(file)).toBeNull();
  expect(await west.database.db.selectFrom("standby_media").selectAll().execute()).toEqual([]);
});

test("pictures of notes for followers are handed to the standby alone, and sealed", async () => {
  const trio = await aTrio();
  const { east, west, south, ann } = trio;
  const keys = await givePhrase(east, ann.viewer);
  await replicated(trio);
  const sharp = (await import("sharp")).default;
  const png = await sharp({ create: { width: 64, height: 64, channels: 3, background: "#204060" } })
    .png()
    .toBuffer();
  const { id } = await addMedia(east.app, ann.viewer, { bytes: png, name: "a.png" });
  const note = await aNote(east, { by: ann.viewer, visibility: "followers", attachments: [{ id }] });
  await later(trio);
  const [own] = await east.database.db.selectFrom("attachments").selectAll().execute();
  const plain = (await east.app.files.read(own?.file ?? "")) ?? new Uint8Array();
  const member = (await members(west))[0];
  const [replica] = await Array.fromAsync(listReplica(west.app, member?.id ?? 0));
  expect(replica).toMatchObject({ uri: note.uri, content: { type: "sealed" } });
  const [file] = replica?.media ?? [];
  const sealed = (await west.app.files.read(file?.file ?? "")) ?? new Uint8Array();
  expect(Buffer.from(sealed).includes(Buffer.from(plain.subarray(0, 64)))).toBe(false);
  const { Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  decrypter.addIdentity(keys.identity);
  expect(Buffer.from(await decrypter.decrypt(sealed)).equals(Buffer.from(plain))).toBe(true);
  const path = file?.path ?? "";
  expect((await east.request(path)).status).toBe(404);
  const { signedGet } = await import("../../federation/standby/partner.ts");
  const { createKeyStore } = await import("../../federation/delivery/signing.ts");
  const asked = async (from: typeof west, at: string) => {
    const headers = await signedGet(from.app, createKeyStore(from.app), `https://east.test${at}`);
    return (await east.request(at, { headers })).status;
  };
  expect(await asked(west, path)).toBe(200);
  expect(await asked(south, path)).toBe(404);
  expect(
    await asked(
      west,
      path.replace(/[0-9a-f]$/, (last) => (last === "0" ? "1" : "0")),
    ),
  ).toBe(404);
  expect(await asked(west, "/standby/media/x")).toBe(404);
  await deleteNote(east.app, ann.viewer, note.id);
  expect(await asked(west, path)).toBe(404);
  await later(trio);
  expect(await west.app.files.size(file?.file ?? "")).toBeNull();
});

test("a kit is sealed and kept at the standby without anybody's effort, for the account that waits", async () => {
  const pair = await aPair();
  const { east, west, ann, bo } = pair;
  await follow(pair, west, bo.viewer, "ann@east.test");
  await replicated(pair);
  await tendStandbys(east.app);
  await pair.settle();
  const [member] = await members(west);
  const kit = JSON.parse(member?.kit ?? "{}") as { readonly homes?: readonly { readonly new: string }[] };
  expect(kit.homes?.map((one) => one.new)).toEqual([west.app.uris.actor(member?.actor_id ?? 0)]);
  expect(kit).toMatchObject({
    old: east.app.uris.actor(ann.viewer.actorId),
    peers: [{ host: "west.test", followers: 1 }],
  });
});

test("an account that waits is nowhere, cannot be followed, and keeps its name", async () => {
  const trio = await aTrio();
  const { east, west, south, ann, cy } = trio;
  await aMember(west, "ann");
  await replicated(trio);
  const [member] = await members(west);
  expect(member).toMatchObject({ username: "ann_2", state: "hidden" });
  const uri = west.app.uris.actor(member?.actor_id ?? 0);
  const [choice] = await listConsentChoices(east.app, ann.viewer);
  expect(choice).toMatchObject({ uri, handle: "ann_2@west.test" });
  const accept = { headers: { accept: "application/activity+json" } };
  for (const path of [
    `/users/${member?.actor_id}`,
    `/users/${member?.actor_id}/outbox`,
    `/users/${member?.actor_id}/followers`,
    "/.well-known/webfinger?resource=acct:ann_2@west.test",
    `/.well-known/webfinger?resource=${encodeURIComponent(uri)}`,
    "/@ann_2",
  ]) {
    expect((await west.request(path, accept)).status, path).toBe(404);
    expect((await west.request(path)).status, path).toBe(404);
  }
  expect((await search(west.app, null, "ann_2")).actors).toEqual([]);
  const choices = { localOnly: true, order: "new", from: 0, limit: 80, viewer: null, now: 0 } as const;
  expect(await listDirectory(west.database.db, choices)).not.toContain(member?.actor_id);
  await expect(followIn(trio, south, cy.viewer, "ann_2@west.test")).rejects.toThrow();
  await expect(createAccount(west.app, { username: "ann_2", password: PASSWORD })).rejects.toThrow(/invalid/);
});

test("a launch makes the account be there with the alias, its keys and its profile, and the home is not heard any more", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await updateProfile(east.app, ann.viewer, { name: "Ann of the east", bioSource: "I paint." });
  const id = await replicated(pair);
  const note = await aNote(east, { by: ann.viewer, source: "Kept" });
  await later(pair);
  const [member] = await members(west);
  expect(member?.keys).not.toBeNull();
  const launch = () => transaction(west.app.db, (tx) => activateMember(west.app, tx, member?.id ?? 0));
  const actorId = await launch();
  expect(await launch()).toBe(actorId);
  const answer = await west.request(`/users/${actorId}`, {
    headers: { accept: "application/activity+json" },
  });
  expect(await answer.json()).toMatchObject({
    name: "Ann of the east",
    alsoKnownAs: [east.app.uris.actor(ann.viewer.actorId)],
    preferredUsername: "ann",
  });
  expect((await west.request("/.well-known/webfinger?resource=acct:ann@west.test")).status).toBe(200);
  await deleteNote(east.app, ann.viewer, note.id);
  await withdrawConsent(east.app, ann.viewer, id);
  await later(pair);
  expect((await records(west)).map((row) => row.object_uri)).toEqual([note.uri]);
});

test("who approves followers has them sent as salted hashes, and a changed list as a new one", async () => {
  const pair = await aPair();
  const { east, west, ann, bo } = pair;
  await updateProfile(east.app, ann.viewer, { locked: false });
  await follow(pair, west, bo.viewer, "ann@east.test");
  await updateProfile(east.app, ann.viewer, { locked: true });
  await replicated(pair);
  const [member] = await members(west);
  const { salt, hashes } = JSON.parse(member?.followers ?? "{}") as { salt: string; hashes: string[] };
  const { saltedHash } = await import("../../server/services/standbys/replication.ts");
  expect(hashes).toEqual([saltedHash(salt, west.app.uris.actor(bo.viewer.actorId))]);
});

test("the end of an agreement stops everything at once, and the copies go two weeks later", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  const id = await replicated(pair);
  await aNote(east, { by: ann.viewer });
  await later(pair);
  await endAgreement(east.app, id);
  await pair.settle();
  expect((await agreements(west)).map((row) => row.state)).toEqual(["ended"]);
  expect(await listConsentChoices(east.app, ann.viewer)).toEqual([]);
  await removeEndedReplicas(west.app);
  expect(await records(west)).toHaveLength(1);
  pair.clock.advance(15 * DAY);
  await removeEndedReplicas(west.app);
  expect(await records(west)).toEqual([]);
  expect(await members(west)).toEqual([]);
});

test("a standby that ends it is told to nobody else, and the home stops sending", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await replicated(pair);
  await endAgreement(west.app, (await agreements(west))[0]?.id ?? 0);
  await pair.settle();
  expect((await agreements(east)).map((row) => row.state)).toEqual(["ended"]);
  pair.network.log.length = 0;
  await aNote(east, { by: ann.viewer, source: "Stays here" });
  await later(pair);
  expect(sentTo(pair, "west.test")).toBe("");
});

test("a fresh agreement takes over members, copies and the accounts' addresses", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await replicated(pair);
  await aNote(east, { by: ann.viewer, source: "First" });
  await later(pair);
  const [before] = await members(west);
  await paired(pair, east, { waitHours: "1" });
  await aNote(east, { by: ann.viewer, source: "Second" });
  await later(pair);
  expect((await agreements(east)).map((row) => row.state)).toEqual(["ended", "agreed"]);
  expect((await agreements(west)).map((row) => row.state)).toEqual(["ended", "agreed"]);
  const after = await members(west);
  expect(after.map((one) => one.actor_id)).toEqual([before?.actor_id]);
  expect(after[0]?.agreement_id).toBe((await agreements(west))[1]?.id);
  expect(await records(west)).toHaveLength(2);
  const bytes = await bytesKept(west);
  expect((await agreements(west))[1]?.bytes).toBe(bytes);
});

test("two homes share a standby and never touch each other's", async () => {
  const trio = await aTrio();
  const { east, south, west, ann, cy } = trio;
  await replicated(trio);
  const id = await paired(trio, south);
  await giveConsent(south.app, cy.viewer, id);
  await trio.settle();
  await aNote(east, { by: ann.viewer, source: "From the east" });
  await aNote(south, { by: cy.viewer, source: "From the south" });
  await later(trio);
  const kept = await records(west);
  expect(kept.map((row) => [row.agreement_id, new URL(row.actor_uri).host]).toSorted()).toEqual(
    (await agreements(west)).map((row) => [row.id, new URL(row.partner).host]).toSorted(),
  );
});

test("somebody who deletes their account at home is forgotten at the standby", async () => {
  const pair = await aPair();
  const { east, west, ann } = pair;
  await replicated(pair);
  await aNote(east, { by: ann.viewer });
  await later(pair);
  await removeMember(east.app, ann.viewer.actorId);
  await later(pair);
  expect(await members(west)).toEqual([]);
  expect(await records(west)).toEqual([]);
});
