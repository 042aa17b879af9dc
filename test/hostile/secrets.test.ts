// A server and its commands with secrets that are known: none of them, and no address of a person, is in what they print, in the
// words of their command lines, or in a file in plain; and nothing lies open to other users of the machine.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "../../server/ops/listen.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startCauseway } from "../support/processes.ts";
import { ROOT } from "../support/sources.ts";

const PASSWORD = "marmalade-lighthouse-7731";
const WRONG = "wrong-anchor-password-5529";
const METRICS = "metrics-token-of-the-harbour-4417";
const CODE = "recovery-code-8812-nine";
const QUERY = "token-in-the-address-6623";
const PERSON = "198.51.100.77";

function run(args: readonly string[], env: Readonly<Record<string, string>>, input = ""): string {
  const done = spawnSync(process.execPath, [join(ROOT, "bin", "causeway.mjs"), ...args], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", ...env },
    input,
    encoding: "utf8",
  });
  expect(done.status, done.stderr).toBe(0);
  return `${done.stdout}${done.stderr}`;
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
}

test("secrets stay where they belong: not in logs, not in command lines, not in open files", async () => {
  const folder = join(temporaryFolder(), "data");
  const port = String(await findFreePort());
  const origin = `http://127.0.0.1:${port}`;
  const env = {
    CAUSEWAY_DATA: folder,
    CAUSEWAY_ORIGIN: origin,
    PORT: port,
    CAUSEWAY_ALLOW_PRIVATE_ADDRESSES: "yes",
    CAUSEWAY_METRICS_TOKEN: METRICS,
    CAUSEWAY_LOG_LEVEL: "debug",
  };
  let printed = run(
    ["account", "create", "alice", "--role", "owner", "--password-stdin"],
    env,
    `${PASSWORD}\n`,
  );
  const token = run(["token", "create", "alice"], env).trim().split("\n").at(-1) ?? "";
  printed += run(["config"], env) + run(["account", "list", "--json"], env);
  const server = startCauseway(["serve"], env);
  await server.printed(origin);
  const headers = { "x-forwarded-for": PERSON, origin, "sec-fetch-site": "same-origin", accept: "text/html" };
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const answer = await fetch(`${origin}${path}`, {
      redirect: "manual",
      ...init,
      headers: { ...headers, ...init.headers },
    });
    await answer.clone().arrayBuffer();
    return answer;
  };
  await expect
    .poll(
      async () =>
        await ask("/livez").then(
          (one) => one.status,
          () => 0,
        ),
      { timeout: 30_000 },
    )
    .toBe(200);
  const link = readFileSync(join(folder, "setup-url.txt"), "utf8").trim();
  expect(statSync(join(folder, "setup-url.txt")).mode & 0o077).toBe(0);
  const setUp = await ask("/setup", {
    method: "POST",
    body: new URLSearchParams({
      token: new URL(link).searchParams.get("token") ?? "",
      serverName: "Harbour",
      username: "keeper",
      password: PASSWORD,
      languages: "en",
      joinMode: "invite",
    }),
  });
  expect(setUp.status).toBe(303);
  const signIn = (password: string) =>
    ask("/login", { method: "POST", body: new URLSearchParams({ username: "alice", password }) });
  await signIn(WRONG);
  const cookie = (await signIn(PASSWORD)).headers.getSetCookie().join(";");
  const session = /session=([\w-]{20,})/.exec(cookie)?.[1] ?? "";
  await ask("/settings", { headers: { cookie: `session=${session}` } });
  await ask("/api/v1/accounts/verify_credentials", { headers: { authorization: `Bearer ${token}` } });
  await ask(`/api/v1/timelines/home?access_token=${QUERY}`);
  await ask("/metrics", { headers: { authorization: `Bearer ${METRICS}` } });
  await ask("/password/reset", {
    method: "POST",
    body: new URLSearchParams({ username: "alice", code: CODE, next: PASSWORD }),
  });
  await ask("/inbox", {
    method: "POST",
    body: `{"secret":"${CODE}"}`,
    headers: { "content-type": "application/activity+json" },
  });
  expect(readFileSync(`/proc/${server.child.pid}/cmdline`, "utf8")).not.toMatch(/token|harbour|marmalade/);
  server.child.kill("SIGTERM");
  expect(await server.ended()).toBe(0);
  printed += server.output();

  const key = readFileSync(join(folder, "secret.key"), "utf8").trim();
  const secrets = { PASSWORD, WRONG, METRICS, CODE, QUERY, PERSON, token, session, key };
  for (const [name, secret] of Object.entries(secrets)) {
    expect(secret.length, name).toBeGreaterThan(10);
    expect(printed.includes(secret), `${name} was printed`).toBe(false);
  }
  expect(statSync(folder).mode & 0o077).toBe(0);
  for (const file of filesUnder(folder)) {
    if (file.endsWith("secret.key")) expect(statSync(file).mode & 0o077, file).toBe(0);
    const bytes = readFileSync(file);
    for (const [name, secret] of Object.entries(secrets))
      if (!(name === "key" && file.endsWith("secret.key")))
        expect(bytes.includes(secret), `${name} in ${file.slice(folder.length)}`).toBe(false);
  }
}, 120_000);
