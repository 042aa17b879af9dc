import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { newPhrase } from "../../server/lifeboat/phrase.ts";
import { makeSeal, seal } from "../../server/lifeboat/seal.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aSample, bytesOf, streamOf } from "./sample.ts";

type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a command; `folder` is that of an instance, null for a machine that has none and a configuration that is wrong. */
async function run(args: readonly string[], folder: string | null, input = ""): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    env:
      folder === null
        ? { PORT: "many", DATABASE_URL: "nonsense" }
        : { CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "https://home.test" },
    print: (line) => void out.push(line),
    warn: (line) => void err.push(line),
    isInteractive: false,
    readInput: () => Promise.resolve(input),
  };
  const never = () => Promise.reject(new Error("not this one"));
  const code = await runCommand(args, terminal, { serve: never, demo: never });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

async function aFile(bytes: Uint8Array): Promise<string> {
  const path = join(temporaryFolder(), "lifeboat.tar");
  await writeFile(path, bytes);
  return path;
}

test("a lifeboat is verified without configuration, and says in words what that proves", async () => {
  const sample = await aSample();
  const good = await run(["lifeboat", "verify", await aFile(sample.bytes)], null);
  expect(good.code).toBe(0);
  expect(good.out).toContain("nothing in it was changed since it was made");
  expect(good.out).toContain("signed by the account's key, its server, the recovery phrase");
  expect(good.out).toContain(
    `only if you know this key already, from their profile, a partner server or an earlier lifeboat: ${sample.keys.did}`,
  );
  const unsigned = await aSample({ signers: ([own, home]) => [own, home].flatMap((one) => one ?? []) });
  const said = await run(["lifeboat", "verify", await aFile(unsigned.bytes), "--json"], null);
  expect(JSON.parse(said.out)).toMatchObject({
    good: true,
    signedByDid: false,
    did: unsigned.keys.did,
    notes: 3,
  });
});

test("an altered one is refused by the name of the file, with exit code 1", async () => {
  const sample = await aSample({ media: [Buffer.from("a picture that was changed")] });
  const bytes = Buffer.from(sample.bytes);
  const at = bytes.indexOf("a picture that");
  bytes[at] = 0x41;
  const bad = await run(["lifeboat", "verify", await aFile(bytes)], null);
  expect(bad.code).toBe(1);
  expect(bad.err).toMatch(/is not good: media\/[0-9a-f]{64}\.png was altered\.$/);
  expect((await run(["lifeboat", "verify", join(temporaryFolder(), "none")], null)).code).toBe(3);
  expect(
    (await run(["lifeboat", "verify", await aFile(Buffer.from("PK\u0003\u0004 zip"))], null)).err,
  ).toContain("This file is not a lifeboat.");
});

test("what opens a locked one comes from standard input or a file", async () => {
  const sample = await aSample();
  const byPhrase = await aFile(
    await bytesOf(seal(streamOf(sample.bytes), await makeSeal({ recipient: sample.keys.recipient }))),
  );
  expect(
    (await run(["lifeboat", "verify", byPhrase, "--phrase-stdin"], null, `${sample.phrase.toUpperCase()}\n`))
      .code,
  ).toBe(0);
  expect((await run(["lifeboat", "verify", byPhrase], null, newPhrase())).err).toContain("does not open");
  expect((await run(["lifeboat", "verify", byPhrase], null, "not twelve words")).code).toBe(1);
  expect((await run(["lifeboat", "verify", byPhrase], null, "")).code).toBe(2);
  const secret = join(temporaryFolder(), "secret");
  await writeFile(secret, "open sesame\n");
  const byPassphrase = await aFile(
    await bytesOf(seal(streamOf(sample.bytes), await makeSeal({ passphrase: "open sesame" }))),
  );
  expect((await run(["lifeboat", "verify", byPassphrase, "--passphrase-file", secret], null)).code).toBe(0);
  const cut = await aFile((await readFile(byPassphrase)).subarray(0, -300));
  expect((await run(["lifeboat", "verify", cut, "--passphrase-file", secret], null)).err).toContain(
    "The lock is broken at ",
  );
});

test(
  "a member's lifeboat is written to a file of the operator's choice, and counts",
  { timeout: 60_000 },
  async () => {
    const folder = temporaryFolder();
    await run(["account", "create", "ann", "--password-stdin"], folder, "correct horse battery");
    const out = temporaryFolder();
    const to = join(out, "ann.tar");
    const made = await run(["lifeboat", "create", "ann", "--to", to, "--open", "--json"], folder);
    expect(made.err).toBe("");
    expect(JSON.parse(made.out)).toMatchObject({ seq: 1, notes: 0, path: to });
    expect(await readdir(out)).toEqual(["ann.tar"]);
    expect((await run(["lifeboat", "create", "ann", "--to", to, "--open"], folder)).code).toBe(4);
    const second = join(out, "second.tar.age");
    expect(
      (
        await run(
          ["lifeboat", "create", "ann", "--to", second, "--passphrase-stdin"],
          folder,
          "a long passphrase",
        )
      ).code,
    ).toBe(0);
    const verified = await run(["lifeboat", "verify", second, "--json"], null, "a long passphrase");
    const first = JSON.parse((await run(["lifeboat", "verify", to, "--json"], null)).out) as {
      manifestHash: string;
    };
    expect(JSON.parse(verified.out)).toMatchObject({
      seq: 2,
      previous: first.manifestHash,
      handle: "@ann@home.test",
    });
    await mkdir(join(out, "folder"));
    expect((await run(["lifeboat", "create", "nobody", "--to", join(out, "x"), "--open"], folder)).code).toBe(
      3,
    );
    // Without a recovery phrase there is nothing to lock it with.
    expect((await run(["lifeboat", "create", "ann", "--to", join(out, "x")], folder)).code).toBe(5);
    expect(
      (await run(["lifeboat", "create", "ann", "--to", join(out, "x"), "--open", "--keys"], folder)).code,
    ).toBe(5);
  },
);
