import { generateKeyPairSync, randomInt } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Decrypter, Encrypter } from "age-encryption";
import { describe, expect, test } from "vitest";
import { CausewayError } from "../../server/errors.ts";
import { PLACES } from "../../server/lifeboat/archive-format.ts";
import { checkArchive, type CheckedLifeboat } from "../../server/lifeboat/check-archive.ts";
import { makeDelegation } from "../../server/lifeboat/delegation.ts";
import { didKeyMethod, toDidKey } from "../../server/lifeboat/did-key.ts";
import { manifestText, pieceOf } from "../../server/lifeboat/pack-archive.ts";
import { openStage, sealOf, unpackLifeboat, verifyLifeboat } from "../../server/lifeboat/read-archive.ts";
import { keysOfPhrase } from "../../server/lifeboat/phrase.ts";
import { addProof } from "../../server/lifeboat/proofs.ts";
import { makeSeal, readSeal, seal } from "../../server/lifeboat/seal.ts";
import { roomOf, toTarHeader } from "../../server/lifeboat/tar.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aCreate, ACTOR, aSample, aSigner, bytesOf, type Sample, streamOf } from "./sample.ts";

/** What a check says: the fault and what it names, or what was found. */
async function said(bytes: Uint8Array): Promise<string | CheckedLifeboat> {
  try {
    return await checkArchive(streamOf(bytes));
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    const { file, line } = error.params;
    return [error.key.replace("lifeboat_fault.", ""), file ?? line]
      .filter((part) => part !== undefined)
      .join(" ");
  }
}

/** Where each file lies, header and padding included. */
function regions({ manifest, pieces }: Sample): readonly { readonly path: string; readonly end: number }[] {
  const [first, ...rest] = pieces;
  const size = Buffer.byteLength(manifest.text);
  const files = [first, { path: PLACES.manifest, size }, ...rest].flatMap((one) => one ?? []);
  let end = 0;
  return files.map((file) => ({ path: file.path, end: (end += roomOf(file.size)) }));
}

function startOf(sample: Sample, path: string): number {
  const all = regions(sample);
  const at = all.findIndex((one) => one.path === path);
  return all[at - 1]?.end ?? 0;
}

describe("a good lifeboat", () => {
  test("is proved by the actor, the instance and the did:key", async () => {
    const sample = await aSample();
    expect(await said(sample.bytes)).toMatchObject({
      did: sample.keys.did,
      signedBy: { did: true, instance: true },
      notes: 3,
    });
  });

  test("may be signed by a key that the did:key let sign this one lifeboat", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const made = async (seq: number) => {
      const first = await aSample();
      const delegation = makeDelegation(
        first.keys,
        { key: privateKey, actor: ACTOR, seq },
        "2026-05-01T10:00:00Z",
      );
      return { first, delegation };
    };
    const { first, delegation } = await made(1);
    const signer = { verificationMethod: didKeyMethod(toDidKey(privateKey)), privateKey };
    // The phrase of another sample: the actor of this one names another did:key, so the delegation is a stranger's.
    const sample = await aSample({
      facts: { delegation },
      signers: ([own, home]) => [own, home, signer].flatMap((one) => one ?? []),
    });
    expect(first.keys.did).not.toBe(sample.keys.did);
    expect(await said(sample.bytes)).toBe("foreign_proof manifest.json");

    const mine = await keysOfPhrase(first.phrase);
    const signedFor = async (seq: number) => {
      const own =
        mine === null
          ? null
          : makeDelegation(mine, { key: privateKey, actor: ACTOR, seq }, "2026-05-01T10:00:00Z");
      const bytes = await aSample({
        phrase: first.phrase,
        facts: { delegation: own },
        signers: ([actor, home]) => [actor, home, signer].flatMap((one) => one ?? []),
      });
      return await said(bytes.bytes);
    };
    expect(await signedFor(1)).toMatchObject({ signedBy: { did: true } });
    // For another lifeboat it says nothing.
    expect(await signedFor(2)).toBe("foreign_proof manifest.json");
  });

  test("is unpacked and read again without being checked twice", async () => {
    const folder = await temporaryFolder();
    const sample = await aSample({ notes: 5 });
    const file = join(folder, "lifeboat.tar");
    await writeFile(file, sample.bytes);
    const stage = join(folder, "stage");
    await unpackLifeboat(file, null, stage, { maxBytes: 1_000_000 });
    const archive = await openStage(stage);
    expect(archive?.manifest.handle).toBe("@ann@home.test");
    const lines: number[] = [];
    for await (const { line, create } of archive?.outbox(4) ?? []) {
      lines.push(line);
      expect(create["actor"]).toBe(ACTOR);
    }
    expect(lines).toEqual([4, 5]);
    expect(await archive?.csv("following_accounts.csv")).toContain("Account address");
    expect(await archive?.csv("lists.csv")).toBeNull();
    const [picture] = (await archive?.mediaList())?.files ?? [];
    expect((await archive?.media(picture?.sha256 ?? ""))?.file.alt).toBe("A picture");
    expect(await archive?.keys()).toBeNull();
  });

  test("sealed to a passphrase or a phrase opens with any age program, and programs' files open here", async () => {
    const folder = await temporaryFolder();
    const sample = await aSample();
    const file = join(folder, "lifeboat.tar.age");
    const sealedTo = async (to: Parameters<typeof makeSeal>[0]) =>
      await bytesOf(seal(streamOf(sample.bytes), await makeSeal(to)));
    const byPhrase = await sealedTo({ recipient: sample.keys.recipient });
    const decrypter = new Decrypter();
    decrypter.addIdentity(sample.keys.identity);
    expect(Buffer.from(await decrypter.decrypt(byPhrase)).equals(sample.bytes)).toBe(true);
    await writeFile(file, byPhrase);
    expect(await sealOf(file)).toBe("phrase");
    expect((await verifyLifeboat(file, { identity: sample.keys.identity })).notes).toBe(3);
    await expect(verifyLifeboat(file, null)).rejects.toMatchObject({ key: "lifeboat_fault.needs_phrase" });

    const encrypter = new Encrypter();
    encrypter.setPassphrase("open sesame");
    encrypter.setScryptWorkFactor(10);
    await writeFile(file, await encrypter.encrypt(sample.bytes));
    expect(await sealOf(file)).toBe("passphrase");
    expect((await verifyLifeboat(file, { passphrase: "open sesame" })).notes).toBe(3);
    const wrong = verifyLifeboat(file, { passphrase: "open barley" });
    await expect(wrong).rejects.toMatchObject({ key: "lifeboat_fault.wrong_secret" });
  });
});

describe("a changed lifeboat", () => {
  test("is refused by the name of the file that was changed, wherever a byte is flipped", async () => {
    const sample = await aSample({ notes: 4, media: [Buffer.from("one"), Buffer.alloc(700, 7)] });
    const all = regions(sample);
    for (let round = 0; round < 400; round += 1) {
      const bytes = Buffer.from(sample.bytes);
      const at = randomInt(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
      const where = all.find(({ end }) => at < end)?.path ?? "end";
      const found = await said(bytes);
      // A proof whose key has another name now is a stranger's.
      const also = where === "manifest.json" ? ["foreign_proof manifest.json"] : [];
      expect([`altered ${where}`, ...also], `byte ${at} of ${where}`).toContain(found);
    }
  });

  test("is refused behind a lock too, and the lock says where it broke", async () => {
    const sample = await aSample({ media: [Buffer.alloc(200_000, 5)] });
    const { identity, recipient } = sample.keys;
    const sealed = await bytesOf(seal(streamOf(sample.bytes), await makeSeal({ recipient })));
    const saidOf = async (bytes: Uint8Array): Promise<string> => {
      try {
        const { open } = await readSeal(streamOf(bytes));
        await checkArchive(await open({ identity }));
        return "good";
      } catch (error) {
        if (!(error instanceof CausewayError)) throw error;
        return `${error.key} ${error.params["file"] ?? ""}`;
      }
    };
    expect(await saidOf(sealed)).toBe("good");
    for (let round = 0; round < 60; round += 1) {
      const bytes = Buffer.from(sealed);
      const at = randomInt(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
      expect(await saidOf(bytes), `byte ${at}`).not.toBe("good");
      expect(await saidOf(sealed.subarray(0, at)), `cut at ${at}`).not.toBe("good");
    }
    const last = Buffer.from(sealed);
    last[last.length - 40] = (last.at(-40) ?? 0) ^ 1;
    expect(await saidOf(last)).toMatch(/^lifeboat_fault\.seal_broken_in media\/[0-9a-f]{64}\.png$/);
    // Chunks may not change places.
    const start = sealed.length % (64 * 1024 + 16);
    const swapped = Buffer.concat([
      sealed.subarray(0, start),
      sealed.subarray(start + 65_552),
      sealed.subarray(start, start + 65_552),
    ]);
    expect(await saidOf(swapped)).not.toBe("good");
  });

  test("is refused when it ends early, wherever", async () => {
    const sample = await aSample();
    const all = regions(sample);
    for (let round = 0; round < 60; round += 1) {
      const length = randomInt(512, sample.bytes.length);
      const where = all.find(({ end }) => length < end)?.path ?? all.at(-1)?.path;
      expect(await said(sample.bytes.subarray(0, length))).toBe(`truncated ${where}`);
    }
    expect(await said(sample.bytes.subarray(0, 100))).toBe("not_lifeboat");
    expect(await said(Buffer.alloc(0))).toBe("not_lifeboat");
  });

  test("names a file that is missing, and one that does not belong", async () => {
    const sample = await aSample();
    const from = startOf(sample, PLACES.outbox);
    const to = startOf(sample, "activitypub/following_accounts.csv");
    const without = Buffer.concat([sample.bytes.subarray(0, from), sample.bytes.subarray(to)]);
    expect(await said(without)).toBe("missing activitypub/outbox.ndjson");
    const withFile = (path: string, at: number, kind?: string) => {
      const header = toTarHeader({ path, size: 0, time: 1 });
      if (kind !== undefined) header.write(kind, 156, "latin1");
      if (kind !== undefined) header.write(checksum(header), 148, "latin1");
      return Buffer.concat([sample.bytes.subarray(0, at), header, sample.bytes.subarray(at)]);
    };
    expect(await said(withFile("activitypub/lists.csv", from))).toBe("extra activitypub/lists.csv");
    expect(await said(withFile("manifest.json", from))).toBe("twice manifest.json");
    expect(await said(withFile("../../etc/passwd", from))).toBe("name ../../etc/passwd");
    expect(await said(withFile("/etc/passwd", from))).toBe("name /etc/passwd");
    expect(await said(withFile("media/x.png", sample.bytes.length - 1024))).toBe("name media/x.png");
    expect(await said(withFile("activitypub/lists.csv", sample.bytes.length - 1024))).toBe(
      "extra activitypub/lists.csv",
    );
    // Hard link, symbolic link, device, folder, sparse file, extended header.
    for (const kind of ["1", "2", "3", "5", "S", "x", "L", "g"])
      expect(await said(withFile("activitypub/lists.csv", from, kind)), kind).toBe(
        "kind activitypub/lists.csv",
      );
  });

  test("is refused when somebody else signed it, also together with the good ones", async () => {
    const stranger = aSigner("https://elsewhere.test/users/1");
    const more = await aSample({ signers: (signers) => [...signers, stranger] });
    expect(await said(more.bytes)).toBe("foreign_proof manifest.json");
    const other = await aSample({ signers: () => [stranger] });
    expect(await said(other.bytes)).toBe("foreign_proof manifest.json");
    // The right name with another key.
    const forged = await aSample({
      signers: ([own]) => [{ ...aSigner(ACTOR), verificationMethod: own?.verificationMethod ?? "" }],
    });
    expect(await said(forged.bytes)).toBe("altered manifest.json");
    const unsigned = await aSample({ signers: () => [] });
    expect(await said(unsigned.bytes)).toBe("foreign_proof manifest.json");
  });

  test("is refused with notes of others, and with notes that nobody proved", async () => {
    const third = (line: (signer: Sample["signer"]) => unknown) =>
      aSample({ lines: (lines, signer) => lines.with(2, JSON.stringify(line(signer))) });
    const foreign = await third((signer) => aCreate(9, signer, { actor: "https://elsewhere.test/users/1" }));
    expect(await said(foreign.bytes)).toBe("foreign_note 3");
    const unproved = await third((signer) => ({ ...aCreate(9, signer), to: [] }));
    expect(await said(unproved.bytes)).toBe("note_proof 3");
    const deep = await aSample({
      lines: (lines) =>
        lines.with(
          0,
          `{"type":"Create","actor":"${ACTOR}","object":{"id":"${ACTOR}","attributedTo":"${ACTOR}","x":${"[".repeat(100_000)}${"]".repeat(100_000)}},"proof":{"verificationMethod":"${ACTOR}#ed25519-key","proofValue":"z11","type":"DataIntegrityProof"}}`,
        ),
    });
    expect(await said(deep.bytes)).toBe("note_proof 1");
    const long = await aSample({ lines: (lines) => [...lines, " ".repeat(1_100_000), ...lines] });
    expect(await said(long.bytes)).toBe("line_too_long 4");
    const fewer = await aSample({ facts: { counts: { notes: 99, media: 1 } } });
    expect(await said(fewer.bytes)).toBe("counts");
  });
});

describe("a hostile manifest", () => {
  test("with proofs without end, or an actor without bottom, is refused at once", async () => {
    const many = await aSample({ signers: (signers) => [...signers, ...signers, ...signers] });
    expect(await said(many.bytes)).toBe("foreign_proof manifest.json");
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const statement = `{"type":"VerifiableIdentityStatement","subject":"did:key:z6Mk","alsoKnownAs":"${ACTOR}","proof":{"x":${deep}}}`;
    const bottomless = await aSample({
      pieces: (pieces) =>
        pieces.map((piece) => {
          if (piece.path !== PLACES.actor) return piece;
          const key = `{"type":"Multikey","id":"${ACTOR}#ed25519-key","controller":"${ACTOR}","publicKeyMultibase":"${toDidKey(aSigner(ACTOR).publicKey).slice(8)}"}`;
          const text = `{"type":"Person","id":"${ACTOR}","assertionMethod":[${key}],"attachment":[${statement}],"proof":{"verificationMethod":"${ACTOR}#ed25519-key"}}`;
          return pieceOf(PLACES.actor, Buffer.from(text));
        }),
    });
    expect(await said(bottomless.bytes)).toBe("proof activitypub/actor.json");
  });

  test("lists what no lifeboat has, too much, or one thing twice", async () => {
    const listing = async (path: string, size = 0) =>
      await said(
        (
          await aSample({
            pieces: (pieces) => [...pieces, { ...pieceOf(path, Buffer.alloc(0)), size }],
          }).catch(() => null)
        )?.bytes ?? Buffer.alloc(0),
      );
    expect(await listing("escape/../../x")).toBe("name escape/../../x");
    expect(await listing("activitypub/outbox.ndjson")).toBe("twice activitypub/outbox.ndjson");
    expect(await listing(`media/${"0".repeat(64)}.png`)).toBe(`name media/${"0".repeat(64)}.png`);
  });

  test("with a million files is refused before they are read", async () => {
    const sample = await aSample();
    const files = Array.from({ length: 100_001 }, () => ({
      path: "media/x.png",
      size: 0,
      sha256: "0".repeat(64),
    }));
    const document = addProof(
      { ...sample.manifest.document, files, proof: undefined },
      sample.signer,
      "2026-05-01T10:00:00Z",
    );
    expect(await said(withManifest(sample, manifestText(document)))).toBe("too_many_files");
  });

  test("that is larger than any is not read", async () => {
    const sample = await aSample();
    const at = startOf(sample, PLACES.manifest);
    const header = toTarHeader({ path: PLACES.manifest, size: 40 * 1024 * 1024, time: 1 });
    const bytes = Buffer.concat([sample.bytes.subarray(0, at), header, sample.bytes.subarray(at + 512)]);
    expect(await said(bytes)).toBe("too_large manifest.json");
  });

  test("of a later form says so", async () => {
    const sample = await aSample();
    const document = addProof(
      { ...sample.manifest.document, v: 2, proof: undefined },
      sample.signer,
      "2026-05-01T10:00:00Z",
    );
    expect(await said(withManifest(sample, manifestText(document)))).toBe("newer");
  });

  test("may not take more room than was given", async () => {
    const folder = await temporaryFolder();
    const sample = await aSample({ media: [Buffer.alloc(5_000, 1)] });
    const file = join(folder, "lifeboat.tar");
    await writeFile(file, sample.bytes);
    const stage = join(folder, "stage");
    await expect(unpackLifeboat(file, null, stage, { maxBytes: 4_000 })).rejects.toMatchObject({
      key: "lifeboat_fault.too_large",
    });
    expect(await openStage(stage)).toBeNull();
  });
});

function withManifest(sample: Sample, text: string): Buffer {
  const at = startOf(sample, PLACES.manifest);
  const size = Buffer.byteLength(text);
  const header = toTarHeader({ path: PLACES.manifest, size, time: 1_777_629_600 });
  const rest = sample.bytes.subarray(startOf(sample, PLACES.actor));
  const padding = Buffer.alloc(roomOf(size) - 512 - size);
  return Buffer.concat([sample.bytes.subarray(0, at), header, Buffer.from(text), padding, rest]);
}

function checksum(header: Buffer): string {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= 148 && at < 156 ? 32 : byte;
  return `${sum.toString(8).padStart(6, "0")}\0 `;
}
