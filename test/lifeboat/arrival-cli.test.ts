import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { openSqlite } from "../../server/store/database.ts";
import { temporaryFolder } from "../support/folders.ts";
import { aSample } from "./sample.ts";

/** A terminal on a data folder, which types `input`. */
function terminalOn(folder: string) {
  let [out, err, input] = ["", "", "correct horse battery\n"];
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder, CAUSEWAY_FEDERATION: "allow-list" },
    isInteractive: false,
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (err += `${line}\n`),
    readInput: async () => await Promise.resolve(input),
  };
  const never = async () => await Promise.reject(new Error("Not in this test."));
  return {
    out: () => out,
    err: () => err,
    type: (text: string) => void (input = text),
    run: async (...words: readonly string[]) => {
      [out, err] = ["", ""];
      return await runCommand(words, terminal, { serve: never, demo: never });
    },
  };
}

test("causeway lifeboat restore takes a lifeboat in for whom it belongs to, and twice changes nothing", async () => {
  const folder = temporaryFolder();
  const cli = terminalOn(folder);
  await cli.run("account", "create", "bo", "--role", "owner", "--password-stdin");
  const sample = await aSample();
  const file = join(folder, "lifeboat.tar");
  writeFileSync(file, sample.bytes);
  cli.type(`${sample.phrase}\n`);
  expect(
    await cli.run("lifeboat", "restore", join(folder, "none.tar"), "--into", "bo", "--phrase-stdin"),
  ).toBe(3);
  expect(await cli.run("lifeboat", "restore", file, "--into", "nobody", "--phrase-stdin")).toBe(3);
  expect(await cli.run("lifeboat", "restore", file)).toBe(2);
  expect(
    await cli.run("lifeboat", "restore", file, "--into", "bo", "--phrase-stdin", "--passphrase-stdin"),
  ).toBe(2);
  expect(await cli.run("lifeboat", "restore", file, "--into", "bo", "--phrase-stdin", "--json")).toBe(0);
  const done = { state: "done", ground: "phrase", taken: 3, already: 0 };
  expect(JSON.parse(cli.out())).toMatchObject(done);
  expect(await cli.run("lifeboat", "restore", file, "--into", "bo", "--phrase-stdin")).toBe(0);
  expect(cli.out()).toContain("@ann@home.test: 0 notes taken in, 3 were here already");
  expect(cli.out()).toContain("proved by the recovery phrase");
  const altered = Buffer.from(sample.bytes);
  altered[5_000] = (altered[5_000] ?? 0) ^ 1;
  writeFileSync(file, altered);
  expect(await cli.run("lifeboat", "restore", file, "--into", "bo", "--phrase-stdin")).toBe(5);
  cli.type("not a phrase\n");
  expect(await cli.run("lifeboat", "restore", file, "--into", "bo", "--phrase-stdin")).toBe(5);
  expect(cli.err()).toContain("twelve words");
  const database = openSqlite(join(folder, "causeway.db"));
  const notes = await database.db.selectFrom("notes").select("id").execute();
  await database.close();
  expect(notes.length).toBe(3);
  expect(`${cli.out()}${cli.err()}`).not.toContain(sample.phrase);
}, 60_000);
