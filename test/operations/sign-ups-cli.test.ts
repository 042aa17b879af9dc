import { join } from "node:path";
import { expect, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { signUp } from "../../server/services/accounts/accounts.ts";
import { updateGates } from "../../server/services/accounts/gates.ts";
import { updateSettings } from "../../server/services/accounts/settings.ts";
import { openSqlite } from "../../server/store/database.ts";
import { migrate } from "../../server/store/migrate.ts";
import { temporaryFolder } from "../support/folders.ts";
import { createInstance, PASSWORD } from "../support/instance.ts";

test("The operator lists who waits, lets people in and turns them away", { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const database = openSqlite(join(folder, "causeway.db"));
  await migrate(database.db);
  const { app, owner, close } = await createInstance({ database });
  if (owner === null) throw new Error("no owner");
  await updateSettings(app, owner, { joinMode: "approval" });
  await updateGates(app, owner, { approvalsPerDay: 99 });
  for (let n = 0; n < 23; n++)
    await signUp(app, {
      username: `asks_${n}`,
      password: PASSWORD,
      acceptedRules: true,
      ip: `203.0.${n}.1`,
      agent: "",
      reason: `I row.\nAnd \u001b[31mpaint\u202e ${n}.`,
    });
  await close();
  let out = "";
  const terminal: Terminal = {
    env: { CAUSEWAY_DATA: folder },
    isInteractive: false,
    print: (line) => void (out += `${line}\n`),
    warn: () => undefined,
    readInput: async () => "",
  };
  const never = async () => {
    throw new Error("Not in this test.");
  };
  const run = async (...words: readonly string[]) => {
    out = "";
    return await runCommand([...words], terminal, { serve: never, demo: never });
  };
  expect(await run("sign-up", "list", "--json")).toBe(0);
  expect((JSON.parse(out) as readonly object[]).length).toBe(23);
  expect(await run("sign-up", "list")).toBe(0);
  expect(out.trim().split("\n")).toHaveLength(24);
  // What somebody else wrote can neither draw on the terminal nor begin a line.
  expect(out).not.toMatch(/[\u001b\u202e]/);
  expect(await run("sign-up", "approve", "@asks_3")).toBe(0);
  expect(await run("sign-up", "refuse", "asks_4", "We are a rowing club.")).toBe(0);
  expect(await run("sign-up", "approve", "asks_4")).toBe(3);
  expect(await run("sign-up", "approve", "nobody")).toBe(3);
  expect(await run("sign-up", "refuse", "asks_5", " ")).toBe(5);
  expect(await run("sign-up", "list", "--json")).toBe(0);
  expect((JSON.parse(out) as readonly object[]).length).toBe(21);
});
