import { generateKeyPairSync, hash } from "node:crypto";
import { expect, test } from "vitest";
import { canonicalJson } from "../../server/domain/canonical-json.ts";
import { GENESIS, toLine } from "../../server/domain/moderation-log.ts";
import {
  compareLogs,
  type LogPiece,
  pieceOf,
  verifyLogFile,
} from "../../server/services/moderation/log-check.ts";
import { multibaseOf, readSigner } from "../../server/services/moderation/log-proof.ts";
import { toDidKey } from "../../server/lifeboat/did-key.ts";
import { addProof } from "../../server/lifeboat/proofs.ts";

const LINES = 6;
const ACTOR = "https://home.test/users/1";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const KEY = multibaseOf(toDidKey(publicKey));

/** A log of six lines with a signed head after the fourth, as texts. */
function aFile(): readonly string[] {
  const file: string[] = [];
  let previous = GENESIS;
  for (let seq = 1; seq <= LINES; seq += 1) {
    const at = `2026-06-01T12:00:0${seq}.000Z`;
    const line = toLine(
      { kind: "decision", what: "limit", subject: "remote", ground: `Rule ${seq}: 守则 "x"` },
      { seq, at, previous },
    );
    previous = hash("sha256", canonicalJson(line));
    file.push(JSON.stringify({ type: "line", line, hash: previous }));
    if (seq !== 4) continue;
    const created = "2026-06-01T12:00:05Z";
    const head = {
      type: "ModerationLogHead",
      v: 1,
      log: "https://home.test/moderation/log",
      actor: ACTOR,
      seq,
      hash: previous,
      audit: null,
      created,
    };
    file.push(
      JSON.stringify(addProof(head, { verificationMethod: `${ACTOR}#ed25519-key`, privateKey }, created)),
    );
  }
  return file;
}

async function* piecesOf(file: readonly string[]): AsyncGenerator<LogPiece> {
  for (const text of file) {
    const value = jsonOf(text);
    yield await Promise.resolve(pieceOf(value) ?? { type: "line" as const, value });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

const verdictOf = async (file: readonly string[]) => await verifyLogFile(piecesOf(file), readSigner(KEY));

test("a whole file holds", async () => {
  expect(await verdictOf(aFile())).toMatchObject({ fault: null, summary: { lines: 6, heads: 1, signed: 4 } });
});

test("whatever character of a line or of a head is changed, it is found out", async () => {
  const file = aFile();
  const missed: string[] = [];
  let tried = 0;
  for (const row of [2, 4])
    for (let index = 0; index < (file[row]?.length ?? 0); index += 1) {
      const text = file[row] ?? "";
      for (const other of ["0", "x"]) {
        if (text[index] === other) continue;
        const changed = `${text.slice(0, index)}${other}${text.slice(index + 1)}`;
        tried += 1;
        const { fault } = await verdictOf(file.with(row, changed));
        if (fault === null) missed.push(changed.slice(Math.max(0, index - 10), index + 10));
      }
    }
  expect(tried).toBeGreaterThan(1_000);
  expect(missed).toEqual([]);
});

test("lines that are left out, doubled or in another order are named, however many", async () => {
  const file = aFile();
  for (let index = 0; index < file.length; index += 1) {
    const without = file.toSpliced(index, 1);
    const { fault } = await verdictOf(without);
    const isLast = index === file.length - 1;
    const isHead = index === 4;
    // The end of a file, and a head, may be missing: what somebody else kept tells (below).
    expect(fault === null, String(index)).toBe(isLast || isHead);
    if (!isHead) expect(await compareLogs(piecesOf(file), piecesOf(without))).not.toBeNull();
    if (!isHead) expect((await verdictOf(file.toSpliced(index, 0, file[index] ?? ""))).fault).not.toBeNull();
  }
  expect((await verdictOf(file.toReversed())).fault).not.toBeNull();
  expect(await compareLogs(piecesOf(file.slice(0, 3)), piecesOf(file))).toBeNull();
  expect(await compareLogs(piecesOf([]), piecesOf(file))).toBeNull();
  expect((await verdictOf([])).fault).toBeNull();
});

test("keys are read in every form that somebody may have, and nothing else is a key", () => {
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const method = { id: `${ACTOR}#ed25519-key`, type: "Multikey", publicKeyMultibase: KEY };
  for (const given of [
    KEY,
    ` ${KEY}\n`,
    toDidKey(publicKey),
    pem,
    JSON.stringify({ id: ACTOR, assertionMethod: [method] }),
    JSON.stringify({ id: ACTOR, assertionMethod: method }),
  ])
    expect(readSigner(given)?.key.equals(publicKey), given.slice(0, 20)).toBe(true);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  for (const given of [
    "",
    "z",
    "z6Mk",
    `${KEY}x`,
    "did:key:z6Mk",
    "did:web:home.test",
    "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    rsa.export({ type: "spki", format: "pem" }).toString(),
    "null",
    "[]",
    "{}",
    JSON.stringify({ id: ACTOR }),
    JSON.stringify({ id: ACTOR, assertionMethod: [] }),
    JSON.stringify({ id: "x", assertionMethod: [method] }),
    JSON.stringify({ id: ACTOR, assertionMethod: [{ publicKeyMultibase: 7 }] }),
  ])
    expect(readSigner(given), given.slice(0, 30)).toBeNull();
});

test("a line carries nothing that names a person, whatever it was given", () => {
  const line = toLine(
    {
      kind: "decision",
      what: "suspend",
      subject: "member",
      host: "ada.example",
      object: "https://home.test/users/7",
      ground: "said by @ada and @bob@far.example on https://far.example/@bob/1",
      comment: "https://x.example/users/ada?x=1, https://x.example/u/ada and ada@mail.example",
    },
    { seq: 1, at: "2026-06-01T12:00:00.000Z", previous: GENESIS, objectDigest: "0".repeat(64) },
  );
  expect(line.host).toBeUndefined();
  expect("object" in line).toBe(false);
  expect(JSON.stringify(line)).not.toMatch(/bob|@ada|\/ada|users\/7/);
});
