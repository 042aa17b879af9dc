import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { temporaryFolder } from "../support/folders.ts";

async function run(folder: string, ...words: readonly string[]) {
  const said = { out: "", err: "" };
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder, CAUSEWAY_ORIGIN: "https://here.example" },
    isInteractive: false,
    print: (line) => void (said.out += `${line}\n`),
    warn: (line) => void (said.err += `${line}\n`),
    readInput: () => Promise.resolve(""),
  };
  const never = async () => await Promise.reject(new Error("Not in this test."));
  return { code: await runCommand(words, terminal, { serve: never, demo: never }), ...said };
}

test("a file of rules is tried, brought, applied, exported and undone at the command line", async () => {
  const folder = temporaryFolder();
  const file = join(temporaryFolder(), "blocks.csv");
  writeFileSync(
    file,
    "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\r\nbad.test,suspend,False,False,spam,False\r\nloud.test,silence,True,False,,True\r\ncom,suspend,,,,\r\n",
  );
  expect((await run(folder, "domain", "rule", "kept.test", "--severity", "limit")).code).toBe(0);
  const tried = await run(folder, "domain", "import", file, "--dry-run");
  expect(tried.out).toMatch(/bad\.test +new +suspend\nloud\.test +new +limit\ncom +refused +registry\n/);
  expect(tried.out).toContain("Nothing was changed.");
  expect((await run(folder, "domain", "drafts")).out).toBe("No file and no list.\n");
  const brought = await run(folder, "domain", "import", file, "--json");
  const { id } = JSON.parse(brought.out) as { id: number };
  expect((await run(folder, "domain", "drafts")).out).toMatch(/blocks\.csv +2 waiting, 1 unfit/);
  expect((await run(folder, "domain", "apply", String(id))).out).toBe("2 lines: applied.\n");
  const exported = await run(folder, "domain", "export");
  expect(exported.out.split("\n").slice(1, -1)).toEqual([
    "bad.test,suspend,False,False,spam,False",
    "kept.test,silence,False,False,,False",
    "loud.test,silence,True,False,,True",
  ]);
  expect((await run(folder, "domain", "list")).out).toMatch(/loud\.test .* limit, no media, obfuscated/);
  expect((await run(folder, "domain", "undo", String(id))).out).toBe("2 lines: undone.\n");
  expect(JSON.parse((await run(folder, "domain", "list", "--json")).out)).toMatchObject([
    { domain: "kept.test", severity: "limit" },
  ]);
  const again = await run(folder, "domain", "import", file, "--apply");
  expect([again.code, again.out.startsWith("2 rules were applied.")]).toEqual([0, true]);
});

test("what is no such file, no such number or no such address ends with a sentence", async () => {
  const folder = temporaryFolder();
  const page = join(temporaryFolder(), "page.html");
  writeFileSync(page, "<!doctype html><p>Sign in</p>");
  await run(folder, "domain", "allow", "friend.test");
  expect((await run(folder, "domain", "import", page)).code).toBe(5);
  expect((await run(folder, "domain", "import", join(folder, "nothing.csv"))).code).toBe(1);
  expect((await run(folder, "domain", "apply", "12")).code).toBe(3);
  expect((await run(folder, "domain", "apply", "x")).code).not.toBe(0);
  expect((await run(folder, "domain", "rule", "a.test", "--severity", "kill")).code).toBe(1);
  expect((await run(folder, "domain", "subscribe", "http://lists.test/a.csv")).code).toBe(5);
  // Our own machine is where this server never goes.
  const own = await run(folder, "domain", "subscribe", "https://127.0.0.1/a.csv");
  expect([own.code, own.out]).toEqual([0, expect.stringContaining("where this server does not go")]);
  expect((await run(folder, "domain", "lists")).out).toContain("127.0.0.1");
  expect((await run(folder, "domain", "list")).out).toBe("There is no rule about any domain.\n");
});
