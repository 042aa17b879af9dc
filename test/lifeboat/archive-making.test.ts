import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, onTestFinished, test } from "vitest";
import { keysOfPhrase, newPhrase } from "../../server/lifeboat/phrase.ts";
import { deleteAccount } from "../../server/services/accounts/departures.ts";
import { type Archive, unpackLifeboat, verifyLifeboat } from "../../server/lifeboat/read-archive.ts";
import { confirmPhrase, getIdentity, offerPhrase } from "../../server/services/identities/phrases.ts";
import {
  getLifeboats,
  openLifeboatFile,
  removeLifeboat,
  requestLifeboat,
} from "../../server/services/lifeboats/lifeboats.ts";
import type { RequestLifeboat } from "../../server/services/lifeboats/order.ts";
import { sweepLifeboats } from "../../server/services/lifeboats/sweep.ts";
import { uploadImage } from "../../server/services/media/attachments.ts";
import { eachDatabase } from "../support/databases.ts";
import { temporaryFolder } from "../support/folders.ts";
import {
  aMember,
  aNote,
  createInstance,
  type Member,
  PASSWORD,
  type TestInstance,
} from "../support/instance.ts";
import { drain } from "../support/network.ts";
import { aPair, follow } from "../support/pair.ts";
import { bytesOf } from "./sample.ts";

const PLAIN: RequestLifeboat = {
  closing: "open",
  followersOnly: true,
  followers: false,
  keys: false,
  passphrase: "",
  phrase: "",
};
const DAY = 86_400_000;

async function anInstance(): Promise<{ home: TestInstance; ann: Member }> {
  const home = await createInstance();
  onTestFinished(() => home.close());
  return { home, ann: await aMember(home, "ann") };
}

/** Makes a recovery phrase as the page does; the words. */
async function aPhrase(home: TestInstance, { viewer }: Member): Promise<string> {
  const { ticket, asked, words } = await offerPhrase(home.app, viewer);
  const typed = Object.fromEntries(asked.map((place) => [place, ` ${words[place - 1]?.toUpperCase()} `]));
  await confirmPhrase(home.app, viewer, { ticket, typed });
  return words.join(" ");
}

/** Has a lifeboat made, and puts it on a disk. */
async function aLifeboat(
  home: TestInstance,
  { viewer }: Member,
  order: Partial<RequestLifeboat> = {},
): Promise<string> {
  const id = await requestLifeboat(home.app, viewer, { ...PLAIN, ...order });
  await drain(home);
  const file = await openLifeboatFile(home.app, viewer, id);
  const path = join(temporaryFolder(), file.name);
  await writeFile(path, await bytesOf(file.open()));
  return path;
}

async function opened(path: string, unlock: Parameters<typeof unpackLifeboat>[1] = null): Promise<Archive> {
  return await unpackLifeboat(path, unlock, join(temporaryFolder(), "stage"), { maxBytes: 10_000_000 });
}

async function notesIn(archive: Archive): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const { create } of archive.outbox()) {
    const object = create["object"] as { readonly content: string };
    texts.push(object.content.replace(/<[^>]*>/g, ""));
  }
  return texts;
}

async function aPicture(home: TestInstance, { viewer }: Member) {
  const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background: "#c00" } })
    .png()
    .toBuffer();
  return await uploadImage(home.app, viewer, { bytes, alt: "A red field" });
}

describe("a lifeboat", () => {
  test("holds the member's notes, the oldest first, with media, lists and proofs", async () => {
    const { home, ann } = await anInstance();
    const picture = await aPicture(home, ann);
    await aNote(home, { by: ann.viewer, source: "first" });
    home.clock.advance(1_000);
    await aNote(home, { by: ann.viewer, source: "with a picture", attachments: [{ id: picture.id }] });
    home.clock.advance(1_000);
    await aNote(home, { by: ann.viewer, source: "for followers", visibility: "followers" });
    await aNote(home, { by: ann.viewer, source: "a secret for @owner_here", visibility: "direct" });
    const path = await aLifeboat(home, ann);
    expect(path).toContain("lifeboat-ann@home.test-1.tar");
    const archive = await opened(path);
    expect(await notesIn(archive)).toEqual(["first", "with a picture", "for followers"]);
    expect(archive.manifest).toMatchObject({
      handle: "@ann@home.test",
      instance: "https://home.test",
      seq: 1,
      previous: null,
      counts: { notes: 3, media: 1 },
      includes: ["followers_only"],
    });
    expect(archive.checked.signedBy).toEqual({ did: false, instance: true });
    const { files, missing } = await archive.mediaList();
    expect(missing).toEqual([]);
    expect(files).toMatchObject([
      { alt: "A red field", use: "attachment", width: 40, mediaType: "image/webp" },
    ]);
    expect(files[0]?.blurhash).not.toBeNull();
    const file = await archive.media(files[0]?.sha256 ?? "");
    expect((await readFile(file?.path ?? "")).length).toBe(files[0]?.size);
    expect(await archive.csv("following_accounts.csv")).toContain("Account address");
    expect(await archive.csv("followers.csv")).toBeNull();
    expect((await readFile(path)).includes("a secret")).toBe(false);
  });

  test("leaves notes for followers out when they are not wanted", async () => {
    const { home, ann } = await anInstance();
    await aNote(home, { by: ann.viewer, source: "for all" });
    await aNote(home, { by: ann.viewer, source: "for followers", visibility: "followers" });
    const archive = await opened(await aLifeboat(home, ann, { followersOnly: false }));
    expect(await notesIn(archive)).toEqual(["for all"]);
    expect(archive.manifest.includes).toEqual([]);
  });

  test("is signed by the recovery phrase, which is nowhere in the database", async () => {
    const { home, ann } = await anInstance();
    const phrase = await aPhrase(home, ann);
    await requestLifeboat(home.app, ann.viewer, {
      ...PLAIN,
      closing: "passphrase",
      passphrase: "a long passphrase",
      phrase,
    });
    const kept = JSON.stringify(await home.app.db.selectFrom("kv").selectAll().execute());
    const orders = JSON.stringify(await home.app.db.selectFrom("lifeboats").selectAll().execute());
    for (const secret of ["a long passphrase", phrase, phrase.split(" ").slice(0, 2).join(" ")]) {
      expect(kept).not.toContain(secret);
      expect(orders).not.toContain(secret);
    }
    await drain(home);
    const [made] = (await getLifeboats(home.app, ann.viewer)).lifeboats;
    expect(made).toMatchObject({ state: "ready", seq: 1 });
    const file = await openLifeboatFile(home.app, ann.viewer, made?.id ?? (0 as never));
    const path = join(temporaryFolder(), "file");
    await writeFile(path, await bytesOf(file.open()));
    const checked = await verifyLifeboat(path, { passphrase: "a long passphrase" });
    expect(checked.signedBy).toEqual({ did: true, instance: true });
    expect(checked.did).toBe((await keysOfPhrase(phrase))?.did);
    expect(JSON.stringify(await home.app.db.selectFrom("kv").selectAll().execute())).not.toContain(
      "lifeboat-secrets",
    );
  });

  test("sealed to the phrase opens with it, and holds keys and followers only when they are asked for", async () => {
    const { home, ann } = await anInstance();
    const phrase = await aPhrase(home, ann);
    const keys = await keysOfPhrase(phrase);
    const path = await aLifeboat(home, ann, { closing: "phrase", keys: true, followers: true });
    const archive = await opened(path, { identity: keys?.identity ?? "" });
    expect((await archive.keys())?.rsa.id).toBe(`${home.app.uris.actor(ann.viewer.actorId)}#main-key`);
    expect(await archive.csv("followers.csv")).toBe("Account address,Actor\n");
    expect(archive.manifest.includes).toEqual(["followers_only", "followers", "keys"]);
    await expect(requestLifeboat(home.app, ann.viewer, { ...PLAIN, keys: true })).rejects.toMatchObject({
      fields: { keys: { key: "field.keys_open" } },
    });
  });

  test("takes the kit along only when it is locked", async () => {
    const { home, ann } = await anInstance();
    const uri = home.app.uris.actor(ann.viewer.actorId);
    const kit = {
      type: "EscapeKit",
      v: 1,
      old: uri,
      handle: "@ann@home.test",
      keyId: `${uri}#main-key`,
      sealedAt: "2026-05-01T10:00:00Z",
      homes: [{ new: "https://other.test/users/1", move: {}, embedded: {}, update: {} }],
      peers: [],
    };
    const row = { actor_id: ann.viewer.actorId, kit: JSON.stringify(kit), key_id: `${uri}#main-key` };
    await home.app.db
      .insertInto("escape_kits")
      .values({ ...row, fingerprint: "f", sealed_at: 0, stale: 0, examined_at: 0 })
      .execute();
    expect(await (await opened(await aLifeboat(home, ann))).kit()).toBeNull();
    home.clock.advance(DAY);
    const path = await aLifeboat(home, ann, { closing: "passphrase", passphrase: "a long passphrase" });
    const archive = await opened(path, { passphrase: "a long passphrase" });
    expect(await archive.kit()).toEqual(kit);
    expect(archive.manifest.includes).toEqual(["followers_only", "kit"]);
  });

  test("says which files were not there any more, and is good without them", async () => {
    const { home, ann } = await anInstance();
    const picture = await aPicture(home, ann);
    await aNote(home, { by: ann.viewer, source: "with a picture", attachments: [{ id: picture.id }] });
    const { file } = await home.app.db.selectFrom("attachments").select("file").executeTakeFirstOrThrow();
    await home.app.files.remove(file ?? "");
    const archive = await opened(await aLifeboat(home, ann));
    expect(await archive.mediaList()).toEqual({ files: [], missing: [home.app.uris.file(file ?? "")] });
  });

  test("names the one before it", async () => {
    const { home, ann } = await anInstance();
    const first = await opened(await aLifeboat(home, ann));
    home.clock.advance(DAY);
    const second = await opened(await aLifeboat(home, ann));
    expect(second.manifest).toMatchObject({ seq: 2, previous: first.manifestHash });
  });
});

describe("lifeboats of a member", () => {
  test("are made one at a time, once a day, and three are kept for a week", async () => {
    const { home, ann } = await anInstance();
    await requestLifeboat(home.app, ann.viewer, PLAIN);
    await expect(requestLifeboat(home.app, ann.viewer, PLAIN)).rejects.toMatchObject({
      key: "error.lifeboat_busy",
    });
    await drain(home);
    await expect(requestLifeboat(home.app, ann.viewer, PLAIN)).rejects.toMatchObject({
      key: "error.lifeboat_daily",
    });
    for (let day = 0; day < 3; day += 1) {
      home.clock.advance(DAY);
      await requestLifeboat(home.app, ann.viewer, PLAIN);
      await drain(home);
    }
    const states = (await getLifeboats(home.app, ann.viewer)).lifeboats.map(
      ({ seq, state }) => `${seq} ${state}`,
    );
    expect(states).toEqual(["4 ready", "3 ready", "2 ready", "1 removed"]);
    const folder = join(home.app.config.dataDir, "lifeboats");
    const files = async () => (await readdir(folder)).filter((name) => name !== "making");
    expect(await files()).toHaveLength(3);
    expect(await readdir(join(folder, "making"))).toEqual([]);
    home.clock.advance(7 * DAY + 1);
    await sweepLifeboats(home.app);
    expect(
      (await getLifeboats(home.app, ann.viewer)).lifeboats.every(({ state }) => state === "removed"),
    ).toBe(true);
    expect(await files()).toEqual([]);
  });

  test("are nobody else's", async () => {
    const { home, ann } = await anInstance();
    const bob = await aMember(home, "bob");
    const id = await requestLifeboat(home.app, ann.viewer, PLAIN);
    await drain(home);
    await expect(openLifeboatFile(home.app, bob.viewer, id)).rejects.toMatchObject({ kind: "not_found" });
    await expect(removeLifeboat(home.app, bob.viewer, id)).rejects.toMatchObject({ kind: "not_found" });
    await removeLifeboat(home.app, ann.viewer, id);
    await expect(openLifeboatFile(home.app, ann.viewer, id)).rejects.toMatchObject({ kind: "not_found" });
  });

  test("go with the account", async () => {
    const { home, ann } = await anInstance();
    await aPhrase(home, ann);
    await requestLifeboat(home.app, ann.viewer, PLAIN);
    await drain(home);
    await deleteAccount(home.app, ann.viewer, { password: PASSWORD });
    home.clock.advance(2 * 3_600_000);
    await drain(home);
    expect(await home.app.db.selectFrom("lifeboats").selectAll().execute()).toEqual([]);
    expect(await home.app.db.selectFrom("identities").selectAll().execute()).toEqual([]);
    // The files of the disk have the machine's time, not that of the test.
    home.clock.advance(Date.now() - home.clock.now() + DAY);
    await sweepLifeboats(home.app);
    const folder = join(home.app.config.dataDir, "lifeboats");
    expect((await readdir(folder)).filter((name) => name !== "making")).toEqual([]);
  });

  test("that never came to an end may be asked for again", async () => {
    const { home, ann } = await anInstance();
    await requestLifeboat(home.app, ann.viewer, PLAIN);
    await home.app.db.deleteFrom("jobs").where("kind", "=", "lifeboat").execute();
    home.clock.advance(3 * DAY);
    await sweepLifeboats(home.app);
    expect((await getLifeboats(home.app, ann.viewer)).lifeboats).toMatchObject([{ state: "failed" }]);
    await requestLifeboat(home.app, ann.viewer, PLAIN);
  });

  test("that were stopped leave nothing behind", async () => {
    const { home, ann } = await anInstance();
    const id = await requestLifeboat(home.app, ann.viewer, PLAIN);
    await removeLifeboat(home.app, ann.viewer, id);
    await drain(home);
    expect((await getLifeboats(home.app, ann.viewer)).lifeboats).toMatchObject([
      { state: "removed", size: null },
    ]);
    expect(await getLifeboats(home.app, ann.viewer)).toMatchObject({ againAt: null, isBusy: false });
  });
});

describe("a recovery phrase", () => {
  test("is taken into use only by who wrote it down, and the profile says so from then on", async () => {
    const { home, ann } = await anInstance();
    const { ticket, asked, words } = await offerPhrase(home.app, ann.viewer);
    const wrong = Object.fromEntries(asked.map((place) => [place, "zebra"]));
    await expect(confirmPhrase(home.app, ann.viewer, { ticket, typed: wrong })).rejects.toMatchObject({
      kind: "invalid",
    });
    expect(await getIdentity(home.app, ann.viewer.actorId)).toBeNull();
    const bob = await aMember(home, "bob");
    const right = Object.fromEntries(asked.map((place) => [place, words[place - 1] ?? ""]));
    await expect(confirmPhrase(home.app, bob.viewer, { ticket, typed: right })).rejects.toMatchObject({
      key: "error.phrase_expired",
    });
    await confirmPhrase(home.app, ann.viewer, { ticket, typed: right });
    const uri = home.app.uris.actor(ann.viewer.actorId);
    const response = await home.request(new URL(uri).pathname, {
      headers: { accept: "application/activity+json" },
    });
    const actor = (await response.json()) as {
      readonly attachment: readonly unknown[];
      readonly "@context": readonly unknown[];
    };
    const did = (await keysOfPhrase(words.join(" ")))?.did;
    expect(actor.attachment).toMatchObject([
      { type: "VerifiableIdentityStatement", subject: did, alsoKnownAs: uri },
    ]);
    expect(JSON.stringify(actor["@context"])).toContain("https://w3id.org/fep#");
    // Whoever has the words signs for the member; whoever has others does not.
    const other = { ...PLAIN, phrase: newPhrase() };
    await expect(requestLifeboat(home.app, ann.viewer, other)).rejects.toMatchObject({
      fields: { phrase: { key: "field.phrase_other" } },
    });
    // An hour later the same ticket is of no use.
    home.clock.advance(3_600_001);
    await expect(confirmPhrase(home.app, ann.viewer, { ticket, typed: right })).rejects.toMatchObject({
      key: "error.phrase_expired",
    });
  });
});

test("a follower's server is told of a new phrase, and remembers it", async () => {
  const pair = await aPair();
  const { east, west, ann, bo } = pair;
  await follow(pair, west, bo.viewer, "@ann@east.test");
  const phrase = await aPhrase(east, ann);
  await pair.settle();
  const uri = east.app.uris.actor(ann.viewer.actorId);
  const seen = await west.app.db
    .selectFrom("actors")
    .select(["did", "fields"])
    .where("uri", "=", uri)
    .executeTakeFirst();
  expect(seen?.did).toBe((await keysOfPhrase(phrase))?.did);
  // It is no field of the profile.
  expect(seen?.fields).toBe("[]");
});

eachDatabase((name, open) => {
  test("one is made, signed and verified", async () => {
    const home = await createInstance({ database: await open() });
    const ann = await aMember(home, "ann");
    const phrase = await aPhrase(home, ann);
    for (let index = 0; index < 60; index += 1) {
      home.clock.advance(120_000);
      await aNote(home, { by: ann.viewer, source: `note ${index}` });
    }
    const path = await aLifeboat(home, ann, { phrase });
    const checked = await verifyLifeboat(path, null);
    expect(checked, name).toMatchObject({ notes: 60, signedBy: { did: true, instance: true } });
    // Not the database, which goes after the test.
    await home.stop(0);
  });
});
