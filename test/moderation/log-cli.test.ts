import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { withApp } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { audit } from "../../server/services/moderation/audit.ts";
import { appendLog } from "../../server/services/moderation/log.ts";
import { logKey } from "../../server/services/moderation/log-heads.ts";
import { transaction } from "../../server/store/database.ts";
import { temporaryFolder } from "../support/folders.ts";

function terminalOf(folder: string) {
  const said = { out: "", err: "" };
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "http://localhost:3999" },
    isInteractive: false,
    print: (line) => void (said.out += `${line}\n`),
    warn: (line) => void (said.err += `${line}\n`),
    readInput: async () => await Promise.resolve("correct horse battery\n"),
  };
  return { terminal, said };
}

async function run(folder: string, ...words: readonly string[]) {
  const { terminal, said } = terminalOf(folder);
  const never = async () => await Promise.reject(new Error("Not in this test."));
  return { code: await runCommand(words, terminal, { serve: never, demo: never }), ...said, said };
}

test("causeway log verify proves that a database and a file are whole, without an instance for the file", async () => {
  const folder = temporaryFolder();
  await run(folder, "account", "create", "alice", "--role", "owner", "--password-stdin");
  const key = await withApp(terminalOf(folder).terminal, async (app) => {
    for (const what of ["warn", "limit", "suspend"])
      await transaction(app.db, async (tx) => {
        await appendLog(app, tx, { kind: "decision", what, subject: "remote" });
        await audit(app, tx, null, { what: "test.done", subject: what });
      });
    return (await logKey(app)).key;
  });
  const verified = await run(folder, "log", "verify");
  expect([verified.code, verified.said.out]).toEqual([0, expect.stringContaining("3 lines hold together")]);
  expect((await run(folder, "log", "show")).said.out).toMatch(/suspend[\s\S]*limit[\s\S]*warn/);
  expect((await run(folder, "audit", "verify")).said.out).toMatch(/lines hold together/);
  expect((await run(folder, "audit", "show")).said.out).toContain("test.done");

  const elsewhere = temporaryFolder();
  const file = join(elsewhere, "log.ndjson");
  writeFileSync(file, (await run(folder, "log", "export")).said.out);
  const fine = await run(elsewhere, "log", "verify", file, "--key", key);
  expect([fine.code, fine.said.err]).toEqual([0, ""]);
  expect(fine.said.out).toContain("1 signed heads vouch for them up to line 3");
  expect((await run(elsewhere, "log", "verify", file)).said.err).toContain("the file's own word");

  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const damaged = join(elsewhere, "damaged.ndjson");
  const verdictOf = async (changed: readonly string[], ...options: readonly string[]) => {
    writeFileSync(damaged, `${changed.join("\n")}\n`);
    const { code, said } = await run(elsewhere, "log", "verify", damaged, "--key", key, ...options);
    return [code, said.err.trim()];
  };
  expect(await verdictOf(lines.filter((line) => !line.includes('"seq":2,')))).toEqual([
    1,
    "The log does not hold: line 2 is missing: line 3 follows line 1.",
  ]);
  expect(await verdictOf(lines.map((line) => line.replace('"limit"', '"warn"')))).toEqual([
    1,
    "The log does not hold: line 2 was changed: its hash does not fit.",
  ]);
  const shorter = lines.slice(0, 3);
  expect(await verdictOf(shorter)).toEqual([0, ""]);
  expect(await verdictOf(shorter, "--against", file)).toEqual([
    1,
    "The log does not hold: line 3 was there, and is missing now.",
  ]);
  for (const nonsense of [
    "",
    "{",
    "null",
    '{"type":"line"}',
    "x".repeat(200_000),
    '{"type":"line","line":[]}',
  ])
    expect((await verdictOf([...lines, nonsense || "[]"]))[0], nonsense.slice(0, 30)).toBe(1);
  expect((await run(folder, "log", "verify", file, "--key", key, "--database")).code).toBe(0);
  expect((await run(elsewhere, "log", "verify", "missing.ndjson")).code).toBe(3);
  expect((await run(elsewhere, "log", "verify", file, "--key", file)).code).toBe(2);
});
