import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { fromDidKey } from "../../server/lifeboat/did-key.ts";
import { isProvedBy, readProofs } from "../../server/lifeboat/proofs.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aPhrase } from "./escape-scene.ts";

const ORDER = {
  type: "EvacuationOrder",
  v: 1,
  id: "urn:uuid:00000000-0000-4000-8000-000000000009",
  agreement: "urn:uuid:00000000-0000-4000-8000-000000000001",
  home: "https://home.test",
  standby: "https://standby.test",
  reason: "host_lost",
  at: "2026-06-01T12:00:00Z",
};

async function run(folder: string, input: string, ...words: readonly string[]) {
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder },
    isInteractive: false,
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (err += `${line}\n`),
    readInput: async () => await Promise.resolve(input),
  };
  const never = async () => await Promise.reject(new Error("Not in this test."));
  const code = await runCommand(words, terminal, { serve: never, demo: never });
  return { code, out, err };
}

test("causeway launch sign adds a proof by the phrase, one after another, and prints no word of it", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "order.json");
  writeFileSync(file, JSON.stringify(ORDER));
  const trustees = [await aPhrase(), await aPhrase()];
  for (const { phrase, did } of trustees) {
    const { code, out, err } = await run(folder, `${phrase}\n`, "launch", "sign", file, "--phrase-stdin");
    expect(code).toBe(0);
    expect(out + err).not.toContain(phrase.split(" ").slice(0, 3).join(" "));
    const key = fromDidKey(did);
    const signed = JSON.parse(out);
    const own = readProofs(signed).find(({ verificationMethod }) => verificationMethod.startsWith(did));
    expect(key !== null && isProvedBy(signed, own?.verificationMethod ?? "", key)).toBe(true);
    writeFileSync(file, out);
  }
});

test("causeway launch sign refuses what is no order, and words that are no phrase", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "order.json");
  writeFileSync(file, JSON.stringify({ ...ORDER, type: "Note" }));
  const { phrase } = await aPhrase();
  expect((await run(folder, phrase, "launch", "sign", file)).code).toBe(5);
  expect((await run(folder, phrase, "launch", "sign", join(folder, "none.json"))).code).toBe(3);
  writeFileSync(file, JSON.stringify(ORDER));
  expect((await run(folder, "abandon", "launch", "sign", file)).code).toBe(5);
});

test("causeway launch status and seal say that there is nothing where there is nothing", async () => {
  const folder = temporaryFolder();
  await run(
    folder,
    "correct horse battery\n",
    "account",
    "create",
    "alice",
    "--role",
    "owner",
    "--password-stdin",
  );
  expect((await run(folder, "", "launch", "status")).out).toContain("No community is expected here.");
  expect((await run(folder, "", "launch", "seal")).out).toContain("0 members");
  expect((await run(folder, "", "launch", "order", "x", "--reason", "boredom")).code).toBe(2);
  expect((await run(folder, "", "launch", "order", "x", "--reason", "seized")).code).toBe(3);
});
