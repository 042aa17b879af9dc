import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { Terminal } from "../../server/cli/context.ts";
import { runCommand } from "../../server/cli/program.ts";
import { temporaryFolder } from "../support/folders.ts";

async function run(folder: string, input: string, ...words: readonly string[]) {
  let [out, err] = ["", ""];
  const terminal: Terminal = {
    env: {
      CAUSEWAY_DATA: folder,
      CAUSEWAY_ORIGIN: "http://localhost:3999",
      CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "true",
    },
    isInteractive: false,
    print: (line) => void (out += `${line}\n`),
    warn: (line) => void (err += `${line}\n`),
    readInput: async () => await Promise.resolve(input),
  };
  const never = async () => await Promise.reject(new Error("Not in this test."));
  const code = await runCommand(words, terminal, { serve: never, demo: never });
  return { code, out, err };
}

/** A server that says that it can be a standby; gives its origin. */
async function aStandby(): Promise<string> {
  const server = createServer((request, response) => {
    const origin = `http://${request.headers.host ?? ""}`;
    const document = { type: "StandbyServer", v: 1, actor: `${origin}/users/1`, name: "Hill" };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

test("causeway standby asks a server, lists what was asked, takes it back, and the doctor sees it", async () => {
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
  expect((await run(folder, "", "standby", "list")).out).toContain("There is no agreement.");
  const standby = await aStandby();
  const asked = await run(folder, "", "standby", "invite", standby, "--gigabytes", "7", "--json");
  expect(asked).toMatchObject({ code: 0, err: "" });
  const made = JSON.parse(asked.out) as { readonly id: number };
  expect(made).toMatchObject({ partner: standby, role: "home", state: "offered", gigabytes: 7 });
  expect((await run(folder, "", "standby", "list")).out).toContain(standby);
  expect((await run(folder, "", "standby", "status", String(made.id))).out).toContain("offered");
  expect((await run(folder, "", "doctor")).out).toMatch(/standby.*not agreed yet/);
  expect((await run(folder, "", "standby", "agree", String(made.id))).code).toBe(3);
  expect((await run(folder, "", "standby", "end", String(made.id))).out).toContain("ended");
  expect((await run(folder, "", "standby", "end", String(made.id))).code).toBe(3);
});

test("causeway standby says what is wrong with what was typed", async () => {
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
  const wrong = await run(folder, "", "standby", "invite", "http://localhost:3999", "--wait", "9999");
  expect(wrong.code).toBe(5);
  expect(wrong.err).toContain("another server");
  expect((await run(folder, "", "standby", "invite", "http://localhost:1")).code).toBe(1);
  expect((await run(folder, "", "standby", "status", "12")).code).toBe(3);
  expect((await run(folder, "", "standby", "status", "x")).code).toBe(3);
});
